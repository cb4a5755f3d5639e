"""What an assigned policy wants classified is classified somewhere.

What it asks. Where an assigned app consent policy covers permissions of a classification alone,
such as Low, does any permission have that classification?

Why it matters. The setting that lets users consent to selected permissions of verified publishers
covers nothing until somebody classifies permissions. Until then it works like user consent
switched off, though the portal shows it as on.

Met when. For each classification that an assigned policy asks for, at least one permission
carries it on the resources that were read.

Not met when. No permission of the resources that were read carries it. Resources that no audited
app asks for are not read.

Unknown when. The user consent settings were not read; an assigned policy was not read and none
that was read asks for a classification; or a resource's classifications were not read and the
others carry none.

Reads. The user consent settings (Policy.Read.All), the assigned app consent policies
(Policy.Read.PermissionGrant), and the permission classifications of Microsoft Graph and of the
resources asked for (Application.Read.All).

Remedy. Entra ID > Enterprise apps > Consent and permissions > Permission classifications; a Cloud
Application Administrator can do it. Microsoft suggests the sign-in permissions: openid, profile,
email, offline_access and User.Read. A classification holds for every app that the policy covers,
so consent for one app by an administrator is the smaller step.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-permission-classifications
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread, with_evidence
from auditor.consent.explain import joined
from auditor.model.fact import Known, Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.well_known import MICROSOFT_GRAPH


def _judge(context: CheckContext) -> Verdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    asked, missing = _asked(context, settings.value.user_consent)
    if asked:
        return _carried(context, asked)
    if missing:
        return unread(*missing)
    return Verdict(Judgement.NOT_APPLICABLE, "No assigned policy asks for a classification.")


def _asked(
    context: CheckContext, policies: tuple[str, ...]
) -> tuple[frozenset[str], tuple[Unknown, ...]]:
    """Collect the classifications that policies ask for, and the policies that were not read."""
    found = [context.facts.policy(name) for name in policies]
    levels = (
        (one.permission_classification or "all").casefold()
        for policy in found
        if isinstance(policy, Known) and policy.value is not None
        for one in policy.value.includes
    )
    missing = tuple(policy for policy in found if isinstance(policy, Unknown))
    return frozenset(level for level in levels if level != "all"), missing


def _carried(context: CheckContext, asked: frozenset[str]) -> Verdict:
    facts = [context.facts.classifications(app_id) for app_id in _resources(context)]
    listed = [one for fact in facts if isinstance(fact, Known) for one in fact.value or ()]
    missing = [fact for fact in facts if isinstance(fact, Unknown)]
    absent = sorted(asked - {one.level for one in listed})
    evidence = (
        ("asked for", ", ".join(sorted(asked))),
        (
            "classified",
            ", ".join(f"{one.permission_name} ({one.level})" for one in listed) or "nothing",
        ),
    )
    if not absent:
        text = f"Classified permissions: {len(listed)}."
        return Verdict(Judgement.MET, text, evidence)
    if missing:
        return with_evidence(unread(*missing), *evidence)
    text = (
        f"No permission is classified {joined(absent)} on the resources that were read: the "
        "policy that asks for it lets users consent to nothing there."
    )
    return Verdict(Judgement.NOT_MET, text, evidence)


def _resources(context: CheckContext) -> list[str]:
    asked = {
        one.requirement.resource_app_id
        for request, _ in context.decisions
        for one in request.permissions
    }
    return sorted(asked | {MICROSOFT_GRAPH})


CHECK = Check(
    id="low-policy-has-classifications",
    title="What an assigned policy wants classified is classified somewhere",
    severity=Severity.MEDIUM,
    judge=_judge,
)
