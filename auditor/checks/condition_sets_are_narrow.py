"""No custom policy lets users consent to everything.

What it asks. Does every include of the custom app consent policies that are assigned to users name
more than a permission type?

Why it matters. Conditions that are left out of an include take their widest value. An include with
a permission type alone covers every permission of every resource for every app, verified or not;
that is more than most who write it mean.

Met when. Every include of every assigned custom policy has a condition that narrows it.

Not met when. An include has none: no classification, no permissions, no resource, no client apps,
tenants or publishers, and no demand for a verified publisher. Excludes of the policy still hold.

Unknown when. The user consent settings or a custom policy were not read, or what narrows an
include is a condition that this program does not know.

Reads. The user consent settings (Policy.Read.All) and the assigned custom policies
(Policy.Read.PermissionGrant). Microsoft's own policies, whose ids begin with microsoft-, are not
judged.

Remedy. Add conditions to the include with Microsoft Graph: name the client apps and the
permissions that are meant. A Privileged Role Administrator can do it; the portal has no editor for
it. Consent that users have given stays until it is removed.

References. https://learn.microsoft.com/graph/api/permissiongrantpolicy-post-includes
"""

from auditor.checks.check import Check, CheckContext, Verdict, ask_custom_policies
from auditor.consent.condition_sets import folded
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import ConditionSet, PermissionGrantPolicy


def _judge(context: CheckContext) -> Verdict:
    return ask_custom_policies(context, _found)


def _found(policy: PermissionGrantPolicy) -> Verdict:
    name = policy.id
    wide = [one for one in policy.includes if _is_wide(one)]
    evidence = ((name, f"includes {len(policy.includes)}, excludes {len(policy.excludes)}"),)
    if any(not one.unrecognised for one in wide):
        text = f"{name} has an include that covers every permission for every app."
        return Verdict(Judgement.NOT_MET, text, evidence)
    if wide or policy.unrecognised:
        text = f"{name} has conditions that this program does not know."
        return Verdict(Judgement.UNKNOWN, text, evidence)
    return Verdict(Judgement.MET, f"Every include of {name} has a condition.", evidence)


def _is_wide(one: ConditionSet) -> bool:
    """Say whether no condition narrows it, apart from one that we do not know."""
    words = (one.permission_classification, one.sensitivity_labels)
    lists = (
        one.permissions,
        one.client_application_ids,
        one.client_application_tenant_ids,
        one.client_application_publisher_ids,
    )
    return (
        (one.permission_type or "").casefold() != "application"
        and (one.resource_application or "any").casefold() == "any"
        and all((word or "all").casefold() == "all" for word in words)
        and all(folded(values) is None for values in lists)
        and not one.verified_publisher_only
        and not one.certified_only
    )


CHECK = Check(
    id="condition-sets-are-narrow",
    title="No custom policy lets users consent to everything",
    severity=Severity.HIGH,
    judge=_judge,
)
