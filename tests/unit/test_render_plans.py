"""What is said about plans: reach, comparison, controls and scripts."""

from dataclasses import replace

import pytest

from auditor.dialects import dialects, write_scripts
from auditor.dialects.script import Target
from auditor.model.baseline import ControlAnswer
from auditor.model.plan import Apps, Plan
from auditor.model.profile import ProfileKind
from auditor.model.report import Assessment, Report
from auditor.model.tenant import Count
from auditor.phrases import first_and_rest
from auditor.render.clean import INVISIBLE
from auditor.render.compare import comparison
from auditor.render.controls import control_groups, move_groups
from auditor.render.reach import other_apps, reach_facts, reach_line
from auditor.render.say import plural
from auditor.render.shown import AssessmentView
from auditor.render.view import view
from auditor.render.words import Tone
from tests.unit import plan_fixture as plans
from tests.unit import report_fixture as fixture


def shown(item: Assessment, report: Report | None = None) -> AssessmentView:
    """Arrange one assessment."""
    return view(replace(report or fixture.single(), assessments=(item,))).assessments[0]


def with_plans(*some: Plan) -> Assessment:
    return replace(fixture.NORTHWIND, plans=some)


@pytest.mark.parametrize(
    ("gain", "lose", "text"),
    [
        (Count(0, exact=True), Count(0, exact=True), "No others gain, none lose"),
        (Count(1, exact=True), Count(1, exact=True), "One other app gains, one loses"),
        (Count(1_200, exact=True), Count(2, exact=True), "1,200 others gain, 2 lose"),
        (Count(1, exact=False), Count(0, exact=False), "At least 1 others gain, at least 0 lose"),
        (None, None, "How many others gain is not known, how many lose is not known"),
    ],
)
def test_others_are_counted_or_not_known(gain: Count | None, lose: Count | None, text: str) -> None:
    reach = replace(plans.CONSENT.reach, others_gain=gain, others_lose=lose)
    assert other_apps(reach) == text


def test_the_reach_is_said_in_full_and_in_one_line() -> None:
    facts = dict(reach_facts(plans.CONSENT, "Northwind"))
    assert facts["Apps that gain"] == "Northwind alone"
    assert facts["Permissions they gain"].endswith("Mail.Send of Microsoft Graph")
    assert facts["Taking it back"].startswith("Complete")
    nothing = replace(plans.CONSENT, reach=replace(plans.CONSENT.reach, apps=Apps.NONE, opened=()))
    assert dict(reach_facts(nothing, "x"))["Permissions they gain"] == "None"
    assert reach_line(plans.VENDORS_WAY, "x") == (
        "Every app of a verified publisher, and every app registered in this tenant; "
        "every member and every guest; on consent; 12 others gain, one loses."
    )


def test_a_comparison_has_a_cell_for_each_plan() -> None:
    rows = {row.name: row.cells for row in comparison(plans.PLANS, "Northwind")}
    assert {len(cells) for cells in rows.values()} == {3}
    assert [cell.lines[0] for cell in rows["Apps that gain"][:2]] == ["Northwind alone"] * 2
    assert [cell.tone for cell in rows["Apps that gain"]] == [Tone.GOOD, Tone.GOOD, Tone.CAUTION]
    assert [cell.tone for cell in rows["Controls broken"]] == [
        Tone.NEUTRAL,
        Tone.CAUTION,
        Tone.BAD,
    ]
    assert rows["Controls broken"][1].lines == ("Worse: MS.AAD.5.2v1 (CISA SCuBA)",)
    assert len(rows["Controls broken"][2].lines) == 2
    assert rows["Roles needed"][2].lines == (
        "Cloud Application Administrator",
        "Privileged Role Administrator",
    )
    assert rows["Effort"][0].lines == ("2 steps",)
    assert comparison(plans.PLANS[:1], "x") == ()


def test_a_plan_that_waits_says_so_beside_the_others() -> None:
    waits = replace(
        plans.CONSENT,
        waits_for_others=True,
        steps=(plans.RETRY,),
        fixes=plans.VENDORS_WAY.fixes * 6,
    )
    rows = {row.name: row.cells[1] for row in comparison((plans.CONSENT, waits), "x")}
    assert rows["Effort"].lines == ("1 step", "Waits for somebody outside")
    assert rows["Roles needed"].lines == ("None",)
    assert rows["Controls fixed"].lines[-1] == "and 2 more"
    marks = shown(with_plans(plans.CONSENT, replace(waits, pilot=True))).plans[1].marks
    assert marks == ("Pilot", "Waits for others")


