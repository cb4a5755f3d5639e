"""What templates see: text in the words, order and counts of the page, and nothing else.

``view.py`` fills these types. Empty text means that there is nothing to show.
"""

from dataclasses import dataclass

from auditor.render.words import Label, Tone


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why, as code and sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ScriptView:
    """One file to copy."""

    name: str
    """Such as ``apply.ps1``."""
    title: str
    """``Apply`` or ``Roll back``."""
    content: str
    """Several lines, whole."""


@dataclass(frozen=True, slots=True)
class DialectView:
    """The scripts of a plan, or of one step, in one language."""

    id: str
    title: str
    language: str
    """The word after a fence in Markdown."""
    scripts: tuple[ScriptView, ...]
    """What applies it comes first, then what rolls it back."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One thing to do. Empty members are not shown."""

    number: int
    title: str
    why: str
    role: str
    portal_path: str
    portal_url: str
    wait: str
    check: str
    undo: str
    """In words, perhaps several lines."""
    dialects: tuple[DialectView, ...]
    """For this step alone; empty where the scripts of a plan hold it, or none can."""


@dataclass(frozen=True, slots=True)
class MoveView:
    """One control with a plan, and what the plan adds against it."""

    name: str
    """The control's id and its baseline."""
    title: str
    before: Label
    after: Label
    remark: str
    """What its tool prints with the plan, where that is not what its text says; may be empty."""
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoveGroup:
    """Controls that a plan moves in the same way."""

    title: str
    tone: Tone
    moves: tuple[MoveView, ...]
    in_brief: str
    """Names of the controls, by baseline."""


@dataclass(frozen=True, slots=True)
class ChangedPermission:
    """One permission before and after a plan."""

    value: str
    resource: str
    before: Label
    after: Label


@dataclass(frozen=True, slots=True)
class MessageView:
    """A text to send to somebody."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """One proven way; the first of an assessment is the recommended one."""

    anchor: str
    label: str
    """``Recommended plan``, or ``Plan 2``."""
    title: str
    marks: tuple[str, ...]
    """Whose document describes it, and that it is a pilot."""
    summary: str
    proof: str
    caveats: tuple[str, ...]
    steps: tuple[StepView, ...]
    wait: str
    check: str
    reach: tuple[tuple[str, str], ...]
    reach_line: str
    """The same in one line."""
    groups: tuple[MoveGroup, ...]
    """Bad news first; none is empty."""
    against: str
    """In a few words, which controls it breaks or takes further from met; may be empty."""
    permissions: tuple[ChangedPermission, ...]
    permissions_in_brief: tuple[tuple[str, Label, Label], ...]
    """Names of those that change alike, then before and after."""
    counts: str
    dialects: tuple[DialectView, ...]
    """Empty for an alternative, and where no step changes the tenant."""
    command: str
    """Writes the scripts; empty where there are none."""
    messages: tuple[MessageView, ...]
    """An alternative has those alone that differ from the recommended plan's."""


@dataclass(frozen=True, slots=True)
class NotProvenView:
    """A documented way that does not lead to ready, and what still stands in its way."""

    mark: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one plan has to say in a comparison."""

    lines: tuple[str, ...]
    tone: Tone
    """Neutral where it is neither good nor bad news."""


@dataclass(frozen=True, slots=True)
class ComparedBy:
    """One row of a comparison: a question, and a cell for each plan."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ControlView:
    """One control of a baseline and its two answers."""

    name: str
    """The control's id and its baseline."""
    title: str
    asks: str
    answer: Label
    why: str
    evidence: tuple[str, ...]
    prints: str
    """What its tool prints, where that differs; may be empty."""
    prints_why: str


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """Controls with the same answer."""

    label: Label
    title: str
    folded: bool
    controls: tuple[ControlView, ...]
    in_brief: tuple[tuple[str, str], ...]
    """A reason, and the controls that have it for their answer."""


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
    comparison: tuple[ComparedBy, ...]
    """Empty with fewer than two plans."""
    not_proven: NotProvenView | None
    """The document's way, where it fails here."""
    first_steps: tuple[StepView, ...]
    """Where there is no plan."""
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
    in_brief: tuple[tuple[str, tuple[str, ...]], ...]
    """Where there is nothing to judge: why, and the checks of which it is so."""


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
    share_safe: str
    """What a share-safe report says of itself; empty for any other."""
    tool_version: str
    several: bool
    counts: str
    assessments: tuple[AssessmentView, ...]
    by_permission: tuple[PermissionRow, ...]
    finding_counts: str
    findings: tuple[FindingGroup, ...]
    control_counts: str
    controls: tuple[ControlGroup, ...]
    source_counts: str
    unread: tuple[SourceView, ...]
    sources: tuple[SourceView, ...]
    """Those that answered."""
    dialects: str
    """Ids that the command line takes."""
    short_dialect: str
    """The one to show where there is little room."""
    codes: tuple[ReasonView, ...]
    """Every reason code of this report and what it means."""
