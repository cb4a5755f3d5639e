"""``consent-auditor what-if``: the order of its changes, what it prints, what it refuses."""

import json
from pathlib import Path

import click
import pytest

from auditor import __version__
from auditor.cli.demo import sample_requests
from auditor.cli.what_if import command
from auditor.pipeline import read_sample
from auditor.samples import load_sample
from auditor.store import write_snapshot
from auditor.what_if.suppose import SUPPOSITIONS
from tests.fakes.live import Ended, options_of, run, run_here

LOW = ("--sample", "low-nothing-classified", "--profile", "sophiie")
READY = ("--sample", "ready", "--profile", "sophiie")


def what_if(folder: Path, *arguments: str | Path) -> Ended:
    return run_here({}, "what-if", *map(str, arguments), cwd=folder)


def told(ended: Ended) -> str:
    assert ended.out == b""
    (line,) = ended.lines
    assert line.startswith("consent-auditor: ")
    return line


def supposed(ended: Ended) -> list[str]:
    found = json.loads(ended.out)["supposed"]
    assert isinstance(found, list)
    return found


def test_every_change_has_its_option() -> None:
    options = {one.opts[0] for one in command.params if isinstance(one, click.Option)}
    assert {f"--{name}" for name in SUPPOSITIONS} <= options


class TestText:
    def test_says_what_was_supposed_and_what_moves(self, tmp_path: Path) -> None:
        ended = what_if(tmp_path, *LOW, "--classify", "Mail.Send")
        text = ended.out.decode()
        assert (ended.code, ended.err) == (0, "")
        assert "  1. Mail.Send on Microsoft Graph is classified Low. It was not classified." in text
        assert "Sophiie: Not yet, as before." in text
        assert "- Admin approval required → User can consent: Mail.Send" in text
        assert "Controls that move: 1" in text
        assert "MS.AAD.5.2v1" in text
        assert "Its text: Met → Not met." in text
        assert "ScubaGear prints: Pass → Fail." in text
        assert "Now against it: Mail.Send (Microsoft Graph)" in text

    def test_says_plainly_when_nothing_moves(self, tmp_path: Path) -> None:
        ended = what_if(tmp_path, *READY, "--classify", "Mail.Send")
        assert ended.code == 0
        text = ended.out.decode()
        assert "Nothing moves: every verdict and every control stays as it is." in text
        assert "It is already." in text

    def test_profiles_that_stay_are_named(self, tmp_path: Path) -> None:
        asked = ("--sample", "low-nothing-classified", "--classify", "Mail.Send")
        text = what_if(tmp_path, *asked).out.decode()
        assert "Sofa 365 Bridge: Not yet, as before; nothing moves." in text

    def test_another_answer(self, tmp_path: Path) -> None:
        text = what_if(tmp_path, *READY, "--publisher-loses-verification").out.decode()
        assert "Sophiie: Yes → Not yet." in text
        assert "Error that users meet: none → AADSTS" in text

    def test_lines_fit_into_a_pipe(self, tmp_path: Path) -> None:
        asked = ("--sample", "microsoft-managed", "--workflow", "on", "--as-guest")
        lines = what_if(tmp_path, *asked).out.decode().splitlines()
        assert max(map(len, lines)) <= 100
        assert all(line == line.rstrip() for line in lines)


class TestJson:
    def test_members(self, tmp_path: Path) -> None:
        found = json.loads(what_if(tmp_path, *LOW, "--classify", "Mail.Send", "--format=json").out)
        assert found["schema"] == "consent-auditor/what-if/v1"
        assert found["moves"] is True
        (verdict,) = found["verdicts"]
        (moved,) = verdict["permissions"]
        assert (moved["value"], moved["after"]["outcome"]) == ("Mail.Send", "user-can-consent")
        assert moved["before"]["reasons"][0]["code"] == "not-classified"
        (control,) = found["controls"]
        assert control["after"]["control"] == "MS.AAD.5.2v1"
        assert control["because"] == ["Mail.Send (Microsoft Graph)"]


