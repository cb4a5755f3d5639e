"""Consent by an administrator, as Graph takes it: for everybody, for one person, by a reviewer."""

import pytest

from auditor.model.change import Input, Lookup, Ref
from auditor.model.plan import People
from auditor.model.profile import Asked, Asker, Publisher, Requirement, UserKind
from auditor.remedies import grant_one_user, grant_tenant_wide
from tests.unit.consent_case import (
    APP,
    EXCHANGE,
    GRAPH,
    OTHER_API,
    PERSON,
    PRINCIPAL,
    RESOURCES,
    Json,
    Tenant,
    registration,
)
from tests.unit.planner_case import (
    change,
    context,
    expected,
    ids,
    own,
    plans,
    proposal,
    sent,
    step,
    undo,
)

GRANTS = "/oauth2PermissionGrants"
WIDE = "grant-tenant-wide"
ONE = "grant-one-user"
ME = Asker(user_id=PERSON)


def listing() -> str:
    everybody = "consentType%20eq%20'AllPrincipals'"
    return f"{GRANTS}?$filter=clientId%20eq%20'{PRINCIPAL}'%20and%20{everybody}"


def grant(resource: str, scope: str, **more: str) -> dict[str, str]:
    body = {"clientId": PRINCIPAL, "consentType": "AllPrincipals"} | more
    return body | {"resourceId": RESOURCES[resource][1], "scope": scope}


def test_consent_for_everybody_names_exactly_what_is_asked() -> None:
    plan = plans(context(Tenant(), "Mail.Read", "openid"))["tenant-wide-consent"]
    assert ids(plan) == [WIDE]
    made = change(plan, WIDE)
    assert sent(made.do.calls) == [("POST", GRANTS, grant(GRAPH, "Mail.Read openid"))]
    assert made.scopes == ("Application.Read.All", "DelegatedPermissionGrant.ReadWrite.All")
    assert made.inputs == ()
    assert expected(made.do.guards) == {f"{listing()} id": ()}
    (guard,) = made.do.guards
    assert guard.within == "value"
    assert guard.where == (("resourceId", RESOURCES[GRAPH][1]),)
    assert step(plan, WIDE).role == "Cloud Application Administrator"


def test_a_new_grant_is_deleted_again_where_it_is_as_it_was_made() -> None:
    made = change(plans(context(Tenant(), "Mail.Read"))["tenant-wide-consent"], WIDE)
    assert made.undo is not None
    (lookup,) = made.undo.lookups
    where = (("resourceId", RESOURCES[GRAPH][1]),)
    assert lookup == Lookup(lookup.name, listing(), "value", where, "id")
    assert sent(made.undo.calls) == [("DELETE", f"{GRANTS}/{{{lookup.name}}}", None)]
    assert expected(made.undo.guards) == {f"{listing()} scope": ("Mail.Read",)}


@pytest.mark.parametrize(
    ("old", "wanted", "merged"),
    [
        ("openid", ("Mail.Read", "openid"), "openid Mail.Read"),
        ("  openid   MAIL.send ", ("Mail.Read", "Mail.Send"), "openid MAIL.send Mail.Read"),
        ("Files.Read openid", ("Mail.Read",), "Files.Read openid Mail.Read"),
        ("O'Dd.$(x) “q”", ("Mail.Read",), "O'Dd.$(x) “q” Mail.Read"),
        ("\tprofile\n", ("Mail.Read",), "profile Mail.Read"),
    ],
)
def test_an_existing_grant_is_merged_and_given_back_verbatim(
    old: str, wanted: tuple[str, ...], merged: str
) -> None:
    plan = plans(context(Tenant().granted(old), *wanted))["tenant-wide-consent"]
    made, path = change(plan, WIDE), f"{GRANTS}/grant-0"
    assert sent(made.do.calls) == [("PATCH", path, {"scope": merged})]
    assert expected(made.do.guards) == {f"{path} scope": old}
    assert sent(undo(plan, WIDE)) == [("PATCH", path, {"scope": old})]
    assert made.undo is not None
    assert expected(made.undo.guards) == {f"{path} scope": merged}


