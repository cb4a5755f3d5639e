"""Sentences for an administrator, made from what was looked at."""

from auditor.model.decision import Answer
from auditor.model.fact import Unknown, Why

_LONGEST = 3

_SUBJECTS = {
    "permissionType": "permissions of the kind",
    "resourceApplication": "the resource",
    "permissions": "the permissions",
    "permissionClassification": "permissions classified",
    "clientApplicationIds": "the client apps",
    "clientApplicationTenantIds": "apps registered in the tenants",
    "clientApplicationPublisherIds": "apps of the publishers",
    "clientApplicationsFromVerifiedPublisherOnly": "verified publishers only",
    "certifiedClientApplicationsOnly": "Microsoft 365 certified apps only",
    "scopeSensitivityLabels": "the sensitivity labels",
}

_WHY = {
    Why.REFUSED: "was refused",
    Why.NOT_IN_CLOUD: "does not exist in this cloud",
    Why.NOT_LICENSED: "needs a licence that the tenant lacks",
    Why.MALFORMED: "came back in a form that Graph does not document",
    Why.FAILED: "could not be read",
    Why.NOT_ASKED: "is not known",
}


def condition(name: str, wanted: str, found: str, answer: Answer) -> str:
    """Say how one condition of a condition set went."""
    what = f"{_SUBJECTS.get(name, name)} {shortened(wanted)}".strip()
    if wanted in {"all", "any"}:
        return f"It covers every one ({name}: {wanted})."
    if wanted in {"true", "false"}:
        what = _SUBJECTS.get(name, name) if wanted == "true" else "any publisher"
    if answer is Answer.YES:
        return f"It covers {what}; found: {found}."
    if answer is Answer.NO:
        return f"It covers {what} alone; found: {found}."
    return f"It covers {what}; whether that fits could not be decided ({found})."


def shortened(listed: str) -> str:
    """Show the first entries of a long list and how many more there are."""
    entries = listed.split(", ")
    if len(entries) <= _LONGEST:
        return listed
    return f"{', '.join(entries[:_LONGEST])} and {len(entries) - _LONGEST} more"


def missing(fact: Unknown) -> str:
    """Say what is not known and what would settle it."""
    text = f"{fact.fact}: {_WHY[fact.why]} ({fact.detail}). {fact.request} would settle it"
    if not fact.needs:
        return f"{text}."
    return f"{text}, with the application permission {' or '.join(fact.needs)}."


def joined(names: list[str]) -> str:
    """Join names for a sentence: ``a``, ``a and b``, ``a, b and c``."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
