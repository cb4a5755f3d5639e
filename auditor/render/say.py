"""Small things said alike everywhere: counts, moments, links and codes."""

import re
from datetime import UTC, datetime

from auditor.consent.codes import CAVEATS
from auditor.model.holding import Consent, Holding
from auditor.model.tenant import Count
from auditor.render.clean import clean_sentence

_LINK = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9/_.~:?#@!$&*+,;=%-]*)?")
"""Links that need no escaping in any format; anything else is not made a link."""


def count_text(count: Count) -> str:
    """Say a count, such as ``12`` or ``at least 100``."""
    return f"{count.number:,}" if count.exact else f"at least {count.number:,}"


def plural(number: int, noun: str) -> str:
    """Say a number of things, such as ``1 step`` or ``3,000 steps``."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def consented(one: Holding) -> str:
    """Say in a few words who consented, such as ``everybody, 12 users``."""
    if one.consent is Consent.APPLICATION:
        return "application"
    everybody = "" if one.consent is Consent.USER else "everybody"
    users = plural(one.users, "user") if one.users else ""
    return ", ".join(part for part in (everybody, users) if part)


def moment(at: datetime) -> str:
    """Say a moment to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def link(url: str) -> str:
    """Return ``url`` if it is a plain https address, otherwise nothing."""
    return url if _LINK.fullmatch(url) else ""


def caveat(code: str) -> str:
    """Return the sentence for a code; one that is not known stands for itself."""
    return clean_sentence(CAVEATS.get(code, code))
