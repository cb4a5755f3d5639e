"""Searches what was written for a text of a tenant, in every encoding that could carry it."""

import base64
import html
import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from html.entities import codepoint2name
from urllib.parse import quote

import zstandard

_ZSTD = b"\x28\xb5\x2f\xfd"
_ZIP = b"PK\x03\x04"
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_JSON_TEXT = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')


def opened(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """List a file and everything that is packed in it."""
    yield name, content
    if content.startswith(_ZSTD):
        reader = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True)
        yield from opened(f"{name}, decompressed", reader.read())
    elif content.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for member in packed.namelist():
                yield from opened(f"{name}: {member}", packed.read(member))
    else:
        yield from _unescaped(name, content)


def _unescaped(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Undo what JSON does to texts, twice: a snapshot's refusals are JSON in JSON."""
    found = content.decode("utf-8", "replace")
    for level in (1, 2):
        parts = []
        for part in _JSON_TEXT.findall(found):
            try:
                parts.append(json.loads(part))
            except ValueError:
                continue
        found = "\n".join(parts)
        yield f"{name}, texts of level {level}", found.encode("utf-8", "surrogatepass")


def found_in(files: Iterable[tuple[str, bytes]], texts: Iterable[str]) -> list[str]:
    """Name every file and every text that it carries, in whatever encoding."""
    wanted = [(text, needles(text)) for text in texts]
    found = []
    for name, content in files:
        folded = content.lower()
        for text, (loose, exact) in wanted:
            hits = [one for one in loose if one in folded] + [
                one for one in exact if one in content
            ]
            found += [f"{text!r} in {name} as {one!r}" for one in hits[:1]]
    return found


def needles(text: str) -> tuple[set[bytes], set[bytes]]:
    """Encode a text: what is compared in lower case, and what letter case matters to."""
    loose = {*_loose(text)}
    exact = {*_exact(text)}
    if _GUID.fullmatch(text):
        found = uuid.UUID(text)
        plain = found.hex
        loose |= {one.encode() for one in (plain, plain[::-1], found.bytes_le.hex())}
        for raw in (found.bytes, found.bytes_le):
            exact |= {*_base64(raw)}
    return {one.lower() for one in loose}, exact


def _loose(text: str) -> Iterator[bytes]:
    for one in {text, text.casefold(), text.upper()}:
        raw = one.encode("utf-8", "surrogatepass")
        wide = one.encode("utf-16-le", "surrogatepass")
        units = [wide[at : at + 2] for at in range(0, len(wide), 2)]
        points = [ord(letter) for letter in one]
        yield raw
        yield wide
        yield one.encode("utf-16-be", "surrogatepass")
        yield raw.hex().encode()
        yield raw.hex(" ").encode()
        yield wide.hex().encode()
        every = "".join(f"%{byte:02x}" for byte in raw)
        for percent in (every, quote(raw, safe=""), quote(raw)):
            yield percent.encode()
            yield quote(percent, safe="").encode()
        yield html.escape(one).encode("utf-8", "surrogatepass")
        named = "".join(f"&{codepoint2name.get(point, f'#{point}')};" for point in points)
        yield named.encode()
        yield "".join(f"&#{point};" for point in points).encode()
        yield "".join(f"&#x{point:x};" for point in points).encode()
        yield json.dumps(one)[1:-1].encode()
        yield b"".join(b"\\u%02x%02x" % (unit[1], unit[0]) for unit in units)
        yield "".join(f"\\x{byte:02x}" for byte in raw).encode()
        yield "".join(f"={byte:02x}" for byte in raw).encode()
        yield one[::-1].encode("utf-8", "surrogatepass")


def _exact(text: str) -> Iterator[bytes]:
    for one in {text, text.casefold(), text.upper()}:
        yield from _base64(one.encode("utf-8", "surrogatepass"))
        yield from _base64(one.encode("utf-16-le", "surrogatepass"))


def base64_of(raw: bytes) -> set[bytes]:
    """Encode bytes in base64 wherever they may stand."""
    return {*_base64(raw)}


def _base64(raw: bytes) -> Iterator[bytes]:
    """Encode at each of the three places in a group, without what neighbours would change."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw)
        whole = (before + len(raw)) * 8 // 6
        kept = text[-(-before * 8 // 6) : whole]
        if len(kept) >= 7:
            yield kept
            yield kept.replace(b"+", b"-").replace(b"/", b"_")
