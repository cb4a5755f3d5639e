"""The checks of condition sets and classifications: policies with one thing wrong, and with none."""

import pytest

from auditor.model.report import Judgement
from auditor.samples import load_sample
from tests.unit.sample_case import (
    EXCHANGE,
    GRAPH,
    Json,
    app_id,
    body,
    check_context,
    client_path,
    refused,
    with_answer,
    without,
)
from tests.unit.test_checks import (
    CUSTOM,
    LOW,
    MET,
    NOT_APPLICABLE,
    NOT_MET,
    SETTINGS,
    UNKNOWN,
    Change,
    assert_verdict,
    both,
    classify,
    finding,
    give,
    includes,
    leave_out,
    own,
    refuse,
    same,
)

CAN_MATCH = "condition-sets-can-match"
LEAVE = "excludes-leave-something"
ADD = "includes-add-something"
USED = "classifications-are-used"
CLOUD = "policies-fit-the-cloud"
POLICY = "Sophiie-mail-and-calendar"

MAIL_READ = "570282fd-fa5c-430d-a7fd-fc8dc98a9dca"
MAIL_SEND = "e383f46e-2787-4529-855e-0e479a3ffac0"
USER_READ_ALL = "a154be20-db9c-4678-8ab7-66f6cc099a59"
NOWHERE = "11111111-2222-4333-8444-555555555555"
SOPHIIE = "85c8ad99-e136-4b1c-b453-fe3578b83189"
CYCLR = "5ef5d95e-5888-452d-9cc3-fd87a9b68593"

_WIDE: dict[str, Json] = {
    "permissionClassification": "all",
    "permissionType": "delegated",
    "resourceApplication": GRAPH,
    "permissions": [MAIL_READ, MAIL_SEND],
    "clientApplicationIds": [SOPHIIE],
    "clientApplicationTenantIds": ["all"],
    "clientApplicationPublisherIds": ["all"],
    "clientApplicationsFromVerifiedPublisherOnly": False,
}


def one(**members: Json) -> dict[str, Json]:
    """A condition set as Graph gives it, for two permissions of one app but for ``members``."""
    return _WIDE | members


def include(**members: Json) -> Change:
    return includes(one(**members))


def exclude(*found: dict[str, Json]) -> Change:
    listed: Json = [one | {"id": str(number)} for number, one in enumerate(found)]
    return give(CUSTOM, excludes=listed)


