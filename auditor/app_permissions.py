"""What an app's registration lists and what the tenant has granted it, permission by permission."""

from dataclasses import dataclass

from auditor.facts import TenantFacts
from auditor.model.cloud import Cloud
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.tenant import Application, Count, DelegatedGrant
from auditor.permissions import PermissionTable
from auditor.sources import _grants, resource_service_principal


@dataclass(frozen=True, slots=True)
class Listed:
    """One delegated permission of ``requiredResourceAccess``."""

    resource_app_id: str
    permission_id: str
    value: str | None
    """Its name; None where neither the tenant nor the shipped tables know the id."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What has been consented of one permission."""

    resource_app_id: str | None
    """None where the tenant was not asked which app the resource is."""
    resource_object_id: str
    value: str
    tenant_wide: bool | None
    """None where only a grant of an unknown consent type holds it."""
    users: Count
    """Users with a grant of their own."""


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything that has been consented for an app."""

    permissions: tuple[Granted, ...]
    complete: bool
    """False where only one page of single users' consents was read: then counts are the least."""

    @property
    def nobody(self) -> Count:
        """Say how many users have consented to what is not among the permissions."""
        return Count(0, exact=self.complete)


def listed(facts: TenantFacts, app: Application, table: PermissionTable) -> tuple[Listed, ...]:
    """Name the delegated permissions that a registration lists, each once, in its order."""
    found = dict.fromkeys(
        (one.resource_app_id, one.permission_id)
        for one in app.declared
        if (one.resource_app_id, one.permission_id) in app.declared_delegated
    )
    return tuple(Listed(*key, _name(facts, *key, table)) for key in found)


def granted(facts: TenantFacts, app_id: str) -> Fact[Grants]:
    """List what has been consented for an app; nothing where the tenant does not know it."""
    page, grants = facts.grant_page(app_id), facts.grants(app_id)
    if isinstance(grants, Unknown):
        return grants
    if isinstance(page, Unknown):
        return page
    if grants.value is None or page.value is None:
        return Known(Grants((), complete=True))
    complete = page.value.complete
    own = tuple(one for one in page.value.grants if one.consent_type == _grants.ONE_USER)
    every = (grants.value.tenant_wide, own, grants.value.undecided)
    resources = _resources(facts)
    names: dict[tuple[str, str], str] = {}
    for grant in (one for group in every for one in group):
        for scope in grant.scopes:
            names.setdefault((grant.resource_id, scope.casefold()), scope)
    found = (
        _granted(every, name, key, resources.get(key[0]), exact=complete)
        for key, name in names.items()
    )
    return Known(Grants(tuple(found), complete))


def _granted(
    every: tuple[tuple[DelegatedGrant, ...], ...],
    name: str,
    key: tuple[str, str],
    resource_app_id: str | None,
    *,
    exact: bool,
) -> Granted:
    tenant_wide, own, odd = ([one for one in group if _holds(one, key)] for group in every)
    return Granted(
        resource_app_id=resource_app_id,
        resource_object_id=key[0],
        value=name,
        tenant_wide=True if tenant_wide else None if odd else False,
        users=Count(len({one.principal_id for one in own}), exact=exact),
    )


def _holds(grant: DelegatedGrant, key: tuple[str, str]) -> bool:
    resource, scope = key
    return grant.resource_id == resource and scope in {one.casefold() for one in grant.scopes}


def _name(
    facts: TenantFacts, resource_app_id: str, permission_id: str, table: PermissionTable
) -> str | None:
    """Name a permission: as the tenant's resource publishes it, else by the shipped table.

    The table has the ids of the global cloud.
    """
    resource = facts.resource(resource_app_id)
    published = resource.value.published if isinstance(resource, Known) and resource.value else ()
    names = [one.value for one in published if one.id == permission_id and one.value]
    if not names and facts.cloud is Cloud.GLOBAL:
        names = [
            one.value
            for one in table.permissions
            if (one.resource_app_id, one.id) == (resource_app_id, permission_id)
        ]
    return names[0] if names else None


def _resources(facts: TenantFacts) -> dict[str, str]:
    """Give the app ID of every service principal that was read, by its object id."""
    listing = facts.service_principals()
    every = listing.value.principals if isinstance(listing, Known) else ()
    found = {one.id: one.app_id for one in every}
    for app_id in facts.subjects(resource_service_principal.SOURCE):
        resource = facts.resource(app_id)
        if isinstance(resource, Known) and resource.value is not None:
            found[resource.value.id] = app_id
    return found
