"""Published security baselines: what a control asks, and what the tool that checks it prints."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique

import msgspec


@unique
class ControlAnswer(StrEnum):
    """Whether a tenant fulfils a control."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"
    """A fact that it rests on could not be read."""
    SKIPPED = "skipped"
    """A tool's answer alone: it does not evaluate such a tenant."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer about one control and why."""

    answer: ControlAnswer
    why: str
    """One sentence."""
    evidence: tuple[str, ...] = ()
    """What the answer rests on, such as the permissions that are classified Low and should not."""


class Control(msgspec.Struct, frozen=True):
    """One control of a baseline, from its file."""

    id: str
    """The publisher's, such as ``MS.AAD.5.2v1``."""
    title: str
    asks: str
    """What its text demands, in our words."""
    rule: str
    """The predicate that evaluates the text (``auditor/baselines/rules.py``)."""
    level: str
    """The publisher's weight, such as ``SHALL`` or ``L2``; may be empty."""
    tool: str
    """The tool that people run for it; empty where there is none."""
    tool_rule: str
    """The predicate that answers as that tool does."""


class Baseline(msgspec.Struct, frozen=True):
    """One file of ``policies/baselines/``."""

    id: str
    name: str
    publisher: str
    version: str
    source: str
    """URL, or the name of the document."""
    retrieved: date
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class ControlResult:
    """One control's two answers about one tenant."""

    baseline: str
    """The baseline's id."""
    baseline_name: str
    control: str
    title: str
    asks: str
    text: Verdict
    tool: str
    """The tool's name; empty where there is none."""
    tool_verdict: Verdict | None
    """What the tool prints; None where there is none."""
