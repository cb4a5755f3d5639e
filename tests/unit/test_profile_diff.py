"""A document, an app's registration and a tenant, side by side."""

import json
from dataclasses import replace
from io import StringIO

import pytest

from auditor.app_permissions import granted, listed
from auditor.model.cloud import Cloud
from auditor.model.fact import Known, Unknown
from auditor.model.profile import ConsentRequest
from auditor.model.tenant import Count
from auditor.permissions import covered, load_permissions
from auditor.profile_diff import Conclusion, Held, Place, ProfileDiff, Row, compare
from auditor.render.profile_diff_json import render_profile_diff_json
from auditor.render.profile_diff_text import print_profile_diff
from auditor.samples import Sample, load_sample
from tests.unit.sample_case import (
    EXCHANGE,
    GRAPH,
    Json,
    app_id,
    application_path,
    changed,
    client_path,
    facts_of,
    refused,
    request_of,
    with_answer,
    without,
)

TABLE = load_permissions()
READY = load_sample("ready")
SOFIE = app_id(READY, "sofie")
SOPHIIE = app_id(READY, "sophiie")
OBJECT = {SOFIE: "a18841ea", SOPHIIE: "dd0cdc53"}
NAMELESS = "11111111-2222-4333-8444-555555555555"
API = "8ab1b2c3-0000-4000-8000-00000000000d"


def grants_path(app: str) -> str:
    return f"{client_path(app)}/oauth2PermissionGrants"


def object_id(sample: Sample, app: str) -> str:
    return str(json.loads(sample.answers[client_path(app)].body)["id"])


def grant(sample: Sample, scope: str, *, user: str | None = None, **more: Json) -> dict[str, Json]:
    """One grant of Sofie on Microsoft Graph."""
    given: dict[str, Json] = {
        "id": f"{scope}-{user}",
        "clientId": object_id(sample, SOFIE),
        "consentType": "Principal" if user else "AllPrincipals",
        "principalId": user,
        "resourceId": object_id(sample, GRAPH),
        "scope": scope,
    }
    return given | more


