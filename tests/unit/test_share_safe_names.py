"""What the check of imitated names says stays the same where names are replaced."""

import pytest

from auditor.catalog import known_apps
from auditor.model.profile import ConsentRequest, KnownApp, ProfileKind
from auditor.model.report import Finding
from auditor.pipeline import make_report
from auditor.share_safe import share
from tests.unit.consent_case import APP, ELSEWHERE, Tenant, asking
from tests.unit.test_checks_names import CASES, OTHER, listed, tenant

KEY = bytes(range(32))
KNOWN: KnownApp = next(one for one in known_apps() if one.name == "Mailspring")


def vendor_app(name: str = "Northwind", **changes: object) -> ConsentRequest:
    kind = {"kind": ProfileKind.VENDOR_APP, "profile_id": "northwind"}
    return asking("Mail.Read", **{"name": name, **kind, **changes})


def both(found: Tenant, *requests: ConsentRequest) -> tuple[Finding, Finding]:
    """Judge a tenant as it is, and as a share-safe file shows it."""
    snapshot = found.snapshot()
    shared = share(snapshot, requests, KEY)
    reports = (make_report(snapshot, requests), make_report(shared.snapshot, shared.requests))
    first, second = (
        next(each for each in one.findings if each.check == "known-names-are-not-imitated")
        for one in reports
    )
    return first, second


def assert_same(found: Tenant, request: ConsentRequest) -> None:
    before, after = both(found, request)
    assert after.outcome is before.outcome, (before.message, after.message)
    assert len(after.evidence) == len(before.evidence)


@pytest.mark.parametrize("found", [one[1] for one in CASES], ids=[one[0] for one in CASES])
def test_the_answer_is_the_same(found: Tenant) -> None:
    assert_same(found, vendor_app())


@pytest.mark.parametrize(
    "name",
    [
        "Ma\u0456lspring",
        "MAILSPRING \u200b",
        "M a i l s p r i n g",
        "Mailspring Login for Contoso",
        "Northwind and Mailspring",
        "\U0001f680",
        "Contoso",
    ],
)
def test_names_like_those_of_shipped_profiles(name: str) -> None:
    genuine = listed("Mailspring", app_id=KNOWN.app_id, owner=ELSEWHERE, publisher="6100001")
    found = tenant(genuine, listed(name), listed(name, app_id=OTHER[:-1] + "0"))
    assert_same(found, vendor_app())
    assert_same(found, vendor_app("Mailspring", app_id=KNOWN.app_id))


def test_an_own_registration_and_an_unknown_app_id() -> None:
    own = vendor_app("Fabrikam Mail", kind=ProfileKind.OWN_REGISTRATION)
    apps = tenant(listed("fabr1kam mail"), listed("Fabrikam Mail 2", app_id=OTHER[:-1] + "0"))
    assert_same(apps, own)
    assert_same(
        tenant(listed("Northwind"), listed("N0rthwind", app_id=APP)), vendor_app(app_id=None)
    )


def test_what_is_not_public_of_such_a_name_goes() -> None:
    _, after = both(tenant(listed("Northwind Login for Contoso")), vendor_app())
    text = repr(after)
    assert not [one for one in ("Northwind", "Login", "Contoso") if one in text]
    assert " app-" in text
