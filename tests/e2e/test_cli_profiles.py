"""``profiles new``, ``validate``, ``diff`` and one's own profiles, from the command line."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from auditor.catalog import profile_ids, validate
from tests.e2e.test_cli_explain import link, run, snapshot, told
from tests.fakes.cloud import StartCloud
from tests.fakes.live import ROOT, Ended, run_here, served

PAGE = ROOT / "docs" / "profiles.md"
SOPHIIE = "85c8ad99-e136-4b1c-b453-fe3578b83189"
SOFIE = "943a2a8a-5a89-403e-8d91-103e7793b8ef"
CONSENTED = ("--sample", "admin-consented")
SAID = ("--name", "Acme", "--scope", "Mail.Read", "--source", "Acme help")


def made(folder: Path, *arguments: str) -> dict[str, object]:
    """Make a profile on stdout, check it, and return what it says."""
    ended = run(folder, "profiles", "new", *arguments)
    assert (ended.code, ended.err) == (0, "")
    path = folder / "made.toml"
    path.write_bytes(ended.out)
    validate(path)
    return tomllib.loads(ended.out.decode())


def written(folder: Path, name: str, *arguments: str) -> Path:
    ended = run(folder, "profiles", "new", "--output", name, *SAID, *arguments)
    assert (ended.code, ended.out) == (0, b"")
    return folder / name


class TestNew:
    def test_of_a_link(self, tmp_path: Path) -> None:
        found = made(tmp_path, "--url", link("Mail.Read openid", prompt="consent"))
        assert (found["app_id"], found["id"]) == (SOPHIIE, "app-85c8ad99")
        assert "registration" not in found

    @pytest.mark.parametrize("path", ["oauth2/authorize", "adminconsent", "v2.0/adminconsent"])
    def test_of_other_links(self, tmp_path: Path, path: str) -> None:
        found = made(tmp_path, "--url", link("", path=path), "--scope", "Mail.Read")
        assert found["app_id"] == SOPHIIE

    def test_of_a_tenant(self, tmp_path: Path) -> None:
        path = snapshot(tmp_path)
        found = made(tmp_path, "--snapshot", path, "--app-id", SOFIE.upper())
        assert found["kind"] == "own-registration"
        assert found == made(tmp_path, "--sample", "microsoft-managed", "--app-id", SOFIE)

    def test_of_options(self, tmp_path: Path) -> None:
        own = ("--kind", "own-registration", "--platform", "spa", "--redirect-uri", "https://a.b/")
        found = made(tmp_path, *SAID, *own, "--app-id", SOFIE, "--id", "mine")
        assert (found["id"], found["source"]) == ("mine", "Acme help")

    def test_a_file_is_never_overwritten(self, tmp_path: Path) -> None:
        path = written(tmp_path, "acme.profile.toml")
        before = path.read_bytes()
        line = told(run(tmp_path, "profiles", "new", "--output", path.name, *SAID))
        assert "exists already" in line
        assert path.read_bytes() == before
        (tmp_path / "link.toml").symlink_to(tmp_path / "nothing")
        for name in ("link.toml", ".", "none/x.toml"):
            assert told(run(tmp_path, "profiles", "new", "--output", name, *SAID))
        assert not (tmp_path / "nothing").exists()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ((), "--url, or --snapshot (or --sample) and --app-id, or --name, --scope"),
            (("--name", "x"), "nothing to make a profile from"),
            (("--url", "x"), "that is no link"),
            (("--url", link("Mail.Read") + "&scope=" + "x" * 1_000_000), "32,000 characters"),
            (("--url", link("Mail.Read"), "--app-id", SOFIE), "leave out --app-id"),
            (("--url", link("Mail.Read"), *CONSENTED), "two ways"),
            (("--url", link(".default")), "no permission to write down"),
            (("--url", link("Nope.Nope")), "no delegated permission Nope.Nope"),
            (CONSENTED, "which app of the tenant?"),
            ((*CONSENTED, "--app-id", "x\x1b"), "--app-id x\\x1b is no GUID"),
            ((*CONSENTED, "--snapshot", "x", "--app-id", SOFIE), "two tenants"),
            ((*SAID, "--id", "A b"), "--id: 'A b': use lower-case"),
            ((*SAID, "--id", "../x"), "--id: '../x'"),
            ((*SAID, "--id", "sophiie"), "the id of a shipped profile"),
            ((*SAID, "--name", "a\u202eb"), "--name: holds a control"),
            ((*SAID, "--name", "\ud800"), "--name: holds a control"),
            ((*SAID, "--source", "\x1b[31m"), "--source: holds a control"),
            ((*SAID, "--platform", "web"), "go with --kind own-registration"),
            ((*SAID, "--kind", "own-registration"), "needs --platform"),
            (
                (*SAID, "--kind", "own-registration", "--platform", "web", "--redirect-uri", "x"),
                "registration.redirect_uris[0]: must begin with https://",
            ),
            ((*SAID, "--scope", "Mail Read"), "cannot be read"),
        ],
        ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
    )
    def test_wrong_use(self, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
        line = told(run(tmp_path, "profiles", "new", *arguments))
        assert words in line
        assert len(line) < 1_000

    @pytest.mark.parametrize(
        "name", ["'''", '"""', '"\\', "</script>", "\u0645\u0631", "[x]\\u0000"]
    )
    def test_hostile_names(self, tmp_path: Path, name: str) -> None:
        found = made(tmp_path, *SAID, "--name", f"{name} #", "--id", "acme", "--source", name)
        assert (found["name"], found["source"]) == (f"{name} #", name)

    def test_at_a_terminal_it_asks(self, tmp_path: Path) -> None:
        answers = (
            "Acme\u202e Notes",
            "Acme Notes",
            "Acme!",
            "",
            "own-registration",
            "web",
            "http://acme.example/",
            "https://acme.example/",
            "",
            "nonsense",
            SOFIE,
            "",
            "File.Read",
            "Files.Read",
            "openid",
            "",
            "https://acme.example/help",
        )
        ended = asked(tmp_path, *answers)
        assert ended.code == 0
        found = tomllib.loads(ended.out.decode())
        assert (found["id"], found["app_id"]) == ("acme-notes", SOFIE)
        assert found["features"][0]["permissions"] == ["Files.Read", "openid"]
        assert found["registration"]["redirect_uris"] == ["https://acme.example/"]
        for words in (
            "control or formatting",
            "lower-case",
            "is no GUID",
            "did you mean Files.Read?",
        ):
            assert words in ended.err
        assert "must begin with https://" in ended.err


