"""Makes docs/baselines.md from the baselines' files, the rules and the seven tenants."""

from collections.abc import Iterator
from inspect import cleandoc

from auditor.baselines.load import Baselines, load_baselines
from auditor.baselines.rules import RULES
from auditor.baselines.settings import Settings
from auditor.baselines.tools import TOOLS
from auditor.model.baseline import Baseline, Control, ControlAnswer, ControlResult
from tests.unit.baseline_case import STATES, results

_HEAD = """\
# Baselines

A baseline is a published list of controls: settings that a tenant should have. The program answers
those that concern consent to apps, on the same facts as its decisions, for the tenant as it is and
for the tenant as a plan would leave it.

Every control has two answers.

- **The text.** What the control asks, judged on what the tenant really does: the condition sets of
  the assigned policies are evaluated, whatever the policies are called. The answer is *met*, *not
  met*, or *unknown* where a fact that decides could not be read. Unknown is never rounded to
  either side.
- **The tool.** What the tool prints that people run for the control, right or wrong. The known
  tools compare names of policies or ask whether a list is empty. So they pass tenants that the
  text does not, and fail tenants that fulfil it. This answer is here so that the other tool's
  report does not come as a surprise. Some tools leave tenants out: *skipped*.

The text answer names its evidence where there is some: for MS.AAD.5.2v1 the risky permissions that
users may consent to. What a plan adds to them is what the plan is to answer for.

## Limits

- MS.AAD.5.2v1 rests on CISA's list of risky permissions (`policies/baselines/data/`). Of its eight
  resources, Microsoft Graph, Exchange Online and SharePoint Online are always looked at. Power BI,
  Dataverse, Power Apps and Power Automate are looked at where an audited app asks for them; the
  answer names the resources that it rests on. Office 365 Management has no delegated row.
- A permission that is not on the list is not thereby harmless.
- Entries for owners of groups, teams and chats are no user consent. Zero Trust Assessment's test
  21810 about them rests on a beta resource that is not read, so it is left out.
- Whether the reviewers of the admin consent workflow exist and may consent is not looked at; the
  check `admin-consent-reviewers-can-decide` does.
- The tools were read in August 2026. A newer version may answer otherwise. Where a tool reads a
  value that this program could not read, its answer is unknown.
- EntraFalcon grades the setting in words and has no plain pass, so it stands in no table here.

This page is made from `policies/baselines/` and `auditor/baselines/`.

"""

_STATES = """\
## The known tools on seven tenants

What ten checks on user consent print for the same tenants; the first columns are the answers of
this program to the texts. P: met, F: not met, skip: not evaluated. Entries for owned resources are
assigned in every tenant but the first. The custom policy is limited to sign-in permissions and
verified publishers.

"""

_CHECKS = (
    ("Maester CIS 5.1.5.1", "maester-cis-user-consent"),
    ("Maester MS.AAD.5.2", "maester-cisa-user-consent"),
    ("Maester EIDSCA AP08", "maester-ap08"),
    ("ScubaGear MS.AAD.5.2v1", "scubagear-user-consent"),
    ("Prowler M365", "prowler-user-consent"),
    ("Prowler Azure, verified apps", "prowler-verified-apps"),
    ("Zero Trust 21776", "zero-trust-user-consent"),
    ("Monkey365 1102", "maester-cis-user-consent"),
    ("Steampipe CIS", "consent-list-empty"),
    ("M365-Assess CONSENT-001", "consent-list-empty"),
)
_TEXTS = (
    ("CIS 5.1.5.1", ("cis-m365", "5.1.5.1")),
    ("MS.AAD.5.2v1", ("scuba-aad", "MS.AAD.5.2v1")),
    ("AP08 and 21776", ("eidsca", "AP08")),
    ("Microsoft", ("microsoft", "user-consent")),
)
_SHORT = {
    ControlAnswer.MET: "P",
    ControlAnswer.NOT_MET: "F",
    ControlAnswer.SKIPPED: "skip",
    ControlAnswer.UNKNOWN: "?",
}
_WORDS = {
    ControlAnswer.MET: "met",
    ControlAnswer.NOT_MET: "not met",
    ControlAnswer.SKIPPED: "skipped",
    ControlAnswer.UNKNOWN: "unknown",
}

_Found = dict[str, dict[tuple[str, str], ControlResult]]
"""By tenant, baseline and control."""


def baselines_page() -> str:
    """Return docs/baselines.md."""
    baselines = load_baselines()
    found = {name: results(make().facts(), baselines) for name, make in STATES.items()}
    chapters = ("\n".join(_chapter(one, found)) for one in baselines.baselines)
    return _HEAD + _STATES + _comparison(baselines, found) + "\n" + "\n".join(chapters)


def _comparison(baselines: Baselines, found: _Found) -> str:
    head = ("tenant", *(f"text of {name}" for name, _ in _TEXTS), *(name for name, _ in _CHECKS))
    rows = [head, ("---",) * len(head)]
    for state, make in STATES.items():
        settings = Settings(make().facts(), baselines.risky)
        texts = (_SHORT[found[state][key].text.answer] for _, key in _TEXTS)
        tools = (_SHORT[TOOLS[rule].verdict(settings).answer] for _, rule in _CHECKS)
        rows.append((state, *texts, *tools))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _chapter(baseline: Baseline, found: _Found) -> Iterator[str]:
    source = f"<{baseline.source}>" if baseline.source.startswith("https:") else baseline.source
    yield f"## {baseline.name}\n"
    yield (
        f"`{baseline.id}`, {baseline.publisher}, version {baseline.version}. "
        f"Source: {source}, read {baseline.retrieved}.\n"
    )
    for control in baseline.controls:
        yield from _control(baseline, control, found)


def _control(baseline: Baseline, control: Control, found: _Found) -> Iterator[str]:
    level = f" ({control.level})" if control.level else ""
    yield f"### {control.id}: {control.title}{level}\n"
    yield f"**Asks.** {control.asks}\n"
    yield f"**How we read it.** {cleandoc(RULES[control.rule].__doc__ or '')}\n"
    if not control.tool:
        yield "**Tool.** None.\n"
        return
    yield f"**Tool: {control.tool}.** {TOOLS[control.tool_rule].looks}\n"
    differing = _differences((baseline.id, control.id), found)
    if differing:
        yield "**They differ** for these of the seven tenants:\n"
        yield "\n".join(differing) + "\n"


def _differences(key: tuple[str, str], found: _Found) -> list[str]:
    """List the tenants on which text and tool differ, where both tell the tenants apart."""
    pairs = {state: _pair(one[key]) for state, one in found.items()}
    if any(len(set(answers)) == 1 for answers in zip(*pairs.values(), strict=True)):
        return []
    return [
        f"- {state}: text {_WORDS[text]}, tool {_WORDS[tool]}"
        for state, (text, tool) in pairs.items()
        if text is not tool
    ]


def _pair(found: ControlResult) -> tuple[ControlAnswer, ControlAnswer]:
    """Return the text's answer and the tool's."""
    return found.text.answer, (found.tool_verdict or found.text).answer
