"""``setup`` and ``setup certificate`` from the command line, up to a sign-in with what they made."""

import os
import re
import shlex
import stat
from pathlib import Path

import pytest
from cryptography import x509

from tests.fakes.cloud import StartCloud
from tests.fakes.live import SOFIE, Ended, options_of, run, run_here, served

KEY, PUBLIC = "entra-consent-auditor.pem", "entra-consent-auditor.cer"
FILES = {
    "azure-cli": "setup.sh",
    "powershell": "setup.ps1",
    "terraform": "setup.tf",
    "portal": "setup.txt",
}
GITHUB = ["--credential", "federated", "--issuer", "github", "--subject", "repo:a/b:pull_request"]
PAGE = Path(__file__).parents[2] / "docs" / "setup.md"
posix = pytest.mark.skipif(os.name != "posix", reason="permission bits are a POSIX matter")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    ended = run_here({}, "setup", "certificate", "--output", "keys", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    return tmp_path


def setup(folder: Path, *arguments: str) -> Ended:
    return run_here({}, "setup", *arguments, cwd=folder)


def refused(ended: Ended, *words: str) -> None:
    assert ended.code == 2
    assert ended.out == b""
    last = ended.lines[-1]
    assert "Traceback" not in ended.err
    assert ended.err.isascii() or last.isprintable()
    assert len(ended.err) < 1500
    for word in words:
        assert word in last


class TestPrinting:
    @pytest.mark.parametrize("format_id", FILES)
    def test_every_format_to_stdout_and_to_a_file(self, made: Path, format_id: str) -> None:
        chosen = ["--format", format_id, "--certificate", f"keys/{PUBLIC}"]
        shown = setup(made, *chosen)
        assert (shown.code, shown.err) == (0, "")
        written = setup(made, *chosen, "--output", "scripts")
        assert written.err == f"consent-auditor: wrote scripts/{FILES[format_id]}\n"
        path = made / "scripts" / FILES[format_id]
        assert path.read_bytes() == shown.out
        assert setup(made, *chosen, "--output", "my.txt").code == 0
        assert (made / "my.txt").read_bytes() == shown.out

    @posix
    def test_only_the_script_for_bash_can_be_run(self, made: Path) -> None:
        for format_id, name in FILES.items():
            setup(made, "--format", format_id, "--certificate", f"keys/{PUBLIC}", "--output", "s")
            mode = stat.S_IMODE((made / "s" / name).stat().st_mode)
            assert bool(mode & 0o100) == (format_id == "azure-cli")

    def test_azure_cli_is_the_default(self, tmp_path: Path) -> None:
        assert setup(tmp_path, *GITHUB).out.startswith(b"#!/usr/bin/env bash\n")

    def test_the_portal_does_without_a_certificate(self, tmp_path: Path) -> None:
        ended = setup(tmp_path, "--format", "portal")
        assert b"setup certificate --output" in ended.out
        assert ended.code == 0

    def test_the_person_can_be_left_out(self, tmp_path: Path) -> None:
        assert b"User.Read.All" in setup(tmp_path, *GITHUB).out
        assert b"User.Read.All" not in setup(tmp_path, *GITHUB, "--without-person").out

    def test_the_tenant_may_come_from_the_environment(self, tmp_path: Path) -> None:
        environment = {"AZURE_TENANT_ID": "contoso.onmicrosoft.com"}
        ended = run_here(environment, "setup", *GITHUB, cwd=tmp_path)
        assert b"az login --tenant contoso.onmicrosoft.com " in ended.out

    def test_the_same_input_gives_the_same_bytes(self, made: Path) -> None:
        chosen = ["--certificate", f"keys/{PUBLIC}", "--format", "terraform"]
        assert setup(made, *chosen).out == setup(made, *chosen).out

    def test_no_secret_is_in_what_is_printed(self, made: Path) -> None:
        for format_id in FILES:
            ended = setup(made, "--format", format_id, "--certificate", f"keys/{PUBLIC}")
            assert b"PRIVATE KEY" not in ended.out


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            ([], "--certificate is missing"),
            (["--certificate", "absent"], "cannot be read"),
            (["--credential", "federated"], "needs --issuer"),
            (["--credential", "federated", "--issuer", "github"], "needs --subject"),
            (
                [
                    "--credential",
                    "federated",
                    "--issuer",
                    "kubernetes",
                    "--subject",
                    "system:serviceaccount:a:b",
                ],
                "--issuer-url",
            ),
            (["--credential", "secret", "--certificate", "x"], "--certificate goes with"),
            (["--credential", "secret", "--subject", "x"], "go with --credential federated"),
            (["--credential", "secret", "--name", ""], "--name"),
            (["--credential", "secret", "--name", "a\nb"], "--name"),
            (["--credential", "secret", "--name", "\x1b[2J\u202e"], "--name"),
            (["--credential", "secret", "--name", "\udcff"], "--name"),
            (["--credential", "secret", "--name", "x" * 100_000], "--name"),
            (["--credential", "secret", "--tenant", "a;b"], "--tenant"),
            (["--credential", "secret", "--output", "absent/x.sh"], "cannot be written"),
            (["--format", "perl"], "--format"),
            (["--credential", "secret", "--cloud", "mars"], "--cloud"),
            (["nonsense"], "nonsense"),
            (["--name", "x", "certificate", "--output", "y"], "--name belongs to setup alone"),
        ],
    )
    def test_one_line_says_why(self, tmp_path: Path, arguments: list[str], word: str) -> None:
        refused(setup(tmp_path, *arguments), word)
        assert [*tmp_path.iterdir()] == []

    def test_a_private_key_is_never_printed(self, made: Path) -> None:
        refused(setup(made, "--certificate", f"keys/{KEY}"), "holds a private key")


