"""The dated table of Entra's sign-in errors (``policies/errors/sign-in.toml``)."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TypeVar

import msgspec

from auditor.errors import ResourceError
from auditor.resources import resource

T = TypeVar("T")


class SignInErrors(msgspec.Struct, frozen=True):
    """Which error a user meets, by reason code."""

    blocked: Mapping[str, str]
    workflow_on: str
    workflow_off: str
    risky_workflow_off: str


@unique
class Owner(StrEnum):
    """To whom the cause of an error belongs."""

    TENANT_SETTING = "tenant-setting"
    VENDOR_REGISTRATION = "vendor-registration"
    TENANT_OBJECT = "tenant-object"
    ACCESS_POLICY = "access-policy"
    SECRET = "secret"  # noqa: S105 - the word, not one
    USER = "user"
    MICROSOFT_SERVICE = "microsoft-service"


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that leads to an error."""

    text: str
    reasons: tuple[str, ...]
    """Reason codes that show it in a tenant; none where a tenant's settings cannot show it."""


class ErrorCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one error code."""

    name: str
    """Microsoft's name, or a short one of ours where there is none."""
    belongs_to: tuple[Owner, ...]
    meaning: str
    causes: tuple[Cause, ...]
    remedy: tuple[str, ...]


class _AdminApproval(msgspec.Struct, forbid_unknown_fields=True):
    workflow_on: str
    workflow_off: str
    risky_workflow_off: str


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    as_of: object
    admin_approval: _AdminApproval
    blocked: dict[str, str]


class _File(_Head, forbid_unknown_fields=True):
    codes: dict[str, ErrorCode]


def load_sign_in_errors() -> SignInErrors:
    """Read the table that ships with the program, without what is said of each code.

    Raises:
        ResourceError: The file is missing or damaged.
    """
    found = _parsed(_text().partition("\n[codes.")[0], _Head)
    admin = found.admin_approval
    return SignInErrors(
        MappingProxyType(found.blocked),
        admin.workflow_on,
        admin.workflow_off,
        admin.risky_workflow_off,
    )


def load_error_codes() -> Mapping[str, ErrorCode]:
    """Read what is known of each code, such as ``AADSTS90094`` or ``access_denied``.

    Raises:
        ResourceError: The file is missing or damaged.
    """
    return MappingProxyType(_parsed(_text(), _File).codes)


def _text() -> str:
    return resource("policies", "errors", "sign-in.toml").read_text("utf-8")


def _parsed(text: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(tomllib.loads(text), type=kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        msg = f"policies/errors/sign-in.toml is damaged ({error}): install the program again"
        raise ResourceError(msg) from error
