"""``consent-auditor explain``, and ``--url`` of the other commands, from the command line."""

import io
import json
import re
import shlex
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from auditor import __version__
from auditor.cli.demo import sample_requests
from auditor.model.cloud import Cloud
from auditor.pipeline import read_sample
from auditor.samples import load_sample
from auditor.sign_in_errors import load_error_codes
from auditor.store import write_snapshot
from tests.fakes.cloud import StartCloud
from tests.fakes.live import Ended, options_of, run_here, served

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explain.md"
MANAGED = ("--sample", "microsoft-managed")
SOPHIIE = "85c8ad99-e136-4b1c-b453-fe3578b83189"
SOFIE = "943a2a8a-5a89-403e-8d91-103e7793b8ef"
CALLBACK = "https://app.sofie.example/api/integrations/callback/microsoft"
OTHER = "8ab1b2c3-0000-4000-8000-00000000000d"
SECRETS = {
    "code": "SECRET-1",
    "id_token": "SECRET-2",
    "state": "SECRET-3",
    "nonce": "SECRET-4",
    "client_secret": "SECRET-5",
    "access_token": "SECRET-6",
    "login_hint": "SECRET-7@contoso.com",
}
ERROR = f"AADSTS65004: User declined to use the application '{SOFIE}'"


def link(
    scope: str = "Mail.Read",
    *,
    tenant: str = "common",
    host: str = "login.microsoftonline.com",
    path: str = "oauth2/v2.0/authorize",
    **more: str,
) -> str:
    query = {"client_id": SOPHIIE, "scope": scope} | SECRETS | more
    return f"https://{host}/{tenant}/{path}?{urlencode(query)}"


def run(folder: Path, *arguments: str) -> Ended:
    ended = run_here({}, *arguments, cwd=folder)
    assert b"SECRET" not in ended.out
    assert "SECRET" not in ended.err
    assert "\x1b" not in ended.err
    return ended


def told(ended: Ended) -> str:
    """The one line of a run that gave nothing because of what was given."""
    assert (ended.code, ended.out) == (2, b"")
    (line,) = ended.lines
    return line


def snapshot(folder: Path, sample: str = "microsoft-managed") -> str:
    tenant = load_sample(sample)
    path = folder / "tenant.snapshot"
    write_snapshot(read_sample(tenant, sample_requests(tenant)), path, tool_version=__version__)
    return str(path)


