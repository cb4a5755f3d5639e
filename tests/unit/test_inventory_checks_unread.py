"""Whatever cannot be read, no alarm of an inventory becomes an all-clear."""

import pytest

from auditor.inventory.second_step import TRUSTED_ROLES
from auditor.listings import load
from auditor.model.report import Judgement
from tests.unit.consent_case import GRAPH, HERE, LEGACY, Json, Tenant
from tests.unit.inventory_case import Whole, person, secret

FINE = {Judgement.MET, Judgement.NOT_APPLICABLE}
NAMES_WHAT_WAS_READ = {("permission-classifications", GRAPH)}
"""Where nothing was asked of a resource, the answer is about the others, and says so."""


def settings() -> Tenant:
    tenant = Tenant().classified("Mail.Read").workflow(on=False)
    owned = "ManagePermissionGrantsForOwnedResource.x"
    tenant.policies(LEGACY, entries=(owned,), allowUserConsentForRiskyApps=True)
    domains: Json = [{"name": "contoso.example"}]
    here: Json = {"id": HERE, "tenantType": "AAD", "verifiedDomains": domains}
    tenant.says("organization", {"value": [here]})
    holder: Json = {"principalId": "other", "directoryScopeId": "/"}
    tenant.says("role-holders", {"value": [holder]}, TRUSTED_ROLES[0])
    return tenant.says("role-holders", {"value": []}, TRUSTED_ROLES[1])


def bad() -> Whole:
    """A tenant in which hardly anything is right."""
    whole, assign = Whole(settings()), "RoleManagement.ReadWrite.Directory"
    whole.grants("other", "Mail.ReadWrite").grants("other", "Mail.Read", users=3)
    whole.user("disabled-users", "user-1").grants("gone", "x")
    whole.holds("other", "Mail.Read", assign, since=500).holds("own", assign, since=500)
    for one in ("other", "own"):
        whole.owned(one, person(1, userType="Guest")).used(f"app-{one}", 300)
    whole.owned("app-own", registration=True)
    whole.app("bot", servicePrincipalType="ServiceIdentity", appOwnerOrganizationId=None)
    whole.grants("bot", "Mail.Send")
    whole.app("like", displayName="Microsoft Teams", passwordCredentials=[secret(-1, 900)])
    secrets: Json = [secret(-500, -1), secret(-500, 10)]
    audience = "AzureADMultipleOrgs"
    whole.registration(appId="APP-own", passwordCredentials=secrets, signInAudience=audience)
    local, vendor = "http://localhost", "https://vendor.example"
    return whole.redirects("http://x.example", "https://a.azurewebsites.net", local, vendor)


def outcomes(tenant: Whole) -> dict[str, Judgement]:
    return {one.check: one.outcome for one in tenant.report().findings}


ALARMS = {check for check, outcome in outcomes(bad()).items() if outcome not in FINE}
SETTINGS = sorted(settings().answers)


def all_clear(tenant: Whole) -> set[str]:
    """Name the checks that say that all is well, and should not."""
    return {check for check, outcome in outcomes(tenant).items() if outcome in FINE} & ALARMS


def test_nearly_every_check_raises_an_alarm() -> None:
    assert len(ALARMS) >= 28


@pytest.mark.parametrize("listing", [one.name for one in load()])
def test_a_listing(listing: str) -> None:
    assert all_clear(bad().refuses(listing)) == set()
    assert all_clear(bad().breaks(listing)) == set()
    assert all_clear(bad().forgets(listing)) == set()


@pytest.mark.parametrize(("source", "subject"), SETTINGS)
def test_a_setting(source: str, subject: str) -> None:
    tenant = bad()
    tenant.tenant.refuses(source, subject)
    assert all_clear(tenant) == set()
    for body in (b"<html>", b"{}", b'{"value":null}'):
        tenant.tenant.answers[source, subject] = (200, body)
        assert all_clear(tenant) == set()
    if (source, subject) not in NAMES_WHAT_WAS_READ:
        tenant.tenant.forgets(source, subject)
        assert all_clear(tenant) == set()
