"""A small tenant, built answer by answer as Graph would give them, and what is decided in it.

``Tenant()`` is neutral: user consent is off, nothing is granted or classified, the workflow is
off, and the app of another tenant is known, enabled and verified.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from auditor.consent.decide import References, decide
from auditor.facts import TenantFacts, derive
from auditor.managed import load_managed
from auditor.model.cloud import Cloud
from auditor.model.decision import Decision, PermissionDecision
from auditor.model.profile import (
    Asked,
    Asker,
    ConsentRequest,
    ProfileKind,
    Publisher,
    Registration,
    Requirement,
)
from auditor.model.snapshot import Reading, Snapshot
from auditor.sign_in_errors import load_sign_in_errors

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
OTHER_API = "c0ffee00-0000-4000-8000-000000000003"
HERE = "aaaaaaaa-0000-4000-8000-000000000001"
ELSEWHERE = "bbbbbbbb-0000-4000-8000-000000000002"
APP = "c0ffee00-0000-4000-8000-000000000001"
OTHER_APP = "c0ffee00-0000-4000-8000-000000000002"
THUNDERBIRD = "9e5f94bc-e8a4-4e73-b8be-63364c29d753"
PRINCIPAL = "dddddddd-0000-4000-8000-000000000001"
PERSON = "eeeeeeee-0000-4000-8000-000000000001"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
REFERENCES = References(load_managed(), load_sign_in_errors())

LOW = "microsoft-user-default-low"
RECOMMENDED = "microsoft-user-default-recommended"
LEGACY = "microsoft-user-default-legacy"
MAIL_CLIENTS = "microsoft-user-default-allow-consent-apps"

IDS = {
    (GRAPH, "openid"): "37f7f235-527c-4136-accd-4a02d197296e",
    (GRAPH, "profile"): "14dad69e-099b-42c9-810b-d002981feec1",
    (GRAPH, "email"): "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
    (GRAPH, "offline_access"): "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
    (GRAPH, "User.Read"): "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
    (GRAPH, "Mail.Read"): "570282fd-fa5c-430d-a7fd-fc8dc98a9dca",
    (GRAPH, "Mail.Send"): "e383f46e-2787-4529-855e-0e479a3ffac0",
    (GRAPH, "Files.Read"): "10465720-29dd-4523-a11a-6a75c743c9d9",
    (GRAPH, "User.Read.All"): "a154be20-db9c-4678-8ab7-66f6cc099a59",
    (GRAPH, "IMAP.AccessAsUser.All"): "652390e4-393a-48de-9484-05f9b1212954",
    (EXCHANGE, "IMAP.AccessAsUser.All"): "195adc35-e27b-454b-a7ed-1ecdffa1c09f",
    (EXCHANGE, "SMTP.Send"): "76faac2a-0f20-42f1-928a-50de5b9dbe52",
    (OTHER_API, "Orders.Read"): "c0ffee00-0000-4000-8000-000000000031",
    (OTHER_API, "profile"): "c0ffee00-0000-4000-8000-000000000032",
}
ADMIN_ONLY = frozenset({"User.Read.All"})
RESOURCES = {
    GRAPH: ("Microsoft Graph", "ffffffff-0000-4000-8000-000000000001"),
    EXCHANGE: ("Office 365 Exchange Online", "ffffffff-0000-4000-8000-000000000002"),
    OTHER_API: ("Orders", "ffffffff-0000-4000-8000-000000000003"),
}
SIGN_IN = ("openid", "profile", "email", "offline_access", "User.Read")
FORBIDDEN: Json = {"error": {"code": "Authorization_RequestDenied", "message": "no\nprivileges"}}
NOT_FOUND: Json = {"error": {"code": "Request_ResourceNotFound", "message": "does not exist"}}

_EVERYTHING: dict[str, Json] = {
    "permissionType": "delegated",
    "permissionClassification": "all",
    "resourceApplication": "any",
    "permissions": ["all"],
    "clientApplicationIds": ["all"],
    "clientApplicationTenantIds": ["all"],
    "clientApplicationPublisherIds": ["all"],
    "clientApplicationsFromVerifiedPublisherOnly": False,
}


def condition_set(**conditions: Json) -> dict[str, Json]:
    """A condition set as Graph gives it: everything wide open but for ``conditions``."""
    return {"id": "c5c5c5c5-0000-4000-8000-000000000001", **_EVERYTHING, **conditions}


def permission_ids(*names: str, resource: str = GRAPH) -> list[Json]:
    return [IDS[resource, name] for name in names]


def managed_excludes(*names: str, resource: str = GRAPH) -> dict[str, Json]:
    return condition_set(
        permissionType="delegatedUserConsentable",
        resourceApplication=resource,
        permissions=permission_ids(*names, resource=resource),
    )


_BUILT_IN: dict[str, tuple[list[Json], list[Json]]] = {
    LOW: (
        [
            condition_set(permissionClassification="low", clientApplicationTenantIds=[HERE]),
            condition_set(
                permissionClassification="low", clientApplicationsFromVerifiedPublisherOnly=True
            ),
        ],
        [],
    ),
    RECOMMENDED: (
        [condition_set(permissionType="delegatedUserConsentable")],
        [
            managed_excludes("Mail.Read"),
            managed_excludes("IMAP.AccessAsUser.All", resource=EXCHANGE),
        ],
    ),
    LEGACY: ([condition_set(permissionType="delegatedUserConsentable")], []),
    MAIL_CLIENTS: (
        [
            condition_set(
                permissionType="delegatedUserConsentable",
                resourceApplication=resource,
                permissions=permission_ids(name, resource=resource),
                clientApplicationIds=[THUNDERBIRD],
            )
            for resource, name in ((GRAPH, "Mail.Read"), (EXCHANGE, "IMAP.AccessAsUser.All"))
        ],
        [],
    ),
}


class Tenant:
    """Every method changes one answer and returns the tenant, so that calls can be chained."""

    def __init__(self, cloud: Cloud = Cloud.GLOBAL) -> None:
        self.cloud = cloud
        self.answers: dict[tuple[str, str], tuple[int, bytes]] = {}
        self.app_id = APP
        self._grants: list[Json] = []
        self._classified: dict[str, list[Json]] = {GRAPH: [], EXCHANGE: [], OTHER_API: []}
        self.says("organization", {"value": [{"id": HERE, "tenantType": "AAD"}]})
        self.policies()
        self.workflow(on=False)
        self.settings()
        for resource in RESOURCES:
            self.resource(resource)
            self.classified(resource=resource)
        self.client()
        self.granted("")
        self.assigned(0)
        self.absent("application", APP)

    def says(self, source: str, body: Json, subject: str = "", status: int = 200) -> "Tenant":
        self.answers[source, subject.casefold()] = (status, json.dumps(body).encode())
        return self

    def refuses(self, source: str, subject: str = "") -> "Tenant":
        return self.says(source, FORBIDDEN, subject, 403)

    def absent(self, source: str, subject: str) -> "Tenant":
        return self.says(source, NOT_FOUND, subject, 404)

    def forgets(self, source: str, subject: str = "") -> "Tenant":
        del self.answers[source, subject.casefold()]
        return self

    def policies(self, *ids: str, entries: tuple[str, ...] = (), **members: Json) -> "Tenant":
        """Assign app consent policies to users; built-in ones come with their condition sets."""
        assigned: list[Json] = [f"ManagePermissionGrantsForSelf.{one}" for one in ids]
        for one in ids:
            if one in _BUILT_IN:
                self.policy(one, *_BUILT_IN[one])
        body: dict[str, Json] = {
            "defaultUserRolePermissions": {
                "permissionGrantPoliciesAssigned": assigned + list(entries)
            },
            "allowUserConsentForRiskyApps": None,
            "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        }
        return self.says("authorization-policy", body | members)

    def policy(
        self, policy_id: str, includes: list[Json], excludes: list[Json] | None = None, **more: Json
    ) -> "Tenant":
        body: dict[str, Json] = {"id": policy_id, "includes": includes, "excludes": excludes or []}
        return self.says("permission-grant-policy", body | more, policy_id)

    def custom(self, *includes: Json, excludes: tuple[Json, ...] = ()) -> "Tenant":
        """Assign one custom policy."""
        return self.policies("custom").policy("custom", list(includes), list(excludes))

    def resource(self, app_id: str, **members: Json) -> "Tenant":
        name, object_id = RESOURCES[app_id]
        scopes: list[Json] = [
            {
                "id": permission_id,
                "value": value,
                "type": "Admin" if value in ADMIN_ONLY else "User",
                "isEnabled": True,
            }
            for (home, value), permission_id in IDS.items()
            if home == app_id
        ]
        body: dict[str, Json] = {
            "id": object_id,
            "appId": app_id,
            "displayName": name,
            "accountEnabled": True,
            "oauth2PermissionScopes": scopes,
        }
        return self.says("resource-service-principal", body | members, app_id)

    def classified(self, *names: str, resource: str = GRAPH, level: str = "low") -> "Tenant":
        """Classify permissions, beside those that are classified already."""
        self._classified[resource] += [
            {
                "permissionId": IDS[resource, name],
                "permissionName": name,
                "classification": level,
            }
            for name in names
        ]
        body: Json = {"value": self._classified[resource]}
        return self.says("permission-classifications", body, resource)

    def client(
        self,
        *,
        verified: bool = True,
        owner: Json = ELSEWHERE,
        app_id: str = APP,
        without: str = "",
        **members: Json,
    ) -> "Tenant":
        """Give the app a service principal; of this tenant with ``owner=HERE``."""
        self.app_id = app_id
        body: dict[str, Json] = {
            "id": PRINCIPAL,
            "appId": app_id,
            "displayName": "App",
            "accountEnabled": True,
            "isDisabled": None,
            "disabledByMicrosoftStatus": None,
            "appOwnerOrganizationId": owner,
            "appRoleAssignmentRequired": False,
            "verifiedPublisher": {"verifiedPublisherId": "6100001" if verified else None},
            "signInAudience": "AzureADMultipleOrgs",
        }
        body |= members
        body.pop(without, None)
        self.absent("application", app_id)
        self.says("client-grants", {"value": self._grants}, app_id)
        self.assigned(0)
        return self.says("client-service-principal", body, app_id)

    def client_with(self, members: Mapping[str, Json]) -> "Tenant":
        """Give the app a service principal with members whose names a test chooses."""
        return self.client(**members)  # type: ignore[arg-type]

    def no_client(self) -> "Tenant":
        """The tenant does not know the app yet."""
        for source in ("client-service-principal", "client-grants", "client-assignments"):
            self.absent(source, self.app_id)
        return self

    def registered(self, without: str = "", **members: Json) -> "Tenant":
        """Give the app a registration in this tenant."""
        body: dict[str, Json] = {
            "id": "abababab-0000-4000-8000-000000000001",
            "appId": self.app_id,
            "displayName": "Own app",
            "signInAudience": "AzureADMyOrg",
            "isDisabled": None,
            "web": {"redirectUris": ["https://app.example/callback"]},
            "spa": {"redirectUris": []},
            "publicClient": {"redirectUris": []},
            "requiredResourceAccess": [],
            "passwordCredentials": [{"displayName": "s", "endDateTime": "2027-01-01T00:00:00Z"}],
            "keyCredentials": [],
        }
        body |= members
        body.pop(without, None)
        return self.says("application", body, self.app_id)

    def granted(
        self,
        scopes: str,
        *,
        resource: str = GRAPH,
        person: str | None = None,
        consent_type: str | None = None,
    ) -> "Tenant":
        """Add a grant: for everybody, or for one person."""
        grant: Json = {
            "id": f"grant-{len(self._grants)}",
            "clientId": PRINCIPAL,
            "consentType": consent_type or ("Principal" if person else "AllPrincipals"),
            "principalId": person,
            "resourceId": RESOURCES[resource][1],
            "scope": scopes,
        }
        if scopes:
            self._grants.append(grant)
        if person:
            self.says("user-grants", {"value": [grant]}, person)
        return self.says("client-grants", {"value": self._grants}, self.app_id)

    def assigned(self, people: int) -> "Tenant":
        listed: list[Json] = [
            {"principalId": f"p{number}", "principalType": "User"} for number in range(people)
        ]
        return self.says("client-assignments", {"value": listed}, self.app_id)

    def workflow(self, *, on: bool, reviewers: int = 1) -> "Tenant":
        listed: list[Json] = [{"query": f"/users/{n}"} for n in range(reviewers if on else 0)]
        return self.says("admin-consent-request-policy", {"isEnabled": on, "reviewers": listed})

    def settings(self, **values: str) -> "Tenant":
        """Set the directory's consent settings; none without a value."""
        pairs: list[Json] = [{"name": name, "value": value} for name, value in values.items()]
        setting: Json = {"templateId": "dffd5d46-495d-40a9-8e21-954ff55e198a", "values": pairs}
        return self.says("group-settings", {"value": [setting] if pairs else []})

    def person(
        self, user_type: Json = "Member", roles: tuple[str, ...] = (), *, assigned: bool = False
    ) -> "Tenant":
        """Make the person of ``--user-id`` readable."""
        self.says("user", {"id": PERSON, "userType": user_type}, PERSON)
        self.says("user-roles", {"value": [{"roleTemplateId": role} for role in roles]}, PERSON)
        listed: list[Json] = [{"resourceId": PRINCIPAL}] if assigned else []
        self.says("user-assignments", {"value": listed}, PERSON)
        if ("user-grants", PERSON) not in self.answers:
            self.says("user-grants", {"value": []}, PERSON)
        return self

    def snapshot(self) -> Snapshot:
        readings = tuple(
            Reading(source, subject, 0, "/request", status, body, NOW)
            for (source, subject), (status, body) in self.answers.items()
        )
        return Snapshot("contoso.example", self.cloud, NOW, readings)

    def facts(self) -> TenantFacts:
        return derive(self.snapshot())

    def decide(self, *scopes: str, **changes: object) -> Decision:
        """Decide a request; scopes as names of Graph, or ``(resource, name)`` as ``EXO:name``."""
        request = replace(asking(*scopes), app_id=self.app_id)
        return decide(self.facts(), replace(request, **changes), REFERENCES)  # type: ignore[arg-type]


