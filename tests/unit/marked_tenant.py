"""A tenant in which every text that the tenant owns carries a mark, made from a sample.

What is public stays: permissions of Microsoft's resources, Microsoft's ids, words that Graph
documents. Everything else is marked: names, ids, domains, free text, members nobody knows, policy
ids, scopes of an own API, credentials, thumbprints, redirect URIs.
"""

import base64
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from auditor.model.snapshot import Reading, Snapshot
from auditor.resources import resource
from auditor.samples import Sample, SampleAnswer
from tests.unit.sample_case import Json

STEM = "Qzvleak"
GUID_STEM = "-beef-4bad-8bad-"
TEXTS = (STEM, GUID_STEM, "beef4bad8bad", "beef-4bad")
"""What stands in every marked text and id."""
GUID_BYTES = (bytes.fromhex("beef4bad8bad"), bytes.fromhex("efbead4b8bad"))
API = "7d1f0a55-beef-4bad-8bad-00000000a001"
"""The app ID of an API of the tenant's own."""

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+Z")
_TABLES = ("managed", "permissions")
_ENUMS = frozenset(
    {
        "allowInvitesFrom",
        "classification",
        "consentType",
        "permissionClassification",
        "permissionType",
        "principalType",
        "queryType",
        "resourceApplication",
        "signInAudience",
        "tenantType",
        "type",
        "usage",
        "userType",
        "labelKind",
    }
)
_PUBLIC_WORDS = frozenset({"all", "any", "true", "false", "authorizationPolicy"})
_KEPT_SCOPES = frozenset({"oauth2PermissionScopes"})


@dataclass(slots=True)
class Marker:
    """Gives the same text the same mark, and remembers every text that it made."""

    public: frozenset[str]
    extras: bool
    words: bool
    made: dict[str, str] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    count: int = 0

    def guid(self, text: str) -> str:
        if text.lower() in self.public:
            return text
        key = text.lower()
        if key not in self.made:
            self.count += 1
            self.made[key] = f"{self.count:08x}{GUID_STEM}{0xA0000 + self.count:012x}"
        self.owned.add(self.made[key])
        return self.made[key]

    def text(self, text: str, form: str = "{0} ü <b>& {0}\u202e") -> str:
        key = f"{form}|{text}"
        if key not in self.made:
            self.count += 1
            self.made[key] = form.format(f"{STEM}{self.count:04d}")
        self.owned.add(self.made[key])
        return self.made[key]

    def path(self, text: str) -> str:
        found = _GUID.sub(lambda one: self.guid(one[0]), text)
        head, slash, last = found.rpartition("/")
        if head == "/policies/permissionGrantPolicies":
            return f"{head}{slash}{self.policy(last)}"
        return found

    def policy(self, text: str) -> str:
        return text if text.lower().startswith("microsoft-") else self.text(text, "{0}-Policy")

    def entry(self, text: str) -> str:
        prefix, dot, policy = text.partition(".")
        return f"{prefix}{dot}{self.policy(policy)}" if dot else self.text(text)

    def scopes(self, text: str) -> str:
        return re.sub(r"\S+", lambda one: self.scope(one[0]), text)

    def scope(self, text: str) -> str:
        return text if text.lower() in self.public else self.text(text, "{0}.Read")

    def uri(self, text: str) -> str:
        scheme, _, rest = text.partition("://")
        host, _, path = rest.partition("/")
        return f"{scheme}://{self.text(host, 'App.{0}.example')}/{path}?a={STEM}#{STEM}"

    def grant_id(self, text: str) -> str:
        self.count += 1
        raw = uuid.UUID(self.guid(str(uuid.uuid5(uuid.NAMESPACE_OID, text)))).bytes_le * 2
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def value(self, value: Json, member: str = "") -> Json:
        if isinstance(value, dict):
            return self._members(value, member)
        if isinstance(value, list):
            return [self.value(one, member) for one in value]
        return self._string(value, member) if isinstance(value, str) else value

    def _members(self, value: dict[str, Json], member: str) -> Json:
        found: dict[str, Json] = {
            name: one if name.startswith("@odata.") else self.value(one, name)
            for name, one in value.items()
        }
        if self.extras or member not in {"includes", "excludes", ""}:
            found |= self._extras()
        if "clientId" in found and "consentType" in found:
            found["id"] = self.grant_id(str(value["id"]))
        if member == "verifiedDomains":
            found["name"] = self.text(str(value["name"]), "{0}.onmicrosoft.com")
        return found

    def _extras(self) -> dict[str, Json]:
        """Members that nobody knows, in both their names and their values."""
        self.count += 1
        mark = f"{STEM}{self.count:04d}"
        return {
            "notes": f"{mark} notes",
            "info": {"marketingUrl": f"https://{mark}.example/a?b={mark}"},
            "tags": [mark, f"{mark}@{mark}.example"],
            "hint": mark[:3] + mark,
            "customKeyIdentifier": base64.b64encode(mark.encode() * 3).decode(),
            "userPrincipalName": f"adele@{mark}.example",
            f"extension_{mark}_department": mark,
            "keyId": f"{self.count:08x}{GUID_STEM}{0xB0000 + self.count:012x}",
        }

    def _string(self, text: str, member: str) -> str:  # noqa: PLR0911 - one for each form
        if self.words and member in _ENUMS:
            return self.text(text, "{0}")
        if self.words and _DATE.fullmatch(text):
            return f"{text} {STEM}"
        if member in _ENUMS or text in _PUBLIC_WORDS or _DATE.fullmatch(text) or not text:
            return self.guid(text) if _GUID.fullmatch(text) else text
        if _GUID.fullmatch(text):
            return self.guid(text)
        match member:
            case "permissionGrantPoliciesAssigned":
                return self.entry(text)
            case "id":
                return self.policy(text)
            case "scope" | "value" | "permissionName":
                return self.scopes(text)
            case "redirectUris":
                return self.uri(text)
            case "query":
                return self.path(text)
            case _:
                return self.text(text)


