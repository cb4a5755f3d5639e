"""Every app registration: redirect URIs, audience, requested permissions and credentials."""

import msgspec
from msgspec import UNSET, UnsetType, field

from auditor.listings.listing import Listing, Page, Row
from auditor.listings.service_principals import Credential, VerifiedPublisher


class Redirects(msgspec.Struct, rename="camel", gc=False):
    """The redirect URIs of one platform."""

    redirect_uris: list[str] = field(default_factory=list)


class Access(msgspec.Struct, rename="camel", gc=False):
    """One permission that a registration asks for."""

    id: str
    type: str


class ResourceAccess(msgspec.Struct, rename="camel", gc=False):
    """What a registration asks of one resource."""

    resource_app_id: str
    resource_access: list[Access] = field(default_factory=list)


class ApplicationRow(Row):
    """One app registration, as far as it is selected."""

    app_id: str | None = None
    display_name: str | None = None
    created_date_time: str | None = None
    sign_in_audience: str | None = None
    verified_publisher: VerifiedPublisher | None = None
    web: Redirects | UnsetType | None = UNSET
    spa: Redirects | UnsetType | None = UNSET
    public_client: Redirects | UnsetType | None = UNSET
    required_resource_access: list[ResourceAccess] | None = None
    password_credentials: tuple[Credential, ...] | UnsetType | None = UNSET
    key_credentials: tuple[Credential, ...] | UnsetType | None = UNSET


LISTING = Listing(
    name="applications-all",
    title="All app registrations",
    path="/applications",
    select=(
        "id",
        "appId",
        "displayName",
        "createdDateTime",
        "signInAudience",
        "verifiedPublisher",
        "web",
        "spa",
        "publicClient",
        "requiredResourceAccess",
        "passwordCredentials",
        "keyCredentials",
    ),
    needs=("Application.Read.All",),
    why="which apps are registered here, with which redirect URIs and credentials",
    row=ApplicationRow,
    page=Page[ApplicationRow],
    delta=True,
    inborn=("app_id",),
    always=("password_credentials", "key_credentials", "web", "spa", "public_client"),
    never_null=("password_credentials", "key_credentials"),
)
