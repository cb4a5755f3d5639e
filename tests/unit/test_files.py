"""Files are written whole or not at all."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.errors import UsageError
from auditor.files import shown, write_together, write_whole
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from auditor.snapshot_lines import make_header
from auditor.snapshot_stream import SnapshotWriter

posix = pytest.mark.skipif(os.name != "posix", reason="permission bits are a POSIX matter")


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("data", [b"", b"a\nb\r\n\x00", [], [b"", b"a", b"b\n"]])
def test_content_is_written_as_it_is(tmp_path: Path, data: bytes | list[bytes]) -> None:
    write_whole(tmp_path / "x", data)
    assert (tmp_path / "x").read_bytes() == (data if isinstance(data, bytes) else b"".join(data))
    assert names(tmp_path) == ["x"]


def test_existing_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"a much longer old text")
    write_whole(path, iter([b"new"]))
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["report.html"]


def test_longest_name_that_a_folder_takes(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    write_whole(path, b"1")
    assert path.read_bytes() == b"1"


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_whole(Path("x"), b"1")
    assert names(tmp_path) == ["x"]


@posix
@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(("mode", "expected"), [(0o644, 0o640), (0o600, 0o600), (0o666, 0o640)])
def test_umask_is_respected(tmp_path: Path, mode: int, expected: int) -> None:
    write_whole(tmp_path / "x", b"1", mode=mode)
    assert permissions(tmp_path / "x") == expected


@posix
@pytest.mark.parametrize(
    ("old", "mode", "expected"), [(0o600, 0o644, 0o600), (0o644, 0o600, 0o600)]
)
def test_replacing_never_opens_a_file_to_more_people(
    tmp_path: Path, old: int, mode: int, expected: int
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(old)
    write_whole(path, b"new", mode=mode)
    assert permissions(path) == expected


@posix
def test_file_is_private_from_the_first_byte(tmp_path: Path) -> None:
    seen: list[tuple[int, bool]] = []

    def chunks() -> Iterator[bytes]:
        for _ in range(3):
            (unfinished,) = tmp_path.iterdir()
            seen.append((permissions(unfinished), unfinished.name == "secret"))
            yield b"x" * 100_000

    write_whole(tmp_path / "secret", chunks(), mode=0o600)
    assert seen == [(0o600, False)] * 3
    assert names(tmp_path) == ["secret"]


@pytest.mark.parametrize("error", [ValueError("boom"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("old", [b"old", None])
def test_failing_chunks_leave_everything_as_it_was(
    tmp_path: Path, error: BaseException, old: bytes | None
) -> None:
    path = tmp_path / "x"
    if old is not None:
        path.write_bytes(old)

    def chunks() -> Iterator[bytes]:
        yield b"new" * 100_000
        raise error

    with pytest.raises(type(error)) as raised:
        write_whole(path, chunks())
    assert raised.value is error
    assert names(tmp_path) == ([] if old is None else ["x"])
    assert old is None or path.read_bytes() == old


@posix
def test_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "x"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(UsageError, match="x: cannot be written: File too large; check"):
            write_whole(path, b"n" * 1_001)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


@posix
def test_full_disk_is_told_by_a_snapshot_too(tmp_path: Path) -> None:
    """What Python has not written yet is written when the file is closed."""
    resource = pytest.importorskip("resource")
    now = datetime.now(UTC)
    header = make_header("1", "tenant", Cloud.GLOBAL, now)
    reading = Reading("source", "", 0, "/x", 200, b"x", now)
    writer = SnapshotWriter.begin(tmp_path / "x", header)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        writer.add(reading)
        with pytest.raises(UsageError, match="x: cannot be written: File too large; check"):
            writer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_directory_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    with pytest.raises(UsageError, match=r"reports: cannot be written: it is a directory; give"):
        write_whole(folder, b"1")
    assert names(tmp_path) == ["reports"]
    assert names(folder) == []


@pytest.mark.parametrize("path", [Path(), Path("/"), Path("..")])
def test_nameless_directory_is_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="it is a directory"):
        write_whole(path, b"1")


@posix
@pytest.mark.parametrize("target", ["elsewhere", "missing", "."])
def test_symbolic_link_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "x").symlink_to(tmp_path / target)
    with pytest.raises(UsageError, match="x: cannot be written: it is a symbolic link"):
        write_whole(tmp_path / "x", b"1")
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    assert (tmp_path / "x").is_symlink()
    assert names(tmp_path) == ["elsewhere", "x"]


@posix
def test_link_that_appears_while_writing_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")

    def chunks() -> Iterator[bytes]:
        (tmp_path / "x").symlink_to(tmp_path / "elsewhere")
        yield b"1"

    write_whole(tmp_path / "x", chunks())
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    assert (tmp_path / "x").read_bytes() == b"1"
    assert not (tmp_path / "x").is_symlink()


@posix
def test_named_pipe_is_refused_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe: cannot be written: it is no regular file"):
        write_whole(tmp_path / "pipe", b"1")
    assert stat.S_ISFIFO((tmp_path / "pipe").lstat().st_mode)


@pytest.mark.parametrize("name", ["missing/x", "file/x", "y" * 256])
def test_place_that_takes_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(UsageError, match=r"cannot be written: .+; check that its folder") as raised:
        write_whole(tmp_path / name, b"1")
    assert "\n" not in str(raised.value)
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_text_that_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not a path; give the path of a file"):
        write_whole(tmp_path / name, b"1")


def test_message_shows_a_hostile_path_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        write_whole(tmp_path / "a\n\x1b[2J\u202e" / "x", b"1")
    assert str(raised.value).isprintable()
    assert r"a\n\x1b[2J\u202e" in str(raised.value)


def test_ordinary_text_is_shown_as_it_is() -> None:
    assert shown(Path("Müller/报告 1.html")) == str(Path("Müller/报告 1.html"))
    assert shown("\ud800\u2028") == r"\ud800\u2028"


def test_several_files_are_written_side_by_side(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    write_together([(one, b"a"), (other, b""), (one, b"b"), (other, b"c"), (one, b"")])
    assert (one.read_bytes(), other.read_bytes()) == (b"ab", b"c")
    assert names(tmp_path) == ["one", "other"]


def test_of_several_files_none_is_written_where_the_last_fails(tmp_path: Path) -> None:
    def pieces() -> Iterator[tuple[Path, bytes]]:
        yield tmp_path / "old", b"new"
        yield tmp_path / "other", b"new"
        raise ValueError("the source broke")

    (tmp_path / "old").write_bytes(b"old")
    with pytest.raises(ValueError, match="the source broke"):
        write_together(pieces())
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="folder: cannot be written: it is a directory"):
        write_together([(tmp_path / "old", b"new"), (tmp_path / "folder", b"new")])
    assert (tmp_path / "old").read_bytes() == b"old"
    assert names(tmp_path) == ["folder", "old"]
