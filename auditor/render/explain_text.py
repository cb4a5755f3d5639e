"""What an error means, as text."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from auditor.explanation import Explained, Explanation, shown_by
from auditor.model.decision import Outcome
from auditor.model.report import Assessment, Report
from auditor.pasted_error import PastedError
from auditor.render.clean import clean, clean_sentence
from auditor.render.say import moment
from auditor.render.shown import AssessmentView
from auditor.render.terminal import headed, indented, listed, word, write_text
from auditor.render.view import view
from auditor.sign_in_errors import Owner

OWNERS = {
    Owner.TENANT_SETTING: "a consent setting of the tenant",
    Owner.VENDOR_REGISTRATION: "the app's registration or its request (the vendor)",
    Owner.TENANT_OBJECT: "an object of the tenant that is missing, disabled or not assigned",
    Owner.ACCESS_POLICY: "an access policy of the tenant",
    Owner.SECRET: "the app's secret or certificate",
    Owner.USER: "the user",
    Owner.MICROSOFT_SERVICE: "Microsoft's service",
}


def print_explanation(found: Explanation, stream: TextIO) -> None:
    """Write it to ``stream``, coloured if that is a terminal."""
    write_text(stream, lambda console: _print(console, found))


def _print(console: Console, found: Explanation) -> None:
    for one in found.codes:
        _print_code(console, one)
        console.print()
    if found.unknown:
        names = ", ".join(found.unknown)
        console.print(headed("Not known to this program:", names))
        console.print()
    if found.report:
        _print_tenant(console, found, found.report)
    console.print(headed("In the sign-in log:", _log(found.pasted)))


def _print_code(console: Console, one: Explained) -> None:
    error = one.error
    console.print(headed(one.code, error.name))
    console.print(indented(headed("Meaning:", error.meaning)))
    owners = ", or ".join(OWNERS[owner] for owner in error.belongs_to)
    console.print(indented(headed("Belongs to:", owners)))
    for head, lines in (
        ("Causes:", [cause.text for cause in error.causes]),
        ("What to do:", error.remedy),
    ):
        console.print(indented(headed(head, "")))
        rows = [(f"{number}.", text) for number, text in enumerate(lines, 1)]
        console.print(indented(listed(rows), 4))


def _log(pasted: PastedError) -> str:
    at = f"{pasted.time:%Y-%m-%d %H:%M:%S} UTC" if pasted.time else ""
    ids = [
        f"{name} {value}"
        for name, value in (
            ("correlation id", pasted.correlation_id),
            ("trace (request) id", pasted.trace_id),
        )
        if value
    ]
    if not ids and not at:
        return "the text names no correlation id and no time; the page's details have both"
    return f"look for {', '.join([*ids, *([at] if at else [])])}"


def _print_tenant(console: Console, found: Explanation, report: Report) -> None:
    shown = view(report)
    head = f"In {shown.tenant} ({shown.cloud} cloud, {moment(report.collected_at)})"
    console.print(Text(head, "bold"))
    for item, app in zip(report.assessments, shown.assessments, strict=True):
        doubt = f" ({app.doubt.lower()})" if app.doubt else ""
        console.print(indented(Text(app.question)))
        console.print(indented(Text.assemble(word(app.answer), f"{doubt}. {app.lead}"), 4))
        for one in found.codes:
            _print_holding(console, one, item)
        console.print(indented(headed("Recommended:", _recommended(item, app)), 4))
        if predicted := item.decision.predicted_error:
            console.print(indented(headed("Expected error:", predicted), 4))
        console.print()


def _print_holding(console: Console, one: Explained, item: Assessment) -> None:
    rows = [*_holding(one, item)]
    if not rows:
        console.print(indented(headed(f"{one.code}:", _nothing(one, item)), 4))
        return
    console.print(indented(headed(f"{one.code}, what holds here:", ""), 4))
    console.print(indented(listed(rows), 6))


def _holding(one: Explained, item: Assessment) -> Iterator[tuple[str, str]]:
    for number, cause in enumerate(one.error.causes, 1):
        reasons = shown_by(cause, item.decision)
        for reason in reasons:
            yield f"cause {number}:", f"{clean_sentence(reason.text)} ({reason.code})"


def _nothing(one: Explained, item: Assessment) -> str:
    if item.decision.outcome is Outcome.UNKNOWN:
        return "what decides could not be found out here, so no cause is shown or ruled out"
    unseen = [str(number) for number, cause in enumerate(one.error.causes, 1) if not cause.reasons]
    if not unseen:
        return "none of its causes holds in the tenant as it was read"
    rest = f"cause {', '.join(unseen)} cannot be seen in a tenant's settings"
    return f"none of its causes that can be read holds here; {rest}"


def _recommended(item: Assessment, app: AssessmentView) -> str:
    if item.decision.outcome.ready:
        return "nothing to change; users connect already"
    if app.plans:
        plan = app.plans[0]
        return f"{plan.title} (plan {clean(item.plans[0].id)}). {plan.summary}"
    steps = " ".join(f"{step.title}." for step in app.first_steps)
    return f"no plan could be proven. First: {steps}" if steps else "no plan could be proven"
