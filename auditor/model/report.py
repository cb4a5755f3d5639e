"""What a report says. The only thing that templates and writers see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from auditor.model.baseline import ControlResult
from auditor.model.cloud import Cloud
from auditor.model.decision import Decision
from auditor.model.plan import NotProven, Plan, Step
from auditor.model.profile import ConsentRequest, Publisher
from auditor.model.tenant import Count


@unique
class Judgement(StrEnum):
    """What a check found."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_APPLICABLE = "not-applicable"
    MANUAL = "manual"
    UNKNOWN = "unknown"


@unique
class Severity(StrEnum):
    """How much a check that is not met matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer about this tenant."""

    check: str
    title: str
    outcome: Judgement
    severity: Severity
    message: str
    evidence: tuple[tuple[str, str], ...]
    """Name and value of what was looked at."""


@dataclass(frozen=True, slots=True)
class ClientSummary:
    """The client app as this tenant knows it."""

    app_id: str | None
    display_name: str | None
    in_tenant: bool | None
    publisher: Publisher
    owner_tenant: str | None
    users_with_own_grant: Count | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One profile's answer."""

    request: ConsentRequest
    client: ClientSummary
    decision: Decision
    plans: tuple[Plan, ...]
    """Proven ways to ready, the one that opens the tenant least first; empty where users connect
    already, or where no way could be proven."""
    not_proven: NotProven | None
    """The vendor's documented way, where it fails here; None otherwise."""
    first_steps: tuple[Step, ...]
    """Without a plan: what has to be found out or done before one can be proven."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How the reading of one source went."""

    source: str
    subject: str
    title: str
    """What the source is, in words."""
    request: str
    status: str
    """``read``, ``refused``, ``not-found``, ``not-in-cloud``, ``not-licensed``, ``malformed``,
    ``failed`` or ``not-asked``."""
    needs: tuple[str, ...]
    """Graph application permissions that let it be read."""
    detail: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one run found about one tenant."""

    tool_version: str
    tenant_id: str | None
    tenant_name: str | None
    cloud: Cloud
    collected_at: datetime
    completeness: tuple[Completeness, ...]
    assessments: tuple[Assessment, ...]
    findings: tuple[Finding, ...]
    baselines: tuple[ControlResult, ...]
    """The controls of every shipped baseline, as the tenant is."""
    share_safe: bool = False
    """What the tenant owns is replaced by pseudonyms."""
