"""What an error means, as text."""

from typing import TextIO

from rich.console import Console
from rich.text import Text

from auditor.explanation import Explanation
from auditor.render.explain_view import CodeView, ExplainView, HeldApp, HeldCode, explain_view
from auditor.render.shown import View
from auditor.render.terminal import headed, indented, listed, word, write_text


def print_explanation(found: Explanation, stream: TextIO) -> None:
    """Write it to ``stream``, coloured if that is a terminal."""
    shown = explain_view(found)
    write_text(stream, lambda console: _print(console, shown))


def _print(console: Console, shown: ExplainView) -> None:
    for one in shown.codes:
        _print_code(console, one)
        console.print()
    if shown.unknown:
        console.print(headed("Not known to this program:", ", ".join(shown.unknown)))
        console.print()
    for name, value in shown.link:
        console.print(headed(f"{name}:", value))
    if shown.link:
        console.print()
    if shown.report:
        _print_tenant(console, shown, shown.report)
    console.print(headed("In the sign-in log:", shown.log))


def _print_code(console: Console, one: CodeView) -> None:
    console.print(headed(one.code, one.name))
    console.print(indented(headed("Meaning:", one.meaning)))
    console.print(indented(headed("Belongs to:", one.owners)))
    for head, lines in (
        ("Causes:", [text for text, _ in one.causes]),
        ("What to do:", one.remedy),
    ):
        console.print(indented(headed(head, "")))
        rows = [(f"{number}.", text) for number, text in enumerate(lines, 1)]
        console.print(indented(listed(rows), 4))


def _print_tenant(console: Console, shown: ExplainView, report: View) -> None:
    head = f"In {report.tenant} ({report.cloud} cloud, {report.collected})"
    console.print(Text(head, "bold"))
    if report.share_safe:
        console.print(Text(report.share_safe))
    for one in shown.apps:
        _print_app(console, one)
        console.print()


def _print_app(console: Console, one: HeldApp) -> None:
    app = one.app
    doubt = f" ({app.doubt.lower()})" if app.doubt else ""
    console.print(indented(Text(app.question)))
    console.print(indented(Text.assemble(word(app.answer), f"{doubt}. {app.lead}"), 4))
    for code in one.codes:
        _print_holding(console, code)
    for text in one.compared:
        console.print(indented(headed("Compared with the link:", text), 4))
    console.print(indented(headed("Recommended:", one.recommended), 4))
    if one.predicted:
        console.print(indented(headed("Expected error:", one.predicted), 4))


def _print_holding(console: Console, one: HeldCode) -> None:
    if one.nothing:
        console.print(indented(headed(f"{one.code}:", one.nothing), 4))
        return
    console.print(indented(headed(f"{one.code}, what holds here:", ""), 4))
    rows = [(f"cause {each.cause}:", f"{each.text} ({each.code})") for each in one.holdings]
    console.print(indented(listed(rows), 6))