class TestCertificate:
    @posix
    def test_the_key_is_for_its_owner_alone(self, made: Path) -> None:
        assert sorted(one.name for one in (made / "keys").iterdir()) == [PUBLIC, KEY]
        assert stat.S_IMODE((made / "keys" / KEY).stat().st_mode) == 0o600
        assert b"PRIVATE KEY" not in (made / "keys" / PUBLIC).read_bytes()

    def test_it_says_what_it_made_and_what_comes_next(self, tmp_path: Path) -> None:
        ended = setup(tmp_path, "certificate", "--output", "a b/", "--name", "x <y>", "--days", "7")
        said = ended.out.decode()
        found = x509.load_pem_x509_certificate((tmp_path / "a b" / PUBLIC).read_bytes())
        assert found.subject.rfc4514_string() == "CN=x \\<y\\>"
        (sha1,) = re.findall(r"SHA-1 thumbprint: +([0-9A-F]{40})\n", said)
        (sha256,) = re.findall(r"SHA-256 thumbprint: +([0-9A-F]{64})\n", said)
        assert {len(sha1), len(sha256)} == {40, 64}
        assert f"Valid until: {found.not_valid_after_utc:%Y-%m-%d %H:%M} UTC\n" in said
        (command,) = re.findall(r"Register it: consent-auditor (.*)\n", said)
        assert run_here({}, *shlex.split(command), cwd=tmp_path).code == 0
        assert f"export AZURE_CLIENT_CERTIFICATE_PATH='a b/{KEY}'\n" in said

    @pytest.mark.parametrize("there", [KEY, PUBLIC])
    def test_nothing_is_overwritten(self, made: Path, there: str) -> None:
        other = PUBLIC if there == KEY else KEY
        (made / "keys" / other).unlink()
        before = (made / "keys" / there).read_bytes()
        refused(setup(made, "certificate", "--output", "keys"), "exists already")
        assert [one.name for one in (made / "keys").iterdir()] == [there]
        assert (made / "keys" / there).read_bytes() == before

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["--output", ""],
            ["--output", "-"],
            ["--output", "file.pem"],
            ["--output", "k", "--days", "0"],
            ["--output", "k", "--days", "1e9"],
            ["--output", "k", "--name", ""],
            ["--output", "k", "--name", "x" * 65],
            ["--output", "k", "--name", "é" * 33],
            ["--output", "k", "--name", "\ud800"],
        ],
    )
    def test_bad_input_leaves_nothing(self, tmp_path: Path, arguments: list[str]) -> None:
        refused(setup(tmp_path, "certificate", *arguments))
        assert [*tmp_path.iterdir()] == []

    def test_it_signs_in(self, made: Path, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"))
        public = (made / "keys" / PUBLIC).read_bytes()
        cloud.registration.certificates.append(x509.load_pem_x509_certificate(public))
        path = str(made / "keys" / KEY)
        environment = cloud.environment("none") | {"AZURE_CLIENT_CERTIFICATE_PATH": path}
        arguments = [*options_of("ready", SOFIE), "--auth", "certificate"]
        ended = run(environment, "audit", *arguments, cwd=cloud.folder)
        assert ended.code == 0, ended.err
        assert [one.proof for one in cloud.token_requests] == ["certificate"]


def page_commands() -> list[list[str]]:
    text = PAGE.read_text("utf-8").replace("\\\n", " ")
    lines = [one for one in text.splitlines() if one.startswith("consent-auditor setup")]
    return [shlex.split(one, comments=True)[1:] for one in lines]


def test_the_page_works_from_top_to_bottom(tmp_path: Path) -> None:
    commands = page_commands()
    assert len(commands) >= 6
    for arguments in commands:
        ended = run_here({}, *arguments, cwd=tmp_path)
        assert ended.code == 0, (arguments, ended.err)
