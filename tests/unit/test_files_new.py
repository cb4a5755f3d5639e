"""A new file never takes another one's place."""

import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from auditor.errors import UsageError
from auditor.files import write_new

posix = pytest.mark.skipif(os.name != "posix", reason="permission bits are a POSIX matter")


@posix
def test_mode_is_that_from_the_beginning(tmp_path: Path) -> None:
    write_new(tmp_path / "key", b"secret\n", mode=0o600)
    assert (tmp_path / "key").read_bytes() == b"secret\n"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_file_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"old")
    with pytest.raises(UsageError, match="exists already: nothing is overwritten"):
        write_new(tmp_path / "key", b"new")
    assert (tmp_path / "key").read_bytes() == b"old"


@posix
@pytest.mark.parametrize("aim", ["there", "nowhere"])
def test_a_symbolic_link_is_not_followed(tmp_path: Path, aim: str) -> None:
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "key").symlink_to(tmp_path / aim)
    with pytest.raises(UsageError):
        write_new(tmp_path / "key", b"new")
    assert (tmp_path / "there").read_bytes() == b"old"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_behind(tmp_path: Path, fault: BaseException) -> None:
    wanted = UsageError if isinstance(fault, OSError) else type(fault)
    with patch("os.fsync", side_effect=fault), pytest.raises(wanted):
        write_new(tmp_path / "key", b"half")
    assert [*tmp_path.iterdir()] == []


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_new(tmp_path / "absent" / "key", b"x")