def test_a_grant_listed_in_another_letter_case_is_found() -> None:
    body: Json = {
        "id": "Opaque_Id-1",
        "clientId": PRINCIPAL.upper(),
        "consentType": "allPrincipals",
        "principalId": None,
        "resourceId": RESOURCES[GRAPH][1].upper(),
        "scope": "openid",
    }
    tenant = Tenant().says("client-grants", {"value": [body]}, APP)
    plan = plans(context(tenant, "Mail.Read"))["tenant-wide-consent"]
    assert sent(change(plan, WIDE).do.calls) == [
        ("PATCH", f"{GRANTS}/Opaque_Id-1", {"scope": "openid Mail.Read"})
    ]


def test_one_persons_consent_is_not_merged_into() -> None:
    tenant = Tenant().granted("openid", person="eeeeeeee-0000-4000-8000-00000000000f")
    plan = plans(context(tenant, "Mail.Read"))["tenant-wide-consent"]
    assert [one.method for one in change(plan, WIDE).do.calls] == ["POST"]


def test_every_resource_has_a_grant_of_its_own() -> None:
    tenant = Tenant().granted("Orders.Read", resource=OTHER_API).granted("x", resource=EXCHANGE)
    asked = ("Mail.Read", "EXO:SMTP.Send", "API:Orders.Read")
    plan = plans(context(tenant, *asked))["tenant-wide-consent"]
    assert sent(change(plan, WIDE).do.calls) == [
        ("POST", GRANTS, grant(GRAPH, "Mail.Read")),
        ("PATCH", f"{GRANTS}/grant-1", {"scope": "x SMTP.Send"}),
    ]
    assert [one[0] for one in sent(undo(plan, WIDE))] == ["PATCH", "DELETE"]
    assert len(change(plan, WIDE).do.guards) == 2
    assert "Mail.Read on Microsoft Graph; SMTP.Send on Office 365 Exchange" in (
        step(plan, WIDE).title
    )


def test_an_app_that_is_not_there_gets_its_service_principal_first() -> None:
    plan = plans(context(Tenant().no_client(), "Mail.Read"))["tenant-wide-consent"]
    assert ids(plan) == ["create-service-principal", WIDE]
    create = change(plan, "create-service-principal")
    path = f"/servicePrincipals(appId='{APP}')?$select=id"
    assert sent(create.do.calls) == [("POST", "/servicePrincipals", {"appId": APP})]
    assert create.do.calls[0].result == "client"
    assert expected(create.do.guards) == {path: None}
    assert create.undo is not None
    assert sent(create.undo.calls) == [("DELETE", "/servicePrincipals/{client}", None)]
    assert create.undo.lookups == (Lookup("client", path, "", (), "id"),)
    granted = change(plan, WIDE)
    assert granted.do.calls[0].body is not None
    assert granted.do.calls[0].body["clientId"] == Ref("client")
    assert granted.undo is not None
    assert granted.undo.lookups[0] == Lookup("client", path, "", (), "id")


def test_grants_that_cannot_be_read_are_not_written_over() -> None:
    found = context(Tenant().refuses("client-grants", APP), "Mail.Read", prompt_consent=True)
    assert not grant_tenant_wide.actions(found)


@pytest.mark.parametrize("object_id", ["x'; rm -rf /; '", "", "../me", "{client}"])
def test_a_resource_or_grant_whose_id_is_none_is_left_alone(object_id: str) -> None:
    tenant = Tenant().resource(GRAPH, id=object_id)
    assert not grant_tenant_wide.actions(context(tenant, "Mail.Read"))
    body: Json = {
        "id": object_id,
        "clientId": PRINCIPAL,
        "consentType": "AllPrincipals",
        "principalId": None,
        "resourceId": RESOURCES[GRAPH][1],
        "scope": "openid",
    }
    odd = Tenant().says("client-grants", {"value": [body]}, APP)
    assert "tenant-wide-consent" not in plans(context(odd, "Mail.Read"))


