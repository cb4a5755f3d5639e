"""The command line as people and scripts use it: results, messages, files and exit codes."""

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, Protocol

import click
import jsonschema
import pytest

from auditor import __version__
from auditor.catalog import load_profile, profile_ids
from auditor.checks import load as load_checks
from auditor.cli.demo import sample_requests
from auditor.cli.main import LazyGroup, run
from auditor.cli.progress import teller
from auditor.inventory.checks import load as load_inventory_checks
from auditor.pipeline import read_sample
from auditor.render.write import formats
from auditor.samples import load_sample, sample_ids
from auditor.store import write_snapshot

ROOT = Path(__file__).parents[2]
APP = "8ab1b2c3-0000-4000-8000-00000000000d"
NAMES = {
    "csv": "report.csv",
    "html": "report.html",
    "json": "report.json",
    "markdown": "report.md",
}
FROM_ENVIRONMENT = (
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "CONSENT_AUDITOR_CERTIFICATE",
    "CONSENT_AUDITOR_GRAPH_URL",
    "IDENTITY_ENDPOINT",
    "MSI_ENDPOINT",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
)


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The one line on stderr."""
        (line,) = self.err.splitlines()
        return line


class Cli(Protocol):
    """Runs a command."""

    def __call__(self, *arguments: str | Path) -> Done: ...


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Run a command in this process, in an empty folder, without credentials."""
    for name in FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "no programs"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> Done:
        with pytest.raises(SystemExit) as end:
            run([str(one) for one in arguments])
        assert isinstance(end.value.code, int)
        out, err = capsys.readouterr()
        return Done(end.value.code, out, err)

    return call


class Terminal(Protocol):
    """Tells a text in a terminal and returns what was shown."""

    def __call__(self, text: str, *, seconds: float = 0.0, quiet: bool = False) -> str: ...


def process(
    *arguments: str | Path, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def snapshot(sample_id: str, folder: Path) -> Path:
    """Write what a live run over that sample tenant would have written."""
    sample = load_sample(sample_id)
    path = folder / f"{sample_id}.snapshot"
    write_snapshot(read_sample(sample, sample_requests(sample)), path, tool_version=__version__)
    return path


def settings(sample_id: str, profiles: Sequence[str]) -> list[str]:
    """The options that name a sample's apps and domains."""
    given = load_sample(sample_id).variables
    names = {one: {each.name for each in load_profile(one).variables} for one in profiles}
    return [
        word
        for profile in profiles
        for name, value in given.get(profile, {}).items()
        if name in names[profile]
        for word in ("--set", f"{profile}.{name}={value}")
    ]


class TestHelp:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["--help"],
            ["-h"],
            ["audit", "--help"],
            ["demo", "--help"],
            ["collect", "-h"],
            ["profiles", "--help"],
            ["profiles", "show", "--help"],
            ["checks", "--help"],
        ],
        ids=" ".join,
    )
    def test_is_on_stdout(self, cli: Cli, arguments: list[str]) -> None:
        done = cli(*arguments)
        assert done.code == 0
        assert done.out.startswith("Usage: consent-auditor")
        assert done.err == ""

    def test_lists_the_commands_in_order(self, cli: Cli) -> None:
        listed = cli("--help").out.partition("Commands:")[2].split()
        places = [listed.index(name) for name in ("audit", "demo", "collect", "profiles", "checks")]
        assert places == sorted(places)

    def test_version(self, cli: Cli) -> None:
        assert cli("--version").out == f"consent-auditor, version {__version__}\n"

    def test_secrets_are_no_options(self, cli: Cli) -> None:
        assert "--secret" not in cli("audit", "--help").out

    @pytest.mark.parametrize("shell", ["zsh", "fish"])
    def test_completion(self, shell: str, tmp_path: Path) -> None:
        variable = {"_CONSENT_AUDITOR_COMPLETE": f"{shell}_source"}
        done = process(cwd=tmp_path, environment=variable)
        assert (done.returncode, done.stderr) == (0, "")
        assert "consent-auditor" in done.stdout

    def test_completion_of_a_command(self, tmp_path: Path) -> None:
        variables = {
            "_CONSENT_AUDITOR_COMPLETE": "bash_complete",
            "COMP_WORDS": "consent-auditor pro",
            "COMP_CWORD": "1",
        }
        assert process(cwd=tmp_path, environment=variables).stdout == "plain,profiles\n"


