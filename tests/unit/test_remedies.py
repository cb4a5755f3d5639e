"""Steps for every decision of every sample, and for every reason that a decision can have."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.catalog import profile_ids
from auditor.consent.decide import decide
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.model.decision import Outcome
from auditor.model.fact import Known
from auditor.model.profile import Asked, Asker, ConsentRequest, Requirement, UserKind
from auditor.model.report import Plan, Step
from auditor.remedies import portal, propose
from auditor.remedies.context import Context
from auditor.samples import Sample, load_sample, load_sample_file, sample_ids
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
    client_path,
    context_of,
    facts_of,
    refused,
    request_of,
    requests_of,
    with_answer,
    without,
)

HOSTILE = Path(__file__).parents[1] / "samples" / "hostile.json"
QUOTES = "'\u2018\u2019\u201a\u201b"
PERSON = "e043fe7f-827a-47e1-9473-a6540e14f919"
CASES = [(sample, profile) for sample in sample_ids() for profile in profile_ids()]


def context(sample_id: str, profile_id: str) -> Context:
    facts, decisions = assessed(sample_id)
    return next(Context(facts, r, d) for r, d in decisions if r.profile_id == profile_id)


def steps(found: Context) -> tuple[Step, ...]:
    return tuple(step for plan in propose(found) for step in plan.steps)


def is_closed(script: str) -> bool:
    """Say whether quotes, brackets and braces of a script are in balance."""
    stack, place = [], 0
    closing = {")": "(", "}": "{", "]": "["}
    while place < len(script):
        one = script[place]
        if one in QUOTES:
            place += 1
            while place < len(script) and (
                script[place] not in QUOTES or script[place + 1 : place + 2] in tuple(QUOTES)
            ):
                assert script[place] != "\n"
                place += 2 if script[place] in QUOTES else 1
            if place == len(script):
                return False
        elif one == '"':
            place = script.find('"', place + 1)
            if place < 0:
                return False
        elif one in "({[":
            stack.append(one)
        elif one in ")}]" and (not stack or stack.pop() != closing[one]):
            return False
        place += 1
    return not stack


@pytest.mark.parametrize("script", ["'a", 'x "', "if (a {", "@('it's')", "}", "'a\u2019b'"])
def test_open_scripts_are_noticed(script: str) -> None:
    assert not is_closed(script)


def check_plan(plan: Plan, found: Context) -> None:
    portal = ENDPOINTS[found.facts.cloud].portal
    assert plan.id
    assert plan.title
    assert plan.summary
    for step in plan.steps:
        assert not re.search(r"\$(?!_\b|true\b|false\b|\(')\w", step.undo), step.undo
        assert step.title
        assert step.why
        assert is_closed(step.powershell), step.powershell
        assert "Remove-" not in step.powershell
        assert not step.portal_url or step.portal_url.startswith(f"{portal}/#view/Microsoft_AAD_")
        assert " " not in step.portal_url
        everything = f"{step.powershell}\n{step.undo}\n{step.portal_path}\n{step.title}"
        assert "microsoft-user-default-legacy" not in everything
        assert "RiskyApps" not in everything
        assert "permissionGrantPoliciesAssigned" not in everything
        if step.powershell:
            assert step.powershell.startswith("Connect-MgGraph -Environment ")


@pytest.mark.parametrize(("sample_id", "profile_id"), CASES)
def test_only_what_is_not_ready_has_a_plan(sample_id: str, profile_id: str) -> None:
    found = context(sample_id, profile_id)
    plans = propose(found)
    assert len(plans) == (0 if found.decision.outcome.ready else 1)
    for plan in plans:
        assert any(step.role for step in plan.steps)
        assert "again" in plan.steps[-1].title
        assert len({step.title for step in plan.steps}) == len(plan.steps)
        check_plan(plan, found)


def consented(found: Context) -> set[str]:
    scripts = [s.powershell for s in steps(found) if s.title.startswith("Consent for everybody")]
    lists = [re.search(r"^\$missing = @\((.*)\)$", script, re.MULTILINE) for script in scripts]
    return {name for one in lists if one for name in re.findall(r"'([^']*)'", one[1])}


def granted(sample: Sample, app: str, resource: str) -> set[str]:
    path = f"{client_path(app)}/oauth2PermissionGrants"
    if path not in sample.answers or sample.answers[path].status != 200:
        return set()
    home = body(sample, client_path(resource))["id"]
    found = set()
    for grant in body(sample, path)["value"]:  # type: ignore[union-attr]
        assert isinstance(grant, dict)
        if grant["consentType"] == "AllPrincipals" and grant["resourceId"] == home:
            found |= set(str(grant["scope"]).split())
    return found


@pytest.mark.parametrize(("sample_id", "profile_id"), CASES)
def test_consent_names_what_is_not_granted(sample_id: str, profile_id: str) -> None:
    found = context(sample_id, profile_id)
    names = consented(found)
    if found.decision.outcome is not Outcome.ADMIN_APPROVAL_REQUIRED:
        assert not names or found.decision.outcome is Outcome.BLOCKED
        return
    sample, app = load_sample(sample_id), app_id(load_sample(sample_id), profile_id)
    undecided = {
        one.asked.requirement.value
        for one in found.decision.permissions
        if one.outcome is Outcome.UNKNOWN
    }
    asked = [one.requirement for one in found.request.permissions]
    assert (
        names
        == {
            one.value for one in asked if one.value not in granted(sample, app, one.resource_app_id)
        }
        - undecided
    )


def test_what_is_not_decided_is_mentioned() -> None:
    found = context("assignment-required", "uipath-microsoft-365")
    (plan,) = propose(found)
    undecided = [p for p in found.decision.permissions if p.outcome is Outcome.UNKNOWN]
    assert undecided
    for one in undecided:
        assert one.asked.requirement.value in plan.summary


def partly_granted() -> Sample:
    sample = load_sample("consent-off")
    app = app_id(sample, "sophiie")
    grant = {
        "id": "Opaque-Id_1",
        "clientId": body(sample, client_path(app))["id"],
        "consentType": "AllPrincipals",
        "principalId": None,
        "resourceId": body(sample, client_path(GRAPH))["id"],
        "scope": " openid mail.send O'Dd.Read",
    }
    path = f"{client_path(app)}/oauth2PermissionGrants"
    return with_answer(sample, path, {"value": [grant]})


def test_existing_consent_is_kept() -> None:
    sample = partly_granted()
    found = context_of(sample, request_of(sample, "sophiie"))
    (step,) = [one for one in steps(found) if one.title.startswith("Consent for everybody")]
    assert "$audited = @('openid', 'mail.send', 'O''Dd.Read')" in step.powershell
    assert "New-MgOauth2PermissionGrant" not in step.powershell
    assert "$scopes = ($now + $missing) -join ' '" in step.powershell
    assert "Compare-Object $audited $now" in step.powershell
    assert "Mail.Send" not in consented(found)
    assert step.undo == (
        "Update-MgOauth2PermissionGrant -OAuth2PermissionGrantId 'Opaque-Id_1' "
        "-Scope 'openid mail.send O''Dd.Read'"
    )


def test_new_consent_can_be_taken_back() -> None:
    (step, *_) = steps(context("consent-off", "sophiie"))
    assert "$grant = New-MgOauth2PermissionGrant" in step.powershell
    assert "consentType = 'AllPrincipals'" in step.powershell
    assert step.undo == (
        "Remove-MgOauth2PermissionGrant -OAuth2PermissionGrantId '<Id that the commands printed>'"
    )
    assert step.role == "Cloud Application Administrator"


def test_an_absent_app_gets_its_service_principal_first() -> None:
    found = steps(context("consent-off-workflow", "sophiie"))
    assert [one.title.split(" ")[0] for one in found] == ["Create", "Consent", "Let"]
    assert f"New-MgServicePrincipal -AppId '{found[0].why.split('app ID ')[1][:36]}'" in (
        found[0].powershell
    )
    assert "Admin consent requests" in found[1].why


def test_a_forced_prompt_is_the_vendors_to_change() -> None:
    sample = load_sample("admin-consented")
    found = context_of(sample, request_of(sample, "sophiie", prompt_consent=True))
    assert found.decision.outcome is Outcome.ADMIN_APPROVAL_REQUIRED
    first, last = steps(found)
    assert "prompt=consent" in first.title
    assert "again" in last.title


def test_consent_that_could_not_be_read_is_not_written_over() -> None:
    sample = load_sample("consent-off")
    sample = refused(sample, f"{client_path(app_id(sample, 'sophiie'))}/oauth2PermissionGrants")
    found = context_of(sample, request_of(sample, "sophiie", prompt_consent=True))
    assert found.decision.outcome is Outcome.ADMIN_APPROVAL_REQUIRED
    step = steps(found)[1]
    assert step.title.startswith("Consent for everybody")
    assert step.powershell == ""
    assert "Remove-" not in step.undo
    assert step.portal_url


def test_an_app_without_an_id_has_no_links_and_no_commands() -> None:
    sample = load_sample("consent-off")
    request = request_of(sample, "sophiie", app_id=None, prompt_consent=True)
    found = context_of(sample, request)
    assert portal.registration(found, "Overview") == ""
    assert portal.enterprise_app(found, "Permissions") == ""
    for plan in propose(found):
        check_plan(plan, found)


Case = tuple[str, str, Callable[[Sample], Sample], dict[str, object], str, str]


def same(sample: Sample) -> Sample:
    return sample


def client(profile: str, **members: object) -> Callable[[Sample], Sample]:
    return lambda s: changed(s, client_path(app_id(s, profile)), members)  # type: ignore[arg-type]


def registered(profile: str, **members: object) -> Callable[[Sample], Sample]:
    return lambda s: changed(s, application_path(app_id(s, profile)), members)  # type: ignore[arg-type]


def organization(kind: str) -> Callable[[Sample], Sample]:
    def change(sample: Sample) -> Sample:
        found = body(sample, "/organization")["value"]
        assert isinstance(found, list)
        assert isinstance(found[0], dict)
        return with_answer(sample, "/organization", {"value": [found[0] | {"tenantType": kind}]})

    return change


def scope_off(sample: Sample) -> Sample:
    found = body(sample, client_path(GRAPH))["oauth2PermissionScopes"]
    assert isinstance(found, list)
    off = [one | {"isEnabled": False} for one in found if isinstance(one, dict)]
    return changed(sample, client_path(GRAPH), {"oauth2PermissionScopes": off})  # type: ignore[dict-item]


def unregistered(sample: Sample) -> Sample:
    app = app_id(sample, "sofie")
    return without(without(sample, application_path(app)), client_path(app))


def asking(value: str) -> dict[str, object]:
    requirement = Requirement(GRAPH, "Microsoft Graph", value)
    return {"permissions": (Asked(requirement, required=True, features=()),)}


ONE_OLD = [{"displayName": "old", "endDateTime": "2026-01-01T00:00:00Z"}]
REASON_CASES: list[Case] = [
    ("ready", "sophiie", organization("CIAM"), {}, "tenant-type-cannot-consent", "workforce"),
    (
        "ready",
        "sophiie",
        client("sophiie", signInAudience="AzureADMyOrg"),
        {},
        "single-tenant-app-of-another-tenant",
        "other organizations",
    ),
    (
        "ready",
        "sophiie",
        client("sophiie", signInAudience="PersonalMicrosoftAccount"),
        {},
        "personal-accounts-only",
        "work accounts",
    ),
    ("ready", "sofie", unregistered, {}, "app-not-registered", "Register an app"),
    (
        "ready",
        "sofie",
        registered("sofie", web={"redirectUris": ["https://other.example/'x"]}),
        {},
        "redirect-uri-not-registered",
        "Add the redirect URI",
    ),
    (
        "ready",
        "sofie",
        registered("sofie", signInAudience="PersonalMicrosoftAccount"),
        {},
        "audience-does-not-fit",
        "supported account types to AzureADMyOrg",
    ),
    (
        "ready",
        "sofie",
        registered("sofie", passwordCredentials=[], keyCredentials=[]),
        {},
        "credential-missing",
        "Add a certificate or client secret",
    ),
    (
        "ready",
        "sofie",
        registered("sofie", passwordCredentials=ONE_OLD, keyCredentials=[]),
        {},
        "credential-expired",
        "Add a certificate or client secret",
    ),
    (
        "ready",
        "sofie",
        registered("sofie", isDisabled=True),
        {},
        "registration-deactivated",
        "Activate the app registration",
    ),
    ("ready", "sophiie", same, asking("File.Read"), "permission-not-published", "Correct"),
    ("ready", "sophiie", scope_off, {}, "permission-disabled", "API's publisher"),
    ("ready", "sophiie", same, asking("address"), "scope-not-supported", "Leave address out"),
    (
        "ready",
        "sofa-365-bridge",
        lambda s: without(s, client_path(EXCHANGE)),
        {},
        "resource-not-in-tenant",
        "Set up Office 365 Exchange Online",
    ),
    (
        "ready",
        "sofa-365-bridge",
        lambda s: changed(s, client_path(EXCHANGE), {"accountEnabled": False}),
        {},
        "resource-disabled",
        "Enable Office 365 Exchange Online",
    ),
    (
        "ready",
        "sophiie",
        client("sophiie", accountEnabled=False),
        {},
        "app-disabled-in-tenant",
        "for users to sign in",
    ),
    (
        "ready",
        "sophiie",
        client("sophiie", isDisabled=True),
        {},
        "app-deactivated-by-owner",
        "activate it again",
    ),
    (
        "ready",
        "sophiie",
        client("sophiie", disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement"),
        {},
        "app-disabled-by-microsoft",
        "Do not use the app",
    ),
    (
        "assignment-required",
        "sofie",
        same,
        {"asker": Asker(user_id=PERSON)},
        "user-not-assigned",
        "Assign the person",
    ),
    ("assignment-required", "sophiie", same, {}, "nobody-assigned", "Assign the users"),
    (
        "ready",
        "sofie",
        lambda s: without(s, client_path(app_id(s, "sofie"))),
        {},
        "service-principal-missing",
        "Create the service principal",
    ),
    (
        "ready",
        "sophiie",
        same,
        {"asker": Asker(kind=UserKind.GUEST)},
        "guest-rules-open",
        "Consent for everybody",
    ),
    (
        "ready",
        "sophiie",
        lambda s: without(s, client_path(app_id(s, "sophiie"))),
        {},
        "publisher-not-stated",
        "--publisher",
    ),
    ("ready", "sophiie", same, {"app_id": None}, "app-id-not-given", "app_id=GUID"),
    ("assignment-required", "sofie", same, {}, "person-not-named", "--user-id"),
    (
        "ready",
        "sophiie",
        lambda s: refused(s, "/policies/authorizationPolicy"),
        {},
        "fact-not-read",
        "Policy.Read.All",
    ),
    ("ready", "sophiie", organization("AAD-2"), {}, "rule-open", "test account"),
]


@pytest.mark.parametrize(
    ("sample_id", "profile_id", "change", "request_changes", "code", "title"),
    REASON_CASES,
    ids=[case[4] for case in REASON_CASES],
)
def test_every_reason_has_a_step(
    sample_id: str,
    profile_id: str,
    change: Callable[[Sample], Sample],
    request_changes: dict[str, object],
    code: str,
    title: str,
) -> None:
    sample = change(load_sample(sample_id))
    found = context_of(sample, request_of(sample, profile_id, **request_changes))
    assert code in found.codes, found.codes
    (plan,) = propose(found)
    check_plan(plan, found)
    assert any(title in step.title for step in plan.steps), [step.title for step in plan.steps]


def test_an_own_deactivated_app_is_not_somebody_elses() -> None:
    sample = registered("sofie", isDisabled=True)(load_sample("ready"))
    sample = client("sofie", isDisabled=True)(sample)
    found = context_of(sample, request_of(sample, "sofie", registration=None))
    assert "app-deactivated-by-owner" in found.codes
    titles = [step.title for step in steps(found)]
    assert titles[0].startswith("Activate the app registration")
    assert not any("owner" in title for title in titles)


def test_repairs_keep_the_old_values_for_the_undo() -> None:
    uris = ["https://one.example/\u2019 x", "https://two.example"]
    sample = registered("sofie", web={"redirectUris": uris})(load_sample("ready"))
    (step, _) = steps(context_of(sample, request_of(sample, "sofie")))
    old = "@('https://one.example/\u2019\u2019 x', 'https://two.example')"
    assert f"$audited = {old}" in step.powershell
    assert f"RedirectUris = {old} }}" in step.undo
    assert "RedirectUris = $now + @('https://app.sofie.example/" in step.powershell


@pytest.mark.parametrize("platform", ["web", "spa", "public"])
def test_registrations_of_every_platform(platform: str) -> None:
    sample = unregistered(load_sample("ready"))
    request = request_of(sample, "sofie")
    assert request.registration is not None
    wanted = replace(request.registration, platform=platform)
    found = context_of(sample, replace(request, registration=wanted, name="It\u2019s 'mine'\n"))
    script = steps(found)[0].powershell
    member = "publicClient" if platform == "public" else platform
    assert f"  {member} = @{{ redirectUris = @('https://" in script
    assert "displayName = 'It\u2019\u2019s ''mine''\ufffd'" in script
    assert is_closed(script)


@pytest.mark.parametrize("allowed", [True, False])
def test_whether_registering_takes_a_role(allowed: bool) -> None:  # noqa: FBT001
    sample = unregistered(load_sample("ready"))
    path = "/policies/authorizationPolicy"
    role = body(sample, path)["defaultUserRolePermissions"]
    assert isinstance(role, dict)
    wanted = role | {"allowedToCreateApps": allowed}
    sample = changed(sample, path, {"defaultUserRolePermissions": wanted})
    step = steps(context_of(sample, request_of(sample, "sofie")))[0]
    assert step.role == ("" if allowed else "Application Developer")


def test_what_was_refused_is_asked_for_once() -> None:
    first, last = steps(context("partly-unreadable", "sophiie"))
    assert first.role == "Privileged Role Administrator"
    assert "$names = @('Directory.Read.All', 'Policy.Read.PermissionGrant')" in first.powershell
    assert last.title == "Audit again"


def test_what_failed_is_read_again_in_one_step() -> None:
    sample = with_answer(load_sample("ready"), "/policies/authorizationPolicy", {}, 500)
    (step,) = steps(context_of(sample, request_of(sample, "sophiie")))
    assert step.title == "Audit again, and find out by hand what still cannot be read"
    assert step.role == "Global Reader"
    assert "HTTP 500" in step.why


def test_a_snapshot_without_the_app_is_collected_again() -> None:
    sample = load_sample("consent-off")
    facts = facts_of(sample, [request_of(sample, "sofie")])
    request = request_of(sample, "sophiie")
    decision = decide(facts, request, REFERENCES)
    assert any(fact.needs for one in decision.permissions for fact in one.missing)
    first, last = steps(Context(facts, request, decision))
    assert first.title == "Collect the snapshot again"
    assert "consent-auditor collect" in first.why
    assert "--profile and --set" in first.why
    assert last.title == "Audit again"
    for step in (first, last):
        assert ".Read" not in step.title + step.why + step.powershell
        assert step.role == ""


def test_options_are_named_as_the_decision_spells_them() -> None:
    sample = load_sample("consent-off")
    found = context_of(sample, request_of(sample, "sophiie", app_id=None))
    asked = {fact.request for one in found.decision.permissions for fact in one.missing}
    options = {one for one in asked if one.startswith("--")}
    assert options
    first, last = steps(found)
    for option in options:
        assert option in first.title
        assert option in last.title


def test_an_undocumented_value_takes_an_attempt_and_no_further_audit() -> None:
    sample = organization("AAD-2")(load_sample("ready"))
    (step,) = steps(context_of(sample, request_of(sample, "sophiie")))
    assert step.title == "Sign in to the app with a test account"


ASSIGN = "let it require assignment"
UNVERIFIED = "Its publisher is not verified"
NOT_KNOWN = "Whether its publisher is verified is not known"
RESERVED = "reserves it to administrators"
OPTIONAL = "--feature asks for less"
POWERFUL = ("User.ReadWrite.All", "Directory.ReadWrite.All", "Group.ReadWrite.All")


def consent_step(sample: Sample, request: ConsentRequest) -> Step:
    found = steps(context_of(sample, request))
    return next(step for step in found if step.title.startswith("Consent for everybody"))


def asked(*names: str, required: bool, features: tuple[str, ...]) -> tuple[Asked, ...]:
    return tuple(
        Asked(Requirement(GRAPH, "Microsoft Graph", one), required=required, features=features)
        for one in names
    )


@pytest.mark.parametrize(
    ("publisher_id", "warned"), [(None, True), ("6100001", False)], ids=["unverified", "verified"]
)
def test_an_unverified_publisher_is_warned_of(publisher_id: str | None, warned: bool) -> None:  # noqa: FBT001
    verified = {"verifiedPublisherId": publisher_id}
    sample = client("sophiie", verifiedPublisher=verified)(load_sample("consent-off"))
    why = consent_step(sample, request_of(sample, "sophiie")).why
    assert (UNVERIFIED in why) is warned
    assert NOT_KNOWN not in why


def test_a_publisher_who_is_not_known_is_warned_of() -> None:
    sample = load_sample("consent-off")
    sample = without(sample, client_path(app_id(sample, "sophiie")))
    why = consent_step(sample, request_of(sample, "sophiie")).why
    assert NOT_KNOWN in why
    assert UNVERIFIED not in why


def test_an_app_of_this_tenant_needs_no_verified_publisher() -> None:
    sample = load_sample("consent-off")
    home = body(sample, "/organization")["value"][0]["id"]  # type: ignore[index,call-overload]
    own = {"verifiedPublisherId": None}
    sample = client("sofie", appOwnerOrganizationId=home, verifiedPublisher=own)(sample)
    why = consent_step(sample, request_of(sample, "sofie", registration=None)).why
    assert "publisher" not in why


def test_a_cloud_without_publisher_verification() -> None:
    sample = replace(load_sample("consent-off"), cloud=Cloud.CHINA)
    why = consent_step(sample, request_of(sample, "sophiie")).why
    assert "This cloud verifies no publishers" in why


def test_permissions_reserved_to_administrators_are_named() -> None:
    sample = load_sample("consent-off")
    permissions = asked("Mail.Read", *POWERFUL, required=True, features=("all",))
    published: list[Json] = [
        {
            "id": f"c0ffee00-0000-4000-8000-00000000000{number}",
            "value": one.requirement.value,
            "type": "User" if one.requirement.value == "Mail.Read" else "Admin",
            "isEnabled": True,
        }
        for number, one in enumerate(permissions)
    ]
    sample = changed(sample, client_path(GRAPH), {"oauth2PermissionScopes": published})
    why = consent_step(sample, request_of(sample, "sophiie", permissions=permissions)).why
    assert f"{RESERVED}: User.ReadWrite.All, Directory.ReadWrite.All and Group" in why
    few = request_of(sample, "sophiie", permissions=permissions[:1])
    assert RESERVED not in consent_step(sample, few).why


@pytest.mark.parametrize(
    ("permissions", "said"),
    [
        (
            asked("Mail.Read", required=True, features=("mail",))
            + asked("Mail.Send", required=False, features=("send",)),
            True,
        ),
        (asked("Mail.Read", "Mail.Send", required=False, features=("mail",)), False),
        (
            asked("Mail.Read", required=True, features=("mail",))
            + asked("Mail.Send", required=True, features=("send",)),
            False,
        ),
    ],
    ids=["one-optional", "one-feature", "all-required"],
)
def test_optional_features_are_mentioned(permissions: tuple[Asked, ...], said: bool) -> None:  # noqa: FBT001
    sample = load_sample("consent-off")
    why = consent_step(sample, request_of(sample, "sophiie", permissions=permissions)).why
    assert (OPTIONAL in why) is said


@pytest.mark.parametrize("required", [True, False])
def test_assignment_is_recommended_unless_it_is_required(required: bool) -> None:  # noqa: FBT001
    sample = client("sophiie", appRoleAssignmentRequired=required)(load_sample("consent-off"))
    why = consent_step(sample, request_of(sample, "sophiie")).why
    assert (ASSIGN in why) is not required


def test_ids_that_are_no_guids_stay_out() -> None:
    evil = "x'; Remove-MgUser -UserId *; '"
    sample = load_sample("consent-off")
    for profile in ("sophiie", "sofie"):
        sample = client(profile, id=evil)(sample)
    sample = changed(sample, client_path(GRAPH), {"id": evil})
    for request in requests_of(sample):
        found = context_of(sample, request)
        for plan in propose(found):
            check_plan(plan, found)
            for step in plan.steps:
                assert evil not in step.powershell + step.portal_url


def test_a_hostile_tenant() -> None:
    sample = load_sample_file(HOSTILE)
    requests: list[ConsentRequest] = list(requests_of(sample))
    facts = facts_of(sample, requests)
    assert isinstance(facts.organization(), Known)
    for request in requests:
        found = Context(facts, request, decide(facts, request, REFERENCES))
        for plan in propose(found):
            check_plan(plan, found)


def test_sample_decisions_cover_each_outcome_that_has_a_plan() -> None:
    outcomes = {context(*case).decision.outcome for case in CASES}
    assert {Outcome.BLOCKED, Outcome.ADMIN_APPROVAL_REQUIRED, Outcome.UNKNOWN} <= outcomes


def test_an_undo_names_what_was_audited() -> None:
    sample = changed(load_sample("ready"), client_path(EXCHANGE), {"accountEnabled": False})
    first = steps(context_of(sample, request_of(sample, "sofa-365-bridge")))[0]
    exchange = body(sample, client_path(EXCHANGE))["id"]
    update = "Update-MgServicePrincipal -ServicePrincipalId"
    assert first.undo == f"{update} '{exchange}' -AccountEnabled:$false"
    sample = changed(sample, client_path(EXCHANGE), {"id": "no GUID"})
    first = steps(context_of(sample, request_of(sample, "sofa-365-bridge")))[0]
    look_up = f"(Get-MgServicePrincipal -Filter \"appId eq '{EXCHANGE}'\").Id"
    assert first.undo == f"{update} {look_up} -AccountEnabled:$false"


def test_a_service_principal_that_exists_by_now_is_left_alone() -> None:
    first = steps(context("consent-off-workflow", "sophiie"))[0]
    assert "if ($client) {\n  Write-Warning" in first.powershell
    assert "  $client = New-MgServicePrincipal" in first.powershell
    assert "-Filter \"appId eq '" in first.undo
    assert first.undo.endswith("(run it only if these commands created the service principal)")


@pytest.mark.parametrize(
    ("sample_id", "asker"),
    [("ready", Asker(kind=UserKind.GUEST)), ("assignment-required", Asker())],
    ids=["guest", "nobody-assigned"],
)
def test_consent_alone_does_not_settle_a_forced_prompt(sample_id: str, asker: Asker) -> None:
    sample = load_sample(sample_id)
    found = context_of(sample, request_of(sample, "sophiie", prompt_consent=True, asker=asker))
    assert found.decision.outcome is not Outcome.ADMIN_APPROVAL_REQUIRED
    (step,) = [one for one in steps(found) if "without prompt=consent" in one.title]
    assert "--prompt-consent" in step.why
    if asker.kind is UserKind.GUEST:
        assert not consented(found)


@pytest.mark.parametrize("listed", [True, False])
def test_what_the_portal_does_not_list_is_added_first(listed: bool) -> None:  # noqa: FBT001
    sample = load_sample("consent-off")
    change: dict[str, object] = {} if listed else {"requiredResourceAccess": []}
    why = consent_step(registered("sofie", **change)(sample), request_of(sample, "sofie")).why
    assert ("first add under API permissions" in why) is not listed


def test_an_active_registration_whose_service_principal_lags() -> None:
    sample = client("sofie", isDisabled=True)(load_sample("ready"))
    sample = registered("sofie", isDisabled=False)(sample)
    first = steps(context_of(sample, request_of(sample, "sofie")))[0]
    assert first.title.startswith("Wait until the service principal of ")
    assert first.portal_url
