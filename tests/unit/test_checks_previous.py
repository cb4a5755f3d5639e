"""What changed since an earlier snapshot: publishers and owners of apps, and consent settings."""

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.checks import judge_all
from auditor.checks.check import CheckContext
from auditor.consent.decide import decide
from auditor.errors import UsageError
from auditor.model.cloud import Cloud
from auditor.model.profile import ConsentRequest
from auditor.model.report import Finding, Judgement, Severity
from auditor.pipeline import check_previous, make_report, read_sample
from auditor.samples import load_sample
from tests.unit.consent_case import (
    APP,
    ELSEWHERE,
    GRAPH,
    LOW,
    MAIL_CLIENTS,
    REFERENCES,
    Json,
    Tenant,
    asking,
)
from tests.unit.sample_case import body, changed, client_path, refused, requests_of

MET, NOT_MET, UNKNOWN = Judgement.MET, Judgement.NOT_MET, Judgement.UNKNOWN
NOT_APPLICABLE = Judgement.NOT_APPLICABLE
PUBLISHERS, SETTINGS = "app-publishers-are-unchanged", "consent-settings-are-unchanged"
STRANGER = "dddddddd-0000-4000-8000-00000000000d"
OTHER = "c0ffee00-0000-4000-8000-0000000000ff"


def listed(name: str = "Litware", *, without: str = "", **members: Json) -> dict[str, Json]:
    body: dict[str, Json] = {
        "id": "e1",
        "appId": OTHER,
        "displayName": name,
        "appOwnerOrganizationId": ELSEWHERE,
        "verifiedPublisher": {"verifiedPublisherId": "6200000", "displayName": "Litware Ltd"},
    }
    body |= members
    body.pop(without, None)
    return body


