"""A file that is no whole, valid snapshot gives one clear line."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from auditor.errors import SnapshotError
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading, Snapshot
from auditor.store import read_snapshot, write_snapshot

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)

HEADER: dict[str, object] = {
    "schema": "consent-auditor/snapshot/v1",
    "tool_version": "1.0.0",
    "tenant": "contoso.example",
    "cloud": "global",
    "collected_at": "2026-08-01T12:00:00Z",
}
READING: dict[str, object] = {
    "line": "reading",
    "source": "organization",
    "subject": "",
    "page": 0,
    "request": "/organization",
    "status": 200,
    "at": "2026-08-01T12:00:00Z",
    "failure": "",
    "body": "{}",
}


def line(members: object) -> bytes:
    return json.dumps(members).encode() + b"\n"


def footer(above: bytes, **changes: object) -> bytes:
    digest = hashlib.sha256(above).hexdigest()
    count = above.count(b"\n") - 1
    return line({"line": "footer", "readings": count, "sha256": digest} | changes)


def sealed(frame: bytes) -> bytes:
    """Add the seal that docs/snapshot.md describes."""
    return frame + bytes.fromhex("552a4d1820000000") + hashlib.sha256(frame).digest()


def compressed(text: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(text)


def written(folder: Path, *members: object) -> Path:
    """Write a sealed file of these lines and a footer that fits them."""
    above = b"".join(map(line, members))
    path = folder / "x"
    path.write_bytes(sealed(compressed(above + footer(above))))
    return path


def refusal(path: Path, *, max_bytes: int = 2**31, max_line: int = 2**28) -> str:
    """Read, expect the error, and return its line without the path."""
    with pytest.raises(SnapshotError) as raised:
        read_snapshot(path, max_bytes=max_bytes, max_line=max_line)
    message = str(raised.value)
    assert message.isprintable()
    assert len(message) < 600
    assert message.startswith(f"{path}: ")
    assert "; " in message, "says what to do"
    return message.removeprefix(f"{path}: ")


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """A small snapshot with a body of each kind."""
    bodies = (b'{"value":[{"id":"1","displayName":"Contoso"}]}', b"\xff\xfe")
    readings = tuple(
        Reading("organization", "", page, "/organization?$select=id", 200, body, NOON)
        for page, body in enumerate(bodies)
    )
    path = tmp_path / "whole"
    given = Snapshot("contoso.example", Cloud.GLOBAL, NOON, readings)
    write_snapshot(given, path, tool_version="1.0.0")
    return path.read_bytes()


def test_hand_made_file_is_read(tmp_path: Path) -> None:
    expected = Reading("organization", "", 0, "/organization", 200, b"{}", NOON)
    found = read_snapshot(written(tmp_path, HEADER, READING))
    assert found == Snapshot("contoso.example", Cloud.GLOBAL, NOON, (expected,))


def test_truncation_at_every_byte(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "cut"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        problem = refusal(path)
        expected = "is not a snapshot; give" if length < 4 else "is incomplete, or not a snapshot"
        assert problem.startswith(expected), length


def test_every_flipped_bit(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "flipped"
    for place in range(len(whole)):
        for mask in (1, 2, 4, 8, 16, 32, 64, 128, 255):
            damaged = bytearray(whole)
            damaged[place] ^= mask
            path.write_bytes(damaged)
            assert refusal(path), (place, mask)


@pytest.mark.parametrize("extra", [b"\0", b"\n", b"more"])
def test_bytes_after_the_seal(tmp_path: Path, whole: bytes, extra: bytes) -> None:
    (tmp_path / "x").write_bytes(whole + extra)
    assert refusal(tmp_path / "x").startswith("is incomplete, or not a snapshot")


def test_damage_is_named(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "x").write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    assert refusal(tmp_path / "x") == (
        "is damaged: its checksum does not match;"
        " copy it again, or write a new one with consent-auditor collect"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"tenant: contoso",
        b'{"schema": "consent-auditor/snapshot/v1"}\n',
        b"\x1f\x8b\x08",
    ],
)
def test_file_of_another_kind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert refusal(tmp_path / "x") == (
        "is not a snapshot; give a file that consent-auditor collect wrote"
    )


def test_other_zstd_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(compressed(b"some text of more than the forty bytes of a seal\n"))
    assert refusal(tmp_path / "x").startswith(
        "is incomplete, or not a snapshot: its end is missing"
    )


def test_seal_without_a_frame(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sealed(b""))
    assert refusal(tmp_path / "x").startswith("is not a snapshot; ")


@pytest.mark.parametrize("frame", [b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd" + b"\xff" * 50])
def test_sealed_rubbish(tmp_path: Path, frame: bytes) -> None:
    (tmp_path / "x").write_bytes(sealed(frame))
    assert refusal(tmp_path / "x").startswith("is not a valid snapshot: ")


def test_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x") == (
        "cannot be read: No such file or directory; give a file that consent-auditor collect wrote"
    )


def test_directory(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith("is a directory; ")


@pytest.mark.skipif(os.name != "posix", reason="needs named pipes")
def test_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").startswith("is no regular file; ")


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_endless_link(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("x")
    assert refusal(tmp_path / "x").startswith("cannot be read: Too many levels of symbolic links; ")


def test_unreadable_file(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(whole)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("permission bits do not bind this user")
    assert refusal(path).startswith("cannot be read: Permission denied; ")


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="needs a file that fails")
def test_file_that_fails_while_it_is_read() -> None:
    assert refusal(Path("/proc/self/mem")).startswith("cannot be read: Input/output error; ")


@pytest.mark.parametrize("name", ["a\0b", "a\ud800", "a\n\x1b[2J\u202e"])
def test_hostile_path_is_shown_safely(tmp_path: Path, name: str) -> None:
    with pytest.raises(SnapshotError) as raised:
        read_snapshot(tmp_path / name)
    assert str(raised.value).isprintable()
    assert ascii(name)[1:-1] in str(raised.value)


@pytest.mark.parametrize("version", ["v3", "v10", "v1 ", "V1", "", "\x1b[2J\n\u202e" * 100])
def test_unknown_version_is_named(tmp_path: Path, version: str) -> None:
    schema = f"consent-auditor/snapshot/{version}"
    path = written(tmp_path, {"schema": schema, "new": [1]}, {"anything": "else"})
    assert refusal(path) == (
        f"is of the version '{ascii(schema)[1:-1][:150]}',"
        " and this program reads up to 'consent-auditor/snapshot/v2';"
        " read it with the release that wrote it, or write a new one with consent-auditor collect"
    )


def test_other_schema_is_no_snapshot(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER | {"schema": "consent-auditor/report/v1"})
    assert refusal(path).startswith(
        "is not a snapshot: its schema is 'consent-auditor/report/v1'; "
    )


def without(members: dict[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in members.items() if name != key}


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ({}, "missing required field `schema`"),
        ([], "Expected `object`, got `array`"),
        ({"schema": 1}, "Expected `str`, got `int`"),
        (HEADER | {"extra": 1}, "unknown field `extra`"),
        (HEADER | {"a\n\x1b" * 1_000: 1}, "unknown field `a\\\\n\\\\x1ba"),
        (HEADER | {"cloud": "mars"}, "Invalid enum value 'mars'"),
        (HEADER | {"collected_at": "2026-08-01T12:00:00"}, "timezone"),
        *((without(HEADER, key), f"missing required field `{key}`") for key in HEADER),
    ],
)
def test_header_is_strict(tmp_path: Path, first: object, problem: str) -> None:
    message = refusal(written(tmp_path, first))
    assert message.startswith("is not a valid snapshot: line 1: ")
    assert problem.replace("\\\\", "\\") in message


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (HEADER, "missing required field `line`"),
        ({"line": "other"}, "Invalid value 'other'"),
        (READING | {"extra": 1}, "unknown field `extra`"),
        (READING | {"status": "200"}, "Expected `int`, got `str`"),
        (READING | {"status": True}, "Expected `int`, got `bool`"),
        (READING | {"page": -1}, "Expected `int` >= 0"),
        (READING | {"body": None}, "got `null`"),
        (READING | {"body_base64": "e30="}, "give one of body and body_base64"),
        (without(READING, "body"), "give one of body and body_base64"),
        (without(READING, "body") | {"body_base64": "%"}, "Invalid base64"),
        (without(READING, "body") | {"body_bytes": 2}, "give one of body and body_base64"),
        *(
            (without(READING, key), f"missing required field `{key}`")
            for key in READING
            if key != "body"
        ),
    ],
)
def test_reading_is_strict(tmp_path: Path, second: object, problem: str) -> None:
    message = refusal(written(tmp_path, HEADER, second))
    assert message.startswith("is not a valid snapshot: line 2: ")
    assert problem in message


NOW = HEADER | {"schema": "consent-auditor/snapshot/v2"}
LAST = line({"line": "footer", "readings": 1})


def answered(size: int) -> bytes:
    """Return the line of a reading that so many bytes of body follow."""
    return line(
        {name: value for name, value in READING.items() if name != "body"} | {"body_bytes": size}
    )


def of_this_version(folder: Path, later: bytes) -> Path:
    """Write a sealed file with the header of today's version, and what follows."""
    path = folder / "x"
    path.write_bytes(sealed(compressed(line(NOW) + later)))
    return path


