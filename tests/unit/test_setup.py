"""What ``setup`` prints creates the registration with exactly what the sources need."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import which

import pytest

from auditor.errors import UsageError
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.permissions import application_permission_ids
from auditor.setup import azure_cli, portal, powershell, terraform
from auditor.setup.permissions import needed_permissions
from auditor.setup.registration import LONGEST_NAME, Registration, Way, checked_tenant, checked_text
from auditor.sources import load
from auditor.sources.source import Subject
from tests.generated_docs import APP_ROLES
from tests.unit.script_reader import Json, powershell_tree, terraform_text
from tests.unit.setup_case import (
    GUID,
    HOSTILE,
    TENANT,
    WRITERS,
    body_of,
    public_certificate,
    registration,
    requested,
    terraform_resources,
)

needs_shellcheck = pytest.mark.skipif(which("shellcheck") is None, reason="needs ShellCheck")
needs_bash = pytest.mark.skipif(which("bash") is None, reason="needs Bash")
ways = pytest.mark.parametrize("way", Way)
formats = pytest.mark.parametrize("format_id", WRITERS)

AZ = """\
#!{python}
import json, sys, pathlib
arguments = sys.argv[1:]
with pathlib.Path({journal!r}).open("a") as file:
    file.write(json.dumps(arguments) + "\\n")
url = next((one for one in arguments if one.startswith("https://")), "")
if arguments[0] == "account":
    print({tenant!r})
elif "/applications?" in url:
    print({there!r})
elif url.endswith("/applications"):
    print("application-id\\nclient-id\\r")
elif "servicePrincipals(" in url:
    print("graph-id")
elif url.endswith("/servicePrincipals"):
    print("principal-id")
elif "/appRoleAssignments" in url and {broken!r}:
    sys.exit("Forbidden")
elif url.endswith("/addPassword"):
    print("the-secret")