def tenant(*apps: dict[str, Json], more: bool = False) -> Tenant:
    """The app that is asked about, Litware beside it, and what lets users connect."""
    body: dict[str, Json] = {"value": list(apps or (listed(),))}
    if more:
        body["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/next"
    found = Tenant().policies(LOW).granted("User.Read Mail.Read").workflow(on=True)
    return found.classified("User.Read", "openid").says("service-principals", body)


def judged(
    check_id: str, now: Tenant, previous: Tenant | None, request: ConsentRequest | None = None
) -> Finding:
    facts, asked = now.facts(), request or asking("Mail.Read", "EXO:SMTP.Send")
    decided = ((asked, decide(facts, asked, REFERENCES)),)
    before = previous.facts() if previous else None
    context = CheckContext(facts, decided, REFERENCES.managed, previous=before)
    found = next(one for one in judge_all(context) if one.check == check_id)
    assert found.message.endswith(".")
    return found


PUBLISHER_CASES: list[tuple[str, Tenant, Judgement, Severity]] = [
    ("the same", tenant(), MET, Severity.HIGH),
    (
        "verification lost",
        tenant(listed(verifiedPublisher={"verifiedPublisherId": None})),
        NOT_MET,
        Severity.MEDIUM,
    ),
    ("verification lost, null", tenant(listed(verifiedPublisher=None)), NOT_MET, Severity.MEDIUM),
    (
        "another publisher",
        tenant(listed(verifiedPublisher={"verifiedPublisherId": "6999999"})),
        NOT_MET,
        Severity.HIGH,
    ),
    (
        "another owner",
        tenant(listed(appOwnerOrganizationId=STRANGER)),
        NOT_MET,
        Severity.HIGH,
    ),
    (
        "odd case",
        tenant(listed(appId=OTHER.upper(), appOwnerOrganizationId=ELSEWHERE.upper())),
        MET,
        Severity.HIGH,
    ),
    ("gone", tenant(listed(appId=APP)), MET, Severity.HIGH),
    ("asked app lost it", tenant().client(verified=False), NOT_MET, Severity.MEDIUM),
    ("asked app has another owner", tenant().client(owner=STRANGER), NOT_MET, Severity.HIGH),
    ("asked app unread", tenant().refuses("client-service-principal", APP), UNKNOWN, Severity.HIGH),
    ("listing unread", tenant().refuses("service-principals"), UNKNOWN, Severity.HIGH),
    (
        "listing unread, asked app lost it",
        tenant().client(verified=False).refuses("service-principals"),
        NOT_MET,
        Severity.MEDIUM,
    ),
    ("publisher left out", tenant(listed(without="verifiedPublisher")), UNKNOWN, Severity.HIGH),
    ("owner left out", tenant(listed(without="appOwnerOrganizationId")), UNKNOWN, Severity.HIGH),
    ("more than a page", tenant(listed(), more=True), UNKNOWN, Severity.HIGH),
    (
        "changed on a full page",
        tenant(listed(appOwnerOrganizationId=STRANGER), more=True),
        NOT_MET,
        Severity.HIGH,
    ),
]


@pytest.mark.parametrize(
    ("now", "outcome", "severity"),
    [one[1:] for one in PUBLISHER_CASES],
    ids=[one[0] for one in PUBLISHER_CASES],
)
def test_publishers(now: Tenant, outcome: Judgement, severity: Severity) -> None:
    found = judged(PUBLISHERS, now, tenant())
    assert (found.outcome, found.severity) == (outcome, severity), found.message


def test_what_became_of_a_publisher_is_shown() -> None:
    now = tenant(listed("<b>Lit\u202eware", verifiedPublisher=None))
    (entry,) = judged(PUBLISHERS, now, tenant()).evidence
    assert entry == (
        f"<b>Lit\u202eware ({OTHER}): verified publisher",
        "Litware Ltd (6200000); now none",
    )


def test_an_app_that_the_earlier_snapshot_was_not_asked_about_is_compared_by_its_listing() -> None:
    previous = tenant(listed("App", appId=APP)).forgets("client-service-principal", APP)
    assert judged(PUBLISHERS, tenant(), previous).outcome is NOT_MET
    unknown_then = tenant().forgets("client-service-principal", APP)
    assert judged(PUBLISHERS, tenant(), unknown_then).outcome is MET


def test_a_publisher_that_was_left_out_before_is_unknown() -> None:
    assert judged(PUBLISHERS, tenant(), tenant(listed(without="verifiedPublisher"))).outcome is (
        UNKNOWN
    )
    refused = tenant().refuses("service-principals")
    assert judged(PUBLISHERS, tenant(), refused).outcome is UNKNOWN


SETTING_CASES: list[tuple[str, Tenant, Judgement, str]] = [
    ("the same", tenant(), MET, "2026-09-01"),
    ("more granted", tenant().granted("Mail.Send"), MET, "No setting"),
    ("another policy", tenant().policies(MAIL_CLIENTS), NOT_MET, f"from {LOW} to {MAIL_CLIENTS}"),
    ("no policy", tenant().policies(), NOT_MET, "to none"),
    ("workflow off", tenant().workflow(on=False), NOT_MET, "workflow was switched off"),
    ("disabled", tenant().client(accountEnabled=False), NOT_MET, "App was disabled"),
    ("not in the tenant", tenant().no_client(), NOT_MET, "App is no longer in the tenant"),
    (
        "grant gone",
        tenant().says("client-grants", {"value": []}, APP),
        NOT_MET,
        "Mail.Read and User.Read",
    ),
    (
        "classification gone",
        tenant().says("permission-classifications", {"value": []}, GRAPH),
        NOT_MET,
        "openid is no longer classified low",
    ),
    (
        "another condition",
        tenant().policy(LOW, [{"permissionType": "delegated", "clientApplicationIds": [OTHER]}]),
        NOT_MET,
        f"what the app consent policy {LOW} covers",
    ),
    ("policy deleted", tenant().absent("permission-grant-policy", LOW), NOT_MET, "was deleted"),
    (
        "policy unread",
        tenant().refuses("permission-grant-policy", LOW),
        UNKNOWN,
        "Policy.Read.PermissionGrant",
    ),
    (
        "assignment required",
        tenant().client(appRoleAssignmentRequired=True),
        NOT_MET,
        "App came to require assignment",
    ),
    ("settings unread", tenant().refuses("authorization-policy"), UNKNOWN, "Policy.Read.All"),
    ("workflow unread", tenant().refuses("admin-consent-request-policy"), UNKNOWN, "workflow"),
    ("grants unread", tenant().refuses("client-grants", APP), UNKNOWN, "Directory.Read.All"),
    (
        "grants unread, workflow off",
        tenant().refuses("client-grants", APP).workflow(on=False),
        NOT_MET,
        "workflow",
    ),
]


@pytest.mark.parametrize(
    ("now", "outcome", "text"),
    [one[1:] for one in SETTING_CASES],
    ids=[one[0] for one in SETTING_CASES],
)
def test_settings(now: Tenant, outcome: Judgement, text: str) -> None:
    found = judged(SETTINGS, now, tenant())
    assert found.outcome is outcome, found.message
    assert text in found.message


def test_an_app_that_is_gone_is_told_once() -> None:
    found = judged(SETTINGS, tenant().no_client(), tenant())
    assert found.message == "Changed since 2026-09-01: App is no longer in the tenant."


def test_blocking_risky_apps_is_told() -> None:
    open_to_risky = tenant().policies(LOW, allowUserConsentForRiskyApps=True)
    assert "finds risky was blocked" in judged(SETTINGS, tenant(), open_to_risky).message
    assert judged(SETTINGS, open_to_risky, tenant()).outcome is MET


def test_a_policy_that_is_written_another_way_is_the_same() -> None:
    before: Json = {
        "id": "1",
        "permissionType": "Delegated",
        "permissions": ["A", "B"],
        "clientApplicationTenantIds": ["all"],
        "clientApplicationsFromVerifiedPublisherOnly": False,
    }
    now: Json = {"id": "2", "permissionType": "delegated", "permissions": ["b", "a"]}
    earlier = tenant().policy(LOW, [before])
    assert judged(SETTINGS, tenant().policy(LOW, [now]), earlier).outcome is MET


def test_an_app_that_nobody_named_has_no_settings_of_its_own() -> None:
    request = asking("Mail.Read", app_id=None)
    assert judged(SETTINGS, tenant().no_client(), tenant(), request).outcome is MET
    assert judged(PUBLISHERS, tenant().no_client(), tenant(), request).outcome is MET


def test_an_app_that_was_not_asked_about_before_is_unknown() -> None:
    previous = tenant().forgets("client-service-principal", APP).forgets("client-grants", APP)
    found = judged(SETTINGS, tenant(), previous)
    assert found.outcome is UNKNOWN
    assert "service principal in the earlier snapshot: not known (it was not" in found.message
    assert "collect again" not in found.message


def test_what_the_earlier_snapshot_lacks_is_not_asked_for_now() -> None:
    for check_id, source in (
        (SETTINGS, "authorization-policy"),
        (PUBLISHERS, "service-principals"),
    ):
        found = judged(check_id, tenant(), tenant().refuses(source))
        assert found.outcome is UNKNOWN
        assert found.message.endswith(" in the earlier snapshot: Graph refused to give it.")


def test_without_publisher_verification_the_owner_alone_counts() -> None:
    def government(owner: str = ELSEWHERE) -> Tenant:
        found = Tenant(Cloud.US_GOV_L4).client(without="verifiedPublisher")
        app = listed(without="verifiedPublisher", appOwnerOrganizationId=owner)
        return found.says("service-principals", {"value": [app]})

    assert judged(PUBLISHERS, government(), government()).outcome is MET
    moved = government(STRANGER)
    assert judged(PUBLISHERS, moved, government()).outcome is NOT_MET


def test_very_many_apps_without_a_publisher_are_counted() -> None:
    apps = [
        listed(f"App {n}", id=f"e{n}", appId=f"{OTHER[:-2]}{n:02d}", without="verifiedPublisher")
        for n in range(10, 40)
    ]
    message = judged(PUBLISHERS, tenant(*apps), tenant(*apps)).message
    assert "App 10, App 11, App 12 and 27 more" in message


@pytest.mark.parametrize("check_id", [PUBLISHERS, SETTINGS])
def test_without_an_earlier_snapshot(check_id: str) -> None:
    assert judged(check_id, tenant(), None).outcome is NOT_APPLICABLE


# ---- through the route


def test_a_report_compares_with_an_earlier_snapshot() -> None:
    sample = load_sample("ready")
    requests = requests_of(sample)
    before = read_sample(sample, requests)
    app = client_path(sample.variables["sophiie"]["app_id"])
    lost: Json = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}
    now = read_sample(changed(sample, app, {"verifiedPublisher": lost}), requests)
    check_previous(before, now)
    report = make_report(now, requests, before)
    found = {one.check: one.outcome for one in report.findings}
    assert (found[PUBLISHERS], found[SETTINGS]) == (NOT_MET, MET)
    again = {one.check: one.outcome for one in make_report(now, requests, now).findings}
    assert (again[PUBLISHERS], again[SETTINGS]) == (MET, MET)
    assert make_report(now, requests).assessments == report.assessments


