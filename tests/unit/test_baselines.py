"""What the texts of the controls demand, on small tenants and on the samples."""

import pytest

from auditor.baselines import evaluate
from auditor.baselines.load import load_baselines, parse_baseline, parse_risky
from auditor.baselines.rules import RULES
from auditor.baselines.tools import TOOLS
from auditor.errors import ResourceError
from auditor.model.baseline import ControlAnswer, Verdict
from auditor.model.cloud import Cloud
from tests.unit.baseline_case import (
    ANSWERS,
    CALENDARS_READWRITE,
    MAIL_READWRITE,
    MAIL_SEND,
    OWNED,
    SHAREPOINT,
    STATES,
    low_with,
    results,
    tenant,
)
from tests.unit.consent_case import (
    APP,
    EXCHANGE,
    GRAPH,
    LEGACY,
    LOW,
    RECOMMENDED,
    SIGN_IN,
    Json,
    Tenant,
    condition_set,
    permission_ids,
)

NO_CONSENT = ("cis-m365", "5.1.5.1")
SCUBA = ("scuba-aad", "MS.AAD.5.2v1")
SELECTED = ("zero-trust", "21776")
MANAGED = ("microsoft", "user-consent")
STEP_UP = ("microsoft", "risk-based-step-up")
WORKFLOW = ("cis-m365", "5.1.5.2")
RISKY = {
    "Mail.ReadWrite": MAIL_READWRITE,
    "Mail.Send": MAIL_SEND,
    "Calendars.ReadWrite": CALENDARS_READWRITE,
}


def text(asked: Tenant, control: tuple[str, str]) -> Verdict:
    return results(asked.facts())[control].text


def answer(asked: Tenant, control: tuple[str, str]) -> str:
    return ANSWERS[text(asked, control).answer]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("empty list", "P P P P"),
        ("only entries for owned resources", "P P P P"),
        ("Low policy, harmless permissions classified", "F P P P"),
        ("Low policy, mail and calendar permissions classified", "F F P P"),
        ("Microsoft-managed policies", "F F F P"),
        ("legacy policy", "F F F F"),
        ("a custom policy for harmless permissions", "F P P P"),
    ],
)
def test_seven_tenants(state: str, expected: str) -> None:
    found = results(STATES[state]().facts())
    controls = (NO_CONSENT, SCUBA, SELECTED, MANAGED)
    assert " ".join(ANSWERS[found[one].text.answer] for one in controls) == expected


@pytest.mark.parametrize("name", RISKY)
def test_classifying_a_risky_permission_low_turns_scuba_from_met_to_not_met(name: str) -> None:
    before = results(low_with().facts())[SCUBA]
    after = results(low_with(**{name.replace(".", "_"): RISKY[name]}).facts())[SCUBA]
    assert before.text.answer is ControlAnswer.MET
    assert after.text.answer is ControlAnswer.NOT_MET
    assert set(after.text.evidence) - set(before.text.evidence) == {f"{name} (Microsoft Graph)"}
    assert name in after.text.why
    assert before.tool_verdict is not None
    assert after.tool_verdict is not None
    assert before.tool_verdict.answer is ControlAnswer.MET
    assert after.tool_verdict.answer is ControlAnswer.NOT_MET


def test_evidence_is_sorted_and_says_what_a_further_classification_adds() -> None:
    one = text(low_with(Mail_Send=MAIL_SEND), SCUBA).evidence
    two = text(low_with(Mail_Send=MAIL_SEND, Calendars_ReadWrite=CALENDARS_READWRITE), SCUBA)
    assert two.evidence == ("Calendars.ReadWrite (Microsoft Graph)", "Mail.Send (Microsoft Graph)")
    assert set(two.evidence) - set(one) == {"Calendars.ReadWrite (Microsoft Graph)"}


