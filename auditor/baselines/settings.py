"""What a rule may look at, and the answers that every rule can give."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec

from auditor.facts import TenantFacts
from auditor.model.baseline import ControlAnswer, Verdict
from auditor.model.fact import Unknown, Why
from auditor.model.tenant import AuthorizationPolicy


class RiskyPermissions(msgspec.Struct, frozen=True):
    """The delegated permissions that CISA's tool calls risky."""

    names: Mapping[str, Mapping[str, str]]
    """By resource app ID: the permission's id and its name; ids in lower case."""
    resources: Mapping[str, str]
    """The resources' names by app ID."""

    def title(self, app_id: str, name: str) -> str:
        """Name a permission with its resource, as evidence does."""
        return f"{name} ({self.resources[app_id]})"


class Settings(msgspec.Struct, frozen=True):
    """One tenant and the table that a baseline brings along."""

    facts: TenantFacts
    risky: RiskyPermissions


Rule = Callable[[Settings], Verdict]
"""Says whether a tenant fulfils what a control's text asks; its docstring says how we read it."""


def met(why: str) -> Verdict:
    """Answer that the demand is fulfilled."""
    return Verdict(ControlAnswer.MET, why)


def not_met(why: str, evidence: tuple[str, ...] = ()) -> Verdict:
    """Answer that the demand is not fulfilled."""
    return Verdict(ControlAnswer.NOT_MET, why, evidence)


def unknown(why: str) -> Verdict:
    """Answer that the tenant's answers leave it open."""
    return Verdict(ControlAnswer.UNKNOWN, why)


def unread(*facts: Unknown) -> Verdict:
    """Answer that facts are missing, and which Graph permission, if any, lets them be read."""
    return unknown(" ".join(dict.fromkeys(_not_read(fact) for fact in facts)))


def _not_read(fact: Unknown) -> str:
    needs, request = " and ".join(fact.needs), fact.request.partition("?")[0]
    detail = fact.detail.rstrip(".")
    if fact.why is Why.NOT_ASKED and needs:
        return f"{fact.fact}: not read; {request} with {needs} reads it."
    if fact.why is Why.MALFORMED:
        return f"{fact.fact}: Graph's answer to {request} was not understood ({detail})."
    verb = "let" if len(fact.needs) > 1 else "lets"
    takes = f"; {needs} {verb} it be read" if needs and fact.why is Why.REFUSED else ""
    asked = f" from {request}" if request else ""
    return f"{fact.fact}: no answer{asked} ({detail}){takes}."


def hedged(verdict: Verdict, policy: AuthorizationPolicy) -> Verdict:
    """Leave open what rests on a list with entries of a form that is not documented."""
    if verdict.answer is not ControlAnswer.MET or not policy.unrecognised:
        return verdict
    entries = ", ".join(policy.unrecognised)
    why = f"The assigned list has entries whose effect is not documented: {entries}."
    return replace(verdict, answer=ControlAnswer.UNKNOWN, why=why)
