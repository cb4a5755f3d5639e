"""The request that a run makes from a profile, and the one that it names itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.catalog import AD_HOC, ad_hoc_request, load_profile, make_request, validate
from auditor.errors import UsageError
from auditor.model.profile import (
    Asker,
    ConsentRequest,
    ProfileKind,
    Publisher,
    UserKind,
    VendorProfile,
)
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH

APP = "8ab1b2c3-0000-4000-8000-00000000000d"


def request(
    profile: VendorProfile | str,
    features: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> ConsentRequest:
    return make_request(
        load_profile(profile) if isinstance(profile, str) else profile,
        features=features,
        settings=settings or {},
        asker=Asker(),
        publisher=Publisher.UNKNOWN,
        prompt_consent=False,
        default_scope=False,
    )


def ad_hoc(app_id: str, *scopes: str) -> ConsentRequest:
    return ad_hoc_request(
        app_id,
        scopes,
        asker=Asker(UserKind.GUEST),
        publisher=Publisher.VERIFIED,
        prompt_consent=True,
        default_scope=True,
    )


def values(made: ConsentRequest) -> list[str]:
    return [asked.requirement.value for asked in made.permissions]


@pytest.fixture
def profile(tmp_path: Path) -> VendorProfile:
    path = tmp_path / "acme.toml"
    path.write_text(
        f"""
