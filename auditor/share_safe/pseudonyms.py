"""Keyed pseudonyms: the same key and value give the same one, and nobody without the key knows it.

Letter case does not matter, because Entra compares ids and names without it.
"""

import hmac
import re
import uuid

MARK = "5afe5afe"
"""The first group of every replaced GUID."""

_DIGITS = 10
_CONSONANTS = "bcdfghjkmnpqrstv"
_LETTERS = str.maketrans("0123456789abcdef", _CONSONANTS)
_FORM = re.compile(
    rf"{MARK}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}"
    rf"|[a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{{{_DIGITS}}}|[{_CONSONANTS}]{{{_DIGITS}}})",
    re.IGNORECASE,
)


class Pseudonyms:
    """Makes pseudonyms with one key."""

    def __init__(self, key: bytes, *, again: bool = False) -> None:
        """Take the key.

        Args:
            key: Secret.
            again: What looks like a pseudonym stays; for what is asked of a share-safe snapshot.
        """
        self._key = key
        self._again = again

    def is_settled(self, text: str) -> bool:
        """Say whether a text is to stay, as it is a pseudonym already."""
        return self._again and _FORM.fullmatch(text) is not None

    def is_settled_name(self, text: str) -> bool:
        """Say the same of an app's name, which a pseudonym ends."""
        return self.is_settled(text.rpartition(" ")[2])

    def guid(self, text: str) -> str:
        """Return a GUID for an id: version 4 by its form, and marked."""
        if self.is_settled(text):
            return text
        found = uuid.UUID(bytes=self._digest("id", text.casefold())[:16], version=4)
        return MARK + str(found)[len(MARK) :]

    def word(self, kind: str, text: str) -> str:
        """Return a name such as ``app-7f3a2c51d0``."""
        if self.is_settled(text):
            return text
        return f"{kind}-{self._digest(kind, text.casefold()).hex()[:_DIGITS]}"

    def exact_word(self, kind: str, text: str) -> str:
        """Return a name that differs in letter case where the texts do, as redirect URIs may."""
        folded = text.casefold()
        if self.is_settled(text):
            return text
        digest = self._digest(kind, folded).hex()[:_DIGITS].translate(_LETTERS)
        return f"{kind}-{digest if text == folded else self._cased(digest, text)}"

    def _cased(self, letters: str, text: str) -> str:
        """Put some letters into upper case, at least one; which ones depends on the text."""
        bits = int.from_bytes(self._digest("case", text)[:2], "big") % (2 ** len(letters) - 1) + 1
        return "".join(
            one.upper() if bits >> place & 1 else one for place, one in enumerate(letters)
        )

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), "sha256")
