"""Profiles of one's own, found by id: in a folder, and in the working directory."""

import os
from pathlib import Path

import pytest

from auditor.catalog import SHIPPED, load_profile, load_profiles, profile_ids
from auditor.errors import ProfileError, UsageError
from auditor.own_profiles import MAX_FILES

TEXT = """\
id = "{id}"
name = "Acme"
version = "2026.11.1"
kind = "vendor-app"
summary = "Shows meetings."
source = "Acme help"
retrieved = 2026-11-21

[[features]]
id = "all"
name = "All"
required = true
default = true
permissions = ["{scope}"]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, empty; a folder "own" lies in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    return tmp_path


def put(path: Path, profile_id: str = "acme", scope: str = "Mail.Read") -> Path:
    path.write_text(TEXT.format(id=profile_id, scope=scope), "utf-8")
    return path


def refusal(profile_id: str, folder: str = "") -> str:
    with pytest.raises(ProfileError) as caught:
        load_profile(profile_id, folder)
    message = str(caught.value)
    assert message.isprintable()
    return message


@pytest.mark.parametrize("name", ["own/acme.toml", "own/acme.profile.toml", "acme.profile.toml"])
def test_found_by_id(here: Path, name: str) -> None:
    put(here / name)
    assert load_profile("acme", "own").id == "acme"
    assert "none of your own" in refusal("acm", "own")


def test_other_toml_files_here_do_not_count(here: Path) -> None:
    put(here / "acme.toml")
    put(here / "pyproject.toml", "pyproject")
    assert "'acme'" in refusal("acme")
    found, errors = load_profiles(here=True)
    assert ([one.profile.id for one in found], errors) == ([*profile_ids()], [])


def test_the_folder_counts_only_where_it_is_named(here: Path) -> None:
    put(here / "own" / "acme.toml")
    assert "'acme'" in refusal("acme")


@pytest.mark.parametrize("name", ["own/sophiie.toml", "sophiie.profile.toml"])
def test_a_shipped_profile_is_never_shadowed(here: Path, name: str) -> None:
    put(here / name, "sophiie")
    message = refusal("sophiie", "own")
    assert name in message
    assert "the shipped profile sophiie" in message
    found, errors = load_profiles("own", here=True)
    assert [one.profile.name for one in found if one.profile.id == "sophiie"] == ["Sophiie"]
    assert name in str(errors[0])
    assert load_profile(f"./{name}").name == "Acme"


def test_two_files_of_one_id_name_both(here: Path) -> None:
    put(here / "own" / "acme.toml")
    put(here / "acme.profile.toml")
    message = refusal("acme", "own")
    assert "acme.profile.toml and own" in message
    _, errors = load_profiles("own", here=True)
    assert len(errors) == 1


def test_the_same_file_twice_is_one(here: Path) -> None:
    put(here / "acme.profile.toml")
    (here / "own" / "acme.toml").symlink_to(here / "acme.profile.toml")
    for folder in (".", "own"):
        assert load_profile("acme", folder).id == "acme"
        found, errors = load_profiles(folder, here=True)
        assert ([one.profile.id for one in found].count("acme"), errors) == (1, [])


def test_the_file_says_the_id_of_its_name(here: Path) -> None:
    put(here / "own" / "acme.toml", "sophiie")
    assert "line 1, id: must be acme, as the file is named" in refusal("acme", "own")


def test_a_damaged_file_hides_no_other(here: Path) -> None:
    own = here / "own"
    put(own / "acme.toml")
    put(own / "bad.toml", "bad", "Nope.Read")
    (own / "worse.toml").write_bytes(b"\xff")
    put(own / "Not An Id.toml", "x")
    (own / "gone.toml").symlink_to(own / "nothing")
    (own / "round.toml").symlink_to(own / "round.toml")
    (own / "pipe.toml").unlink(missing_ok=True)
    os.mkfifo(own / "pipe.toml")
    (own / "folder.toml").mkdir()
    (own / ".toml").touch()
    found, errors = load_profiles("own")
    assert [one.profile.id for one in found] == [*profile_ids(), "acme"]
    assert found[-1].place == "own/acme.toml"
    assert found[0].place == SHIPPED
    told = [str(one) for one in errors]
    named = ("Not An Id", "bad", "gone", "pipe", "round", "worse")
    assert [one.split(".toml")[0] for one in told] == [f"own/{name}" for name in named]
    assert all(one.isprintable() for one in told)
    assert load_profile("acme", "own").id == "acme"
    for name in named[1:]:
        assert f"{name}.toml" in refusal(name, "own")


@pytest.mark.parametrize(
    "profile_id",
    [
        "..",
        "../acme",
        "own/../acme",
        "a/b",
        "acme\x00",
        "ac\x1bme",
        "a\u202e",
        "A",
        "",
        "x" * 5_000,
    ],
)
def test_an_id_leads_nowhere_else(here: Path, profile_id: str) -> None:
    put(here / "acme.profile.toml")
    put(here.parent / "acme.profile.toml")
    refusal(profile_id, "own")


@pytest.mark.parametrize(
    "folder", ["none", "acme.profile.toml", "a\x00b", "x" * 5_000, "own/../no"]
)
def test_a_folder_that_is_none(here: Path, folder: str) -> None:
    put(here / "acme.profile.toml")
    for attempt in (lambda: load_profile("sophiie", folder), lambda: load_profiles(folder)):
        with pytest.raises(UsageError, match="--profiles") as caught:
            attempt()
        assert str(caught.value).isprintable()


def test_very_many_files_are_refused(here: Path) -> None:
    for number in range(MAX_FILES + 1):
        (here / "own" / f"p{number}.toml").touch()
    with pytest.raises(UsageError, match="more than 1,000 profiles"):
        load_profiles("own")
    put(here / "own" / "acme.toml")
    assert load_profile("acme", "own").id == "acme"
