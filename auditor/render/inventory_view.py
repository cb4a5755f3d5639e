"""From an ``InventoryReport`` to what templates print: words, order, counts, what is left out.

A large tenant has a hundred thousand apps. A page shows the first of each table, says how many
there are, and names the file that has them all.
"""

from collections import Counter
from dataclasses import dataclass

from auditor.model.holding import Holding
from auditor.model.inventory import (
    Affected,
    App,
    Coverage,
    InventoryFinding,
    InventoryReport,
    ListingCoverage,
    Registration,
)
from auditor.model.report import Judgement, Severity
from auditor.model.risk import Risk
from auditor.render import words
from auditor.render.clean import clean, clean_sentence
from auditor.render.controls import control_groups
from auditor.render.inventory_charts import NAMELESS, PUBLISHERS, publisher_of
from auditor.render.inventory_overview import MOST, Overview
from auditor.render.inventory_shown import (
    AffectedView,
    AppView,
    InventoryFindingGroup,
    InventoryFindingView,
    InventoryView,
    ListingView,
    RegistrationRow,
)
from auditor.render.inventory_tables import next_expiry
from auditor.render.say import consented, moment, plural
from auditor.render.words import Tone


@dataclass(frozen=True, slots=True)
class Caps:
    """How much a page shows."""

    apps: int = MOST
    registrations: int = MOST
    affected: int = 50
    permissions: int = 4
    message: int = 1_000
    """Characters of a sentence."""
    worst: int = 3
    beside: bool = False
    """The tables lie beside the page as CSV files."""


def inventory_view(overview: Overview, caps: Caps) -> InventoryView:
    """Arrange an inventory for people."""
    report = overview.report
    inventory = report.inventory
    tenant = clean(inventory.tenant_name or inventory.tenant_id or inventory.tenant)
    listings = tuple(map(_listing, inventory.listings))
    findings = _groups(report.findings, caps)
    controls = control_groups(report.controls)
    verdict, tone = _verdict(report)
    return InventoryView(
        title=f"Inventory: {tenant}",
        tenant=tenant,
        tenant_id=clean(inventory.tenant_id or "unknown"),
        cloud=words.CLOUDS[inventory.cloud],
        collected=moment(inventory.collected_at),
        collected_iso=inventory.collected_at.isoformat(),
        tool_version=clean(report.tool_version),
        verdict=verdict,
        tone=tone,
        lead=_lead(report),
        worst=tuple(
            _finding(one, caps)
            for one in report.findings[: caps.worst]
            if one.outcome is Judgement.NOT_MET
        ),
        facts=_facts(overview),
        unread=tuple(
            view
            for view, one in zip(listings, inventory.listings, strict=True)
            if one.coverage is not Coverage.READ
        ),
        listings=listings,
        coverage=_coverage(inventory.listings),
        charts=overview.charts,
        findings=findings,
        finding_counts=", ".join(f"{one.count} {one.label.word.lower()}" for one in findings),
        apps=tuple(_app(one, overview, caps) for one in overview.apps[: caps.apps]),
        apps_note=_left_out(len(inventory.apps), caps.apps, "app", "apps", caps),
        registrations=tuple(
            _registration(one, report) for one in overview.registrations[: caps.registrations]
        ),
        registrations_note=_left_out(
            len(inventory.registrations),
            caps.registrations,
            "registration",
            "registrations",
            caps,
        ),
        findings_note=_findings_note(report.findings, caps),
        controls=controls,
        control_counts=", ".join(one.title for one in controls),
    )


def _verdict(report: InventoryReport) -> tuple[str, Tone]:
    """Say the answer in a few words."""
    bad = [one for one in report.findings if one.outcome is Judgement.NOT_MET]
    if bad:
        high = any(one.severity is Severity.HIGH for one in bad)
        return f"{plural(len(bad), 'check')} not met", Tone.BAD if high else Tone.CAUTION
    if any(one.outcome is Judgement.UNKNOWN for one in report.findings):
        return "Nothing found in what could be read", Tone.UNKNOWN
    if not report.inventory.covers(*(one.name for one in report.inventory.listings)):
        return "Nothing found in what could be read", Tone.UNKNOWN
    return "All checks met", Tone.GOOD


def _lead(report: InventoryReport) -> str:
    """Count what is not met by severity, and say what nobody knows."""
    counts = Counter(one.severity for one in report.findings if one.outcome is Judgement.NOT_MET)
    parts = [
        f"{counts[key]} {word.lower()}" for key, word in words.SEVERITIES.items() if counts[key]
    ]
    unknown = sum(one.outcome is Judgement.UNKNOWN for one in report.findings)
    sentences = (
        f"By severity: {', '.join(parts)}." if parts else "",
        f"{plural(unknown, 'check')} could not be answered." if unknown else "",
        _coverage(report.inventory.listings),
    )
    return " ".join(one for one in sentences if one)


def _coverage(listings: tuple[ListingCoverage, ...]) -> str:
    """Say how much of the tenant was read."""
    unread = sum(one.coverage is not Coverage.READ for one in listings)
    if not listings:
        return "No listing was read."
    if not unread:
        return "Every listing was read to its end."
    return f"{unread} of {plural(len(listings), 'listing')} could not be read to the end."