CASES: list[tuple[str, str, str, Change, Judgement]] = [
    (CAN_MATCH, "met", "custom-policy", same, MET),
    (CAN_MATCH, "none", "ready", same, NOT_APPLICABLE),
    (CAN_MATCH, "settings unread", "custom-policy", refuse(SETTINGS), UNKNOWN),
    (CAN_MATCH, "policy unread", "custom-policy", refuse(CUSTOM), UNKNOWN),
    (CAN_MATCH, "policy deleted", "custom-policy", lambda s: without(s, CUSTOM), MET),
    (CAN_MATCH, "resource unread", "custom-policy", refuse(client_path(GRAPH)), UNKNOWN),
    (
        CAN_MATCH,
        "permissions of the resource left out",
        "custom-policy",
        leave_out(client_path(GRAPH), "oauth2PermissionScopes"),
        UNKNOWN,
    ),
    (CAN_MATCH, "unknown member", "custom-policy", include(moonPhase="full"), UNKNOWN),
    (CAN_MATCH, "unknown type", "custom-policy", include(permissionType="new"), UNKNOWN),
    (CAN_MATCH, "type left out", "custom-policy", include(permissionType=None), UNKNOWN),
    (
        CAN_MATCH,
        "unknown classification",
        "custom-policy",
        include(permissionClassification="new"),
        UNKNOWN,
    ),
    (
        CAN_MATCH,
        "nulls are the widest values",
        "custom-policy",
        include(permissions=None, clientApplicationIds=None, resourceApplication=None),
        MET,
    ),
    (
        CAN_MATCH,
        "an exclude of what nobody has classified yet",
        "custom-policy",
        exclude(one(permissionClassification="high", permissions=["all"])),
        MET,
    ),
    (
        CAN_MATCH,
        "an exclude of named permissions that nobody has classified",
        "custom-policy",
        exclude(one(permissionClassification="high")),
        NOT_MET,
    ),
    (
        CAN_MATCH,
        "an exclude of a resource that is not in the tenant yet",
        "custom-policy",
        both(
            exclude(one(resourceApplication=EXCHANGE, permissions=["all"])),
            lambda s: without(s, client_path(EXCHANGE)),
        ),
        MET,
    ),
    (CAN_MATCH, "no app", "custom-policy", include(clientApplicationIds=[]), NOT_MET),
    (CAN_MATCH, "no tenant", "custom-policy", include(clientApplicationTenantIds=[]), NOT_MET),
    (
        CAN_MATCH,
        "no publisher",
        "custom-policy",
        include(clientApplicationPublisherIds=[]),
        NOT_MET,
    ),
    (CAN_MATCH, "any app", "custom-policy", include(clientApplicationIds=["any"]), NOT_MET),
    (CAN_MATCH, "a name", "custom-policy", include(permissions=[MAIL_READ, "Mail.Send"]), NOT_MET),
    (CAN_MATCH, "all resources", "custom-policy", include(resourceApplication="all"), NOT_MET),
    (CAN_MATCH, "empty resource", "custom-policy", include(resourceApplication=""), NOT_MET),
    (
        CAN_MATCH,
        "letter case does not count",
        "custom-policy",
        include(
            resourceApplication=GRAPH.upper(),
            permissions=[MAIL_READ.upper()],
            clientApplicationIds=["ALL"],
        ),
        MET,
    ),
    (CAN_MATCH, "no such id", "custom-policy", include(permissions=[NOWHERE]), NOT_MET),
    (
        CAN_MATCH,
        "no such id on any resource: not known",
        "custom-policy",
        include(permissions=[NOWHERE], resourceApplication="any"),
        MET,
    ),
    (
        CAN_MATCH,
        "resource that was not looked up",
        "custom-policy",
        include(permissions=[NOWHERE], resourceApplication=NOWHERE),
        MET,
    ),
    (
        CAN_MATCH,
        "resource is not in the tenant",
        "custom-policy",
        both(include(resourceApplication=EXCHANGE), lambda s: without(s, client_path(EXCHANGE))),
        NOT_MET,
    ),
    (
        CAN_MATCH,
        "application include",
        "custom-policy",
        include(permissionType="application"),
        NOT_MET,
    ),
    (
        CAN_MATCH,
        "application exclude does no harm",
        "custom-policy",
        exclude(one(permissionType="application", permissions=["all"])),
        MET,
    ),
    (
        CAN_MATCH,
        "classified application exclude does no harm",
        "custom-policy",
        exclude(one(permissionType="application", permissionClassification="low")),
        MET,
    ),
    (CAN_MATCH, "exclude in vain", "custom-policy", exclude(one(permissions=[NOWHERE])), NOT_MET),
    (
        CAN_MATCH,
        "reserved to administrators",
        "custom-policy",
        include(permissionType="delegatedUserConsentable", permissions=[USER_READ_ALL]),
        NOT_MET,
    ),
    (
        CAN_MATCH,
        "reserved ones among others",
        "custom-policy",
        include(permissionType="delegatedUserConsentable", permissions=[USER_READ_ALL, MAIL_SEND]),
        MET,
    ),
    (
        CAN_MATCH,
        "not classified",
        "custom-policy",
        include(permissionClassification="low"),
        NOT_MET,
    ),
    (
        CAN_MATCH,
        "one of two classified",
        "custom-policy",
        both(include(permissionClassification="Low"), classify(GRAPH, "low")),
        MET,
    ),
    (
        CAN_MATCH,
        "classified as something new",
        "custom-policy",
        both(include(permissionClassification="low"), classify(GRAPH, "newer")),
        MET,
    ),
    (
        CAN_MATCH,
        "classifications unread",
        "custom-policy",
        both(
            include(permissionClassification="low"),
            refuse(f"{client_path(GRAPH)}/delegatedPermissionClassifications"),
        ),
        UNKNOWN,
    ),
    (
        CAN_MATCH,
        "publisher not verified",
        "custom-policy",
        include(clientApplicationIds=[CYCLR], clientApplicationsFromVerifiedPublisherOnly=True),
        NOT_MET,
    ),
    (
        CAN_MATCH,
        "publisher left out",
        "custom-policy",
        both(
            include(clientApplicationIds=[CYCLR], clientApplicationsFromVerifiedPublisherOnly=True),
            leave_out(client_path(CYCLR), "verifiedPublisher"),
        ),
        MET,
    ),
    (
        CAN_MATCH,
        "app that the tenant does not know",
        "custom-policy",
        include(clientApplicationIds=[NOWHERE], clientApplicationsFromVerifiedPublisherOnly=True),
        MET,
    ),
    (
        CAN_MATCH,
        "another publisher",
        "custom-policy",
        include(clientApplicationPublisherIds=["6100002"]),
        NOT_MET,
    ),
    (
        CAN_MATCH,
        "its publisher",
        "custom-policy",
        include(clientApplicationPublisherIds=["6100001"]),
        MET,
    ),
    (
        CAN_MATCH,
        "another tenant",
        "custom-policy",
        include(clientApplicationTenantIds=[NOWHERE]),
        NOT_MET,
    ),
    (LEAVE, "met", "custom-policy", same, MET),
    (LEAVE, "none", "ready", same, NOT_APPLICABLE),
    (LEAVE, "settings unread", "custom-policy", refuse(SETTINGS), UNKNOWN),
    (LEAVE, "policy unread", "custom-policy", refuse(CUSTOM), UNKNOWN),
    (LEAVE, "no include", "custom-policy", includes(), NOT_MET),
    (
        LEAVE,
        "no include, but something unknown",
        "custom-policy",
        both(includes(), give(CUSTOM, includeAllPreApprovedApplications=True)),
        UNKNOWN,
    ),
    (LEAVE, "the same", "custom-policy", both(include(), exclude(one())), NOT_MET),
    (
        LEAVE,
        "everything",
        "custom-policy",
        exclude({"permissionType": "delegated"}),
        NOT_MET,
    ),
    (
        LEAVE,
        "a part",
        "custom-policy",
        both(include(), exclude(one(permissions=[MAIL_READ]))),
        MET,
    ),
    (
        LEAVE,
        "users' permissions alone",
        "custom-policy",
        both(include(), exclude(one(permissionType="delegatedUserConsentable"))),
        MET,
    ),
    (
        LEAVE,
        "an exclude of unknown meaning",
        "custom-policy",
        both(include(), exclude(one(moonPhase="full"))),
        UNKNOWN,
    ),
    (
        LEAVE,
        "an explicit null proves nothing",
        "custom-policy",
        both(include(), exclude(one(permissions=None))),
        MET,
    ),
    (
        LEAVE,
        "an include that nothing matches",
        "custom-policy",
        both(include(permissions=[]), exclude(one())),
        MET,
    ),
    (ADD, "met", "custom-policy", same, MET),
    (ADD, "none", "ready", same, NOT_APPLICABLE),
    (ADD, "settings unread", "custom-policy", refuse(SETTINGS), UNKNOWN),
    (ADD, "policy unread", "custom-policy", refuse(CUSTOM), UNKNOWN),
    (ADD, "repeated", "custom-policy", includes(one(), one()), NOT_MET),
    (
        ADD,
        "within a wider one",
        "custom-policy",
        includes(one(permissions=[MAIL_READ]), one()),
        NOT_MET,
    ),
    (
        ADD,
        "verified apps within all",
        "custom-policy",
        includes(one(), one(clientApplicationsFromVerifiedPublisherOnly=True)),
        NOT_MET,
    ),
    (
        ADD,
        "side by side",
        "custom-policy",
        includes(one(permissions=[MAIL_READ]), one(permissions=[MAIL_SEND])),
        MET,
    ),
    (
        ADD,
        "overlapping",
        "custom-policy",
        includes(one(permissionClassification="low"), one(permissions=[MAIL_SEND])),
        MET,
    ),
    (
        ADD,
        "of unknown meaning",
        "custom-policy",
        includes(one(), one(moonPhase="full", clientApplicationIds=["all"])),
        UNKNOWN,
    ),
    (ADD, "alone, of unknown meaning", "custom-policy", include(moonPhase="full"), MET),
    (ADD, "nothing matches it", "custom-policy", includes(one(), one(permissions=[])), MET),
    (USED, "met", "ready", same, MET),
    (USED, "not met", "consent-off-workflow", same, NOT_MET),
    (USED, "nothing classified", "consent-off", same, NOT_APPLICABLE),
    (USED, "another level", "ready", classify(GRAPH, "medium"), NOT_MET),
    (USED, "a level that is not documented", "microsoft-managed", classify(GRAPH, "new"), UNKNOWN),
    (USED, "settings unread", "ready", refuse(SETTINGS), UNKNOWN),
    (USED, "policy unread", "ready", refuse(LOW), UNKNOWN),
    (
        USED,
        "classifications unread",
        "ready",
        refuse(f"{client_path(EXCHANGE)}/delegatedPermissionClassifications"),
        UNKNOWN,
    ),
    (USED, "another resource too", "ready", classify(EXCHANGE, "low"), MET),
    (
        USED,
        "asked for on another resource",
        "custom-policy",
        both(
            both(classify(GRAPH, "low"), classify(EXCHANGE, "low")),
            include(permissionClassification="low", permissions=["all"]),
        ),
        NOT_MET,
    ),
    (
        USED,
        "asked for of application permissions",
        "custom-policy",
        both(
            classify(GRAPH, "low"),
            include(permissionClassification="low", permissionType="application"),
        ),
        NOT_MET,
    ),
    (
        USED,
        "an exclude asks for it",
        "custom-policy",
        both(
            classify(GRAPH, "high"),
            exclude(one(permissionClassification="high", permissions=["all"])),
        ),
        MET,
    ),
    (CLOUD, "not met", "government", same, NOT_MET),
    (CLOUD, "global", "ready", same, NOT_APPLICABLE),
    (CLOUD, "no publisher asked for", "government", own("microsoft-user-default-legacy"), MET),
    (CLOUD, "settings unread", "government", refuse(SETTINGS), UNKNOWN),
    (CLOUD, "policy unread", "government", refuse(LOW), UNKNOWN),
]


