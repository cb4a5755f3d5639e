"""Every error that reaches a person, and the exit code that goes with it.

    AuditorError
    ├── UsageError        2   options, profile, snapshot or configuration are wrong
    │   ├── ProfileError      a requirement profile is not valid
    │   ├── ConfigError       the config file is not valid
    │   ├── SnapshotError     a snapshot cannot be read
    │   └── ResourceError     a file that ships with the program is missing
    ├── SignInError       3   no token, or not one source could be read
    └── UnsafeRequestError  1   the program was about to send something else than a read

A message is one line: what failed, on what, and what to do.
"""

from typing import ClassVar


class AuditorError(Exception):
    """The base of all errors that are shown as one line."""

    exit_code: ClassVar[int] = 1


class UsageError(AuditorError):
    """What the user gave cannot be used; nothing was read and nothing was written."""

    exit_code = 2


class ProfileError(UsageError):
    """A requirement profile is not valid; the message names file, key and line or entry."""


class ConfigError(UsageError):
    """The config file is not valid; the message names file, line and key."""


class SnapshotError(UsageError):
    """A snapshot file is damaged, foreign, too large or of an unknown version."""


class ResourceError(UsageError):
    """A file that ships with the program is missing: the installation is incomplete."""


class SignInError(AuditorError):
    """Sign-in failed, or the tenant refused every single read."""

    exit_code = 3


class UnsafeRequestError(AuditorError):
    """A request that is not a read, or not to the configured Graph host, was stopped."""
