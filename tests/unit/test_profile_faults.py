"""Every fault of a profile file, each with its place."""

from itertools import islice
from pathlib import Path

import pytest

from auditor.catalog import errors_in, validate
from auditor.errors import ProfileError

WRONG = """\
id = "Acme Notes"
name = ""
version = 3
kind = "ad-hoc"
summary = "a\\u202eb"
source = "  "
retrieved = "yesterday"
app_id = "12"
colour = "red"
documented_way = "magic"
notes = [1, "\\u0007"]

[[variables]]
name = "Domain"
description = 7
kind = "url"
required = "no"

[registration]
platform = "desk"
redirect_uris = ["https://{Domain}/x"]
audiences = ["x"]
credential = 1
elsewhere = "no"

[[features]]
id = "A B"
name = "x\\u0000"
required = 1
default = 2
permissions = [3, "File.Read", "User Read", { scope = "Mail.Rea", note = "\\u001b", assumed = 1 }]

[[features]]
"""
PLACES = {
    "id": 1,
    "name": 2,
    "version": 3,
    "kind": 4,
    "summary": 5,
    "source": 6,
    "retrieved": 7,
    "app_id": 8,
    "colour": 9,
    "documented_way": 10,
    "notes[0]": 11,
    "notes[1]": 11,
    "variables[0].name": 14,
    "variables[0].description": 15,
    "variables[0].kind": 16,
    "variables[0].required": 17,
    "registration.platform": 20,
    "registration.redirect_uris[0]": 21,
    "registration.audiences[0]": 22,
    "registration.credential": 23,
    "registration.elsewhere": 24,
    "features[0].id": 27,
    "features[0].name": 28,
    "features[0].required": 29,
    "features[0].default": 30,
    "features[0].permissions[0]": 31,
    "features[0].permissions[1]": 31,
    "features[0].permissions[2]": 31,
    "features[0].permissions[3]": 31,
    "features[0].permissions[3].note": 31,
    "features[0].permissions[3].assumed": 31,
}
MISSING = ("id", "name", "required", "default", "permissions")


def errors(path: Path, content: str) -> list[str]:
    path.write_text(content, "utf-8")
    return [str(one) for one in errors_in(path)]


def test_every_field_wrong_is_one_line_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    found = errors(path, WRONG)
    heads = [one.partition(": ")[0] for one in found]
    wanted = [f"{path}, line {line}, {place}" for place, line in PLACES.items()]
    wanted += [f"{path}, line 33, features[1]"] * len(MISSING)
    assert sorted(heads) == sorted(wanted)
    assert {one.rpartition(": ")[2] for one in found if "features[1]" in one} == {
        f"the key {name} is missing" for name in MISSING
    }
    assert all(one.isprintable() for one in found)


def test_the_first_of_them_is_the_error_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    found = errors(path, WRONG)
    with pytest.raises(ProfileError) as caught:
        validate(path)
    assert str(caught.value) == found[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", [f"the key {one} is missing" for one in ("id", "kind", "features")]),
        ("features = 3\nnotes = {}\nregistration = []\nvariables = 1", ["expected list, got int"]),
        ("[[features]]\npermissions = {}\n[[features]]\nid = []", ["expected list, got table"]),
        ("kind = 'vendor-app'\n[registration]\nplatform = 'web'", ["only for own-registration"]),
        ("kind = 'own-registration'", ["needs a [registration] table"]),
        ("kind = 1979-05-27T07:32:00Z\nid = 1e400\nname = nan", ["got datetime", "got float"]),
    ],
)
def test_shapes_that_nobody_would_write(tmp_path: Path, content: str, words: list[str]) -> None:
    found = errors(tmp_path / "acme.toml", content)
    for one in words:
        assert any(one in line for line in found)


def test_a_wrong_name_is_not_told_again_as_an_unused_variable(tmp_path: Path) -> None:
    found = errors(tmp_path / "acme.toml", WRONG)
    assert not any("not declared" in one or "no redirect URI uses it" in one for one in found)


def test_very_many_and_very_long_faults_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text("\n".join(f"key{n} = 1" for n in range(50_000)), "utf-8")
    assert len([*islice(errors_in(path), 101)]) == 101
    for content in (f"id = '{'A' * 900_000}'", f"{'k' * 900_000} = 1"):
        found = errors(path, content)
        assert max(map(len, found)) < 2_000
