"""The summary of an inventory for a terminal: how much there is, and what is wrong with it."""

from typing import TextIO

from rich.console import Console
from rich.text import Text

from auditor.model.inventory import Coverage, InventoryFinding, InventoryReport, ListingCoverage
from auditor.model.report import Judgement
from auditor.model.risk import Risk
from auditor.render.clean import clean, clean_sentence
from auditor.render.inventory_overview import count_apps
from auditor.render.inventory_view import split_affected
from auditor.render.say import moment, plural
from auditor.render.terminal import indented, listed, word, write_text
from auditor.render.words import COVERAGES, JUDGEMENTS, SEVERITIES

_SHOWN = 5
_ORDER = (Judgement.NOT_MET, Judgement.UNKNOWN, Judgement.MANUAL)


def print_inventory(report: InventoryReport, stream: TextIO) -> None:
    """Write the summary to ``stream``, coloured only if that is a terminal."""
    write_text(stream, lambda console: _print(console, report))


def _print(console: Console, report: InventoryReport) -> None:
    inventory = report.inventory
    tenant = clean(inventory.tenant_name or inventory.tenant_id or inventory.tenant)
    read = moment(inventory.collected_at)
    console.print(Text(f"{tenant} ({inventory.cloud} cloud, {read})", "bold"))
    counts = (
        plural(len(inventory.apps), "app"),
        plural(len(inventory.registrations), "registration"),
        plural(inventory.grants, "delegated grant"),
    )
    console.print(Text(", ".join(counts)))
    console.print(Text(_risky(report)))
    for outcome in _ORDER:
        for one in report.findings:
            if one.outcome is outcome:
                console.print()
                _print_finding(console, one)
    met = sum(one.outcome is Judgement.MET for one in report.findings)
    console.print()
    console.print(Text(f"{plural(met, 'check')} met."))
    _print_unread(console, inventory.listings)


def _risky(report: InventoryReport) -> str:
    worst = count_apps(report)
    critical, high = worst[Risk.CRITICAL], worst[Risk.HIGH]
    hold = "holds" if critical == 1 else "hold"
    return (
        f"{plural(critical, 'app')} {hold} critical permissions, {high:,} high ones at worst; "
        "Microsoft's own are not counted"
    )


def _print_finding(console: Console, one: InventoryFinding) -> None:
    severity = SEVERITIES[one.severity].lower()
    head = Text.assemble(word(JUDGEMENTS[one.outcome]), f" ({severity}): {one.title}")
    console.print(head)
    console.print(indented(Text(clean_sentence(one.message))))
    affected, evidence = split_affected(one)
    rows = [("-", _said(each.name, each.detail)) for each in affected[:_SHOWN]]
    if len(affected) > _SHOWN:
        rows.append(("", f"and {len(affected) - _SHOWN:,} more"))
    rows += [("=", _said(name, value)) for name, value in evidence]
    if rows:
        console.print(indented(listed(rows)))


def _said(name: str, detail: str) -> str:
    """Join a name and what is said of it; either may be empty."""
    return ": ".join(part for part in (clean(name), clean_sentence(detail)) if part)


def _print_unread(console: Console, listings: tuple[ListingCoverage, ...]) -> None:
    unread = [one for one in listings if one.coverage is not Coverage.READ]
    if not unread:
        return
    console.print()
    console.print(Text("Could not be read to the end", "bold"))
    console.print(indented(listed(("-", _unread(one)) for one in unread)))


def _unread(one: ListingCoverage) -> str:
    why = f"{one.title}: {clean_sentence(one.detail or COVERAGES[one.coverage].word.lower())}"
    needs = f"{' or '.join(one.needs)} lets it be read" if one.needs else ""
    unknown = f"without it is unknown {one.why}" if one.why else ""
    return "; ".join(part.rstrip(".") for part in (why, unknown, needs) if part)
