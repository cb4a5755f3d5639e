"""A tenant that is supposed to be otherwise: what was supposed, and what moves."""

from datetime import datetime

import msgspec

from auditor.model.cloud import Cloud
from auditor.model.decision import Decision, PermissionDecision
from auditor.model.plan import ControlMove
from auditor.model.profile import ConsentRequest, Requirement


class Supposition(msgspec.Struct, frozen=True):
    """One named change."""

    name: str
    """As the option of the command line, such as ``classify`` or ``as-guest``."""
    value: str = ""
    """What the option was given, such as ``Mail.Send=low``; empty where it takes nothing."""

    @property
    def option(self) -> str:
        """Say it as it stands on a command line."""
        return f"--{self.name} {self.value}".rstrip()


class DecidedMove(msgspec.Struct, frozen=True):
    """One permission before and after, both with their reasons.

    With ``.default`` one may be asked for on one side alone; the other one is None.
    """

    requirement: Requirement
    before: PermissionDecision | None
    after: PermissionDecision | None


class VerdictMove(msgspec.Struct, frozen=True):
    """One profile's answer before and after."""

    request: ConsentRequest
    """As it is asked after the changes."""
    before: Decision
    after: Decision
    moves: bool
    """Anything that is said about the profile differs."""
    permissions: tuple[DecidedMove, ...]
    """Those that move."""


class WhatIf(msgspec.Struct, frozen=True):
    """Everything that some changes move."""

    tool_version: str
    tenant_id: str | None
    tenant_name: str | None
    cloud: Cloud
    collected_at: datetime
    supposed: tuple[str, ...]
    """One sentence for each change, in their order."""
    verdicts: tuple[VerdictMove, ...]
    """Every profile that was asked, whether it moves or not."""
    controls: tuple[ControlMove, ...]
    """Those that move."""

    @property
    def moves(self) -> bool:
        """Anything moves at all."""
        return bool(self.controls) or any(one.moves for one in self.verdicts)
