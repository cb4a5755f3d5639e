"""The sample tenants that ship with the program: fictional, complete, answered like Graph.

A sample is a file of ``policies/samples/``. ``extends`` names another sample whose answers and
absent members it takes over; an answer of null removes the inherited one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from auditor.errors import ResourceError, UsageError
from auditor.model.cloud import Cloud
from auditor.resources import children, resource

_T = TypeVar("_T")
_Members = dict[str, msgspec.Raw]

_OK = 200
_ALL_GRANTS = "/oauth2permissiongrants"
_ALL_PRINCIPALS = "/serviceprincipals"
_PRINCIPAL = re.compile(r"/serviceprincipals\(appid='[^']*'\)")
_TERM = re.compile(r"\s*(\w+) eq '([^']*)'\s*")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_REQUEST_ID = "5a6d3f0e-0000-4000-8000-000000000000"


class SampleAnswer(msgspec.Struct, frozen=True):
    """What Graph says to one request."""

    status: int
    body: bytes
    """JSON without insignificant white space."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample tenant, with everything that it inherits."""

    id: str
    title: str
    description: str
    cloud: Cloud
    tenant: str
    collected_at: datetime
    """UTC, whole seconds; the clock of an audit of this sample."""
    variables: Mapping[str, Mapping[str, str]]
    """By profile id: ``app_id`` and ``domain``."""
    answers: Mapping[str, SampleAnswer]
    """By Graph path below the API version, without a query."""


class _FileAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: int
    body: msgspec.Raw


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal["consent-auditor/sample/v1"]
    id: str
    answers: dict[str, _FileAnswer | None]
    title: str | None = None
    description: str | None = None
    extends: str | None = None
    cloud: Cloud | None = None
    tenant: str | None = None
    collected_at: datetime | None = None
    variables: dict[str, dict[str, str]] | None = None


def sample_ids() -> tuple[str, ...]:
    """List the ids of the samples that ship with the program, sorted."""
    files = children(resource("policies", "samples"), ".json")
    return tuple(sorted(file.name.removesuffix(".json") for file in files))


def load_sample(sample_id: str) -> Sample:
    """Load a shipped sample with what it inherits.

    Raises:
        UsageError: There is no such sample; the message lists those there are.
        ResourceError: A sample's file is damaged.
    """
    return _merge(_with_bases(_shipped(sample_id)))


def load_sample_file(path: Path) -> Sample:
    """Load a sample from a file that does not ship; it may extend a shipped sample.

    Raises:
        UsageError: The file cannot be read, or extends a sample that does not exist.
        ResourceError: The file, or a sample that it extends, is damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"sample {path} cannot be read: {error.strerror}"
        raise UsageError(msg) from error
    return _merge(_with_bases(_decode(data, path.name)))


def answer(sample: Sample, path: str) -> tuple[int, bytes]:
    """Answer a GET request as Graph would for this tenant.

    Args:
        sample: The tenant.
        path: Path below the API version, with or without a query. ``$select`` and ``$filter``
            of ``name eq 'text'`` terms are honoured, other options are ignored.

    Returns:
        HTTP status and JSON body; 404 with Graph's error for a path that the sample lacks.
    """
    parts = urlsplit(path)
    place = unquote(parts.path)
    found = _find(sample, place)
    if found is None:
        return 404, _not_found(sample, place)
    options = parse_qs(parts.query)
    if found.status != _OK or not options:
        return found.status, found.body
    terms = _terms(options.get("$filter", [""])[0])
    if terms is None:
        return 400, _error(sample, "Request_BadRequest", "Invalid filter clause")
    return found.status, _shaped(found.body, terms, _names(options.get("$select", [""])[0]))


def _shipped(sample_id: str) -> _File:
    known = sample_ids()
    if sample_id not in known:
        msg = f"there is no sample {sample_id!r}: choose one of {', '.join(known)}"
        raise UsageError(msg)
    file = resource("policies", "samples", f"{sample_id}.json")
    return _decode(file.read_bytes(), file.name)


def _decode(data: bytes, name: str) -> _File:
    try:
        return msgspec.json.decode(data, type=_File)
    except msgspec.DecodeError as error:
        msg = f"sample {name} is not valid: {error}"
        raise ResourceError(msg) from error


def _with_bases(file: _File) -> tuple[_File, ...]:
    """List a file and the files that it extends, the nearest first."""
    if file.extends is None:
        return (file,)
    return (file, *_with_bases(_shipped(file.extends)))


def _merge(files: tuple[_File, ...]) -> Sample:
    own = files[0].id
    return Sample(
        id=own,
        title=_first((file.title for file in files), own, "title"),
        description=_first((file.description for file in files), own, "description"),
        cloud=_first((file.cloud for file in files), own, "cloud"),
        tenant=_first((file.tenant for file in files), own, "tenant"),
        collected_at=_first((file.collected_at for file in files), own, "collected_at"),
        variables=MappingProxyType(_first((file.variables for file in files), own, "variables")),
        answers=MappingProxyType(_answers(files)),
    )


def _first(values: Iterable[_T | None], sample_id: str, member: str) -> _T:
    for value in values:
        if value is not None:
            return value
    msg = f"sample {sample_id} is not valid: it has no {member} and inherits none"
    raise ResourceError(msg)


def _answers(files: tuple[_File, ...]) -> dict[str, SampleAnswer]:
    merged: dict[str, _FileAnswer | None] = {}
    for file in reversed(files):
        merged |= file.answers
    return {
        path: SampleAnswer(given.status, msgspec.json.format(bytes(given.body), indent=-1))
        for path, given in merged.items()
        if given is not None
    }


def _find(sample: Sample, place: str) -> SampleAnswer | None:
    """Find a path's answer; Graph's paths do not distinguish case."""
    wanted = place.casefold()
    exact = sample.answers.get(place)
    if exact is not None:
        return exact
    for path, given in sample.answers.items():
        if path.casefold() == wanted:
            return given
    if wanted == _ALL_PRINCIPALS:
        return _every_principal(sample)
    return _every_grant(sample) if wanted == _ALL_GRANTS else None


def _every_grant(sample: Sample) -> SampleAnswer:
    """Answer for the tenant's grants with those of every client app that the sample has."""
    grants: list[msgspec.Raw] = []
    for path, given in sample.answers.items():
        if path.casefold().endswith(_ALL_GRANTS) and given.status == _OK:
            grants += _value(msgspec.json.decode(given.body, type=_Members)) or []
    return SampleAnswer(_OK, msgspec.json.encode({"value": grants}))