def test_a_named_person_gets_a_grant_without_a_question() -> None:
    plan = plans(context(Tenant().person(), "Mail.Read", "EXO:SMTP.Send", asker=ME))[
        "one-user-consent"
    ]
    made = change(plan, ONE)
    mine = {"consentType": "Principal", "principalId": PERSON}
    assert sent(made.do.calls) == [
        ("POST", GRANTS, grant(GRAPH, "Mail.Read", **mine)),
        ("POST", GRANTS, grant(EXCHANGE, "SMTP.Send", **mine)),
    ]
    assert made.inputs == ()
    filtered = f"clientId%20eq%20'{PRINCIPAL}'%20and%20principalId%20eq%20'{PERSON}'"
    assert {one.path for one in made.do.guards} == {f"{GRANTS}?$filter={filtered}"}
    assert not plan.pilot
    assert plan.holds_for == "this person"


def test_a_pilot_user_is_asked_for_once() -> None:
    plan = plans(context(Tenant(), "Mail.Read", "EXO:SMTP.Send"))["one-user-consent"]
    made = change(plan, ONE)
    assert made.inputs == (Input("principal", "Object ID of the pilot user"),)
    assert [one.body["principalId"] for one in made.do.calls if one.body] == [Ref("principal")] * 2
    assert made.undo is not None
    assert all("principalId%20eq%20'{principal}'" in one.path for one in made.undo.lookups)
    assert [one.where for one in made.undo.lookups] == [
        (("resourceId", RESOURCES[one][1]),) for one in (EXCHANGE, GRAPH)
    ]
    assert plan.pilot
    assert plan.reach.people is People.ONE_PERSON
    assert plan.holds_for == "the pilot user alone"
    assert step(plan, ONE).portal_path == ""
    assert "portal cannot" in step(plan, ONE).why


def test_a_pilot_of_a_new_app_refers_to_what_is_created_first() -> None:
    plan = plans(context(Tenant().no_client(), "Mail.Read"))["one-user-consent"]
    assert ids(plan) == ["create-service-principal", ONE]
    made = change(plan, ONE)
    assert made.do.calls[0].body is not None
    assert made.do.calls[0].body["clientId"] == Ref("client")


def test_a_persons_grant_of_the_same_resource_gets_more() -> None:
    tenant = Tenant().person().granted("openid", person=PERSON)
    (action,) = grant_one_user.actions(context(tenant, "Mail.Read", asker=ME))
    assert action.step.change is not None
    ((method, path, body),) = sent(action.step.change.do.calls)
    assert (method, body) == ("PATCH", {"scope": "openid Mail.Read"})
    assert path.startswith("/oauth2PermissionGrants/")
    other = Tenant().person().granted("openid", person=PERSON, resource=EXCHANGE)
    (action,) = grant_one_user.actions(context(other, "Mail.Read", asker=ME))
    assert action.step.change is not None
    assert [one[0] for one in sent(action.step.change.do.calls)] == ["POST"]


def test_a_request_is_approved_where_the_workflow_works() -> None:
    plan = plans(context(Tenant().workflow(on=True), "Mail.Read"))["request-approval"]
    assert ids(plan) == ["approve-request"]
    assert step(plan, "approve-request").change is None
    assert "Admin consent requests" in step(plan, "approve-request").portal_path
    assert step(plan, "approve-request").undo
    off = plans(context(Tenant(), "Mail.Read"))["request-approval"]
    assert ids(off) == ["admin-consent-workflow", "approve-request"]


def test_a_request_cannot_be_approved_where_the_workflow_is_not_known() -> None:
    tenant = Tenant().refuses("admin-consent-request-policy")
    assert "request-approval" not in plans(context(tenant, "Mail.Read"))
    unread = Tenant().workflow(on=True).refuses("group-settings")
    assert "request-approval" not in plans(context(unread, "Mail.Read"))
    odd = Tenant().workflow(on=True).settings(EnableAdminConsentRequests="perhaps")
    assert "request-approval" not in plans(context(odd, "Mail.Read"))


