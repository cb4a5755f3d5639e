"""The one file for a ticket: a zip with the report, a share-safe snapshot and what was asked.

The same content gives the same bytes. A bundle that is read is foreign: its members, their sizes
and their checksums are checked before anything in them is believed.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec

from auditor.errors import SnapshotError, UsageError
from auditor.files import shown
from auditor.model.profile import WAYS, ConsentRequest
from auditor.model.snapshot import Snapshot
from auditor.scopes import guid, parse_scope, scope_of
from auditor.store import parse_snapshot, snapshot_bytes

SCHEMA = "consent-auditor/bundle/v1"
MAX_BYTES = 16 * 1024**2
"""Of a bundle that is read."""
SNAPSHOT, MANIFEST = "tenant.snapshot", "manifest.json"
REPORTS = ("report.html", "summary.md", "report.json")

_MEMBERS = frozenset({*REPORTS, SNAPSHOT, MANIFEST})
_MAX_MEMBER = 32 * 1024**2
_MAX_SNAPSHOT = 512 * 1024**2  # decompressed
_MAX_REQUESTS = 100
_MAX_PERMISSIONS, _MAX_URIS = 1000, 1000  # of all requests
_ENCRYPTED = 0x1
_UNIX = 3
_PRIVATE = 0o100600 << 16
_LEVEL = 9
_SHOWN = 150
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_LATEST = datetime(2107, 12, 31, tzinfo=UTC)
"""What a zip can say of a member's time."""
_PLATFORMS = frozenset({"web", "spa", "public"})
_AGAIN = "get it again from whoever made it with consent-auditor bundle"

_Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    version: str


class _Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    size: int
    sha256: _Sha256


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    tool: _Tool
    share_safe: bool
    collected_at: datetime
    requests: tuple[ConsentRequest, ...]
    members: tuple[_Member, ...]


class _Schema(msgspec.Struct, frozen=True):
    schema: str


class Bundle(msgspec.Struct, frozen=True):
    """What a bundle is read for."""

    snapshot: Snapshot
    requests: tuple[ConsentRequest, ...]


class _FaultError(Exception):
    """What is wrong with the file; the file is named later."""


def make_bundle(
    snapshot: Snapshot,
    requests: Sequence[ConsentRequest],
    reports: Mapping[str, bytes],
    *,
    tool_version: str,
) -> bytes:
    """Pack a share-safe snapshot, its requests and its reports.

    Args:
        snapshot: Share-safe.
        requests: What the reports decide, in the snapshot's pseudonyms.
        reports: Content by each name of ``REPORTS``.
        tool_version: Of this program.
    """
    content = {**reports, SNAPSHOT: snapshot_bytes(snapshot, tool_version=tool_version)}
    listed = tuple(
        _Member(name, len(data), sha256(data).hexdigest()) for name, data in sorted(content.items())
    )
    manifest = _Manifest(
        schema=SCHEMA,
        tool=_Tool("entra-consent-auditor", tool_version),
        share_safe=snapshot.share_safe,
        collected_at=snapshot.collected_at.astimezone(UTC),
        requests=tuple(requests),
        members=listed,
    )
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    return _zipped({**content, MANIFEST: text}, snapshot.collected_at)


def _zipped(content: Mapping[str, bytes], at: datetime) -> bytes:
    file = io.BytesIO()
    moment = max(_EARLIEST, min(at.astimezone(UTC), _LATEST))
    with zipfile.ZipFile(file, "w") as packed:
        for name, data in sorted(content.items()):
            info = zipfile.ZipInfo(name, moment.timetuple()[:6])
            info.create_system, info.external_attr = _UNIX, _PRIVATE
            packed.writestr(info, data, zipfile.ZIP_DEFLATED, _LEVEL)
    return file.getvalue()