def test_another_level_or_resource_is_not_low_there() -> None:
    asked = low_with()
    medium: Json = {
        "permissionId": MAIL_SEND,
        "permissionName": "Mail.Send",
        "classification": "medium",
    }
    asked.says("permission-classifications", {"value": [medium]}, GRAPH)
    assert answer(asked, SCUBA) == "P"
    low: Json = {"permissionId": MAIL_SEND, "permissionName": "Mail.Send", "classification": "low"}
    asked.says("permission-classifications", {"value": [low]}, EXCHANGE)
    assert answer(asked, SCUBA) == "P"
    asked.classified("SMTP.Send", resource=EXCHANGE)
    assert text(asked, SCUBA).evidence == ("SMTP.Send (Office 365 Exchange Online)",)


def test_an_unknown_classification_leaves_it_open() -> None:
    asked = low_with()
    odd: Json = {"permissionId": MAIL_SEND, "permissionName": "x", "classification": "tiny"}
    asked.says("permission-classifications", {"value": [odd]}, GRAPH)
    assert answer(asked, SCUBA) == "?"


def test_policy_limited_to_one_app_is_still_user_consent() -> None:
    named = condition_set(
        resourceApplication=GRAPH,
        permissions=[MAIL_SEND],
        clientApplicationIds=[APP.upper()],
    )
    asked = tenant().custom(named)
    assert text(asked, SCUBA).evidence == (
        "Mail.Send (Microsoft Graph), for apps that custom names",
    )
    assert "custom (for apps that it names)" in text(asked, SCUBA).why
    assert answer(asked, NO_CONSENT) == "F"
    assert answer(asked, SELECTED) == "P"


def test_unverified_publishers_break_scuba_though_the_permissions_are_harmless() -> None:
    harmless = condition_set(resourceApplication=GRAPH, permissions=permission_ids(*SIGN_IN))
    verdict = text(tenant().custom(harmless), SCUBA)
    assert verdict.answer is ControlAnswer.NOT_MET
    assert verdict.evidence == ()
    assert "unverified" in verdict.why
    assert answer(tenant().custom(harmless), SELECTED) == "F"


def test_an_exclude_takes_away_only_what_it_covers_for_every_app() -> None:
    include = condition_set(
        resourceApplication=GRAPH,
        permissions=[MAIL_SEND],
        clientApplicationsFromVerifiedPublisherOnly=True,
    )
    whole = condition_set(resourceApplication=GRAPH, permissions=[MAIL_SEND])
    for_one = condition_set(permissions=[MAIL_SEND], clientApplicationIds=[APP])
    assert answer(tenant().custom(include), SCUBA) == "F"
    assert answer(tenant().custom(include, excludes=(whole,)), SCUBA) == "P"
    assert answer(tenant().custom(include, excludes=(for_one,)), SCUBA) == "F"


def test_an_exclude_of_one_policy_takes_nothing_from_another() -> None:
    asked = tenant().policies("wide", "narrow")
    asked.policy("wide", [condition_set(permissions=[MAIL_SEND], resourceApplication=GRAPH)])
    asked.policy("narrow", [], [condition_set()])
    assert answer(asked, SCUBA) == "F"


def test_policy_that_is_gone_allows_nothing() -> None:
    asked = tenant().policies("gone").absent("permission-grant-policy", "gone")
    for control in (NO_CONSENT, SCUBA, SELECTED, MANAGED):
        assert answer(asked, control) == "P"


def test_policy_without_a_delegated_include_allows_nothing() -> None:
    assert answer(tenant().custom(), NO_CONSENT) == "P"
    assert answer(tenant().custom(condition_set(permissionType="application")), NO_CONSENT) == "P"


def test_unreadable_custom_policy_leaves_it_open_and_names_the_permission() -> None:
    asked = tenant().policies("custom").refuses("permission-grant-policy", "custom")
    for control in (NO_CONSENT, SCUBA, SELECTED, MANAGED):
        verdict = text(asked, control)
        assert verdict.answer is ControlAnswer.UNKNOWN
        assert "Policy.Read.PermissionGrant" in verdict.why


