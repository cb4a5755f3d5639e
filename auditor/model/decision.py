"""What a user meets, and why."""

from dataclasses import dataclass
from enum import StrEnum, unique

import msgspec

from auditor.model.fact import Unknown
from auditor.model.profile import Asked


@unique
class Outcome(StrEnum):
    """What a user meets. The order is from worst to best; the worst permission decides."""

    BLOCKED = "blocked"
    ADMIN_APPROVAL_REQUIRED = "admin-approval-required"
    UNKNOWN = "unknown"
    USER_CAN_CONSENT = "user-can-consent"
    NO_PROMPT = "no-prompt"

    @property
    def ready(self) -> bool:
        """Users connect without an administrator."""
        return self in {Outcome.USER_CAN_CONSENT, Outcome.NO_PROMPT}


@unique
class Certainty(StrEnum):
    """``probable`` comes with caveats."""

    CERTAIN = "certain"
    PROBABLE = "probable"


@unique
class Answer(StrEnum):
    """A question's answer, in Kleene's three values."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a stable code (``consent/codes.py``) and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that was looked at on the way to an outcome."""

    rule: str
    """The question, such as ``tenant-wide-grant`` or ``app-consent-policy``."""
    subject: str
    """What it was asked of: a policy id, an app ID, a permission."""
    condition_set: str
    """``include 1`` or ``exclude 2`` with the set's id; empty outside policies."""
    condition: str
    """The condition's Graph name; empty for the rule's own result."""
    wanted: str
    found: str
    result: Answer
    text: str
    """The same as a sentence for an administrator."""


@dataclass(frozen=True, slots=True)
class PermissionDecision:
    """One permission's outcome."""

    asked: Asked
    id: str | None
    """The permission's id on the resource, where the tenant publishes it."""
    outcome: Outcome
    certainty: Certainty
    caveats: tuple[str, ...]
    """Caveat codes, sorted."""
    reasons: tuple[Reason, ...]
    """At least one; the deciding one first."""
    trace: tuple[TraceStep, ...]
    missing: tuple[Unknown, ...]
    """The facts that would settle an unknown outcome."""


class RegistrationCheck(msgspec.Struct, frozen=True):
    """One demand on an app registration."""

    name: str
    """``redirect-uri``, ``audience``, ``credential``, ``declared-permissions`` …"""
    answer: Answer
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the person of a request meets."""

    outcome: Outcome
    certainty: Certainty
    caveats: tuple[str, ...]
    reasons: tuple[Reason, ...]
    """The most important first; the report shows three."""
    workflow_offered: bool | None
    """The dead end offers "Request approval"; None when that could not be found out."""
    predicted_error: str | None
    """Such as ``AADSTS90094``."""
    permissions: tuple[PermissionDecision, ...]
    registration: tuple[RegistrationCheck, ...]
