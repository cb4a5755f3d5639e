"""Runs a ``.http`` file against a fake cloud, as VS Code's REST Client would.

Understood: ``###`` between requests, ``@name = value``, ``# @name x``, ``{{name}}``,
``{{x.response.body.$.path}}`` with members, indexes and ``[?(@.a=='b' && @.c=='d')]``. As in
REST Client, a line that starts with ``#`` or ``//`` is a comment wherever it stands, and every
``{{...}}`` is replaced in the text before anybody reads it as JSON.

REST Client leaves comparing to the person. Here two kinds of comments before a GET do it:

- ``# @expect {"member", "expected", "within", "where"}``: what a ``Guard`` says;
- ``# @lookup {"name", "within", "where", "take"}``: exactly one item may match. Where the file
  has an empty variable of that name, the id is put there, as the person would do.
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from tests.fakes.cloud import FakeCloud
from tests.fakes.wire import Json

_SEPARATOR = re.compile(r"^#{3,}.*$", re.MULTILINE)
_LINE_END = re.compile(r"\r?\n")
_COMMENT = re.compile(r"\s*(?:#|//)")
_NOTE = re.compile(r"\s*(?:#+|/{2,})\s+@(?P<kind>[\w-]+)(?:\s+(?P<text>.*?))?\s*")
_VARIABLE = re.compile(r"\s*@(?P<name>[^\s=]+)\s*=\s*(?P<value>.*?)\s*")
_REQUEST = re.compile(r"(?P<method>GET|POST|PATCH|PUT|DELETE) (?P<url>\S.*?)(?: +HTTP/[\d.]+)?")
_REFERENCE = re.compile(r"\{\{(.+?)\}\}")
_RESPONSE = re.compile(r"(?P<request>[\w-]+)\.response\.body\.\$(?P<path>.+)")
_STEP = re.compile(r"\.(?P<member>\w+)|\[(?P<index>\d+)\]|\[\?\((?P<filter>[^\]]+)\)\]")
_TERM = re.compile(r"\s*@\.(?P<member>[\w.]+)\s*===?\s*(?P<quote>['\"])(?P<text>.*?)(?P=quote)\s*")


class Drifted(Exception):  # noqa: N818 - the word that scripts use
    """The tenant is not as it was audited; nothing was sent after this was found."""


class WriteRefusedError(Exception):
    """Graph answered a write with something else than success."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request of a file and how it went."""

    method: str
    path: str
    """Below the API version, with the query, as it was written."""
    body: Json
    """None without one."""
    status: int


@dataclass(slots=True)
class _Block:
    """What stands between two separators."""

    name: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """``expect`` or ``lookup``, and its JSON."""
    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


def run(text: str, *, cloud: FakeCloud, values: Mapping[str, str] | None = None) -> list[Sent]:
    """Send the requests of a file, one after the other, with an administrator's token.

    Args:
        text: The file. Its ``@graph`` keeps its path and gets the fake's origin; its ``@token``
            gets a token that may do everything.
        cloud: Where to send it.
        values: Instead of the file's values of these variables.

    Returns:
        What was sent, reads included.

    Raises:
        Drifted: A read does not say what is expected; the requests after it are not sent.
        WriteRefusedError: The fake did not do a write; the requests after it are not sent.
        ValueError: The file is not one that REST Client could run.
    """
    variables = _variables(text)
    if unknown := set(values or {}) - set(variables):
        msg = f"the file has no variable {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    graph = f"{cloud.graph_url}{urlsplit(variables.get('graph', '')).path}"
    given = {"graph": graph, "token": cloud.admin_token()}
    runner = _Runner(cloud, {**variables, **given, **(values or {})})
    trust = ssl.create_default_context(cafile=str(cloud.ca_file))
    with httpx.Client(verify=trust, trust_env=False) as client:
        return [runner.send(client, block) for block in _blocks(text)]