def test_unreadable_policy_of_microsoft_exists_all_the_same() -> None:
    asked = tenant().policies(LOW).refuses("permission-grant-policy", LOW)
    assert answer(asked, NO_CONSENT) == "F"
    assert answer(asked, SELECTED) == "P"
    assert answer(asked, SCUBA) == "?"
    managed = tenant().policies(RECOMMENDED).refuses("permission-grant-policy", RECOMMENDED)
    assert answer(managed, MANAGED) == "P"
    assert answer(managed, SELECTED) == "?"


def test_a_readable_policy_settles_what_an_unreadable_one_leaves_open() -> None:
    asked = tenant().policies("custom", LEGACY).refuses("permission-grant-policy", "custom")
    for control in (NO_CONSENT, SCUBA, SELECTED, MANAGED):
        assert answer(asked, control) == "F"


@pytest.mark.parametrize("resource", [GRAPH, EXCHANGE, SHAREPOINT])
def test_unread_classifications_matter_with_the_low_policy_alone(resource: str) -> None:
    asked = low_with().says("resource-service-principal", {"value": 1}, resource)
    asked.refuses("permission-classifications", resource)
    verdict = text(asked, SCUBA)
    assert verdict.answer is ControlAnswer.UNKNOWN
    assert "Application.Read.All" in verdict.why
    assert resource in verdict.why
    assert answer(asked.policies(), SCUBA) == "P"
    assert answer(asked.policies("gone").absent("permission-grant-policy", "gone"), SCUBA) == "P"


def test_resource_that_no_run_asked_for_says_how_to_read_it() -> None:
    asked = low_with()
    for source in ("resource-service-principal", "permission-classifications"):
        asked.forgets(source, SHAREPOINT)
    verdict = text(asked, SCUBA)
    assert verdict.answer is ControlAnswer.UNKNOWN
    assert "SharePoint Online" in verdict.why
    assert "/delegatedPermissionClassifications with Application.Read.All reads it" in verdict.why
    assert (
        answer(tenant().policies(LEGACY).forgets("permission-classifications", GRAPH), SCUBA) == "F"
    )


def test_custom_policy_for_graph_does_not_need_other_resources() -> None:
    narrow = condition_set(
        resourceApplication=GRAPH,
        permissions=permission_ids(*SIGN_IN),
        clientApplicationsFromVerifiedPublisherOnly=True,
    )
    asked = tenant().custom(narrow).refuses("permission-classifications", EXCHANGE)
    assert answer(asked.refuses("resource-service-principal", EXCHANGE), SCUBA) == "P"


@pytest.mark.parametrize(
    "condition",
    [
        {"certifiedClientApplicationsOnly": True},
        {"scopeSensitivityLabels": {"labelKind": "enumerated"}},
        {"somethingNew": ["x"]},
        {"permissionType": "somethingNew", "clientApplicationsFromVerifiedPublisherOnly": True},
    ],
)
def test_condition_that_cannot_be_evaluated(condition: dict[str, Json]) -> None:
    include = condition_set(permissions=[MAIL_SEND], resourceApplication=GRAPH) | condition
    assert answer(tenant().custom(include), SCUBA) == "?"
    assert answer(tenant().custom(include), NO_CONSENT) == "F"


def test_policy_with_an_unknown_member() -> None:
    asked = tenant().policies("custom").policy("custom", [], includeAllPreApprovedApplications=True)
    for control in (SCUBA, SELECTED, MANAGED):
        assert answer(asked, control) == "?"


def test_national_cloud_has_no_verified_publishers() -> None:
    include = condition_set(
        permissions=[MAIL_SEND],
        resourceApplication=GRAPH,
        clientApplicationsFromVerifiedPublisherOnly=True,
    )
    assert answer(tenant(Cloud.US_GOV_L4).custom(include), SCUBA) == "P"
    assert answer(tenant(Cloud.GLOBAL).custom(include), SCUBA) == "F"
    own = tenant(Cloud.US_GOV_L4).policies(LOW).classified("Mail.Send")
    assert answer(own, SCUBA) == "F"