def why(tenant: Tenant, *scopes: str, **changes: object) -> str:
    return step(plans(context(tenant, *scopes, **changes))["tenant-wide-consent"], WIDE).why


def test_what_is_to_be_weighed_is_said() -> None:
    unverified = why(Tenant().client(verified=False), "Mail.Read")
    assert "Its publisher is not verified" in unverified
    assert "Its publisher is not verified" not in why(Tenant(), "Mail.Read")
    assert "is not known: find out" in why(Tenant().no_client(), "Mail.Read")
    stated = why(Tenant().no_client(), "Mail.Read", publisher=Publisher.VERIFIED)
    assert "not known" not in stated
    assert "publisher" not in why(own(), "Mail.Read")
    assert "reserves it to administrators: User.Read.All" in why(
        Tenant(), "Mail.Read", "User.Read.All"
    )
    assert "let it require assignment" in why(Tenant(), "Mail.Read")
    assigned = Tenant().client(appRoleAssignmentRequired=True).assigned(1)
    assert "let it require assignment" not in why(assigned, "Mail.Read")


def test_optional_features_are_named() -> None:
    def asked(name: str, *, required: bool, feature: str) -> Asked:
        return Asked(Requirement(GRAPH, "Microsoft Graph", name), required, (feature,))

    both = (
        asked("Mail.Read", required=True, feature="mail"),
        asked("Mail.Send", required=False, feature="send"),
    )
    assert "--feature asks for less" in why(Tenant(), permissions=both)
    assert "--feature asks for less" not in why(Tenant(), permissions=both[:1])


def test_an_own_registration_has_another_page_and_says_what_it_does_not_list() -> None:
    found = context(own(), "Mail.Read", registration=registration(), asker=Asker(UserKind.MEMBER))
    made = step(plans(found)["tenant-wide-consent"], WIDE)
    assert made.portal_path.startswith("Entra ID > App registrations")
    assert "first add under API permissions what is not listed: Mail.Read" in made.why


NOT_REGISTERED = "an app that is registered nowhere gets a service principal, and is called ready"


def test_an_own_registration_that_is_missing_cannot_get_a_service_principal() -> None:
    found = context(Tenant().no_client(), "Mail.Read", registration=registration())
    assert "app-not-registered" in found.codes
    made = proposal(found)
    assert not made.plans
    assert [one.id for one in made.first_steps] == ["register-app"]


def test_what_nobody_has_seen_stays_probable_after_its_service_principal_is_made() -> None:
    for plan in plans(context(Tenant().no_client(), "Mail.Read")).values():
        assert "app-not-seen" in plan.caveats


def test_a_deactivated_registration_is_not_ready_by_a_new_service_principal() -> None:
    tenant = Tenant().no_client().registered(isDisabled=True)
    for plan in plans(context(tenant, "Mail.Read")).values():
        assert "activate-registration" in ids(plan)


def test_consent_for_everybody_does_not_leave_out_what_one_person_has() -> None:
    tenant = Tenant().person().granted("Mail.Read", person=PERSON)
    found = plans(context(tenant, "Mail.Read", "Mail.Send", asker=ME))
    plan = found["tenant-wide-consent"]
    assert sent(change(plan, WIDE).do.calls)[0][2] == grant(GRAPH, "Mail.Read Mail.Send")
    assert plan.reach.people is People.MEMBERS_AND_GUESTS


def test_a_workflow_whose_only_reviewer_is_nobody_gets_one() -> None:
    body: Json = {"isEnabled": True, "reviewers": [{"query": None}]}
    tenant = Tenant().says("admin-consent-request-policy", body)
    plan = plans(context(tenant, "Mail.Read"))["request-approval"]
    assert ids(plan) == ["admin-consent-workflow", "approve-request"]


def test_names_are_sent_as_they_are_published() -> None:
    plan = plans(context(Tenant(), "mail.read"))["tenant-wide-consent"]
    assert sent(change(plan, WIDE).do.calls)[0][2] == grant(GRAPH, "Mail.Read")
