"""Whether two names look alike to a reader.

Names are compared by their letters and digits alone: without case, accents, blanks and invisible
characters. What most fonts draw alike counts as one character. That is a small part of Unicode's
table of confusable characters (TR39): the Cyrillic and Greek letters and the digits with which
Latin words are imitated.
"""

import re
import unicodedata

_ALIKE = str.maketrans(
    "авекмнорстухԁһјԛѕԝі" + "αβεηκμνορτυχι" + "iı1ł0",  # noqa: RUF001 - they are meant
    "abekmhopctyxdhjqswl" + "abehkmvoptyxl" + "llllo",
)
_PAIRS = (("rn", "m"), ("vv", "w"))
_ASCII = (*((chr(one), chr(alike)) for one, alike in _ALIKE.items() if chr(one).isascii()), *_PAIRS)
_WORD = re.compile(r"[^\W_]+")
_UNSEEN = frozenset({"Mn", "Cf", "Cc", "Cs"})
"""Accents and characters that show nothing: the word goes on behind them."""
_SHORTEST_PART = 5


def words(name: str) -> tuple[str, ...]:
    """Split a name into words; names that look alike give the same letters."""
    text = name.casefold()
    if not text.isascii() or not text.isprintable():
        folded = unicodedata.normalize("NFKC", name).casefold()
        text = "".join(filter(_is_seen, unicodedata.normalize("NFKD", folded))).translate(_ALIKE)
    for one, looks_like in _ASCII:
        text = text.replace(one, looks_like)
    return tuple(_WORD.findall(text))


def is_part(wanted: tuple[str, ...], of: tuple[str, ...]) -> bool:
    """Say whether the words of one name stand in another, in a row; too short ones say nothing."""
    starts = range(len(of) - len(wanted) + 1)
    long_enough = sum(map(len, wanted)) >= _SHORTEST_PART
    return long_enough and any(of[n : n + len(wanted)] == wanted for n in starts)


def _is_seen(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in _UNSEEN
