"""What a check is, what it works on, and how it says what it found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.graph.claims import Claims
from auditor.graph.probe import NoReply, Reply
from auditor.graph.settings import Auth, Connection, SignIn
from auditor.graph.sign_in import RenewableCredential
from auditor.model.diagnosis import Observation, Result
from auditor.model.profile import ConsentRequest

CONFIGURATION, NO_ACCESS, INCOMPLETE = 2, 3, 4
"""Exit codes: nothing was sent; nothing could be read; verdicts would stay unknown."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is examined, and what the checks before have found out."""

    sign_in: SignIn
    connection: Connection
    origins: Mapping[str, str]
    """Which option or variable gave a setting, by its name in ``SignIn`` and ``Connection``."""
    requests: tuple[ConsentRequest, ...]
    """What an audit would ask; an app that has no id stands for the auditor's own."""
    clock: Callable[[], datetime]
    """UTC."""
    progress: Callable[[str], None]
    """Told what is being done."""
    way: Auth | None = None
    credential: RenewableCredential | None = None
    answers: Mapping[str, Reply | NoReply] = field(default_factory=dict)
    """By host: ``authority`` and ``graph``."""
    tenant_id: str = ""
    """As the authority names the tenant; empty where it does not."""
    claims: Claims | None = None
    """Of the token; None where it cannot be read."""

    @property
    def user_id(self) -> str:
        """Return the person whose own settings count; empty for nobody."""
        return next((one.asker.user_id for one in self.requests if one.asker.user_id), "")


Step = tuple[Case, tuple[Observation, ...]]


@dataclass(frozen=True, slots=True)
class Check:
    """One question, and how it is answered."""

    id: str
    doing: str
    """What is said while it runs."""
    run: Callable[[Case], Step]
    """Gives the case with what was found out, and the lines; none where it does not apply."""
    rests_on: tuple[str, ...] = ()
    """Checks without which this one cannot be made; where one failed it is skipped."""


def ok(about: str, found: str) -> Observation:
    """Say that something is in order."""
    return Observation(Result.OK, about, found)


def warning(about: str, found: str, fix: str) -> Observation:
    """Say that something works and should be changed."""
    return Observation(Result.WARNING, about, found, fix)


def failed(about: str, found: str, fix: str, exit_code: int) -> Observation:
    """Say that something stands in the way."""
    return Observation(Result.FAILED, about, found, fix, exit_code)


def unknown(about: str, found: str, fix: str = "") -> Observation:
    """Say that something could not be found out."""
    return Observation(Result.UNKNOWN, about, found, fix)


def skipped(about: str, found: str) -> Observation:
    """Say why something was not looked at."""
    return Observation(Result.SKIPPED, about, found)
