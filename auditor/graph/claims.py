"""What an access token says of itself, read without verifying it.

Graph's tokens are opaque by contract: what is read here explains, and decides nothing.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

_LONGEST = 65_536
_PARTS = 3


class _Payload(msgspec.Struct):
    tid: object = None
    appid: object = None
    aud: object = None
    idtyp: object = None
    roles: object = None
    scp: object = None
    exp: object = None


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims by Microsoft's names; None where one is absent or not what Entra documents."""

    tid: str | None
    appid: str | None
    aud: str | None
    idtyp: str | None
    roles: tuple[str, ...] | None
    """Application permissions; empty where the token has none."""
    scp: tuple[str, ...] | None
    """Delegated permissions of a person's token; None for the token of an app alone."""
    exp: datetime | None
    """UTC."""

    @property
    def delegated(self) -> bool:
        """Say whether it is a person's token."""
        return self.idtyp == "user" or (self.idtyp is None and self.scp is not None)


def read_claims(token: str) -> Claims | None:
    """Read a token's claims; None for one that is no JWT, or too large to be one."""
    parts = token.split(".") if len(token) <= _LONGEST else []
    if len(parts) != _PARTS:
        return None
    try:
        found = msgspec.json.decode(_decoded(parts[1]), type=_Payload)
    except (ValueError, RecursionError):
        return None
    return Claims(
        tid=_text(found.tid),
        appid=_text(found.appid),
        aud=_text(found.aud),
        idtyp=_text(found.idtyp),
        roles=() if found.roles is None else _texts(found.roles),
        scp=tuple(found.scp.split()) if isinstance(found.scp, str) else None,
        exp=_moment(found.exp),
    )


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    texts = tuple(one for one in value if isinstance(one, str))
    return texts if len(texts) == len(value) else None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
