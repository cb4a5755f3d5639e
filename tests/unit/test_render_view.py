"""The view has the words, the order and the counts."""

from dataclasses import replace

import pytest

from auditor.consent.codes import CAVEATS
from auditor.model.baseline import ControlAnswer
from auditor.model.decision import Outcome, Reason
from auditor.model.fact import Why
from auditor.model.plan import Apps, People, Reversal
from auditor.model.profile import ProfileKind
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import Count
from auditor.render import words
from auditor.render.say import count_text
from auditor.render.view import view
from tests.unit import plan_fixture as plans
from tests.unit import report_fixture as fixture


def test_each_outcome_has_its_answer() -> None:
    shown = view(fixture.several())
    answers = [(app.name, app.answer.word, app.answer.tone.value) for app in shown.assessments]
    assert answers == [
        ("Northwind Mail Sync", "Not yet", "caution"),
        ("Fabrikam Notes", "Yes", "good"),
        ("Litware Connector", "Blocked", "bad"),
        ("Tailspin Desk", "Unknown", "unknown"),
    ]
    assert shown.counts == "1 not yet, 1 yes, 1 blocked, 1 unknown"
    assert shown.several


def test_the_question_names_who_asks() -> None:
    questions = [app.question for app in view(fixture.several()).assessments]
    assert questions == [
        "Can users connect Northwind Mail Sync without admin approval?",
        "Can users connect Fabrikam Notes without admin approval?",
        "Can guest users connect Litware Connector without admin approval?",
        "Can a user with the role Helpdesk connect Tailspin Desk without admin approval?",
    ]


def test_first_screen_has_three_reasons_and_the_first_step() -> None:
    app = view(fixture.single()).assessments[0]
    assert len(app.reasons) == 3
    assert app.more_reasons == "1 more reason in the table of permissions"
    assert app.next_step.text == plans.GRANT.title
    assert app.next_step.anchor == f"{app.anchor}-steps"
    assert app.next_step.link == "See all 2 steps"
    assert "dead end" in app.lead
    assert app.counts == "5 permissions: 3 need admin approval, 2 without a prompt"


def test_a_probable_answer_says_so_with_its_caveats() -> None:
    northwind, fabrikam, *_ = view(fixture.several()).assessments
    assert (fabrikam.doubt, fabrikam.caveats) == ("Probably yes", (CAVEATS["risk-rule"],))
    assert (northwind.doubt, northwind.caveats) == ("", ())


def test_an_unknown_answer_asks_for_the_missing_permission() -> None:
    unknown = replace(fixture.UNKNOWN, first_steps=())
    app = view(replace(fixture.single(), assessments=(unknown,))).assessments[0]
    assert "Policy.Read.PermissionGrant" in app.next_step.text
    assert app.permissions[0].missing[0].why == "Refused"


def test_an_unknown_answer_without_a_permission_names_the_fact() -> None:
    open_fact = replace(
        fixture.undecided("x").missing[0], fact="the app ID", request="--app-id", needs=()
    )
    permission = replace(
        fixture.undecided("Mail.Read"), missing=(open_fact,), caveats=("guest-rules",)
    )
    decision = replace(fixture.decision(Outcome.UNKNOWN, (permission,)), caveats=("guest-rules",))
    item = replace(fixture.UNKNOWN, decision=decision, first_steps=())
    app = view(replace(fixture.single(), assessments=(item,))).assessments[0]
    assert app.next_step.text == "Find out the app ID (--app-id), then run it again."
    assert (app.doubt, app.permissions[0].certainty) == ("Open question", "")
    assert app.caveats == (CAVEATS["guest-rules"],)


def test_a_ready_app_needs_nothing() -> None:
    assert view(fixture.several()).assessments[1].next_step.text == "Nothing to do."


def test_codes_are_explained_where_a_meaning_is_known() -> None:
    codes = {code.code for code in view(fixture.single()).codes}
    assert "excluded-by-policy" in codes
    assert "a-new-code" not in codes


def test_findings_come_by_outcome_and_severity_and_add_up() -> None:
    findings = (*fixture.FINDINGS, replace(fixture.FINDINGS[2], severity=Severity.LOW, check="a"))
    groups = view(replace(fixture.single(), findings=findings)).findings
    assert [group.label.word for group in groups] == [
        label.word for label in words.JUDGEMENTS.values()
    ]
    assert [item.severity for item in groups[0].findings] == ["High", "Low"]
    assert sum(group.count for group in groups) == len(findings)


