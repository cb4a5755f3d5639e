"""The reviewers of admin consent requests exist, can sign in and may consent.

What it asks. Where the admin consent workflow is on: does each reviewer's account, group or role
still lead to somebody who can sign in, and does one of them at least hold a role that may consent?

Why it matters. Reviewers stay in the list when they leave. With none left who can decide, users
are told that their request was sent, nobody answers, and it expires. To be a reviewer gives nobody
the right to consent.

Met when. At least one reviewer can sign in and holds, now, a role that may consent to delegated
permissions; and none is known to be deleted, blocked or an empty group.

Not met when. A reviewer is deleted or blocked from signing in, or is a group that is deleted or
has no member who can sign in. The severity is high where no reviewer is left, medium where it is
not known whether another one can decide, and low where another one can.

Unknown when. The workflow or a reviewer could not be read. The answer is *manual* where no reviewer
is known to be able to consent and none is known to be gone: roles that a person may activate (PIM)
and custom roles are not read, and a group may hide its members. The first twenty reviewers are
looked at.

Reads. The admin consent workflow (Policy.Read.All), and where it is on its reviewers: accounts and
their roles, groups and their members, and who holds a role (Directory.Read.All). No verdict on an
app rests on them.

Remedy. Entra ID > Enterprise apps > Consent and permissions > Admin consent settings: take out who
is gone, and name a group or a role rather than single persons. This takes a Global Administrator
and up to an hour until it holds; new reviewers do not see earlier requests. A reviewer needs the
role Cloud Application Administrator to consent to delegated permissions, and Privileged Role
Administrator for application permissions of Microsoft Graph.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-admin-consent-workflow
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread, with_evidence
from auditor.consent.explain import listed
from auditor.consent.reviewers import Ability, Standing, standings
from auditor.model.fact import Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import AdminConsentWorkflow

_NOT_SHOWN = (
    "Graph shows the roles that are held now, not those that a person may activate (PIM) and not "
    "what custom roles allow"
)


def _judge(context: CheckContext) -> Verdict:
    workflow = context.facts.workflow()
    if isinstance(workflow, Unknown):
        return unread(workflow)
    if not workflow.value.enabled:
        return Verdict(Judgement.NOT_APPLICABLE, "The admin consent workflow is off.")
    if not workflow.value.reviewers:
        return Verdict(Judgement.NOT_APPLICABLE, "The admin consent workflow names no reviewer.")
    return _verdict(workflow.value, standings(context.facts, workflow.value))


def _verdict(workflow: AdminConsentWorkflow, found: tuple[Standing, ...]) -> Verdict:
    evidence = tuple((one.name, one.text) for one in found)
    reviewers = len(workflow.distinct)
    if len(found) < reviewers:
        evidence = (*evidence, ("reviewers looked at", _of(len(found), reviewers)))
    gone = [one for one in found if one.ability is Ability.CANNOT]
    missing = [each for one in found for each in one.missing]
    able = sum(one.ability is Ability.CAN for one in found)
    if gone:
        return with_evidence(_gone(gone, len(found), able, reviewers), *evidence)
    if missing:
        return with_evidence(unread(*missing), *evidence)
    if able:
        text = f"Reviewers who can decide: {_of(able, len(found))}."
        return Verdict(Judgement.MET, text, evidence)
    text = f"Look whether a reviewer may consent: {_NOT_SHOWN}."
    return Verdict(Judgement.MANUAL, text, evidence)


def _gone(gone: list[Standing], looked_at: int, able: int, reviewers: int) -> Verdict:
    names = listed([f"{one.name} {one.text}" for one in gone])
    if able:
        text = f"Of the reviewers, {names}. Who can decide: {_of(able, looked_at)}."
        return Verdict(Judgement.NOT_MET, text, severity=Severity.LOW)
    if len(gone) < looked_at or looked_at < reviewers:
        text = f"Of the reviewers, {names}. Whether another one can decide is not known."
        return Verdict(Judgement.NOT_MET, text, severity=Severity.MEDIUM)
    text = f"No reviewer is left to decide requests for admin consent: {names}."
    return Verdict(Judgement.NOT_MET, text)


def _of(number: int, all_of_them: int) -> str:
    return f"{number} of {all_of_them}"


CHECK = Check(
    id="admin-consent-reviewers-can-decide",
    title="The reviewers of admin consent requests exist, can sign in and may consent",
    severity=Severity.HIGH,
    judge=_judge,
)
