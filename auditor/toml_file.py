"""Reads a TOML file that a person wrote, and finds the line of a key in it."""

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from auditor.errors import ProfileError, UsageError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

MAX_BYTES = 1_000_000
MAX_DOTS = 200
"""In one line. The time that tomllib takes for a dotted key grows with the square of its length."""

_LONGEST = 1_000
"""Characters of a message."""
_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?")
_PATH = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


class TomlFile(msgspec.Struct, frozen=True):
    """A parsed file together with its text."""

    name: str
    """As messages call it."""
    text: str
    data: dict[str, object]
    fault: type[UsageError] = ProfileError
    """The kind of error that says what is wrong in it."""

    def error(self, path: str, problem: str, *, quoted: str = "") -> UsageError:
        """Build the error for the value at ``path``, such as ``features[2].permissions[0]``.

        Args:
            path: Empty for the file as a whole.
            problem: What is wrong and what to write instead.
            quoted: The offending text, where it stands in quotes; it makes the line exact.
        """
        line = self._line(path, quoted)
        place = [self.name, f"line {line}" if line else "", path]
        return self.fault(_one_line(f"{', '.join(filter(None, place))}: {problem}"))

    def line(self, table: str, key: str) -> int | None:
        """Return the line of a key in ``[table]``, else that of the table's header, from 1."""
        lines = self.text.split("\n")
        headers = self._headers(lines)
        starts = [n for n, name in headers if name == table]
        if table and len(starts) != 1:
            return None
        first = starts[0] if table else -1
        end = next((n for n, _ in headers if n > first), len(lines))
        section = list(enumerate(lines))[first + 1 : end]
        pattern = rf"^\s*[\"']?{re.escape(key)}[\"']?\s*[=.]"
        return _only(section, key, pattern) or (first + 1 if table else None)

    @staticmethod
    def _headers(lines: list[str]) -> list[tuple[int, str]]:
        return [
            (n, found[1])
            for n, line in enumerate(lines)
            if "[" in line and (found := _HEADER.fullmatch(line))
        ]

    def _line(self, path: str, quoted: str) -> int | None:
        """Return the line, counted from 1: of the text, else the key, else the table's header.

        None rather than a wrong line: wherever more than one line could be meant, the next
        larger thing is shown instead.
        """
        match = _PATH.match(path)
        if match is None:
            return None
        head, index, inner = match[1], int(match[2] or 0), match[3]
        lines = self.text.split("\n")
        headers = self._headers(lines)
        starts = [n for n, name in headers if name == head]
        if starts:
            value = self.data.get(head)
            if len(starts) != (len(value) if isinstance(value, list) else 1):
                return None
            first, key, fallback = starts[index], inner, starts[index] + 1
        else:
            first, key, fallback = -1, head, None
        end = next((n for n, _ in headers if n > first), len(lines))
        section = list(enumerate(lines))[first + 1 : end]
        return _only(section, quoted, rf"[\"']{re.escape(quoted)}[\"']") or (
            _only(section, key, rf"^\s*{re.escape(key or '')}\s*=") or fallback
        )


def read_toml(
    file: "Traversable | Path", name: str, fault: type[UsageError] = ProfileError
) -> TomlFile:
    """Read and parse a file of at most 1 MB.

    Raises:
        UsageError: As ``fault``: it is missing, not a file, too large, not UTF-8, not TOML or too
            deep.
    """
    return parse_toml(_text(file, name, fault), name, fault)


def parse_toml(text: str, name: str, fault: type[UsageError] = ProfileError) -> TomlFile:
    """Parse a text.

    Raises:
        UsageError: As ``fault``: it is not TOML, or too deep.
    """
    if any(line.count(".") > MAX_DOTS for line in text.split("\n")):
        msg = f"{name}: a line has more than {MAX_DOTS} dots; break it up"
        raise fault(msg)
    try:
        return TomlFile(name, text, tomllib.loads(text), fault)
    except RecursionError as error:
        msg = f"{name}: not readable: values are nested too deeply"
        raise fault(msg) from error
    except ValueError as error:
        msg = _one_line(f"{name}: not valid TOML: {error}")
        raise fault(msg) from error


def _text(file: "Traversable | Path", name: str, fault: type[UsageError]) -> str:
    try:
        if file.is_dir():
            msg = f"{name}: is a directory; give the path of one TOML file"
            raise fault(msg)
        if not file.is_file():
            msg = f"{name}: no such file"
            raise fault(msg)
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            msg = f"{name}: larger than 1 MB; give a file that a person wrote"
            raise fault(msg)
        return content.decode("utf-8-sig")
    except OSError as error:
        msg = f"{name}: cannot be read: {error.strerror}"
        raise fault(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{name}: not UTF-8 at byte {error.start}; save it as UTF-8"
        raise fault(msg) from error


def _one_line(message: str) -> str:
    cut = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


def _only(section: list[tuple[int, str]], text: str | None, pattern: str) -> int | None:
    """Return the number of the single line with a text in this pattern, counted from 1."""
    if not text:
        return None
    found = [n + 1 for n, line in section if text in line and re.search(pattern, line)]
    return found[0] if len(found) == 1 else None