def test_unread_sources_stand_apart_from_those_that_answered() -> None:
    shown = view(fixture.single())
    assert [item.status.word for item in shown.unread] == [
        "Refused",
        "Failed",
        "Not licensed",
        "Not in this cloud",
        "Not asked",
    ]
    assert len(shown.unread) + len(shown.sources) == len(fixture.SOURCES)
    assert [item.needs for item in shown.sources] == [""] * 5


def test_permissions_are_gathered_over_apps() -> None:
    rows = {row.value: row.outcomes for row in view(fixture.several()).by_permission}
    assert [(label.word, apps) for label, apps in rows["User.Read"]] == [
        ("User can consent", "Fabrikam Notes"),
        ("No prompt", "Northwind Mail Sync, Tailspin Desk"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://entra.microsoft.com/",
        "https://entra.microsoft.com/a b",
        'https://entra.microsoft.com/"onclick=x',
        "https://a@evil.example/<script>",
        "https://e.example/)",
        "//evil.example",
        "setup guide, page 4",
    ],
)
def test_what_is_no_plain_https_address_becomes_no_link(url: str) -> None:
    step = replace(plans.GRANT, portal_url=url)
    plan = replace(fixture.NORTHWIND.plans[0], steps=(step,))
    report = replace(fixture.single(), assessments=(replace(fixture.NORTHWIND, plans=(plan,)),))
    assert view(report).assessments[0].plans[0].steps[0].portal_url == ""


def test_counts_say_when_they_are_a_lower_bound() -> None:
    assert count_text(Count(1_200, exact=True)) == "1,200"
    assert count_text(Count(100, exact=False)) == "at least 100"


def test_every_word_table_is_complete() -> None:
    assert set(words.ANSWERS) == set(words.OUTCOMES) == set(words.COUNTED) == set(Outcome)
    assert set(words.LEADS) == set(Outcome)
    assert set(words.JUDGEMENTS) == set(Judgement)
    assert set(words.SEVERITIES) == set(Severity)
    assert {why.value for why in Why} <= set(words.STATUSES)
    assert set(words.CONTROLS) == set(words.PRINTS) == set(ControlAnswer)
    assert (set(words.APPS), set(words.PEOPLE)) == (set(Apps), set(People))
    assert (set(words.REVERSALS), set(words.ACCESS)) == (set(Reversal), {True, False})
    assert set(words.AFTERWARDS) == set(Outcome)


def test_a_report_without_a_tenant_name_still_has_a_title() -> None:
    nameless = replace(fixture.single(), tenant_name=None)
    assert view(nameless).tenant == fixture.TENANT
    assert "no name" in view(replace(nameless, tenant_id=None)).tenant


@pytest.mark.parametrize(
    ("kind", "owner", "whose"),
    [
        (ProfileKind.OWN_REGISTRATION, fixture.TENANT.upper(), words.OWNERS[True]),
        (ProfileKind.OWN_REGISTRATION, fixture.APP, words.OWNERS[False]),
        (ProfileKind.OWN_REGISTRATION, None, "Yours or a partner's, by the profile"),
        (ProfileKind.VENDOR_APP, None, "The vendor's, by the profile"),
    ],
)
def test_whose_app_it_is_comes_from_the_tenants(
    kind: ProfileKind, owner: str | None, whose: str
) -> None:
    item = replace(
        fixture.NORTHWIND,
        request=replace(fixture.NORTHWIND.request, kind=kind),
        client=replace(fixture.NORTHWIND.client, owner_tenant=owner),
    )
    facts = view(replace(fixture.single(), assessments=(item,))).assessments[0].facts
    assert dict(facts)["Whose app"] == whose


@pytest.mark.parametrize(
    ("code", "text", "caveat"),
    [
        ("rule-open", CAVEATS["risk-rule"], "risk-rule"),
        ("scope-not-supported", "In other words.", "scope-not-supported"),
        ("guest-rules-open", "In other words.", "guest-rules"),
    ],
)
def test_a_caveat_that_a_reason_has_said_is_not_said_again(
    code: str, text: str, caveat: str
) -> None:
    decision = replace(fixture.UNKNOWN.decision, reasons=(Reason(code, text),), caveats=(caveat,))
    item = replace(fixture.UNKNOWN, decision=decision)
    app = view(replace(fixture.single(), assessments=(item,))).assessments[0]
    assert (app.caveats, app.doubt) == ((), "")