def read_bundle(path: Path) -> Bundle:
    """Read a bundle, distrusting every byte of it.

    Raises:
        SnapshotError: It is damaged, foreign, too large or of an unknown version.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        return _bundle(_unzipped(data), shown(path))
    except _FaultError as error:
        msg = f"{shown(path)}: {error}; {_AGAIN}"
        raise SnapshotError(msg) from error
    except OSError as error:
        msg = f"{shown(path)}: cannot be read: {error.strerror or error}"
        raise SnapshotError(msg) from error


def _unzipped(data: bytes) -> dict[str, bytes]:
    if len(data) > MAX_BYTES:
        msg = f"holds more than {MAX_BYTES:,} bytes, too many for a bundle"
        raise _FaultError(msg)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _check_names(packed.infolist())
            return {info.filename: _content(packed, info) for info in packed.infolist()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        LookupError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,
        ValueError,
        struct.error,
    ) as error:
        msg = f"is damaged, or no bundle: {_short(error)}"
        raise _FaultError(msg) from error


def _check_names(infos: Iterable[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if len(set(names)) < len(names):
        raise _FaultError("is no bundle: it has two members of one name")
    odd = sorted(set(names) ^ _MEMBERS)
    if odd:
        what = "has more in it" if set(names) - _MEMBERS else "lacks"
        msg = f"is no bundle: it {what}: {_short(', '.join(odd))}"
        raise _FaultError(msg)


def _content(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Unpack one member, no further than is allowed whatever its header says."""
    if info.flag_bits & _ENCRYPTED:
        msg = f"is no bundle: {info.filename} is encrypted"
        raise _FaultError(msg)
    with packed.open(info) as file:
        content = file.read(_MAX_MEMBER + 1)
    if len(content) > _MAX_MEMBER:
        msg = f"is no bundle: {info.filename} holds more than {_MAX_MEMBER:,} bytes"
        raise _FaultError(msg)
    return content


def _bundle(content: Mapping[str, bytes], name: str) -> Bundle:
    manifest = _manifest(content[MANIFEST])
    _check_members(manifest, content)
    _check_requests(manifest.requests)
    where = f"{name}: {SNAPSHOT}"
    snapshot = parse_snapshot(content[SNAPSHOT], where, max_bytes=_MAX_SNAPSHOT)
    if not (snapshot.share_safe and manifest.share_safe):
        raise _FaultError("is no bundle: it is not share-safe")
    return Bundle(snapshot, manifest.requests)


def _manifest(text: bytes) -> _Manifest:
    try:
        schema = msgspec.json.decode(text, type=_Schema).schema
        if schema != SCHEMA:
            msg = f"is of the version '{_short(schema)}', and this program reads {SCHEMA!r} only"
            raise _FaultError(msg)
        return msgspec.json.decode(text, type=_Manifest)
    except (ValueError, RecursionError) as error:
        msg = f"is no bundle: {MANIFEST}: {_short(error)}"
        raise _FaultError(msg) from error


def _check_members(manifest: _Manifest, content: Mapping[str, bytes]) -> None:
    listed = {one.name: (one.size, one.sha256) for one in manifest.members}
    found = {
        name: (len(data), sha256(data).hexdigest())
        for name, data in content.items()
        if name != MANIFEST
    }
    wrong = sorted(name for name in listed.keys() | found if listed.get(name) != found.get(name))
    if wrong or len(manifest.members) != len(found):
        what = f": {_short(', '.join(wrong))}" if wrong else ""
        msg = f"is damaged: its manifest has other checksums than its members{what}"
        raise _FaultError(msg)


def _check_requests(requests: Sequence[ConsentRequest]) -> None:
    """Hold what options and profiles would have been held to, such as that ids are GUIDs."""
    if not 0 < len(requests) <= _MAX_REQUESTS:
        raise _FaultError("is no bundle: its manifest lists no request, or too many")
    if sum(len(one.permissions) for one in requests) > _MAX_PERMISSIONS:
        raise _FaultError("is no bundle: its manifest lists too many permissions")
    registrations = [one.registration for one in requests if one.registration]
    if sum(len(one.redirect_uris) + len(one.unchecked) for one in registrations) > _MAX_URIS:
        raise _FaultError("is no bundle: its manifest lists too many redirect URIs")
    for one in requests:
        platform = one.registration.platform if one.registration else "web"
        known = platform in _PLATFORMS and one.documented_way in {"", *WAYS}
        if not (known and one.permissions):
            raise _FaultError("is no bundle: a request in its manifest is not complete")
        _check_permissions(one)
        resources = (each.requirement.resource_app_id for each in one.permissions)
        ids = (one.app_id, one.asker.user_id or None, *resources)
        if any(each is not None and guid(each) != each for each in ids):
            raise _FaultError("is no bundle: an id in its manifest is no GUID in lower case")


def _check_permissions(request: ConsentRequest) -> None:
    found = [
        (one.requirement.resource_app_id, one.requirement.value) for one in request.permissions
    ]
    try:
        for app_id, value in found:
            parse_scope(scope_of(app_id, value))
    except UsageError as error:
        raise _FaultError("is no bundle: a permission in its manifest has no name") from error
    if len({(app_id, value.lower()) for app_id, value in found}) < len(found):
        raise _FaultError("is no bundle: a request in its manifest has a permission twice")


def _short(text: object) -> str:
    return shown(str(text)[:_SHOWN])[:_SHOWN]
