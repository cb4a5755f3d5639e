"""``audit --previous``: what changed since an earlier snapshot, on the command line."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor import __version__
from auditor.model.snapshot import Snapshot
from auditor.pipeline import read_sample
from auditor.samples import Sample, load_sample
from auditor.store import write_snapshot
from tests.fakes.live import SOFIE, Ended, options_of, requests_of, run_here
from tests.unit.sample_case import Json, changed, client_path

NO_PUBLISHER: Json = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}


def taken(sample: Sample | None = None, *, days: int = 0) -> Snapshot:
    found = read_sample(sample or load_sample("ready"), requests_of("ready", SOFIE))
    return replace(found, collected_at=found.collected_at + timedelta(days=days))


def kept(folder: Path, name: str, snapshot: Snapshot) -> str:
    write_snapshot(snapshot, folder / name, tool_version=__version__)
    return name


def audit(folder: Path, *more: str) -> Ended:
    asked = ["audit", "--snapshot", "now", *options_of("ready", SOFIE)]
    return run_here({}, *asked, *more, cwd=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with last week's snapshot, and one of now in which Sophiie is not verified."""
    sample = load_sample("ready")
    app = client_path(sample.variables["sophiie"]["app_id"])
    kept(tmp_path, "last-week", taken(days=-7))
    kept(tmp_path, "now", taken(changed(sample, app, {"verifiedPublisher": NO_PUBLISHER})))
    return tmp_path


def test_what_changed_stands_in_the_report_and_moves_no_verdict(folder: Path) -> None:
    ended = audit(folder, "--previous", "last-week", "--format", "json")
    report = json.loads(ended.out)
    found = {one["check"]: one for one in report["findings"]}
    lost = found["app-publishers-are-unchanged"]
    assert (ended.code, lost["outcome"], lost["severity"]) == (0, "not-met", "medium")
    assert "Sophiie" in lost["message"]
    assert found["consent-settings-are-unchanged"]["outcome"] == "met"
    without = json.loads(audit(folder, "--format", "json").out)
    assert without["assessments"] == report["assessments"]
    assert {one["outcome"] for one in without["findings"] if "unchanged" in one["check"]} == {
        "not-applicable"
    }


def test_the_same_time_is_early_enough(folder: Path) -> None:
    assert audit(folder, "--previous", "now").code == 0


@pytest.mark.parametrize("name", ["newer", "foreign", "no-snapshot", "missing", "."])
def test_another_file_is_the_users_mistake(folder: Path, name: str) -> None:
    kept(folder, "newer", taken(days=1))
    kept(folder, "foreign", read_sample(load_sample("consent-off"), requests_of("consent-off")))
    (folder / "no-snapshot").write_text("hello")
    ended = audit(folder, "--previous", name, "--save-snapshot", "copy", "--output", "out/")
    assert ended.code == 2
    assert ended.out == b""
    assert len(ended.lines) == 1
    assert not (folder / "copy").exists()
    assert not (folder / "out").exists()
    told = "--previous" if name in {"newer", "foreign"} else name
    assert told in ended.lines[0]
