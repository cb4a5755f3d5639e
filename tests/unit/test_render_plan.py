"""Plans as text and Markdown: complete, safe with hostile names, fit for a terminal."""

import io
import json
from dataclasses import replace

import jsonschema
import pytest
from markdown_it import MarkdownIt

from auditor.model.report import Report
from auditor.render.plan_json import render_plans_json
from auditor.render.plan_markdown import render_plans_markdown
from auditor.render.plan_text import print_plans
from auditor.resources import resource
from tests.unit import report_fixture as fixture

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table"])


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def text(report: Report, number: int | None = None) -> str:
    stream = io.StringIO()
    print_plans(report, number, stream)
    return stream.getvalue()


def attack(name: str) -> Report:
    report = fixture.single()
    tenant = fixture.HOSTILE[name]
    return replace(report, tenant_name=tenant, assessments=(fixture.attack(tenant),))


def test_one_plan_says_everything() -> None:
    report = fixture.single()
    (item,) = report.assessments
    for number, plan in enumerate(item.plans, 1):
        flat = " ".join(text(report, number).split())
        for step in plan.steps:
            said = [one for one in (step.title, step.why, step.wait, step.check, step.undo) if one]
            assert [one for one in said if " ".join(one.split()) not in flat] == []
        assert " ".join(plan.for_user.split()) in flat
        assert f"Id: {plan.id}" in flat


def test_several() -> None:
    shown = text(fixture.several())
    assert "Not proven: " in shown
    assert "Nothing to do." in shown
    assert "No plan could be proven." in shown


@pytest.mark.parametrize("number", [None, 1])
@pytest.mark.parametrize("name", sorted(fixture.HOSTILE))
class TestHostile:
    def test_text(self, name: str, number: int | None) -> None:
        shown = text(attack(name), number)
        assert all(one.isprintable() for one in shown.replace("\n", "").replace("\t", ""))
        assert "\x1b" not in shown

    def test_markdown(self, name: str, number: int | None) -> None:
        source = render_plans_markdown(attack(name), number).decode()
        kinds = {each.type for one in PARSER.parse(source) for each in (one, *(one.children or ()))}
        assert not kinds & {"html_block", "html_inline", "image"}

    def test_json(self, name: str, number: int | None) -> None:
        schema = json.loads(resource("reports", "json", "plan-v1.schema.json").read_bytes())
        found = json.loads(render_plans_json(attack(name), number, ()))
        jsonschema.Draft202012Validator(schema).validate(found)


def test_terminal_has_colours_and_the_same_words() -> None:
    stream = Terminal()
    print_plans(fixture.single(), None, stream)
    assert "\x1b[" in stream.getvalue()
    assert "\x1b[" not in text(fixture.single())


def test_stream_that_lacks_characters() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_plans(attack("rtl"), 1, stream)
    stream.flush()
    assert b"\\u0634" in stream.buffer.getvalue()
