"""Published security baselines, evaluated on the facts that a decision rests on.

Every control has two answers: what its text asks (``rules``) and what the tool prints that people
run for it (``tools``).
"""

from auditor.baselines.load import Baselines
from auditor.baselines.rules import RULES
from auditor.baselines.settings import Settings
from auditor.baselines.tools import TOOLS
from auditor.facts import TenantFacts
from auditor.model.baseline import Baseline, Control, ControlResult


def evaluate(facts: TenantFacts, baselines: Baselines) -> tuple[ControlResult, ...]:
    """Answer every control for one tenant, in the order of the baselines and of their files.

    Args:
        facts: One tenant; an unknown fact makes unknown what rests on it.
        baselines: As ``load_baselines`` returns them.
    """
    settings = Settings(facts, baselines.risky)
    return tuple(
        _result(baseline, control, settings)
        for baseline in baselines.baselines
        for control in baseline.controls
    )


def _result(baseline: Baseline, control: Control, settings: Settings) -> ControlResult:
    return ControlResult(
        baseline=baseline.id,
        baseline_name=baseline.name,
        control=control.id,
        title=control.title,
        asks=control.asks,
        text=RULES[control.rule](settings),
        tool=control.tool,
        tool_verdict=TOOLS[control.tool_rule].verdict(settings) if control.tool_rule else None,
    )
