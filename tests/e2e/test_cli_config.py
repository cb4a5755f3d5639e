"""``consent-auditor.toml`` and ``consent-auditor config``, from the command line."""

import json
import tomllib
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator

from auditor import __version__
from auditor.cli.config_keys import command_names, command_of, command_table
from auditor.cli.demo import sample_requests
from auditor.cli.main import main
from auditor.pipeline import read_sample
from auditor.samples import load_sample
from auditor.store import write_snapshot
from tests.fakes.live import Ended, run_here

FILE = "consent-auditor.toml"
SOPHIIE = "85c8ad99-e136-4b1c-b453-fe3578b83189"
OTHER = "8ab1b2c3-0000-4000-8000-00000000000d"
SECRET = "hunter2-SECRET"
MANAGED = ("--sample", "microsoft-managed")
PLAN = ("plan", *MANAGED, "--format", "json")


def write(folder: Path, text: str, name: str = FILE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def run(folder: Path, *arguments: str, **environment: str) -> Ended:
    ended = run_here(environment, *arguments, cwd=folder)
    assert SECRET not in ended.out.decode() + ended.err
    return ended


def told(ended: Ended) -> str:
    """The one line of a run that gave nothing because of what was given."""
    assert (ended.code, ended.out) == (2, b"")
    (line,) = ended.lines
    return line.removeprefix("consent-auditor: ")


def planned(ended: Ended) -> list[str]:
    """The profiles of a run of ``plan``."""
    assert ended.err == ""
    return [one["profile"] for one in json.loads(ended.out)["assessments"]]


def snapshot(folder: Path, sample: str = "microsoft-managed") -> str:
    tenant = load_sample(sample)
    path = folder / "tenant.snapshot"
    write_snapshot(read_sample(tenant, sample_requests(tenant)), path, tool_version=__version__)
    return str(path)


def shown(folder: Path, *arguments: str, **environment: str) -> dict[str, dict[str, object]]:
    """What ``config show`` says, by ``table.key``."""
    ended = run(folder, *arguments, "config", "show", "--format", "json", **environment)
    assert (ended.code, ended.err) == (0, "")
    return {f"{one['table']}.{one['key']}": one for one in json.loads(ended.out)["settings"]}


class TestBrokenFile:
    @pytest.mark.parametrize("command", [["audit"], ["demo"], ["profiles", "list"], ["config"]])
    @pytest.mark.parametrize("option", ["--help", "-h"])
    def test_help_needs_no_file(self, tmp_path: Path, command: list[str], option: str) -> None:
        write(tmp_path, "[audit]\nbroken = 1\n")
        ended = run(tmp_path, *command, option)
        assert (ended.code, ended.err) == (0, "")
        assert b"Usage: consent-auditor" in ended.out

    def test_everything_else_does(self, tmp_path: Path) -> None:
        write(tmp_path, "[audit]\nbroken = 1\n")
        assert "audit.broken: unknown key" in told(run(tmp_path, "demo", "--list"))


class TestOneApp:
    """What the file says of one app is never taken for another."""

    def test_profiles_diff_is_about_its_own_app(self, tmp_path: Path) -> None:
        diff = ("profiles", "diff", "sofie", *MANAGED)
        plain = run(tmp_path, *diff)
        write(tmp_path, f'[request]\nprofile = ["sophiie"]\napp_id = "{SOPHIIE}"\n')
        assert (plain.code, run(tmp_path, *diff).out) == (0, plain.out)
        assert SOPHIIE.encode() not in plain.out

    def test_a_profile_of_the_environment(self, tmp_path: Path) -> None:
        profile = {"CONSENT_AUDITOR_PLAN_PROFILE": "sofie"}
        plain = run(tmp_path, *PLAN, **profile)
        write(tmp_path, f'[request]\nprofile = ["sophiie"]\napp_id = "{SOPHIIE}"\n')
        assert run(tmp_path, *PLAN, **profile).out == plain.out


def test_odd_names_of_profiles_come_back(tmp_path: Path) -> None:
    write(tmp_path, '[request.set."a.b]"]\n"x y" = "1"\n')
    ended = run(tmp_path, "config", "show")
    assert tomllib.loads(ended.out.decode())["request"]["set"] == {"a.b]": {"x y": "1"}}


class TestPrecedence:
    """Option, environment, file, default."""

    def test_of_a_choice(self, tmp_path: Path) -> None:
        def asked(*arguments: str, **environment: str) -> bytes:
            ended = run(
                tmp_path, "plan", *MANAGED, "--profile", "sophiie", *arguments, **environment
            )
            return ended.out.partition(b"Can ")[2].partition(b" connect")[0]

        assert asked() == b"users"
        write(tmp_path, '[request]\nuser = "guest"\n')
        assert asked() == b"guest users"
        assert asked(CONSENT_AUDITOR_PLAN_USER="member") == b"users"
        assert asked("--user", "guest", CONSENT_AUDITOR_PLAN_USER="member") == b"guest users"

    def test_of_what_can_be_repeated(self, tmp_path: Path) -> None:
        assert len(planned(run(tmp_path, *PLAN))) > 2
        write(tmp_path, '[request]\nprofile = ["sofie", "sophiie"]\n')
        assert planned(run(tmp_path, *PLAN)) == ["sofie", "sophiie"]
        given = {"CONSENT_AUDITOR_PLAN_PROFILE": "sophiie"}
        assert planned(run(tmp_path, *PLAN, **given)) == ["sophiie"]
        both = {"CONSENT_AUDITOR_PLAN_PROFILE": "sophiie sofie"}
        assert planned(run(tmp_path, *PLAN, **both)) == ["sophiie", "sofie"]
        assert planned(run(tmp_path, *PLAN, "--profile", "sofie", **given)) == ["sofie"]

    def test_of_a_text(self, tmp_path: Path) -> None:
        def written(*arguments: str, **environment: str) -> set[str]:
            run(tmp_path, *PLAN, "--profile", "sophiie", *arguments, **environment)
            names = {one.name for one in tmp_path.glob("*.json")}
            for name in names:
                (tmp_path / name).unlink()
            return names

        assert written() == set()
        write(tmp_path, '[plan]\noutput = "file.json"\n')
        assert written() == {"file.json"}
        variable = {"CONSENT_AUDITOR_PLAN_OUTPUT": "variable.json"}
        assert written(**variable) == {"variable.json"}
        assert written("--output", "option.json", **variable) == {"option.json"}

    def test_of_a_flag(self, tmp_path: Path) -> None:
        file = snapshot(tmp_path)
        audit = ("audit", "--snapshot", file, "--profile", "sophiie", "--output", "r.html")

        def quiet(*arguments: str, **environment: str) -> bool:
            return run(tmp_path, *audit, *arguments, **environment).err == ""

        assert not quiet()
        write(tmp_path, "[tenant]\nquiet = true\n")
        assert quiet()
        assert not quiet(CONSENT_AUDITOR_AUDIT_QUIET="no")
        assert quiet("--quiet", CONSENT_AUDITOR_AUDIT_QUIET="no")

    def test_a_command_before_all_commands(self, tmp_path: Path) -> None:
        write(tmp_path, '[request]\nprofile = ["sofie"]\n[plan]\nprofile = ["sophiie"]\n')
        assert planned(run(tmp_path, *PLAN)) == ["sophiie"]
        found = shown(tmp_path)
        assert found["request.profile"]["value"] == ["sofie"]
        assert found["plan.profile"]["value"] == ["sophiie"]
        assert "audit.profile" not in found


def test_every_setting_has_the_variable_of_its_name(tmp_path: Path) -> None:
    with click.Context(main, info_name="consent-auditor") as ctx:
        tables = [command_table(command_of(ctx, name)) for name in command_names(ctx)]
    for table in (*tables, *(one for each in tables for one in each.tables.values())):
        assert {one.name for one in table.options.values()} == {*table.options}


class TestTogether:
    """What a command line asks for stands alone."""

    def test_other_app_than_in_the_file(self, tmp_path: Path) -> None:
        write(tmp_path, '[request]\nprofile = ["sofie"]\nfeature = ["none"]\n')
        arguments = (*PLAN, "--app-id", SOPHIIE, "--scope", "Mail.Read")
        assert planned(run(tmp_path, *arguments)) == ["ad-hoc"]
        link = (
            "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?"
            f"client_id={SOPHIIE}&scope=Mail.Read"
        )
        assert planned(run(tmp_path, *PLAN, "--url", link)) == ["ad-hoc"]

    def test_profile_beside_an_app_of_the_file(self, tmp_path: Path) -> None:
        write(tmp_path, f'[request]\napp_id = "{SOPHIIE}"\nscope = ["Mail.Read"]\n')
        assert planned(run(tmp_path, *PLAN)) == ["ad-hoc"]
        assert planned(run(tmp_path, *PLAN, "--profile", "sofie")) == ["sofie"]

    def test_snapshot_beside_a_tenant_of_the_file(self, tmp_path: Path) -> None:
        write(tmp_path, f'[tenant]\ntenant = "{OTHER}"\n[request]\nprofile = ["sophiie"]\n')
        file = snapshot(tmp_path)
        assert run(tmp_path, "audit", "--snapshot", file, "--fail-on", "never").code == 0
        ended = run(tmp_path, "audit", "--snapshot", file, "--tenant", OTHER)
        assert "leave out --tenant" in told(ended)

    def test_variables_of_the_profiles_that_are_asked(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            f'[request.set.sophiie]\napp_id = "{SOPHIIE}"\n[request.set.other]\nname = "x"\n',
        )
        file = snapshot(tmp_path)
        audit = ("audit", "--snapshot", file, "--format", "json", "--fail-on", "never")

        def app(*arguments: str) -> object:
            ended = run(tmp_path, *audit, *arguments)
            assert ended.err == ""
            return json.loads(ended.out)["assessments"][0]["client"]["app_id"]

        assert app("--profile", "sophiie") == SOPHIIE
        assert app("--profile", "sophiie", "--set", f"app_id={OTHER}") == OTHER
        assert app("--profile", "sophiie", "--app-id", OTHER) == OTHER
        assert app("--profile", "sofie") is None

    def test_sample_knows_its_apps_better(self, tmp_path: Path) -> None:
        write(tmp_path, f'[request.set.sophiie]\napp_id = "{OTHER}"\n')
        ended = run(
            tmp_path, "explain", "90094", *MANAGED, "--profile", "sophiie", "--format", "json"
        )
        (app,) = json.loads(ended.out)["in_tenant"]["assessments"]
        assert app["app_id"] == SOPHIIE


class TestPlace:
    def test_named_file(self, tmp_path: Path) -> None:
        write(tmp_path, '[request]\nprofile = ["sofie"]\n')
        write(tmp_path, '[request]\nprofile = ["sophiie"]\n', "other/own.toml")
        named = ("--config", "other/own.toml")
        assert planned(run(tmp_path, *named, *PLAN)) == ["sophiie"]
        variable = {"CONSENT_AUDITOR_CONFIG": "other/own.toml"}
        assert planned(run(tmp_path, *PLAN, **variable)) == ["sophiie"]
        assert planned(run(tmp_path, "--config", FILE, *PLAN, **variable)) == ["sofie"]

    def test_no_file(self, tmp_path: Path) -> None:
        write(tmp_path, "nonsense")
        assert len(planned(run(tmp_path, "--no-config", *PLAN))) > 2
        assert len(planned(run(tmp_path, *PLAN, CONSENT_AUDITOR_NO_CONFIG="1"))) > 2
        variable = {"CONSENT_AUDITOR_CONFIG": "nowhere.toml"}
        assert len(planned(run(tmp_path, "--no-config", *PLAN, **variable))) > 2

    def test_option_before_variable(self, tmp_path: Path) -> None:
        write(tmp_path, '[request]\nprofile = ["sophiie"]\n', "own.toml")
        ended = run(tmp_path, "--config", "own.toml", *PLAN, CONSENT_AUDITOR_NO_CONFIG="1")
        assert planned(ended) == ["sophiie"]

    def test_named_file_that_is_missing(self, tmp_path: Path) -> None:
        assert told(run(tmp_path, "--config", "x.toml", *PLAN)) == "x.toml: no such file"
        ended = run(tmp_path, *PLAN, CONSENT_AUDITOR_CONFIG="x\x1b.toml")
        assert told(ended) == "x\\x1b.toml: no such file"

    def test_file_and_none(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "--config", "x.toml", "--no-config", *PLAN)
        assert "give one of them" in told(ended)

    def test_only_the_working_directory_is_searched(self, tmp_path: Path) -> None:
        write(tmp_path, "nonsense")
        below = tmp_path / "below"
        below.mkdir()
        assert run(below, "demo", "--list").code == 0

    def test_paths_are_relative_to_the_file(self, tmp_path: Path) -> None:
        profile = Path(__file__).parents[2] / "policies" / "profiles" / "sophiie.toml"
        write(tmp_path, profile.read_text("utf-8"), "team/own.toml")
        text = '[request]\nprofile = ["./own.toml"]\n[plan]\noutput = "plans/"\n'
        write(tmp_path, text, "team/settings.toml")
        ended = run(tmp_path, "--config", "team/settings.toml", *PLAN)
        assert ended.lines == ["consent-auditor: wrote team/plans/plan.json"]
        assert (tmp_path / "team" / "plans" / "plan.json").exists()

    def test_link_to_nowhere_and_folder(self, tmp_path: Path) -> None:
        (tmp_path / FILE).symlink_to("nowhere")
        assert told(run(tmp_path, *PLAN)) == f"{FILE}: no such file"
        (tmp_path / FILE).unlink()
        (tmp_path / FILE).mkdir()
        assert "is a directory" in told(run(tmp_path, *PLAN))


class TestTrust:
    """A file that nobody named may come from anybody who can write to the folder."""

    SERVERS = ("authority_url", "graph_url")

    @pytest.mark.parametrize("key", SERVERS)
    def test_found_file_names_no_server(self, tmp_path: Path, key: str) -> None:
        write(tmp_path, f'[tenant]\n{key} = "https://evil.example"\n')
        place = f"{FILE}, line 2, tenant.{key}: "
        assert told(run(tmp_path, "audit")).startswith(f"{place}a file that is only found")
        assert "evil" not in told(run(tmp_path, "config", "show"))

    @pytest.mark.parametrize("key", SERVERS)
    def test_named_file_does(self, tmp_path: Path, key: str) -> None:
        write(tmp_path, f'[tenant]\n{key} = "https://own.example"\n')
        found = shown(tmp_path, "--config", FILE)[f"tenant.{key}"]
        assert (found["value"], found["line"]) == ("https://own.example", 2)

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("output", "../report.html"),
            ("output", "/etc/x"),
            ("save_snapshot", "C:\\x"),
            ("output", "a/../../b"),
            ("output", "..\\x"),
        ],
    )
    def test_found_file_leads_nowhere_else(self, tmp_path: Path, key: str, value: str) -> None:
        write(tmp_path, f"[audit]\n{key} = '{value}'\n")
        assert "may not lead out of it" in told(run(tmp_path, "audit"))
        assert shown(tmp_path, "--config", FILE)[f"audit.{key}"]["value"] == value

    @pytest.mark.parametrize(
        "key",
        [
            "client_secret",
            "secret",
            "AZURE_CLIENT_SECRET",
            "certificate",
            "certificate_password",
            "CONSENT_AUDITOR_CERTIFICATE",
            "password",
            "access_token",
            "certificate_path",
            "ca_file",
            "federated_token_file",
            "identity_endpoint",
        ],
    )
    @pytest.mark.parametrize("table", ["[tenant]\n", "[audit]\n", ""])
    def test_no_secret(self, tmp_path: Path, key: str, table: str) -> None:
        write(tmp_path, f'{table}{key} = "{SECRET}"\n')
        assert "environment" in told(run(tmp_path, "audit"))

    def test_secret_in_the_environment_is_not_shown(self, tmp_path: Path) -> None:
        given = {
            "AZURE_CLIENT_SECRET": SECRET,
            "CONSENT_AUDITOR_CERTIFICATE": SECRET,
            "AZURE_CLIENT_CERTIFICATE_PASSWORD": SECRET,
        }
        found = shown(tmp_path, **given)
        assert (found["tenant.secret"]["value"], found["tenant.secret"]["name"]) == (
            "set",
            "AZURE_CLIENT_SECRET",
        )
        assert found["tenant.certificate_path"]["value"] == "not set"
        text = run(tmp_path, "config", "show", "--origin", **given).out.decode()
        assert "# secret: set  # AZURE_CLIENT_SECRET\n" in text
        assert "# certificate_path: not set\n" in text
        unknown = shown(tmp_path, CONSENT_AUDITOR_AUDIT_SECRET=SECRET)
        assert unknown["tenant.secret"]["value"] == "not set"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tenat]\n", "line 1, tenat: unknown table; did you mean tenant?"),
        ("# x\n\n[tenant]\ntenat = 1\n", "line 4, tenant.tenat: unknown key; did you mean tenant?"),
        (
            "[tenant]\nclient-id = 'x'\n",
            "line 2, tenant.client-id: unknown key; did you mean client_id",
        ),
        ("[zzz]\n", "line 1, zzz: unknown table; known are tenant, request, audit"),
        ("tenant = 'x'\n", "line 1, tenant: must be a table: write [tenant] above its keys"),
        ("tenant.auth = 'x'\n", "line 1, tenant.auth: 'x' is not one of 'auto', 'secret'"),
        ("tenant = {auth = 'x'}\n", "line 1, tenant.auth: 'x' is not one of"),
        ("profile = []\n", "line 1, profile: belongs in [request]"),
        ("[tenant]\nprofile = []\n", "line 2, tenant.profile: belongs in [request]"),
        ("[request]\nprofile = 'x'\n", "line 2, request.profile: must be a list"),
        ("[request]\nprofile = [1]\n", "line 2, request.profile: must be text in quotes"),
        ("[tenant]\nquiet = 1\n", "line 2, tenant.quiet: must be true or false"),
        ("[tenant]\nquiet = 'yes'\n", "line 2, tenant.quiet: must be true or false"),
        ("[tenant]\nmax_wait = '3'\n", "line 2, tenant.max_wait: must be a whole number"),
        ("[tenant]\nmax_wait = true\n", "line 2, tenant.max_wait: must be a whole number"),
        ("[tenant]\nmax_wait = 1.5\n", "line 2, tenant.max_wait: must be a whole number"),
        ("[tenant]\nmax_wait = -3\n", "line 2, tenant.max_wait: -3 is not in the range"),
        (f"[tenant]\nmax_wait = 0x{'f' * 9000}\n", "line 2, tenant.max_wait: is too large"),
        ("[tenant]\ntenant = 2026-11-21\n", "line 2, tenant.tenant: must be text in quotes"),
        ("[tenant]\ntenant = 'a\u202eb'\n", "line 2, tenant.tenant: holds a control"),
        ('[tenant]\ntenant = "a\\u0000"\n', "line 2, tenant.tenant: holds a control"),
        ("[audit]\nformat = ['pdf']\n", "line 2, audit.format: 'pdf' is not one of"),
        ("[audit]\nsnapshot = 'x'\n", "line 2, audit.snapshot: is about one run: give --snapshot"),
        ("[request]\nurl = 'x'\n", "line 2, request.url: is about one run: give --url"),
        (
            "[what-if]\nas_guest = true\n",
            "line 2, what-if.as_guest: is about one run: give --as-guest",
        ),
        ("[setup]\ncertificate = 'x'\n", "line 2, setup.certificate: is about one run"),
        ("[setup.certificate]\ndays = 3\n", "line 1, setup.certificate: is about one run"),
        ("[checks]\nx = 1\n", "line 2, checks.x: unknown key; this command has no settings"),
        ("[request]\nset = 1\n", "line 2, request.set: variables stand below their profile"),
        ("[request.set]\napp_id = 'x'\n", "line 2, request.set.app_id: variables stand below"),
        ("[request.set.sophiie]\napp_id = 1\n", "line 2, request.set.sophiie.app_id: must be text"),
        ("[tenant]\ntenant = \n", "not valid TOML: "),
        ("[tenant\n", "not valid TOML: "),
        ("[a]\n[a]\n", "not valid TOML: "),
        (f"['{'k' * 300_000}']\n", f"{'k' * 60}…: unknown table"),
        ('["a\\u001b[31m\\nb"]\n', "a\\x1b[31m\\nb: unknown table"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ("#" * 1_000_001, "larger than 1 MB"),
    ],
    ids=lambda text: ascii(text[:24]),
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, text)
    line = told(run(tmp_path, "demo", "--list"))
    assert line.startswith(FILE)
    assert message in line
    assert len(line) < 1_200


