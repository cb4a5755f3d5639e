"""Registrations to print, and readers of what was printed."""

import json
import re
from datetime import UTC, datetime
from functools import cache

import hcl2

from auditor.model.cloud import Cloud
from auditor.setup import azure_cli, portal, powershell, terraform
from auditor.setup.certificate import make_key_pair
from auditor.setup.federation import make_federation
from auditor.setup.permissions import needed_permissions
from auditor.setup.registration import Federation, PublicCertificate, Registration, Way
from tests.unit.script_reader import Json, terraform_text

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TENANT = "11111111-2222-3333-4444-555555555555"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WRITERS = {
    "azure-cli": azure_cli.write,
    "powershell": powershell.write,
    "terraform": terraform.write,
    "portal": portal.write,
}
HOSTILE = (
    "' ; touch owned ; '",
    "$(touch owned) `touch owned` ${IFS} $env:PATH $graph",
    '${file("/etc/passwd")} %{if true}x%{endif} $${x} %%{y}',
    "\u2018 \u2019 \u201c \u201d",
    "JSON",
    "END",
    "'@",
    "@/etc/passwd",
    "--debug",
    "{client} {{token}} %s %n",
    "\\ \\n \\\" \\' \\0 \\u0041",
    "<script>alert(1)</script> ]]> -->",
    "é 株式会社 😀",
    "%27%20or%20true",
    "a & b?c#d=e+f",
    "!! !$ ~ * &&",
    "x" * 120,
)


@cache
def public_certificate() -> PublicCertificate:
    return make_key_pair("auditor", 30, NOW).public


def github(subject: str = "repo:contoso/auditor:environment:production") -> Federation:
    return make_federation("github", subject, url="", audience="", cloud=Cloud.GLOBAL)


def registration(
    way: Way = Way.CERTIFICATE,
    *,
    name: str = "entra-consent-auditor",
    person: bool = True,
    cloud: Cloud = Cloud.GLOBAL,
    tenant: str = TENANT,
) -> Registration:
    return Registration(
        name=name,
        permissions=needed_permissions(person=person),
        way=way,
        cloud=cloud,
        tenant=tenant,
        certificate=public_certificate() if way is Way.CERTIFICATE else None,
        federation=github() if way is Way.FEDERATED else None,
    )


def requested(format_id: str, content: str) -> list[set[str]]:
    """The ids of permissions at each of the places where a format lists them."""
    match format_id:
        case "terraform":
            return _terraform_permissions(content)
        case "portal":
            return [set(re.findall(rf"^ +[\w.]+ \(({GUID.pattern})\)$", content, re.MULTILINE))]
        case _:
            listed = re.findall(rf"^ +'?({GUID.pattern})'? # [\w.]+$", content, re.MULTILINE)
            return [_body_permissions(body_of(format_id, content)), set(listed)]


def body_of(format_id: str, content: str) -> dict[str, Json]:
    """The body that creates the registration."""
    start, end = {"azure-cli": ("<<'JSON'\n", "\nJSON\n"), "powershell": ("@'\n", "\n'@\n")}[
        format_id
    ]
    text = content[content.index("# The registration\n") :].partition(start)[2].partition(end)[0]
    body: dict[str, Json] = json.loads(text)
    return body


def _body_permissions(body: dict[str, Json]) -> set[str]:
    access = json.loads(json.dumps(body["requiredResourceAccess"]))
    (graph,) = access
    assert graph["resourceAppId"] == "00000003-0000-0000-c000-000000000000"
    assert {one["type"] for one in graph["resourceAccess"]} == {"Role"}
    return {one["id"] for one in graph["resourceAccess"]}


def terraform_resources(content: str) -> dict[str, dict[str, Json]]:
    """The resources by type, with texts still quoted."""
    return {
        kind.strip('"'): body
        for one in hcl2.loads(content)["resource"]
        for kind, named in one.items()
        for body in named.values()
    }


def _terraform_permissions(content: str) -> list[set[str]]:
    found = json.loads(json.dumps(terraform_resources(content)))
    (access,) = found["azuread_application"]["required_resource_access"]
    assert {one["type"] for one in access["resource_access"]} == {'"Role"'}
    assigned = found["azuread_app_role_assignment"]["for_each"]
    return [
        {terraform_text(one["id"]) for one in access["resource_access"]},
        set(GUID.findall(json.dumps(assigned))),
    ]
