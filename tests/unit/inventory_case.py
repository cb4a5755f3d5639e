"""A whole tenant, built row by row as Graph would list it, and what a check says of it.

``Whole()`` has Microsoft Graph, Exchange Online and an app of each kind of owner, which hold
nothing. Every listing is read to its end unless a test says otherwise.
"""

import json
from datetime import timedelta

from auditor.inventory.fold import Fold
from auditor.inventory.join import make_inventory
from auditor.inventory.report import make_inventory_report
from auditor.listings import (
    app_management,
    app_owners,
    application_permissions,
    applications,
    delegated_grants,
    load,
    registration_owners,
    service_principals,
    sign_ins,
)
from auditor.model.inventory import InventoryFinding, InventoryReport
from auditor.model.snapshot import Reading
from auditor.resources import resource
from tests.unit.consent_case import ELSEWHERE, EXCHANGE, GRAPH, HERE, NOW, RESOURCES, Json, Tenant

MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
VERIFIED: Json = {"displayName": "Fabrikam", "verifiedPublisherId": "6100001"}
NOT_VERIFIED: Json = {"displayName": None, "verifiedPublisherId": None}
HOSTILE = "<script>\u202e\x1b[31m'\"`" + "x" * 300

Row = dict[str, Json]


def day(days: float) -> str:
    """A day, so many after the reading, as Graph writes it."""
    return f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def secret(start: float | None, end: float | None, **members: Json) -> Row:
    """A client secret that lives from one day to another."""
    row: Row = {
        "keyId": "ABCD0000-0000-4000-8000-000000000001",
        "displayName": None,
        "startDateTime": None if start is None else day(start),
        "endDateTime": None if end is None else day(end),
    }
    return row | members


def certificate(start: float | None, end: float | None, **members: Json) -> Row:
    """A certificate that the app signs in with."""
    own: Row = {"keyId": "ABCD0000-0000-4000-8000-000000000002", "usage": "Verify"}
    return secret(start, end) | own | members


def signing(start: float, end: float) -> dict[str, Json]:
    """A SAML signing certificate: three entries, as Graph makes them."""
    key = "ABCD0000-0000-4000-8000-000000000003"
    return {
        "keyCredentials": [
            certificate(start, end, usage="Sign", keyId=key),
            certificate(start, end, usage="VERIFY"),
        ],
        "passwordCredentials": [secret(start, end, keyId=key.lower())],
    }


def role_id(name: str) -> str:
    """The id of an application permission of Microsoft Graph."""
    text = resource("policies", "permissions", "microsoft-graph-application.csv").read_text("utf-8")
    return next(line.split(",")[0] for line in text.splitlines() if line.endswith(f",{name}"))


