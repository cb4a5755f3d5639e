"""Every app consent policy that is assigned for user consent exists.

What it asks. Does each app consent policy exist that the tenant's settings assign to its users?

Why it matters. A custom policy can be deleted while it is still assigned. The entry stays in the
list, allows nothing, and looks in exports as if users had a way to consent.

Met when. Each assigned policy was found.

Not met when. Graph says of an assigned policy that it does not exist.

Unknown when. The user consent settings were not read, or a policy was not and none is known to be
missing.

Reads. The user consent settings (Policy.Read.All) and each app consent policy that they name
(Policy.Read.PermissionGrant). Entries for group and team owners are not looked at.

Remedy. Take the entry out of permissionGrantPoliciesAssigned, or create the policy again. A
Privileged Role Administrator can do it with Microsoft Graph; the list is written as a whole, so
keep its other entries.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread, with_evidence
from auditor.consent.explain import joined
from auditor.model.fact import Fact, Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import PermissionGrantPolicy


def _judge(context: CheckContext) -> Verdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    policies = {name: context.facts.policy(name) for name in settings.value.user_consent}
    if not policies:
        text = "No app consent policy is assigned: users may not consent for themselves."
        return Verdict(Judgement.NOT_APPLICABLE, text)
    evidence = tuple((name, _word(found)) for name, found in policies.items())
    return with_evidence(_verdict(policies), *evidence)


def _verdict(policies: dict[str, Fact[PermissionGrantPolicy | None]]) -> Verdict:
    missing = [fact for fact in policies.values() if isinstance(fact, Unknown)]
    gone = [name for name, fact in policies.items() if _word(fact) == "does not exist"]
    if gone:
        text = f"Assigned to users, but deleted: {joined(gone)}. It allows nothing."
        return Verdict(Judgement.NOT_MET, text)
    if missing:
        return unread(*missing)
    return Verdict(Judgement.MET, f"Assigned and found: {joined(list(policies))}.")


def _word(found: Fact[PermissionGrantPolicy | None]) -> str:
    if isinstance(found, Unknown):
        return "not read"
    return "does not exist" if found.value is None else "exists"


CHECK = Check(
    id="assigned-policies-exist",
    title="Every app consent policy that is assigned for user consent exists",
    severity=Severity.MEDIUM,
    judge=_judge,
)
