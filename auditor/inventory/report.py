"""Everything that is said about one whole tenant, from its snapshot."""

from collections.abc import Iterator

from auditor import checks as settings_checks
from auditor.baselines import evaluate
from auditor.baselines.load import load_baselines
from auditor.baselines.settings import Settings
from auditor.checks.check import WORST_FIRST, CheckContext
from auditor.cycles import no_search_for_cycles
from auditor.facts import TenantFacts
from auditor.inventory.check import InventoryContext
from auditor.inventory.checks import judge_all
from auditor.inventory.risk import load_risks, worst_by_app
from auditor.managed import load_managed
from auditor.model.inventory import Affected, Inventory, InventoryFinding, InventoryReport
from auditor.model.report import Judgement, Severity

_SEVERITIES = tuple(Severity)
_ONE_PAGE = frozenset({"known-names-are-not-imitated"})
"""Checks of an audit that know one page of a tenant's apps; an inventory looks at all of them."""


@no_search_for_cycles()
def make_inventory_report(
    inventory: Inventory, facts: TenantFacts, tool_version: str
) -> InventoryReport:
    """Judge a tenant.

    Args:
        inventory: What it holds.
        facts: Of its settings.
        tool_version: Of this program.
    """
    risks, baselines = load_risks(), load_baselines()
    settings = Settings(facts, baselines.risky)
    by_app = worst_by_app(inventory.apps, risks)
    context = InventoryContext(inventory, facts, settings, risks, by_app, load_managed())
    return InventoryReport(
        tool_version=tool_version,
        inventory=inventory,
        risks=by_app,
        ratings=risks,
        findings=tuple(sorted((*judge_all(context), *_of_settings(context)), key=_place)),
        controls=evaluate(facts, baselines),
        credential_ends=tuple(each.ends for one in context.holders for each in one.credentials),
    )


def _of_settings(context: InventoryContext) -> Iterator[InventoryFinding]:
    """Ask what an audit asks of the tenant's settings, beyond any single app."""
    for one in settings_checks.judge_all(CheckContext(context.facts, (), context.managed)):
        if one.outcome is not Judgement.NOT_APPLICABLE and one.check not in _ONE_PAGE:
            yield InventoryFinding(
                check=one.check,
                title=one.title,
                outcome=one.outcome,
                severity=one.severity,
                message=one.message,
                controls=(),
                affected=tuple(Affected("", name, value) for name, value in one.evidence),
            )


def _place(one: InventoryFinding) -> tuple[int, int, str]:
    """Put what matters most first."""
    return WORST_FIRST.index(one.outcome), _SEVERITIES.index(one.severity), one.check
