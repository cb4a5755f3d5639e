"""Each check: met, not met, not applicable and unknown, through sample tenants that are changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.checks import judge_all, load
from auditor.checks.check import Check, CheckContext, CheckError, Verdict, find
from auditor.model.report import Finding, Judgement, Severity
from auditor.samples import Sample, load_sample, sample_ids
from tests.unit.sample_case import (
    EXCHANGE,
    GRAPH,
    REFERENCES,
    Json,
    app_id,
    application_path,
    assessed,
    body,
    changed,
    check_context,
    client_path,
    refused,
    with_answer,
    without,
)

SETTINGS = "/policies/authorizationPolicy"
WORKFLOW = "/policies/adminConsentRequestPolicy"
GROUP_SETTINGS = "/groupSettings"
POLICIES = "/policies/permissionGrantPolicies"
RECOMMENDED = f"{POLICIES}/microsoft-user-default-recommended"
LOW = f"{POLICIES}/microsoft-user-default-low"
CUSTOM = f"{POLICIES}/Sophiie-mail-and-calendar"
TEMPLATE = "dffd5d46-495d-40a9-8e21-954ff55e198a"
EXCLUDED = "570282fd-fa5c-430d-a7fd-fc8dc98a9dca"

MET, NOT_MET = Judgement.MET, Judgement.NOT_MET
UNKNOWN, NOT_APPLICABLE = Judgement.UNKNOWN, Judgement.NOT_APPLICABLE

Change = Callable[[Sample], Sample]


def same(sample: Sample) -> Sample:
    return sample


def both(*changes: Change) -> Change:
    def change(sample: Sample) -> Sample:
        for one in changes:
            sample = one(sample)
        return sample

    return change


def refuse(*paths: str) -> Change:
    return both(*(lambda s, p=path: refused(s, p) for path in paths))


def leave_out(path: str, member: str) -> Change:
    def change(sample: Sample) -> Sample:
        kept = {name: value for name, value in body(sample, path).items() if name != member}
        return with_answer(sample, path, kept)

    return change


def assign(*entries: str) -> Change:
    def change(sample: Sample) -> Sample:
        role = body(sample, SETTINGS)["defaultUserRolePermissions"]
        assert isinstance(role, dict)
        wanted: Json = role | {"permissionGrantPoliciesAssigned": list(entries)}
        return changed(sample, SETTINGS, {"defaultUserRolePermissions": wanted})

    return change


def own(*names: str) -> Change:
    return assign(*(f"ManagePermissionGrantsForSelf.{name}" for name in names))


def give(path: str, **members: Json) -> Change:
    return lambda sample: changed(sample, path, members)


def switches(**values: str) -> Change:
    listed: Json = [{"name": name, "value": value} for name, value in values.items()]
    setting: Json = {"templateId": TEMPLATE, "values": listed}
    return lambda sample: with_answer(sample, GROUP_SETTINGS, {"value": [setting]})


def classify(resource: str, *levels: str) -> Change:
    path = f"{client_path(resource)}/delegatedPermissionClassifications"
    found: list[Json] = [
        {"id": level, "permissionId": EXCLUDED, "permissionName": "x", "classification": level}
        for level in levels
    ]
    return lambda sample: with_answer(sample, path, {"value": found})


def includes(*found: dict[str, Json]) -> Change:
    listed: Json = [one | {"id": str(number)} for number, one in enumerate(found)]
    return give(CUSTOM, includes=listed)


def excludes(change: Callable[[list[Json]], list[Json]]) -> Change:
    def changing(sample: Sample) -> Sample:
        found = body(sample, RECOMMENDED)["excludes"]
        assert isinstance(found, list)
        return changed(sample, RECOMMENDED, {"excludes": change(found)})

    return changing


def credentials(profile: str, *ends: str | None) -> Change:
    found: list[Json] = [{"displayName": "x", "endDateTime": end} for end in ends]

    def change(sample: Sample) -> Sample:
        path = application_path(app_id(sample, profile))
        return changed(sample, path, {"passwordCredentials": found, "keyCredentials": []})

    return change


def of(profile: str, make: Callable[[str], Change]) -> Change:
    return lambda sample: make(application_path(app_id(sample, profile)))(sample)


def extra_exclude(found: list[Json]) -> list[Json]:
    return [
        *found,
        {
            "id": "new",
            "permissionType": "delegated",
            "resourceApplication": GRAPH,
            "permissions": ["e1fe6dd8-ba31-4d61-89e7-88639da4683d"],
        },
    ]


ENDS = "2026-12-20T09:00:00Z"
"""Thirty days after the samples were read, to the second."""

CASES: list[tuple[str, str, str, Change, Judgement]] = [
    ("assigned-policies-exist", "met", "ready", same, MET),
    ("assigned-policies-exist", "gone", "ready", own("deleted-one"), NOT_MET),
    (
        "assigned-policies-exist",
        "gone, another not read",
        "ready",
        both(own("deleted-one", "microsoft-user-default-low"), refuse(LOW)),
        NOT_MET,
    ),
    ("assigned-policies-exist", "none", "consent-off", same, NOT_APPLICABLE),
    ("assigned-policies-exist", "settings unread", "ready", refuse(SETTINGS), UNKNOWN),
    ("assigned-policies-exist", "policy unread", "ready", refuse(LOW), UNKNOWN),
    ("assigned-entries-recognised", "met", "ready", same, MET),
    ("assigned-entries-recognised", "empty", "ready", assign(), MET),
    ("assigned-entries-recognised", "odd", "ready", assign("ManageX.low"), NOT_MET),
    ("assigned-entries-recognised", "unread", "ready", refuse(SETTINGS), UNKNOWN),
    ("low-policy-has-classifications", "met", "ready", same, MET),
    ("low-policy-has-classifications", "not met", "low-nothing-classified", same, NOT_MET),
    (
        "low-policy-has-classifications",
        "another level",
        "low-nothing-classified",
        both(classify(GRAPH, "medium"), classify(EXCHANGE, "high")),
        NOT_MET,
    ),
    (
        "low-policy-has-classifications",
        "exchange alone",
        "low-nothing-classified",
        classify(EXCHANGE, "low"),
        MET,
    ),
    ("low-policy-has-classifications", "none asks", "microsoft-managed", same, NOT_APPLICABLE),
    ("low-policy-has-classifications", "settings unread", "ready", refuse(SETTINGS), UNKNOWN),
    ("low-policy-has-classifications", "policy unread", "ready", refuse(LOW), UNKNOWN),
    (
        "low-policy-has-classifications",
        "classifications unread",
        "low-nothing-classified",
        refuse(f"{client_path(EXCHANGE)}/delegatedPermissionClassifications"),
        UNKNOWN,
    ),
    ("admin-consent-workflow-has-reviewers", "met", "ready", same, MET),
    ("admin-consent-workflow-has-reviewers", "off", "consent-off", same, NOT_MET),
    (
        "admin-consent-workflow-has-reviewers",
        "no reviewers",
        "ready",
        give(WORKFLOW, reviewers=[]),
        NOT_MET,
    ),
    (
        "admin-consent-workflow-has-reviewers",
        "switches disagree",
        "ready",
        switches(EnableAdminConsentRequests="false"),
        NOT_MET,
    ),
    (
        "admin-consent-workflow-has-reviewers",
        "odd switch",
        "ready",
        switches(EnableAdminConsentRequests="maybe"),
        UNKNOWN,
    ),
    ("admin-consent-workflow-has-reviewers", "unread", "ready", refuse(WORKFLOW), UNKNOWN),
    (
        "admin-consent-workflow-has-reviewers",
        "switch unread",
        "ready",
        refuse(GROUP_SETTINGS),
        UNKNOWN,
    ),
    (
        "admin-consent-workflow-has-reviewers",
        "off whatever the switch says",
        "consent-off",
        refuse(GROUP_SETTINGS),
        NOT_MET,
    ),
    ("risky-app-consent-is-blocked", "met", "ready", same, MET),
    (
        "risky-app-consent-is-blocked",
        "both block",
        "ready",
        both(
            give(SETTINGS, allowUserConsentForRiskyApps=False),
            switches(BlockUserConsentForRiskyApps="True"),
        ),
        MET,
    ),
    (
        "risky-app-consent-is-blocked",
        "allowed",
        "ready",
        both(
            give(SETTINGS, allowUserConsentForRiskyApps=True),
            switches(BlockUserConsentForRiskyApps="false"),
        ),
        NOT_MET,
    ),
    (
        "risky-app-consent-is-blocked",
        "allowed, no setting",
        "ready",
        both(
            give(SETTINGS, allowUserConsentForRiskyApps=True),
            lambda s: with_answer(s, GROUP_SETTINGS, {"value": []}),
        ),
        NOT_MET,
    ),
    (
        "risky-app-consent-is-blocked",
        "disagree",
        "ready",
        both(
            give(SETTINGS, allowUserConsentForRiskyApps=True),
            switches(BlockUserConsentForRiskyApps="true"),
        ),
        UNKNOWN,
    ),
    (
        "risky-app-consent-is-blocked",
        "disagree the other way",
        "ready",
        both(
            give(SETTINGS, allowUserConsentForRiskyApps=None),
            switches(BlockUserConsentForRiskyApps="false"),
        ),
        UNKNOWN,
    ),
    (
        "risky-app-consent-is-blocked",
        "odd",
        "ready",
        switches(BlockUserConsentForRiskyApps="x"),
        UNKNOWN,
    ),
    (
        "risky-app-consent-is-blocked",
        "left out",
        "ready",
        leave_out(SETTINGS, "allowUserConsentForRiskyApps"),
        UNKNOWN,
    ),
    ("risky-app-consent-is-blocked", "settings unread", "ready", refuse(SETTINGS), UNKNOWN),
    ("risky-app-consent-is-blocked", "switch unread", "ready", refuse(GROUP_SETTINGS), UNKNOWN),
    ("managed-exclusions-match-table", "met", "microsoft-managed", same, MET),
    (
        "managed-exclusions-match-table",
        "one more",
        "microsoft-managed",
        excludes(extra_exclude),
        NOT_MET,
    ),
    (
        "managed-exclusions-match-table",
        "none",
        "microsoft-managed",
        excludes(lambda _: []),
        NOT_MET,
    ),
    ("managed-exclusions-match-table", "not assigned", "ready", same, NOT_APPLICABLE),
    (
        "managed-exclusions-match-table",
        "policy unread",
        "microsoft-managed",
        refuse(RECOMMENDED),
        NOT_APPLICABLE,
    ),
    (
        "managed-exclusions-match-table",
        "settings unread",
        "microsoft-managed",
        refuse(SETTINGS),
        UNKNOWN,
    ),
    ("own-credential-outlasts-a-month", "met", "ready", same, MET),
    ("own-credential-outlasts-a-month", "30 days", "ready", credentials("sofie", ENDS), NOT_MET),
    (
        "own-credential-outlasts-a-month",
        "a second more",
        "ready",
        credentials("sofie", "2026-12-20T09:00:01Z", "2026-01-01T00:00:00Z"),
        MET,
    ),
    ("own-credential-outlasts-a-month", "none", "ready", credentials("sofie"), NOT_MET),
    ("own-credential-outlasts-a-month", "undated", "ready", credentials("sofie", None), UNKNOWN),
    (
        "own-credential-outlasts-a-month",
        "undated, another lasts",
        "ready",
        credentials("sofie", None, "2027-12-20T09:00:01Z"),
        MET,
    ),
    (
        "own-credential-outlasts-a-month",
        "left out",
        "ready",
        of("sofie", lambda path: leave_out(path, "keyCredentials")),
        UNKNOWN,
    ),
    ("own-credential-outlasts-a-month", "unread", "ready", of("sofie", refuse), UNKNOWN),
    (
        "own-credential-outlasts-a-month",
        "one unread, the other ends",
        "ready",
        both(of("sofie", refuse), credentials("uipath-microsoft-365", ENDS)),
        NOT_MET,
    ),
    (
        "own-credential-outlasts-a-month",
        "not here",
        "ready",
        both(
            *(
                lambda s, p=profile: without(s, application_path(app_id(s, p)))
                for profile in ("sofie", "uipath-microsoft-365")
            )
        ),
        NOT_APPLICABLE,
    ),
    ("registration-declares-permissions", "met", "ready", same, MET),
    (
        "registration-declares-permissions",
        "nothing listed",
        "ready",
        of("sofie", lambda path: give(path, requiredResourceAccess=[])),
        NOT_MET,
    ),
    (
        "registration-declares-permissions",
        "as application permission",
        "ready",
        of(
            "sofie",
            lambda path: give(
                path,
                requiredResourceAccess=[
                    {"resourceAppId": GRAPH, "resourceAccess": [{"id": EXCLUDED, "type": "Role"}]}
                ],
            ),
        ),
        NOT_MET,
    ),
    (
        "registration-declares-permissions",
        "left out",
        "ready",
        of("sofie", lambda path: leave_out(path, "requiredResourceAccess")),
        UNKNOWN,
    ),
    ("registration-declares-permissions", "unread", "ready", of("sofie", refuse), UNKNOWN),
    (
        "registration-declares-permissions",
        "resource unread",
        "ready",
        refuse(client_path(GRAPH)),
        UNKNOWN,
    ),
    ("no-redundant-permissions", "not met", "ready", same, NOT_MET),
    ("condition-sets-are-narrow", "met", "custom-policy", same, MET),
    ("condition-sets-are-narrow", "none", "ready", same, NOT_APPLICABLE),
    (
        "condition-sets-are-narrow",
        "type alone",
        "custom-policy",
        includes({"permissionType": "delegated"}),
        NOT_MET,
    ),
    (
        "condition-sets-are-narrow",
        "spelled out",
        "custom-policy",
        includes(
            {"permissionType": "delegated", "verifiedOnly": None, "resourceApplication": GRAPH},
            {
                "permissionType": "delegatedUserConsentable",
                "permissionClassification": "all",
                "permissions": ["All"],
                "resourceApplication": "Any",
                "clientApplicationIds": ["all"],
                "clientApplicationTenantIds": ["all"],
                "clientApplicationPublisherIds": None,
                "clientApplicationsFromVerifiedPublisherOnly": False,
            },
        ),
        NOT_MET,
    ),
    (
        "condition-sets-are-narrow",
        "verified publishers",
        "custom-policy",
        includes(
            {"permissionType": "delegated", "clientApplicationsFromVerifiedPublisherOnly": True}
        ),
        MET,
    ),
    (
        "condition-sets-are-narrow",
        "application permissions",
        "custom-policy",
        includes({"permissionType": "application"}),
        MET,
    ),
    (
        "condition-sets-are-narrow",
        "unknown condition",
        "custom-policy",
        includes({"permissionType": "delegated", "moonPhase": "full"}),
        UNKNOWN,
    ),
    ("condition-sets-are-narrow", "settings unread", "custom-policy", refuse(SETTINGS), UNKNOWN),
    ("condition-sets-are-narrow", "policy unread", "custom-policy", refuse(CUSTOM), UNKNOWN),
    (
        "condition-sets-are-narrow",
        "policy deleted",
        "custom-policy",
        lambda s: without(s, CUSTOM),
        MET,
    ),
]


HAVE_THEIR_OWN_FILE = {
    "admin-consent-reviewers-can-decide": "test_checks_reviewers.py",
    "app-publishers-are-unchanged": "test_checks_previous.py",
    "consent-settings-are-unchanged": "test_checks_previous.py",
    "known-names-are-not-imitated": "test_checks_names.py",
}
"""Checks whose cases need more than a sample with a change."""


def finding(context: CheckContext, check_id: str) -> Finding:
    return next(one for one in judge_all(context) if one.check == check_id)


@pytest.mark.parametrize(
    ("check_id", "sample_id", "change", "expected"),
    [(one[0], one[2], one[3], one[4]) for one in CASES],
    ids=[f"{one[0]}: {one[1]}" for one in CASES],
)
def test_verdict(check_id: str, sample_id: str, change: Change, expected: Judgement) -> None:
    assert_verdict(check_id, sample_id, change, expected)


def assert_verdict(check_id: str, sample_id: str, change: Change, expected: Judgement) -> None:
    found = finding(check_context(change(load_sample(sample_id))), check_id)
    assert found.outcome is expected, found.message
    assert found.message.endswith(".")
    assert "\n" not in found.message


def test_every_check_has_its_cases() -> None:
    from tests.unit import test_checks_apps, test_checks_policies

    every = [*CASES, *test_checks_policies.CASES, *test_checks_apps.CASES]
    cases = {check.id: {one[4] for one in every if one[0] == check.id} for check in load()}
    for check_id, name in HAVE_THEIR_OWN_FILE.items():
        assert not cases.pop(check_id)
        assert check_id in Path(__file__).with_name(name).read_text(encoding="utf-8")
    never_unknown = cases.pop("no-redundant-permissions")
    assert never_unknown == {NOT_MET}
    for check_id, outcomes in cases.items():
        assert {MET, NOT_MET, UNKNOWN} <= outcomes, check_id


def test_redundant_permissions_per_app() -> None:
    sample = load_sample("ready")
    lean = finding(check_context(sample, "sophiie"), "no-redundant-permissions")
    assert lean.outcome is MET
    found = finding(check_context(sample, "sofie"), "no-redundant-permissions")
    assert found.evidence == (
        ("Sofie: Calendars.Read", "Calendars.ReadWrite"),
        ("Sofie: Files.Read", "Files.ReadWrite"),
    )


def test_without_apps_the_checks_of_apps_do_not_apply() -> None:
    context = replace(check_context(load_sample("ready")), decisions=())
    for check_id in (
        "no-redundant-permissions",
        "own-credential-outlasts-a-month",
        "registration-declares-permissions",
    ):
        assert finding(context, check_id).outcome is NOT_APPLICABLE


def test_a_missing_entry_tells_what_is_missing() -> None:
    context = check_context(own("deleted-one")(load_sample("ready")))
    found = finding(context, "assigned-policies-exist")
    assert "deleted-one" in found.message
    assert found.evidence == (("deleted-one", "does not exist"),)


def test_a_changed_list_names_the_permissions() -> None:
    context = check_context(excludes(extra_exclude)(load_sample("microsoft-managed")))
    found = finding(context, "managed-exclusions-match-table")
    assert ("in the policy alone", "User.Read") in found.evidence
    assert ("in the table alone", "none") in found.evidence


@pytest.mark.parametrize("sample_id", sample_ids())
def test_a_refused_answer_never_makes_a_check_met(sample_id: str) -> None:
    sample = load_sample(sample_id)
    before = {one.check: one.outcome for one in judge_all(check_context(sample))}
    for path in (SETTINGS, WORKFLOW, GROUP_SETTINGS, LOW, RECOMMENDED, client_path(GRAPH)):
        for one in judge_all(check_context(refused(sample, path))):
            allowed = {before[one.check], UNKNOWN}
            if one.check == "managed-exclusions-match-table":
                allowed |= {NOT_APPLICABLE}
            assert one.outcome in allowed, (path, one)


def test_findings_are_sorted_and_carry_the_check() -> None:
    facts, decisions = assessed("ready")
    found = judge_all(CheckContext(facts, decisions, REFERENCES.managed))
    assert [one.check for one in found] == sorted(check.id for check in load())
    assert {one.check: one.severity for one in found} == {c.id: c.severity for c in load()}
    assert all(one.title for one in found)


def test_a_crash_names_the_check() -> None:
    def judge(_: CheckContext) -> Verdict:
        raise ZeroDivisionError

    check = Check("something-holds", "Something holds", Severity.LOW, judge)
    with pytest.raises(
        CheckError, match="check something-holds failed with ZeroDivisionError"
    ) as e:
        find(check, check_context(load_sample("consent-off"), "sophiie"))
    assert isinstance(e.value.__cause__, ZeroDivisionError)
