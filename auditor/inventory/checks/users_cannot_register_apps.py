"""Only administrators register applications.

What it asks. May only administrators create app registrations?

Why it matters. Whoever registers an app owns it, can add credentials to it, and can send others a
link to it. App consent policies treat apps of the own tenant more kindly than those of strangers,
and a registration by one person is rarely looked at again.

Met when. allowedToCreateApps of the authorization policy is false.

Not met when. It is true, as it is in a new tenant.

Unknown when. The user consent settings were not read, or do not have the member.

Reads. The user consent settings (Policy.Read.All).

Remedy. Entra ID > Users > User settings > Users can register applications: No. It takes a
Privileged Role Administrator; give developers the role Application Developer. Undo: Yes.

References. https://learn.microsoft.com/entra/identity/role-based-access-control/delegate-app-roles
"""

from auditor.baselines.rules import users_cannot_register_apps
from auditor.inventory.check import InventoryCheck, by_rule
from auditor.model.report import Severity

CHECK = InventoryCheck(
    id="users-cannot-register-apps",
    title="Only administrators register applications",
    severity=Severity.LOW,
    judge=by_rule(users_cannot_register_apps),
    controls=("CIS 5.1.2.2", "MS.AAD.5.1v1", "EIDSCA AP10"),
)
