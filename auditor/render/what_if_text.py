"""What some changes move, as text."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

from auditor.model.baseline import ControlAnswer, Verdict
from auditor.model.decision import Certainty, Decision, Outcome, PermissionDecision
from auditor.model.plan import ControlMove
from auditor.model.what_if import DecidedMove, VerdictMove, WhatIf
from auditor.render import words
from auditor.render.clean import clean, clean_sentence
from auditor.render.controls import control_name
from auditor.render.say import caveat, moment, plural
from auditor.render.terminal import arrow, headed, indented, listed, word, write_text
from auditor.render.words import Label, Tone

_REASONS = 3
_NOT_ASKED = Label("Not asked for", Tone.NEUTRAL)
_ABSENT = Label("None", Tone.NEUTRAL)


def print_what_if(found: WhatIf, stream: TextIO) -> None:
    """Write what was supposed and what moves to ``stream``, coloured if it is a terminal."""
    write_text(stream, lambda console: _print(console, found))


def _print(console: Console, found: WhatIf) -> None:
    tenant = clean(found.tenant_name or found.tenant_id or "a tenant that gave no name")
    head = f"{tenant} ({words.CLOUDS[found.cloud]} cloud, {moment(found.collected_at)})"
    console.print(Text(head, "bold"))
    console.print()
    console.print(Text("Supposed", "bold"))
    for number, sentence in enumerate(found.supposed, 1):
        console.print(indented(listed([(f"{number}.", clean_sentence(sentence))])))
    console.print()
    if not found.moves:
        console.print("Nothing moves: every verdict and every control stays as it is.")
        return
    for move in found.verdicts:
        _print_verdict(console, move)
    console.print()
    _print_controls(console, found.controls)


def _print_verdict(console: Console, move: VerdictMove) -> None:
    before, after = (words.ANSWERS[one.outcome] for one in (move.before, move.after))
    name = f"{clean(move.request.name)}: "
    rest = "." if move.moves else "; nothing moves."
    console.print(Text.assemble((name, "bold"), arrow(before, after), rest))
    for head, text in _said(move):
        console.print(indented(headed(head, text)))
    _print_permissions(console, move)


def _said(move: VerdictMove) -> Iterator[tuple[str, str]]:
    """Say what differs of the whole answer; the outcome itself stands before it."""
    if _told(move.before) != _told(move.after):
        yield "Then:", _told(move.after)
    reasons = move.after.reasons
    if reasons != move.before.reasons:
        yield "Why then:", _shortened([clean_sentence(one.text) for one in reasons])
    if move.before.caveats != move.after.caveats:
        yield "Open:", " ".join(map(caveat, move.after.caveats)) or "Nothing any more."
    errors = [one.predicted_error for one in (move.before, move.after)]
    if errors[0] != errors[1]:
        yield "Error that users meet:", " → ".join(clean(one or "none") for one in errors)


def _told(decision: Decision) -> str:
    doubt = "Probably. " if decision.certainty is Certainty.PROBABLE else ""
    offer = ""
    if decision.outcome is Outcome.ADMIN_APPROVAL_REQUIRED:
        offer = f" {words.WORKFLOW[decision.workflow_offered]}"
    return f"{doubt}{words.LEADS[decision.outcome]}{offer}"


def _shortened(sentences: list[str]) -> str:
    rest = len(sentences) - _REASONS
    more = [f"And {plural(rest, 'more reason')}."] if rest > 0 else []
    return " ".join((*sentences[:_REASONS], *more))


def _print_permissions(console: Console, move: VerdictMove) -> None:
    """List the permissions that move, alike ones together; count those that stay otherwise."""
    groups: dict[tuple[Label, Label], list[str]] = {}
    same: Counter[Label] = Counter()
    for one in move.permissions:
        before, after = _label(one.before), _label(one.after)
        if before == after:
            same[after] += 1
        else:
            groups.setdefault((before, after), []).append(_name(one))
    for (before, after), names in groups.items():
        row = Text.assemble(arrow(before, after), f": {', '.join(names)}")
        console.print(indented(listed([("-", row)])))
    for label, number in same.items():
        row = Text.assemble(word(label), f" as before, for another reason: {_count(number)}")
        console.print(indented(listed([("-", row)])))


def _count(number: int) -> str:
    return plural(number, "permission")


def _name(move: DecidedMove) -> str:
    return clean(move.requirement.value)


def _label(one: PermissionDecision | None) -> Label:
    if one is None:
        return _NOT_ASKED
    label = words.OUTCOMES[one.outcome]
    if one.certainty is Certainty.CERTAIN or one.outcome is Outcome.UNKNOWN:
        return label
    return Label(f"{label.word} (probably)", label.tone)


def _print_controls(console: Console, moves: tuple[ControlMove, ...]) -> None:
    if not moves:
        console.print("No control of any baseline moves.")
        return
    console.print(Text(f"Controls that move: {len(moves)}", "bold"))
    for move in moves:
        name = Text.assemble((control_name(move.after), "bold"), f": {_title(move)}")
        console.print(indented(name))
        for head, row in _control_rows(move):
            console.print(indented(listed([(f"{head}:", row)]), 4))


def _title(move: ControlMove) -> str:
    return clean_sentence(move.after.title)


def _control_rows(move: ControlMove) -> Iterator[tuple[str, Text]]:
    before, after = move.before, move.after
    yield "Its text", _moved(before.text, after.text, words.CONTROLS)
    if after.tool_verdict or before.tool_verdict:
        tool = f"{clean(after.tool)} prints"
        yield tool, _moved(before.tool_verdict, after.tool_verdict, words.PRINTS)
    if move.because:
        yield "Now against it", Text(clean_sentence(", ".join(move.because)))


def _moved(
    before: Verdict | None, after: Verdict | None, labels: Mapping[ControlAnswer, Label]
) -> Text:
    old, new = (labels[one.answer] if one else _ABSENT for one in (before, after))
    why = clean_sentence(after.why) if after else ""
    return Text.assemble(arrow(old, new), f". {why}")