class TestDemo:
    def test_writes_two_reports_and_says_where(self, cli: Cli, tmp_path: Path) -> None:
        done = cli("demo")
        folder = tmp_path / "consent-report-demo"
        assert done.code == 0
        assert done.err == ""
        assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.md"]
        assert f"Report: {folder / 'report.html'}" in done.out
        assert "Can users connect Sophiie without admin approval?" in done.out

    @pytest.mark.parametrize("sample_id", sample_ids())
    def test_every_sample_in_every_format(self, cli: Cli, tmp_path: Path, sample_id: str) -> None:
        chosen = [word for name in formats() for word in ("--format", name)]
        done = cli("demo", "--sample", sample_id, *chosen, "--output", "out")
        assert (done.code, done.err) == (0, "")
        assert {path.name for path in (tmp_path / "out").iterdir()} == set(NAMES.values())
        schema = json.loads((ROOT / "reports/json/report-v1.schema.json").read_text("utf-8"))
        report = json.loads((tmp_path / "out/report.json").read_text("utf-8"))
        jsonschema.Draft202012Validator(schema).validate(report)
        named = sorted(load_sample(sample_id).variables)
        assert [one["profile"] for one in report["assessments"]] == named

    def test_same_bytes_twice(self, cli: Cli, tmp_path: Path) -> None:
        for folder in ("one", "two"):
            cli("demo", "--output", folder)
        for name in ("report.html", "report.md"):
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()

    def test_one_profile_to_stdout(self, cli: Cli, tmp_path: Path) -> None:
        done = cli("demo", "--profile", "sofie", "--format", "json", "--output", "-")
        assert [one["profile"] for one in json.loads(done.out)["assessments"]] == ["sofie"]
        assert [*tmp_path.iterdir()] == []

    def test_list(self, cli: Cli) -> None:
        done = cli("demo", "--list")
        assert [line.split()[0] for line in done.out.splitlines()] == [*sample_ids()]


class TestProfiles:
    def test_list(self, cli: Cli) -> None:
        lines = cli("profiles", "list").out.splitlines()
        assert [line.split()[0] for line in lines] == [*profile_ids()]

    @pytest.mark.parametrize("profile_id", profile_ids())
    def test_show(self, cli: Cli, profile_id: str) -> None:
        path = ROOT / "policies" / "profiles" / f"{profile_id}.toml"
        content = tomllib.loads(path.read_text("utf-8"))
        out = cli("profiles", "show", profile_id).out
        assert (f"\nApp ID: {content.get('app_id')}\n" in out) is ("app_id" in content)
        assert out.startswith(f"{content['name']} ({profile_id})")
        assert all(f"Feature {one['id']}" in out for one in content["features"])
        assert cli("profiles", "show", path).out == out

    def test_validate(self, cli: Cli) -> None:
        path = ROOT / "policies" / "profiles" / "sophiie.toml"
        done = cli("profiles", "validate", path)
        assert (done.code, done.out) == (0, f"{path} is valid: Sophiie, 8 permissions\n")

    def test_validate_says_what_is_wrong(self, cli: Cli, tmp_path: Path) -> None:
        text = (ROOT / "policies" / "profiles" / "sophiie.toml").read_text("utf-8")
        bad = tmp_path / "sophiie.toml"
        bad.write_text(text.replace("Mail.Send", "Mail.Sent"), "utf-8")
        done = cli("profiles", "validate", bad)
        assert (done.code, done.out) == (2, "")
        assert "sophiie.toml, line" in done.message
        assert "Mail.Send" in done.message


CHECK_IDS = [
    *(check.id for check in load_checks()),
    *(check.id for check in load_inventory_checks()),
]


