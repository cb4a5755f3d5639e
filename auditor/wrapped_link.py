"""Takes a link out of the wrapper that a mail filter puts around links; nothing is opened.

Safe Links of Microsoft Defender puts the link into the parameter ``url``. URL Defense of Proofpoint
puts it into ``u`` with ``-`` for ``%`` and ``_`` for ``/`` (version 2), or between ``__`` and
``__;`` with ``*`` for characters that follow in base64 (version 3).
"""

import re
from base64 import urlsafe_b64decode
from itertools import islice
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SAFE_LINKS = "Safe Links"
URL_DEFENSE = "URL Defense"

_SAFE_LINKS_HOST = ".safelinks.protection.outlook.com"
_URL_DEFENSE_HOSTS = frozenset({"urldefense.com", "urldefense.proofpoint.com"})
_MARK = re.compile(r"safelinks\.protection\.outlook\.com|urldefense\.", re.IGNORECASE)
_PARAMETERS = 50
_VERSION_3 = "/v3/__"
_END = "__;"
_RUN = re.compile(r"\*(?:\*(.))?", re.DOTALL)
_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LEAST_RUN = 2
_ONE_SLASH = re.compile(r"(https?:/)(?=[^/])")


def unwrapped(text: str) -> tuple[str, str]:
    """Return the link inside, and the name of the wrapper; the text itself and nothing without one.

    A wrapper inside a wrapper stays: only the outer one is taken off.
    """
    if not _MARK.search(text):
        return text, ""
    try:
        parts = urlsplit(text.replace("&amp;", "&"))
        inside, wrapper = _inside(parts)
    except ValueError:  # no link, too many parameters, or damaged
        return text, ""
    return (inside, wrapper) if inside else (text, "")


def _inside(parts: SplitResult) -> tuple[str, str]:
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"}:
        return "", ""
    if host.endswith(_SAFE_LINKS_HOST):
        return _parameter(parts, "url"), SAFE_LINKS
    if host not in _URL_DEFENSE_HOSTS:
        return "", ""
    if parts.path.startswith(_VERSION_3):
        return _version_3(parts), URL_DEFENSE
    if parts.path == "/v2/url":
        coded = _parameter(parts, "u")
        return unquote(coded.translate(str.maketrans("-_", "%/"))), URL_DEFENSE
    return "", ""


def _parameter(parts: SplitResult, name: str) -> str:
    pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=_PARAMETERS)
    return next((value for key, value in pairs if key.lower() == name), "")


def _version_3(parts: SplitResult) -> str:
    whole = parts._replace(scheme="", netloc="").geturl().removeprefix(_VERSION_3)
    link, _, coded = whole.rpartition(_END)
    characters = iter(urlsafe_b64decode(coded.partition("!")[0] + "==").decode())

    def hidden(match: re.Match[str]) -> str:
        run = _LENGTHS.index(match[1]) + _LEAST_RUN if match[1] else 1
        return "".join(islice(characters, run))

    return _ONE_SLASH.sub(r"\1/", _RUN.sub(hidden, link), count=1)