class Whole:
    """Every method changes the tenant and returns it, so that calls can be chained."""

    def __init__(self, tenant: Tenant | None = None) -> None:
        self.tenant = tenant or Tenant()
        self._rows: dict[str, list[Row]] = {one.name: [] for one in load()}
        self._broken: dict[str, tuple[int, str]] = {}
        self._forgotten: set[str] = set()
        self._owners: dict[tuple[str, str], list[Row]] = {}
        self._policies: list[Reading] = []
        for app_id, (name, object_id) in RESOURCES.items():
            owner = MICROSOFT if app_id in {GRAPH, EXCHANGE} else HERE
            self.app(object_id, appId=app_id, displayName=name, appOwnerOrganizationId=owner)
        self.app("other", appOwnerOrganizationId=ELSEWHERE.upper())
        self.app("own", appOwnerOrganizationId=HERE.upper())
        self.app("microsofts", appOwnerOrganizationId=MICROSOFT)

    def app(self, object_id: str, **members: Json) -> "Whole":
        """Add a service principal, or change one."""
        rows = self._rows[service_principals.LISTING.name]
        old = next((one for one in rows if one["id"] == object_id), None)
        if old is not None:
            old.update(members)
            return self
        row: Row = {
            "id": object_id,
            "appId": f"APP-{object_id}",
            "displayName": f"The app {object_id}",
            "accountEnabled": True,
            "isDisabled": None,
            "disabledByMicrosoftStatus": None,
            "appOwnerOrganizationId": ELSEWHERE,
            "appRoleAssignmentRequired": False,
            "servicePrincipalType": "Application",
            "signInAudience": "AzureADMultipleOrgs",
            "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
            "verifiedPublisher": NOT_VERIFIED,
            "passwordCredentials": [],
            "keyCredentials": [],
        }
        rows.append(row | members)
        return self

    def without(self, object_id: str, *members: str) -> "Whole":
        """Leave members of a service principal out, as Graph may."""
        for row in self._rows[service_principals.LISTING.name]:
            if row["id"] == object_id:
                for one in members:
                    del row[one]
        return self

    def registration(self, **members: Json) -> "Whole":
        """Add an app registration."""
        rows = self._rows[applications.LISTING.name]
        row: Row = {
            "id": f"REG-{len(rows)}",
            "appId": f"APP-{len(rows)}",
            "displayName": "Ours",
            "createdDateTime": day(-400),
            "signInAudience": "AzureADMyOrg",
            "verifiedPublisher": NOT_VERIFIED,
            "web": {"redirectUris": []},
            "spa": None,
            "publicClient": {"redirectUris": []},
            "requiredResourceAccess": [],
            "passwordCredentials": [],
            "keyCredentials": [],
        }
        rows.append(row | members)
        return self

    def redirects(self, *uris: str, platform: str = "web", **members: Json) -> "Whole":
        """Add a registration with redirect URIs."""
        found: Json = {"redirectUris": list(uris)}
        return self.registration(**{platform: found}, **members)

    def grants(self, client: str, scope: str, users: int = 0, resource_id: str = GRAPH) -> "Whole":
        """Grant delegated permissions for everybody, or to some users, one by one."""
        rows = self._rows[delegated_grants.LISTING.name]
        for number in range(users or 1):
            rows.append(
                {
                    "id": f"{client}-{len(rows)}",
                    "clientId": client.upper(),
                    "consentType": "Principal" if users else "AllPrincipals",
                    "principalId": f"user-{number}" if users else None,
                    "resourceId": RESOURCES.get(resource_id, ("", resource_id))[1],
                    "scope": f" {scope}  ",
                }
            )
        return self

    def holds(
        self,
        client: str,
        *permissions: str,
        since: float | None = None,
        kind: str | None = "servicePrincipal",
        resource_id: str = GRAPH,
    ) -> "Whole":
        """Grant application permissions of Microsoft Graph by name, or of any resource by id."""
        rows = self._rows[application_permissions.LISTING.name]
        for one in permissions:
            rows.append(
                {
                    "id": f"held-{len(rows)}",
                    "appRoleId": (one if "-" in one else role_id(one)).upper(),
                    "principalId": client.upper(),
                    "principalType": kind,
                    "resourceId": RESOURCES[resource_id][1],
                    "createdDateTime": None if since is None else day(-since),
                }
            )
        return self

    def used(self, app_id: str, days: float | None, **members: Json) -> "Whole":
        """Report when an app was used last, so many days before the reading."""
        time = None if days is None else day(-days)
        row: Row = {
            "id": app_id,
            "appId": app_id,
            "lastSignInActivity": {"lastSignInDateTime": time},
        }
        self._rows[sign_ins.LISTING.name].append(row | members)
        return self

    def owned(self, object_id: str, *owners: Row, registration: bool = False) -> "Whole":
        """Let an app be owned by nobody else, or the registration with this app ID."""
        listing = registration_owners if registration else app_owners
        self._owners[listing.LISTING.name, object_id.lower()] = list(owners)
        return self

    def policy(self, source: str, body: Json, subject: str = "", status: int = 200) -> "Whole":
        """Let an app management policy be this."""
        answer = json.dumps(body).encode()
        self._policies.append(Reading(source, subject, 0, "/x", status, answer, NOW))
        return self

    def user(self, listing: str, object_id: str) -> "Whole":
        """Add a disabled or deleted user."""
        self._rows[listing].append({"id": object_id})
        return self

    def refuses(self, *listings: str, code: str = "", status: int = 403) -> "Whole":
        self._broken |= dict.fromkeys(listings, (status, code))
        return self

    def breaks(self, *listings: str) -> "Whole":
        """Let listings end behind their first page."""
        self._broken |= dict.fromkeys(listings, (0, "the connection was lost"))
        return self

    def forgets(self, *listings: str) -> "Whole":
        self._forgotten |= set(listings)
        return self

    def report(self) -> InventoryReport:
        fold = Fold()
        for reading in self._readings():
            fold.take(reading)
        fold.finish()
        facts = self.tenant.facts()
        return make_inventory_report(
            make_inventory(fold, facts, "contoso.example", NOW), facts, "0.0.0"
        )

    def finding(self, check_id: str) -> InventoryFinding:
        return next(one for one in self.report().findings if one.check == check_id)

    def _readings(self) -> list[Reading]:
        found = []
        for listing in load():
            if listing.name in self._forgotten:
                continue
            rows = self._rows[listing.name]
            for number, part in enumerate(listing.parts):
                found += _pages(
                    listing.name, part, _of_part(rows, part, number), self._broken.get(listing.name)
                )
        for (name, subject), rows in self._owners.items():
            found += _pages(name, subject, rows, self._broken.get(name))
        return found + self._policies + self._undemanding()

    def _undemanding(self) -> list[Reading]:
        """Return the policies that nobody has set."""
        said = {one.source for one in self._policies} | self._forgotten
        nothing: dict[str, Json] = {
            app_management.DEFAULT.name: {"isEnabled": False},
            app_management.CUSTOM.name: {"value": []},
        }
        return [
            Reading(name, "", 0, "/x", 200, json.dumps(body).encode(), NOW)
            for name, body in nothing.items()
            if name not in said
        ]


def person(number: int, **members: Json) -> Row:
    """An owner: a member of this tenant, unless said otherwise."""
    row: Row = {
        "@odata.type": "#microsoft.graph.user",
        "id": f"PERSON-{number}",
        "userPrincipalName": f"p{number}@contoso.example",
        "displayName": None,
        "userType": "Member",
        "accountEnabled": True,
    }
    return row | members


def _of_part(rows: list[Row], part: str, number: int) -> list[Row]:
    """Give a divided listing's part its rows, and any other's first part all of them."""
    if part.startswith("consentType"):
        return [one for one in rows if f"'{one['consentType']}'" in part]
    if part in RESOURCES:
        return [one for one in rows if one["resourceId"] == RESOURCES[part][1]]
    return [] if number else rows


def _pages(name: str, part: str, rows: list[Row], broken: tuple[int, str] | None) -> list[Reading]:
    page: dict[str, Json] = {"value": list(rows)}
    if broken and broken[0]:
        error: Json = {"error": {"code": broken[1], "message": "no"}} if broken[1] else {}
        return [Reading(name, part, 0, "/x", broken[0], json.dumps(error).encode(), NOW)]
    if not broken:
        return [Reading(name, part, 0, "/x", 200, json.dumps(page).encode(), NOW)]
    page["@odata.nextLink"] = "https://graph.example/v1.0/next"
    first = Reading(name, part, 0, "/x", 200, json.dumps(page).encode(), NOW)
    return [first, Reading(name, part, 1, "/next", 0, b"", NOW, broken[1])]