def _variables(text: str) -> dict[str, str]:
    found = [_VARIABLE.fullmatch(line) for line in _head_lines(text)]
    return {one["name"]: one["value"] for one in found if one}


def _head_lines(text: str) -> Iterator[str]:
    """Give the lines that stand before the request lines."""
    for part in _SEPARATOR.split(text):
        for line in _LINE_END.split(part):
            if _REQUEST.fullmatch(line.strip()):
                break
            yield line


def _blocks(text: str) -> Iterator[_Block]:
    for part in _SEPARATOR.split(text):
        block = _block(_LINE_END.split(part))
        if block.method:
            yield block


def _block(lines: list[str]) -> _Block:
    block = _Block()
    kept: list[str] = []
    for line in lines:
        if not _COMMENT.match(line):
            kept.append(line)
        elif (note := _NOTE.fullmatch(line)) and not any(map(_starts, kept)):
            _take_note(block, note["kind"], note["text"] or "")
    while kept and not _starts(kept[0]):
        del kept[0]
    if kept:
        _take_request(block, kept)
    elif block.notes or block.name:
        msg = f"a block without a request: {block.name} {block.notes}"
        raise ValueError(msg)
    return block


def _starts(line: str) -> bool:
    """Say whether a line is where a request begins, not blank and no variable."""
    return bool(line.strip()) and not _VARIABLE.fullmatch(line)


def _take_note(block: _Block, kind: str, text: str) -> None:
    if kind == "name":
        block.name = text
    elif kind in {"expect", "lookup"}:
        block.notes.append((kind, text))


def _take_request(block: _Block, lines: list[str]) -> None:
    found = _REQUEST.fullmatch(lines[0].strip())
    if not found:
        msg = f"not a request line: {lines[0]!r}"
        raise ValueError(msg)
    block.method, block.url = found["method"], found["url"]
    blank = next((index for index, line in enumerate(lines) if not line.strip()), len(lines))
    for line in lines[1:blank]:
        name, colon, value = line.partition(":")
        if not colon:
            msg = f"not a header: {line!r}"
            raise ValueError(msg)
        block.headers[name.strip()] = value.strip()
    block.body = "\n".join(lines[blank:]).strip()


@dataclass(slots=True)
class _Runner:
    cloud: FakeCloud
    variables: dict[str, str]
    answers: dict[str, Json] = field(default_factory=dict)
    """By the names of requests."""

    def send(self, client: httpx.Client, block: _Block) -> Sent:
        """Send one request and judge its answer."""
        url = self._filled(block.url)
        if block.notes and block.method != "GET":
            msg = f"{block.method} {url}: only a GET can expect something"
            raise ValueError(msg)
        if not url.startswith(f"{self.cloud.graph_url}/v1.0/"):
            msg = f"{url} is not below {self.cloud.graph_url}/v1.0/"
            raise ValueError(msg)
        headers = {name: self._filled(value) for name, value in block.headers.items()}
        body = self._filled(block.body)
        notes = [(kind, _mapping(json.loads(self._filled(text)))) for kind, text in block.notes]
        reply = client.request(block.method, url, headers=headers, content=body.encode())
        content: Json = reply.json() if reply.content else None
        path = url.removeprefix(f"{self.cloud.graph_url}/v1.0")
        sent = Sent(block.method, path, json.loads(body) if body else None, reply.status_code)
        if block.method == "GET":
            for name, found in _judge(sent, content, notes).items():
                if self.variables.get(name) == "":
                    self.variables[name] = found
        elif not reply.is_success:
            msg = f"{block.method} {path}: HTTP {reply.status_code} {reply.text}"
            raise WriteRefusedError(msg)
        if block.name:
            self.answers[block.name] = content
        return sent

    def _filled(self, text: str) -> str:
        return _REFERENCE.sub(lambda found: self._value(found[1].strip()), text)

    def _value(self, reference: str) -> str:
        if self.variables.get(reference):
            return self._filled(self.variables[reference])
        found = _RESPONSE.fullmatch(reference)
        if not found or found["request"] not in self.answers:
            msg = f"nothing is known as {{{{{reference}}}}}"
            raise ValueError(msg)
        values = _selected(self.answers[found["request"]], found["path"])
        if len(values) != 1 or not isinstance(values[0], str):
            msg = f"{reference} is not exactly one text: {values}"
            raise Drifted(msg)
        return values[0]


