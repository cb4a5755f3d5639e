"""``inventory`` and ``inventory query`` of a kept inventory: files, messages and exit codes."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest

from auditor.inventory_pipeline import read_inventory
from auditor.render.inventory_write import inventory_formats
from auditor.snapshot_format import Limits, frames
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud
from tests.fakes.faults import Fault
from tests.fakes.live import ROOT, Ended, connection_of, run_here, served, sign_in_of
from tests.fakes.wire import Json, Reply, Request

SNAPSHOT = "tenant.snapshot"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the inventory of a sample tenant."""
    made = tmp_path_factory.mktemp("inventory")
    with FakeCloud(served("admin-consented")) as cloud:
        path = made / SNAPSHOT
        read_inventory(sign_in_of(cloud), connection_of(cloud), path, progress=lambda _: None)
    return made


def inventory(folder: Path, *arguments: str) -> Ended:
    return run_here({}, "inventory", "--snapshot", SNAPSHOT, *arguments, cwd=folder)


def query(folder: Path, *arguments: str) -> Ended:
    return run_here({}, "inventory", "query", "--snapshot", SNAPSHOT, *arguments, cwd=folder)


def test_a_summary_goes_to_stdout(folder: Path) -> None:
    ended = inventory(folder)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.decode().startswith("Wide World Importers (global cloud, ")


def test_every_format_goes_to_a_folder(folder: Path) -> None:
    chosen = [word for name in inventory_formats() for word in ("--format", name)]
    ended = inventory(folder, *chosen, "--output", "all")
    assert ended.code == 0
    written = {path.name for path in (folder / "all").iterdir()}
    assert len(written) == 14
    assert {line.rpartition("/")[2] for line in ended.lines} == written
    page = (folder / "all" / "inventory.html").read_text("utf-8")
    assert "18 apps" in page