@pytest.mark.parametrize(
    ("check_id", "sample_id", "change", "expected"),
    [(case[0], case[2], case[3], case[4]) for case in CASES],
    ids=[f"{case[0]}: {case[1]}" for case in CASES],
)
def test_verdict(check_id: str, sample_id: str, change: Change, expected: Judgement) -> None:
    assert_verdict(check_id, sample_id, change, expected)


def message(check_id: str, change: Change) -> str:
    return finding(check_context(change(load_sample("custom-policy"))), check_id).message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (include(permissions=[]), f'{POLICY}, include 1: permissions is an empty list ("all" is'),
        (include(permissions=["Mail.Send"]), 'permissions takes ids, and "Mail.Send" is none, so'),
        (
            include(clientApplicationIds=["any"]),
            'clientApplicationIds takes ids, and "any" is none ("all" is the word for everything)',
        ),
        (
            include(resourceApplication="all"),
            'resourceApplication takes an app ID, and "all" is none ("any" is the word for every',
        ),
        (include(resourceApplication=""), 'takes an app ID, and "" is none, so'),
        (
            include(permissions=[NOWHERE]),
            f"Microsoft Graph publishes no delegated permission with the id {NOWHERE}, so it allows",
        ),
        (
            exclude(one(permissions=[NOWHERE])),
            f"{POLICY}, exclude 1: Microsoft Graph publishes no delegated permission with the id",
        ),
        (
            exclude(one(permissions=[NOWHERE])),
            f" with the id {NOWHERE}, so it withholds nothing there.",
        ),
        (
            include(permissionClassification="low", permissions=["all"]),
            "no permission of Microsoft Graph is classified Low, so it allows nothing there.",
        ),
        (
            include(permissionClassification="low"),
            "none of the named permissions of Microsoft Graph is classified Low",
        ),
        (
            include(clientApplicationIds=[CYCLR], clientApplicationsFromVerifiedPublisherOnly=True),
            "which it names, is not verified, so it allows nothing there.",
        ),
    ],
)
def test_a_fault_is_named_with_its_place_and_effect(change: Change, words: str) -> None:
    assert words in message(CAN_MATCH, change)


