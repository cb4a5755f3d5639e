"""Every service principal: what each app is, who owns it and whether its publisher is verified."""

import msgspec
from msgspec import UNSET, UnsetType

from auditor.listings.listing import Listing, Page, Row

_DIGITS = "0123456789abcdef"


class VerifiedPublisher(msgspec.Struct, rename="camel", gc=False):
    """Empty members where nobody is verified."""

    display_name: str | None = None
    verified_publisher_id: str | None = None


class Credential(msgspec.Struct, rename="camel", gc=False):
    """A secret or a certificate, without what is secret about it; ``moment`` reads its times."""

    key_id: str | None = None
    display_name: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    usage: str | None = None


class ServicePrincipalRow(Row):
    """One service principal, as far as it is selected."""

    app_id: str | None = None
    display_name: str | None = None
    account_enabled: bool | None = None
    is_disabled: bool | None = None
    disabled_by_microsoft_status: str | None = None
    app_owner_organization_id: str | None = None
    app_role_assignment_required: bool | None = None
    service_principal_type: str | None = None
    sign_in_audience: str | None = None
    tags: tuple[str, ...] | None = None
    verified_publisher: VerifiedPublisher | None = None
    password_credentials: tuple[Credential, ...] | UnsetType | None = UNSET
    key_credentials: tuple[Credential, ...] | UnsetType | None = UNSET


LISTING = Listing(
    name="service-principals-all",
    title="All service principals",
    path="/servicePrincipals",
    select=(
        "id",
        "appId",
        "displayName",
        "accountEnabled",
        "isDisabled",
        "disabledByMicrosoftStatus",
        "appOwnerOrganizationId",
        "appRoleAssignmentRequired",
        "servicePrincipalType",
        "signInAudience",
        "tags",
        "verifiedPublisher",
        "passwordCredentials",
        "keyCredentials",
    ),
    needs=("Application.Read.All",),
    why="which apps there are, whose they are, and who may sign in to them",
    row=ServicePrincipalRow,
    page=Page[ServicePrincipalRow],
    ranges=tuple(f"startswith(appId,'{digit}')" for digit in _DIGITS),
    delta=True,
    inborn=("app_id",),
    always=("password_credentials", "key_credentials"),
    never_null=("password_credentials", "key_credentials"),
)