def public_words() -> frozenset[str]:
    """Ids and names in the shipped tables, in lower case."""
    files = [one for name in _TABLES for one in resource("policies", name).iterdir()]
    text = "\n".join(one.read_text(encoding="utf-8") for one in files).lower()
    others = {
        "00000000-0000-0000-0000-000000000000",
        "00000002-0000-0ff1-ce00-000000000000",
        "00000003-0000-0000-c000-000000000000",
        "00000003-0000-0ff1-ce00-000000000000",
        "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "1aa05f6f-68cb-4f86-87c3-55dcc1a08784",
        "62e90394-69f5-4237-9190-012177145e10",
        "85c8ad99-e136-4b1c-b453-fe3578b83189",
        "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",  # Microsoft's own apps
        "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
        "dffd5d46-495d-40a9-8e21-954ff55e198a",
        "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    }
    return frozenset(re.findall(r"[\w.-]+", text)) | others


def marked(sample: Sample, *, extras: bool = False, words: bool = False) -> tuple[Sample, Marker]:
    """Mark a sample.

    Args:
        sample: Any.
        extras: Even Microsoft's policies get members that nobody knows.
        words: Even where Graph documents words, others stand, and no date is one.
    """
    marker = Marker(public_words(), extras, words)
    answers = {marker.path(path): _answer(given, marker) for path, given in sample.answers.items()}
    answers |= _own_api(marker)
    found = replace(
        sample,
        tenant=marker.text(sample.tenant, "{0}.onmicrosoft.com"),
        variables=_variables(sample, marker),
        answers=MappingProxyType(answers),
    )
    return found, marker


def _variables(sample: Sample, marker: Marker) -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(
        {
            profile: {
                "app_id": marker.guid(given["app_id"]),
                "domain": marker.text(given["domain"], "App.{0}.example").lower(),
            }
            for profile, given in sample.variables.items()
        }
    )


def _answer(given: SampleAnswer, marker: Marker) -> SampleAnswer:
    return SampleAnswer(given.status, json.dumps(marker.value(json.loads(given.body))).encode())


def _own_api(marker: Marker) -> dict[str, SampleAnswer]:
    """Add an API of the tenant's own with a scope of its own, classified Low."""
    name = marker.scope(f"{STEM}-payroll")
    scope_id = marker.guid("7d1f0a55-0000-4000-8000-00000000a002")
    scope: Json = {
        "id": scope_id,
        "value": name,
        "type": "User",
        "isEnabled": True,
        "adminConsentDescription": f"{STEM} description",
    }
    principal: Json = {
        "id": marker.guid("7d1f0a55-0000-4000-8000-00000000a003"),
        "appId": API,
        "displayName": f"{STEM} payroll",
        "accountEnabled": True,
        "oauth2PermissionScopes": [scope],
    }
    path = f"/servicePrincipals(appId='{API}')"
    low: Json = {
        "value": [{"permissionId": scope_id, "permissionName": name, "classification": "low"}]
    }
    return {
        path: SampleAnswer(200, json.dumps(principal).encode()),
        f"{path}/delegatedPermissionClassifications": SampleAnswer(200, json.dumps(low).encode()),
    }


def own_scope(marker: Marker) -> str:
    """Name the own API's scope as a request does."""
    return f"{API}/{marker.scope(f'{STEM}-payroll')}"


def broken(snapshot: Snapshot) -> Snapshot:
    """Damage some readings in every way that a network and Graph can, with marks in the words."""
    words = f"{STEM}.example"
    error = {"error": {"code": f"{STEM}_Code", "message": words, "innerError": {"x": words}}}
    page = {"value": [], "@odata.nextLink": f"https://graph.example/v1.0/x?$skiptoken={STEM}"}
    changes: dict[str, dict[str, object]] = {
        "admin-consent-request-policy": {"status": 403, "body": json.dumps(error).encode()},
        "client-assignments": {"body": json.dumps(page).encode()},
        "group-settings": {"body": f"<html>{words}</html>".encode()},
        "service-principals": {"status": 0, "failure": f"no answer from {words}", "body": b""},
        "user": {"body": b'{"id":"\xff' + words.encode() + b'"}'},
        "user-roles": {"request": f"/users?$skiptoken={STEM}", "body": json.dumps(page).encode()},
    }
    readings = tuple(
        replace(one, **changes.get(one.source, {}))  # type: ignore[arg-type]
        for one in snapshot.readings
    )
    foreign = Reading(
        f"{STEM}-source", words, 0, f"/{words}", 200, words.encode(), snapshot.collected_at
    )
    return replace(snapshot, readings=(*readings, foreign))
