"""What templates see: text in the words, order and counts of the page, and nothing else.

``view.py`` fills these types. Empty text means that there is nothing to show.
"""

from dataclasses import dataclass

from auditor.render.words import Label


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why, as code and sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One thing to do. Empty members are not shown."""

    number: int
    title: str
    why: str
    role: str
    portal_path: str
    portal_url: str
    powershell: str
    undo: str
    """In words, or what to know about the command."""
    undo_command: str
    """PowerShell, perhaps several lines."""
    wait: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """Numbered steps; the first plan of an assessment is the recommended one."""

    anchor: str
    label: str
    title: str
    summary: str
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next; ``anchor`` is empty when there is nothing more to read."""

    text: str
    anchor: str
    link: str


@dataclass(frozen=True, slots=True)
class TraceView:
    """One thing that was looked at: a sentence, and the same in exact terms."""

    result: Label
    text: str
    terms: str


@dataclass(frozen=True, slots=True)
class MissingView:
    """A fact that would settle an unknown outcome."""

    fact: str
    why: str
    request: str
    needs: str
    detail: str


@dataclass(frozen=True, slots=True)
class PermissionView:
    """One row of the permission table."""

    anchor: str
    value: str
    resource: str
    need: str
    features: str
    remarks: tuple[str, ...]
    outcome: Label
    certainty: str
    caveats: tuple[str, ...]
    reasons: tuple[ReasonView, ...]
    missing: tuple[MissingView, ...]


@dataclass(frozen=True, slots=True)
class TraceGroup:
    """How permissions were decided whose steps differ in the permission alone."""

    label: str
    shown_for: str
    """Whose steps these are, and for which others the same goes; empty for one permission."""
    steps: tuple[TraceView, ...]
    caveats: tuple[str, ...]
    missing: tuple[MissingView, ...]


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """One demand on the app registration."""

    result: Label
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One profile's section."""

    anchor: str
    profile: str
    name: str
    question: str
    answer: Label
    lead: str
    doubt: str
    """``Probably not yet`` or ``Open question``; the caveats follow. Empty when certain."""
    caveats: tuple[str, ...]
    reasons: tuple[ReasonView, ...]
    more_reasons: str
    next_step: NextStep
    facts: tuple[tuple[str, str], ...]
    plans: tuple[PlanView, ...]
    counts: str
    permissions: tuple[PermissionView, ...]
    traces: tuple[TraceGroup, ...]
    registration: tuple[RegistrationView, ...]
    notes: tuple[str, ...]
    origin: str
    """Profile version, and source unless that is a link."""
    source_url: str


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """One permission over all profiles: the outcome, and the apps that meet it."""

    value: str
    resource: str
    outcomes: tuple[tuple[Label, str], ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """One check's answer."""

    check: str
    title: str
    outcome: Label
    severity: str
    message: str
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one outcome."""

    label: Label
    count: int
    folded: bool
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """How the reading of one source went."""

    title: str
    name: str
    status: Label
    read_at: str
    request: str
    needs: str
    detail: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a template shows."""

    title: str
    tenant: str
    tenant_id: str
    cloud: str
    collected: str
    collected_iso: str
    tool_version: str
    several: bool
    counts: str
    assessments: tuple[AssessmentView, ...]
    by_permission: tuple[PermissionRow, ...]
    finding_counts: str
    findings: tuple[FindingGroup, ...]
    source_counts: str
    unread: tuple[SourceView, ...]
    sources: tuple[SourceView, ...]
    """Those that answered."""
    codes: tuple[ReasonView, ...]
    """Every reason code of this report and what it means."""