@pytest.mark.parametrize(
    "body", [b"{}", b"", b"\n", b'{"line":"footer"}\n{"line":"footer","readings":1}', b"\xff\x00"]
)
def test_body_is_taken_by_its_size_alone(tmp_path: Path, body: bytes) -> None:
    path = of_this_version(tmp_path, answered(len(body)) + body + b"\n" + LAST)
    (found,) = read_snapshot(path).readings
    assert found.body == body


@pytest.mark.parametrize(
    ("later", "problem"),
    [
        (answered(2), "line 2: its body does not have 2 bytes"),
        (answered(2) + b"{}", "line 2: its body does not have 2 bytes"),
        (answered(1) + b"{}\n" + LAST, "line 2: its body does not have 1 bytes"),
        (answered(3) + b"{}\n" + LAST, "line 2: its body does not have 3 bytes"),
        (answered(2**28) + b"{}\n" + LAST, "line 2: a body of 268,435,456 bytes is too large"),
        (
            answered(2**90) + b"{}\n" + LAST,
            "line 2: Expected `int` <= 9223372036854775807",
        ),
        (answered(-1) + b"{}\n" + LAST, "line 2: Expected `int` >= 0"),
        (answered(2) + b"{}\n", "no footer"),
        (answered(2) + b"{}\n" + b"{}\n" + LAST, "line 3: Object missing required field `line`"),
        (answered(2) + b"{}\n" + LAST + b"{}\n", "text after the footer"),
        (
            answered(2).replace(b"}", b',"body":""}') + b"{}\n",
            "line 2: give one of body, body_base64",
        ),
        (answered(2) + b"{}\n" + LAST[:-1], "its last line has no end"),
        (answered(2) + b"{}\n" + LAST.replace(b"1", b"2"), "its footer counts 2 readings"),
        (
            answered(2) + b"{}\n" + line({"line": "footer", "readings": 1, "sha256": "00"}),
            "its footer has a SHA-256, unlike those of its version",
        ),
    ],
)
def test_lines_of_this_version_are_strict(tmp_path: Path, later: bytes, problem: str) -> None:
    message = refusal(of_this_version(tmp_path, later))
    assert message.startswith(f"is not a valid snapshot: {problem}")


