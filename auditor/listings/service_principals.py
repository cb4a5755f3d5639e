"""Every service principal: what each app is, who owns it and whether its publisher is verified."""

import msgspec
from msgspec import UNSET, UnsetType

from auditor.listings.listing import Listing, Page, Row


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
    account_enabled: bool | UnsetType | None = UNSET
    is_disabled: bool | UnsetType | None = UNSET
    disabled_by_microsoft_status: str | UnsetType | None = UNSET
    app_owner_organization_id: str | UnsetType | None = UNSET
    app_role_assignment_required: bool | UnsetType | None = UNSET
    service_principal_type: str | UnsetType | None = UNSET
    sign_in_audience: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    verified_publisher: VerifiedPublisher | UnsetType | None = UNSET
    password_credentials: list[Credential] | UnsetType | None = UNSET
    key_credentials: list[Credential] | UnsetType | None = UNSET


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
    delta=True,
    always=("password_credentials", "key_credentials"),
)
