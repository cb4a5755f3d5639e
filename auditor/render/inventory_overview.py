"""What every page about a tenant needs, however much it shows: worked out once for all of them."""

from collections import Counter, defaultdict
from functools import cached_property
from heapq import nsmallest

from auditor.model.holding import Holdings
from auditor.model.inventory import App, InventoryReport, Owner, Registration
from auditor.model.risk import WORST_FIRST, Risk
from auditor.render.inventory_charts import ChartView, charts
from auditor.render.inventory_tables import next_expiry

MOST = 500
"""Rows that a page shows at most."""


class Overview:
    """A report, and what is counted and ordered in it when it is asked for first."""

    def __init__(self, report: InventoryReport) -> None:
        """Work nothing out yet."""
        self.report = report

    @cached_property
    def charts(self) -> tuple[ChartView, ...]:
        """All charts."""
        return charts(self.report)

    @cached_property
    def holders(self) -> int:
        """Number of apps that have permissions."""
        return sum(bool(app.delegated or app.held) for app in self.report.inventory.apps)

    @cached_property
    def worst(self) -> Counter[Risk]:
        """Number of apps by their worst permission."""
        return count_apps(self.report)

    @cached_property
    def holdings(self) -> Holdings:
        """What apps hold."""
        return Holdings(self.report.inventory.apps, self.report.ratings)

    @cached_property
    def apps(self) -> tuple[App, ...]:
        """The worst apps; Microsoft's own come last."""
        ranks = {app_id: WORST_FIRST.index(risk) for app_id, risk in self.report.risks.items()}
        alike: defaultdict[tuple[bool, int], list[App]] = defaultdict(list)
        for app in self.report.inventory.apps:
            rank = ranks.get(app.id, len(WORST_FIRST))
            alike[app.owner is Owner.MICROSOFT, rank].append(app)
        found: list[App] = []
        for place in sorted(alike):
            found += nsmallest(MOST - len(found), alike[place], _most_used)
        return tuple(found)

    @cached_property
    def registrations(self) -> tuple[Registration, ...]:
        """Those first whose credentials end first; what has no credential comes last."""
        now = self.report.inventory.collected_at

        def place(one: Registration) -> tuple[bool, float, str]:
            ends = next_expiry(one.secrets, now)
            return not one.secrets, ends.timestamp() if ends else 0, one.name.casefold()

        return tuple(nsmallest(MOST, self.report.inventory.registrations, place))


def _most_used(app: App) -> tuple[int, str]:
    return -app.users, app.name.casefold()


def count_apps(report: InventoryReport) -> Counter[Risk]:
    """Count apps by the worst permission that they hold; Microsoft's own are left out."""
    return Counter(
        report.risks[app.id]
        for app in report.inventory.apps
        if app.id in report.risks and app.owner is not Owner.MICROSOFT
    )
