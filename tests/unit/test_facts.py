"""From readings to facts: known, absent, or unknown and why."""

import json
from dataclasses import replace

import pytest

from auditor.facts import TenantFacts, derive
from auditor.model.cloud import Cloud
from auditor.model.fact import Known, Unknown, Why
from auditor.model.snapshot import Reading, Snapshot
from auditor.model.tenant import Count
from auditor.sources import load, organization, permission_classifications, user_grants
from auditor.sources.source import Item
from tests.unit.consent_case import (
    APP,
    FORBIDDEN,
    GRAPH,
    HERE,
    NOT_FOUND,
    NOW,
    PERSON,
    PRINCIPAL,
    Json,
    Tenant,
)

NEXT = "https://graph.microsoft.com/v1.0/next"


def reading(source: str, body: Json | bytes, subject: str = "", **more: object) -> Reading:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = Reading(source, subject, 0, "/x", 200, data, NOW)
    return replace(found, **more)  # type: ignore[arg-type]


def facts(*readings: Reading, cloud: Cloud = Cloud.GLOBAL) -> TenantFacts:
    return derive(Snapshot("contoso.example", cloud, NOW, readings))


def unknown(fact: object) -> Unknown:
    assert isinstance(fact, Unknown)
    return fact


@pytest.mark.parametrize(
    ("status", "body", "why", "detail"),
    [
        (403, FORBIDDEN, Why.REFUSED, "HTTP 403 Authorization_RequestDenied: no privileges"),
        (401, FORBIDDEN, Why.REFUSED, "HTTP 401 Authorization_RequestDenied: no privileges"),
        (
            403,
            {"error": {"code": "Authentication_RequestFromNonPremiumTenant", "message": "P1"}},
            Why.NOT_LICENSED,
            "HTTP 403 Authentication_RequestFromNonPremiumTenant: P1",
        ),
        (403, b"", Why.REFUSED, "HTTP 403"),
        (404, NOT_FOUND, Why.FAILED, "HTTP 404 Request_ResourceNotFound: does not exist"),
        (404, b"<html>", Why.FAILED, "HTTP 404"),
        (500, b"\xff", Why.FAILED, "HTTP 500"),
        (200, b"", Why.MALFORMED, "Input data was truncated"),
        (200, {"value": []}, Why.MALFORMED, "one organization was expected, 0 came"),
        (200, {"value": [{"id": "x"}]}, Why.MALFORMED, "tenantType was left out"),
    ],
)
def test_answers_that_are_no_facts(status: int, body: Json | bytes, why: Why, detail: str) -> None:
    found = unknown(facts(reading("organization", body, status=status)).organization())
    assert (found.why, found.detail) == (why, detail)
    assert found.request == f"GET {organization.SOURCE.path}"
    assert found.needs == ("Organization.Read.All",)


def test_a_servers_words_are_one_line_and_not_endless() -> None:
    body: Json = {"error": {"code": "x", "message": "a\nb\t" + "c" * 5000}}
    detail = unknown(facts(reading("organization", body, status=500)).organization()).detail
    assert detail.startswith("HTTP 500 x: a b ccc")
    assert len(detail) < 250


def test_a_failure_says_what_happened() -> None:
    found = facts(reading("organization", b"", status=0, failure="timed out")).organization()
    assert (unknown(found).why, unknown(found).detail) == (Why.FAILED, "timed out")


def test_what_was_not_asked_is_unknown_and_not_absent() -> None:
    assert unknown(facts().client(APP)).why is Why.NOT_ASKED


def test_absent_objects_are_known_to_be_absent() -> None:
    found = facts(reading("client-service-principal", NOT_FOUND, APP, status=404))
    assert found.client(APP.upper()) == Known(None)


@pytest.mark.parametrize(
    "bodies",
    [
        ({"value": [], "@odata.nextLink": NEXT},),
        ({"value": []}, b""),
    ],
)
def test_listings_with_a_page_missing(bodies: tuple[Json | bytes, ...]) -> None:
    pages = [
        reading("user-grants", body, PERSON, page=2 * number) for number, body in enumerate(bodies)
    ]
    found = unknown(facts(*pages).user_grants(PERSON))
    assert (found.why, found.detail) == (Why.FAILED, "a page of the listing is missing")


def grant(principal: str | None, kind: str = "Principal", client: str = PRINCIPAL) -> Json:
    return {
        "id": "g",
        "clientId": client,
        "consentType": kind,
        "principalId": principal,
        "resourceId": "r",
        "scope": "a",
    }