def test_bodies_count_towards_the_limit(tmp_path: Path) -> None:
    later = (answered(99_999) + b" " * 99_999 + b"\n") * 20 + LAST
    path = of_this_version(tmp_path, later)
    assert refusal(path, max_bytes=10**6).startswith("holds more than 1,000,000 bytes")
    assert refusal(path, max_line=99_999).endswith(
        "line 2: a body of 99,999 bytes is too large; give a file that consent-auditor collect wrote"
    )


@pytest.mark.parametrize("second", [b"\n", b"{\n", b'{"line":"\xff"}\n', b'"\\ud800"\n', b"\x00\n"])
def test_line_that_is_no_json(tmp_path: Path, second: bytes) -> None:
    above = line(HEADER) + second
    (tmp_path / "x").write_bytes(sealed(compressed(above + footer(above))))
    assert refusal(tmp_path / "x").startswith("is not a valid snapshot: line 2: ")


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting(tmp_path: Path, opening: bytes) -> None:
    deep = b'{"schema":"x","deep":' + opening * 500_000 + b"\n"
    (tmp_path / "x").write_bytes(sealed(compressed(deep)))
    assert refusal(tmp_path / "x").startswith("is not a valid snapshot: line 1: ")


@pytest.mark.parametrize(
    ("last", "problem"),
    [
        (b"", "no footer"),
        (footer(line(HEADER)), "its footer counts 0 readings and there are 1"),
        (footer(line(HEADER), readings=1), "its footer has another SHA-256 than its lines"),
        (footer(line(HEADER) + line(READING))[:-1], "its last line has no end"),
        (LAST, "its footer has no SHA-256, unlike those of its version"),
        (footer(line(HEADER) + line(READING)) + b"\n", "text after the footer"),
        (footer(line(HEADER) + line(READING)) + line(READING), "text after the footer"),
    ],
)
def test_footer_is_compared(tmp_path: Path, last: bytes, problem: str) -> None:
    text = line(HEADER) + line(READING) + last
    (tmp_path / "x").write_bytes(sealed(compressed(text)))
    assert refusal(tmp_path / "x").startswith(f"is not a valid snapshot: {problem}; ")