def granting(sample: Sample, *grants: dict[str, Json], more: bool = False) -> Sample:
    page: dict[str, Json] = {"value": [*grants]}
    if more:
        page["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/next"
    return with_answer(sample, grants_path(SOFIE), page)


def listing(sample: Sample, *entries: tuple[str, str], kind: str = "Scope") -> Sample:
    """The registration of Sofie lists these permissions, by resource and id."""
    found: list[Json] = [
        {"resourceAppId": resource.upper(), "resourceAccess": [{"id": one.upper(), "type": kind}]}
        for resource, one in entries
    ]
    return changed(sample, application_path(SOFIE), {"requiredResourceAccess": found})


def permission_id(value: str, resource: str = GRAPH) -> str:
    found = TABLE.find(resource, value)
    assert found is not None
    assert found.id is not None
    return found.id


def asked(profile: str = "sofie") -> ConsentRequest:
    return request_of(READY, profile, default_scope=True)


def diff(sample: Sample, profile: str = "sofie") -> ProfileDiff:
    request = asked(profile)
    return compare(facts_of(sample, [request]), request, app_id(READY, profile), TABLE)


def row(found: ProfileDiff, value: str) -> Row:
    (one,) = [one for one in found.rows if one.value.casefold() == value.casefold()]
    return one


def names(found: ProfileDiff, what: Conclusion) -> list[str]:
    return [one.value for one in found.concluded(what)]


def test_document_and_registration_agree() -> None:
    found = diff(READY)
    assert found.registration is Place.HERE
    assert {one.listed for one in found.rows} == {Held.YES}
    assert {one.granted for one in found.rows} == {Held.NO}
    assert not names(found, Conclusion.NEVER_REQUESTED)
    assert not names(found, Conclusion.NOT_IN_DOCUMENT)
    assert found.unknown == ()
    assert row(found, "Mail.Read").features == ("mail-read",)
    assert not row(found, "Mail.Read").required


def test_every_conclusion() -> None:
    sample = listing(
        READY,
        (GRAPH, permission_id("Mail.Read")),
        (GRAPH, permission_id("Contacts.Read")),
        (EXCHANGE, permission_id("SMTP.Send", EXCHANGE)),
    )
    sample = granting(
        sample,
        grant(READY, " mail.read Tasks.Read"),
        grant(READY, "Notes.Read User.Read", user="u1"),
        grant(READY, "Notes.Read", user="u2"),
    )
    found = diff(sample)
    assert names(found, Conclusion.NOT_IN_DOCUMENT) == ["Contacts.Read", "SMTP.Send"]
    assert "Mail.Send" in names(found, Conclusion.NEVER_REQUESTED)
    assert "Mail.Read" not in names(found, Conclusion.NEVER_REQUESTED)
    assert names(found, Conclusion.LEFT_OVER) == ["Tasks.Read", "Notes.Read"]
    assert "Mail.Read" not in names(found, Conclusion.NOT_GRANTED)
    assert "User.Read" in names(found, Conclusion.NOT_GRANTED)
    # Calendars.Read belongs to a feature of its own: without the writing one it is needed.
    assert names(found, Conclusion.NEVER_NEEDED) == ["Files.Read"]
    assert row(found, "User.Read").users == Count(1, exact=True)
    assert row(found, "Notes.Read").users == Count(2, exact=True)
    assert row(found, "Notes.Read").granted is Held.NO
    assert row(found, "Tasks.Read").listed is Held.NO


def test_a_full_page_of_grants_is_the_least() -> None:
    sample = granting(READY, grant(READY, "Mail.Read", user="u1"), more=True)
    sample = with_answer(sample, "/oauth2PermissionGrants", {"value": [grant(READY, "User.Read")]})
    found = diff(sample)
    assert row(found, "Mail.Read").users == Count(1, exact=False)
    assert row(found, "Mail.Send").users == Count(0, exact=False)
    assert row(found, "User.Read").granted is Held.YES
    text = StringIO()
    print_profile_diff(found, text)
    assert "at least 1" in text.getvalue()


def test_an_app_of_another_tenant_has_no_list() -> None:
    found = diff(load_sample("admin-consented"), "sophiie")
    assert found.registration is Place.ELSEWHERE
    assert {one.listed for one in found.rows} == {Held.UNKNOWN}
    assert {one.granted for one in found.rows} == {Held.YES}
    assert not any(names(found, one) for one in Conclusion)
    assert "not registered in this tenant" in found.unknown[0]


@pytest.mark.parametrize("path", [application_path(SOFIE), grants_path(SOFIE)])
def test_what_was_refused_is_unknown(path: str) -> None:
    found = diff(refused(READY, path))
    held = {one.listed if "applications" in path else one.granted for one in found.rows}
    assert held == {Held.UNKNOWN}
    assert len(found.unknown) == 1
    assert "Graph refused" in found.unknown[0]
    wrong = (Conclusion.NEVER_REQUESTED, Conclusion.NOT_GRANTED)
    assert not names(found, wrong[0 if "applications" in path else 1])


def test_a_registration_without_its_list_is_unknown() -> None:
    answer = json.loads(READY.answers[application_path(SOFIE)].body)
    del answer["requiredResourceAccess"]
    found = diff(with_answer(READY, application_path(SOFIE), answer))
    assert (found.registration, {one.listed for one in found.rows}) == (Place.HERE, {Held.UNKNOWN})
    assert "left" in found.unknown[0]


def test_an_id_without_a_name_may_be_any_permission() -> None:
    sample = listing(READY, (GRAPH, permission_id("Mail.Read")), (GRAPH, NAMELESS), (API, NAMELESS))
    found = diff(sample)
    nameless = [one for one in found.rows if one.value == NAMELESS]
    assert [(one.asked, one.listed) for one in nameless] == [
        (Held.UNKNOWN, Held.YES),
        (Held.NO, Held.YES),
    ]
    assert row(found, "Mail.Send").listed is Held.UNKNOWN
    assert row(found, "Mail.Read").listed is Held.YES
    assert not names(found, Conclusion.NEVER_REQUESTED)


def test_a_grant_on_a_resource_that_nobody_read_may_be_any() -> None:
    sample = granting(READY, grant(READY, "Mail.Read Odd.One", resourceId=NAMELESS))
    found = diff(sample)
    mine, other = (one for one in found.rows if one.value == "Mail.Read")
    assert (mine.granted, mine.users) == (Held.UNKNOWN, None)
    assert (other.resource_app_id, other.asked, other.granted) == (
        NAMELESS,
        Held.UNKNOWN,
        Held.YES,
    )
    assert other.listed is Held.UNKNOWN
    assert names(found, Conclusion.LEFT_OVER) == ["Odd.One"]


def test_an_unknown_consent_type_is_unknown() -> None:
    found = diff(granting(READY, grant(READY, "Mail.Read", consentType="Some")))
    assert row(found, "Mail.Read").granted is Held.UNKNOWN


def test_an_app_that_the_tenant_does_not_know() -> None:
    sample = READY
    for path in (client_path(SOFIE), grants_path(SOFIE), application_path(SOFIE)):
        sample = without(sample, path)
    found = diff(sample)
    assert {(one.listed, one.granted) for one in found.rows} == {(Held.UNKNOWN, Held.NO)}
    facts = facts_of(sample, [asked()])
    grants = granted(facts, SOFIE)
    assert isinstance(grants, Known)
    assert grants.value.permissions == ()
    assert isinstance(granted(facts, API), Unknown)


def test_the_table_names_ids_of_the_global_cloud_alone() -> None:
    sample = listing(READY, (GRAPH, permission_id("Mail.Read")))
    sample = changed(sample, client_path(GRAPH), {"oauth2PermissionScopes": []})
    facts = facts_of(sample, [asked()])
    app = facts.application(SOFIE)
    assert isinstance(app, Known)
    assert app.value is not None
    assert [one.value for one in listed(facts, app.value, TABLE)] == ["Mail.Read"]
    china = replace(facts, cloud=Cloud.CHINA)
    assert [one.value for one in listed(china, app.value, TABLE)] == [None]


def test_hostile_names_are_shown_harmlessly() -> None:
    scope = "a\u202eb\x1b[31m<script>"
    found = diff(granting(READY, grant(READY, scope)))
    found = replace(found, name="\x1b[2J" + "x" * 300, tenant_name="\u202e<b>")
    text = StringIO()
    print_profile_diff(found, text)
    assert "\x1b" not in text.getvalue()
    assert "\u202e" not in text.getvalue()
    content = render_profile_diff_json(found).decode()
    assert "\x1b" not in content
    assert "\u202e" not in content
    assert json.loads(content)["permissions"][-1]["value"] == scope


def test_reading_beside_writing_on_the_same_resource_alone() -> None:
    found = covered([(GRAPH, "Mail.Read"), (EXCHANGE, "Mail.ReadWrite"), (GRAPH, "Mail.ReadBasic")])
    assert found == []
    assert covered([(GRAPH, "mail.read.shared"), (GRAPH, "Mail.ReadWrite.Shared")]) == [
        (GRAPH, "mail.read.shared", "Mail.ReadWrite.Shared")
    ]
