"""What a report says. The only thing that templates and writers see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from auditor.model.cloud import Cloud
from auditor.model.decision import Decision
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
class Step:
    """One thing that a person does."""

    title: str
    why: str
    role: str = ""
    """The least-privileged directory role that can do it; empty when none is needed."""
    portal_path: str = ""
    """Such as ``Entra ID > Enterprise apps > …``; empty when the portal cannot do it."""
    portal_url: str = ""
    """A deep link into the portal of the tenant's cloud; may be empty."""
    powershell: str = ""
    """Microsoft Graph PowerShell; empty where no command does it."""
    undo: str = ""
    wait: str = ""
    """How long until it takes effect."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps after which the same decision should say ready."""

    id: str
    title: str
    summary: str
    steps: tuple[Step, ...]


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