def _judge(sent: Sent, content: Json, notes: list[tuple[str, dict[str, Json]]]) -> dict[str, str]:
    """Compare an answer with everything that is expected of it; return the ids looked up."""
    looked_up: dict[str, str] = {}
    absent = any(kind == "expect" and not note["member"] for kind, note in notes)
    if sent.status != (404 if absent else 200):
        msg = f"GET {sent.path}: HTTP {sent.status}"
        raise Drifted(msg)
    for kind, note in notes:
        if kind == "lookup":
            taken = [_member(one, str(note["take"])) for one in _matching(sent, content, note)]
            if len(taken) != 1 or not isinstance(taken[0], str):
                msg = f"GET {sent.path}: {note['name']} is not exactly one: {taken}"
                raise Drifted(msg)
            looked_up[str(note["name"])] = taken[0]
        elif note["member"]:
            _compare(sent, content, note)
    return looked_up


def _compare(sent: Sent, content: Json, note: dict[str, Json]) -> None:
    member, expected = str(note["member"]), note["expected"]
    actual: Json
    if note.get("within"):
        actual = [_member(one, member) for one in _matching(sent, content, note)]
    else:
        actual = _member(content, member)
    if actual is None and isinstance(expected, list):
        actual = []
    if _unordered(actual) != _unordered(expected):
        msg = f"GET {sent.path}: {member} is {actual!r}, not {expected!r}"
        raise Drifted(msg)


def _matching(sent: Sent, content: Json, note: dict[str, Json]) -> list[Json]:
    """Return the items of a list that have every value that is asked for."""
    if isinstance(content, dict) and "@odata.nextLink" in content:
        msg = f"GET {sent.path}: the list has more than one page"
        raise Drifted(msg)
    within = str(note["within"])
    listed = _member(content, within) if within else [content]
    where = _mapping(note.get("where") or {})
    return [
        one
        for one in (listed if isinstance(listed, list) else [])
        if all(_folded(_member(one, name)) == _folded(text) for name, text in where.items())
    ]


def _member(value: Json, path: str) -> Json:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _folded(value: Json) -> Json:
    return value.casefold() if isinstance(value, str) else value


def _unordered(value: Json) -> Json:
    if isinstance(value, list):
        return sorted(map(_unordered, value), key=json.dumps)
    return value


def _mapping(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        msg = f"not an object: {value!r}"
        raise ValueError(msg)  # noqa: TRY004 - the file is wrong
    return value


def _selected(value: Json, path: str) -> list[Json]:
    """Follow a JSONPath behind its ``$``; letter case counts, as in REST Client."""
    found, position = [value], 0
    while position < len(path):
        step = _STEP.match(path, position)
        if not step:
            msg = f"not a path that is understood: ${path}"
            raise ValueError(msg)
        found = [one for item in found for one in _stepped(item, step)]
        position = step.end()
    return found


def _stepped(item: Json, step: re.Match[str]) -> list[Json]:
    if step["member"]:
        return [item[step["member"]]] if isinstance(item, dict) and step["member"] in item else []
    if not isinstance(item, list):
        return []
    if step["index"]:
        return item[int(step["index"]) :][:1]
    terms = [*_terms(step["filter"])]
    return [one for one in item if all(_member(one, member) == text for member, text in terms)]


def _terms(condition: str) -> Iterator[tuple[str, str]]:
    for term in condition.split("&&"):
        found = _TERM.fullmatch(term)
        if not found:
            msg = f"not a condition that is understood: {condition}"
            raise ValueError(msg)
        yield found["member"], found["text"]
