"""Reports of all sample tenants: short enough for a ticket, with commands that can be run."""

from functools import cache
from html import unescape

import pytest

from auditor.model.decision import Outcome
from auditor.model.report import Report
from auditor.pipeline import make_report, read_sample
from auditor.render.text import render
from auditor.render.view import view
from auditor.samples import load_sample, sample_ids
from tests.unit.sample_case import request_of

TICKET = 32_000
"""Characters that every usual tracker takes."""
PAGE = 300_000
"""Bytes."""
PAGE_OF_ALL = 800_000
"""Bytes; each app has its own scripts."""
PROFILES = sorted(load_sample("ready").variables)


@cache
def report(sample_id: str, *profiles: str) -> Report:
    """Make the report of a sample as a run does."""
    sample = load_sample(sample_id)
    requests = tuple(request_of(sample, one) for one in profiles)
    return make_report(read_sample(sample, requests), requests)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("sample_id", sample_ids())
def test_a_report_for_one_app_fits_into_a_ticket(sample_id: str, profile: str) -> None:
    made = report(sample_id, profile)
    assert len(render(made, "markdown").decode()) < TICKET
    assert len(render(made, "html")) < PAGE


@pytest.mark.parametrize("sample_id", sample_ids())
def test_a_page_for_all_apps_stays_small(sample_id: str) -> None:
    assert len(render(report(sample_id, *PROFILES), "html")) < PAGE_OF_ALL


@pytest.mark.parametrize("sample_id", sample_ids())
def test_every_permission_is_told_once(sample_id: str) -> None:
    made = report(sample_id, *PROFILES)
    for app, item in zip(view(made).assessments, made.assessments, strict=True):
        told = [group.shown_for or group.label for group in app.traces]
        for one in item.decision.permissions:
            name = one.asked.requirement.value
            words = [text.replace(";", " ").replace(",", " ").split() for text in told]
            named = sum(name in [part.rstrip(".") for part in text] for text in words)
            assert named == bool(one.trace or one.missing)


@pytest.mark.parametrize("sample_id", sample_ids())
def test_scripts_stand_whole_in_both_reports(sample_id: str) -> None:
    made = report(sample_id, "sophiie")
    page = unescape(render(made, "html").decode())
    source = render(made, "markdown").decode()
    for app in view(made).assessments:
        for plan in app.plans:
            assert bool(plan.dialects) == (plan == app.plans[0] and plan.command != "")
            for dialect in plan.dialects:
                assert all(script.content in page for script in dialect.scripts)
        for dialect in (one for plan in app.plans for one in plan.dialects if one.id == "http"):
            assert all(f"```http\n{script.content}\n```\n" in source for script in dialect.scripts)


def test_permissions_that_were_decided_alike_are_told_together() -> None:
    groups = view(report("microsoft-managed", "uipath-microsoft-365")).assessments[0].traces
    first = next(group for group in groups if group.shown_for)
    assert first.label.startswith("How User.Read, offline_access and ")
    assert first.shown_for.startswith(
        "Told for User.Read; the same goes for offline_access, openid"
    )


def test_the_words_of_a_trace_do_not_mislead() -> None:
    groups = view(report("microsoft-managed", "uipath-microsoft-365")).assessments[0].traces
    steps = [step for group in groups for step in group.steps]
    words = {(step.terms.count(" → "), step.result.word) for step in steps}
    assert {(3, "Fits"), (3, "Does not fit"), (1, "Allows"), (1, "Does not allow")} <= words
    assert {word for depth, word in words if depth == 3} == {"Fits", "Does not fit"}
    refusal = next(step for step in steps if step.text.endswith("to administrators."))
    assert refusal.result.word == "Decides"


def test_an_open_answer_says_its_reason_once() -> None:
    for sample_id in sample_ids():
        for app in view(report(sample_id, *PROFILES)).assessments:
            said = [reason.text for reason in app.reasons]
            assert not [one for one in app.caveats if any(one in text for text in said)]
            assert app.doubt == "" or app.caveats or app.answer.word != "Unknown"


def test_an_unknown_step_is_open() -> None:
    groups = view(report("partly-unreadable", "sophiie")).assessments[0].traces
    steps = [step for group in groups for step in group.steps]
    assert "Open" in {step.result.word for step in steps}
    made = report("partly-unreadable", "sophiie")
    assert made.assessments[0].decision.outcome is Outcome.UNKNOWN
