"""First versions of profiles, from links, tenants and what a person says."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import UsageError
from auditor.model.profile import ProfileKind, VendorProfile
from auditor.pasted_link import parse_link
from auditor.permissions import load_permissions
from auditor.profile_draft import Draft, derived_id, from_link, from_tenant, made, plain, remarks
from auditor.profile_file import id_problem, read_profile
from auditor.profile_text import profile_text
from auditor.samples import Sample, load_sample
from auditor.toml_file import parse_toml
from tests.unit.sample_case import (
    GRAPH,
    Json,
    application_path,
    changed,
    client_path,
    facts_of,
    refused,
    request_of,
    with_answer,
    without,
)
from tests.unit.test_profile_diff import (
    API,
    NAMELESS,
    READY,
    SOFIE,
    SOPHIIE,
    grant,
    granting,
    grants_path,
    listing,
    permission_id,
)

TABLE = load_permissions()
TODAY = date(2026, 11, 21)
LINK = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=" + SOPHIIE


def written(draft: Draft, profile_id: str = "") -> VendorProfile:
    """Make the profile, write it, and read it back."""
    profile = made(draft, profile_id, TABLE)
    text = profile_text(profile, remarks(draft))
    read = read_profile(parse_toml(text, "the new profile"), TABLE)
    assert read == profile
    return read


def of_tenant(sample: Sample, app: str = SOFIE) -> Draft:
    request = request_of(READY, "sofie", app_id=app, default_scope=True)
    return from_tenant(facts_of(sample, [request]), app, TABLE)


def values(profile: VendorProfile) -> list[str]:
    return [one.value for feature in profile.features for one in feature.permissions]


def test_of_a_link() -> None:
    scope = "openid%20mail.read%20Mail.Read%20https%3A%2F%2Foutlook.office.com%2FSMTP.Send"
    back = "redirect_uri=https%3A%2F%2FApp.Acme.example%2FBack"
    draft = from_link(parse_link(f"{LINK}&scope={scope}&prompt=consent&{back}"), TODAY)
    profile = written(draft)
    assert (profile.id, profile.name) == ("app-acme-example", "app.acme.example")
    assert (profile.app_id, profile.kind) == (SOPHIIE, ProfileKind.VENDOR_APP)
    assert (profile.retrieved, profile.version) == (TODAY, "2026.11.1")
    assert values(profile) == ["openid", "Mail.Read", "SMTP.Send"]
    assert profile.registration is None
    assert any("--prompt-consent" in one for one in profile.notes)
    assert any("https://App.Acme.example/Back" in one for one in remarks(draft))


def test_of_a_link_for_an_own_registration() -> None:
    draft = from_link(
        parse_link(f"{LINK}&scope=Mail.Read&redirect_uri=https%3A%2F%2Fa.b%2Fc"), TODAY
    )
    own = replace(draft, kind=ProfileKind.OWN_REGISTRATION, platform="web")
    registration = written(own).registration
    assert registration is not None
    assert registration.redirect_uris == ("https://a.b/c",)
    assert (len(registration.audiences), registration.credential) == (4, False)
    assert registration.elsewhere


def test_of_a_link_that_asks_for_default() -> None:
    path = LINK.replace("/v2.0/", "/")
    draft = from_link(parse_link(f"{path}&resource=https%3A%2F%2Fgraph.microsoft.com"), TODAY)
    with pytest.raises(UsageError, match=r"no permission to write down: .* --scope"):
        made(draft, "", TABLE)
    profile = written(replace(draft, scopes=("Mail.Read",)))
    assert any("--default-scope" in one for one in profile.notes)
    assert profile.id == "app-85c8ad99"
    assert "version 1" in profile.source


def test_of_an_admin_consent_link() -> None:
    link = f"https://login.microsoftonline.com/common/v2.0/adminconsent?client_id={SOPHIIE}"
    profile = written(from_link(parse_link(f"{link}&scope=User.Read"), TODAY))
    assert "admin consent" in profile.source


def test_a_scope_that_does_not_exist_is_an_error() -> None:
    draft = from_link(parse_link(f"{LINK}&scope=File.Read"), TODAY)
    with pytest.raises(UsageError, match=r"did you mean Files\.Read\?"):
        made(draft, "", TABLE)


def test_of_a_registration() -> None:
    profile = written(of_tenant(READY))
    assert (profile.name, profile.app_id) == ("Sofie Microsoft 365 Integration", SOFIE)
    assert profile.retrieved == date(2026, 11, 20)
    assert len(values(profile)) == 9
    assert profile.registration is not None
    assert profile.registration.audiences == ("AzureADMyOrg",)
    assert (profile.registration.platform, profile.registration.credential) == ("web", True)
    assert not profile.registration.elsewhere
    assert profile.notes == ()


def test_what_nobody_can_name_is_a_note() -> None:
    sample = listing(READY, (GRAPH, permission_id("Mail.Read")), (GRAPH, NAMELESS), (API, NAMELESS))
    profile = written(of_tenant(sample))
    assert values(profile) == ["Mail.Read"]
    assert [NAMELESS in one and "not known here" in one for one in profile.notes] == [True, True]


def test_a_published_name_that_the_tables_lack_is_a_note() -> None:
    published: list[Json] = [
        {"id": NAMELESS, "value": "Brand.New", "type": "User", "isEnabled": True}
    ]
    sample = changed(READY, client_path(GRAPH), {"oauth2PermissionScopes": published})
    sample = listing(sample, (GRAPH, permission_id("Mail.Read")), (GRAPH, NAMELESS))
    profile = written(of_tenant(sample))
    assert values(profile) == ["Mail.Read"]
    assert "Brand.New of Microsoft Graph, which this program does not know" in profile.notes[0]


def test_application_permissions_are_no_part_of_it() -> None:
    sample = listing(READY, (GRAPH, NAMELESS), kind="Role")
    with pytest.raises(UsageError, match="no permission to write down"):
        made(of_tenant(sample), "", TABLE)
    assert any("application permissions" in one for one in of_tenant(sample).notes)


@pytest.mark.parametrize(
    ("members", "platform", "uris", "words"),
    [
        ({"web": {"redirectUris": []}}, "web", 0, ""),
        ({"web": None, "passwordCredentials": []}, "public", 0, ""),
        ({"web": None, "spa": {"redirectUris": ["https://a.b/"]}}, "spa", 1, ""),
        ({"publicClient": {"redirectUris": ["msal://x"]}}, "web", 1, "web and public"),
        ({"web": {"redirectUris": ["http://a.b/", "https://{x}/", "https://a.b"]}}, "web", 1, "left out"),
    ],
)  # fmt: skip
def test_platforms(members: dict[str, Json], platform: str, uris: int, words: str) -> None:
    profile = written(of_tenant(changed(READY, application_path(SOFIE), members)))
    assert profile.registration is not None
    assert profile.registration.platform == platform
    assert len(profile.registration.redirect_uris) == uris
    assert words in " ".join(profile.notes)
    assert profile.registration.credential == (platform == "web")


def test_account_types_that_are_not_known_ask_for_nothing() -> None:
    for audience in (None, "Moon"):
        sample = changed(READY, application_path(SOFIE), {"signInAudience": audience})
        registration = written(of_tenant(sample)).registration
        assert registration is not None
        assert len(registration.audiences) == 4


def test_of_the_consent_of_a_foreign_app() -> None:
    profile = written(of_tenant(load_sample("admin-consented"), SOPHIIE), "acme")
    assert profile.kind is ProfileKind.VENDOR_APP
    assert len(values(profile)) == 8
    assert "registered in another tenant" in profile.notes[0]
    assert "consent for everybody" in profile.source.lower()


def test_consent_on_a_resource_that_nobody_read_is_a_note() -> None:
    sample = without(READY, application_path(SOFIE))
    grants = (grant(READY, "Mail.Read"), grant(READY, "Odd.One", resourceId=NAMELESS))
    profile = written(of_tenant(granting(sample, *grants)))
    assert values(profile) == ["Mail.Read"]
    assert f"Odd.One of the resource {NAMELESS}" in profile.notes[1]


def test_a_hostile_name_of_a_consented_permission() -> None:
    sample = without(READY, application_path(SOFIE))
    odd = grant(READY, "Odd\x1b[2J\u202e.One", resourceId=NAMELESS)
    profile = written(of_tenant(granting(sample, grant(READY, "Mail.Read"), odd)))
    assert values(profile) == ["Mail.Read"]
    assert all(one.isprintable() for one in profile.notes)


def test_a_permission_that_is_listed_twice_is_no_application_permission() -> None:
    entry = (GRAPH, permission_id("Mail.Read"))
    profile = written(of_tenant(listing(READY, entry, entry)))
    assert (values(profile), profile.notes) == (["Mail.Read"], ())


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (refused(READY, application_path(SOFIE)), "Application.Read.All"),
        (without(READY, application_path(SOFIE)), "nothing is consented here for everybody"),
        (
            without(without(READY, application_path(SOFIE)), client_path(SOFIE)),
            "does not know the app",
        ),
        (
            refused(without(READY, application_path(SOFIE)), grants_path(SOFIE)),
            "Directory.Read.All",
        ),
    ],
)
def test_what_cannot_be_made(sample: Sample, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        of_tenant(sample)
    assert str(caught.value).isprintable()


def test_a_registration_that_does_not_say_what_it_lists() -> None:
    answer = json.loads(READY.answers[application_path(SOFIE)].body)
    del answer["requiredResourceAccess"]
    with pytest.raises(UsageError, match="does not say which permissions"):
        of_tenant(with_answer(READY, application_path(SOFIE), answer))


@pytest.mark.parametrize(
    "name",
    [
        "\x1b[31mRed\u202e",
        "'''",
        '"""\nid = "sophiie"',
        "\ud800\udfff",
        "x" * 300,
        "<script>alert(1)</script>",
        "\u0645\u0631\u062d\u0628\u0627",
        "\\",
        "  ",
    ],
)
def test_hostile_display_names(name: str) -> None:
    sample = changed(READY, application_path(SOFIE), {"displayName": name})
    profile = written(of_tenant(sample))
    assert profile.name.isprintable()
    assert len(profile.name) <= 100


@settings(max_examples=50, deadline=None)
@given(name=st.text(max_size=200), app_id=st.sampled_from(["", SOFIE]))
def test_ids_are_valid(name: str, app_id: str) -> None:
    assert id_problem(derived_id(name, app_id)) == ""
    assert plain(name).isprintable()


@settings(max_examples=40, deadline=None)
@given(
    chosen=st.lists(st.sampled_from(TABLE.permissions), min_size=1, max_size=12, unique=True),
    host=st.from_regex(r"[a-z]{1,12}\.[a-z]{2,6}", fullmatch=True),
)
def test_any_scopes_of_a_link_come_back(chosen: list[object], host: str) -> None:
    permissions = [one for one in TABLE.permissions if one in chosen]
    draft = Draft(
        source=f"https://{host}/",
        retrieved=TODAY,
        name=host,
        scopes=tuple(f"{one.resource_app_id}/{one.value}" for one in permissions),
    )
    found = [one for each in written(draft).features for one in each.permissions]
    assert {(one.resource_app_id, one.value) for one in found} == {
        (one.resource_app_id, one.value) for one in permissions
    }
