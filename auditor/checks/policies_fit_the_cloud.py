"""No assigned policy asks for what this cloud does not have.

What it asks. In a national cloud: does an include of an app consent policy that is assigned to
users ask for a verified publisher?

Why it matters. Publisher verification exists in the global cloud alone. Elsewhere no app has a
verified publisher, and an include that asks for one matches nothing. Of the setting "apps from
verified publishers, for selected permissions" (microsoft-user-default-low) there remain the apps
registered in the tenant itself; every vendor's app waits for an administrator, whatever is
classified. The policy is stricter than it looks, not more open: low.

Met when. No include of an assigned policy asks for a verified publisher.

Not met when. An include of a policy does; its other includes work all the same.

Unknown when. The user consent settings or an assigned policy were not read, and no policy that was
read asks for a verified publisher. In the global cloud the check does not apply.

Reads. The user consent settings (Policy.Read.All) and the assigned app consent policies
(Policy.Read.PermissionGrant), Microsoft's own among them.

Remedy. For a vendor's app: consent by an administrator for that app, or a custom policy that names
the app and its permissions and asks for no publisher; a Privileged Role Administrator can create
one with Microsoft Graph. A vendor has another app ID in each cloud: ask for the one of yours.

References. https://learn.microsoft.com/entra/identity-platform/publisher-verification-overview
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread
from auditor.consent.condition_sets import folded
from auditor.model.cloud import ENDPOINTS
from auditor.model.fact import Known, Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import ConditionSet


def _judge(context: CheckContext) -> Verdict:
    if ENDPOINTS[context.facts.cloud].verifies_publishers:
        text = "The global cloud has everything that app consent policies ask for."
        return Verdict(Judgement.NOT_APPLICABLE, text)
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    found = [context.facts.policy(name) for name in settings.value.user_consent]
    missing = [one for one in found if isinstance(one, Unknown)]
    read = [one.value for one in found if isinstance(one, Known) and one.value is not None]
    vain = [
        (policy.id, number)
        for policy in read
        for number, one in enumerate(policy.includes, 1)
        if _asks_for_publisher(one)
    ]
    if vain:
        return _told(context, vain)
    if missing:
        return unread(*missing)
    return Verdict(Judgement.MET, "No assigned policy asks for a verified publisher.")


def _told(context: CheckContext, vain: list[tuple[str, int]]) -> Verdict:
    places = "; ".join(f"{name}, include {number}" for name, number in vain)
    text = (
        f"The cloud {context.facts.cloud} has no publisher verification, so that an include which "
        f"asks for it lets users consent to nothing: {places}."
    )
    evidence = tuple((name, f"include {number}: verified publisher") for name, number in vain)
    return Verdict(Judgement.NOT_MET, text, evidence)


def _asks_for_publisher(one: ConditionSet) -> bool:
    named = folded(one.client_application_publisher_ids)
    return bool(one.verified_publisher_only) or named is not None


CHECK = Check(
    id="policies-fit-the-cloud",
    title="No assigned policy asks for what this cloud does not have",
    severity=Severity.LOW,
    judge=_judge,
)
