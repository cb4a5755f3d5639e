"""The bundle: the same bytes every time, and nothing in a foreign one is believed."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.bundle import MANIFEST, REPORTS, SNAPSHOT, make_bundle, read_bundle
from auditor.errors import SnapshotError
from auditor.store import is_bundle
from tests.unit.test_share_safe_leaks import shared_sample

SHARED = shared_sample("custom-policy")
CONTENT = {name: name.encode() for name in REPORTS}
Members = dict[str, bytes]


def made() -> bytes:
    return make_bundle(SHARED.snapshot, SHARED.requests, CONTENT, tool_version="1.0")


def members() -> Members:
    with zipfile.ZipFile(io.BytesIO(made())) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def zipped(found: Members, more: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in (*found.items(), *more):
            packed.writestr(name, data)
    return file.getvalue()


def with_manifest(change: Callable[[dict[str, object]], None]) -> bytes:
    found = members()
    manifest = json.loads(found[MANIFEST])
    change(manifest)
    return zipped(found | {MANIFEST: json.dumps(manifest).encode()})


def refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    with pytest.raises(SnapshotError) as error:
        read_bundle(path)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_it_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(made())
    assert is_bundle(path)
    found = read_bundle(path)
    assert (found.snapshot, found.requests) == (SHARED.snapshot, SHARED.requests)


def test_the_same_content_gives_the_same_bytes() -> None:
    assert made() == made()
    with zipfile.ZipFile(io.BytesIO(made())) as packed:
        infos = packed.infolist()
    assert [one.filename for one in infos] == sorted(one.filename for one in infos)
    assert {one.date_time for one in infos} == {(2026, 11, 20, 9, 0, 0)}
    assert {one.external_attr >> 16 for one in infos} == {0o100600}


def test_the_manifest_says_what_is_in_it() -> None:
    found = members()
    manifest = json.loads(found.pop(MANIFEST))
    assert manifest["schema"] == "consent-auditor/bundle/v1"
    assert manifest["tool"] == {"name": "entra-consent-auditor", "version": "1.0"}
    assert manifest["share_safe"] is True
    assert manifest["collected_at"] == "2026-11-20T09:00:00Z"
    assert [one["profile_id"] for one in manifest["requests"]] == [
        one.profile_id for one in SHARED.requests
    ]
    assert manifest["members"] == [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(found.items())
    ]


def test_other_files_are_no_bundles(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert not is_bundle(tmp_path / "empty")
    assert not is_bundle(tmp_path)
    assert not is_bundle(tmp_path / "nothing")
    assert not is_bundle(Path("a\0b"))


def test_every_cut_is_refused(tmp_path: Path) -> None:
    whole = made()
    for length in range(0, len(whole), 997):
        refused(tmp_path, whole[:length])


def test_every_changed_byte_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    whole, path = made(), tmp_path / "b.zip"
    for at in range(0, len(whole), 499):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            found = read_bundle(path)
        except SnapshotError:
            continue
        assert (found.snapshot, found.requests) == (SHARED.snapshot, SHARED.requests)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "x.txt", "report.html/"])
def test_a_member_that_does_not_belong_is_refused(tmp_path: Path, name: str) -> None:
    assert "has more in it" in refused(tmp_path, zipped(members(), ((name, b"x"),)))
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = zipped(members(), ((SNAPSHOT, b"x"),))
    assert "two members of one name" in refused(tmp_path, twice)


@pytest.mark.parametrize("name", sorted(members()))
def test_a_missing_member_is_refused(tmp_path: Path, name: str) -> None:
    found = {one: data for one, data in members().items() if one != name}
    assert f"lacks: {name}" in refused(tmp_path, zipped(found))


@pytest.mark.parametrize("name", [*REPORTS, SNAPSHOT])
def test_another_checksum_is_refused(tmp_path: Path, name: str) -> None:
    assert name in refused(tmp_path, zipped(members() | {name: b"other"}))


def test_a_bomb_is_stopped(tmp_path: Path) -> None:
    bomb = zipped(members() | {"report.html": bytes(64 * 1024**2)})
    assert len(bomb) < 200_000
    assert "holds more than" in refused(tmp_path, bomb)
    assert "too many for a bundle" in refused(tmp_path, b"PK\x03\x04" + bytes(17 * 1024**2))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    whole = bytearray(made())
    at = 0
    while (at := whole.find(b"PK\x01\x02", at)) >= 0:
        whole[at + 8] |= 1
        at += 4
    assert "is encrypted" in refused(tmp_path, bytes(whole))


def test_a_snapshot_that_is_not_share_safe_is_refused(tmp_path: Path) -> None:
    plain = replace(SHARED.snapshot, share_safe=False)
    content = make_bundle(plain, SHARED.requests, CONTENT, tool_version="1")
    assert "is not share-safe" in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("schema", "consent-auditor/bundle/v2", "is of the version"),
        ("requests", [], "no request"),
        ("requests", None, "Expected `array`"),
        ("more", 1, "unknown field"),
        ("members", [], "other checksums"),
        ("share_safe", False, "is not share-safe"),
        ("collected_at", "today", "Invalid"),
    ],
)
def test_a_manifest_with_a_wrong_member_is_refused(
    tmp_path: Path, member: str, value: object, words: str
) -> None:
    content = with_manifest(lambda manifest: manifest.update({member: value}))
    assert words in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("member", "value"),
    [("permissions", []), ("documented_way", "magic"), ("registration", "fridge")],
)
def test_a_request_that_no_profile_makes_is_refused(
    tmp_path: Path, member: str, value: object
) -> None:
    def change(manifest: dict[str, object]) -> None:
        requests = manifest["requests"]
        assert isinstance(requests, list)
        (one,) = (each for each in requests if each["profile_id"] == "sofie")
        if member == "registration":
            one["registration"]["platform"] = value
        else:
            one[member] = value

    assert "is not complete" in refused(tmp_path, with_manifest(change))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["Mail.Read"] * 2, "a permission twice"),
        (["Mail.Read", "MAIL.READ"], "a permission twice"),
        ([""], "no name"),
        (["a b"], "no name"),
        (["\x1b[31m"], "no name"),
        ([".default"], "no name"),
        ([f"Mail.Read{at}" for at in range(1001)], "too many permissions"),
    ],
)
def test_permissions_that_nobody_could_ask_for_are_refused(
    tmp_path: Path, values: list[str], told: str
) -> None:
    def change(manifest: dict[str, object]) -> None:
        requests = manifest["requests"]
        assert isinstance(requests, list)
        one = requests[0]["permissions"][0]
        requests[0]["permissions"] = [
            {**one, "requirement": {**one["requirement"], "value": value}} for value in values
        ]

    assert told in refused(tmp_path, with_manifest(change))


def test_endless_redirect_uris_are_refused(tmp_path: Path) -> None:
    def change(manifest: dict[str, object]) -> None:
        requests = manifest["requests"]
        assert isinstance(requests, list)
        (one,) = (each for each in requests if each["profile_id"] == "sofie")
        one["registration"]["redirect_uris"] = [f"https://a.example/{at}" for at in range(1001)]

    assert "too many redirect URIs" in refused(tmp_path, with_manifest(change))


@pytest.mark.parametrize("year", [1970, 2200])
def test_a_time_that_no_zip_can_say_is_the_nearest(tmp_path: Path, year: int) -> None:
    odd = replace(SHARED.snapshot, collected_at=SHARED.snapshot.collected_at.replace(year=year))
    path = tmp_path / "b.zip"
    path.write_bytes(make_bundle(odd, SHARED.requests, CONTENT, tool_version="1"))
    assert read_bundle(path).snapshot == odd


@pytest.mark.parametrize("app_id", ["x", "../..", "85C8AD99-E136-4B1C-B453-FE3578B83189", ""])
def test_an_id_that_no_option_would_take_is_refused(tmp_path: Path, app_id: str) -> None:
    def change(manifest: dict[str, object]) -> None:
        requests = manifest["requests"]
        assert isinstance(requests, list)
        requests[0]["app_id"] = app_id

    assert "is no GUID" in refused(tmp_path, with_manifest(change))
