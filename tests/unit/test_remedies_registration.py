"""What comes before consent: an own registration, sign-in that is off, assignment."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditor.model.change import Input, Lookup
from auditor.model.profile import Asker
from auditor.remedies import assign_users, enable_app, repair_registration
from auditor.remedies.context import Context
from tests.unit.consent_case import (
    EXCHANGE,
    GRAPH,
    HERE,
    LEGACY,
    PERSON,
    PRINCIPAL,
    RESOURCES,
    Json,
    Tenant,
    registration,
)
from tests.unit.planner_case import change, context, expected, ids, on, own, plans, sent, step, undo

REGISTRATION = "/applications/abababab-0000-4000-8000-000000000001"
CALLBACK = "https://app.example/callback"
ASSIGNED = f"/servicePrincipals/{PRINCIPAL}/appRoleAssignedTo"
ME = Asker(user_id=PERSON)


def wanting(found: Tenant, **changes: object) -> Context:
    return context(found.policies(LEGACY), "Mail.Read", registration=registration(**changes))


def test_what_is_deactivated_is_activated_and_its_mark_goes_too() -> None:
    tenant = own().registered(isDisabled=True).client(owner=HERE, verified=False, isDisabled=True)
    plan = plans(wanting(tenant.registered(isDisabled=True)))["repair"]
    assert ids(plan) == ["activate-registration"]
    made = change(plan, "activate-registration")
    assert sent(made.do.calls) == [("PATCH", REGISTRATION, {"isDisabled": False})]
    assert sent(undo(plan, "activate-registration")) == [
        ("PATCH", REGISTRATION, {"isDisabled": True})
    ]
    assert expected(made.do.guards) == {f"{REGISTRATION} isDisabled": True}
    assert made.scopes == ("Application.ReadWrite.All",)
    assert step(plan, "activate-registration").role == "Cloud Application Administrator"


@pytest.mark.parametrize(
    ("platform", "member"), [("web", "web"), ("spa", "spa"), ("public", "publicClient")]
)
def test_a_redirect_uri_is_added_beside_the_others(platform: str, member: str) -> None:
    old = ["https://One.example/’ x", "http://localhost"]  # noqa: RUF001
    wanted = ("https://a.example/one", "http://localhost", "https://a.example/two")
    members: dict[str, Json] = {"web": {"redirectUris": []}, member: {"redirectUris": [*old]}}
    tenant = own().registered(**members)  # type: ignore[arg-type]
    plan = plans(wanting(tenant, platform=platform, redirect_uris=wanted))["repair"]
    assert ids(plan) == ["add-redirect-uri"]
    made = change(plan, "add-redirect-uri")
    new = [*old, wanted[0], wanted[2]]
    assert sent(made.do.calls) == [("PATCH", REGISTRATION, {member: {"redirectUris": new}})]
    assert sent(undo(plan, "add-redirect-uri")) == [
        ("PATCH", REGISTRATION, {member: {"redirectUris": old}})
    ]
    assert expected(made.do.guards) == {f"{REGISTRATION} {member}.redirectUris": tuple(old)}
    assert made.undo is not None
    assert expected(made.undo.guards) == {f"{REGISTRATION} {member}.redirectUris": tuple(new)}
    assert step(plan, "add-redirect-uri").role == "Application Developer"


def test_letter_case_of_a_redirect_uri_counts() -> None:
    plan = plans(wanting(own(web={"redirectUris": ["https://APP.example/callback"]})))["repair"]
    body = sent(change(plan, "add-redirect-uri").do.calls)[0][2]
    assert body == {"web": {"redirectUris": ["https://APP.example/callback", CALLBACK]}}


def test_the_audience_becomes_the_first_that_the_vendor_accepts() -> None:
    accepted = ("AzureADMultipleOrgs", "AzureADMyOrg")
    tenant = own(signInAudience="AzureADandPersonalMicrosoftAccount")
    plan = plans(wanting(tenant, audiences=accepted))["repair"]
    assert ids(plan) == ["change-audience"]
    made = change(plan, "change-audience")
    new, old = "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount"
    assert sent(made.do.calls) == [("PATCH", REGISTRATION, {"signInAudience": new})]
    assert sent(undo(plan, "change-audience")) == [("PATCH", REGISTRATION, {"signInAudience": old})]
    assert expected(made.do.guards) == {f"{REGISTRATION} signInAudience": old}
    assert "accounts of other organizations" in step(plan, "change-audience").why
    narrow = plans(wanting(own(signInAudience="AzureADMultipleOrgs")))["repair"]
    assert "accounts of other organizations" not in step(narrow, "change-audience").why


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 9, 1, 12, tzinfo=UTC), "2027-03-01T12:00:00Z"),
        (datetime(2026, 8, 31, 23, 59, 59, tzinfo=UTC), "2027-02-28T23:59:59Z"),
        (datetime(2027, 8, 31, tzinfo=UTC), "2028-02-28T00:00:00Z"),
        (datetime(2028, 2, 29, 1, 2, 3, tzinfo=UTC), "2028-08-28T01:02:03Z"),
        (datetime(2026, 12, 31, tzinfo=UTC), "2027-06-28T00:00:00Z"),
        (datetime(2026, 6, 30, tzinfo=UTC), "2026-12-28T00:00:00Z"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2027-01-01T00:00:00Z"),
    ],
)
def test_a_new_secret_ends_after_six_months(now: datetime, end: str) -> None:
    tenant = own(passwordCredentials=[], keyCredentials=[])
    found = wanting(tenant)
    plan = plans(on(replace(found.facts, collected_at=now), found.request))["repair"]
    assert ids(plan) == ["add-credential"]
    made, name = change(plan, "add-credential"), f"consent-auditor {now:%Y-%m-%d}"
    body = {"passwordCredential": {"displayName": name, "endDateTime": end}}
    assert sent(made.do.calls) == [("POST", f"{REGISTRATION}/addPassword", body)]
    listing = f"{REGISTRATION}?$select=passwordCredentials"
    assert expected(made.do.guards) == {f"{listing} keyId": ()}
    where = (("displayName", name),)
    assert made.do.guards[0].where == where
    assert made.undo is not None
    (lookup,) = made.undo.lookups
    assert lookup == Lookup(lookup.name, listing, "passwordCredentials", where, "keyId")
    key = {"keyId": f"{{{lookup.name}}}"}
    assert sent(made.undo.calls) == [("POST", f"{REGISTRATION}/removePassword", key)]


def test_an_expired_secret_is_followed_by_a_new_one() -> None:
    old: Json = [{"displayName": "old", "endDateTime": "2026-01-01T00:00:00Z"}]
    plan = plans(wanting(own(passwordCredentials=old, keyCredentials=[])))["repair"]
    assert ids(plan) == ["add-credential"]
    assert "expired" in step(plan, "add-credential").why


def test_several_faults_are_repaired_together_and_an_own_principal_is_created() -> None:
    tenant = own(isDisabled=True, passwordCredentials=[], web={"redirectUris": []}).no_client()
    plan = plans(wanting(tenant))["repair"]
    assert ids(plan) == [
        "activate-registration",
        "add-redirect-uri",
        "add-credential",
        "create-service-principal",
    ]


@pytest.mark.parametrize("object_id", ["x'; rm -rf /", "../users/1", ""])
def test_a_registration_whose_id_is_none_is_left_alone(object_id: str) -> None:
    assert not repair_registration.actions(wanting(own(id=object_id, isDisabled=True)))


def test_members_that_were_not_read_are_not_written() -> None:
    for member in ("web", "signInAudience", "passwordCredentials", "isDisabled"):
        tenant = own().registered(without=member)
        assert not repair_registration.actions(wanting(tenant))


def test_a_vendors_registration_is_not_ours_to_repair() -> None:
    assert not repair_registration.actions(context(Tenant(), "Mail.Read"))


def test_sign_in_to_the_app_is_switched_on() -> None:
    tenant = Tenant().policies(LEGACY).client(accountEnabled=False)
    plan = plans(context(tenant, "Mail.Read"))["repair"]
    path = f"/servicePrincipals/{PRINCIPAL}"
    assert ids(plan) == ["enable-app"]
    made = change(plan, "enable-app")
    assert sent(made.do.calls) == [("PATCH", path, {"accountEnabled": True})]
    assert sent(undo(plan, "enable-app")) == [("PATCH", path, {"accountEnabled": False})]
    assert expected(made.do.guards) == {f"{path} accountEnabled": False}


def test_a_disabled_resource_is_switched_on_and_no_other() -> None:
    tenant = Tenant().policies(LEGACY).resource(EXCHANGE, accountEnabled=False)
    plan = plans(context(tenant, "EXO:SMTP.Send", "Mail.Read"))["repair"]
    assert ids(plan) == [f"enable-resource-{EXCHANGE}"]
    path = f"/servicePrincipals/{RESOURCES[EXCHANGE][1]}"
    calls = change(plan, f"enable-resource-{EXCHANGE}").do.calls
    assert sent(calls) == [("PATCH", path, {"accountEnabled": True})]
    other = context(tenant, "Mail.Read", asker=Asker())
    assert not enable_app.actions(other)


def assigning() -> Tenant:
    return Tenant().client(appRoleAssignmentRequired=True).granted("Mail.Read")


def test_a_named_person_is_assigned() -> None:
    plan = plans(context(assigning().person(), "Mail.Read", asker=ME))["repair"]
    assert ids(plan) == ["assign-users"]
    made = change(plan, "assign-users")
    body = {
        "principalId": PERSON,
        "resourceId": PRINCIPAL,
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    }
    assert sent(made.do.calls) == [("POST", ASSIGNED, body)]
    assert made.inputs == ()
    where = (("principalId", PERSON), ("appRoleId", "00000000-0000-0000-0000-000000000000"))
    assert [(one.member, one.expected, one.where) for one in made.do.guards] == [("id", (), where)]
    assert made.scopes == ("Application.Read.All", "AppRoleAssignment.ReadWrite.All")
    assert made.undo is not None
    (lookup,) = made.undo.lookups
    assert (lookup.within, lookup.where, lookup.take) == ("value", where, "id")
    assert sent(made.undo.calls) == [("DELETE", f"{ASSIGNED}/{{{lookup.name}}}", None)]


def test_whoever_shall_use_the_app_is_asked_for() -> None:
    plan = plans(context(assigning(), "Mail.Read"))["repair"]
    made = change(plan, "assign-users")
    assert made.inputs == (Input("principal", "Object ID of the user or the group to assign"),)
    assert made.do.guards[0].where[0] == ("principalId", "{principal}")
    assert plan.holds_for == "everybody who is assigned to the app"
    assert "group" in step(plan, "assign-users").title


def test_who_is_assigned_already_or_needs_not_be_is_not_assigned() -> None:
    there = context(assigning().person(assigned=True), "Mail.Read", asker=ME)
    assert there.decision.outcome.ready
    assert not assign_users.actions(there)
    assert not assign_users.actions(context(Tenant(), "Mail.Read"))
    odd = context(assigning().client(id="odd", appRoleAssignmentRequired=True), "Mail.Read")
    assert not assign_users.actions(odd)


def test_assignment_comes_before_consent_by_an_administrator() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True)
    found = plans(context(tenant, "Mail.Read"))
    assert ids(found["tenant-wide-consent"]) == ["assign-users", "grant-tenant-wide"]
    assert ids(found["one-user-consent"]) == ["assign-users", "grant-one-user"]
    assert "app-consent-policy" not in found
    assert found["tenant-wide-consent"].holds_for == "everybody who is assigned to the app"


def test_an_assignment_does_not_stand_for_consent_that_one_person_alone_has() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).person()
    tenant.granted("Mail.Read", person=PERSON)
    plan = plans(context(tenant, "Mail.Read", asker=ME))["repair"]
    assert ids(plan) == ["assign-users"]
    assert plan.outcome.ready


def test_a_plan_for_one_assigned_person_does_not_hold_for_all_who_are_assigned() -> None:
    tenant = Tenant().client(appRoleAssignmentRequired=True).person()
    tenant.granted("Mail.Read", person=PERSON)
    plan = plans(context(tenant, "Mail.Read", asker=ME))["repair"]
    assert plan.holds_for == "this person"


def test_the_service_principal_follows_the_audience_of_its_registration() -> None:
    tenant = own().client(owner=HERE, signInAudience="PersonalMicrosoftAccount")
    tenant.registered(signInAudience="PersonalMicrosoftAccount")
    assert ids(plans(wanting(tenant))["repair"]) == ["change-audience"]


def test_a_mark_that_lags_behind_is_waited_for() -> None:
    tenant = own().client(owner=HERE, isDisabled=True).registered(isDisabled=False)
    plan = plans(wanting(tenant))["repair"]
    assert "Activate" not in plan.steps[0].title


def test_a_disabled_resource_behind_a_faulty_registration_is_repaired_too() -> None:
    tenant = own(web={"redirectUris": []}).policies(LEGACY)
    tenant.resource(GRAPH, accountEnabled=False)
    assert ids(plans(wanting(tenant))["repair"]) == ["add-redirect-uri", f"enable-resource-{GRAPH}"]
