"""What is public, the same in every tenant, and therefore kept.

An id is public if it stands in a table that ships with this program. The names of permissions are
public where a resource of Microsoft's publishes them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable

from auditor.catalog import AD_HOC, load_profile, profile_ids
from auditor.checks.known_names_are_not_imitated import BRANDS, microsoft_tenants
from auditor.consent.person import ROLES
from auditor.facts import TenantFacts
from auditor.model.fact import Known
from auditor.model.profile import ConsentRequest, ProfileKind, VendorProfile
from auditor.model.tenant import DelegatedPermission, ServicePrincipal
from auditor.model.well_known import (
    BUILT_IN_POLICIES,
    EXCHANGE_ONLINE,
    MICROSOFT_GRAPH,
    MICROSOFT_TENANTS,
    SHAREPOINT_ONLINE,
)
from auditor.names import words
from auditor.permissions import OPENID_SCOPES, UNSUPPORTED_OPENID_SCOPES, load_permissions
from auditor.permissions import resource_name as name_of
from auditor.resources import resource
from auditor.scopes import GUID
from auditor.sources.group_settings import TEMPLATE

POLICIES = frozenset(
    {
        *BUILT_IN_POLICIES,
        "microsoft-user-allow-default-consent-apps",
        "microsoft-all-application-permissions",
        "microsoft-all-application-permissions-for-chat",
        "microsoft-all-application-permissions-for-group",
        "microsoft-all-application-permissions-verified",
        "microsoft-application-admin",
        "microsoft-company-admin",
        "microsoft-dynamically-managed-permissions-for-chat",
        "microsoft-dynamically-managed-permissions-for-team",
        "microsoft-pre-approval-apps-for-chat",
        "microsoft-pre-approval-apps-for-group",
        "microsoft-pre-approval-apps-for-team",
    }
)
"""App consent policies that Microsoft makes.

Source: learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies (read
2026-08).
"""

_TABLES = ("baselines", "managed", "permissions", "profiles")
_MICROSOFT_RESOURCES = (MICROSOFT_GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE)
_OTHERS = frozenset(
    {
        "00000000-0000-0000-0000-000000000000",  # the default role of every app
        "10dae51f-b6af-4016-8d66-8c2a99b929b3",  # what guests may do: the usual,
        "2af84b1e-32c8-42b7-82bc-daa82404023b",  # less,
        "a0b1b346-4d3e-4e8b-98f8-753987be4970",  # and as much as members
        TEMPLATE,
        *MICROSOFT_TENANTS,
        *_MICROSOFT_RESOURCES,
        *ROLES.values(),
    }
)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,119}")
_TEMPLATE_VARIABLE = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Public:
    """What stays as it is; everything in lower case."""

    ids: frozenset[str]
    scopes: frozenset[str]
    names: frozenset[str]
    segments: frozenset[str]
    """Of the paths of redirect URIs in shipped profiles."""
    asked: frozenset[str] = frozenset()
    """Names of the apps asked about, as they are: other names may hold one."""
    microsofts: frozenset[str] = frozenset()
    """Letters of the names of Microsoft's apps that are called after one of its brands."""


def public_facts(requests: Sequence[ConsentRequest], *states: TenantFacts) -> Public:
    """Say what is public of what is asked and of a tenant: now, and earlier if it is compared."""
    published = tuple(one for facts in states for one in _published(facts))
    scopes = {one.value for one in published} | {*_asked_of_microsoft(requests)}
    ids = {one.id for one in published if GUID.fullmatch(one.id)}
    apps = {one for facts in states for one in _microsoft_apps(facts)}
    return Public(
        ids=_shipped_ids() | ids | apps | {*_vendor_apps(states, requests)},
        scopes=_shipped_scopes() | {one.casefold() for one in scopes if _PLAIN.fullmatch(one)},
        names=_shipped_names(),
        segments=_shipped_segments(),
        asked=frozenset(one for facts in states for one in _asked_names(facts, requests)),
        microsofts=frozenset(one for facts in states for one in _branded(_listed(facts))),
    )


def shipped(request: ConsentRequest) -> VendorProfile | None:
    """Return the shipped profile that a request was made from; None for anybody's own."""
    if request.profile_id == AD_HOC or request.profile_id not in profile_ids():
        return None
    found = load_profile(request.profile_id)
    known = {one for feature in found.features for one in feature.permissions}
    same = (found.name, found.kind, found.version, found.source, found.retrieved) == (
        request.name,
        request.kind,
        request.version,
        request.source,
        request.retrieved,
    )
    asked = {one.requirement for one in request.permissions}
    return found if same and asked <= known else None


