"""The key's file: made once, private, never overwritten."""

import os
import stat
from pathlib import Path

import pytest

from auditor.errors import UsageError
from auditor.share_key import load_or_make


def test_it_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key, new = load_or_make(path)
    assert (len(key), new) == (32, True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert load_or_make(path) == (key, False)
    assert path.read_bytes() == content
    assert load_or_make(tmp_path / "other")[0] != key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o777])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    load_or_make(path)
    path.chmod(mode)
    with pytest.raises(UsageError, match=rf"mode {mode:04o}.*chmod 600"):
        load_or_make(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"secret",
        b"consent-auditor share-safe key v1: ",
        b"consent-auditor share-safe key v1: " + b"0" * 63,
        b"consent-auditor share-safe key v1: " + b"0" * 65,
        b"consent-auditor share-safe key v2: " + b"0" * 64,
        b"\xff" * 2000,
    ],
)
def test_what_is_no_key_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="is no key of this program"):
        load_or_make(path)
    assert path.read_bytes() == content


def test_other_things_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no regular file"):
        load_or_make(tmp_path)
    with pytest.raises(UsageError, match="cannot be written"):
        load_or_make(tmp_path / "no folder" / "key")
    with pytest.raises(UsageError, match="not a path"):
        load_or_make(Path("a\0b"))
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match="is no regular file"):
        load_or_make(tmp_path / "pipe")
