"""The scripts of a plan, or of one step, as they are shown."""

from collections.abc import Mapping

from auditor.dialects import dialects, write_scripts
from auditor.dialects.script import Dialect, Script, Target
from auditor.model.decision import Certainty, Outcome
from auditor.model.plan import Apps, People, Plan, Reach, Reversal, Step
from auditor.render.clean import clean_lines
from auditor.render.shown import DialectView, ScriptView

SHORT = "http"
"""The dialect that is shown where there is little room: it is requests and nothing else."""

_LANGUAGES: Mapping[str, str] = {"azure-cli": "bash", "terraform": "hcl"}
"""Words after a fence, for dialects whose id is none."""

_TITLES = ("Apply", "Roll back")
"""In the order in which a dialect gives its scripts."""

_NOTHING = Reach(Apps.NONE, (), People.NOBODY, None, None, False, Reversal.COMPLETE)  # noqa: FBT003


def dialect_ids() -> str:
    """Name the dialects as the command line takes them."""
    return ", ".join(dialect.id for dialect in dialects())


def plan_scripts(plan: Plan, target: Target) -> tuple[DialectView, ...]:
    """Write a plan in every dialect; empty where no step changes the tenant."""
    if not any(step.change for step in plan.steps):
        return ()
    return tuple(_dialect(dialect, plan, target) for dialect in dialects())


def step_scripts(step: Step, target: Target) -> tuple[DialectView, ...]:
    """Write one step that belongs to no plan; empty where it changes nothing."""
    return plan_scripts(_alone(step), target)


def _dialect(dialect: Dialect, plan: Plan, target: Target) -> DialectView:
    written = zip(_TITLES, write_scripts(dialect.id, plan, target), strict=False)
    scripts = tuple(_script(title, script) for title, script in written)
    language = _LANGUAGES.get(dialect.id, dialect.id)
    return DialectView(dialect.id, dialect.title, language, scripts)


def _script(title: str, script: Script) -> ScriptView:
    return ScriptView(script.name, title, clean_lines(script.content))


def _alone(step: Step) -> Plan:
    """Make the plan that a dialect asks for; it proves nothing and is shown nowhere."""
    return Plan(
        id=step.id,
        title=step.title,
        summary=step.why,
        documented_by="",
        steps=(step,),
        outcome=Outcome.UNKNOWN,
        certainty=Certainty.CERTAIN,
        caveats=(),
        holds_for="",
        waits_for_others=False,
        pilot=False,
        reach=_NOTHING,
        permissions=(),
        fixes=(),
        breaks=(),
        worsens=(),
        tool_moves=(),
        wait=step.wait,
        check=step.check,
        for_user="",
        for_vendor="",
    )
