"""No app is Global Administrator or Privileged Role Administrator.

What it asks. Has an app or managed identity been assigned the directory role Global Administrator
or Privileged Role Administrator?

Why it matters. Such an app may do whatever the role may, without a person and without multifactor
authentication. Whoever can add a credential to it, or run code where its identity lives, is
administrator of the tenant. Among its permissions nothing shows it.

Met when. No app holds one of the two roles for the whole tenant.

Not met when. At least one does, enabled or not.

Unknown when. Who holds the roles, or the service principals, could not be read, or not to their
ends, and nothing was found; or a group holds one of the roles, whose members are not read.

Reads. The holders of the two roles (Directory.Read.All) and all service principals
(Application.Read.All). Assignments for an administrative unit or a single object are left out, as
are other roles and Microsoft's own apps.

Remedy. Give the app the one permission or the narrower role that it needs, then take the role away:
Entra ID > Roles & admins > the role > Assignments; it takes a Privileged Role Administrator. Undo:
assign it again.

References. https://learn.microsoft.com/entra/identity/role-based-access-control/best-practices
"""

from auditor.baselines.settings import unread as unread_settings
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
    publisher,
    unless_doubtful,
)
from auditor.inventory.ownership import is_own
from auditor.inventory.second_step import TRUSTED_ROLES
from auditor.listings import service_principals
from auditor.model.fact import Unknown
from auditor.model.inventory import Affected, App, Owner
from auditor.model.report import Judgement, Severity
from auditor.model.well_known import CONSENT_ROLES

_LISTINGS = (service_principals.LISTING.name,)
_NAMES = {template: name for name, template in CONSENT_ROLES.items()}


def _judge(context: InventoryContext) -> InventoryVerdict:
    facts = {_NAMES[role]: context.facts.role_holders(role) for role in TRUSTED_ROLES}
    roles: dict[str, list[str]] = {}
    for name, fact in facts.items():
        for one in () if isinstance(fact, Unknown) else fact.value:
            if one.tenant_wide and not one.is_user:
                roles.setdefault(one.id, []).append(name)
    holders = [app for app in context.inventory.apps if app.id in roles]
    hits = [app for app in holders if app.owner is not Owner.MICROSOFT]
    verdict = found(
        context,
        _LISTINGS,
        (of_app(app, _words(app, roles[app.id])) for app in sorted(hits, key=is_own)),
        bad="Apps that are Global Administrator or Privileged Role Administrator: {count}.",
        good="No app is Global Administrator or Privileged Role Administrator.",
    )
    missing = [fact for fact in facts.values() if isinstance(fact, Unknown)]
    if missing and verdict.outcome is Judgement.MET:
        return InventoryVerdict(Judgement.UNKNOWN, unread_settings(*missing).why)
    others = roles.keys() - {app.id for app in holders}
    groups = (Affected(one, one, ", ".join(roles[one])) for one in sorted(others))
    why = "Groups with one of the two roles, whose members may be apps and are not read: {count}."
    return unless_doubtful(verdict, groups, why)


def _words(app: App, roles: list[str]) -> str:
    state = "; disabled" if app.is_disabled else ""
    whose = "of this tenant" if is_own(app) else publisher(app)
    return f"{', '.join(roles)}; {whose}{state}"


CHECK = InventoryCheck(
    id="apps-hold-no-administrator-role",
    title="No app is Global Administrator or Privileged Role Administrator",
    severity=Severity.HIGH,
    judge=_judge,
)
