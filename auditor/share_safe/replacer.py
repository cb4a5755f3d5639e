"""What becomes of each kind of text: kept because it is public, or replaced.

Each rule keeps what a decision depends on: a GUID stays a GUID, what is no policy id stays none,
and two redirect URIs are equal afterwards exactly if they were before.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from auditor.names import is_part, words
from auditor.scopes import GUID
from auditor.share_safe.pseudonyms import Pseudonyms
from auditor.share_safe.public import POLICIES, Public

Rule = Callable[["Replacer", str], str | None]
"""Gives the safe text; None where the member goes."""

_SIMPLE = re.compile(r"[\w-]+")
_POLICY = re.compile(r"[A-Za-z0-9_-]+")
_ENTRY = re.compile(
    r"(managepermissiongrantsfor(?:self|ownedresource)\.)(.*)", re.IGNORECASE | re.DOTALL
)
_ENTRY_WORDS = re.compile(
    rf"(managepermissiongrantsfor(?:self|ownedresource)|{'|'.join(sorted(POLICIES, reverse=True))}"
    r"|[.\s]+)",
    re.IGNORECASE,
)
_QUERY_MARKS = re.compile(r"([/?&=$' ])")
_QUERY_WORDS = frozenset(
    {
        "v1.0",
        "beta",
        "users",
        "groups",
        "members",
        "transitivemembers",
        "microsoft.graph.user",
        "owners",
        "manager",
        "rolemanagement",
        "directory",
        "roleassignments",
        "roledefinitions",
        "filter",
        "roledefinitionid",
        "directoryscopeid",
        "eq",
        "and",
    }
)
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?(.*)", re.DOTALL)
_SCHEMES = frozenset({"http", "https", "urn", "ms-app", "ms-appx-web", "javascript"})
_PUBLIC_URIS = frozenset(
    {
        "urn:ietf:wg:oauth:2.0:oob",
        "https://login.microsoftonline.com/common/oauth2/nativeclient",
        "https://login.live.com/oauth20_desktop.srf",
    }
)
_AUTHORITY = re.compile(r"([^/?#]*)(.*)", re.DOTALL)
_HOST = re.compile(r"(\*\.)?(.*?)(:[0-9]{1,5})?", re.DOTALL)
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PATH_MARKS = re.compile(r"([/?#&=])")
_ERROR_MARKS = ("notfound", "premiumtenant", "license")
_DISABLED = "disabled"


class Replacer:
    """Replaces the texts of one tenant."""

    def __init__(self, pseudonyms: Pseudonyms, public: Public) -> None:
        """Take the pseudonyms and what stays."""
        self._made = pseudonyms
        self._public = public
        self._alike = {"".join(words(one)): one for one in sorted(public.names)}

    def ident(self, text: str) -> str:
        """Replace an id; one that is no GUID does not become one."""
        if not text or text.casefold() in self._public.ids:
            return text
        made = self._made.guid(text)
        if text.isascii() and GUID.fullmatch(text):
            return made
        return f"id-{made}" if _SIMPLE.fullmatch(text) else f"id-{made}~"

    def ident_or(self, text: str, *words: str) -> str:
        """Replace an id, where a few words may stand instead."""
        return text if text.casefold() in words else self.ident(text)

    def tenant(self, text: str) -> str:
        """Replace a tenant's id or domain."""
        return self.ident(text) if GUID.fullmatch(text) else self.domain(text)

    def name(self, kind: str, text: str) -> str:
        """Replace a display name; a public one stays."""
        if not text or text.casefold() in self._public.names:
            return text
        return self._made.word(kind, text)

    def app(self, text: str) -> str:
        """Replace an app's name; names that look alike, or hold one that is asked about, still do.

        The check ``known-names-are-not-imitated`` compares them.
        """
        letters = "".join(words(text))
        if not text or text.casefold() in self._public.names or self._made.is_settled_name(text):
            return text
        if not letters:
            return "***"
        if letters in self._alike:
            return self._alike[letters]
        parts = [self.app(one) for one in sorted(self._public.asked) if _is_held(one, text)]
        brand = ["Microsoft"] if letters in self._public.microsofts else []
        return " ".join(dict.fromkeys([*parts, *brand, self._made.word("app", letters)]))

    def word(self, kind: str, text: str, known: frozenset[str]) -> str:
        """Keep a word that Microsoft documents; any other one stays an unknown word."""
        return text if not text or text.casefold() in known else self._made.word(kind, text)

    def status(self, text: str, known: frozenset[str]) -> str:
        """Do the same where an unknown word counts by how it begins."""
        kind = _DISABLED if text.casefold().startswith(_DISABLED) else "status"
        return self.word(kind, text, known)

    def switch(self, text: str) -> str:
        """Keep true and false, replace any other value."""
        return text if text.strip().casefold() in {"", "true", "false"} else self.word_of(text)

    def word_of(self, text: str) -> str:
        """Replace a value of any kind."""
        return self._made.word("value", text)

    def scope(self, text: str) -> str:
        """Replace a permission's name; a public one stays."""
        return self.word("scope", text, self._public.scopes)

    def scopes(self, text: str) -> str:
        """Replace the names in a list with blanks between."""
        return re.sub(r"\S+", lambda found: self.scope(found[0]), text)

    def policy(self, text: str) -> str:
        """Replace the id of an app consent policy; Microsoft's stay, and only those begin so."""
        folded = text.casefold()
        if folded in POLICIES or not text:
            return text
        kind = "microsoft-policy" if folded.startswith("microsoft-") else "policy"
        made = self._made.word(kind, text)
        return made if _POLICY.fullmatch(text) else f"{made}~"

    def entry(self, text: str) -> str:
        """Replace what is assigned: a prefix and a policy id, or an entry of no known form."""
        found = _ENTRY.fullmatch(text)
        if found and _POLICY.fullmatch(found[2]):
            return found[1] + self.policy(found[2])
        parts = _ENTRY_WORDS.split(text)  # every second one is public
        safe = (one if at % 2 or not one else self._odd(one) for at, one in enumerate(parts))
        return "".join(safe)

    def _odd(self, text: str) -> str:
        return f"{self._made.word('entry', text)}~"

    def query(self, text: str) -> str:
        """Replace a reviewer's query piece by piece; it may be percent-encoded."""
        parts = _QUERY_MARKS.split(unquote_plus(text))
        return "".join(one if at % 2 else self._query_part(one) for at, one in enumerate(parts))

    def _query_part(self, text: str) -> str:
        if text.isascii() and GUID.fullmatch(text):
            return self.ident(text)
        return self.word("value", text, _QUERY_WORDS)

    def domain(self, text: str) -> str:
        """Replace a domain; this computer's own names stay, and so does a wildcard."""
        own = text.casefold() in {"", *_OWN_HOSTS}
        if own or self._made.is_settled(text.removesuffix(".example")):
            return text
        return f"{self._made.exact_word('d', text)}.example"

    def uri(self, text: str) -> str:
        """Replace a redirect URI piece by piece; Entra compares it exactly, letter case too."""
        found = _URI.fullmatch(text)
        if text in _PUBLIC_URIS or not text:
            return text
        if not found:
            return self._made.exact_word("uri", text)
        scheme, slashes, rest = found.groups()
        if scheme.casefold() not in _SCHEMES:
            scheme = self._made.exact_word("x", scheme)
        host = ""
        if slashes:
            authority = _AUTHORITY.fullmatch(rest)
            host, rest = authority.groups() if authority else ("", rest)
        return f"{scheme}:{slashes or ''}{self._host(host)}{self._path(rest)}"

    def _host(self, text: str) -> str:
        found = _HOST.fullmatch(text)
        star, host, port = found.groups() if found else ("", text, "")
        return f"{star or ''}{self.domain(host)}{port or ''}"

    def _path(self, text: str) -> str:
        parts = _PATH_MARKS.split(text)
        return "".join(one if at % 2 else self._segment(one) for at, one in enumerate(parts))

    def _segment(self, text: str) -> str:
        if not text or text.casefold() in self._public.segments:
            return text
        return self._made.exact_word("p", text)

    def error_code(self, text: str, known: frozenset[str]) -> str:
        """Keep an error code of Graph's; of any other one keep what it says about absence."""
        if not text or text.casefold() in known:
            return text
        marks = (f"-{one}" for one in _ERROR_MARKS if one in text.casefold())
        return self._made.word("error", text) + "".join(marks)


def _is_held(name: str, text: str) -> bool:
    """Say whether a name stands in another one that has further letters."""
    wanted, found = words(name), words(text)
    return is_part(wanted, found) and "".join(wanted) != "".join(found)
