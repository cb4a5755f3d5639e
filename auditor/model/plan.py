"""What an administrator can do: steps, and plans that have been proven on the tenant."""

from dataclasses import dataclass
from enum import IntEnum, unique

import msgspec

from auditor.model.baseline import ControlResult
from auditor.model.change import Change
from auditor.model.decision import Certainty, Outcome
from auditor.model.tenant import Count


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a person does."""

    id: str
    """The remedy and what it is about, such as ``grant-tenant-wide``; unique in a plan."""
    title: str
    why: str
    role: str = ""
    """The least-privileged directory role that can do it; empty when none is needed."""
    portal_path: str = ""
    """Such as ``Entra ID > Enterprise apps > …``; empty when the portal cannot do it."""
    portal_url: str = ""
    """A deep link into the portal of the tenant's cloud; may be empty."""
    change: Change | None = None
    """The Graph requests; None where somebody outside the tenant or a person by hand does it."""
    undo: str = ""
    """In words; the requests stand in ``change``."""
    wait: str = ""
    """How long until it takes effect."""
    check: str = ""
    """How to see that it has taken effect, in words."""


@unique
class Apps(IntEnum):
    """Which client apps gain, from the narrowest to the widest."""

    NONE = 0
    THIS_APP = 1
    NAMED_APPS = 2
    VERIFIED_AND_OWN = 3
    """Every app of a verified publisher, and every app registered in the tenant."""
    ANY = 4


@unique
class People(IntEnum):
    """For whom, from the fewest to the most."""

    NOBODY = 0
    ONE_PERSON = 1
    ASSIGNED = 2
    MEMBERS = 3
    MEMBERS_AND_GUESTS = 4


@unique
class Reversal(IntEnum):
    """How far a plan can be taken back."""

    COMPLETE = 0
    """Its rollback restores what was, and ends the access that it gave."""
    CONSENTS_STAY = 1
    """What users consented to meanwhile stays granted until somebody revokes it."""
    BY_OTHERS = 2
    """Somebody outside the tenant has to."""


class Opened(msgspec.Struct, frozen=True):
    """Permissions of one resource that apps newly can have."""

    resource: str
    permissions: tuple[str, ...]
    """Names, sorted."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a plan opens the tenant, found by simulation."""

    apps: Apps
    opened: tuple[Opened, ...]
    people: People
    others_gain: Count | None
    """Other service principals of the tenant whose users can newly consent to something; None
    when they could not be read."""
    others_lose: Count | None
    """Other service principals whose users can no longer consent to something."""
    standing: bool
    """The app has the access at once, for all of these people; otherwise when one consents."""
    reversal: Reversal


@dataclass(frozen=True, slots=True)
class ControlMove:
    """One control before and after a plan."""

    before: ControlResult
    after: ControlResult
    because: tuple[str, ...]
    """What the plan itself adds against the control, such as the permissions it classifies."""


class PermissionMove(msgspec.Struct, frozen=True):
    """One permission before and after a plan."""

    resource: str
    value: str
    before: Outcome
    after: Outcome


class NotProven(msgspec.Struct, frozen=True):
    """The way of the vendor's document, where it does not lead to ready here."""

    id: str
    title: str
    documented_by: str
    why: str
    """What still stands in the way after everything that the way has been done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The smallest set of steps of its kind after which the same decision says ready."""

    id: str
    """The way it goes, such as ``tenant-wide-consent``; unique among the plans of a request."""
    title: str
    summary: str
    documented_by: str
    """Whose document describes this way, such as ``Sophiie``; empty where nobody's does."""
    steps: tuple[Step, ...]
    outcome: Outcome
    """What the decision says with the steps applied; always a ready one."""
    certainty: Certainty
    caveats: tuple[str, ...]
    holds_for: str
    """For whom it is proven, such as "every member", or "the pilot user"."""
    waits_for_others: bool
    """Somebody outside the tenant has to do a step."""
    pilot: bool
    """It covers fewer people than were asked about."""
    reach: Reach
    permissions: tuple[PermissionMove, ...]
    fixes: tuple[ControlMove, ...]
    """Controls whose text is met with it and was not before."""
    breaks: tuple[ControlMove, ...]
    """Controls whose text was met before and is not with it."""
    worsens: tuple[ControlMove, ...]
    """Controls not met before and with it, against which it adds something of its own."""
    tool_moves: tuple[ControlMove, ...]
    """Controls whose tool prints something else with it, though the text's answer stays."""
    wait: str
    """How long until users meet the difference."""
    check: str
    """How to see that it worked."""
    for_user: str
    """The sentence to send to the user."""
    for_vendor: str
    """The text for the vendor's support; plain, several lines."""
