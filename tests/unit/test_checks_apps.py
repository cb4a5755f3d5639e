"""The checks of audited apps: who has consented and who could, and whose accounts fit."""

from dataclasses import replace

import pytest

from auditor.checks.check import CheckContext
from auditor.consent.decide import decide
from auditor.facts import derive
from auditor.model.profile import Asker, ConsentRequest, UserKind
from auditor.model.report import Judgement
from auditor.pipeline import read_sample
from auditor.samples import Sample, load_sample
from tests.unit.sample_case import (
    EXCHANGE,
    GRAPH,
    REFERENCES,
    Json,
    app_id,
    assess,
    body,
    changed,
    check_context,
    client_path,
    request_of,
    requests_of,
    with_answer,
    without,
)
from tests.unit.test_checks import (
    MET,
    NOT_APPLICABLE,
    NOT_MET,
    RECOMMENDED,
    SETTINGS,
    UNKNOWN,
    Change,
    assert_verdict,
    both,
    finding,
    leave_out,
    of,
    own,
    refuse,
    same,
)

CLIFF = "new-users-fare-like-connected-ones"
AUDIENCE = "app-audience-fits-users"
ALL = " openid profile email offline_access User.Read Mail.ReadWrite Mail.Send Calendars.ReadWrite"
LEGACY = "microsoft-user-default-legacy"
SOPHIIE = "85c8ad99-e136-4b1c-b453-fe3578b83189"
GRANTS = f"{client_path(SOPHIIE)}/oauth2PermissionGrants"


