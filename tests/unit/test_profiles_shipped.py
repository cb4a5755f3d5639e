"""The quality of the shipped profiles' data: where it is from, and that it says nothing twice."""

import re
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from auditor.catalog import load_profile, profile_ids
from auditor.managed import load_managed
from auditor.model.profile import ProfileKind, Requirement, VendorProfile
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE
from auditor.permissions import load_permissions
from auditor.render.say import link
from auditor.scopes import GUID, parse_scope

FOLDER = Path(__file__).parents[2] / "policies" / "profiles"
LEAVES = re.compile(r"policy leaves (.*?) to administrators")
PERMISSION = re.compile(r"[A-Z]\w+(?:\.[A-Z]\w+)+")
NAMED_DOCUMENTS = {
    "cyclr-office-365",
    "sofa-365-bridge",
    "sofie",
    "sophiie",
    "uipath-microsoft-365",
}
"""Made from copies that have a title and no address."""


def permissions(profile: VendorProfile) -> list[Requirement]:
    return [item for feature in profile.features for item in feature.permissions]


def test_there_are_ten_more_than_the_first_five() -> None:
    assert len(set(profile_ids()) - NAMED_DOCUMENTS) >= 10


@pytest.mark.parametrize("profile_id", profile_ids())
def test_the_source_can_be_looked_up(profile_id: str) -> None:
    profile = load_profile(profile_id)
    if profile_id in NAMED_DOCUMENTS:
        assert len(profile.source) > 10
        assert "://" not in profile.source
    else:
        assert link(profile.source) == profile.source
        assert urlsplit(profile.source).path.strip("/")
        if urlsplit(profile.source).hostname == "github.com":
            assert re.search(r"/blob/[0-9a-f]{40}/", profile.source)
    assert profile.retrieved <= datetime.now(tz=UTC).date()


@pytest.mark.parametrize("profile_id", profile_ids())
def test_names_are_spelled_as_the_tables_spell_them(profile_id: str) -> None:
    """The loader mends the letter case, so this reads the file itself."""
    table = load_permissions()
    data = tomllib.loads((FOLDER / f"{profile_id}.toml").read_text("utf-8"))
    for feature in data["features"]:
        for item in feature["permissions"]:
            app_id, value = parse_scope(item if isinstance(item, str) else item["scope"])
            assert app_id in {MICROSOFT_GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE}
            found = table.find(app_id, value)
            assert found is not None
            assert found.value == value


@pytest.mark.parametrize("profile_id", profile_ids())
def test_nothing_is_asked_for_twice(profile_id: str) -> None:
    profile = load_profile(profile_id)
    for feature in profile.features:
        asked = Counter((item.resource_app_id, item.value) for item in feature.permissions)
        assert set(asked.values()) == {1}
    assert len({feature.name for feature in profile.features}) == len(profile.features)
    assert len(set(profile.notes)) == len(profile.notes)


@pytest.mark.parametrize("profile_id", profile_ids())
def test_an_app_id_is_stated_or_its_absence_is_said(profile_id: str) -> None:
    profile = load_profile(profile_id)
    said = any("app ID" in note and "set app_id" in note.lower() for note in profile.notes)
    assert said is (profile.app_id is None)
    assert profile.app_id is None or profile.kind is ProfileKind.VENDOR_APP


@pytest.mark.parametrize("profile_id", profile_ids())
def test_notes_are_sentences_for_an_administrator(profile_id: str) -> None:
    profile = load_profile(profile_id)
    for note in (profile.summary, *profile.notes):
        assert note[0].isupper()
        assert note.endswith(".")
        assert len(note) < 420


def test_app_ids_are_one_profile_each() -> None:
    known = [one.app_id for one in map(load_profile, profile_ids()) if one.app_id]
    assert len(known) >= 9
    assert len(set(known)) == len(known)
    mentioned = {
        (text.casefold(), profile.id)
        for profile in map(load_profile, profile_ids())
        for note in profile.notes
        for text in GUID.findall(note)
    }
    assert {text for text, _ in mentioned}.isdisjoint(known)
    assert len({text for text, _ in mentioned}) == len(mentioned)


@pytest.mark.parametrize("profile_id", sorted(set(profile_ids()) - NAMED_DOCUMENTS))
def test_a_note_on_the_managed_policy_is_true(profile_id: str) -> None:
    """It names what the app asks for and the policy excludes, and nothing else."""
    profile = load_profile(profile_id)
    excluded = {(one.resource_app_id, one.value) for one in load_managed().exclusions}
    kept = {item.value for item in permissions(profile) if item_of(item) in excluded}
    assert kept
    for note in profile.notes:
        told = LEAVES.search(note)
        if told:
            assert set(PERMISSION.findall(told[1])) <= kept
    said = any("managed user-consent polic" in note for note in profile.notes)
    assert said or any("in every tenant" in note for note in profile.notes)


def item_of(item: Requirement) -> tuple[str, str]:
    return item.resource_app_id, item.value