def _facts(overview: Overview) -> tuple[tuple[str, str], ...]:
    inventory, worst = overview.report.inventory, overview.worst
    return (
        ("Apps (service principals)", f"{len(inventory.apps):,}"),
        ("Of these, with permissions", f"{overview.holders:,}"),
        ("With critical permissions, Microsoft's left out", f"{worst[Risk.CRITICAL]:,}"),
        ("With high ones, Microsoft's left out", f"{worst[Risk.HIGH]:,}"),
        ("App registrations", f"{len(inventory.registrations):,}"),
        ("Delegated grants", f"{inventory.grants:,}"),
    )


def _groups(
    findings: tuple[InventoryFinding, ...], caps: Caps
) -> tuple[InventoryFindingGroup, ...]:
    groups = []
    for outcome, label in words.JUDGEMENTS.items():
        members = tuple(_finding(one, caps) for one in findings if one.outcome is outcome)
        if members:
            folded = outcome in words.FOLDED
            groups.append(InventoryFindingGroup(label, len(members), folded, members))
    return tuple(groups)


def _finding(one: InventoryFinding, caps: Caps) -> InventoryFindingView:
    affected, evidence = split_affected(one)
    return InventoryFindingView(
        check=clean(one.check),
        title=clean_sentence(one.title),
        outcome=words.JUDGEMENTS[one.outcome],
        severity=words.SEVERITIES[one.severity],
        message=clean(one.message, caps.message),
        controls=clean_sentence(", ".join(one.controls)),
        affected=tuple(
            AffectedView(
                clean(each.id), clean(each.name) or NAMELESS, clean(each.detail, caps.message)
            )
            for each in affected[: caps.affected]
        ),
        more=max(len(affected) - caps.affected, 0),
        evidence=tuple((clean(name), clean(value, caps.message)) for name, value in evidence),
    )


def split_affected(
    one: InventoryFinding,
) -> tuple[tuple[Affected, ...], tuple[tuple[str, str], ...]]:
    """Part who is affected from settings that were looked at: those have no object id."""
    affected = tuple(each for each in one.affected if each.id)
    return affected, tuple((each.name, each.detail) for each in one.affected if not each.id)


def _app(app: App, overview: Overview, caps: Caps) -> AppView:
    held = sorted(overview.holdings.of(app), key=Holding.place)
    publisher = publisher_of(app)
    remarks = (
        "disabled" if app.enabled is False else "",
        "disabled by Microsoft" if app.is_disabled_by_microsoft else "",
        "users must be assigned" if app.assignment_required else "",
    )
    return AppView(
        name=clean(app.name) or NAMELESS,
        app_id=clean(app.app_id),
        publisher=PUBLISHERS[publisher],
        publisher_name=clean(app.publisher) if publisher == "verified" else "",
        risk=words.RISKS[overview.report.risks.get(app.id, Risk.UNRATED)],
        permissions=tuple(
            (clean(one.permission), consented(one)) for one in held[: caps.permissions]
        ),
        more=max(len(held) - caps.permissions, 0),
        users=f"{app.users:,}",
        remarks=tuple(one for one in remarks if one),
    )


def _registration(one: Registration, report: InventoryReport) -> RegistrationRow:
    now = report.inventory.collected_at
    ends = next_expiry(one.secrets, now)
    return RegistrationRow(
        name=clean(one.name) or NAMELESS,
        app_id=clean(one.app_id),
        credentials=plural(len(one.secrets), "credential") if one.secrets else "None",
        next_expiry=f"{ends:%Y-%m-%d}" if ends else "",
        ended=sum(each.ends is not None and each.ends <= now for each in one.secrets),
        redirects=plural(len(one.redirect_uris), "redirect URI"),
    )


def _listing(one: ListingCoverage) -> ListingView:
    return ListingView(
        title=clean_sentence(one.title),
        name=clean(one.name),
        status=words.COVERAGES[one.coverage],
        rows=f"{one.rows:,}",
        needs=clean_sentence(" or ".join(one.needs)),
        why=clean_sentence(one.why),
        detail=clean_sentence(one.detail),
    )


def _left_out(number: int, shown: int, noun: str, table: str, caps: Caps) -> str:
    """Say how many rows a table has, and where the others are."""
    if number <= shown:
        return f"All {plural(number, noun)}." if number != 1 else f"1 {noun}."
    return f"{shown:,} of {plural(number, noun)}. {_where(table, caps)}"


def _where(table: str, caps: Caps) -> str:
    if caps.beside:
        return f"All of them are in inventory-{table}.csv beside this page."
    return f"All of them are in inventory-{table}.csv, which --format csv --output DIR writes."


def _findings_note(findings: tuple[InventoryFinding, ...], caps: Caps) -> str:
    if all(len(one.affected) <= caps.affected for one in findings):
        return ""
    first = f"Each finding shows the first {caps.affected} that it is about."
    return f"{first} {_where('findings', caps)}"
