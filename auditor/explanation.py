"""Joins an error that a person met with what is known of it, and with what holds in a tenant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.errors import UsageError
from auditor.model.decision import Decision, Reason
from auditor.model.report import Report
from auditor.pasted_error import PastedError
from auditor.pasted_link import PastedLink
from auditor.sign_in_errors import Cause, ErrorCode

_NAMED = 5
"""How many unknown codes a message names."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One code of the text."""

    code: str
    error: ErrorCode


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the text is about, and the tenant if there is one."""

    pasted: PastedError
    codes: tuple[Explained, ...]
    """At least one."""
    unknown: tuple[str, ...]
    """Codes of the text that the table does not have; the first few."""
    report: Report | None = None
    link: PastedLink | None = None
    """The link of the text, or beside it."""


def explanation(pasted: PastedError, table: Mapping[str, ErrorCode]) -> Explanation:
    """Look up every code of a text.

    Raises:
        UsageError: Not one of them is known.
    """
    known = tuple(Explained(one, table[one]) for one in pasted.codes if one in table)
    unknown = tuple(one for one in pasted.codes if one not in table)[:_NAMED]
    if not known:
        raise UsageError(
            f"{', '.join(unknown)}: not a code that this program knows: compare it with the error "
            "text, or look it up on Microsoft's page of sign-in error codes"
        )
    return Explanation(pasted, known, unknown)


def shown_by(cause: Cause, decision: Decision) -> tuple[Reason, ...]:
    """Return the reasons of a decision that show a cause; each code once."""
    found: dict[str, Reason] = {}
    for reason in _reasons(decision):
        if reason.code in cause.reasons:
            found.setdefault(reason.code, reason)
    return tuple(found.values())


def permissions_of(reason: Reason, decision: Decision) -> tuple[str, ...]:
    """Name the permissions that have a reason and stand in the way."""
    return tuple(
        one.asked.requirement.value
        for one in decision.permissions
        if not one.outcome.ready and reason.code in {each.code for each in one.reasons}
    )


def _reasons(decision: Decision) -> Iterator[Reason]:
    """Yield what decides first, then what stands in the way of single permissions."""
    yield from decision.reasons
    for one in decision.permissions:
        if not one.outcome.ready:
            yield from one.reasons
