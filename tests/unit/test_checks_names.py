"""Apps that bear the name of a known app: imitations, the vendor's own others, and doubts."""

from dataclasses import replace

import pytest

from auditor.catalog import known_apps, load_profile, profile_ids
from auditor.checks import judge_all
from auditor.checks.check import CheckContext
from auditor.consent.decide import decide
from auditor.model.cloud import Cloud
from auditor.model.profile import ConsentRequest, KnownApp, ProfileKind
from auditor.model.report import Finding, Judgement
from tests.unit.consent_case import APP, ELSEWHERE, GRAPH, HERE, REFERENCES, Json, Tenant, asking

MET, NOT_MET, UNKNOWN, MANUAL = (
    Judgement.MET,
    Judgement.NOT_MET,
    Judgement.UNKNOWN,
    Judgement.MANUAL,
)
STRANGER = "dddddddd-0000-4000-8000-00000000000d"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
FAIRFAX = "cab8a31a-1906-4287-a0d8-4eef66b95f6e"
OTHER = "c0ffee00-0000-4000-8000-0000000000ff"
DOCUMENTED = "c0ffee00-0000-4000-8000-0000000000dd"


def listed(
    name: str,
    *,
    app_id: str = OTHER,
    owner: Json = STRANGER,
    publisher: str | None = None,
    without: str = "",
) -> dict[str, Json]:
    body: dict[str, Json] = {
        "id": f"{app_id[:-1]}e",
        "appId": app_id,
        "displayName": name,
        "appOwnerOrganizationId": owner,
        "verifiedPublisher": {"verifiedPublisherId": publisher, "displayName": publisher},
    }
    body.pop(without, None)
    return body


def tenant(*apps: dict[str, Json], more: bool = False, cloud: Cloud = Cloud.GLOBAL) -> Tenant:
    """A tenant with the vendor's app Northwind, verified as 6100001, and these others."""
    found = Tenant(cloud).client(displayName="Northwind")
    body: dict[str, Json] = {"value": list(apps)}
    if more:
        body["@odata.nextLink"] = "https://graph.microsoft.com/v1.0/next"
    return found.says("service-principals", body)


def vendor_app(name: str = "Northwind", **changes: object) -> ConsentRequest:
    return asking("Mail.Read", name=name, kind=ProfileKind.VENDOR_APP, **changes)


def judged(
    found: Tenant, request: ConsentRequest | None = None, known: tuple[KnownApp, ...] = ()
) -> Finding:
    facts, asked = found.facts(), request or vendor_app()
    decided = ((asked, decide(facts, asked, REFERENCES)),)
    context = CheckContext(facts, decided, REFERENCES.managed, known)
    wanted = "known-names-are-not-imitated"
    finding = next(one for one in judge_all(context) if one.check == wanted)
    assert finding.message.endswith(".")
    return finding


NOTHING = tenant()

CASES: list[tuple[str, Tenant, Judgement]] = [
    ("nothing alike", tenant(listed("Fabrikam")), MET),
    ("the same app", tenant(listed("Northwind", app_id=APP)), MET),
    ("imitated", tenant(listed("Northwind")), NOT_MET),
    ("imitated with a Cyrillic o", tenant(listed("N\u043erthwind")), NOT_MET),
    ("imitated with blanks", tenant(listed("NORTH  WIND \u200b")), NOT_MET),
    ("by another publisher", tenant(listed("Northwind", publisher="6999999")), NOT_MET),
    ("the vendor's other app", tenant(listed("Northwind", owner=ELSEWHERE)), MET),
    ("the publisher's other app", tenant(listed("Northwind", publisher="6100001")), MET),
    ("this tenant's own", tenant(listed("Northwind", owner=HERE.upper())), MET),
    ("Microsoft's", tenant(listed("Northwind", owner=MICROSOFT)), MET),
    ("a managed identity", tenant(listed("Northwind", owner=None)), MET),
    ("owner left out", tenant(listed("Northwind", without="appOwnerOrganizationId")), MANUAL),
    ("publisher left out", tenant(listed("Northwind", without="verifiedPublisher")), MANUAL),
    ("further words", tenant(listed("Northwind Login")), MANUAL),
    ("further words, verified", tenant(listed("Northwind for X", publisher="6999999")), MET),
    ("own app that names it", tenant(listed("Northwind connector - test", owner=HERE)), MET),
    ("part of a word", tenant(listed("Northwinds")), MET),
    ("more than a page", tenant(listed("Fabrikam"), more=True), UNKNOWN),
    ("imitated on a full page", tenant(listed("Northwind"), more=True), NOT_MET),
    ("apps unread", NOTHING.refuses("service-principals"), UNKNOWN),
    ("tenant unread", tenant(listed("Northwind")).refuses("organization"), UNKNOWN),
    ("cloud without verification", tenant(listed("Northwind"), cloud=Cloud.US_GOV_L4), MANUAL),
    (
        "Microsoft's name",
        tenant(
            listed("Azure Portal", app_id=APP[:-1] + "5", owner=MICROSOFT),
            listed("Azure P0rtal"),
        ),
        NOT_MET,
    ),
    (
        "Microsoft's name in another cloud",
        tenant(
            listed("Microsoft Graph", app_id=GRAPH, owner=FAIRFAX),
            listed("Microsoft Teams", app_id=APP[:-1] + "5", owner=FAIRFAX),
            listed("Microsoft Teams"),
            cloud=Cloud.US_GOV_L4,
        ),
        MANUAL,
    ),
    (
        "another tenant of Microsoft's",
        tenant(
            listed("Microsoft Teams", app_id=APP[:-1] + "5", owner=MICROSOFT),
            listed("Microsoft Teams", owner="cdc5aeea-15c5-4db6-b079-fcadd2505dc2"),
        ),
        MET,
    ),
    (
        "a word that Microsoft uses too",
        tenant(listed("Signup", app_id=APP[:-1] + "5", owner=MICROSOFT), listed("Signup")),
        MET,
    ),
    (
        "Microsoft's name and more",
        tenant(
            listed("Microsoft Graph", app_id=GRAPH, owner=MICROSOFT),
            listed("Microsoft Graph backup"),
        ),
        MET,
    ),
]


