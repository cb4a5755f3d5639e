"""JSON for people and programs: indented, in UTF-8, with everything that hides made visible."""

import json
import re

import msgspec

from auditor.render.clean import INVISIBLE

_INVISIBLE = re.compile(f"(?!\n){INVISIBLE.pattern}")


def json_text(document: msgspec.Struct) -> bytes:
    r"""Write a document; what cannot be seen becomes ``\uXXXX``, and it ends with a newline."""
    return visible(msgspec.json.format(encoded(document), indent=2)) + b"\n"


def visible(text: bytes) -> bytes:
    r"""Write as ``\uXXXX`` what cannot be seen in JSON text."""
    return text if text.isascii() and b"\x7f" not in text else _escapes(text)


def _escapes(text: bytes) -> bytes:
    return _INVISIBLE.sub(_escaped, text.decode()).encode()


def encoded(document: msgspec.Struct) -> bytes:
    """Write a document on one line; half a character, which is no UTF-8, becomes ``?``."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:  # a lone surrogate, such as an argument that was not UTF-8
        plain = msgspec.to_builtins(document)
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f"
