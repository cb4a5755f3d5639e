"""Arranges how permissions were decided, told once for all that were decided alike."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple

import msgspec

from auditor.model.decision import Answer, PermissionDecision, TraceStep
from auditor.phrases import first_and_rest
from auditor.render import words
from auditor.render.clean import clean, clean_sentence
from auditor.render.shown import MissingView, PermissionView, TraceGroup, TraceView
from auditor.render.words import Label

_POLICY_RULE = "app-consent-policy"
_WIDEST = frozenset({"all", "any", "false"})
_NAMED = 2
"""Permissions that a label names before it counts."""


class _Told(msgspec.Struct, frozen=True):
    """One permission with its steps, caveats and missing facts, ready to be shown."""

    name: str
    id: str
    steps: tuple[TraceView, ...]
    caveats: tuple[str, ...]
    missing: tuple[MissingView, ...]


def trace_groups(
    decided: Sequence[PermissionDecision], shown: Sequence[PermissionView]
) -> tuple[TraceGroup, ...]:
    """Group permissions by their steps, in the order of the report.

    Args:
        decided: The permissions of one assessment.
        shown: The same, as they are shown.
    """
    groups: dict[tuple[object, ...], list[_Told]] = {}
    for item, view in zip(decided, shown, strict=True):
        told = _Told(view.value, item.id or "", _steps(item), view.caveats, view.missing)
        if told.steps or told.missing:
            groups.setdefault(_pattern(told), []).append(told)
    return tuple(_group(members) for members in groups.values())


def _pattern(told: _Told) -> tuple[object, ...]:
    """Return what is told without the permission that it is told about."""
    steps = tuple(
        (step.result, _without(told, step.text), _without(told, step.terms)) for step in told.steps
    )
    missing = tuple(
        tuple(_without(told, str(part)) for part in astuple(fact)) for fact in told.missing
    )
    return (steps, told.caveats, missing)


def _without(told: _Told, text: str) -> str:
    names = "|".join(re.escape(name) for name in (told.name, told.id) if name)
    return re.sub(rf"(?<![\w.-])(?:{names})(?![\w-]|\.\w)", "\0", text) if names else text


def _group(members: Sequence[_Told]) -> TraceGroup:
    first, *others = (one.name for one in members)
    steps = members[0].steps
    count = f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
    verb = "were" if others else "was"
    return TraceGroup(
        label=f"How {_names([first, *others])} {verb} decided: {count}",
        shown_for=f"Told for {first}; the same goes for {', '.join(others)}." if others else "",
        steps=steps,
        caveats=members[0].caveats,
        missing=members[0].missing,
    )


def _names(names: Sequence[str]) -> str:
    return first_and_rest(names, _NAMED) if len(names) > _NAMED else " and ".join(names)


def _steps(item: PermissionDecision) -> tuple[TraceView, ...]:
    asked: Iterable[TraceStep] = (step for step in item.trace if not _is_open_to_all(step))
    return tuple(_step(step, item.asked.requirement.value) for step in asked)


def _step(step: TraceStep, permission: str) -> TraceView:
    label = step.condition_set.partition(" (")[0]
    where = (step.rule, step.subject, label, step.condition)
    terms = " → ".join(clean(part) for part in where if part)
    return TraceView(_result(step, permission), clean_sentence(step.text), terms)


def _result(step: TraceStep, permission: str) -> Label:
    if step.condition:
        return words.CONDITION_RESULTS[step.result]
    if step.rule == _POLICY_RULE and step.subject != permission:
        return words.POLICY_RESULTS[step.result]
    return words.RULE_RESULTS[step.result]


def _is_open_to_all(step: TraceStep) -> bool:
    """Say whether a condition limits nothing; the JSON report lists those too."""
    return step.result is Answer.YES and step.wanted in _WIDEST
