"""The dated table of Entra's sign-in errors (``policies/errors/sign-in.toml``)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from auditor.errors import ResourceError
from auditor.resources import resource


@dataclass(frozen=True, slots=True)
class SignInErrors:
    """Which error a user meets, by reason code."""

    blocked: Mapping[str, str]
    workflow_on: str
    workflow_off: str
    risky_workflow_off: str


class _AdminApproval(msgspec.Struct, forbid_unknown_fields=True):
    workflow_on: str
    workflow_off: str
    risky_workflow_off: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    as_of: object
    admin_approval: _AdminApproval
    blocked: dict[str, str]


def load_sign_in_errors() -> SignInErrors:
    """Read the table that ships with the program.

    Raises:
        ResourceError: The file is missing or damaged.
    """
    place = resource("policies", "errors", "sign-in.toml")
    try:
        found = msgspec.convert(tomllib.loads(place.read_text("utf-8")), type=_File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        msg = f"policies/errors/sign-in.toml is damaged ({error}): install the program again"
        raise ResourceError(msg) from error
    admin = found.admin_approval
    return SignInErrors(
        MappingProxyType(found.blocked),
        admin.workflow_on,
        admin.workflow_off,
        admin.risky_workflow_off,
    )
