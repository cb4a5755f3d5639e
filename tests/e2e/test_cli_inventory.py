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

import pytest

from auditor.inventory_pipeline import read_inventory
from auditor.render.inventory_write import inventory_formats
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud
from tests.fakes.faults import Fault
from tests.fakes.live import ROOT, Ended, connection_of, run_here, served, sign_in_of
from tests.fakes.wire import Reply, Request

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

    def test_a_tenant_that_refuses_everything_is_told(self, tmp_path: Path) -> None:
        with FakeCloud(served("admin-consented"), roles=frozenset()) as cloud:
            ended = run_here(cloud.environment(), "inventory", cwd=tmp_path)
        assert ended.code == 3
        assert "not one listing or setting" in ended.lines[-1]
        assert not (tmp_path / "inventory.snapshot").exists()
