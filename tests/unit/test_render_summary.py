"""The terminal summary is short, safe and fits."""

import io
from dataclasses import replace

from auditor.model.report import Report, Severity
from auditor.render.summary import print_summary
from tests.unit import report_fixture as fixture


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def summary(report: Report) -> str:
    """Print to a stream that is no terminal."""
    stream = io.StringIO()
    print_summary(report, stream)
    return stream.getvalue()


def test_it_says_answer_reasons_next_step_and_gaps() -> None:
    text = summary(fixture.several())
    flat = " ".join(text.split())
    for part in (
        "Can users connect Northwind Mail Sync without admin approval?",
        "Not yet. Sign-in stops",
        "Plan: Consent to this one app for everybody",
        "1. Consent to 3 permissions for everybody, added to the consent that is there",
        "Reach: Northwind Mail Sync alone; every member of the tenant; standing access;",
        "2 alternatives: proven too",
        "(Sophiie's documented way). It breaks Microsoft's recommendations: low-permissions",
        "Next: Nothing to do.",
        "Next: Let this program read the app consent policies",
        "2. Switch on the admin consent workflow",
        "Not proven: Litware's documented way.",
        "Yes (probably yes).",
        "Blocked.",
        "Unknown.",
        "Admin consent workflow: refused; ConsentRequest.Read.All lets it be read",
    ):
        assert part in flat
    assert "A fourth reason" not in flat


def test_findings_that_are_not_met_are_named() -> None:
    report = fixture.several()
    text = " ".join(summary(report).split())
    assert "Findings about the tenant - High: The managed policy lets users consent to" in text
    assert "No assigned policy looks at classifications." not in text
    assert "Risk-based step-up consent is on." not in text
    slight = tuple(replace(one, severity=Severity.INFO) for one in report.findings)
    assert "Findings" not in summary(replace(report, findings=slight))


def test_no_colour_without_a_terminal_and_lines_fit() -> None:
    for report in (fixture.several(), fixture.hostile()):
        text = summary(report)
        assert "\x1b" not in text
        assert max(len(line) for line in text.splitlines()) <= 100
        assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_names_are_no_markup() -> None:
    text = " ".join(summary(fixture.hostile()).split())
    assert "[bold red]rich[/bold red] :smile:" in text
    assert "⟨U+001B⟩[31mred" in text


def test_colour_in_a_terminal_comes_from_us_alone() -> None:
    stream = Terminal()
    print_summary(fixture.hostile(), stream)
    assert "\x1b]8;" not in stream.getvalue()
    assert "\x07" not in stream.getvalue()
    assert "⟨U+001B⟩" in stream.getvalue()


def test_a_stream_with_few_characters_gets_escapes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    print_summary(fixture.hostile(), stream)
    stream.flush()
    assert b"\\u27e8U+202E\\u27e9" in raw.getvalue()