def user(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def grant(
    sample: Sample, scope: str, principal: str | None, members: dict[str, Json]
) -> dict[str, Json]:
    """A grant to Sophiie as Graph gives it: for one user, or for everybody."""
    return {
        "id": f"{principal}{scope}",
        "clientId": body(sample, client_path(SOPHIIE))["id"],
        "consentType": "Principal" if principal else "AllPrincipals",
        "principalId": principal,
        "resourceId": body(sample, client_path(GRAPH))["id"],
        "scope": scope,
    } | members


def granted(*found: tuple[str, str | None], more: bool = False, **members: Json) -> Change:
    def change(sample: Sample) -> Sample:
        listed: Json = [grant(sample, *one, members) for one in found]
        page: dict[str, Json] = {"value": listed}
        if more:
            page["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/next"
            sample = with_answer(sample, "/oauth2PermissionGrants", {"value": []})
        return with_answer(sample, GRANTS, page)

    return change


def audience(value: Json, profile: str = "sophiie") -> Change:
    def change(sample: Sample) -> Sample:
        path = client_path(app_id(sample, profile))
        return changed(sample, path, {"signInAudience": value})

    return change


def unseen(sample: Sample) -> Sample:
    for profile in sample.variables:
        sample = without(sample, client_path(app_id(sample, profile)))
        sample = without(sample, f"/applications(appId='{app_id(sample, profile)}')")
    return sample


CASES: list[tuple[str, str, str, Change, Judgement]] = [
    (CLIFF, "new users connect too", "ready", same, MET),
    (CLIFF, "one user has all", "microsoft-managed", same, NOT_MET),
    (CLIFF, "many users have a part", "admin-consented", same, NOT_MET),
    (CLIFF, "nobody has consented", "government", same, NOT_APPLICABLE),
    (CLIFF, "grants unread", "partly-unreadable", same, UNKNOWN),
    (CLIFF, "grants refused", "microsoft-managed", refuse(GRANTS), UNKNOWN),
    (CLIFF, "policy unread", "microsoft-managed", refuse(RECOMMENDED), UNKNOWN),
    (CLIFF, "settings unread", "microsoft-managed", refuse(SETTINGS), UNKNOWN),
    (
        CLIFF,
        "no more than new users may have",
        "microsoft-managed",
        granted((" User.Read Mail.Send", user(1))),
        MET,
    ),
    (
        CLIFF,
        "something that nobody asks for",
        "microsoft-managed",
        granted((" Chat.Read", user(1))),
        MET,
    ),
    (
        CLIFF,
        "a part that new users may not have",
        "microsoft-managed",
        granted((" Mail.ReadWrite", user(1))),
        NOT_MET,
    ),
    (
        CLIFF,
        "on another resource",
        "microsoft-managed",
        lambda s: granted((ALL, user(1)), resourceId=body(s, client_path(EXCHANGE))["id"])(s),
        MET,
    ),
    (
        CLIFF,
        "of an unknown consent type beside it",
        "microsoft-managed",
        both(
            granted((" Mail.Send", user(1))),
            lambda s: with_answer(
                s,
                GRANTS,
                {
                    "value": [
                        grant(s, " Mail.Send", user(1), {}),
                        grant(s, ALL, user(2), {"consentType": "Newer"}),
                    ]
                },
            ),
        ),
        UNKNOWN,
    ),
    (
        CLIFF,
        "consent for everybody",
        "microsoft-managed",
        granted((ALL, None), (ALL, user(1))),
        MET,
    ),
    (
        CLIFF,
        "disabled app",
        "microsoft-managed",
        lambda s: changed(s, client_path(SOPHIIE), {"accountEnabled": False}),
        NOT_APPLICABLE,
    ),
    (AUDIENCE, "met", "ready", same, MET),
    (AUDIENCE, "nobody knows the apps", "ready", unseen, NOT_APPLICABLE),
    (AUDIENCE, "nobody knows the apps, another cloud", "government", unseen, UNKNOWN),
    (AUDIENCE, "another tenant's alone", "ready", audience("AzureADMyOrg"), NOT_MET),
    (AUDIENCE, "personal accounts alone", "ready", audience("personalMicrosoftAccount"), NOT_MET),
    (AUDIENCE, "not documented", "ready", audience("AzureADNewer"), UNKNOWN),
    (AUDIENCE, "null", "ready", audience(None), UNKNOWN),
    (AUDIENCE, "left out", "ready", leave_out(client_path(SOPHIIE), "signInAudience"), UNKNOWN),
    (AUDIENCE, "unread", "ready", refuse(client_path(SOPHIIE)), UNKNOWN),
    (
        AUDIENCE,
        "owner unread",
        "ready",
        both(audience("AzureADMyOrg"), leave_out(client_path(SOPHIIE), "appOwnerOrganizationId")),
        UNKNOWN,
    ),
    (AUDIENCE, "tenant unread", "ready", refuse("/organization"), UNKNOWN),
    (
        AUDIENCE,
        "own registration of another kind",
        "ready",
        of(
            "sofie",
            lambda path: lambda s: changed(s, path, {"signInAudience": "PersonalMicrosoftAccount"}),
        ),
        NOT_MET,
    ),
]


@pytest.mark.parametrize(
    ("check_id", "sample_id", "change", "expected"),
    [(case[0], case[2], case[3], case[4]) for case in CASES],
    ids=[f"{case[0]}: {case[1]}" for case in CASES],
)
def test_verdict(check_id: str, sample_id: str, change: Change, expected: Judgement) -> None:
    assert_verdict(check_id, sample_id, change, expected)


def managed(change: Change) -> CheckContext:
    return check_context(change(load_sample("microsoft-managed")), "sophiie")


def asked(change: Change, **changes: object) -> CheckContext:
    """Ask for Sophiie in another way."""
    sample = change(load_sample("microsoft-managed"))
    request: ConsentRequest = request_of(sample, "sophiie", **changes)
    facts, decisions = assess(sample, (request,))
    return CheckContext(facts, decisions, REFERENCES.managed)


def test_both_counts_are_told() -> None:
    users = [(ALL, user(1)), (ALL, user(2)), (" Mail.ReadWrite", user(3))]
    found = finding(managed(granted(*users)), CLIFF)
    assert found.message == (
        "Sophiie: new users need an administrator for Calendars.ReadWrite and Mail.ReadWrite. "
        "Users who keep connecting by consent of their own: 2. Users who have consented to a part "
        "of it: 1; they keep that, and for the rest they fare like new users."
    )
    assert found.evidence == (
        ("Sophiie: users with consent to all", "2"),
        ("Sophiie: users with consent to a part", "1"),
        ("Sophiie: consent for everybody", "none"),
        ("Sophiie: users without consent", "not read"),
        (
            "Sophiie: left to administrators by Microsoft since",
            "Calendars.ReadWrite 2025-11, Mail.ReadWrite 2025-11",
        ),
    )


def test_consent_to_the_permission_of_that_name_elsewhere_leaves_it_open() -> None:
    sample = load_sample("microsoft-managed")
    path = client_path(app_id(sample, "sofa-365-bridge"))
    members: dict[str, Json] = {"clientId": body(sample, path)["id"]}
    listed: Json = [grant(sample, " IMAP.AccessAsUser.All", user(1), members)]
    changed_one = with_answer(sample, f"{path}/oauth2PermissionGrants", {"value": listed})
    found = finding(check_context(changed_one, "sofa-365-bridge"), CLIFF)
    assert found.outcome is UNKNOWN
    assert "whether the consent of single users counts for what it asks is open" in found.message


def test_what_is_only_probable_is_told_so() -> None:
    def unverified(sample: Sample) -> Sample:
        return changed(own(LEGACY)(sample), client_path(SOPHIIE), {"verifiedPublisher": None})

    found = finding(managed(unverified), CLIFF)
    assert found.outcome is NOT_MET
    assert "new users probably need an administrator for" in found.message


def test_a_full_page_counts_at_least() -> None:
    found = finding(managed(granted((ALL, user(1)), more=True)), CLIFF)
    assert ("Sophiie: users with consent to all", "1 or more") in found.evidence


def test_several_grants_of_a_user_add_up_with_those_for_everybody() -> None:
    half, rest = " Mail.ReadWrite Mail.Send", " Calendars.ReadWrite"
    sign_in = " openid profile email offline_access User.Read"
    found = finding(managed(granted((half, user(1)), (rest, user(1)), (sign_in, None))), CLIFF)
    assert ("Sophiie: users with consent to all", "1") in found.evidence
    given = "openid, profile, email, offline_access, User.Read"
    assert ("Sophiie: consent for everybody", given) in found.evidence


def test_who_is_asked_every_time_gains_nothing_by_consent() -> None:
    assert finding(asked(same, prompt_consent=True), CLIFF).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(
    "asker",
    [Asker(UserKind.GUEST), Asker(UserKind.ADMIN), Asker(user_id=user(1))],
    ids=["guest", "administrator", "person"],
)
def test_only_members_in_general_are_new_users(asker: Asker) -> None:
    assert finding(asked(same, asker=asker), CLIFF).outcome is NOT_APPLICABLE


def test_with_default_any_grant_on_the_resource_keeps_users_connected() -> None:
    found = finding(asked(granted((" User.Read", user(1))), default_scope=True), CLIFF)
    assert found.outcome is NOT_MET
    assert ("Sophiie: users with consent to all", "1") in found.evidence


def test_an_app_without_id_is_left_aside() -> None:
    sample = load_sample("ready")
    request = replace(request_of(sample, "sofie"), app_id=None)
    facts, decisions = assess(sample, (request,))
    context = CheckContext(facts, decisions, REFERENCES.managed)
    assert finding(context, CLIFF).outcome is NOT_APPLICABLE
    assert finding(context, AUDIENCE).outcome is NOT_APPLICABLE


def test_the_owner_and_the_fix_are_named() -> None:
    context = check_context(audience("AzureADMyOrg")(load_sample("ready")), "sophiie")
    (request, decision) = context.decisions[0]
    found = finding(context, AUDIENCE)
    assert "registered in another tenant (eee80a84-6032-4ddd-9e6c-03e682b930b3)" in found.message
    assert "its owner has to open it to any organization" in found.message
    assert decision == decide(context.facts, request, REFERENCES)
    assert decision.reasons[0].code == "single-tenant-app-of-another-tenant"


def test_a_guests_open_question_is_told_with_the_way_around() -> None:
    sample = load_sample("ready")
    request = request_of(sample, "sophiie", asker=Asker(UserKind.GUEST))
    facts, decisions = assess(sample, (request,))
    found = finding(CheckContext(facts, decisions, REFERENCES.managed), AUDIENCE)
    assert found.outcome is UNKNOWN
    assert "does not say what guests may consent to" in found.message


def test_what_holds_for_several_apps_is_said_once() -> None:
    sample = load_sample("ready")
    guest = Asker(UserKind.GUEST)
    requests = [replace(one, asker=guest) for one in requests_of(sample)]
    facts = derive(read_sample(sample, requests))
    decisions = tuple((one, decide(facts, one, REFERENCES)) for one in requests)
    found = finding(CheckContext(facts, decisions, REFERENCES.managed), AUDIENCE)
    assert found.outcome is UNKNOWN
    assert found.message.count("what guests may consent to here") == 1
    assert " and " in found.message.partition(": ")[0]


def test_consent_off_leaves_nothing_open_for_guests() -> None:
    sample = own()(load_sample("ready"))
    request = request_of(sample, "sophiie", asker=Asker(UserKind.GUEST))
    facts, decisions = assess(sample, (request,))
    found = finding(CheckContext(facts, decisions, REFERENCES.managed), AUDIENCE)
    assert found.outcome is MET