def test_pages_are_joined_in_order_and_other_peoples_grants_left_out() -> None:
    first: Json = {"value": [grant(PERSON), grant("somebody")], "@odata.nextLink": NEXT}
    second: Json = {"value": [grant(PERSON.upper())]}
    found = facts(
        reading("user-grants", second, PERSON, page=1), reading("user-grants", first, PERSON)
    ).user_grants(PERSON)
    assert isinstance(found, Known)
    assert len(found.value) == 2


def test_a_refused_page_refuses_the_listing() -> None:
    first: Json = {"value": [], "@odata.nextLink": NEXT}
    pages = (
        reading("user-grants", first, PERSON),
        reading("user-grants", FORBIDDEN, PERSON, page=1, status=403),
    )
    assert unknown(facts(*pages).user_grants(PERSON)).why is Why.REFUSED


@pytest.mark.parametrize("source", ["client-grants", "client-assignments"])
def test_absence_of_a_part_contradicts_the_whole(source: str) -> None:
    tenant = Tenant().absent(source, APP)
    with_app, without = tenant.facts(), tenant.no_client().facts()
    for found in (with_app, without):
        fact = found.grants(APP) if source == "client-grants" else found.assignments(APP)
        assert isinstance(fact, Known) is (found is without)


def test_absence_of_classifications_contradicts_the_resource() -> None:
    tenant = Tenant().absent("permission-classifications", GRAPH)
    assert unknown(tenant.facts().classifications(GRAPH)).why is Why.FAILED
    tenant.absent("resource-service-principal", GRAPH)
    assert tenant.facts().classifications(GRAPH) == Known(None)


# ---- An app whose grants fill more than one page


def paged(tenant: Tenant) -> Tenant:
    page: Json = {
        "value": [grant("p1"), grant("p2"), grant("p1"), grant(None, "SomePrincipals")],
        "@odata.nextLink": NEXT,
    }
    return tenant.says("client-grants", page, APP)


def test_grants_of_very_many_users() -> None:
    listed: Json = {"value": [grant(None, "AllPrincipals"), grant(None, "AllPrincipals", "other")]}
    tenant = paged(Tenant()).says("tenant-wide-grants", listed, PRINCIPAL)
    found = tenant.facts().grants(APP)
    assert isinstance(found, Known)
    assert found.value is not None
    assert [one.client_id for one in found.value.tenant_wide] == [PRINCIPAL]
    assert found.value.own == Count(2, exact=False)
    assert len(found.value.undecided) == 1


def test_grants_of_very_many_users_whose_second_step_fails() -> None:
    assert unknown(paged(Tenant()).facts().grants(APP)).source == "tenant-wide-grants"
    tenant = paged(Tenant()).refuses("client-service-principal", APP)
    assert unknown(tenant.facts().grants(APP)).source == "client-service-principal"
    gone = paged(Tenant()).absent("client-service-principal", APP)
    assert isinstance(gone.facts().grants(APP), Unknown)


# ---- Completeness


@pytest.mark.parametrize(
    ("tenant", "status"),
    [
        (Tenant(), "read"),
        (Tenant().no_client(), "not-found"),
        (Tenant().refuses("client-service-principal", APP), "refused"),
        (Tenant().forgets("client-service-principal", APP), "not-asked"),
        (Tenant().says("client-service-principal", {}, APP), "malformed"),
    ],
)
def test_completeness(tenant: Tenant, status: str) -> None:
    (source,) = [one for one in load() if one.name == "client-service-principal"]
    found = tenant.facts().completeness(Item(source, APP))
    assert (found.status, found.subject, found.needs) == (status, APP, ("Application.Read.All",))
    assert (found.read_at is None) is (status == "not-asked")
    assert bool(found.detail) is (status not in {"read", "not-found"})


def test_readings_of_sources_that_do_not_exist_any_more_are_passed_over() -> None:
    assert facts(reading("moon-phase", {})).answers == {}


def test_a_source_that_a_cloud_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    source = replace(permission_classifications.SOURCE, absent_in=frozenset({Cloud.CHINA}))
    monkeypatch.setattr(permission_classifications, "SOURCE", source)
    for readings in ((), (reading("permission-classifications", {"value": []}, GRAPH),)):
        found = unknown(facts(*readings, cloud=Cloud.CHINA).classifications(GRAPH))
        assert (found.why, found.detail) == (Why.NOT_IN_CLOUD, "the cloud china does not have it")


def test_a_quote_in_a_subject_is_doubled() -> None:
    assert user_grants.SOURCE.request("o'neil").endswith("'o''neil'")


def test_the_tenant() -> None:
    found = Tenant().facts().organization()
    assert isinstance(found, Known)
    assert found.value.id == HERE
