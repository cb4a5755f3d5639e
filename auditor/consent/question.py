"""What a rule of the decision table is, and what it is asked about."""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from auditor.consent.case import Case, Target
from auditor.consent.logic import Opinion
from auditor.consent.policy import Coverage
from auditor.model.decision import Answer, Outcome, Reason
from auditor.model.fact import Fact
from auditor.model.tenant import AuthorizationPolicy


class Question(msgspec.Struct, frozen=True):
    """What the rules are asked about: one permission of one request."""

    case: Case
    target: Target
    settings: Fact[AuthorizationPolicy]
    coverage: Coverage | None
    """None where the assigned list could not be read."""
    together: Opinion
    """Whether one policy alone covers all permissions that users may consent to at all."""
    risk: Opinion
    """Whether Entra treats consent to the app as risky; the same for every permission."""
    automatic: Opinion
    """Whether one policy covers also what Entra adds to a first consent."""
    mail_client: bool
    """One of the mail clients that Microsoft allows under both managed policies."""
    registration: Opinion
    """Whether the own registration is in order; yes where none is needed."""


class Rule(msgspec.Struct, frozen=True):
    """One row of the decision table."""

    name: str
    outcome: Outcome
    ask: Callable[[Question], Opinion]


def because(opinion: Opinion, code: str, text: str) -> Opinion:
    """Give a yes its reason."""
    if opinion.answer is not Answer.YES:
        return opinion
    return replace(opinion, reasons=(Reason(code, text),))