def asked(folder: Path, *answers: str) -> Ended:
    """Answer the questions of a process at a terminal."""
    outside, inside = pty.openpty()
    os.write(outside, "".join(f"{one}\n" for one in answers).encode())
    try:
        done = subprocess.run(
            [sys.executable, "-m", "auditor", "profiles", "new"],
            stdin=inside,
            capture_output=True,
            cwd=folder,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            timeout=60,
            check=False,
        )
    finally:
        os.close(outside)
        os.close(inside)
    return Ended(done.returncode, done.stdout, done.stderr.decode())


class TestValidate:
    def test_one_line_a_fault(self, tmp_path: Path) -> None:
        path = tmp_path / "acme.toml"
        path.write_text('id = "A B"\nname = 1\nkind = "x"\n"\\u001b\\u202e" = 2\n', "utf-8")
        ended = run(tmp_path, "profiles", "validate", "acme.toml")
        assert (ended.code, ended.out) == (2, b"")
        assert all(one.startswith("consent-auditor: acme.toml") for one in ended.lines)
        assert all(one.isprintable() for one in ended.lines)
        for place in ("line 1, id: 'A B'", "line 2, name: expected text", "line 3, kind: 'x'"):
            assert any(place in one for one in ended.lines)
        (line,) = run(tmp_path, "audit", "--profile", "acme.toml").lines
        assert line == ended.lines[0]

    def test_a_hundred_are_enough(self, tmp_path: Path) -> None:
        (tmp_path / "a.toml").write_text("\n".join(f"k{n} = 1" for n in range(500)), "utf-8")
        ended = run(tmp_path, "profiles", "validate", "a.toml")
        assert (ended.code, len(ended.lines)) == (2, 101)
        assert ended.lines[-1].endswith("there are more; mend these first")