def test_national_cloud_may_have_other_ids() -> None:
    scope: Json = {
        "id": "12345678-0000-4000-8000-000000000001",
        "value": "mail.send",
        "type": "User",
        "isEnabled": True,
    }
    asked = tenant(Cloud.CHINA).resource(GRAPH, oauth2PermissionScopes=[scope]).policies(LEGACY)
    assert "mail.send (Microsoft Graph)" in text(asked, SCUBA).evidence


@pytest.mark.parametrize(
    "prefix", ["managePermissionGrantsForSelf", "MANAGEPERMISSIONGRANTSFORSELF"]
)
def test_letter_case_of_an_entry_does_not_matter_to_the_text(prefix: str) -> None:
    asked = low_with(Mail_Send=MAIL_SEND).policies(entries=(f"{prefix}.{LOW.upper()}",))
    assert answer(asked, NO_CONSENT) == "F"
    assert answer(asked, SCUBA) == "F"
    assert answer(asked, SELECTED) == "P"


def test_entry_of_an_undocumented_form_leaves_open_what_would_be_met() -> None:
    asked = tenant().policies(entries=(f"ManagePermissionGrantsForSelf.a.{LOW}",))
    for control in (NO_CONSENT, SCUBA, SELECTED, MANAGED):
        assert answer(asked, control) == "?"
    assert answer(tenant().policies(LEGACY, entries=("odd",)), SCUBA) == "F"


@pytest.mark.parametrize(
    ("flag", "block", "expected"),
    [
        (None, None, "P P P"),
        (False, None, "P P P"),
        (True, None, "F P F"),
        (None, "true", "P P P"),
        (True, "false", "F F F"),
        (True, "true", "F P ?"),
        (False, "False", "P F ?"),
        (None, "perhaps", "P ? ?"),
    ],
)
def test_risky_apps(flag: Json, block: str | None, expected: str) -> None:
    asked = tenant().policies(allowUserConsentForRiskyApps=flag)
    asked.settings(**({"BlockUserConsentForRiskyApps": block} if block else {}))
    controls = (("eidsca", "AP09"), ("eidsca", "CP03"), STEP_UP)
    assert " ".join(answer(asked, one) for one in controls) == expected


def test_flag_that_is_null_is_met_though_maester_fails_it() -> None:
    result = results(tenant().policies().facts())["eidsca", "AP09"]
    assert result.text.answer is ControlAnswer.MET
    assert result.tool_verdict is not None
    assert result.tool_verdict.answer is ControlAnswer.NOT_MET


