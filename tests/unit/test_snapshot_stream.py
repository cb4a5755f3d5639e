"""The file of an inventory: what is said where it is none, and who may write it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from auditor.errors import SnapshotError, UsageError
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from auditor.snapshot_format import FaultError, Limits, compressor, frames, named, seal
from auditor.snapshot_lines import Header, LineWriter, make_header, reading_of
from auditor.snapshot_stream import SnapshotWriter, partial_path, stream_snapshot

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


def header() -> Header:
    return make_header("1.0.0", "contoso.example", Cloud.GLOBAL, NOON)


def reading(body: bytes = b"{}") -> Reading:
    return Reading("organization", "", 0, "/organization", 200, body, NOON)


def written(path: Path) -> bytes:
    """Write a whole snapshot; returns its bytes."""
    with SnapshotWriter.begin(path, header()) as writer:
        writer.add(reading())
        writer.finish()
    return path.read_bytes()


def refusal(path: Path) -> str:
    """Return the one line that says why a file cannot be read, without its name."""
    with pytest.raises(SnapshotError) as raised, stream_snapshot(path) as snapshot:
        list(snapshot.readings)
    name, _, problem = str(raised.value).partition(": ")
    assert name == str(path)
    return problem


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written(tmp_path / "x")
    with stream_snapshot(tmp_path / "x") as snapshot:
        assert snapshot.header == header()
        assert list(snapshot.readings) == [reading()]


def test_a_file_that_is_no_inventory_names_the_command_that_writes_one(tmp_path: Path) -> None:
    whole = written(tmp_path / "x")
    (tmp_path / "damaged").write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    (tmp_path / "short").write_bytes(whole[:-1])
    (tmp_path / "text").write_text("tenant: contoso", "utf-8")
    give = "give a file that consent-auditor inventory wrote"
    again = "copy it again, or write a new one with consent-auditor inventory"
    missing = "cannot be read: No such file or directory"
    assert refusal(tmp_path / "missing") == f"{missing}; {give}"
    assert refusal(tmp_path) == f"is a directory; {give}"
    assert refusal(tmp_path / "text") == f"is not a snapshot; {give}"
    assert refusal(tmp_path / "damaged") == f"is damaged: its checksum does not match; {again}"
    assert refusal(tmp_path / "short").endswith(f"its end is missing; {again}")


def first_version(path: Path) -> list[bytes]:
    """Write a file of version 1 as earlier releases did; returns its lines."""
    made = msgspec.structs.replace(header(), schema="consent-auditor/snapshot/v1")
    one = msgspec.to_builtins(reading()) | {"line": "reading", "body": "{}"}
    lines = [msgspec.json.encode(part) + b"\n" for part in (made, one)]
    digest = sha256(b"".join(lines)).hexdigest()
    last = {"line": "footer", "readings": 1, "sha256": digest}
    frames = b"".join(map(compressor().compress, [*lines, msgspec.json.encode(last) + b"\n"]))
    path.write_bytes(frames + seal(sha256(frames).digest()))
    return lines


def test_an_inventory_of_the_first_version_is_read(tmp_path: Path) -> None:
    first_version(tmp_path / "x")
    with stream_snapshot(tmp_path / "x") as snapshot:
        assert snapshot.header.schema == "consent-auditor/snapshot/v1"
        assert list(snapshot.readings) == [reading()]


def test_a_partial_file_of_the_first_version_is_not_gone_on_with(tmp_path: Path) -> None:
    lines = first_version(tmp_path / "whole")
    partial_path(tmp_path / "x").write_bytes(b"".join(map(compressor().compress, lines)))
    assert resumed(tmp_path / "x") is None


def test_a_frame_holds_a_line_and_a_body_of_the_largest_size() -> None:
    body = b"x" * 499
    text = LineWriter(Limits(line_bytes=500)).reading(reading(body))
    found = list(frames(BytesIO(compressor().compress(text)), Limits(line_bytes=500)))
    assert [one for one, _ in found] == [text]
    assert reading_of(text, 2).body == body
    with pytest.raises(FaultError, match="too many for a snapshot"):
        list(frames(BytesIO(compressor().compress(b"x" * 1001)), Limits(line_bytes=500)))


@pytest.mark.parametrize("text", ["{}", "\n{}\n", "{}\n\n", "{}\n{}\n"])
def test_a_partial_file_begins_with_one_line(tmp_path: Path, text: str) -> None:
    """Gone on with, another one would end as a file that nobody can read."""
    first = text.replace("{}", msgspec.json.encode(header()).decode()).encode()
    partial_path(tmp_path / "x").write_bytes(compressor().compress(first))
    assert resumed(tmp_path / "x") is None


def test_what_cannot_be_written_names_the_file(tmp_path: Path) -> None:
    nobody = msgspec.structs.replace(header(), tenant="\ud800")
    with pytest.raises(SnapshotError, match=r"x: cannot be written: .* is not Unicode"):
        SnapshotWriter.begin(tmp_path / "x", nobody)


def test_another_version_names_the_command_too(tmp_path: Path) -> None:
    made = header()
    later = Header("consent-auditor/snapshot/v9", "9", made.tenant, made.cloud, made.collected_at)
    with SnapshotWriter.begin(tmp_path / "x", later) as writer:
        writer.finish()
    expected = "or write a new one with consent-auditor inventory"
    assert refusal(tmp_path / "x").endswith(expected)


def test_a_tenant_that_is_too_large_is_not_told_to_collect_less(tmp_path: Path) -> None:
    lines = LineWriter(Limits(all_bytes=500), "report it")
    with pytest.raises(SnapshotError, match=r"one answer; report it$"), named(tmp_path, "x"):
        lines.reading(reading(b"x" * 500))


def test_braces_in_a_file_are_no_placeholders(tmp_path: Path) -> None:
    expected = r"\{command\} \{0\}; give a file that .* inventory"
    with pytest.raises(SnapshotError, match=expected), named(tmp_path, "inventory"):
        raise FaultError("{command} {0}")


WRITING = """
import sys
from pathlib import Path
from tests.unit.test_snapshot_stream import header, reading
from auditor.snapshot_stream import SnapshotWriter

