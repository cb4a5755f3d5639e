"""From the outcomes of single permissions to what is said of the whole request."""

from itertools import chain

from auditor.consent import explain
from auditor.consent.codes import REASONS
from auditor.model.decision import Outcome, PermissionDecision, Reason
from auditor.sign_in_errors import SignInErrors

_OF_PERMISSION = frozenset(
    {
        "permission-not-published",
        "permission-disabled",
        "scope-not-supported",
        "granted-tenant-wide",
        "granted-to-user",
        "admin-only-permission",
        "not-classified",
        "excluded-by-policy",
        "no-policy-covers",
        "allowed-by-policy",
    }
)
"""Reasons that speak of one permission; the others speak of the app, the person or the tenant."""

_NAMES = "\N{OBJECT REPLACEMENT CHARACTER}"


def summed_up(deciding: list[PermissionDecision]) -> tuple[Reason, ...]:
    """Join the reasons of all permissions; one code and text once, the most frequent first."""
    holders: dict[str, dict[str, list[str]]] = {}
    for one in deciding:
        for reason in one.reasons:
            texts = holders.setdefault(reason.code, {})
            texts.setdefault(reason.text, []).append(one.asked.requirement.value)
    order = tuple(REASONS)
    counts = {code: len(set(chain(*texts.values()))) for code, texts in holders.items()}
    ranked = sorted(holders, key=lambda code: (-counts[code], order.index(code)))
    return tuple(reason for code in ranked for reason in _one_code(code, holders[code]))


def _one_code(code: str, holders: dict[str, list[str]]) -> tuple[Reason, ...]:
    """Say once what is said of one permission each; keep what is said of the app as it is."""
    names = list(dict.fromkeys(chain(*holders.values())))
    if code not in _OF_PERMISSION or len(holders) == 1:
        return tuple(Reason(code, text) for text in holders)
    shapes = {text.replace(holder[0], _NAMES) for text, holder in holders.items()}
    if len(shapes) == 1 and _NAMES in (shape := shapes.pop()):
        return (Reason(code, shape.replace(_NAMES, explain.listed(names))),)
    return (Reason(code, f"{explain.listed(names)}: {REASONS[code]}"),)


def predicted_error(
    outcome: Outcome, reasons: tuple[Reason, ...], errors: SignInErrors, *, offered: bool | None
) -> str | None:
    """Name the error of the dead end; None where there is none, or it is not known which."""
    codes = [reason.code for reason in reasons]
    if outcome is Outcome.BLOCKED:
        return next((errors.blocked[code] for code in codes if code in errors.blocked), None)
    if outcome is not Outcome.ADMIN_APPROVAL_REQUIRED or offered is None:
        return None
    if offered:
        return errors.workflow_on
    return errors.risky_workflow_off if codes == ["risky-app"] else errors.workflow_off