@pytest.mark.parametrize(
    ("found", "outcome"), [one[1:] for one in CASES], ids=[one[0] for one in CASES]
)
def test_one_other_app(found: Tenant, outcome: Judgement) -> None:
    finding = judged(found)
    assert finding.outcome is outcome, (finding.message, finding.evidence)


def test_an_imitation_is_shown_with_its_facts() -> None:
    found = judged(tenant(listed("N\u043erthwind")))
    assert f"N\u043erthwind ({OTHER}) bears the name of Northwind ({APP})" in found.message
    ((name, facts),) = found.evidence
    assert name == f"N\u043erthwind ({OTHER})"
    assert facts == (
        f"like Northwind, registered in {STRANGER}, no verified publisher, "
        "written 'N\\u043erthwind'"
    )


def test_a_known_app_that_is_not_in_the_tenant_proves_nothing() -> None:
    assert judged(tenant(listed("Northwind")).no_client()).outcome is MANUAL


def test_an_unverified_known_app_may_be_the_imitation() -> None:
    found = tenant(listed("Northwind", publisher="6999999"))
    assert judged(found.client(verified=False, displayName="Northwind")).outcome is MANUAL


def test_without_an_app_id_several_of_one_name_are_in_question() -> None:
    request = vendor_app(app_id=None)
    one, two = listed("Northwind"), listed("Northwind", app_id=OTHER[:-1] + "0")
    assert judged(tenant(one), request).outcome is MET
    found = judged(tenant(one, two), request)
    assert found.outcome is MANUAL
    assert len(found.evidence) == 2


def test_an_app_that_each_customer_registers_is_not_the_vendors() -> None:
    request = vendor_app("Cyclr", app_id=APP)
    request = replace(request, kind=ProfileKind.OWN_REGISTRATION)
    own = {"owner": HERE, "displayName": "Our mail app"}
    foreign = tenant(listed("Cyclr")).client(**own)  # type: ignore[arg-type]
    assert judged(foreign, request).outcome is MANUAL
    verified = tenant(listed("Cyclr", publisher="6999999")).client(**own)  # type: ignore[arg-type]
    assert judged(verified, request).outcome is MET
    named = tenant(listed("Our mail app")).client(**own)  # type: ignore[arg-type]
    assert judged(named, request).outcome is MET


def test_an_app_without_a_profile_has_the_name_that_the_tenant_shows() -> None:
    assert judged(tenant(listed("Northwind")), asking("Mail.Read")).outcome is NOT_MET
    named_like_the_id = tenant(listed(APP)).no_client()
    assert judged(named_like_the_id, asking("Mail.Read", name=APP)).outcome is MET


def test_vendors_whose_app_id_is_documented_are_known_too() -> None:
    known = (KnownApp("Litware", DOCUMENTED),)
    genuine = listed("Litware", app_id=DOCUMENTED, owner=ELSEWHERE)
    assert judged(tenant(genuine, listed("Litware")), known=known).outcome is NOT_MET
    assert judged(tenant(listed("Litware")), known=known).outcome is MANUAL
    assert judged(tenant(genuine, listed("Litware Login")), known=known).outcome is MET


@pytest.mark.parametrize(
    "name", ["", " ", "\u200b", "\u202e\x1b[31m", "<script>alert(1)</script>", "|`*", "N" * 300]
)
def test_hostile_names(name: str) -> None:
    found = tenant(listed(name), listed(name, app_id=OTHER[:-1] + "0")).client(displayName=name)
    assert judged(found).outcome in {MET, NOT_MET}
    assert judged(found, vendor_app("")).outcome in {MET, NOT_MET}


def test_the_known_apps_are_those_of_the_profiles() -> None:
    profiles = [load_profile(one) for one in profile_ids()]
    expected = [
        KnownApp(one.name, one.app_id)
        for one in profiles
        if one.app_id and one.kind is ProfileKind.VENDOR_APP
    ]
    assert sorted(known_apps(), key=str) == sorted(expected, key=str)
