"""A snapshot comes back from its file exactly as it was."""

import base64
import hashlib
import json
import os
import stat
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import SnapshotError, UsageError
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading, Snapshot
from auditor.store import read_snapshot, write_snapshot

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)

BODIES = [
    b"",
    b"{}",
    b'{"displayName":"Caf\xc3\xa9 \\ud800 \\u0000","n":1.0e400}\r\n',
    b'{"broken',
    b"\x00\x01\x1b\x7f\n\r\n",
    b"\xef\xbb\xbf{}",
    b"\xff\xfe\x00",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    "\u2028\u2029\u202e\ufffe\U0001f600".encode(),
    "{}".encode("utf-16"),
    b"0123456789" * 500_000,
    bytes(range(256)) * 5_000,
]

times = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
readings = st.builds(
    Reading,
    source=st.text(),
    subject=st.text(),
    page=st.integers(0, 10**6),
    request=st.text(),
    status=st.integers(0, 999),
    body=st.binary() | st.text().map(str.encode) | st.sampled_from(BODIES),
    at=times,
    failure=st.text(),
)
snapshots = st.builds(
    Snapshot,
    tenant=st.text(),
    cloud=st.sampled_from(Cloud),
    collected_at=times,
    readings=st.lists(readings, max_size=5).map(tuple),
)


def reading(body: bytes = b"{}", page: int = 0) -> Reading:
    return Reading("organization", "", page, "/organization?$select=id", 200, body, NOON)


def snapshot(*bodies: bytes) -> Snapshot:
    pages = tuple(reading(body, page) for page, body in enumerate(bodies))
    return Snapshot("contoso.example", Cloud.GLOBAL, NOON, pages)


def lines(path: Path) -> list[bytes]:
    """Decompress as docs/snapshot.md tells, without the code under test."""
    content = path.read_bytes()
    frame, seal = content[:-40], content[-40:]
    assert seal == bytes.fromhex("552a4d1820000000") + hashlib.sha256(frame).digest()
    return zstandard.ZstdDecompressor().decompressobj().decompress(frame).splitlines(keepends=True)


@settings(deadline=None)
@given(snapshots)
def test_every_snapshot_comes_back_exactly(given: Snapshot) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "tenant.snapshot")
        write_snapshot(given, path, tool_version="1.0.0")
        assert read_snapshot(path) == given


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_body_is_verbatim(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "x"
    write_snapshot(snapshot(b"1", body, b"2"), path, tool_version="1.0.0")
    assert [one.body for one in read_snapshot(path).readings] == [b"1", body, b"2"]


def test_snapshot_without_readings(tmp_path: Path) -> None:
    write_snapshot(snapshot(), tmp_path / "x", tool_version="1.0.0")
    assert read_snapshot(tmp_path / "x") == snapshot()


def test_lines_are_as_documented(tmp_path: Path) -> None:
    refused = Reading("user", "u\t1", 2, "/users/u1", 0, b"\xff\x00", NOON, "timed out")
    given = Snapshot("Caf\xe9", Cloud.CHINA, NOON, (reading(b'{"a":"\xc3\xa9"}'), refused))
    write_snapshot(given, tmp_path / "x", tool_version="1.2.3")
    text = lines(tmp_path / "x")
    assert text.pop(2) == b'{"a":"\xc3\xa9"}\n'
    assert [json.loads(line) for line in text] == [
        {
            "schema": "consent-auditor/snapshot/v2",
            "tool_version": "1.2.3",
            "tenant": "Caf\xe9",
            "cloud": "china",
            "collected_at": "2026-08-01T12:00:00Z",
        },
        {
            "line": "reading",
            "source": "organization",
            "subject": "",
            "page": 0,
            "request": "/organization?$select=id",
            "status": 200,
            "at": "2026-08-01T12:00:00Z",
            "failure": "",
            "body_bytes": 10,
        },
        {
            "line": "reading",
            "source": "user",
            "subject": "u\t1",
            "page": 2,
            "request": "/users/u1",
            "status": 0,
            "at": "2026-08-01T12:00:00Z",
            "failure": "timed out",
            "body_base64": base64.b64encode(b"\xff\x00").decode(),
        },
        {"line": "footer", "readings": 2},
    ]
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in text)


