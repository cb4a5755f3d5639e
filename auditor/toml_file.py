"""Reads a TOML file that a person wrote, and finds the line of a key in it."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from auditor.errors import ProfileError

MAX_BYTES = 1_000_000
MAX_DOTS = 200
"""In one line. The time that tomllib takes for a dotted key grows with the square of its length."""

_LONGEST = 1_000
"""Characters of a message."""
_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?")
_PATH = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed file together with its text."""

    name: str
    """As messages call it."""
    text: str
    data: dict[str, object]

    def error(self, path: str, problem: str, *, quoted: str = "") -> ProfileError:
        """Build the error for the value at ``path``, such as ``features[2].permissions[0]``.

        Args:
            path: Empty for the file as a whole.
            problem: What is wrong and what to write instead.
            quoted: The offending text, where it stands in quotes; it makes the line exact.
        """
        line = self._line(path, quoted)
        place = [self.name, f"line {line}" if line else "", path]
        return ProfileError(_one_line(f"{', '.join(filter(None, place))}: {problem}"))

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
        headers = [
            (n, found[1])
            for n, line in enumerate(lines)
            if "[" in line and (found := _HEADER.fullmatch(line))
        ]
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


def read_toml(file: Traversable | Path, name: str) -> TomlFile:
    """Read and parse a file of at most 1 MB.

    Raises:
        ProfileError: It is missing, not a file, too large, not UTF-8, not TOML or too deep.
    """
    return parse_toml(_text(file, name), name)


def parse_toml(text: str, name: str) -> TomlFile:
    """Parse a text.

    Raises:
        ProfileError: It is not TOML, or too deep.
    """
    if any(line.count(".") > MAX_DOTS for line in text.split("\n")):
        msg = f"{name}: a line has more than {MAX_DOTS} dots; break it up"
        raise ProfileError(msg)
    try:
        return TomlFile(name, text, tomllib.loads(text))
    except RecursionError as error:
        msg = f"{name}: not readable: values are nested too deeply"
        raise ProfileError(msg) from error
    except ValueError as error:
        msg = _one_line(f"{name}: not valid TOML: {error}")
        raise ProfileError(msg) from error


def _text(file: Traversable | Path, name: str) -> str:
    try:
        if file.is_dir():
            msg = f"{name}: is a directory; give the path of one TOML file"
            raise ProfileError(msg)
        if not file.is_file():
            msg = f"{name}: no such file"
            raise ProfileError(msg)
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            msg = f"{name}: larger than 1 MB, so it is no profile"
            raise ProfileError(msg)
        return content.decode("utf-8-sig")
    except OSError as error:
        msg = f"{name}: cannot be read: {error.strerror}"
        raise ProfileError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{name}: not UTF-8 at byte {error.start}; save it as UTF-8"
        raise ProfileError(msg) from error


def _one_line(message: str) -> str:
    cut = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


def _only(section: list[tuple[int, str]], text: str | None, pattern: str) -> int | None:
    """Return the number of the single line with a text in this pattern, counted from 1."""
    if not text:
        return None
    found = [n + 1 for n, line in section if text in line and re.search(pattern, line)]
    return found[0] if len(found) == 1 else None
