"""Goes through Graph's answers member by member and leaves nothing in that no rule allows.

Whatever is of another type than its shape stays of that type, without its content, so that what
was malformed stays so, with the same message.
"""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from auditor.model.snapshot import Reading
from auditor.share_safe.replacer import Replacer
from auditor.share_safe.shapes import ERROR_CODES, SHAPES, Items, Members, Scalar, Shape, Text
from auditor.sources import load
from auditor.sources.source import AnySource, Subject

FAILED = "the reading failed; a share-safe file does not say how"
_LEFT_OUT = "its words are left out"
_OK = 200
_NEXT = "@odata.nextLink"
_GONE = object()


class _ErrorBody(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Error(msgspec.Struct):
    error: _ErrorBody


def safe_readings(readings: Iterable[Reading], replacer: Replacer) -> tuple[Reading, ...]:
    """Replace what the tenant owns in every reading; readings of unknown sources go."""
    sources = {source.name: source for source in load()}
    known = (one for one in readings if one.source in sources and one.source in SHAPES)
    safe = (_reading(one, sources[one.source], replacer) for one in known)
    return tuple(sorted(safe, key=lambda one: (one.source, one.subject, one.page)))


def _reading(one: Reading, source: AnySource, replacer: Replacer) -> Reading:
    subject = one.subject
    if source.subject is Subject.POLICY:
        subject = replacer.policy(subject)
    elif subject:
        subject = replacer.ident(subject)
    return replace(
        one,
        subject=subject,
        request=source.request(subject),
        body=_body(one, source, replacer),
        failure=FAILED if one.failure else "",
    )


def _body(one: Reading, source: AnySource, replacer: Replacer) -> bytes:
    """Return the safe body; what is no JSON becomes an empty one, which is malformed too."""
    try:
        if one.failure:
            return b""
        if one.status != _OK:
            return _error(one.body, replacer)
        safe = msgspec.json.encode(_safe(one.body, SHAPES[one.source], replacer))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b""
    mark = _NEXT.encode()
    if source.pages and mark in one.body and mark not in safe and safe.startswith(b"{"):
        # The parser looks for these bytes anywhere, and finds them in any text.
        comma = b"" if safe == b"{}" else b","
        return b'{"%s":null%s%s' % (mark, comma, safe[1:])
    return safe


def _error(body: bytes, replacer: Replacer) -> bytes:
    found = msgspec.json.decode(body, type=_Error).error
    code = replacer.error_code(found.code, ERROR_CODES)
    message = _LEFT_OUT if found.message else ""
    return msgspec.json.encode({"error": {"code": code, "message": message}})


def _safe(raw: bytes | msgspec.Raw, shape: Shape, replacer: Replacer) -> object:
    """Return the safe value; ``_GONE`` where the member has to go."""
    match bytes(raw).lstrip()[:1]:
        case b"{":
            return _members(bytes(raw), shape, replacer)
        case b"[":
            return _items(bytes(raw), shape, replacer)
        case b'"':
            return _text(bytes(raw), shape, replacer)
        case _:
            return _scalar(msgspec.json.decode(raw), shape)


def _members(raw: bytes, shape: Shape, replacer: Replacer) -> dict[str, object]:
    found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    if not isinstance(shape, Members):
        return {}
    safe: dict[str, object] = {}
    for name, value in found.items():
        if name in shape.of:
            safe[name] = _safe(value, shape.of[name], replacer)
        elif shape.unknown and "@odata." not in name and bytes(value).strip() != b"null":
            safe[replacer.word("member", name, frozenset())] = True
    return {name: value for name, value in safe.items() if value is not _GONE}


def _items(raw: bytes, shape: Shape, replacer: Replacer) -> list[object]:
    found = msgspec.json.decode(raw, type=list[msgspec.Raw])
    if not isinstance(shape, Items):
        return []
    return [_safe(one, shape.of, replacer) for one in found]


def _text(raw: bytes, shape: Shape, replacer: Replacer) -> object:
    found = msgspec.json.decode(raw, type=str)
    if not isinstance(shape, Text):
        return ""
    safe = shape.rule(replacer, found)
    return _GONE if safe is None else safe


def _scalar(found: object, shape: Shape) -> object:
    """Keep null and what the shape asks for; of any other value only the type stays."""
    if found is None:
        return None
    fits = isinstance(shape, Scalar) and isinstance(found, shape.kind)
    if fits and isinstance(found, bool) is (isinstance(shape, Scalar) and shape.kind is bool):
        return found
    match found:
        case bool():
            return True
        case int():
            return 0
        case _:
            return 0.5
