"""Keeps every other run from a file for as long as this one has it open.

The operating system holds the lock and lets go of it when the process ends, however it ends: no
leftover keeps a later run out.
"""

import os
import sys
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**31 - 2
    """The byte that is locked, behind all content: Windows lets nobody else read it."""

    def take_lock(file: BinaryIO) -> bool:
        """Lock a file that was just opened, until it is closed; False where another run has it."""
        number = file.fileno()
        os.lseek(number, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True  # such a disk knows no locks
        finally:
            os.lseek(number, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def take_lock(file: BinaryIO) -> bool:
        """Lock a file that was just opened, until it is closed; False where another run has it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # such a disk knows no locks
        return True