def _vendor_apps(
    states: Sequence[TenantFacts], requests: Iterable[ConsentRequest]
) -> Iterator[str]:
    for one in requests:
        profile, app_id = shipped(one), one.app_id
        if profile is not None and profile.kind is ProfileKind.VENDOR_APP and app_id:
            own = any(_is_own(facts, app_id) for facts in states)
            if not own and any(_is_foreign(facts, app_id) for facts in states):
                yield app_id


def _is_own(facts: TenantFacts, app_id: str) -> bool:
    found = facts.application(app_id)
    return isinstance(found, Known) and found.value is not None


def _is_foreign(facts: TenantFacts, app_id: str) -> bool:
    """Say whether it is proven that an app is not the tenant's own."""
    client, application = facts.client(app_id), facts.application(app_id)
    here = facts.organization()
    if application != Known(None) or not isinstance(client, Known):
        return False
    if client.value is None:
        return True
    home = client.value.owner_tenant
    return isinstance(here, Known) and home is not None and home != here.value.id


def _asked_names(facts: TenantFacts, requests: Iterable[ConsentRequest]) -> Iterator[str]:
    """List the names of profiles, and those that the tenant shows for the apps asked about."""
    for request in requests:
        if request.profile_id != AD_HOC:
            yield request.name
        client = facts.client(request.app_id or "")
        if isinstance(client, Known) and client.value is not None:
            yield client.value.display_name
        yield from (one.display_name for one in _listed(facts) if one.app_id == request.app_id)


def _branded(apps: Sequence[ServicePrincipal]) -> Iterator[str]:
    microsoft = microsoft_tenants(apps)
    for one in apps:
        name = one.display_name.casefold()
        if one.owner_tenant in microsoft and any(brand in name for brand in BRANDS):
            yield "".join(words(name))


def _listed(facts: TenantFacts) -> tuple[ServicePrincipal, ...]:
    page = facts.service_principals()
    return page.value.principals if isinstance(page, Known) else ()


def _microsoft_apps(facts: TenantFacts) -> Iterator[str]:
    for one in _listed(facts):
        if one.owner_tenant in MICROSOFT_TENANTS and GUID.fullmatch(one.app_id):
            yield one.app_id


def _published(facts: TenantFacts) -> Iterator[DelegatedPermission]:
    """List what resources of Microsoft's publish; newer than our tables, perhaps."""
    for app_id in (*_MICROSOFT_RESOURCES, *_microsoft_apps(facts)):
        found = facts.resource(app_id)
        if isinstance(found, Known) and found.value is not None:
            yield from found.value.published


def _asked_of_microsoft(requests: Iterable[ConsentRequest]) -> Iterator[str]:
    """List the names that are asked of resources of Microsoft's, misspelt ones too."""
    for request in requests:
        for one in request.permissions:
            if one.requirement.resource_app_id in _MICROSOFT_RESOURCES:
                yield one.requirement.value


@cache
def _shipped_ids() -> frozenset[str]:
    files = (file for name in _TABLES for file in _files(resource("policies", name)))
    found = (GUID.findall(file.read_text(encoding="utf-8")) for file in files)
    return _OTHERS | {one.lower() for ids in found for one in ids}


def _files(folder: Traversable) -> Iterator[Traversable]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _files(item)
        else:
            yield item


@cache
def _shipped_scopes() -> frozenset[str]:
    table = {one.value.casefold() for one in load_permissions().permissions}
    return frozenset(table | OPENID_SCOPES | UNSUPPORTED_OPENID_SCOPES)


@cache
def _shipped_names() -> frozenset[str]:
    resources = (name_of(one) for one in _MICROSOFT_RESOURCES)
    profiles = (load_profile(one).name for one in profile_ids())
    return frozenset(one.casefold() for one in (*resources, *profiles))


@cache
def _shipped_segments() -> frozenset[str]:
    found = (load_profile(one).registration for one in profile_ids())
    uris = (uri for one in found if one for uri in one.redirect_uris)
    paths = (_TEMPLATE_VARIABLE.sub("", uri.partition("://")[2]) for uri in uris)
    return frozenset(part.casefold() for path in paths for part in path.split("/")[1:] if part)
