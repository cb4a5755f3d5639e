"""What the templates of an inventory print; all text is cleaned, none is escaped yet."""

from dataclasses import dataclass

from auditor.render.inventory_charts import ChartView
from auditor.render.shown import ControlGroup, FindingView
from auditor.render.words import Label, Tone


@dataclass(frozen=True, slots=True)
class AffectedView:
    """One app or registration that a finding is about."""

    id: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class InventoryFindingView(FindingView):
    """One check's answer; it has evidence, which is of settings, or somebody affected."""

    controls: str
    affected: tuple[AffectedView, ...]
    """The first of them."""
    more: int
    """How many are left out."""


@dataclass(frozen=True, slots=True)
class InventoryFindingGroup:
    """Findings with the same outcome."""

    label: Label
    count: int
    folded: bool
    findings: tuple[InventoryFindingView, ...]


@dataclass(frozen=True, slots=True)
class AppView:
    """One row of the table of apps."""

    name: str
    app_id: str
    publisher: Label
    publisher_name: str
    risk: Label
    permissions: tuple[tuple[str, str], ...]
    """The worst: a permission, and how it was consented to."""
    more: int
    users: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One row of the table of registrations."""

    name: str
    app_id: str
    credentials: str
    next_expiry: str
    ended: int
    redirects: str


@dataclass(frozen=True, slots=True)
class ListingView:
    """How the reading of one listing went."""

    title: str
    name: str
    status: Label
    rows: str
    needs: str
    why: str
    detail: str


@dataclass(frozen=True, slots=True)
class InventoryView:
    """Everything."""

    title: str
    tenant: str
    tenant_id: str
    cloud: str
    collected: str
    collected_iso: str
    tool_version: str
    verdict: str
    tone: Tone
    lead: str
    worst: tuple[InventoryFindingView, ...]
    """What matters most; few."""
    facts: tuple[tuple[str, str], ...]
    unread: tuple[ListingView, ...]
    listings: tuple[ListingView, ...]
    coverage: str
    charts: tuple[ChartView, ...]
    findings: tuple[InventoryFindingGroup, ...]
    finding_counts: str
    apps: tuple[AppView, ...]
    apps_note: str
    registrations: tuple[RegistrationRow, ...]
    registrations_note: str
    findings_note: str
    """Where everybody affected is; empty where all of them are shown."""
    controls: tuple[ControlGroup, ...]
    control_counts: str