def test_flag_that_was_left_out_is_unknown_to_both() -> None:
    body: Json = {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": []}}
    asked = tenant().says("authorization-policy", body)
    found = results(asked.facts())
    for control in (("eidsca", "AP09"), STEP_UP, ("eidsca", "AP10"), ("scuba-aad", "MS.AAD.5.1v1")):
        result = found[control]
        assert result.text.answer is ControlAnswer.UNKNOWN
        assert result.tool_verdict is None or result.tool_verdict.answer is ControlAnswer.UNKNOWN


@pytest.mark.parametrize(("allowed", "expected"), [(True, "F"), (False, "P"), (None, "?")])
def test_registration(allowed: Json, expected: str) -> None:
    role: Json = {"permissionGrantPoliciesAssigned": [], "allowedToCreateApps": allowed}
    asked = tenant().policies(defaultUserRolePermissions=role)
    for control in (("eidsca", "AP10"), ("cis-m365", "5.1.2.2"), ("scuba-aad", "MS.AAD.5.1v1")):
        assert answer(asked, control) == expected


@pytest.mark.parametrize(
    ("value", "entries", "expected"),
    [
        (None, (), "P"),
        (None, (OWNED,), "F"),
        (None, (OWNED.swapcase(),), "F"),
        ("false", (), "P"),
        ("false", (OWNED,), "?"),
        ("true", (OWNED,), "F"),
        ("true", (), "?"),
        ("1", (), "?"),
    ],
)
def test_owners(value: str | None, entries: tuple[str, ...], expected: str) -> None:
    asked = tenant().policies(entries=entries)
    asked.settings(**({"EnableGroupSpecificConsent": value} if value else {}))
    assert answer(asked, ("eidsca", "CP01")) == expected


def workflow(**members: Json) -> Tenant:
    body: dict[str, Json] = {
        "isEnabled": True,
        "notifyReviewers": True,
        "remindersEnabled": True,
        "requestDurationInDays": 30,
        "reviewers": [{"query": "/users/1"}],
    }
    return tenant().says("admin-consent-request-policy", body | members)


EIDSCA_WORKFLOW = ("CR01", "CR02", "CR03", "CR04", "CP04")


@pytest.mark.parametrize(
    ("members", "texts", "tools"),
    [
        ({}, "P P P P P", "P P P P F"),
        ({"isEnabled": False}, "F F F F F", "F skip skip skip F"),
        ({"reviewers": []}, "P P P P P", "P P P P F"),
        ({"requestDurationInDays": 31}, "P P P F P", "P P P F F"),
        ({"requestDurationInDays": 1}, "P P P P P", "P P P P F"),
        ({"notifyReviewers": False}, "P F P P P", "P F P P F"),
        ({"remindersEnabled": False}, "P P F P P", "P P F P F"),
        (
            {"notifyReviewers": None, "remindersEnabled": None, "requestDurationInDays": None},
            "P ? ? ? P",
            "P ? ? ? F",
        ),
    ],
)
def test_workflow_details(members: dict[str, Json], texts: str, tools: str) -> None:
    found = results(workflow(**members).facts())
    results_ = [found["eidsca", one] for one in EIDSCA_WORKFLOW]
    assert " ".join(ANSWERS[one.text.answer] for one in results_) == texts
    printed = [one.tool_verdict for one in results_ if one.tool_verdict is not None]
    assert " ".join(ANSWERS[one.answer] for one in printed) == tools


@pytest.mark.parametrize(
    ("members", "setting", "expected"),
    [
        ({}, None, "P P"),
        ({}, "true", "P P"),
        ({}, "false", "? ?"),
        ({}, "perhaps", "? ?"),
        ({"reviewers": []}, None, "F P"),
        ({"isEnabled": False}, None, "F F"),
        ({"isEnabled": False}, "false", "F F"),
        ({"isEnabled": False}, "true", "F ?"),
    ],
)
def test_two_switches_of_the_workflow(
    members: dict[str, Json], setting: str | None, expected: str
) -> None:
    asked = workflow(**members)
    asked.settings(**({"EnableAdminConsentRequests": setting} if setting else {}))
    controls = (WORKFLOW, ("eidsca", "CP04"))
    assert " ".join(answer(asked, one) for one in controls) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "P"),
        ({"notifyReviewers": False, "remindersEnabled": None}, "F"),
        ({"notifyReviewers": None}, "?"),
        ({"isEnabled": False}, "F"),
    ],
)
def test_reviewers_are_kept_informed(members: dict[str, Json], expected: str) -> None:
    assert answer(workflow(**members), ("microsoft", "reviewers-notified")) == expected


def test_unread_facts_leave_every_control_open() -> None:
    asked = tenant()
    for source in ("authorization-policy", "admin-consent-request-policy", "group-settings"):
        asked.refuses(source)
    for result in evaluate(asked.facts(), load_baselines()):
        assert result.text.answer is ControlAnswer.UNKNOWN
        assert ".Read.All lets it be read" in result.text.why
        assert result.tool_verdict is None or (result.tool_verdict.answer is ControlAnswer.UNKNOWN)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"value": []}, 200, "was not understood (one authorization policy"),
        ({"error": {"code": "x"}}, 503, "no answer from GET /policies/authorizationPolicy (HTTP 503"),
    ],
)  # fmt: skip
def test_no_permission_is_named_where_none_would_help(body: Json, status: int, said: str) -> None:
    asked = tenant().says("authorization-policy", body, status=status)
    found = text(asked, NO_CONSENT)
    assert found.answer is ControlAnswer.UNKNOWN
    assert said in found.why
    assert ".Read.All" not in found.why


