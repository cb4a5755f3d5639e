"""An app registration of this tenant: redirect URIs, audience, permissions, credentials."""

from datetime import datetime

from msgspec import UNSET, UnsetType, field

from auditor.model.tenant import Application, Credential, DeclaredPermission
from auditor.sources._json import GraphObject, decode, left_out, only, optional
from auditor.sources.source import Source, Subject


class _Redirects(GraphObject):
    redirect_uris: list[str] = field(default_factory=list)


class _Access(GraphObject):
    id: str
    type: str


class _Resource(GraphObject):
    resource_app_id: str
    resource_access: list[_Access] = field(default_factory=list)


class _Credential(GraphObject):
    display_name: str | None = None
    end_date_time: datetime | None = None


class _Application(GraphObject):
    id: str
    app_id: str
    display_name: str | None = None
    sign_in_audience: str | UnsetType | None = UNSET
    is_disabled: bool | UnsetType | None = UNSET
    web: _Redirects | UnsetType | None = UNSET
    spa: _Redirects | UnsetType | None = UNSET
    public_client: _Redirects | UnsetType | None = UNSET
    required_resource_access: list[_Resource] | UnsetType = UNSET
    password_credentials: list[_Credential] | UnsetType = UNSET
    key_credentials: list[_Credential] | UnsetType = UNSET


def _uris(platform: _Redirects | UnsetType | None) -> tuple[str, ...]:
    found = optional(platform)
    return tuple(found.redirect_uris) if found else ()


def _credentials(kind: str, found: list[_Credential]) -> tuple[Credential, ...]:
    return tuple(Credential(kind, one.display_name or "", one.end_date_time) for one in found)


def _declared(resources: list[_Resource]) -> tuple[DeclaredPermission, ...]:
    return tuple(
        DeclaredPermission(
            resource_app_id=resource.resource_app_id.casefold(),
            permission_id=access.id.casefold(),
            kind=access.type,
        )
        for resource in resources
        for access in resource.resource_access
    )


def _parse(bodies: tuple[bytes, ...]) -> Application:
    found = decode(only(bodies), _Application)
    return Application(
        id=found.id.casefold(),
        app_id=found.app_id.casefold(),
        display_name=found.display_name or "",
        audience=optional(found.sign_in_audience),
        web_redirect_uris=_uris(found.web),
        spa_redirect_uris=_uris(found.spa),
        public_redirect_uris=_uris(found.public_client),
        declared=_declared(optional(found.required_resource_access) or []),
        credentials=(
            *_credentials("secret", optional(found.password_credentials) or []),
            *_credentials("certificate", optional(found.key_credentials) or []),
        ),
        is_disabled=optional(found.is_disabled),
        missing=left_out(
            signInAudience=found.sign_in_audience,
            isDisabled=found.is_disabled,
            web=found.web,
            spa=found.spa,
            publicClient=found.public_client,
            requiredResourceAccess=found.required_resource_access,
            passwordCredentials=found.password_credentials,
            keyCredentials=found.key_credentials,
        ),
    )


SOURCE = Source(
    name="application",
    title="The app registration in this tenant",
    subject=Subject.CLIENT,
    path=(
        "/applications(appId='{subject}')?$select=id,appId,displayName,signInAudience,isDisabled,"
        "web,spa,publicClient,requiredResourceAccess,passwordCredentials,keyCredentials"
    ),
    needs=("Application.Read.All",),
    also=("Application.ReadWrite.All", "Directory.Read.All"),
    why="whether the app is registered here, and whether an own registration is in order",
    parse=_parse,
    may_be_absent=True,
)