def test_a_tenants_text_is_marked_and_cut() -> None:
    found = message(CAN_MATCH, include(permissions=["<b>" * 100, "\u202eevil'\"`", MAIL_READ]))
    assert f'"{("<b>" * 100)[:40]}…" and "\u202eevil\'"`" is none' in found


def test_many_faults_are_counted() -> None:
    change = includes(*(one(permissions=[NOWHERE]) for _ in range(5)))
    found = finding(check_context(change(load_sample("custom-policy"))), CAN_MATCH)
    assert found.message.endswith(" 2 more. Correct what is wrong, or delete the condition set.")
    assert len(found.evidence) == 5
    assert found.evidence[4][0] == f"{POLICY}, include 5 (4)"


def test_what_an_exclude_takes_away_is_named() -> None:
    all_gone = both(include(), exclude(one()))
    assert message(LEAVE, all_gone).startswith(
        f"{POLICY}: exclude 1 takes away all of include 1. The policy lets users consent to nothing"
    )
    half = both(includes(one(), one(resourceApplication=EXCHANGE)), exclude(one()))
    assert "That include does nothing" in message(LEAVE, half)


def test_of_two_equal_includes_the_second_is_too_many() -> None:
    assert "include 2 lies within include 1" in message(ADD, includes(one(), one()))