def asking(*scopes: str, **changes: object) -> ConsentRequest:
    request = ConsentRequest(
        profile_id="ad-hoc",
        name="App",
        kind=ProfileKind.AD_HOC,
        version="",
        source="",
        retrieved=None,
        notes=(),
        app_id=APP,
        permissions=tuple(Asked(requirement(one), required=True, features=()) for one in scopes),
        registration=None,
        asker=Asker(),
        publisher=Publisher.UNKNOWN,
        prompt_consent=False,
        default_scope=False,
    )
    return replace(request, **changes)  # type: ignore[arg-type]


_PREFIXES: Mapping[str, str] = {"EXO": EXCHANGE, "API": OTHER_API}


def requirement(scope: str) -> Requirement:
    prefix, colon, name = scope.rpartition(":")
    resource = _PREFIXES[prefix] if colon else GRAPH
    return Requirement(resource, RESOURCES[resource][0], name)


def registration(**changes: object) -> Registration:
    wanted = Registration(
        platform="web",
        redirect_uris=("https://app.example/callback",),
        audiences=("AzureADMyOrg",),
        credential=True,
        elsewhere=False,
    )
    return replace(wanted, **changes)  # type: ignore[arg-type]


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def only(decision: Decision) -> PermissionDecision:
    (permission,) = decision.permissions
    return permission