class TestOrder:
    def test_changes_of_different_kinds(self, tmp_path: Path) -> None:
        words = (
            ("--grant", "Mail.Send"),
            ("--as-guest",),
            ("--classify=Mail.Send=high",),
            ("--revoke-grants",),
            ("--grant", "Mail.ReadWrite"),
            ("--workflow", "on"),
            ("--workflow", "off"),
        )
        for order in (words, words[::-1]):
            given = [one for each in order for one in each]
            said = supposed(what_if(tmp_path, *given, *READY, "--format", "json"))
            starts = [one.partition(" is ")[0] for one in said]
            expected = [
                "Mail.Send on Microsoft Graph",
                "The user",
                "Mail.Send on Microsoft Graph",
                "Nothing",
                "Mail.ReadWrite on Microsoft Graph",
                "The admin consent workflow",
                "The admin consent workflow",
            ]
            assert starts == (expected if order is words else expected[::-1])

    def test_it_decides(self, tmp_path: Path) -> None:
        asked = ("--sample", "consent-off", "--profile", "sophiie")
        changes = ("--grant=Mail.Send", "--revoke-grants")
        texts = [
            what_if(tmp_path, *order, *asked).out.decode() for order in (changes, changes[::-1])
        ]
        assert ["Nothing moves" in one for one in texts] == [True, False]

    def test_a_flag_twice(self, tmp_path: Path) -> None:
        asked = ("--revoke-grants", "--grant", "Mail.Send", "--revoke-grants", "--format", "json")
        assert len(supposed(what_if(tmp_path, *asked, *READY))) == 3


class TestSources:
    def test_snapshot_is_as_the_sample(self, tmp_path: Path) -> None:
        sample = load_sample("ready")
        kept = tmp_path / "kept.snapshot"
        write_snapshot(read_sample(sample, sample_requests(sample)), kept, tool_version=__version__)
        asked = (*options_of("ready", "sophiie"), "--as-guest")
        found = what_if(tmp_path, "--snapshot", kept, *asked)
        assert found.out == what_if(tmp_path, *READY, "--as-guest").out

    def test_app_without_a_profile(self, tmp_path: Path) -> None:
        app = load_sample("ready").variables["sophiie"]["app_id"]
        asked = ("--sample", "ready", "--app-id", app, "--scope", "Mail.Send")
        text = what_if(tmp_path, *asked, "--grant", "Mail.Send").out.decode()
        assert "User can consent → No prompt: Mail.Send" in text


class TestWrongInput:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--as-guest",), "give --snapshot FILE (from collect) or --sample ID"),
            (READY, "needs at least one change: give one of --classify"),
            ((*READY, "--snapshot", "x", "--as-guest"), "give one of them"),
            (("--sample", "nope", "--as-guest"), "microsoft-managed"),
            (("--snapshot", "nope.snapshot", "--as-guest"), "nope.snapshot"),
            ((*READY, "--classify", "Mail.Sent"), "the nearest name is Mail.Send"),
            ((*READY, "--classify", "User.Read.All"), "only an administrator"),
            ((*READY, "--classify", "x\x1b[2J\ny"), "cannot be read"),
            ((*READY, "--assign", "$(touch x)"), "give a policy's id"),
            ((*READY, "--unassign", "nope"), "assigned for user consent: microsoft-user-default-"),
            (
                ("--sample", "partly-unreadable", "--profile=sophiie", "--grant=Mail.Send"),
                "Directory.Read.All lets it be read",
            ),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_is_told_in_one_line(
        self, tmp_path: Path, arguments: tuple[str, ...], said: str
    ) -> None:
        ended = what_if(tmp_path, *arguments)
        assert ended.code == 2
        assert said in told(ended)
        assert told(ended).isprintable()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--workflow", "maybe"), "'maybe'"),
            (("--tenant", "t"), "No such option"),
            (("--classify",), "requires an argument"),
        ],
    )
    def test_is_told_by_click(self, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
        ended = what_if(tmp_path, *READY, *arguments)
        assert ended.code == 2
        assert said in ended.lines[-1]


def test_shell_completes_its_options(tmp_path: Path) -> None:
    words = "consent-auditor what-if --sample ready --cl"
    environment = {
        "_CONSENT_AUDITOR_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    assert run(environment, cwd=tmp_path).out == b"plain,--classify\n"