def test_text_in_a_second_frame_is_not_overlooked(tmp_path: Path) -> None:
    above = line(HEADER)
    frames = compressed(above + footer(above)) + compressed(line(READING))
    (tmp_path / "x").write_bytes(sealed(frames))
    assert "text after the footer" in refusal(tmp_path / "x")


def test_empty_text(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sealed(compressed(b"")))
    assert refusal(tmp_path / "x").startswith("is not a valid snapshot: line 1: ")


def bomb(blocks: int) -> bytes:
    """Make a frame of blocks that each say in four bytes: 128 KiB of this one letter."""
    header = b"\x28\xb5\x2f\xfd\x00\x58"
    run = ((128 * 1024) << 3 | 1 << 1).to_bytes(3, "little") + b"a"
    last = ((128 * 1024) << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\n"
    return header + run * blocks + last


def test_bomb_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sealed(bomb(1_000_000)))
    assert refusal(tmp_path / "x", max_line=10**6) == (
        "is not a valid snapshot: a line of more than 1,000,000 bytes;"
        " give a file that consent-auditor collect wrote"
    )


def test_bomb_of_many_lines(tmp_path: Path) -> None:
    above = line(HEADER) + line(READING) * 100_000
    path = tmp_path / "x"
    path.write_bytes(sealed(compressed(above + footer(above))))
    assert path.stat().st_size < 10_000
    assert refusal(path, max_bytes=10**6) == (
        "holds more than 1,000,000 bytes, too many for a snapshot;"
        " give a file that consent-auditor collect wrote"
    )


def test_default_limit_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(sealed(bomb(2**28 // 2**17)))
    with pytest.raises(SnapshotError, match="a line of more than 268,435,456 bytes"):
        read_snapshot(path)


def test_file_larger_than_its_text_may_be_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(SnapshotError, match="holds more than 2,147,483,648 bytes"):
        read_snapshot(path)


def test_window_that_takes_too_much_memory(tmp_path: Path) -> None:
    above = line(HEADER)
    large = zstandard.ZstdCompressionParameters.from_level(3, window_log=24)
    compressor = zstandard.ZstdCompressor(compression_params=large).compressobj()
    frame = compressor.compress(above + footer(above)) + compressor.flush()
    (tmp_path / "x").write_bytes(sealed(frame))
    assert "Frame requires too much memory" in refusal(tmp_path / "x")