def test_same_snapshot_gives_the_same_bytes(tmp_path: Path) -> None:
    given = snapshot(*BODIES)
    write_snapshot(given, tmp_path / "a", tool_version="1.0.0")
    write_snapshot(read_snapshot(tmp_path / "a"), tmp_path / "b", tool_version="1.0.0")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_time_is_written_in_utc(tmp_path: Path) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=2)))
    given = Snapshot("t", Cloud.GLOBAL, elsewhere, ())
    write_snapshot(given, tmp_path / "x", tool_version="1.0.0")
    assert json.loads(lines(tmp_path / "x")[0])["collected_at"] == "2026-08-01T12:00:00Z"
    assert read_snapshot(tmp_path / "x") == given


@pytest.mark.skipif(os.name != "posix", reason="permission bits are a POSIX matter")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o666)
    write_snapshot(snapshot(b"{}"), path, tool_version="1.0.0")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_link_is_read_through_and_not_written_through(tmp_path: Path) -> None:
    write_snapshot(snapshot(b"{}"), tmp_path / "x", tool_version="1.0.0")
    before = (tmp_path / "x").read_bytes()
    (tmp_path / "link").symlink_to("x")
    assert read_snapshot(tmp_path / "link") == snapshot(b"{}")
    with pytest.raises(UsageError, match="link: cannot be written: it is a symbolic link"):
        write_snapshot(snapshot(), tmp_path / "link", tool_version="1.0.0")
    assert (tmp_path / "x").read_bytes() == before


@pytest.mark.parametrize("field", ["tenant", "source", "failure"])
def test_text_that_is_not_unicode_is_refused_and_the_old_file_stays(
    tmp_path: Path, field: str
) -> None:
    bad = {field: "\ud800" * 1_000}
    one = Reading(bad.get("source", "s"), "", 0, "/", 200, b"", NOON, bad.get("failure", ""))
    given = Snapshot(bad.get("tenant", "t"), Cloud.GLOBAL, NOON, (one,))
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(SnapshotError, match=r"x: cannot be written: '\\ud800.+ is not Unicode; "):
        write_snapshot(given, tmp_path / "x", tool_version="1.0.0")
    assert [item.name for item in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    given, path = snapshot(b"1" * 1_000, b"2" * 1_000), tmp_path / "x"
    write_snapshot(given, path, tool_version="1.0.0")
    text = lines(path)
    total, longest = sum(map(len, text)), max(map(len, text))
    write_snapshot(given, path, tool_version="1.0.0", max_bytes=total, max_line=longest)
    assert read_snapshot(path, max_bytes=total, max_line=longest) == given
    for max_bytes, max_line in ((total - 1, longest), (total, longest - 1)):
        with pytest.raises(SnapshotError, match=r"cannot be written: more than [0-9,]+ bytes"):
            write_snapshot(
                snapshot(b"1" * 1_000, b"2" * 1_000),
                tmp_path / "y",
                tool_version="1.0.0",
                max_bytes=max_bytes,
                max_line=max_line,
            )
    assert [item.name for item in tmp_path.iterdir()] == ["x"]


def test_text_is_never_held_as_a_whole(tmp_path: Path) -> None:
    body = b'{"displayName":"Contoso"}' * 12_000
    given = Snapshot("t", Cloud.GLOBAL, NOON, tuple(reading(body, page) for page in range(100)))
    tracemalloc.start()
    try:
        write_snapshot(given, tmp_path / "x", tool_version="1.0.0")
        writing = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        found = read_snapshot(tmp_path / "x")
        held, reading_peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == given
    assert writing < 10 * len(body)
    assert reading_peak - held < 20 * len(body)