class TestChecks:
    def test_list(self, cli: Cli) -> None:
        lines = cli("checks", "list").out.splitlines()
        assert [line.split()[0] for line in lines] == CHECK_IDS

    @pytest.mark.parametrize("check_id", CHECK_IDS)
    def test_explain(self, cli: Cli, check_id: str) -> None:
        done = cli("checks", "explain", check_id)
        assert done.code == 0
        assert "Met when." in done.out
        assert "Unknown when." in done.out


class TestAuditOfSnapshot:
    @pytest.mark.parametrize(
        ("sample_id", "profile", "code"),
        [
            ("ready", "sophiie", 0),
            ("admin-consented", "sophiie", 0),
            ("microsoft-managed", "sophiie", 10),
            ("consent-off", "sofie", 10),
            ("assignment-required", "sophiie", 10),
            ("partly-unreadable", "sophiie", 4),
        ],
    )
    def test_exit_codes(
        self, cli: Cli, tmp_path: Path, sample_id: str, profile: str, code: int
    ) -> None:
        path = snapshot(sample_id, tmp_path)
        asked = ["--snapshot", str(path), "--profile", profile, *settings(sample_id, [profile])]
        done = cli("audit", *asked)
        assert (done.code, done.err) == (code, "")
        assert f"Can users connect {profile.title()} without admin approval?" in done.out

    @pytest.mark.parametrize(
        ("sample_id", "fail_on", "code"),
        [
            ("microsoft-managed", "unknown", 10),
            ("microsoft-managed", "not-ready", 10),
            ("microsoft-managed", "never", 0),
            ("partly-unreadable", "unknown", 4),
            ("partly-unreadable", "not-ready", 0),
            ("partly-unreadable", "never", 0),
        ],
    )
    def test_fail_on(
        self, cli: Cli, tmp_path: Path, sample_id: str, fail_on: str, code: int
    ) -> None:
        asked = ["--profile", "sophiie", *settings(sample_id, ["sophiie"])]
        done = cli(
            "audit", "--snapshot", snapshot(sample_id, tmp_path), *asked, "--fail-on", fail_on
        )
        assert done.code == code

    def test_same_report_as_the_demo(self, cli: Cli, tmp_path: Path) -> None:
        """The snapshot loses nothing that a verdict rests on."""
        sample_id = "microsoft-managed"
        asked = ["--profile", "sophiie", *settings(sample_id, ["sophiie"])]
        last = ["--format", "json", "--output", "-"]
        audit = cli("audit", "--snapshot", snapshot(sample_id, tmp_path), *asked, *last)
        demo = cli("demo", "--sample", sample_id, "--profile", "sophiie", *last)
        assert json.loads(audit.out) == json.loads(demo.out)

    def test_every_profile_without_one(self, cli: Cli, tmp_path: Path) -> None:
        path = snapshot("microsoft-managed", tmp_path)
        done = cli("audit", "--snapshot", path, "--format", "json", "--output", "-")
        found = [one["profile"] for one in json.loads(done.out)["assessments"]]
        assert found == [*profile_ids()]

    def test_app_without_a_profile(self, cli: Cli, tmp_path: Path) -> None:
        path = snapshot("ready", tmp_path)
        asked = ["--app-id", APP, "--scope", "User.Read", "--scope", "Mail.Read"]
        done = cli("audit", "--snapshot", path, *asked, "--format", "json", "--output", "-")
        (assessment,) = json.loads(done.out)["assessments"]
        assert assessment["client"]["app_id"] == APP
        assert [one["value"] for one in assessment["permissions"]] == ["User.Read", "Mail.Read"]

    @pytest.mark.parametrize("user", ["member", "guest", "admin"])
    def test_who_asks(self, cli: Cli, tmp_path: Path, user: str) -> None:
        path = snapshot("consent-off", tmp_path)
        asked = ["--profile", "sophiie", *settings("consent-off", ["sophiie"]), "--user", user]
        done = cli("audit", "--snapshot", path, *asked, "--format", "json", "--output", "-")
        (assessment,) = json.loads(done.out)["assessments"]
        assert assessment["user"] == user
        if user != "guest":
            assert assessment["ready"] == (user == "admin")

    def test_saved_again_it_is_the_same(self, cli: Cli, tmp_path: Path) -> None:
        path = snapshot("ready", tmp_path)
        done = cli("audit", "--snapshot", path, "--save-snapshot", "copy.snapshot")
        assert "consent-auditor: wrote copy.snapshot" in done.err.splitlines()
        assert (tmp_path / "copy.snapshot").read_bytes() == path.read_bytes()