def test_bad_news_comes_first() -> None:
    groups = move_groups(plans.VENDORS_WAY)
    assert [group.tone for group in groups] == [Tone.BAD, Tone.CAUTION, Tone.GOOD, Tone.NEUTRAL]
    tool = groups[-1].moves[0]
    assert (tool.before.word, tool.after.word) == ("Pass", "Fail")
    assert move_groups(plans.CONSENT) == ()


def test_controls_come_by_answer_with_those_that_are_met_folded() -> None:
    groups = control_groups(plans.BASELINES)
    assert [(group.title, group.folded) for group in groups] == [
        ("3 not met (1 of which a tool says something else)", False),
        ("1 unknown (1 of which a tool says something else)", False),
        ("3 met (1 of which a tool says something else)", True),
    ]
    reasons = dict(groups[2].in_brief)
    assert (
        reasons["No permission is classified."] == "low-permissions (Microsoft's recommendations)"
    )


def test_a_tool_that_could_not_tell_is_skipped() -> None:
    move = plans.moved(plans.CIS, ControlAnswer.NOT_MET, ControlAnswer.SKIPPED)
    plan = replace(plans.CONSENT, tool_moves=(move,))
    assert move_groups(plan)[0].moves[0].after.word == "Skipped"
    silent = replace(move, after=replace(move.after, tool_verdict=None))
    plan = replace(plans.CONSENT, tool_moves=(silent,))
    assert move_groups(plan)[0].moves[0].after.word == "Skipped"


def test_the_recommended_plan_alone_has_scripts() -> None:
    first, *others = shown(fixture.NORTHWIND).plans
    assert [one.id for one in first.dialects] == [one.id for one in dialects()]
    assert all(
        [script.title for script in one.scripts] == ["Apply", "Roll back"] for one in first.dialects
    )
    assert [one.dialects for one in others] == [(), ()]
    assert all(f"--plan {number}" in one.command for number, one in enumerate(others, 2))


def test_a_plan_by_hand_has_none() -> None:
    plan = shown(with_plans(replace(plans.CONSENT, steps=(plans.RETRY,)))).plans[0]
    assert (plan.dialects, plan.command) == ((), "")


@pytest.mark.parametrize(
    ("profile", "kind", "option"),
    [
        ("sophiie", ProfileKind.VENDOR_APP, " --profile sophiie "),
        ("ad-hoc", ProfileKind.AD_HOC, " "),
        ("x; rm -rf /", ProfileKind.VENDOR_APP, " "),
        ("../profile.toml", ProfileKind.VENDOR_APP, " "),
    ],
)
def test_a_command_holds_plain_profile_ids_alone(
    profile: str, kind: ProfileKind, option: str
) -> None:
    asked = replace(fixture.NORTHWIND.request, profile_id=profile, kind=kind)
    plan = shown(replace(fixture.NORTHWIND, request=asked)).plans[0]
    assert plan.command.startswith(f"consent-auditor plan{option}--plan 1 ")


def test_an_alternative_repeats_no_message() -> None:
    first, second, third = shown(fixture.NORTHWIND).plans
    assert [one.title for one in first.messages] == ["To the user", "To the vendor's support"]
    assert [one.title for one in second.messages] == ["To the user"]
    assert third.messages == second.messages


def test_the_name_is_that_of_the_tenant() -> None:
    client = replace(fixture.NORTHWIND.client, display_name="Northwind (EU)")
    plan = shown(replace(fixture.NORTHWIND, client=client)).plans[0]
    assert dict(plan.reach)["Apps that gain"] == "Northwind (EU) alone"


def test_a_tenant_without_a_name_has_scripts_too() -> None:
    nameless = replace(fixture.single(), tenant_id=None, tenant_name=None)
    assert shown(fixture.NORTHWIND, nameless).plans[0].dialects


@pytest.mark.parametrize("name", sorted(fixture.HOSTILE))
def test_a_script_that_is_shown_runs_as_the_one_that_is_written(name: str) -> None:
    """What cannot be seen stands escaped in it, but for letters that are blank by their shape."""
    text = fixture.HOSTILE[name]
    target = Target(fixture.single().cloud, fixture.TENANT, text, text, fixture.AT)
    for dialect in dialects():
        for script in write_scripts(dialect.id, plans.hostile_plan("a", text), target):
            hidden = set(INVISIBLE.findall(script.content)) - {"\n", "\t"}
            assert [one for one in hidden if not one.isprintable()] == []


def test_words_of_numbers() -> None:
    assert (plural(1, "step"), plural(2, "step")) == ("1 step", "2 steps")
    assert first_and_rest(["a", "b", "c"], 2) == "a, b and 1 more"
    assert first_and_rest(["a"], 2) == "a"
