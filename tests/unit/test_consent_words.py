"""Codes and sentences."""

import ast
import os
from pathlib import Path

import pytest

from auditor import consent
from auditor.consent import explain
from auditor.consent.codes import CAVEATS, REASONS
from auditor.model.decision import Answer
from auditor.model.fact import Unknown, Why
from auditor.samples import load_sample
from tests.unit.test_consent_samples import decisions

GOLDEN = Path(__file__).parents[1] / "golden" / "sentences.txt"
SAMPLES = ("ready", "microsoft-managed", "partly-unreadable")


def words_of_the_source() -> set[str]:
    """Every text constant of the package that looks like a code."""
    (folder,) = consent.__path__
    found = set()
    for file in Path(folder).glob("*.py"):
        if file.name != "codes.py":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {one for one in found if isinstance(one, str)}


def given_codes() -> set[str]:
    """Codes that the source hands on: to Reason, because, _failed, and as a caveat."""
    (folder,) = consent.__path__
    found = set()
    for file in Path(folder).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = {"Reason": 0, "_failed": 0, "because": 1}.get(node.func.id)
            texts = [node.args[place]] if place is not None else []
            texts += [word.value for word in node.keywords if word.arg == "caveat"]
            found |= {one.value for one in texts if isinstance(one, ast.Constant)}
    return {one for one in found if isinstance(one, str)}


def test_every_code_is_used_and_every_used_code_is_listed() -> None:
    listed = {*REASONS, *CAVEATS}
    assert listed <= words_of_the_source()
    assert given_codes() <= listed


@pytest.mark.parametrize("text", [*REASONS.values(), *CAVEATS.values()])
def test_meanings_are_sentences(text: str) -> None:
    assert text[0].isupper()
    assert text.endswith(".")


def sentences() -> str:
    lines = []
    for sample in SAMPLES:
        for profile in sorted(load_sample(sample).variables):
            decision = decisions(sample, "")[profile]
            lines.append(f"== {sample} / {profile}: {decision.outcome}")
            lines += [f"   {why.code}: {why.text}" for why in decision.reasons]
            lines += [f"   {check.name}: {check.text}" for check in decision.registration]
            steps = [step for one in decision.permissions for step in one.trace]
            shown = dict.fromkeys(f"      {step.result:7} {step.text}" for step in steps)
            lines += shown
    return "\n".join(lines) + "\n"


def test_the_sentences_of_three_samples() -> None:
    found = sentences()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "wanted", "found", "answer", "text"),
    [
        ("permissions", "all", "Mail.Read", Answer.YES, "It covers every permission."),
        ("permissions", "a, b, c, d, e", "x", Answer.NO,
         "It names 5 permissions; x is not among them."),
        ("permissions", "a", "x", Answer.YES, "It names 1 permission; x is among them."),
        ("permissions", "a", "x", Answer.UNKNOWN,
         "It names 1 permission; whether that fits could not be decided (x)."),
        ("resourceApplication", "00000002-0000-0ff1-ce00-000000000000",
         "00000003-0000-0000-c000-000000000000", Answer.NO,
         "It is for Office 365 Exchange Online; this is a permission of Microsoft Graph."),
        ("clientApplicationPublisherIds", "1, 2", "verified (3)", Answer.NO,
         "It is for apps of the publishers 1 and 2; found: verified (3)."),
        ("clientApplicationIds", "none", "x", Answer.NO,
         "It names 0 client apps; x is not among them."),
        ("permissionType", "all", "x", Answer.UNKNOWN,
         "It is for permissions of the type all; whether that fits could not be decided (x)."),
    ],
)  # fmt: skip
def test_conditions(name: str, wanted: str, found: str, answer: Answer, text: str) -> None:
    assert explain.condition(name, wanted, found, answer) == text


@pytest.mark.parametrize(
    ("why", "request_", "needs", "text"),
    [
        (Why.REFUSED, "GET /x", ("A", "B"), "It: Graph refused to give it; A or B lets it be read."),
        (Why.REFUSED, "GET /x", (), "It: Graph refused to give it."),
        (Why.NOT_ASKED, "--y", (), "It: not known (so). --y settles it."),
        (Why.NOT_ASKED, "", (), "It: not known (so)."),
        (Why.NOT_ASKED, "GET /x", ("A",), "It: it was not collected; collect again for this app and person."),
        (Why.MALFORMED, "", (), "It: so."),
        (Why.FAILED, "GET /x", ("A",), "It: it could not be read (so)."),
        (Why.NOT_LICENSED, "GET /x", ("A",), "It: the tenant lacks a licence for it."),
        (Why.NOT_IN_CLOUD, "GET /x", ("A",), "It: this cloud does not have it."),
    ],
)  # fmt: skip
def test_missing_facts(why: Why, request_: str, needs: tuple[str, ...], text: str) -> None:
    assert explain.missing(Unknown("It", why, "s", request_, needs, "so.")) == text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c", "d"], "a, b, c and d"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
    ],
)
def test_lists(names: list[str], text: str) -> None:
    assert explain.listed(names) == text