def _every_principal(sample: Sample) -> SampleAnswer:
    """Answer for the tenant's service principals with those that the sample has."""
    found = [
        msgspec.Raw(given.body)
        for path, given in sample.answers.items()
        if _PRINCIPAL.fullmatch(path.casefold()) and given.status == _OK
    ]
    return SampleAnswer(_OK, msgspec.json.encode({"value": found}))


def _value(members: _Members) -> list[msgspec.Raw] | None:
    """Return the items of a collection; None for an object."""
    value = members.get("value")
    return None if value is None else msgspec.json.decode(value, type=list[msgspec.Raw])


def _shaped(body: bytes, terms: list[tuple[str, str]], names: frozenset[str]) -> bytes:
    members = msgspec.json.decode(body, type=_Members)
    items = _value(members)
    if items is None:
        return msgspec.json.encode(_selected(members, names))
    decoded = (msgspec.json.decode(item, type=_Members) for item in items)
    kept = [_selected(item, names) for item in decoded if _matches(item, terms)]
    return msgspec.json.encode(members | {"value": msgspec.Raw(msgspec.json.encode(kept))})


def _selected(members: _Members, names: frozenset[str]) -> _Members:
    if not names:
        return members
    return {
        name: value
        for name, value in members.items()
        if name in names or name.startswith("@odata.")
    }


def _matches(members: _Members, terms: list[tuple[str, str]]) -> bool:
    return all(_text(members.get(name)) == wanted.casefold() for name, wanted in terms)


def _text(value: msgspec.Raw | None) -> str | None:
    found = None if value is None else msgspec.json.decode(value, type=object)
    return found.casefold() if isinstance(found, str) else None


def _names(select: str) -> frozenset[str]:
    return frozenset(name.strip() for name in select.split(",") if name.strip())


def _terms(condition: str) -> list[tuple[str, str]] | None:
    """Split a ``$filter`` into names and texts; None when it is of another form."""
    if not condition:
        return []
    found = [_TERM.fullmatch(term) for term in condition.split(" and ")]
    terms = [(term[1], term[2]) for term in found if term is not None]
    return terms if len(terms) == len(found) else None


def _not_found(sample: Sample, place: str) -> bytes:
    named = _GUID.findall(place) or [place.rpartition("/")[2]]
    message = (
        f"Resource '{named[-1]}' does not exist or one of its queried reference-property objects"
        " are not present."
    )
    return _error(sample, "Request_ResourceNotFound", message)


def _error(sample: Sample, code: str, message: str) -> bytes:
    inner = {
        "date": sample.collected_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": _REQUEST_ID,
        "client-request-id": _REQUEST_ID,
    }
    return msgspec.json.encode({"error": {"code": code, "message": message, "innerError": inner}})
