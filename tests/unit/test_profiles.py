"""The shipped profiles, against what the vendors' documents say."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from auditor.catalog import load_profile, make_request, profile_ids, validate
from auditor.model.profile import Asker, ConsentRequest, ProfileKind, Publisher
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH
from auditor.permissions import OPENID_SCOPES, load_permissions

APP = "8ab1b2c3-0000-4000-8000-00000000000d"
ROOT = Path(__file__).parents[2]
SHARED = {"Mail.Read.Shared", "Mail.ReadWrite.Shared"}
CALENDARS = {
    "Calendars.Read",
    "Calendars.Read.Shared",
    "Calendars.ReadWrite",
    "Calendars.ReadWrite.Shared",
}
ALL = (
    "cyclr-office-365",
    "sofa-365-bridge",
    "sofie",
    "sophiie",
    "uipath-microsoft-365",
)


def request(profile_id: str, *features: str, **settings: str) -> ConsentRequest:
    return make_request(
        load_profile(profile_id),
        features=features,
        settings=settings,
        asker=Asker(),
        publisher=Publisher.UNKNOWN,
        prompt_consent=False,
        default_scope=False,
    )


def values(made: ConsentRequest) -> list[str]:
    return [asked.requirement.value for asked in made.permissions]


def test_the_five_are_shipped() -> None:
    assert set(ALL) <= set(profile_ids())
    assert list(profile_ids()) == sorted(profile_ids())


@pytest.mark.parametrize("profile_id", profile_ids())
def test_every_shipped_profile(profile_id: str) -> None:
    profile = load_profile(profile_id)
    table = load_permissions()
    assert profile.id == profile_id
    assert re.fullmatch(r"\d{4}\.\d{1,2}\.\d+", profile.version)
    assert profile.notes
    assert "app_id" in {variable.name for variable in profile.variables}
    assert not any(variable.required for variable in profile.variables)
    for feature in profile.features:
        for item in feature.permissions:
            assert table.find(item.resource_app_id, item.value) is not None
            assert not item.documented_as or item.note
            assert not item.assumed or item.note
    made = request(profile_id)
    assert made.permissions
    assert made.app_id == profile.app_id
    assert request(profile_id, app_id=APP).app_id == APP


@pytest.mark.parametrize("profile_id", ALL)
def test_no_document_states_an_app_id(profile_id: str) -> None:
    profile = load_profile(profile_id)
    assert profile.app_id is None
    assert profile.retrieved == date(2026, 11, 21)
    assert any("app ID" in note for note in profile.notes)


def test_sophiie() -> None:
    profile = load_profile("sophiie")
    made = request("sophiie")
    assert profile.kind is ProfileKind.VENDOR_APP
    assert set(values(made)) == OPENID_SCOPES | {
        "User.Read",
        "Mail.ReadWrite",
        "Mail.Send",
        "Calendars.ReadWrite",
    }
    assert len(made.permissions) == 8
    assert all(asked.required for asked in made.permissions)
    assert values(request("sophiie", "mail")) == values(made)


def test_sofie() -> None:
    profile = load_profile("sofie")
    assert profile.kind is ProfileKind.OWN_REGISTRATION
    made = request("sofie", domain="sofie.example.com")
    assert sorted(values(made)) == [
        "Calendars.Read",
        "Calendars.ReadWrite",
        "Files.Read",
        "Files.ReadWrite",
        "Mail.Read",
        "Mail.Send",
        "Sites.Read.All",
        "User.Read",
        "offline_access",
    ]
    assert values(request("sofie", "mail-send", "user-profile")) == ["Mail.Send", "User.Read"]
    registration = made.registration
    assert registration is not None
    assert (registration.platform, registration.credential) == ("web", True)
    assert registration.audiences[0] == "AzureADMyOrg"
    assert registration.redirect_uris == (
        "https://sofie.example.com/api/integrations/callback/microsoft",
    )


@pytest.mark.parametrize("profile_id", ["sofie", "cyclr-office-365"])
def test_without_the_domain_a_note_says_what_was_left_out(profile_id: str) -> None:
    made = request(profile_id)
    assert made.registration is not None
    assert made.registration.redirect_uris == ()
    assert "--set domain=" in made.notes[-1]


@pytest.mark.parametrize(
    ("features", "wanted"),
    [
        ((), {"IMAP.AccessAsUser.All", "SMTP.Send", "offline_access"}),
        (("imap",), {"IMAP.AccessAsUser.All", "offline_access"}),
        (("smtp",), {"SMTP.Send", "offline_access"}),
    ],
)
def test_sofa(features: tuple[str, ...], wanted: set[str]) -> None:
    assert load_profile("sofa-365-bridge").kind is ProfileKind.VENDOR_APP
    made = request("sofa-365-bridge", *features)
    assert set(values(made)) == wanted
    for asked in made.permissions:
        item = asked.requirement
        offline = item.value == "offline_access"
        assert item.resource_app_id == (MICROSOFT_GRAPH if offline else EXCHANGE_ONLINE)
        assert item.assumed


def test_uipath() -> None:
    made = request("uipath-microsoft-365")
    assert len(made.permissions) == 16
    assert set(values(made)) == OPENID_SCOPES | CALENDARS | SHARED | {
        "Mail.Read",
        "Mail.ReadWrite",
        "Mail.Send",
        "Mail.Send.Shared",
        "MailboxSettings.ReadWrite",
        "User.Read",
    }
    needed = [asked.requirement.value for asked in made.permissions if asked.required]
    assert needed == ["User.Read", "offline_access"]
    assert set(values(request("uipath-microsoft-365", "calendar"))) == {
        "User.Read",
        "offline_access",
        "Calendars.Read",
        "Calendars.ReadWrite",
    }
    assert made.registration is not None
    assert {"AzureADMyOrg", "AzureADMultipleOrgs"} <= set(made.registration.audiences)
    notes = " ".join(made.notes)
    assert all(cloud in notes for cloud in ("US Government L4", "US Government L5", "China"))


def test_cyclr() -> None:
    made = request("cyclr-office-365", domain="app-h.cyclr.com")
    assert len(made.permissions) == 16
    assert set(values(made)) == CALENDARS | SHARED | {
        "Mail.Read",
        "Mail.ReadWrite",
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Files.Read",
        "Files.Read.All",
        "Files.ReadWrite",
        "Files.ReadWrite.All",
    }
    table = load_permissions()
    for asked in made.permissions:
        item = asked.requirement
        wrong = item.value.replace("Files.", "File.") if "Files." in item.value else ""
        assert item.documented_as == wrong
        assert not wrong or table.find(MICROSOFT_GRAPH, wrong) is None
    registration = made.registration
    assert registration is not None
    assert registration.elsewhere
    assert "AzureADMyOrg" not in registration.audiences
    assert "AzureADMultipleOrgs" in registration.audiences
    assert registration.redirect_uris == ("https://app-h.cyclr.com/connector/callback",)


def test_the_documented_example_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    path = tmp_path / "acme-notes.toml"
    path.write_text(block[1], encoding="utf-8")
    assert validate(path).id == tomllib.loads(block[1])["id"] == "acme-notes"
