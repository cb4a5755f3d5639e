"""A classification that permissions carry is one that an assigned policy asks for.

What it asks. Of each classification, such as Low, that somebody has given to permissions: does a
condition set of an app consent policy that is assigned to users ask for it?

Why it matters. A classification alone changes nothing. Vendors' documents often ask for one as the
only step, and users still need an administrator. Besides, what is classified opens to users on the
day on which somebody assigns a policy that asks for it. As nothing is open today, severity is low.

Met when. For each classification in use, a condition set of an assigned policy asks for it, be it
an include or an exclude.

Not met when. None does.

Unknown when. The user consent settings, a resource's classifications or an assigned policy were
not read and the others do not settle it, or a classification is none that Microsoft documents.

Reads. The user consent settings (Policy.Read.All), the assigned app consent policies
(Policy.Read.PermissionGrant), and the classifications of the resources that were read
(Application.Read.All). Policies that a directory role refers to, and not the users' settings, are
not read: they may ask for a classification all the same.

Remedy. Where users were meant to consent: assign microsoft-user-default-low, or a custom policy
that asks for the classification; it takes a Privileged Role Administrator and opens what is
classified for every app that the policy covers. Otherwise delete the classification: Entra ID >
Enterprise apps > Consent and permissions > Permission classifications, as a Cloud Application
Administrator.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-permission-classifications
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread, with_evidence
from auditor.consent import explain
from auditor.consent.condition_sets import LEVELS, level
from auditor.model.fact import Known, Unknown
from auditor.model.report import Judgement, Severity
from auditor.sources import permission_classifications

_Carriers = dict[str, list[str]]
"""By classification, lower case: the permissions that carry it."""


def _judge(context: CheckContext) -> Verdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    subjects = context.facts.subjects(permission_classifications.SOURCE)
    facts = [context.facts.classifications(app_id) for app_id in subjects]
    missing = [one for one in facts if isinstance(one, Unknown)]
    carriers: _Carriers = {}
    for fact in facts:
        for one in (fact.value or ()) if isinstance(fact, Known) else ():
            carriers.setdefault(one.level.casefold(), []).append(one.permission_name)
    found = _used(context, settings.value.user_consent, carriers)
    if missing and found.outcome in {Judgement.MET, Judgement.NOT_APPLICABLE}:
        return unread(*missing)
    return found


def _used(context: CheckContext, assigned: tuple[str, ...], carriers: _Carriers) -> Verdict:
    if not carriers:
        text = "No permission of the resources that were read is classified."
        return Verdict(Judgement.NOT_APPLICABLE, text)
    policies = [context.facts.policy(name) for name in assigned]
    read = [one.value for one in policies if isinstance(one, Known) and one.value is not None]
    asked = {level(one) for policy in read for one in (*policy.includes, *policy.excludes)}
    idle = {name: found for name, found in sorted(carriers.items()) if name not in asked}
    evidence = tuple((name, ", ".join(found)) for name, found in sorted(carriers.items()))
    if not idle:
        text = f"Assigned policies ask for {explain.joined(sorted(carriers))}."
        return Verdict(Judgement.MET, text, evidence)
    if unreadable := [one for one in policies if isinstance(one, Unknown)]:
        return with_evidence(unread(*unreadable), *evidence)
    return with_evidence(_idle(idle), *evidence)


def _idle(idle: _Carriers) -> Verdict:
    odd = sorted(idle.keys() - LEVELS)
    if not idle.keys() & LEVELS:
        text = f"Permissions are classified {explain.listed(odd)}, which is not documented."
        return Verdict(Judgement.UNKNOWN, text)
    counts = [f"{name.capitalize()} ({len(idle[name])})" for name in sorted(idle.keys() & LEVELS)]
    text = (
        f"Permissions are classified {explain.joined(counts)}, but no policy that is assigned to "
        "users asks for that: the classification has no effect."
    )
    return Verdict(Judgement.NOT_MET, text)


CHECK = Check(
    id="classifications-are-used",
    title="A classification that permissions carry is one that an assigned policy asks for",
    severity=Severity.LOW,
    judge=_judge,
)
