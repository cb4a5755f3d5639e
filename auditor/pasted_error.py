"""Reads the error that a person met: a code, the whole text of the page, or the redirect's URL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote_plus

from auditor.errors import UsageError
from auditor.wrapped_link import unwrapped

MAX_CHARACTERS = 1_000_000

_ALONE = re.compile(r"(?:AADSTS)?([0-9]{5,8})[.,:;]?", re.IGNORECASE | re.ASCII)
_CODE = re.compile(
    r"AADSTS([0-9]{5,8})(?![0-9])"
    r"|error[ _]?codes?[\"']?\s{0,3}[:=]?\s{0,3}\[?\s{0,3}([0-9]{5,8})(?![0-9])"
    r"|\berror[\"']?\s{0,3}[:=]\s{0,3}[\"']?(access_denied|consent_required)\b",
    re.IGNORECASE | re.ASCII,
)
_OAUTH = frozenset({"access_denied", "consent_required"})
_GUID = r"([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
_IS = r"[\"']?\s{0,3}[:=]?\s{0,3}[\"']?"
_CORRELATION = re.compile(rf"correlation[ _-]?id{_IS}{_GUID}", re.IGNORECASE | re.ASCII)
_TRACE = re.compile(rf"(?:trace|request)[ _-]?id{_IS}{_GUID}", re.IGNORECASE | re.ASCII)
_TIME = re.compile(
    rf"timestamp{_IS}([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ]([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})"
    r"(?:\.[0-9]{1,9})?\s?Z",
    re.IGNORECASE | re.ASCII,
)
_ENCODED = re.compile(r"\S*error(?:_description|_codes)?=\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PastedError:
    """What an error's text says; nothing else of the text is kept."""

    codes: tuple[str, ...]
    """``AADSTS90094`` or ``access_denied``; each once, in the order of the text."""
    correlation_id: str
    """Lower case; empty where the text has none."""
    trace_id: str
    time: datetime | None
    """UTC; None where the text has none, or does not say that it is UTC."""


def parse_error(text: str) -> PastedError:
    """Find the codes in what was pasted, and what leads to the entry in the sign-in log.

    Raises:
        UsageError: There is no code, or more than 1 MB.
    """
    if len(text) > MAX_CHARACTERS:
        raise UsageError("the pasted text is larger than 1 MB: paste the error message alone")
    decoded = " ".join(map(_decoded, text.split()))
    codes = tuple(dict.fromkeys(_codes(decoded)))
    if not codes:
        raise UsageError(
            "no error code in the pasted text: give a code such as AADSTS90094, the whole message "
            "of the sign-in page, or the URL with error= and error_description="
        )
    return PastedError(
        codes, _first(_CORRELATION, decoded), _first(_TRACE, decoded), _time(decoded)
    )


def _decoded(word: str) -> str:
    """Undo a wrapper and the encoding of a redirect's parameters; other words stay."""
    bare = unwrapped(word.strip("<>\"'"))[0] if "://" in word else word
    return unquote_plus(bare) if _ENCODED.fullmatch(bare) else bare


def _codes(text: str) -> Iterator[str]:
    alone = [_ALONE.fullmatch(word) for word in text.split()]
    if alone and all(alone):
        yield from (f"AADSTS{one[1]}" for one in alone if one)
        return
    found = [_name(one) for one in _CODE.finditer(text)]
    named = [one for one in found if one not in _OAUTH]
    yield from named or found  # the OAuth word says less than any code beside it


def _name(match: re.Match[str]) -> str:
    number = match[1] or match[2]
    return f"AADSTS{number}" if number else match[3].lower()


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].lower() if found else ""


def _time(text: str) -> datetime | None:
    found = _TIME.search(text)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    except ValueError:  # the 99th of a month
        return None
