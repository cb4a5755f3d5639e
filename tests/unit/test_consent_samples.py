"""Every sample tenant against the verdicts that were worked out by hand from the documents."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypedDict

import pytest

from auditor.catalog import load_profile, profile_ids
from auditor.cli.demo import sample_requests
from auditor.consent.decide import decide
from auditor.facts import derive
from auditor.model.decision import Certainty, Decision, Outcome
from auditor.model.profile import Asker, Publisher
from auditor.pipeline import read_sample
from auditor.samples import Sample, load_sample, load_sample_file, sample_ids
from tests.unit.consent_case import REFERENCES

TESTS = Path(__file__).parents[1]
EVERY_PROFILE = ("consent-off", "low-nothing-classified", "microsoft-managed")
"""Samples on which the verdict of every shipped profile was worked out."""


class Row(TypedDict, total=False):
    sample: str
    profile: str
    user: str
    outcome: str
    certainty: str
    error: str
    accept_also: list[str]
    permissions: dict[str, list[str]]
    probable: list[str]


class Shape(TypedDict):
    sample: dict[str, dict[str, bool | None]]
    case: list[Row]
    person: list[Row]
    people: dict[str, str]


def expected() -> Shape:
    text = (TESTS / "cases" / "expected.toml").read_text(encoding="utf-8")
    found: Shape = tomllib.loads(text)  # type: ignore[assignment]
    return found


EXPECTED = expected()
ROWS = [*EXPECTED["case"], *EXPECTED["person"]]


@cache
def sample(sample_id: str) -> Sample:
    if sample_id in sample_ids():
        return load_sample(sample_id)
    return load_sample_file(TESTS / "samples" / f"{sample_id}.json")


@cache
def decisions(sample_id: str, user: str) -> Mapping[str, Decision]:
    asker = Asker(user_id=EXPECTED["people"][user]) if user else Asker()
    requests = sample_requests(sample(sample_id), profile_ids(), asker)
    facts = derive(read_sample(sample(sample_id), requests))
    return {one.profile_id: decide(facts, one, REFERENCES) for one in requests}


def name(row: Row) -> str:
    return "-".join((row["sample"], row["profile"], row.get("user", "anybody")))


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_verdict_of_a_sample(row: Row) -> None:
    decision = decisions(row["sample"], row.get("user", ""))[row["profile"]]
    assert decision.outcome == row["outcome"]
    if row["outcome"] != "unknown":
        assert decision.certainty == row["certainty"]
    assert decision.predicted_error == row.get("error")
    offered = EXPECTED["sample"][row["sample"]]["workflow_offered"]
    assert decision.workflow_offered is offered
    assert decision.reasons


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_verdict_of_every_permission(row: Row) -> None:
    decision = decisions(row["sample"], row.get("user", ""))[row["profile"]]
    found: dict[str, list[str]] = {}
    for one in decision.permissions:
        found.setdefault(one.outcome.value, []).append(one.asked.requirement.value)
    if "permissions" in row:
        assert {k: sorted(v) for k, v in found.items()} == {
            k: sorted(v) for k, v in row["permissions"].items()
        }
    elif "profile" in row and row["profile"] != "cyclr-office-365":
        assert set(found) == {row["outcome"]}
    probable = {
        one.asked.requirement.value
        for one in decision.permissions
        if one.certainty is Certainty.PROBABLE
    }
    if "probable" in row and row["certainty"] == "certain":
        assert probable == set(row["probable"])


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_every_verdict_says_why(row: Row) -> None:
    decision = decisions(row["sample"], row.get("user", ""))[row["profile"]]
    reasons = [*decision.reasons, *(why for one in decision.permissions for why in one.reasons)]
    sentences = [why.text for why in reasons]
    sentences += [step.text for one in decision.permissions for step in one.trace]
    for sentence in sentences:
        assert sentence.strip()
        assert "\n" not in sentence
        assert sentence[-1] == "."
    for one in decision.permissions:
        assert one.reasons
        assert one.trace
        assert bool(one.missing) <= (one.outcome == "unknown")
        assert len(set(one.trace)) == len(one.trace)


def test_every_sample_and_profile_has_a_row() -> None:
    pairs = {(row["sample"], row["profile"]) for row in EXPECTED["case"]}
    for sample_id in sample_ids():
        about = profile_ids() if sample_id in EVERY_PROFILE else sample(sample_id).variables
        assert {(sample_id, profile) for profile in about} <= pairs


@pytest.mark.parametrize("sample_id", [*sample_ids(), "hostile"])
def test_every_shipped_profile_is_decided_on_every_sample(sample_id: str) -> None:
    found = decisions(sample_id, "")
    assert tuple(found) == profile_ids()
    for profile_id, decision in found.items():
        asked = load_profile(profile_id)
        wanted = {
            (item.resource_app_id, item.value)
            for feature in asked.features
            if feature.required or feature.default
            for item in feature.permissions
        }
        made = [one.asked.requirement for one in decision.permissions]
        assert {(item.resource_app_id, item.value) for item in made} == wanted
        assert len(made) == len(wanted)
        assert decision.reasons
        if profile_id not in sample(sample_id).variables:
            # Nobody can be ready who asks for an app that the tenant has never met.
            assert not decision.outcome.ready
            codes = {why.code for why in decision.reasons}
            assert ("app-id-not-given" in codes) is (asked.app_id is None)


@pytest.mark.parametrize(
    ("publisher", "outcome"),
    [
        (Publisher.VERIFIED, Outcome.USER_CAN_CONSENT),
        (Publisher.UNVERIFIED, Outcome.ADMIN_APPROVAL_REQUIRED),
    ],
)
def test_a_named_mail_client_needs_no_administrator(publisher: Publisher, outcome: Outcome) -> None:
    """Microsoft documents that users may give the clients that it names the mail permissions.

    Probable alone: neither of the two policies covers everything that Thunderbird asks for.
    """
    (made,) = sample_requests(sample("microsoft-managed"), ("thunderbird",))
    made = replace(made, publisher=publisher)
    facts = derive(read_sample(sample("microsoft-managed"), [made]))
    decision = decide(facts, made, REFERENCES)
    assert (decision.outcome, decision.certainty) == (outcome, Certainty.PROBABLE)


@pytest.mark.parametrize("name", [*sample_ids(), "hostile"])
def test_a_decision_without_its_trace_is_the_same_otherwise(name: str) -> None:
    tenant = sample(name)
    requests = sample_requests(tenant)
    facts = derive(read_sample(tenant, requests))
    for request in requests:
        shown = decide(facts, request, REFERENCES)
        bare = tuple(replace(one, trace=()) for one in shown.permissions)
        assert any(one.trace for one in shown.permissions)
        assert decide(facts, request, REFERENCES, traced=False) == replace(shown, permissions=bare)