class TestDiff:
    def test_text(self, tmp_path: Path) -> None:
        out = run(tmp_path, "profiles", "diff", "sofie", *CONSENTED).out.decode()
        assert "users with a consent of their own: 240" in out
        assert "Files.Read (covered by Files.ReadWrite)" in out
        assert "Calendars.Read (covered" not in out

    def test_json(self, tmp_path: Path) -> None:
        arguments = ("--snapshot", snapshot(tmp_path), "--app-id", SOPHIIE, "--format", "json")
        found = json.loads(run(tmp_path, "profiles", "diff", "sophiie", *arguments).out)
        assert found["schema"] == "consent-auditor/profile-diff/v1"
        assert (found["app_id"], found["registration"]) == (SOPHIIE, "elsewhere")
        assert {one["requested"] for one in found["permissions"]} == {"unknown"}
        page = PAGE.read_text("utf-8")
        members = {*found, *found["permissions"][0], *found["conclusions"]} - {"schema", "tool"}
        assert [one for one in sorted(members) if f"`{one}`" not in page] == []

    def test_of_a_live_tenant(self, start_cloud: StartCloud, tmp_path: Path) -> None:
        cloud = start_cloud(served("admin-consented"))
        arguments = ("profiles", "diff", "sofie", "--quiet", "--format", "json", "--app-id", SOFIE)
        ended = run_here(cloud.environment(), *arguments, cwd=tmp_path)
        assert (ended.code, ended.err) == (0, "")
        kept = run(tmp_path, "profiles", "diff", "sofie", *CONSENTED, "--format", "json")
        here, there = json.loads(ended.out), json.loads(kept.out)
        assert here["permissions"] == there["permissions"]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("sophiie", "--snapshot", "SNAPSHOT"), "which app of the tenant?"),
            (("nope", *CONSENTED), "no shipped profile 'nope'"),
            (("sophiie", *CONSENTED, "--app-id", "x"), "must be a GUID"),
            (("sophiie", *CONSENTED, "--set", "x"), "names no variable"),
            (("sophiie", *CONSENTED, "--tenant", "t"), "leave out --tenant"),
        ],
    )
    def test_wrong_use(self, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
        path = snapshot(tmp_path)
        given = [path if one == "SNAPSHOT" else one for one in arguments]
        assert words in told(run(tmp_path, "profiles", "diff", *given))


class TestOwn:
    def test_found_by_id_everywhere(self, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        written(tmp_path, "own/acme.toml", "--app-id", SOFIE)
        written(tmp_path, "here.profile.toml", "--id", "here")
        for command in (
            ("audit", "--snapshot", snapshot(tmp_path), "--fail-on", "never"),
            ("plan", "--sample", "ready"),
            ("what-if", "--sample", "ready", "--as-guest"),
            ("explain", "90094", "--sample", "ready"),
            ("demo", "--output", "-", "--format", "json"),
        ):
            for profile in ("acme", "here"):
                ended = run(tmp_path, *command, "--profiles", "own", "--profile", profile)
                assert ended.code in {0, 4, 10}, ended.err
                assert b"Acme" in ended.out
        for word, more in (("show", ()), ("diff", CONSENTED)):
            ended = run(tmp_path, "profiles", word, "acme", "--profiles", "own", *more)
            assert (ended.code, b"Acme" in ended.out) == (0, True)

    def test_the_environment_names_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        written(tmp_path, "own/acme.toml")
        environment = {"CONSENT_AUDITOR_PROFILES": "own"}
        ended = run_here(environment, "profiles", "list", cwd=tmp_path)
        assert ended.out.decode().splitlines()[-1].endswith("own/acme.toml)")
        environment = {"CONSENT_AUDITOR_PROFILES": "none"}
        assert (
            "no such folder"
            in run_here(environment, "profiles", "show", "sophiie", cwd=tmp_path).err
        )

    def test_without_a_name_the_folder_is_audited_too(self, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        written(tmp_path, "own/acme.toml")
        written(tmp_path, "here.profile.toml", "--id", "here")
        (tmp_path / "own" / "bad.toml").write_text("x")
        arguments = ("--snapshot", snapshot(tmp_path), "--fail-on", "never", "--format", "json")
        ended = run(tmp_path, "audit", "--profiles", "own", *arguments)
        found = [one["profile"] for one in json.loads(ended.out)["assessments"]]
        assert found == [*profile_ids(), "acme"]
        (line,) = ended.lines
        assert line.startswith("consent-auditor: own/bad.toml: not valid TOML")
        line = told(run(tmp_path, "audit", "--profiles", "own", *arguments, "--profile", "bad"))
        assert "own/bad.toml" in line

    def test_list_says_where_each_comes_from(self, tmp_path: Path) -> None:
        written(tmp_path, "here.profile.toml", "--id", "here")
        (tmp_path / "pyproject.toml").write_text("x")
        (tmp_path / "sophiie.profile.toml").write_text("x")
        ended = run(tmp_path, "profiles", "list")
        lines = ended.out.decode().splitlines()
        assert [one.split()[0] for one in lines] == [*profile_ids(), "here"]
        assert lines[0].endswith(", shipped)")
        assert lines[-1].endswith(", here.profile.toml)")
        (line,) = ended.lines
        assert "sophiie.profile.toml has the id of the shipped profile sophiie" in line

    def test_one_id_is_asked_once(self, tmp_path: Path) -> None:
        copy = tmp_path / "copy.toml"
        copy.write_bytes((ROOT / "policies" / "profiles" / "sophiie.toml").read_bytes())
        arguments = ("audit", "--profile", "sophiie", "--profile", "./copy.toml")
        assert "two of the profiles have the id sophiie" in told(run(tmp_path, *arguments))

    def test_link_and_own_profile(self, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        written(tmp_path, "own/acme.toml")
        arguments = ("plan", "--sample", "ready", "--profiles", "own", "--profile", "acme")
        ended = run(tmp_path, *arguments, "--url", link("Mail.Read"))
        assert ended.code in {0, 4, 10}


def test_the_walk_through_of_the_page(tmp_path: Path) -> None:
    """Every command of the page from the link to the comparison, one after the other."""
    text = PAGE.read_text("utf-8")
    section = text.partition("## From a link")[2].partition("\n## ")[0]
    commands = re.findall(r"^consent-auditor (.*)$", section, re.MULTILINE)
    assert len(commands) == 5
    snapshot(tmp_path)
    for command in commands:
        words = shlex.split(command)
        if words[0] == "audit":
            words += ["--snapshot", "tenant.snapshot"]
        ended = run(tmp_path, *words)
        assert ended.code in ({4, 10} if words[0] == "audit" else {0}), ended.err
    assert "app.acme.example" in (tmp_path / "acme-notes.profile.toml").read_text("utf-8")