def test_a_classification_without_effect_is_counted() -> None:
    context = check_context(load_sample("consent-off-workflow"))
    assert "classified Low (21), but no policy" in finding(context, USED).message


def test_what_no_policy_asks_for_is_named_beside_what_one_does() -> None:
    change = both(
        both(classify(GRAPH, "low"), classify(EXCHANGE, "low")),
        include(permissionClassification="low", permissions=["all"]),
    )
    context = check_context(change(load_sample("custom-policy")), "sophiie")
    message = finding(context, USED).message
    assert "Permissions are classified Low (1 of 2: " in message, message


def test_an_app_known_from_the_listing_alone_is_compared() -> None:
    sample = load_sample("custom-policy")
    listed: list[Json] = [body(sample, client_path(app_id(sample, "cyclr-office-365")))]
    sample = with_answer(sample, "/servicePrincipals", {"value": listed})
    change = include(clientApplicationIds=[CYCLR], clientApplicationTenantIds=[NOWHERE])
    found = finding(check_context(change(sample), "sophiie"), CAN_MATCH)
    assert "which clientApplicationTenantIds does not name" in found.message


@pytest.mark.parametrize("path", [SETTINGS, CUSTOM, client_path(GRAPH), client_path(SOPHIIE)])
def test_a_refused_answer_hides_a_fault_and_invents_none(path: str) -> None:
    sample = load_sample("custom-policy")
    for check_id in (CAN_MATCH, LEAVE, ADD):
        found = finding(check_context(refused(sample, path)), check_id)
        assert found.outcome in {MET, UNKNOWN}, found.message
