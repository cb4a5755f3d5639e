"""The numbers behind the charts of an inventory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.model.inventory import App, Held, InventoryReport, Owner
from auditor.model.risk import Kind, Risk
from auditor.render.charts import Bar, Column, Part, bar_chart, column_chart, share_chart
from auditor.render.clean import clean
from auditor.render.say import plural
from auditor.render.words import RISKS, Label, Tone

_TOP = 15
_MONTHS = 12
_QUARTER = 3
_SOON = 2
"""Months, this one included, whose ends are marked."""

PUBLISHERS = {
    "unverified": Label("Unverified publisher", Tone.CAUTION),
    "verified": Label("Verified publisher", Tone.GOOD),
    "here": Label("This tenant", Tone.NEUTRAL),
    "unknown": Label("Unknown owner", Tone.UNKNOWN),
    "microsoft": Label("Microsoft", Tone.NEUTRAL),
}
"""Who stands behind an app, in the order of the chart."""

NAMELESS = "(no name)"


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart, and its numbers as a table."""

    anchor: str
    title: str
    note: str
    svg: str
    legend: tuple[tuple[str, str], ...]
    """A class of the style sheet, and what it means."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def charts(report: InventoryReport) -> tuple[ChartView, ...]:
    """Draw the charts; one whose listing was not read shows what is there."""
    return (
        _risk_by_publisher(report),
        _grants_by_permission(report),
        _expiry(report),
    )


def publisher_of(app: App) -> str:
    """Say who stands behind an app: a key of ``PUBLISHERS``."""
    if app.owner is Owner.MICROSOFT:
        return "microsoft"
    if app.owner is Owner.HERE:
        return "here"
    if app.publisher_id:
        return "verified"
    return "unverified" if app.owner is Owner.OTHER else "unknown"


def _risk_by_publisher(report: InventoryReport) -> ChartView:
    counts = Counter(
        (publisher_of(app), report.risks[app.id])
        for app in report.inventory.apps
        if app.id in report.risks
    )
    bars = tuple(
        _risk_bar(label.word, [counts[key, risk] for risk in Risk])
        for key, label in PUBLISHERS.items()
    )
    title = "Apps by publisher and risk"
    return ChartView(
        anchor="chart-risk",
        title=title,
        note="Apps that hold permissions, by the worst one that they hold.",
        svg=share_chart("chart-risk", title, bars),
        legend=tuple((_style(risk), label.word) for risk, label in RISKS.items()),
        head=("Publisher", *(label.word for label in RISKS.values())),
        rows=tuple((one.label, *(f"{part.number:,}" for part in one.parts)) for one in bars),
    )


def _risk_bar(label: str, numbers: Sequence[int]) -> Bar:
    parts = tuple(
        Part(RISKS[risk].word.lower(), number, _style(risk))
        for risk, number in zip(Risk, numbers, strict=True)
    )
    return Bar(label, parts, plural(sum(numbers), "app"))


def _style(risk: Risk) -> str:
    return f"risk-{risk.value}"


def _grants_by_permission(report: InventoryReport) -> ChartView:
    """Count a consent for everybody as one grant, and each user's own as one."""
    counts, spelled = _permission_counts(report.inventory.apps)
    bars = tuple(
        _permission_bar(key, number, report, spelled[key])
        for key, number in counts.most_common(_TOP)
    )
    title = f"Permissions granted most, the first {_TOP}"
    return ChartView(
        anchor="chart-grants",
        title=title,
        note="A consent for everybody counts once, and each user's own counts once.",
        svg=bar_chart("chart-grants", title, bars),
        legend=(),
        head=("Permission", "On", "Risk", "Grants"),
        rows=tuple((one.label, one.note, one.parts[0].label, f"{one.total:,}") for one in bars),
    )


_Granted = tuple[str, Kind, str, str]
"""Resource's app ID, kind, what the table of risks is asked for in lower case, and resource."""


def _permission_bar(
    granted: _Granted, number: int, report: InventoryReport, permission: str
) -> Bar:
    app_id, kind, key, resource = granted
    risk = report.ratings.rate(app_id, kind, key).risk
    note = resource if kind is Kind.DELEGATED else "application permission"
    return Bar(clean(permission), (Part(RISKS[risk].word, number, _style(risk)),), clean(note, 40))


def _permission_counts(apps: Iterable[App]) -> tuple[Counter[_Granted], dict[_Granted, str]]:
    """Count grants, whatever case a name is written in; and keep one way of writing each."""
    counts: Counter[_Granted] = Counter()
    spelled: dict[_Granted, str] = {}
    for (app_id, kind, resource), of_resource in _written_counts(apps).items():
        for one, grants in of_resource.items():
            key, name = (one, one) if isinstance(one, str) else (one.role_id, _role_name(one))
            granted = app_id, kind, key.lower(), resource
            spelled[granted] = min(spelled.get(granted, name), name)
            counts[granted] += grants
    return counts, spelled


def _role_name(one: Held) -> str:
    return one.value or one.role_id


def _written_counts(
    apps: Iterable[App],
) -> defaultdict[tuple[str, Kind, str], Counter[str | Held]]:
    """Count grants by resource, and there by the permission: its name as written, or the role."""
    counts: defaultdict[tuple[str, Kind, str], Counter[str | Held]] = defaultdict(Counter)
    for app in apps:
        for one in app.delegated:
            of_resource = counts[one.resource_app_id, Kind.DELEGATED, one.resource]
            of_resource.update(one.for_all)
            for name, grants in one.by_users.items():
                of_resource[name] += grants
        for held in app.held:
            counts[held.resource_app_id, Kind.APPLICATION, ""][held] += 1
    return counts


def _expiry(report: InventoryReport) -> ChartView:
    """Count when the credentials end that people have to renew."""
    now = report.inventory.collected_at
    counts = Counter(_bucket(ends, now) for ends in report.credential_ends)
    columns = tuple(
        _column(bucket, counts[bucket], now) for bucket in (*range(-1, _MONTHS + 1), None)
    )
    title = "When secrets and certificates end"
    return ChartView(
        anchor="chart-expiry",
        title=title,
        note="Of app registrations and service principals, by month in UTC; without Microsoft's "
        "apps and what is renewed without you.",
        svg=column_chart("chart-expiry", title, columns),
        legend=(),
        head=("Ends", "Credentials"),
        rows=tuple((f"{one.label} {one.below}".strip(), f"{one.number:,}") for one in columns),
    )


def _bucket(ends: datetime | None, now: datetime) -> int | None:
    """Return how many months from now; -1 has ended, and None is without an end."""
    if ends is None:
        return None
    if ends <= now:
        return -1
    return min((ends.year - now.year) * 12 + ends.month - now.month, _MONTHS)


def _column(bucket: int | None, number: int, now: datetime) -> Column:
    if bucket is None:
        return Column("", "No end", number, "plain")
    if bucket < 0:
        return Column("Past", "", number, "ended")
    if bucket == _MONTHS:
        return Column("Later", "", number, "plain")
    month = now.month - 1 + bucket
    first = datetime(now.year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    minor = bucket % _QUARTER != 0
    style = "soon" if bucket < _SOON else "plain"
    return Column(f"{first:%b}", "" if minor else f"{first:%Y}", number, style, minor)