ORGANIZATION = "/organization"


def test_an_earlier_snapshot_of_this_tenant_passes() -> None:
    sample = load_sample("ready")
    requests = requests_of(sample)[:1]
    here = read_sample(sample, requests)
    check_previous(here, here)
    check_previous(replace(here, tenant="another name of it"), here)
    unread = read_sample(refused(sample, ORGANIZATION), requests)
    check_previous(unread, here)
    check_previous(replace(unread, tenant=here.tenant.upper()), here)


def test_another_snapshot_is_refused() -> None:
    sample = load_sample("ready")
    requests = requests_of(sample)[:1]
    here = read_sample(sample, requests)
    tenant_body = body(sample, ORGANIZATION)
    listed_tenants = tenant_body["value"]
    assert isinstance(listed_tenants, list)
    assert isinstance(listed_tenants[0], dict)
    stranger: Json = [listed_tenants[0] | {"id": STRANGER}]
    other = read_sample(changed(sample, ORGANIZATION, {"value": stranger}), requests)
    unread = read_sample(refused(sample, ORGANIZATION), requests)
    wrong = {
        "is of another tenant": other,
        "says neither the id nor": replace(unread, tenant="fabrikam.example"),
        "is of another cloud": replace(here, cloud=Cloud.CHINA),
    }
    for text, one in wrong.items():
        with pytest.raises(UsageError, match=f"--previous {text}.*: give an earlier snapshot"):
            check_previous(one, here)
    newer = replace(here, collected_at=here.collected_at + timedelta(minutes=1))
    with pytest.raises(UsageError, match=r"--previous was read later \(2026-11-20 .* give an ear"):
        check_previous(newer, here)
