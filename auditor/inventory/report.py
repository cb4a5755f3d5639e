"""Everything that is said about one whole tenant, from its snapshot."""

from collections.abc import Iterator

from auditor.baselines import evaluate
from auditor.baselines.load import load_baselines
from auditor.baselines.settings import Settings
from auditor.facts import TenantFacts
from auditor.inventory.check import InventoryContext
from auditor.inventory.checks import judge_all
from auditor.inventory.risk import RiskTable, load_risks, worst
from auditor.managed import load_managed
from auditor.model.inventory import App, Inventory, InventoryReport
from auditor.model.risk import Kind, Risk


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
    context = InventoryContext(inventory, facts, settings, risks, load_managed())
    rated = ((app.id, list(app_risks(app, risks))) for app in inventory.apps)
    return InventoryReport(
        tool_version=tool_version,
        inventory=inventory,
        risks={key: worst(found) for key, found in rated if found},
        findings=judge_all(context),
        controls=evaluate(facts, baselines),
    )


def app_risks(app: App, risks: RiskTable) -> Iterator[Risk]:
    """Rate every permission that an app holds in any way."""
    for one in app.delegated:
        for name in (*one.for_all, *one.by_users):
            yield risks.rate(one.resource_app_id, Kind.DELEGATED, name).risk
    for held in app.held:
        yield risks.rate(held.resource_app_id, Kind.APPLICATION, held.role_id).risk
