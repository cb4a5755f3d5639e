"""User consent is managed by Microsoft or limited.

What it asks. Can users consent to no more than Microsoft's managed policy or selected permissions
allow?

Why it matters. Where users may consent to anything for any app, one click in a message that looks
like Microsoft's gives an attacker a mailbox, and changing the password does not take it back.

Met when. The assigned app consent policies, evaluated condition by condition, allow nothing beyond
Microsoft's managed policy, classified permissions, or nothing at all.

Not met when. A policy lets users consent to more, for some publisher or for all.

Unknown when. The user consent settings or an assigned policy were not read or not understood.

Reads. The user consent settings (Policy.Read.All) and the assigned app consent policies
(Policy.Read.PermissionGrant).

Remedy. Entra ID > Enterprise apps > Consent and permissions > User consent settings: Let Microsoft
manage your consent settings; it takes a Global Administrator. What users have consented to stays.
Switch the admin consent workflow on first, so that they can ask.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
"""

from auditor.baselines.user_consent import managed_or_selected
from auditor.inventory.check import InventoryCheck, by_rule
from auditor.model.report import Severity

CHECK = InventoryCheck(
    id="user-consent-is-limited",
    title="User consent is managed by Microsoft or limited",
    severity=Severity.HIGH,
    judge=by_rule(managed_or_selected),
    controls=("Microsoft user-consent", "EIDSCA AP08", "Zero Trust 21776"),
)
