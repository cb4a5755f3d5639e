"""The key of share-safe pseudonyms: a private file, made once and never overwritten."""

import os
import re
import stat
from pathlib import Path

from auditor.errors import UsageError
from auditor.files import shown, write_new

DEFAULT = "consent-auditor-share.key"

_SIZE = 32
_HEAD = "consent-auditor share-safe key v1: "
_FORM = re.compile(rf"{_HEAD}([0-9a-f]{{{2 * _SIZE}}})\r?\n?")
_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LARGEST = 1024


def load_or_make(path: Path) -> tuple[bytes, bool]:
    """Read the key, or make one where there is no file.

    Returns:
        The key's bytes, and whether the file is new.

    Raises:
        UsageError: The file is no key, or others can read it, or it cannot be made.
    """
    try:
        found = _content(path)
    except FileNotFoundError:
        key = os.urandom(_SIZE)
        write_new(path, f"{_HEAD}{key.hex()}\n".encode(), mode=_MODE)
        return key, True
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        msg = f"{shown(path)}: cannot be read: {reason}; give the key's file with --share-key"
        raise UsageError(msg) from error
    match = _FORM.fullmatch(found.decode("ascii", "replace"))
    if match is None:
        msg = (
            f"{shown(path)}: is no key of this program; give another file with --share-key, and "
            "one is made there if there is none"
        )
        raise UsageError(msg)
    return bytes.fromhex(match[1]), False


def _content(path: Path) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        msg = f"{shown(path)}: is no regular file; give the key's file with --share-key"
        raise UsageError(msg)
    if os.name == "posix" and found.st_mode & _OTHERS:
        msg = (
            f"{shown(path)}: others can read or write this key (mode "
            f"{stat.S_IMODE(found.st_mode):04o}): take that away with chmod 600, and use another "
            "key if somebody may have copied it"
        )
        raise UsageError(msg)
    with path.open("rb") as file:
        return file.read(_LARGEST)
