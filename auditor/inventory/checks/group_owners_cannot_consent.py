"""Group owners cannot consent to apps.

What it asks. Are owners kept from giving apps access to the data of the groups and teams that they
own?

Why it matters. Resource-specific consent gives an app a whole group's files, chats and calendar
without any administrator, and it is not among the delegated grants that people look at.

Met when. No policy is assigned for owned resources, and the older directory setting
EnableGroupSpecificConsent does not allow it.

Not met when. A policy is assigned for owned resources. A new tenant has policies there that
Microsoft manages; they count, too.

Unknown when. One of the two was not read, or they disagree: which one wins is not documented.

Reads. The user consent settings (Policy.Read.All) and the directory's consent settings
(GroupSettings.Read.All).

Remedy. Take ManagePermissionGrantsForOwnedResource entries out of
permissionGrantPoliciesAssigned of the authorization policy, keeping the other entries; it takes a
Privileged Role Administrator. Apps that were given access keep it. Undo: put the entries back.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent-groups
"""

from auditor.baselines.rules import owners_cannot_consent
from auditor.inventory.check import InventoryCheck, by_rule
from auditor.model.report import Severity

CHECK = InventoryCheck(
    id="group-owners-cannot-consent",
    title="Group owners cannot consent to apps",
    severity=Severity.LOW,
    judge=by_rule(owners_cannot_consent),
    controls=("EIDSCA CP01",),
)