def test_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff")
    assert "not UTF-8" in told(run(tmp_path, "demo", "--list"))


class TestShow:
    TEXT = (
        f'[tenant]\ntenant = "contoso.onmicrosoft.com"\n\n[request]\nprofile = ["sophiie"]\n\n'
        f'[request.set.sophiie]\napp_id = "{SOPHIIE}"\n\n[audit]\nfail_on = "never"\nquiet = true\n'
    )

    def test_origins(self, tmp_path: Path) -> None:
        write(tmp_path, self.TEXT)
        ended = run(
            tmp_path,
            *("config", "show", "--origin"),
            AZURE_CLIENT_ID=OTHER,
            CONSENT_AUDITOR_AUDIT_FORMAT="html json",
            REQUESTS_CA_BUNDLE="/x",
        )
        assert (ended.code, ended.err) == (0, "")
        lines = ended.out.decode().splitlines()
        assert lines[0] == f"# {FILE}"
        for line in (
            f'tenant = "contoso.onmicrosoft.com"  # {FILE}:2',
            f'client_id = "{OTHER}"  # AZURE_CLIENT_ID',
            'cloud = "global"  # default',
            "# ca_file: set  # REQUESTS_CA_BUNDLE",
            f'profile = ["sophiie"]  # {FILE}:5',
            f'app_id = "{SOPHIIE}"  # {FILE}:8',
            'format = ["html", "json"]  # CONSENT_AUDITOR_AUDIT_FORMAT',
            f'fail_on = "never"  # {FILE}:11',
            f"quiet = true  # {FILE}:12",
            "# issuer: not given  # default",
        ):
            assert line in lines

    def test_is_a_config_file_with_the_same_values(self, tmp_path: Path) -> None:
        write(tmp_path, self.TEXT)
        before = run(tmp_path, "config", "show").out
        values = tomllib.loads(before.decode())
        assert values["request"]["set"] == {"sophiie": {"app_id": SOPHIIE}}
        assert values["demo"]["sample"] == "microsoft-managed"
        write(tmp_path, before.decode())
        assert run(tmp_path, "config", "show").out == before

    def test_without_a_file(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "config", "show")
        assert ended.out.startswith(b"# no config file\n\n[tenant]\n")
        assert json.loads(run(tmp_path, "config", "show", "--format", "json").out)["file"] is None

    def test_hostile_environment(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "config", "show", AZURE_TENANT_ID='a"\x1b[2J\u202e\ndrop = 1 #')
        assert 'tenant = "a\\"\\u001b[2J\\u202e\\ndrop = 1 #"' in ended.out.decode().splitlines()

    def test_wrong_file(self, tmp_path: Path) -> None:
        write(tmp_path, "[tenat]\n")
        assert "did you mean tenant?" in told(run(tmp_path, "config", "show"))


