"""Makes a tenant's text visible and harmless for every format that a person reads.

Display names are chosen by strangers. One may move the cursor, reverse the reading direction,
hide characters or fill the page; here each of these turns into something that can be seen.
"""

import re
from collections.abc import Callable, Sequence

NAME_LIMIT = 200
"""Characters of a name that are shown."""

SENTENCE_LIMIT = 1_000
"""Characters of a sentence that are shown; sentences of this program quote names."""

_HIDDEN = (
    "\x00-\x1f\x7f-\x9f"  # controls, ANSI escapes among them
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line breaks, direction
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_ESCAPED = re.compile(f"[{_HIDDEN}\ud800-\udfff]")
_ESCAPED_IN_LINES = re.compile(f"(?![\n\t])[{_HIDDEN}\ud800-\udfff]")
INVISIBLE = re.compile(f"[{_HIDDEN}]")
"""One character that a person cannot see or that changes how others are shown."""
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What starts a formula; Excel takes the full-width forms too."""
_BEHIND_SEMICOLON = re.compile(f';(?=[\\s"]*[{re.escape("".join(_FORMULA))}])')
"""What starts one where Excel cuts at semicolons, as it does in most of Europe, quoted or not."""
_NEAR = 50
"""Texts that are looked at together; a tenant's names are sorted, so odd ones stand together."""


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """Return ``text`` on one line, hidden characters as ``⟨U+202E⟩``, cut after ``limit``.

    Args:
        text: Anything, lone surrogates included.
        limit: In characters of ``text``; the number of characters left out is added.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # most names of a large tenant
    shown = _ESCAPED.sub(_visible, text[:limit])
    left_out = len(text) - limit
    return shown if left_out <= 0 else f"{shown}… ({left_out:,} more characters)"


def clean_all(texts: Sequence[str], limit: int) -> Sequence[str]:
    """Clean many texts; where nothing is to be cleaned, they come back as they are."""

    def is_clean(some: Sequence[str]) -> bool:
        everything = "".join(some)
        short = max(map(len, some), default=0) <= limit
        return short and everything.isascii() and everything.isprintable()

    return mended(texts, is_clean, lambda one: clean(one, limit))


def mended(
    texts: Sequence[str],
    is_well: Callable[[Sequence[str]], bool],
    mend: Callable[[str], str],
) -> Sequence[str]:
    """Mend many texts; looks at one by itself only where something is wrong near it.

    Args:
        texts: Most of them are well.
        is_well: Says of many at once that none has to be mended.
        mend: Mends one; what is well it leaves as it is.
    """
    if is_well(texts):
        return texts
    made: list[str] = []
    for at in range(0, len(texts), _NEAR):
        some = texts[at : at + _NEAR]
        made += some if is_well(some) else map(mend, some)
    return made


def clean_sentence(text: str) -> str:
    """Clean a sentence of this program that may quote names."""
    return clean(text, SENTENCE_LIMIT)


def clean_lines(text: str) -> str:
    """Clean text of several lines, such as a command; it is never cut."""
    return _ESCAPED_IN_LINES.sub(_visible, text.replace("\r\n", "\n")).strip("\n")


def harden(cell: str) -> str:
    """Put ``'`` before what a spreadsheet would take for a formula."""
    if ";" in cell:
        cell = _BEHIND_SEMICOLON.sub(";'", cell)
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell


def _visible(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"