class TestExplain:
    @pytest.mark.parametrize("code", load_error_codes())
    def test_every_code(self, tmp_path: Path, code: str) -> None:
        given = code if code.startswith("AADSTS") else f"https://a.example/?error={code}"
        ended = run(tmp_path, "explain", given)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.decode().startswith(f"{code} ")

    def test_stdin(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        text = "\N{BYTE ORDER MARK}\x1b[2J<script>\u202e " * 10_000 + "aadsts90094: Need approval"
        for content, code in ((text, 0), ("x" * 1_000_001, 2), ("\u20ac" * 3_000_000, 2)):
            stdin = io.TextIOWrapper(io.BytesIO(content.encode()))
            monkeypatch.setattr(sys, "stdin", stdin)
            ended = run(tmp_path, "explain", "-")
            assert ended.code == code
            assert b"script" not in ended.out
            assert len(ended.err) < 300

    def test_bytes_that_are_no_text(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe AADSTS65001 \x00"))
        )
        assert run(tmp_path, "explain", "-").out.startswith(b"AADSTS65001")

    def test_json(self, tmp_path: Path) -> None:
        given = f"https://a.example/?{urlencode({'error_description': ERROR} | SECRETS)} 12345678"
        found = json.loads(run(tmp_path, "explain", "--format", "json", given, "AADSTS11111").out)
        assert found["schema"] == "consent-auditor/explain/v1"
        assert [one["code"] for one in found["codes"]] == ["AADSTS65004"]
        assert found["unknown_codes"] == ["AADSTS11111"]
        assert (found["in_tenant"], found["time"]) == (None, None)

    def test_json_with_a_tenant(self, tmp_path: Path) -> None:
        arguments = ("explain", "90094", "--format", "json", *MANAGED, "--profile", "sophiie")
        (app,) = json.loads(run(tmp_path, *arguments).out)["in_tenant"]["assessments"]
        assert (app["app_id"], app["outcome"]) == (SOPHIIE, "admin-approval-required")
        ((cause, code),) = [(one["cause"], one["reasons"][0]["code"]) for one in app["holds"]]
        assert (cause, code) == (2, "excluded-by-policy")
        assert (app["plan"]["id"], app["decided"]) == ("tenant-wide-consent", True)

    def test_link_and_tenant(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "explain", "90094", *MANAGED, "--url", link())
        assert ended.code == 0
        assert b"what holds here:" in ended.out
        assert b"excluded-by-policy" in ended.out

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("12345",), "AADSTS12345: not a code that this program knows"),
            (("hello\x1b[31m\u202e",), "no error code in the pasted text"),
            (("90094", "--profile", "sophiie"), "about which tenant?"),
            (("90094", *MANAGED), "which app?"),
            (("90094", "--tenant", OTHER), "which app?"),
            (("90094", "--user", "guest"), "which app?"),
            (("90094", *MANAGED, "--profile", "sophiie", "--tenant", OTHER), "leave out --tenant"),
            (("90094", *MANAGED, "--snapshot", "x", "--profile", "sophiie"), "two tenants"),
            (("90094", "--sample", "none", "--profile", "sophiie"), "none"),
        ],
    )
    def test_wrong_use(self, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
        assert words in told(run(tmp_path, "explain", *arguments))

    def test_nothing_given(self, tmp_path: Path) -> None:
        assert run(tmp_path, "explain").code == 2


REDIRECT = (
    f"{CALLBACK}?{urlencode({'error': 'access_denied', 'error_description': ERROR} | SECRETS)}"
)
READY = ("--sample", "ready")


class TestLinkInTheText:
    def test_gives_the_app_and_the_redirect_uri(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "explain", REDIRECT, *READY, "--profile", "sofie")
        text = " ".join(ended.out.decode().split())
        assert (ended.code, ended.err) == (0, "")
        assert f"Link: the redirect after an error App: {SOFIE} Redirect URI: {CALLBACK}" in text
        assert "AADSTS65004, what holds here: cause 1:" in text
        assert f"Compared with the link: Met: {CALLBACK} is registered" in text

    @pytest.mark.parametrize("separator", ["?", "#"])
    def test_other_redirect_uri_than_registered(self, tmp_path: Path, separator: str) -> None:
        given = REDIRECT.replace("?", f"/other{separator}", 1)
        ended = run(
            tmp_path, "explain", given, *READY, "--profile", "sofie", "--format", "markdown"
        )
        assert f"Not met: `{CALLBACK}/other` is not registered" in ended.out.decode()
        assert "are expected to meet AADSTS50011" in ended.out.decode()

    def test_names_app_and_permissions(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "explain", f"AADSTS90094: {link()}", *MANAGED, "--format", "json")
        found = json.loads(ended.out)
        (app,) = found["in_tenant"]["assessments"]
        assert (app["profile"], app["app_id"]) == ("ad-hoc", SOPHIIE)
        assert found["link"]["scopes"] == ["Mail.Read"]

    @pytest.mark.parametrize(
        "named",
        [("--app-id", OTHER), ("--set", f"app_id={OTHER}"), ("--set", f"sofie.app_id={OTHER}")],
    )
    def test_another_app_is_asked_about(self, tmp_path: Path, named: tuple[str, str]) -> None:
        ended = run(tmp_path, "explain", REDIRECT, *READY, "--profile", "sofie", *named)
        assert told(ended).endswith(
            f"the link is about the app {SOFIE}, and '{OTHER}' is asked about"
        )

    @pytest.mark.parametrize("named", [("--app-id", SOFIE), ("--set", f"app_id={SOFIE.upper()}")])
    def test_the_same_app_is_asked_about(self, tmp_path: Path, named: tuple[str, str]) -> None:
        given = (*READY, "--profile", "sofie", *named, "--format", "json")
        ended = run(tmp_path, "explain", REDIRECT, *given)
        (app,) = json.loads(ended.out)["in_tenant"]["assessments"]
        assert app["app_id"] == SOFIE

    def test_of_another_tenant(self, tmp_path: Path) -> None:
        given = f"{REDIRECT}&tenant={OTHER}"
        ended = run(tmp_path, "explain", given, *READY, "--profile", "sofie")
        assert f"link of the tenant {OTHER}" in told(ended)

    def test_several_profiles(self, tmp_path: Path) -> None:
        given = (*READY, "--profile", "sofie", "--profile", "sophiie")
        ended = run(tmp_path, "explain", REDIRECT, *given)
        assert (ended.code, ended.out.count(b"without admin approval?")) == (0, 2)

    def test_wrapped(self, tmp_path: Path) -> None:
        inside = urlencode({"url": REDIRECT, "data": "SECRET-8"})
        given = f"https://eur01.safelinks.protection.outlook.com/?{inside}"
        ended = run(tmp_path, "explain", given, *READY, "--profile", "sofie")
        assert b"the redirect after an error, unwrapped from Safe Links" in ended.out
        assert "the link inside was read, nothing was opened" in ended.err
        assert run(tmp_path, "explain", given, "--quiet").err == ""

    def test_without_an_error(self, tmp_path: Path) -> None:
        assert "audit --url checks" in told(run(tmp_path, "explain", link()))

    def test_alone_names_too_little(self, tmp_path: Path) -> None:
        assert "which app?" in told(run(tmp_path, "explain", REDIRECT, *READY))


class TestMarkdown:
    ASKED = ("explain", "90094", *MANAGED, "--profile", "sophiie", "--format", "markdown")

    def test_is_one_answer_with_cause_and_plan(self, tmp_path: Path) -> None:
        text = run(tmp_path, *self.ASKED).out.decode()
        parts = [
            "# AADSTS90094: AdminConsentRequired",
            "is not verified. **This holds here.**",
            "# In Fabrikam, Inc.",
            "**AADSTS90094, cause 3:** The app consent policy",
            "(`excluded-by-policy`; for Calendars.ReadWrite, Mail.ReadWrite)",
            "### How Calendars.ReadWrite was decided",
            "### Recommended plan: Consent to Sophiie for everybody",
            "1. **Consent for everybody to Sophiie",
            "In the sign-in log:",
        ]
        places = [text.index(part) for part in parts]
        assert places == sorted(places)
        assert "\n\n\n" not in text.replace("\n\n\n", "\n\n", 3)
        assert len(text) < 8_000

    def test_without_a_plan(self, tmp_path: Path) -> None:
        given = ("--sample", "partly-unreadable", "--profile", "sophiie", "--format", "markdown")
        text = run(tmp_path, "explain", "90094", *given).out.decode()
        assert "### What to find out or do first" in text
        assert "could not be found out here" in text

    @pytest.mark.parametrize(
        ("output", "file"),
        [("answer.md", "answer.md"), ("answers/", "answers/explanation.md")],
    )
    def test_file(self, tmp_path: Path, output: str, file: str) -> None:
        shown = run(tmp_path, *self.ASKED, "--output", "-").out
        ended = run(tmp_path, *self.ASKED, "--output", output)
        assert (ended.out, ended.lines) == (b"", [f"consent-auditor: wrote {file}"])
        assert (tmp_path / file).read_bytes() == shown

    @pytest.mark.parametrize("format_id", ["text", "json"])
    def test_other_formats_as_files(self, tmp_path: Path, format_id: str) -> None:
        given = ("explain", "90094", "--format", format_id)
        run(tmp_path, *given, "--output", "x.out", "--quiet")
        assert (tmp_path / "x.out").read_bytes() == run(tmp_path, *given).out

    def test_place_that_cannot_be(self, tmp_path: Path) -> None:
        assert "no folder" in told(run(tmp_path, *self.ASKED, "--output", "nowhere/x.md"))


class TestLive:
    ASKED = ("explain", "AADSTS90094", "--format", "json")

    def test_says_the_same_as_the_sample(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("microsoft-managed"))
        named = options_of("microsoft-managed", "sophiie")
        ended = run_here(cloud.environment(), *self.ASKED, *named, cwd=cloud.folder)
        assert ended.code == 0
        assert ended.lines == ["consent-auditor: signing in with a client secret"]
        kept = run(cloud.folder, *self.ASKED, *MANAGED, "--profile", "sophiie")
        live, sample = (json.loads(one.out)["in_tenant"]["assessments"] for one in (ended, kept))
        assert live == sample

    def test_without_an_app_it_stays_offline(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("microsoft-managed"))
        (cloud.folder / "consent-auditor.toml").write_text('[request]\nprofile = ["sophiie"]\n')
        for given in ("AADSTS90094", f"AADSTS90094 {link()}"):
            ended = run_here(cloud.environment(), "explain", given, cwd=cloud.folder)
            assert (ended.code, ended.err) == (0, "")
            assert b"what holds here" not in ended.out

    def test_snapshot_comes_before_the_environment(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"))
        given = (*MANAGED, "--profile", "sophiie")
        ended = run_here(cloud.environment(), *self.ASKED, *given, cwd=cloud.folder)
        assert json.loads(ended.out)["in_tenant"]["tenant"]["display_name"] == "Fabrikam, Inc."

    def test_sign_in_fails(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"))
        environment = cloud.environment() | {"AZURE_CLIENT_SECRET": "SECRET-9"}
        named = options_of("ready", "sophiie")
        ended = run_here(environment, *self.ASKED, *named, "--quiet", cwd=cloud.folder)
        assert (ended.code, ended.out, len(ended.lines)) == (3, b"", 1)


def assessed(ended: Ended) -> dict[str, object]:
    (app,) = json.loads(ended.out)["assessments"]
    assert isinstance(app, dict)
    return app


class TestUrl:
    def audit(
        self, folder: Path, given: str, *more: str, sample: str = "microsoft-managed"
    ) -> Ended:
        file = snapshot(folder, sample)
        options = ("--snapshot", file, "--fail-on", "never", "--format", "json")
        return run(folder, "audit", *options, "--url", given, *more)

    def test_says_the_same_as_app_id_and_scope(self, tmp_path: Path) -> None:
        linked = assessed(self.audit(tmp_path, link("openid Mail.Read", prompt="consent")))
        named = run(
            tmp_path,
            *("audit", "--snapshot", "tenant.snapshot", "--format", "json", "--prompt-consent"),
            *("--app-id", SOPHIIE, "--scope", "openid", "--scope", "Mail.Read"),
        )
        assert linked == assessed(named)

    def test_profile_gives_the_permissions(self, tmp_path: Path) -> None:
        given = link("openid User.Read.All", client_id=SOFIE, redirect_uri=CALLBACK)
        ended = self.audit(tmp_path, given, "--profile", "sofie", sample="ready")
        assert (ended.code, assessed(ended)["outcome"]) == (0, "user-can-consent")
        assert "asks for more than the profile" in ended.err
        assert "User.Read.All" in ended.err

    def test_redirect_uri_is_compared_with_the_registration(self, tmp_path: Path) -> None:
        given = link(client_id=SOFIE, redirect_uri=CALLBACK + "/")
        app = assessed(self.audit(tmp_path, given, "--profile", "sofie", sample="ready"))
        assert (app["outcome"], app["predicted_error"]) == ("blocked", "AADSTS50011")

    def test_error_redirect(self, tmp_path: Path) -> None:
        query = urlencode({"error": "access_denied", "error_description": ERROR} | SECRETS)
        given = f"{CALLBACK}?{query}"
        ended = self.audit(tmp_path, given, "--profile", "sofie", sample="ready")
        assert assessed(ended)["outcome"] == "user-can-consent"
        assert "consent-auditor explain says what the code means" in ended.err

    def test_what_was_not_compared_is_said(self, tmp_path: Path) -> None:
        given = link(redirect_uri="https://app.example/cb")
        assert "https://app.example/cb was not compared" in self.audit(tmp_path, given).err
        assert self.audit(tmp_path, given, "--quiet").err == ""

    @pytest.mark.parametrize(
        "given",
        [
            link("https://graph.microsoft.com/.default"),
            link("", path="oauth2/authorize", resource="https://graph.microsoft.com"),
            link("", path="adminconsent"),
        ],
    )
    def test_default_scope_needs_the_profile(self, tmp_path: Path, given: str) -> None:
        assert ".default, which is what the app's registration lists" in told(
            run(tmp_path, "plan", *MANAGED, "--url", given)
        )
        ended = run(tmp_path, "plan", *MANAGED, "--profile", "sophiie", "--url", given)
        assert ended.code == 0

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--url", link(), "--app-id", SOPHIIE), "leave out --app-id and --scope"),
            (("--url", link(), "--scope", "User.Read"), "leave out --app-id and --scope"),
            (("--url", link(), "--profile", "sofie", "--profile", "sophiie"), "give one --profile"),
            (
                ("--url", link(), "--profile", "sophiie", "--set", f"sophiie.app_id={OTHER}"),
                "leave out --set app_id",
            ),
            (("--url", link(host="login.microsoftonline.us")), "in global"),
            (("--url", link(tenant=OTHER)), f"link of the tenant {OTHER}, and d6767b22"),
            (("--url", link(tenant="fabrikam.example")), "link of the tenant fabrikam.example"),
            (("--url", link(tenant="consumers")), "personal accounts"),
            (("--url", link("")), "names no permission"),
            (("--url", link("Mail.Read/")), "cannot be read"),
            (("--url", "https://a.example/?error=x"), "names no app"),
            (("--url", "\x1b[31m<script>SECRET"), "no link has"),
            (("--url", "x" * 1_000_000), "longer than"),
            (("--url", link(), "--feature", "x"), "--feature"),
        ],
    )
    def test_wrong_use(self, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
        assert words in told(run(tmp_path, "plan", *MANAGED, *arguments))

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--tenant", OTHER, "--url", link(tenant=SOPHIIE)),
            ("--cloud", "china", "--url", link()),
        ],
    )
    def test_a_live_tenant_is_compared_before_it_is_asked(
        self, tmp_path: Path, arguments: tuple[str, ...]
    ) -> None:
        assert "--url is a link of" in told(run(tmp_path, "audit", *arguments))

    def test_profile_of_a_fixed_app(self, tmp_path: Path) -> None:
        lines = (ROOT / "policies/profiles/sophiie.toml").read_text("utf-8").splitlines()
        start = next(n for n, line in enumerate(lines) if 'name = "app_id"' in line) - 1
        end = next(n for n in range(start + 1, len(lines)) if lines[n].startswith("["))
        rest = "\n".join([*lines[:start], *lines[end:]]).replace(
            'kind = "vendor-app"', f'kind = "vendor-app"\napp_id = "{SOPHIIE}"'
        )
        (tmp_path / "own.toml").write_text(rest, "utf-8")
        arguments = ("plan", *MANAGED, "--profile", "./own.toml", "--url")
        assert run(tmp_path, *arguments, link()).code == 0
        ended = run(tmp_path, *arguments, link(client_id=OTHER))
        assert f"about the app {OTHER}" in told(ended)

    def test_cloud_of_a_sample(self, tmp_path: Path) -> None:
        assert load_sample("government").cloud is Cloud.US_GOV_L4
        given = link("openid", host="login.microsoftonline.us", client_id=OTHER)
        assert run(tmp_path, "plan", "--sample", "government", "--url", given).code != 2


def commands() -> list[str]:
    text = PAGE.read_text("utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("line", commands())
def test_command_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_cloud: StartCloud, line: str
) -> None:
    snapshot(tmp_path)
    name, *arguments = shlex.split(line)
    assert name == "consent-auditor"
    environment: dict[str, str] = {}
    if arguments[-2:-1] == ["<"]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"AADSTS90094: approval")))
        arguments = arguments[:-2]
    if "--tenant" in arguments:
        cloud = start_cloud(served("microsoft-managed"))
        environment = cloud.environment()
        arguments[arguments.index("--tenant") + 1] = cloud.tenant_id
    ended = run_here(environment, *arguments, cwd=tmp_path)
    assert ended.code == 0
    assert ended.out or "wrote" in ended.err