class TestSchema:
    def schema(self, folder: Path) -> Draft202012Validator:
        schema = json.loads(run(folder, "config", "schema").out)
        Draft202012Validator.check_schema(schema)
        return Draft202012Validator(schema)

    def test_takes_what_the_program_takes(self, tmp_path: Path) -> None:
        validator = self.schema(tmp_path)
        assert validator.is_valid(tomllib.loads(TestShow.TEXT))
        shown_text = run(tmp_path, "config", "show").out.decode()
        assert [one.message for one in validator.iter_errors(tomllib.loads(shown_text))] == []

    @pytest.mark.parametrize(
        "text",
        [
            "tenat = {}",
            "tenant = 'x'",
            "tenant.tenat = 'x'",
            "tenant.secret = 'x'",
            "tenant.max_wait = -1",
            "tenant.auth = 'x'",
            "request.profile = 'x'",
            "audit.format = ['pdf']",
            "audit.snapshot = 'x'",
            "request.set.app_id = 'x'",
        ],
    )
    def test_refuses_what_the_program_refuses(self, tmp_path: Path, text: str) -> None:
        assert not self.schema(tmp_path).is_valid(tomllib.loads(text))
        write(tmp_path, text)
        assert told(run(tmp_path, "demo", "--list"))

    def test_is_printed_whatever_the_file_says(self, tmp_path: Path) -> None:
        write(tmp_path, "nonsense")
        assert run(tmp_path, "config", "schema").code == 0


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("config", "--help")])
def test_help_needs_no_file(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write(tmp_path, "nonsense")
    ended = run(tmp_path, *arguments, CONSENT_AUDITOR_VERSION="9.9")
    assert (ended.code, ended.err) == (0, "")


def test_file_of_the_page(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "config.md").read_text("utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0]
    write(tmp_path, text)
    found = shown(tmp_path)
    assert found["audit.fail_on"]["value"] == "not-ready"
    assert found["request.set.sophiie.app_id"]["value"] == SOPHIIE
