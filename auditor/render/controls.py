"""Arranges controls of baselines: as the tenant is, and what a plan moves."""

from auditor.model.baseline import ControlAnswer, ControlResult, Verdict
from auditor.model.plan import ControlMove, Plan
from auditor.render import words
from auditor.render.clean import clean, clean_sentence
from auditor.render.shown import ControlGroup, ControlView, MoveGroup, MoveView
from auditor.render.words import Label, Tone


def control_groups(results: tuple[ControlResult, ...]) -> tuple[ControlGroup, ...]:
    """Group controls by what their text says; those that are met are folded."""
    groups = []
    for answer, label in words.CONTROLS.items():
        members = tuple(_control(item) for item in results if item.text.answer is answer)
        if members:
            folded = answer is ControlAnswer.MET
            title, brief = _group_title(label, members), _in_brief(members)
            groups.append(ControlGroup(label, title, folded, members, brief))
    return tuple(groups)


def control_name(result: ControlResult) -> str:
    """Name a control with its baseline, such as ``MS.AAD.5.2v1 (CISA SCuBA)``."""
    return f"{clean(result.control)} ({clean(result.baseline_name)})"


def move_groups(plan: Plan) -> tuple[MoveGroup, ...]:
    """Return the controls that a plan moves, bad news first; no group is empty."""
    groups = (
        ("Controls it breaks", Tone.BAD, _text_move, plan.breaks),
        ("Controls not met that it goes further against", Tone.CAUTION, _text_move, plan.worsens),
        ("Controls it fixes", Tone.GOOD, _text_move, plan.fixes),
        ("What other tools will print instead", Tone.NEUTRAL, _tool_move, plan.tool_moves),
    )
    return tuple(
        MoveGroup(title, tone, tuple(map(view, moves)), _by_baseline(moves))
        for title, tone, view, moves in groups
        if moves
    )


def against(plan: Plan) -> str:
    """Say in a few words which controls a plan breaks, or takes further from being met."""
    parts = (
        ("It breaks", plan.breaks),
        ("It goes further against", plan.worsens),
    )
    return " ".join(f"{head} {_by_baseline(moves)}." for head, moves in parts if moves)


def _by_baseline(moves: tuple[ControlMove, ...]) -> str:
    """Name controls, such as ``CIS: 5.1.5.1, 5.1.5.2; CISA SCuBA: MS.AAD.5.2v1``."""
    names: dict[str, list[str]] = {}
    for move in moves:
        names.setdefault(clean(move.after.baseline_name), []).append(clean(move.after.control))
    return "; ".join(f"{baseline}: {', '.join(ids)}" for baseline, ids in names.items())


def _text_move(move: ControlMove) -> MoveView:
    answers = move.before.text.answer, move.after.text.answer
    before, after = (words.CONTROLS[answer] for answer in answers)
    verdict = _differs(move.after)
    remark = clean_sentence(f"{_prints(move.after)}. {verdict.why}") if verdict else ""
    return _move(move, before, after, remark)


def _tool_move(move: ControlMove) -> MoveView:
    before, after = (_printed(result) for result in (move.before, move.after))
    text = words.CONTROLS[move.after.text.answer].word.lower()
    remark = clean_sentence(f"This is what {move.after.tool} prints; its text stays {text}.")
    return _move(move, before, after, remark)


def _move(move: ControlMove, before: Label, after: Label, remark: str) -> MoveView:
    title = clean_sentence(move.after.title)
    because = tuple(map(clean_sentence, move.because))
    return MoveView(control_name(move.after), title, before, after, remark, because)


def _printed(result: ControlResult) -> Label:
    verdict = result.tool_verdict
    return words.PRINTS[verdict.answer if verdict else ControlAnswer.SKIPPED]


def _differs(result: ControlResult) -> Verdict | None:
    """Return the tool's verdict where it is not that of the text."""
    verdict = result.tool_verdict
    return verdict if verdict and verdict.answer is not result.text.answer else None


def _prints(result: ControlResult) -> str:
    verdict = _differs(result)
    if verdict is None:
        return ""
    return f"{clean(result.tool)} prints: {words.PRINTS[verdict.answer].word.lower()}"


def _control(result: ControlResult) -> ControlView:
    verdict = _differs(result)
    return ControlView(
        name=control_name(result),
        title=clean_sentence(result.title),
        asks=clean_sentence(result.asks),
        answer=words.CONTROLS[result.text.answer],
        why=clean_sentence(result.text.why),
        evidence=tuple(map(clean_sentence, result.text.evidence)),
        prints=_prints(result),
        prints_why=clean_sentence(verdict.why) if verdict else "",
    )


def _in_brief(members: tuple[ControlView, ...]) -> tuple[tuple[str, str], ...]:
    """Tell a reason once for all controls that have it."""
    names: dict[str, list[str]] = {}
    for item in members:
        said = f"{item.name}, but {item.prints}" if item.prints else item.name
        names.setdefault(item.why, []).append(said)
    return tuple((why, "; ".join(said)) for why, said in names.items())


def _group_title(label: Label, members: tuple[ControlView, ...]) -> str:
    title = f"{len(members)} {label.word.lower()}"
    differ = sum(bool(item.prints) for item in members)
    return f"{title} ({differ} of which a tool says something else)" if differ else title