def test_a_page_in_a_folder_has_its_tables_beside_it(folder: Path) -> None:
    assert inventory(folder, "--output", "page").code == 0
    names = {path.name for path in (folder / "page").iterdir()}
    assert "inventory.html" in names
    assert {name for name in names if name.endswith(".csv")} == names - {"inventory.html"}
    assert inventory(folder, "--format", "html", "--output", "one.html").code == 0
    assert inventory(folder, "--format", "json").out == inventory(folder, "--format", "json").out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--format", "csv"], "a file for each table: give a folder"),
        (["--format", "parquet", "--output", "one.parquet"], "a file for each table"),
        (["--format", "xlsx"], "give a file or a folder with --output"),
        (["--format", "json", "--format", "html"], "several formats need a folder"),
        (["query", "--limit", "1"], "--snapshot belongs to inventory alone: write it after query"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(
    folder: Path, arguments: list[str], word: str
) -> None:
    ended = inventory(folder, *arguments)
    assert (ended.code, ended.out) == (2, b"")
    assert len(ended.lines) == 1
    assert word in ended.err


def test_it_is_said_that_an_inventory_cannot_be_shared(folder: Path) -> None:
    for ended in (inventory(folder, "--share-safe"), query(folder, "--share-safe")):
        assert (ended.code, ended.out) == (2, b"")
        (line,) = ended.lines
        assert "an inventory cannot be made share-safe" in line
        assert "use audit --share-safe, or bundle" in line
    assert "--share-safe" not in inventory(folder, "--help").out.decode()


@pytest.mark.parametrize(
    ("severity", "code"), [("never", 0), ("high", 0), ("medium", 10), ("low", 10)]
)
def test_a_severity_gives_the_exit_code(folder: Path, severity: str, code: int) -> None:
    assert inventory(folder, "--fail-on", severity).code == code


def test_a_query_prints_a_table(folder: Path) -> None:
    ended = query(folder, "--permission", "mail.*", "--consent-type", "all", "--risk", "high")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.decode().splitlines()
    assert lines[0].split() == ["App", "Publisher", "Risk", "Users", "Permissions"]
    assert any(line.startswith("Sophiie ") for line in lines)


def test_a_query_prints_csv_and_json(folder: Path) -> None:
    text = query(folder, "--app", "sophiie", "--format", "csv").out.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    document = json.loads(query(folder, "--app", "sophiie", "--format", "json").out)
    assert document["matched"] == 1
    names = [one["permission"] for one in document["apps"][0]["permissions"]]
    assert names == [one["permission"] for one in rows]
    assert query(folder, "--format", "json", "--limit", "2").err.startswith(
        "consent-auditor: 2 of 18 apps are shown"
    )


def test_a_query_that_finds_nothing_says_so(folder: Path) -> None:
    ended = query(folder, "--app", "no such app", "--owner", "microsoft")
    assert (ended.code, ended.out) == (0, b"")
    assert ended.err == "consent-auditor: no app fits\n"


def test_a_query_needs_an_inventory(folder: Path) -> None:
    ended = run_here({}, "inventory", "query", cwd=folder)
    assert ended.code == 2
    assert "--snapshot FILE is missing" in ended.err


def privileged(cloud: FakeCloud, owned_by: int = 5) -> str:
    """Let an app become Global Administrator, and people own it; returns its object id."""
    tenant, graph_id = cloud.tenant, "00000003-0000-0000-c000-000000000000"
    listing = tenant.find("/servicePrincipals")
    assert listing is not None
    by_app = {str(one["appId"]): one for one in listing.items}
    graph, app = (
        by_app[graph_id],
        next(one for one in listing.items if one["displayName"] == "Sophiie"),
    )
    assignment: dict[str, Json] = {
        "id": "assignment",
        "appRoleId": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
        "principalId": app["id"],
        "principalType": "ServicePrincipal",
        "resourceId": graph["id"],
        "createdDateTime": "2024-01-01T00:00:00Z",
    }
    tenant.set(f"/servicePrincipals(appId='{graph_id}')/appRoleAssignedTo", {"value": [assignment]})
    owners: list[Json] = [
        {
            "@odata.type": "#microsoft.graph.user",
            "id": f"eeeeeeee-0000-4000-8000-{number:012}",
            "userPrincipalName": f"p{number}@example.test",
            "userType": "Member",
            "accountEnabled": True,
        }
        for number in range(owned_by)
    ]
    tenant.set(f"/servicePrincipals/{app['id']}/owners", {"value": owners})
    used: list[Json] = [
        {
            "id": str(one["id"]),
            "appId": one["appId"],
            "lastSignInActivity": {"lastSignInDateTime": "2025-01-01T00:00:00Z"},
        }
        for one in listing.items
    ]
    tenant.set("/reports/servicePrincipalSignInActivities", {"value": used})
    return str(app["id"])


class TestLive:
    """From sign-in to the summary, over TLS."""

    def test_reads_keeps_and_says_what_is_there(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
            assert cloud.violations == []
        assert ended.code == 0
        assert "18 apps, 2 registrations, 244 delegated grants" in ended.out.decode()
        assert (tmp_path / "inventory.snapshot").stat().st_mode & 0o777 == 0o600
        assert not (tmp_path / "inventory.snapshot.partial").exists()
        again = run_here({}, "inventory", "--snapshot", "inventory.snapshot", cwd=tmp_path)
        assert again.out == ended.out

    def test_since_an_earlier_one_says_the_same(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            first = run_here(cloud.environment(), "inventory", cwd=tmp_path)
            before = len(cloud.reads)
            since = ("--since", "inventory.snapshot", "--save-snapshot", "later.snapshot")
            later = run_here(cloud.environment(), "inventory", *since, cwd=tmp_path)
            asked = [one.path for one in cloud.reads[before:]]
        assert later.code == 0
        assert later.out.splitlines()[1:] == first.out.splitlines()[1:]
        assert "/servicePrincipals/delta" in asked
        assert "/oauth2PermissionGrants" not in asked

    @pytest.mark.parametrize("fault", [faults.status(403), faults.status(400), faults.html()])
    def test_a_count_that_is_refused_costs_nothing_but_the_estimate(
        self, tmp_path: Path, fault: Fault
    ) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            whole = run_here(cloud.environment(), "inventory", cwd=tmp_path)
            for name in ("applications", "oauth2PermissionGrants", "servicePrincipals"):
                cloud.faults.add(f"/{name}/$count", fault, times=None)
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
            assert cloud.violations == []
        assert (ended.code, ended.err) == (0, whole.err)
        assert ended.out.splitlines()[1:] == whole.out.splitlines()[1:]

    @pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
    def test_an_interrupted_run_says_how_to_go_on(self, tmp_path: Path) -> None:
        asked, answered = Event(), Event()

        def waiting(_request: Request, answer: Callable[[], Reply]) -> Reply:
            asked.set()
            answered.wait(30)
            return answer()

        with FakeCloud(served("admin-consented")) as cloud:
            earlier = ("--save-snapshot", "earlier.snapshot")
            assert run_here(cloud.environment(), "inventory", *earlier, cwd=tmp_path).code == 0
            cloud.tenant.page_size = 50
            cloud.faults.add("/oauth2PermissionGrants", waiting, times=1, query="skiptoken")
            environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **cloud.environment()}
            with subprocess.Popen(
                [sys.executable, "-m", "auditor", "inventory"],
                env=environment,
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            ) as process:
                assert asked.wait(60)
                for since in ((), ("--since", "earlier.snapshot")):
                    second = run_here(cloud.environment(), "inventory", *since, cwd=tmp_path)
                    assert second.code == 2
                    assert "another run is writing this inventory: wait" in second.lines[-1]
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=60)
            answered.set()
            assert process.returncode == 130
            assert err.decode().splitlines()[1:] == [
                "consent-auditor: interrupted: within six hours, the same command goes on from here",
                "",
            ]
            again = run_here(cloud.environment(), "inventory", cwd=tmp_path)
        assert again.lines[1].startswith("consent-auditor: going on behind the last complete page")
        assert "244 delegated grants" in again.out.decode()

    def test_owners_and_the_last_use_are_read_and_told(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented"), page_size=2) as cloud:
            app = privileged(cloud)
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
            assert cloud.violations == []
            asked = [str(one) for one in cloud.reads if "owners" in str(one)]
        members = "id,displayName,userPrincipalName,userType,accountEnabled"
        expand = f"$expand=owners($select={members})"
        assert asked == [f"GET /servicePrincipals?$filter=id in ('{app}')&$select=id&{expand}"]
        told = " ".join(ended.out.decode().split())
        assert ended.code == 0
        assert "owned by p0@example.test (no Global Administrator now), p1@example.test" in told
        assert "and 2 more" in told
        assert "the last sign-in was on 2025-01-01" in told
        assert "Could not be read" not in told

    def test_an_app_with_many_owners_is_asked_about_by_itself(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            app = privileged(cloud, owned_by=33)
            ended = run_here(cloud.environment(), "inventory", "--format", "json", cwd=tmp_path)
            assert cloud.violations == []
            asked = [one.path for one in cloud.reads if "owners" in str(one)]
        assert asked == ["/servicePrincipals", f"/servicePrincipals/{app}/owners"]
        findings = json.loads(ended.out)["findings"]
        check = "privileged-apps-have-trusted-owners"
        (finding,) = (one for one in findings if one["check"] == check)
        assert "and 30 more" in finding["affected"][0]["detail"]

    def test_owners_that_may_not_be_read_are_told_with_the_permission(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            privileged(cloud)
            refused = faults.status(403)
            cloud.faults.add("/servicePrincipals", refused, times=None, query="expand=owners")
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
        told = " ".join(ended.out.decode().split())
        assert "Owners of privileged apps could not be read" in told
        assert "grant Application.Read.All" in told

    def test_owners_are_read_anew_since_an_earlier_one(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            app = privileged(cloud)
            run_here(cloud.environment(), "inventory", cwd=tmp_path)
            cloud.tenant.set(f"/servicePrincipals/{app}/owners", {"value": []})
            before = len(cloud.reads)
            since = ("--since", "inventory.snapshot", "--save-snapshot", "later.snapshot")
            later = run_here(cloud.environment(), "inventory", *since, cwd=tmp_path)
            asked = [str(one) for one in cloud.reads[before:]]
        assert [one for one in asked if f"('{app}')" in one and "expand=owners" in one]
        assert not [one for one in asked if one.startswith("GET /oauth2PermissionGrants?")]
        assert b"Owners of privileged apps" not in later.out

    def test_a_tenant_without_a_licence_lacks_one_answer(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
        assert ended.code == 0
        told = " ".join(ended.out.decode().split())
        assert "no licence of Microsoft Entra ID P1, which it takes" in told
        assert "AuditLog" not in told

    def test_an_app_that_may_not_read_sign_ins_is_told_the_permission(self, tmp_path: Path) -> None:
        roles = frozenset({"Application.Read.All", "User.Read.All", "Organization.Read.All"})
        with FakeCloud(served("admin-consented"), roles=roles) as cloud:
            privileged(cloud)
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
        assert ended.code == 0
        told = " ".join(ended.out.decode().split())
        assert "AuditLog.Read.All lets it be read" in told
        assert "What the tenant allows is not known. " in told

    def test_other_clouds_are_not_asked_for_sign_ins(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            ended = run_here(cloud.environment(), "inventory", "--cloud", "china", cwd=tmp_path)
            assert not [one for one in cloud.reads if "SignInActivities" in one.path]
        told = " ".join(ended.out.decode().split())
        assert "Last sign-ins of apps: this cloud does not have it" in told

    def test_another_tenants_inventory_is_refused(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented")) as cloud:
            run_here(cloud.environment(), "inventory", cwd=tmp_path)
        with FakeCloud(served("ready")) as cloud:
            ended = run_here(
                cloud.environment(), "inventory", "--since", "inventory.snapshot", cwd=tmp_path
            )
        assert ended.code == 2
        (line,) = [one for one in ended.lines if "another tenant" in one]
        assert "inventory.snapshot" in line

    @pytest.mark.parametrize("other", [True, False])
    def test_a_tenant_without_a_name_is_known_by_its_id(
        self, tmp_path: Path, *, other: bool
    ) -> None:
        """The Azure CLI and managed identities sign in to whichever tenant they are of."""
        with FakeCloud(served("admin-consented")) as cloud:
            environment = cloud.environment("managed-identity")
            del environment["AZURE_TENANT_ID"]
            assert run_here(environment, "inventory", cwd=tmp_path).code == 0
            whole = (tmp_path / "inventory.snapshot").read_bytes()
            with (tmp_path / "inventory.snapshot").open("rb") as file:
                parts = [frame for _, frame in frames(file, Limits())]
            (tmp_path / "x.partial").write_bytes(b"".join(parts[:-1]))
            if other:
                row: Json = {"id": str(UUID(int=7)), "displayName": "B", "tenantType": "AAD"}
                cloud.tenant.set("/organization", {"value": [row]})
            since = run_here(
                environment, "inventory", "--since", "inventory.snapshot", cwd=tmp_path
            )
            again = run_here(environment, "inventory", "--save-snapshot", "x", cwd=tmp_path)
        assert since.code == (2 if other else 0)
        assert ("is of another tenant" in since.err) == other
        assert ((tmp_path / "inventory.snapshot").read_bytes() == whole) == other
        assert again.code == 0
        assert ("going on behind" in again.err) != other

    def test_a_tenant_that_refuses_everything_is_told(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented"), roles=frozenset()) as cloud:
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
        assert ended.code == 3
        assert "not one listing or setting" in ended.lines[-1]
        assert not (tmp_path / "inventory.snapshot").exists()