def test_every_why_is_one_line() -> None:
    asked = (
        tenant()
        .policies("gone")
        .says(
            "permission-grant-policy",
            {"error": {"code": "x", "message": "two\nlines\r$(id) ` ' ]]> {{ 7 }} \u202e"}},
            "gone",
            403,
        )
    )
    for result in evaluate(asked.facts(), load_baselines()):
        assert "\n" not in result.text.why
        assert "\r" not in result.text.why


def test_results_come_in_the_order_of_the_files() -> None:
    baselines = load_baselines()
    found = [(one.baseline, one.control) for one in evaluate(tenant().facts(), baselines)]
    assert found == [(file.id, one.id) for file in baselines.baselines for one in file.controls]
    assert [one.id for one in baselines.baselines] == [
        "cis-m365",
        "eidsca",
        "microsoft",
        "scuba-aad",
        "zero-trust",
    ]


def test_every_text_rule_is_used_and_explained() -> None:
    used = {one.rule for file in load_baselines().baselines for one in file.controls}
    assert used == RULES.keys()
    for rule in RULES.values():
        assert (rule.__doc__ or "").startswith("Met where")
    tools = {one.tool_rule for file in load_baselines().baselines for one in file.controls}
    assert tools - {""} <= TOOLS.keys()


def test_risky_table_has_the_delegated_rows_alone() -> None:
    risky = load_baselines().risky
    assert len(risky.names[GRAPH]) == 102
    assert len(risky.names[EXCHANGE]) == 31
    assert len(risky.names[SHAREPOINT]) == 10
    assert len(risky.names) == 7
    assert "662d75ba-a364-42ad-adee-f5f880ea4878" not in risky.names[GRAPH]


HEAD = """schema = "consent-auditor/baseline/v1"
id = "own"
name = "n"
publisher = "p"
version = "1"
source = "s"
retrieved = 2026-08-20
"""
CONTROL = '[[controls]]\nid = "1"\ntitle = "t"\nasks = "a"\nrule = "workflow-on"\nlevel = ""\n'


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        ("id = ", "own.toml", "Invalid value"),
        (HEAD.replace("v1", "v2") + CONTROL, "own.toml", "schema"),
        (HEAD + CONTROL + "more = 1\n", "own.toml", "more"),
        (HEAD + CONTROL, "other.toml", "'own'"),
        (HEAD + CONTROL + CONTROL, "own.toml", "two of the same id"),
        (HEAD + "controls = []\n", "own.toml", "no controls"),
        (HEAD + CONTROL.replace("workflow-on", "no\\nsuch"), "own.toml", "no\\\\nsuch"),
        (HEAD + CONTROL + 'tool = "T"\n', "own.toml", "both tool and tool_rule"),
        (HEAD + CONTROL + 'tool = "T"\ntool_rule = "x"\n', "own.toml", "'x'"),
        (HEAD.replace("2026-08-20", '"soon"') + CONTROL, "own.toml", "retrieved"),
    ],
)
def test_damaged_baseline(content: str, name: str, problem: str) -> None:
    with pytest.raises(ResourceError) as caught:
        parse_baseline(content, name)
    message = str(caught.value)
    assert message.startswith(f"baseline file {name} is not valid: ")
    assert problem.replace("\\\\", "\\") in message
    assert "\n" not in message


def test_baseline_without_a_tool() -> None:
    assert parse_baseline(HEAD + CONTROL, "own.toml").controls[0].tool == ""


def test_damaged_table() -> None:
    with pytest.raises(ResourceError, match="its columns have to be"):
        parse_risky("a,b\n1,2\n", "table.csv")
