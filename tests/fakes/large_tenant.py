"""A tenant of any size, made up by index: nothing is kept of a million grants but a few numbers.

    tenant = LargeTenant(Size(service_principals=100, applications=20, grants=500))
    tenant.row(GRANTS, 7)                           one object
    tenant.encoded(GRANTS, range(999))              a page of them

The same size and seed give the same tenant. A few apps have most of the users' grants; ids come
in odd letter case; members are null or missing; names are hostile; some grants dangle.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import msgspec

from tests.fakes.wire import Json

PRINCIPALS = "/servicePrincipals"
APPLICATIONS = "/applications"
GRANTS = "/oauth2PermissionGrants"
DISABLED = "/users?accountEnabled eq false"
DELETED = "/directory/deletedItems/microsoft.graph.user"
ASSIGNMENTS = "/appRoleAssignedTo"
"""Of Microsoft Graph; the other resources have none."""

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
TENANT_ID = "7e2a1c9b-0000-4000-8000-00000000fa4e"
_RESOURCES = (
    (MICROSOFT_GRAPH, "Microsoft Graph"),
    ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"),
    ("00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"),
    ("00000002-0000-0000-c000-000000000000", "Windows Azure Active Directory"),
    ("797f4846-ba00-4fd7-ba43-dac1f8f63013", "Windows Azure Service Management API"),
)
_MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
_HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.test")',
    "\u202etxt.exe \x1b[31m",
    "Quote ' and \" and ` and \u2019",
    "n" * 300,
    "tab\tline\nfeed\u0000",
    "Micros\u043eft Teams",
    "",
)
_SCOPES = (
    "User.Read",
    " User.Read openid profile offline_access",
    "User.Read Mail.Read offline_access",
    "Calendars.ReadWrite  Contacts.Read ",
    "Files.Read.All Sites.Read.All User.Read",
    "Mail.ReadWrite Mail.Send",
    "EWS.AccessAsUser.All",
    "user_impersonation",
    "openid openid profile",
    "Directory.Read.All",
)
_ROLES = (
    "df021288-bdef-4463-88db-98f22de89214",
    "7AB1D382-F21E-4ACD-A863-BA3E13F7DA61",
    "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
    "ffffffff-0000-4000-8000-00000000dead",
)
ASSIGNS_ROLES = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
"""Opens a path to Global Administrator; few apps of a real tenant hold it."""
_PRIVILEGED = 61
_TAGS: tuple[Json, ...] = (["WindowsAzureActiveDirectoryIntegratedApp"], [], None)
_URIS: tuple[Json, ...] = ("https://app.example/cb", "http://*.example")
_TYPES = ("Application", "Application", "Application", "Legacy", "SocialIdp", "HologramAgent")
_KINDS = {PRINCIPALS: 1, APPLICATIONS: 2, GRANTS: 3, ASSIGNMENTS: 5, "app": 6, "user": 7}
_MASK = (1 << 64) - 1
_APPS_WITH_GRANTS = 0.31
_FOR_ALL = 0.3
"""Share of these apps that an administrator has consented to."""
_SKEW = 0.9
_DANGLING = 211
_DISABLED = 20
_DELETED = 60


@dataclass(frozen=True, slots=True)
class Size:
    """How much a tenant holds."""

    service_principals: int = 100_000
    applications: int = 20_000
    grants: int = 1_000_000
    users: int = 50_000
    seed: int = 1
    tenant_id: str = TENANT_ID
    """Owner of the apps that are registered here."""


class LargeTenant:
    """Objects by collection and index."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._principal_ids: dict[int, str] = {}

    def count(self, collection: str) -> int:
        """Return how many objects a collection has."""
        size = self.size
        return {
            PRINCIPALS: size.service_principals,
            APPLICATIONS: size.applications,
            GRANTS: size.grants,
            ASSIGNMENTS: size.service_principals // 30,
            DISABLED: -(-size.users // _DISABLED),
            DELETED: size.users // _DELETED,
        }[collection]

    def rows(self, collection: str) -> Iterator[dict[str, Json]]:
        """Give every object of a collection."""
        return (self.row(collection, index) for index in range(self.count(collection)))

    def row(self, collection: str, index: int) -> dict[str, Json]:
        """Make one object, with the members that an inventory selects."""
        match collection:
            case "/servicePrincipals":
                return self._principal(index)
            case "/applications":
                return self._application(index)
            case "/oauth2PermissionGrants":
                return self._grant(index)
            case "/appRoleAssignedTo":
                return self._assignment(index)
            case "/directory/deletedItems/microsoft.graph.user":
                return {"id": self._deleted_user(index)}
            case _:
                return {"id": self._id("user", index * _DISABLED)}

    def encoded(self, collection: str, indices: Iterable[int]) -> bytes:
        """Return objects as JSON in UTF-8 with commas between them."""
        encoder = msgspec.json.Encoder()
        return b",".join(encoder.encode(self.row(collection, index)) for index in indices)

    @cached_property
    def for_all(self) -> int:
        """How many of the first grants are for everybody."""
        return min(int(len(self._own_until) * _FOR_ALL), self.size.grants // 4)

    def principal_id(self, index: int) -> str:
        """Return the object id of a service principal."""
        found = self._principal_ids.get(index)
        if found is None:
            found = self._principal_ids[index] = self._id(PRINCIPALS, index)
        return found

    def app_id(self, index: int) -> str:
        """Return the app id of a service principal; the first digits are spread evenly."""
        return _RESOURCES[index][0] if index < len(_RESOURCES) else self._id("app", index)

    @cached_property
    def _own_until(self) -> list[int]:
        """Count users' grants app by app: each entry is the number up to that app."""
        apps = max(int(self.size.service_principals * _APPS_WITH_GRANTS), 1)
        weights = [1 / (rank + 1) ** _SKEW for rank in range(apps)]
        whole = sum(weights)
        most = self.size.grants
        return [round(part / whole * most) for part in accumulate(weights)]

    def _number(self, kind: str, index: int) -> int:
        """Mix an index to 64 bits, as splitmix64 does."""
        found = (index * 0x9E3779B97F4A7C15 + self.size.seed * 1_000_003 + _KINDS[kind]) & _MASK
        found = ((found ^ (found >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        found = ((found ^ (found >> 27)) * 0x94D049BB133111EB) & _MASK
        return found ^ (found >> 31)

    def _id(self, kind: str, index: int) -> str:
        number = self._number(kind, index)
        return (
            f"{index % 16:x}{number & 0xFFFFFFF:07x}-{number >> 48:04x}-4{number >> 28 & 0xFFF:03x}"
            f"-800{_KINDS[kind]}-{index:012x}"
        )

    def _principal(self, index: int) -> dict[str, Json]:
        number = self._number(PRINCIPALS, index)
        row: dict[str, Json] = {
            "id": _odd(self.principal_id(index), number, 37),
            "appId": _odd(self.app_id(index), number, 41),
            "displayName": self._name(index, number),
            "accountEnabled": (True, True, True, True, False, None)[number % 6],
            "appOwnerOrganizationId": self._owner(index, number),
            "appRoleAssignmentRequired": number % 9 == 0,
            "servicePrincipalType": self._type(index, number),
            "signInAudience": ("AzureADMyOrg", "AzureADMultipleOrgs", None)[number % 3],
            "tags": _TAGS[number % 3],
            "verifiedPublisher": _publisher(number),
            "passwordCredentials": _secrets(number) if number % 7 == 0 else [],
            "keyCredentials": _keys(number) if number % 11 == 0 else [],
        }
        if number % 13 == 0:
            row["isDisabled"] = number % 2 == 0
        for place, name in enumerate(("tags", "verifiedPublisher", "accountEnabled")):
            if number % (23 + place) == 0:
                del row[name]
        return row

    def _name(self, index: int, number: int) -> Json:
        if index < len(_RESOURCES):
            return _RESOURCES[index][1]
        if number % 29 == 0:
            return _HOSTILE[number // 29 % len(_HOSTILE)]
        return None if number % 301 == 0 else f"App {number % 9973} of {index}"

    def _owner(self, index: int, number: int) -> Json:
        if index < len(_RESOURCES) or number % 10 == 0:
            return _MICROSOFT
        here = self.size.tenant_id
        return (here, here.upper(), None, self._id("app", number % 5000))[number % 4]

    @staticmethod
    def _type(index: int, number: int) -> Json:
        if index < len(_RESOURCES):
            return "Application"
        return "ManagedIdentity" if number % 10 > 6 else _TYPES[number % len(_TYPES)]

    def _application(self, index: int) -> dict[str, Json]:
        number = self._number(APPLICATIONS, index)
        access: Json = [{"id": role, "type": "Role"} for role in _ROLES[: number % 3]]
        row: dict[str, Json] = {
            "id": _odd(self._id(APPLICATIONS, index), number, 37),
            "appId": self.app_id(index + len(_RESOURCES)),
            "displayName": self._name(index + len(_RESOURCES), number),
            "createdDateTime": f"20{10 + number % 16}-0{1 + number % 9}-11T09:00:00Z",
            "signInAudience": ("AzureADMyOrg", "AzureADMultipleOrgs", "Everybody")[number % 3],
            "verifiedPublisher": _publisher(number),
            "web": {"redirectUris": [*_URIS[: number % 3]]},
            "spa": {"redirectUris": []},
            "publicClient": {"redirectUris": ["http://localhost"] if number % 5 == 0 else []},
            "requiredResourceAccess": [
                {"resourceAppId": MICROSOFT_GRAPH, "resourceAccess": access}
            ],
            "passwordCredentials": _secrets(number),
            "keyCredentials": _keys(number) if number % 4 == 0 else [],
        }
        if number % 19 == 0:
            row["web"] = None
            del row["createdDateTime"]
        return row

    def _grant(self, index: int) -> dict[str, Json]:
        number = self._number(GRANTS, index)
        client, principal, resource = self._parties(index)
        scope = _SCOPES[number % len(_SCOPES)]
        row: dict[str, Json] = {
            "id": f"{number:016x}{index:012x}-_Grant",
            "clientId": _odd(client, number, 43),
            "consentType": "Principal" if principal else "AllPrincipals",
            "principalId": _odd(principal, number, 47) if principal else None,
            "resourceId": _odd(self.principal_id(resource), number, 53),
            "scope": None if number % 997 == 0 else scope,
        }
        if number % 991 == 0:
            del row["scope"]
        return row

    def _parties(self, index: int) -> tuple[str, str, int]:
        """Return client, user (empty for everybody) and resource; no two grants share all."""
        if index < self.for_all:
            app, user, resource = index, "", index % 2
        else:
            app = min(bisect_right(self._own_until, index), len(self._own_until) - 1)
            place = index - (self._own_until[app - 1] if app else 0)
            resource, place = (place % 2, place // 2) if app % 3 == 0 else (0, place)
            user = self._id("user", (place + app * 31) % self.size.users)
        # Popular apps stand anywhere in the listing.
        client = app * 7919 % max(self.size.service_principals, 1)
        dangling = app % _DANGLING == _DANGLING - 1
        return self._id("app", client) if dangling else self.principal_id(client), user, resource

    def _assignment(self, index: int) -> dict[str, Json]:
        number = self._number(ASSIGNMENTS, index)
        principal = self.principal_id(number % self.size.service_principals)
        role = _ROLES[number % len(_ROLES)] if number % _PRIVILEGED else ASSIGNS_ROLES
        return {
            "id": f"{number:016x}{index:012x}-_Role",
            "appRoleId": role,
            "principalId": _odd(principal, number, 5),
            "principalType": "User" if number % 17 == 0 else "ServicePrincipal",
            "resourceId": self.principal_id(0),
            "createdDateTime": None if number % 3 else "2025-05-05T05:05:05Z",
        }

    def _deleted_user(self, index: int) -> str:
        return self._id("user", index * _DELETED + 1).upper()


def _odd(text: str, number: int, every: int) -> str:
    return text.upper() if number % every == 0 else text


def _publisher(number: int) -> Json:
    if number % 5 == 0:
        return {"displayName": "Contoso", "verifiedPublisherId": str(number % 90_000)}
    return None if number % 5 == 1 else {"displayName": None, "verifiedPublisherId": None}


def _secrets(number: int) -> Json:
    end = f"20{24 + number % 6}-0{1 + number % 9}-01T00:00:00.1234560Z"
    one: Json = {
        "keyId": f"{number:032x}",
        "displayName": None if number % 2 else "from the portal",
        "startDateTime": "2024-01-01T00:00:00Z",
        "endDateTime": None if number % 31 == 0 else end,
    }
    return [one] * (number % 3)


def _keys(number: int) -> Json:
    usage = ("Verify", "Sign", "Wave")[number % 3]
    found = {"keyId": f"{number:032X}", "usage": usage, "endDateTime": "2027-01-01T00:00:00Z"}
    return [{**found, "displayName": None, "startDateTime": None}]
