"""Golden reports of every sample tenant: whatever changes in them is meant to."""

import os
from io import StringIO
from pathlib import Path

import pytest

from auditor.cli.demo import sample_requests
from auditor.model.profile import ConsentRequest
from auditor.model.report import Report
from auditor.pipeline import make_report, read_sample
from auditor.render.plan_text import print_plans
from auditor.render.text import render
from auditor.samples import Sample, load_sample, load_sample_file, sample_ids

GOLDEN = Path(__file__).parents[1] / "golden" / "samples"
HOSTILE = Path(__file__).parents[1] / "samples" / "hostile.json"


def sample_of(name: str) -> Sample:
    return load_sample_file(HOSTILE) if name == "hostile" else load_sample(name)


def reported(sample: Sample, requests: list[ConsentRequest]) -> Report:
    return make_report(read_sample(sample, requests), requests)


def assert_golden(name: str, content: bytes) -> None:
    """Compare with the file; UPDATE_GOLDEN=1 writes it anew."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert content == path.read_bytes()


@pytest.mark.parametrize("name", [*sample_ids(), "hostile"])
def test_report_of_one_profile(name: str) -> None:
    sample = sample_of(name)
    report = reported(sample, sample_requests(sample, ("sophiie",)))
    assert_golden(f"{name}.md", render(report, "markdown"))


@pytest.mark.parametrize("name", [*sample_ids(), "hostile"])
def test_plans_of_every_profile(name: str) -> None:
    sample, stream = sample_of(name), StringIO()
    print_plans(reported(sample, sample_requests(sample)), None, stream)
    assert_golden(f"{name}-plans.txt", stream.getvalue().encode())