id = "acme"
name = "Acme"
version = "1"
kind = "own-registration"
summary = "A summary."
source = "A page"
retrieved = 2026-11-21
app_id = "{APP}"
variables = [
  {{ name = "app_id", description = "the app ID", kind = "guid", required = false }},
  {{ name = "host", description = "your host", kind = "domain", required = true }},
  {{ name = "path", description = "your path", kind = "text", required = false }},
]
[registration]
platform = "web"
redirect_uris = ["https://{{host}}/{{app_id}}/{{path}}", "https://{{host}}/cb"]
audiences = ["AzureADMyOrg"]
credential = true
elsewhere = false
[[features]]
id = "base"
name = "Base"
required = true
default = false
permissions = ["User.Read"]
[[features]]
id = "mail"
name = "Mail"
required = false
default = true
permissions = ["offline_access", "Mail.Read", "user.read"]
[[features]]
id = "imap"
name = "IMAP"
required = false
default = false
permissions = ["offline_access", "https://outlook.office.com/Mail.Read"]
"""
    )
    return validate(path)


HOST = {"host": "Acme.Example.com"}


def test_without_features_the_required_and_default_ones(profile: VendorProfile) -> None:
    made = request(profile, settings=HOST)
    assert values(made) == ["User.Read", "offline_access", "Mail.Read"]
    read, offline, mail = made.permissions
    assert (read.required, read.features) == (True, ("base", "mail"))
    assert (offline.required, offline.features) == (False, ("mail",))
    assert (mail.required, mail.features) == (False, ("mail",))


def test_named_features_and_the_required_ones(profile: VendorProfile) -> None:
    assert values(request(profile, ["base"], HOST)) == ["User.Read"]
    made = request(profile, ["imap", "mail", "imap"], HOST)
    assert [(a.requirement.resource_app_id, a.requirement.value) for a in made.permissions] == [
        (MICROSOFT_GRAPH, "User.Read"),
        (MICROSOFT_GRAPH, "offline_access"),
        (MICROSOFT_GRAPH, "Mail.Read"),
        (EXCHANGE_ONLINE, "Mail.Read"),
    ]
    assert made.permissions[1].features == ("mail", "imap")


def test_unknown_feature(profile: VendorProfile) -> None:
    with pytest.raises(UsageError, match="no feature 'Mail'; there are base, mail, imap"):
        request(profile, ["Mail"], HOST)


def test_what_the_run_says_is_in_the_request() -> None:
    made = make_request(
        load_profile("sophiie"),
        features=(),
        settings={"app_id": APP.upper()},
        asker=Asker(UserKind.ADMIN, role="Global Administrator"),
        publisher=Publisher.VERIFIED,
        prompt_consent=True,
        default_scope=True,
    )
    assert made.app_id == APP
    assert made.profile_id == "sophiie"
    assert made.kind is ProfileKind.VENDOR_APP
    assert made.registration is None
    assert made.asker.role == "Global Administrator"
    assert (made.publisher, made.prompt_consent, made.default_scope) == ("verified", True, True)


def test_settings_fill_the_redirect_uris(profile: VendorProfile) -> None:
    made = request(profile, settings={**HOST, "path": "A~b", "app_id": APP.replace("0d", "0e")})
    assert made.app_id == "8ab1b2c3-0000-4000-8000-00000000000e"
    assert made.registration is not None
    assert made.registration.redirect_uris == (
        "https://acme.example.com/8ab1b2c3-0000-4000-8000-00000000000e/A~b",
        "https://acme.example.com/cb",
    )
    assert made.notes == ()


def test_a_redirect_uri_without_its_values_is_left_out_with_a_note(profile: VendorProfile) -> None:
    made = request(profile, settings=HOST)
    assert made.app_id == APP
    assert made.registration is not None
    assert made.registration.redirect_uris == ("https://acme.example.com/cb",)
    (note,) = made.notes
    assert note.startswith("The redirect URI https://{host}/{app_id}/{path} was not checked")
    assert note.endswith("--set app_id=... --set path=...")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, r"acme needs --set host=\.\.\. \(your host\)"),
        ({**HOST, "hots": "x"}, "no variable 'hots'; there are app_id, host, path"),
        ({"host": ""}, "host name alone"),
        ({"host": "https://acme.example.com"}, "host name alone"),
        ({"host": "acme.example.com/x"}, "host name alone"),
        ({"host": "acme.example.com:8443"}, "host name alone"),
        ({"host": "acme.example.com\n"}, "host name alone"),
        ({"host": "acme..example.com"}, "host name alone"),
        ({"host": "-acme.example.com"}, "host name alone"),
        ({"host": "acme"}, "host name alone"),
        ({"host": "10.0.0.1"}, "host name alone"),
        ({"host": "{domain}"}, "host name alone"),
        ({"host": "ac\u212ae.example.com"}, "host name alone"),
        ({"host": ".".join(["a" * 60] * 5)}, "host name alone"),
        ({**HOST, "path": "a/b"}, "letters, digits"),
        ({**HOST, "path": ""}, "letters, digits"),
        ({**HOST, "app_id": "acme"}, "--set app_id='acme': app_id must be a GUID"),
        ({**HOST, "app_id": f"{{{APP}}}"}, "GUID"),
    ],
)
def test_bad_settings(profile: VendorProfile, settings: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        request(profile, settings=settings)
    assert str(caught.value).isprintable()


def test_ad_hoc_request() -> None:
    made = ad_hoc(
        APP.upper(),
        "mail.read",
        "https://graph.microsoft.com/Mail.Read",
        "https://outlook.office365.com/imap.accessasuser.all",
        "File.Read",
        f"{APP}/Notes.Read",
    )
    assert made.app_id == made.name == APP
    assert made.profile_id == AD_HOC
    assert made.kind is ProfileKind.AD_HOC
    assert [(a.requirement.resource, a.requirement.value) for a in made.permissions] == [
        ("Microsoft Graph", "Mail.Read"),
        ("Office 365 Exchange Online", "IMAP.AccessAsUser.All"),
        ("Microsoft Graph", "File.Read"),
        (APP, "Notes.Read"),
    ]
    assert all(asked.required for asked in made.permissions)
    assert made.registration is None
    assert made.retrieved is None
    assert (made.asker.kind, made.publisher) == (UserKind.GUEST, Publisher.VERIFIED)
    assert (made.prompt_consent, made.default_scope) == (True, True)


@pytest.mark.parametrize(
    ("app_id", "scopes", "words"),
    [
        ("acme", ["Mail.Read"], "--app-id 'acme': app_id must be a GUID"),
        ("", ["Mail.Read"], "GUID"),
        (APP, [], "--scope"),
        (APP, ["Mail.Read", "Mail Send"], "'Mail Send' cannot be read"),
        (APP, [".default"], "--default-scope"),
    ],
)
def test_bad_ad_hoc_requests(app_id: str, scopes: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ad_hoc(app_id, *scopes)


@given(st.lists(st.sampled_from(["imap", "smtp"])))
def test_a_request_never_asks_twice(features: list[str]) -> None:
    made = request("sofa-365-bridge", features)
    keys = [(a.requirement.resource_app_id, a.requirement.value) for a in made.permissions]
    assert len(set(keys)) == len(keys)
    assert {name for a in made.permissions for name in a.features} == (
        set(features) or {"imap", "smtp"}
    )


@given(st.text())
def test_any_setting_is_taken_or_refused_in_one_line(text: str) -> None:
    uri = f"https://{text.lower()}/api/integrations/callback/microsoft"
    message = ""
    try:
        made = request("sofie", settings={"domain": text, "app_id": APP})
        assert made.registration is not None
        assert made.registration.redirect_uris == (uri,)
    except UsageError as error:
        message = str(error)
    assert message.isprintable()