class TestOutput:
    @pytest.fixture
    def asked(self, tmp_path: Path) -> list[str]:
        path = str(snapshot("ready", tmp_path))
        return ["audit", "--snapshot", path, "--profile", "sofie", *settings("ready", ["sofie"])]

    def test_summary_without_any(self, cli: Cli, tmp_path: Path, asked: list[str]) -> None:
        before = {*tmp_path.iterdir()}
        assert "Can users connect Sofie" in cli(*asked).out
        assert {*tmp_path.iterdir()} == before

    @pytest.mark.parametrize("output", ["new", "new/", "deep/er"])
    def test_folder(self, cli: Cli, tmp_path: Path, asked: list[str], output: str) -> None:
        done = cli(*asked, "--format", "html", "--format", "json", "--output", output)
        assert done.out == ""
        written = [tmp_path / output / name for name in ("report.html", "report.json")]
        assert all(path.stat().st_size > 1000 for path in written)
        assert done.err.count("consent-auditor: wrote ") == 2

    def test_file(self, cli: Cli, tmp_path: Path, asked: list[str]) -> None:
        done = cli(*asked, "--format", "markdown", "--output", "ticket.md")
        assert (tmp_path / "ticket.md").read_text("utf-8").startswith("# Consent report for")
        assert (done.out, done.message) == ("", "consent-auditor: wrote ticket.md")

    @pytest.mark.parametrize("name", formats())
    def test_stdout_has_the_result_alone(self, cli: Cli, asked: list[str], name: str) -> None:
        minus = cli(*asked, "--format", name, "--output", "-")
        none = cli(*asked, "--format", name)
        assert minus.err == none.err == ""
        assert minus.out == none.out
        starts = {"csv": '"tenant_id"', "html": "<!DOCTYPE html>", "json": "{", "markdown": "# "}
        assert minus.out.casefold().startswith(starts[name].casefold())

    def test_old_file_is_replaced_whole(self, cli: Cli, tmp_path: Path, asked: list[str]) -> None:
        (tmp_path / "ticket.md").write_text("old " * 100_000)
        cli(*asked, "--format", "markdown", "--output", "ticket.md")
        assert "old old" not in (tmp_path / "ticket.md").read_text("utf-8")
        assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []

    def test_several_formats_need_a_folder(self, cli: Cli, asked: list[str]) -> None:
        done = cli(*asked, "--format", "html", "--format", "json", "--output", "-")
        assert (done.code, done.out) == (2, "")
        assert "--output DIR" in done.message

    @pytest.mark.parametrize("output", ["file.txt/report", "file.txt/deeper/report.html"])
    def test_no_folder(self, cli: Cli, tmp_path: Path, asked: list[str], output: str) -> None:
        (tmp_path / "file.txt").write_text("mine")
        done = cli(*asked, "--format", "html", "--output", output)
        assert (done.code, done.out) == (2, "")
        assert "file.txt" in done.message
        assert (tmp_path / "file.txt").read_text() == "mine"

    def test_folder_that_nobody_may_write(self, cli: Cli, asked: list[str]) -> None:
        """/proc refuses new files to everybody, root included."""
        if not Path("/proc/self").is_dir():
            pytest.skip("needs /proc")
        done = cli(*asked, "--format", "html", "--output", "/proc/self")
        assert (done.code, done.out) == (2, "")
        assert "/proc/self" in done.message

    @pytest.mark.skipif(sys.platform == "win32", reason="asks for POSIX permissions")
    def test_read_only_folder(self, cli: Cli, tmp_path: Path, asked: list[str]) -> None:
        if os.geteuid() == 0:
            pytest.skip("root may write everywhere")
        folder = tmp_path / "locked"
        folder.mkdir(mode=0o555)
        done = cli(*asked, "--format", "html", "--output", "locked")
        assert (done.code, done.out) == (2, "")
        assert "locked" in done.message

    @pytest.mark.parametrize(
        "arguments", [["demo", "--format", "json", "--output", "-"], ["checks", "list"]]
    )
    @pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
    def test_reader_that_goes_away(self, tmp_path: Path, arguments: list[str]) -> None:
        running = subprocess.Popen(
            [sys.executable, "-m", "auditor", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        running.stdout.close()
        with running:
            assert running.stderr is not None
            assert running.stderr.read() == ""
        assert running.returncode == 141

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="asks for a full device")
    def test_stdout_that_is_full(self, tmp_path: Path) -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(
                [sys.executable, "-m", "auditor", "checks", "list"],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 2
        assert done.stderr.startswith("consent-auditor: the result cannot be written: ")
        assert len(done.stderr.splitlines()) == 1

    def test_narrow_encoding(self, tmp_path: Path, asked: list[str]) -> None:
        done = process(*asked, cwd=tmp_path, environment={"PYTHONIOENCODING": "ascii"})
        assert (done.returncode, done.stderr) == (0, "")
        assert "Can users connect Sofie" in done.stdout


class TestWrongInput:
    """Exit code 2, nothing on stdout, no traceback, and a line that says what to do."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["audit"], "AZURE_CLIENT_SECRET"),
            (["collect"], "AZURE_CLIENT_SECRET"),
            (["audit", "--auth", "secret"], "--tenant (AZURE_TENANT_ID)"),
            (
                ["audit", "--auth", "certificate", "--tenant", "t", "--client-id", APP],
                "CERTIFICATE",
            ),
            (["audit", "--auth", "workload-identity", "--tenant", "t"], "AZURE_FEDERATED_TOKEN"),
            (["audit", "--profile", "nope"], "there are asana-outlook, cal-com, "),
            (["audit", "--profile", "./nope.toml"], "./nope.toml: no such file"),
            (["audit", "--profile", "sophiie", "--set", "x"], "sophiie.app_id"),
            (["audit", "--profile", "sophiie", "--set", "nope=1"], "sophiie.app_id"),
            (["audit", "--profile", "sophiie", "--set", "app_id=foo"], "must be a GUID"),
            (["audit", "--profile", "sophiie", "--feature", "foo"], "there are sign-in"),
            (["audit", "--scope", "Mail.Read"], "--scope needs --app-id"),
            (
                ["audit", "--set", f"app_id={APP}"],
                "write asana-outlook.app_id or cal-com.app_id or ",
            ),
            (
                ["audit", "--snapshot", "x", "--tenant", "t", "--cloud", "china"],
                "--tenant, --cloud",
            ),
            (
                ["audit", "--save-snapshot", "x.y", "--output", "./x.y", "--format", "json"],
                "name the same file",
            ),
            (["collect", "--output", "-"], "no file's name"),
            (
                ["audit", "--output", "x.json", "--format", "json", "--format", "html"],
                "several formats need a folder",
            ),
            (["audit", "--app-id", "foo", "--scope", "Mail.Read"], "must be a GUID"),
            (["audit", "--app-id", APP], "--app-id needs --scope"),
            (["audit", "--app-id", APP, "--scope", "User.Read", "--profile", "sofie"], "--scope"),
            (["audit", "--app-id", APP, "--scope", "https://nowhere.example/x"], "nowhere.example"),
            (["audit", "--user-id", "foo"], "'foo' is no object id"),
            (["audit", "--role", "Janitor"], "Cloud Application Administrator"),
            (["audit", "--graph-url", "http://graph.example"], "https"),
            (["audit", "--graph-url", "https://graph.example/v1.0"], "host and port"),
            (["audit", "--authority-url", "https://a:b@login.example"], "host and port"),
            (["audit", "--snapshot", "nope.snapshot"], "nope.snapshot"),
            (["audit", "--snapshot", "."], "is a directory"),
            (["profiles", "show", "nope"], "there are asana-outlook, cal-com, "),
            (["profiles", "validate", "nope.toml"], "nope.toml: no such file"),
            (["checks", "explain", "nope"], "choose one of admin-consent-"),
            (["checks", "explain", "check"], "choose one of admin-consent-"),
            (["demo", "--profile", "nope"], "there are asana-outlook, cal-com, "),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_is_told_in_one_line(self, cli: Cli, arguments: list[str], said: str) -> None:
        done = cli(*arguments)
        assert (done.code, done.out) == (2, "")
        assert done.message.startswith("consent-auditor: ")
        assert said in done.message

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["nonsense"], "No such command 'nonsense'"),
            (["audit", "--nonsense"], "No such option"),
            (["audit", "--format", "xml"], "'csv', 'html', 'json', 'markdown'"),
            (["audit", "--cloud", "moon"], "'us-gov-l4'"),
            (["audit", "--auth", "magic"], "'azure-cli'"),
            (["audit", "--user", "robot"], "'guest'"),
            (["audit", "--fail-on", "always"], "'not-ready'"),
            (["audit", "--max-wait", "-1"], "0<=x<=86400"),
            (["audit", "--max-wait", "soon"], "'soon'"),
            (["audit", "unexpected"], "unexpected"),
            (["audit", "--secret", "hunter2"], "AZURE_CLIENT_SECRET"),
            (["audit", "--certificate", "hunter2"], "CONSENT_AUDITOR_CERTIFICATE"),
            (["audit", "--certificate-password", "hunter2"], "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
            (["demo", "--sample", "nope"], "'microsoft-managed'"),
            (["profiles", "show"], "Missing argument"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_is_told_with_the_usage(self, cli: Cli, arguments: list[str], said: str) -> None:
        done = cli(*arguments)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("Usage: consent-auditor")
        last = done.err.splitlines()[-1]
        assert last.startswith("Error: ")
        assert said in last
        assert "hunter2" not in done.err

    def test_option_without_its_value(self, cli: Cli) -> None:
        done = cli("audit", "--profile")
        assert (done.code, done.out) == (2, "")
        assert done.message == "Error: Option '--profile' requires an argument."

    def test_no_command_shows_help(self, cli: Cli) -> None:
        done = cli()
        assert (done.code, done.out) == (2, "")
        assert "Commands:" in done.err

    @pytest.mark.parametrize(
        "content",
        [b"", b"hello\n", b"\x28\xb5\x2f\xfd" + bytes(100), json.dumps({"schema": "x"}).encode()],
        ids=["empty", "text", "zstd", "json"],
    )
    def test_no_snapshot(self, cli: Cli, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.snapshot").write_bytes(content)
        done = cli("audit", "--snapshot", "x.snapshot", "--format", "html", "--output", "out")
        assert (done.code, done.out) == (2, "")
        assert "x.snapshot" in done.message
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("cut", [0.2, 0.9])
    def test_truncated_snapshot(self, cli: Cli, tmp_path: Path, cut: float) -> None:
        path = snapshot("ready", tmp_path)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
        done = cli("audit", "--snapshot", path)
        assert (done.code, done.out) == (2, "")
        assert "ready.snapshot" in done.message

    @pytest.mark.parametrize(
        "content",
        ["id = ", "id = 'x'", "\x00", "id = 'sophiie'\nnonsense = 1\n", "[[features]]\n" * 3],
        ids=["toml", "missing", "binary", "unknown", "features"],
    )
    def test_no_profile(self, cli: Cli, tmp_path: Path, content: str) -> None:
        (tmp_path / "mine.toml").write_text(content)
        for arguments in (
            ["profiles", "validate", "mine.toml"],
            ["audit", "--profile", "mine.toml"],
        ):
            done = cli(*arguments)
            assert (done.code, done.out) == (2, "")
            assert all("mine.toml" in line for line in done.err.splitlines())
            assert done.err
            assert arguments[0] == "profiles" or done.message

    def test_control_characters_are_shown_not_sent(self, cli: Cli) -> None:
        done = cli("audit", "--profile", "a\x1b[2Jb\nc")
        assert done.code == 2
        assert done.message.isprintable()


def test_module_is_the_command(tmp_path: Path) -> None:
    done = process("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"consent-auditor, version {__version__}\n")


def test_wrong_input_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = process("profiles", "show", "nope", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("consent-auditor: no shipped profile 'nope'")
    assert "Traceback" not in done.stderr


class TestLastResort:
    """What nobody expected is told in one line without anything that a tenant or user gave."""

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
        """Add a command that fails."""

        def add(error: BaseException) -> None:
            def fail() -> None:
                raise error

            module = ModuleType("broken_command")
            vars(module)["command"] = click.Command("broken", callback=fail)
            monkeypatch.setitem(sys.modules, "broken_command", module)
            monkeypatch.setitem(LazyGroup.commands_in_order, "broken", ("broken_command", ""))

        return add

    def test_fault_of_ours(self, cli: Cli, broken: Callable[[BaseException], None]) -> None:
        broken(ZeroDivisionError("Contoso, hunter2"))
        done = cli("broken")
        assert (done.code, done.out) == (1, "")
        assert "internal fault ZeroDivisionError at " in done.message
        assert "https://" in done.message
        assert __version__ in done.message
        assert "Contoso" not in done.message

    def test_interrupted(self, cli: Cli, broken: Callable[[BaseException], None]) -> None:
        broken(KeyboardInterrupt())
        done = cli("broken")
        assert (done.code, done.out) == (130, "")
        assert "Traceback" not in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a pseudo terminal")
class TestProgress:
    @pytest.fixture
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
        """Run ``teller`` in a terminal; returns what was shown."""
        screen, line = os.openpty()
        with os.fdopen(line, "w") as stderr, os.fdopen(screen, "rb", buffering=0) as reader:

            def told(text: str, *, seconds: float = 0.0, quiet: bool = False) -> str:
                monkeypatch.setenv("TERM", "xterm")
                monkeypatch.setattr(sys, "stderr", stderr)
                with teller(quiet=quiet) as tell:
                    tell("signing in with a client secret")
                    tell(text)
                    time.sleep(seconds)
                stderr.write("|end|")
                stderr.flush()
                found = b""
                while not found.endswith(b"|end|"):
                    found += reader.read(4096) or b""
                return found.decode().removesuffix("|end|")

            yield told

    def test_what_takes_long_is_shown(self, terminal: Terminal) -> None:
        shown = terminal("reading [14] settings", seconds=1.5)
        assert shown.startswith("consent-auditor: signing in with a client secret")
        assert "reading [14] settings" in shown

    def test_what_is_quick_is_not(self, terminal: Terminal) -> None:
        assert terminal("reading 14 settings") == (
            "consent-auditor: signing in with a client secret\r\n"
        )

    def test_quiet(self, terminal: Terminal) -> None:
        assert terminal("reading 14 settings", quiet=True) == ""

    def test_no_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        with teller(quiet=False) as tell:
            tell("signing in with a client secret")
            tell("reading 14 settings")
        assert capsys.readouterr().err == "consent-auditor: signing in with a client secret\n"

    def test_no_terminal_gets_a_line_now_and_then(self, capsys: pytest.CaptureFixture[str]) -> None:
        clock = iter([0.0, 29.0, 31.0, 31.0, 60.0, 62.0, 62.0])
        with teller(quiet=False, now=lambda: next(clock)) as tell:
            for number in (1, 2, 3, 4):
                tell(f"read {number} entries")
        assert capsys.readouterr().err.splitlines() == [
            "consent-auditor: read 2 entries",
            "consent-auditor: read 4 entries",
        ]

    def test_what_is_to_stay_is_said_everywhere(self, capsys: pytest.CaptureFixture[str]) -> None:
        with teller(quiet=False) as tell:
            tell.say("read anew")
        assert capsys.readouterr().err == "consent-auditor: read anew\n"
        with teller(quiet=True) as tell:
            tell.say("read anew")
        assert capsys.readouterr().err == ""