"""


def test_every_source_has_a_permission_with_an_id() -> None:
    ids = application_permission_ids()
    needs = {need for source in load() for need in source.needs}
    assert needs - ids.keys() == set(), "add them to policies/permissions"
    assert all(GUID.fullmatch(one) for one in ids.values())
    assert len(set(ids.values())) == len(ids)


def test_the_table_agrees_with_the_documentation() -> None:
    assert {one.value: one.id for one in needed_permissions(person=True)} == APP_ROLES


def test_the_person_alone_needs_one_permission_more() -> None:
    every = {one.value for one in needed_permissions(person=True)}
    without = {one.value for one in needed_permissions(person=False)}
    assert every - without == {"User.Read.All"}
    others = [one for one in load() if one.subject is not Subject.USER]
    assert without == {need for one in others for need in one.needs}


def test_only_reads_are_asked_for() -> None:
    assert all(re.search(r"\.Read\b", one.value) for one in needed_permissions(person=True))
    assert not any("Write" in one.value for one in needed_permissions(person=True))


@formats
@ways
@pytest.mark.parametrize("person", [True, False])
def test_every_format_asks_for_exactly_these(format_id: str, way: Way, *, person: bool) -> None:
    content = WRITERS[format_id](registration(way, person=person))
    wanted = {one.id for one in needed_permissions(person=person)}
    assert requested(format_id, content) == [wanted] * (1 if format_id == "portal" else 2)


@formats
@ways
@pytest.mark.parametrize("cloud", Cloud)
def test_every_format_says_what_comes_next(format_id: str, way: Way, cloud: Cloud) -> None:
    content = WRITERS[format_id](registration(way, cloud=cloud))
    auth = {"federated": "workload-identity"}.get(way, way)
    assert f"consent-auditor doctor --auth {auth}" in content
    assert (f"--cloud {cloud}" in content) == (cloud is not Cloud.GLOBAL)
    assert "AZURE_TENANT_ID" in content
    assert "AZURE_CLIENT_ID" in content
    variable = {
        Way.CERTIFICATE: "AZURE_CLIENT_CERTIFICATE_PATH",
        Way.FEDERATED: "AZURE_FEDERATED_TOKEN_FILE",
        Way.SECRET: "AZURE_CLIENT_SECRET",
    }[way]
    assert variable in content
    assert "Privileged Role Administrator" in content
    assert "Application Developer" in content
    assert re.search(r"[Tt]o undo it: \S", content)
    assert content.endswith("\n")


@formats
def test_nothing_of_a_certificate_is_there_without_one(format_id: str) -> None:
    content = WRITERS[format_id](registration(Way.SECRET))
    assert "AsymmetricX509Cert" not in content
    assert "CERTIFICATE" not in content


@pytest.mark.parametrize("cloud", Cloud)
def test_each_cloud_is_named_as_each_tool_names_it(cloud: Cloud) -> None:
    of = registration(cloud=cloud)
    assert f"graph={ENDPOINTS[cloud].graph}\n" in azure_cli.write(of)
    assert ENDPOINTS[cloud].portal in portal.write(of)
    environment = {"global": "Global", "us-gov-l4": "USGov", "us-gov-l5": "USGovDoD"}
    assert f"-Environment {environment.get(cloud, 'China')} " in powershell.write(of)
    provider = {"us-gov-l4": "usgovernmentl4", "us-gov-l5": "usgovernmentl5"}
    assert f'environment = "{provider.get(cloud, cloud)}"' in terraform.write(of)
    assert ("az cloud set" in azure_cli.write(of)) == (cloud is not Cloud.GLOBAL)


class TestAzureCli:
    @pytest.fixture
    def az(self, tmp_path: Path) -> Path:
        (tmp_path / "bin").mkdir()
        return tmp_path

    def run(
        self,
        folder: Path,
        of: Registration,
        *,
        tenant: str = TENANT,
        there: str = "",
        broken: bool = False,
    ) -> tuple[subprocess.CompletedProcess[str], list[list[str]]]:
        """Run the script with an ``az`` that writes down what it was asked."""
        journal = folder / "journal"
        journal.write_text("")
        script = folder / "bin" / "az"
        told = {"journal": str(journal), "tenant": tenant, "there": there, "broken": broken}
        script.write_text(AZ.format(python=sys.executable, **told))
        script.chmod(0o755)
        done = subprocess.run(
            ["bash", "-c", azure_cli.write(of)],
            env={
                "PATH": f"{folder / 'bin'}{os.pathsep}{os.defpath}",
                "pause": "0",
                "LC_ALL": "C.UTF-8",
            },
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
        return done, [json.loads(line) for line in journal.read_text().splitlines()]

    @needs_bash
    @ways
    def test_it_sends_the_registration_and_its_permissions(self, az: Path, way: Way) -> None:
        done, asked = self.run(az, registration(way))
        assert done.returncode == 0, done.stderr
        sent = [
            (value(one, "--url"), json.loads(value(one, "--body")))
            for one in asked
            if "POST" in one
        ]
        urls = [url.removeprefix("https://graph.microsoft.com/v1.0") for url, _ in sent]
        assert urls[:2] == ["/applications", "/servicePrincipals"]
        assert sent[0][1] == plain(registration(way).body())
        assert sent[1][1] == {"appId": "client-id"}
        assigned = [body for url, body in sent if url.endswith("/principal-id/appRoleAssignments")]
        assert {one["appRoleId"] for one in assigned} == set(APP_ROLES.values())
        assert {(one["principalId"], one["resourceId"]) for one in assigned} == {
            ("principal-id", "graph-id")
        }
        assert ("/applications/application-id/addPassword" in urls) == (way is Way.SECRET)
        assert ("the-secret" in done.stdout) == (way is Way.SECRET)
        federated = [one for one in asked if one[:3] == ["ad", "app", "federated-credential"]]
        bodies = [json.loads(value(one, "--parameters")) for one in federated]
        assert bodies == ([plain(registration(way).federation_body())] if federated else [])
        assert bool(federated) == (way is Way.FEDERATED)
        assert f"export AZURE_TENANT_ID={TENANT}\nexport AZURE_CLIENT_ID=client-id\n" in done.stdout
        assert "To undo it: az ad app delete --id client-id\n" in done.stdout

    @needs_bash
    def test_it_does_nothing_where_it_was_done_already(self, az: Path) -> None:
        done, asked = self.run(az, registration(), there="older-client-id")
        assert done.returncode == 1
        assert "There is an app registration entra-consent-auditor already" in done.stderr
        assert not any("POST" in one for one in asked)

    @needs_bash
    def test_it_does_nothing_in_another_tenant(self, az: Path) -> None:
        done, asked = self.run(az, registration(), tenant="99999999-2222-3333-4444-555555555555")
        assert done.returncode == 1
        assert f"az login --tenant {TENANT}" in done.stderr
        assert not any("rest" in one for one in asked)

    @needs_bash
    def test_a_domain_name_is_not_compared(self, az: Path) -> None:
        done, _ = self.run(az, registration(tenant="contoso.onmicrosoft.com"))
        assert done.returncode == 0

    @needs_bash
    def test_half_way_it_says_how_to_undo_it(self, az: Path) -> None:
        done, asked = self.run(az, registration(), broken=True)
        assert done.returncode != 0
        assert done.stderr.count("To undo it: az ad app delete --id client-id") == 1
        assert sum("appRoleAssignments" in " ".join(one) for one in asked) == 7, "patient"

    @needs_bash
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_name_stays_a_name(self, az: Path, name: str) -> None:
        done, asked = self.run(az, registration(name=name))
        assert done.returncode == 0, done.stderr
        (body,) = [
            json.loads(value(one, "--body"))
            for one in asked
            if value(one, "--url").endswith("/applications")
        ]
        assert body == plain(registration(name=name).body())
        assert sorted(one.name for one in az.iterdir()) == ["bin", "journal"]

    @needs_shellcheck
    @ways
    @pytest.mark.parametrize("name", ["entra-consent-auditor", *HOSTILE])
    def test_shellcheck_is_content(self, way: Way, name: str) -> None:
        content = azure_cli.write(registration(way, name=name))
        # Typographic quotes are meant where a name has them; hints below a warning are about these.
        meant = "SC1110,SC1111,SC1112"
        level = ["-S", "warning"] if name in HOSTILE else []
        done = subprocess.run(
            ["shellcheck", *level, "-e", meant, "-"],
            input=content,
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
        assert (done.returncode, done.stdout) == (0, "")


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1] if option in arguments else ""


def plain(body: object) -> Json:
    found: Json = json.loads(json.dumps(body))
    return found


class TestPowerShell:
    @ways
    @pytest.mark.parametrize("name", ["entra-consent-auditor", *HOSTILE])
    def test_it_parses_and_keeps_the_body(self, way: Way, name: str) -> None:
        of = registration(way, name=name)
        content = powershell.write(of)
        powershell_tree(content)
        assert content.isascii()
        assert body_of("powershell", content) == plain(of.body())

    def test_the_federated_credential_is_there(self) -> None:
        of = registration(Way.FEDERATED)
        content = powershell.write(of).partition("# A federated credential")[2]
        text = content.partition("@'\n")[2].partition("\n'@\n")[0]
        assert json.loads(text) == plain(of.federation_body())

    def test_every_here_string_ends(self) -> None:
        content = powershell.write(registration(Way.FEDERATED, name="'@"))
        assert re.findall(r"(?m)^'@", content) == ["'@", "'@"]


class TestTerraform:
    @ways
    @pytest.mark.parametrize("name", ["entra-consent-auditor", *HOSTILE])
    def test_it_parses_and_keeps_the_name(self, way: Way, name: str) -> None:
        found = terraform_resources(terraform.write(registration(way, name=name)))
        application = found["azuread_application"]
        assert terraform_text(str(application["display_name"])) == name
        assert application["sign_in_audience"] == '"AzureADMyOrg"'
        assert application.keys().isdisjoint({"web", "spa", "public_client"})
        kinds = {
            Way.CERTIFICATE: "azuread_application_certificate",
            Way.FEDERATED: "azuread_application_federated_identity_credential",
            Way.SECRET: "azuread_application_password",
        }
        assert kinds.keys() - {way} == {one for one in kinds if kinds[one] not in found}
        assert found[kinds[way]]["application_id"] == "${azuread_application.auditor.id}"

    def test_the_certificate_is_the_given_one(self) -> None:
        found = terraform_resources(terraform.write(registration()))
        added = found["azuread_application_certificate"]
        assert terraform_text(str(added["value"])) == public_certificate().pem
        assert added["end_date"] == '"2026-12-21T12:00:00Z"'

    def test_the_secret_is_an_output_that_is_not_shown(self) -> None:
        assert "sensitive = true" in terraform.write(registration(Way.SECRET))

    @pytest.mark.skipif(which("terraform") is None, reason="needs Terraform")
    @ways
    def test_it_is_formatted(self, way: Way) -> None:
        done = subprocess.run(
            ["terraform", "fmt", "-check", "-diff", "-"],
            input=terraform.write(registration(way)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")


class TestPortal:
    @ways
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_name_stays_on_its_line(self, way: Way, name: str) -> None:
        lines = portal.write(registration(way, name=name)).splitlines()
        assert f" 3. Name: {name}" in lines
        assert len(lines) == len(portal.write(registration(way)).splitlines())

    def test_it_does_without_a_certificate(self) -> None:
        content = portal.write(replace(registration(), certificate=None))
        assert "Upload certificate" in content
        assert "Thumbprint" not in content

    def test_the_thumbprint_is_that_of_the_portal(self) -> None:
        assert public_certificate().sha1 in portal.write(registration())

    def test_the_federated_credential_is_spelled_out(self) -> None:
        content = portal.write(registration(Way.FEDERATED))
        assert "Issuer: https://token.actions.githubusercontent.com\n" in content
        assert "Subject identifier: repo:contoso/auditor:environment:production\n" in content
        assert "Audience: api://AzureADTokenExchange\n" in content


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " x",
        "x ",
        "a\nb",
        "a\rb",
        "\x1b[31mred",
        "\u202eevil",
        "a\u200fb",
        "\ud800",
        "\x00",
        "\u2028",
        "x" * 121,
        "y" * 1_000_000,
    ],
)
def test_what_hides_is_no_name(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked_text(text, "--name", LONGEST_NAME)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("name", HOSTILE)
def test_what_shows_is_a_name(name: str) -> None:
    assert checked_text(name, "--name", LONGEST_NAME) == name


@pytest.mark.parametrize(
    "tenant", ["", TENANT, TENANT.upper(), "contoso.com", "xn--bcher-kva.example"]
)
def test_a_tenant_is_an_id_or_a_domain_name(tenant: str) -> None:
    assert checked_tenant(tenant) == tenant


@pytest.mark.parametrize(
    "tenant",
    ["a b", "-x", "x-", "$(x)", "büro.example", "contoso.com\n", "a/b", "'", "x" * 300, "\ud800"],
)
def test_anything_else_is_no_tenant(tenant: str) -> None:
    with pytest.raises(UsageError, match="--tenant"):
        checked_tenant(tenant)
