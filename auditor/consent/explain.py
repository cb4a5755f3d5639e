"""Sentences for an administrator, made from what was looked at."""

from auditor.model.decision import Answer
from auditor.model.fact import Unknown, Why
from auditor.permissions import resource_name
from auditor.phrases import first_and_rest

_LONGEST = 3

_WIDEST = {
    "resourceApplication": "every resource",
    "permissions": "every permission",
    "permissionClassification": "classified and unclassified permissions alike",
    "clientApplicationIds": "every client app",
    "clientApplicationTenantIds": "apps of every tenant",
    "clientApplicationPublisherIds": "apps of every publisher",
    "clientApplicationsFromVerifiedPublisherOnly": "apps of verified and other publishers alike",
}
_PLURAL = {
    "permissions": "permissions",
    "clientApplicationIds": "client apps",
}
_NARROWER = {
    "clientApplicationPublisherIds": "apps of the publishers {}",
    "permissionType": "permissions of the type {}",
    "permissionClassification": "permissions classified {}",
    "clientApplicationTenantIds": "apps registered in {}",
    "clientApplicationsFromVerifiedPublisherOnly": "apps of verified publishers",
    "certifiedClientApplicationsOnly": "Microsoft 365 certified apps",
    "scopeSensitivityLabels": "data with the sensitivity labels {}",
    "undocumented conditions": "what {} asks, which is not documented",
}


_WHY = {
    Why.REFUSED: "Graph refused to give it",
    Why.NOT_IN_CLOUD: "this cloud does not have it",
    Why.NOT_LICENSED: "the tenant lacks a licence for it",
    Why.MALFORMED: "{}",
    Why.FAILED: "it could not be read ({})",
    Why.NOT_ASKED: "not known ({})",
}


def condition(name: str, wanted: str, found: str, answer: Answer) -> str:
    """Say how one condition of a condition set went."""
    if answer is Answer.YES and wanted in {"all", "any", "false"}:
        return f"It covers {_WIDEST[name]}."
    if name in _PLURAL:
        return _enumerated(_PLURAL[name], wanted, found, answer)
    if name == "resourceApplication":
        wanted, found = resource_name(wanted), resource_name(found)
        return f"It is for {wanted}; this is a permission of {found}."
    what = _NARROWER[name].format(listed(wanted.split(", ")))
    if answer is Answer.UNKNOWN:
        return f"It is for {what}; whether that fits could not be decided ({found})."
    return f"It is for {what}; found: {found}."


def _enumerated(kind: str, wanted: str, found: str, answer: Answer) -> str:
    """Say how a condition went that names what it covers; very many ids say nothing."""
    number = 0 if wanted == "none" else len(wanted.split(", "))
    named = f"It names {number} {kind if number != 1 else kind.removesuffix('s')}"
    if answer is Answer.UNKNOWN:
        return f"{named}; whether that fits could not be decided ({found})."
    return f"{named}; {found} is {'' if answer is Answer.YES else 'not '}among them."


def missing(fact: Unknown) -> str:
    """Say what is not known, and what would settle it if anything would."""
    why = _WHY[fact.why].format(fact.detail.rstrip("."))
    if fact.why is Why.REFUSED and fact.needs:
        return f"{fact.fact}: {why}; {' or '.join(fact.needs)} lets it be read."
    if fact.why is Why.NOT_ASKED and fact.needs:
        return f"{fact.fact}: it was not collected; collect again for this app and person."
    settles = f" {fact.request} settles it." if fact.why is Why.NOT_ASKED and fact.request else ""
    return f"{fact.fact}: {why}.{settles}"


def listed(names: list[str]) -> str:
    """Join names for a sentence, the first of very many: ``a, b, c and 5 more``."""
    if len(names) <= _LONGEST + 1:
        return joined(names)
    return first_and_rest(names, _LONGEST)


def joined(names: list[str]) -> str:
    """Join names for a sentence: ``a``, ``a and b``, ``a, b and c``."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