writer = SnapshotWriter.begin(Path(sys.argv[1]), header())
writer.add(reading())
writer._file.flush()
print("writing", flush=True)
sys.stdin.readline()
writer.finish()
print("finished", flush=True)
"""


@contextmanager
def another_run(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process write a snapshot, until it gets a line or is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITING, path],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


def resumed(path: Path) -> list[Reading] | None:
    """Return what an interrupted run left; None where it left nothing."""
    found: list[Reading] = []
    writer = SnapshotWriter.resume(path, lambda _: True, found.append)
    if writer is None:
        return None
    writer.close()
    return found


def test_nobody_else_writes_what_a_run_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    expected = "x: another run is writing this inventory: wait until it has ended, or give another"
    with another_run(path) as process:
        before = partial_path(path).read_bytes()
        with pytest.raises(UsageError, match=expected):
            SnapshotWriter.begin(path, header())
        with pytest.raises(UsageError, match=expected):
            resumed(path)
        assert partial_path(path).read_bytes() == before
        out, _ = process.communicate("go on\n", timeout=60)
        assert out == "finished\n"
    with stream_snapshot(path) as snapshot:
        assert list(snapshot.readings) == [reading()]
    assert resumed(path) is None


def test_a_run_that_was_killed_keeps_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with another_run(path) as process:
        process.kill()
        process.wait(60)
        assert resumed(path) == [reading()]
    assert written(path)
    assert [one.name for one in tmp_path.iterdir()] == ["x"]


def test_what_an_interrupted_run_left_is_thrown_away_by_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with SnapshotWriter.begin(path, header()) as writer:
        writer.add(reading())
    assert resumed(path) == [reading()]
    SnapshotWriter.begin(path, header()).close()
    assert resumed(path) == []
