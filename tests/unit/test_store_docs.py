"""docs/snapshot.md is right."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading, Snapshot
from auditor.snapshot_format import MAX_BYTES, MAX_LINE
from auditor.snapshot_lines import SCHEMA
from auditor.store import read_snapshot

NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def page() -> str:
    return (Path(__file__).parents[2] / "docs" / "snapshot.md").read_text("utf-8")


@pytest.fixture
def example(page: str) -> str:
    (text,) = re.findall(r"```jsonl\n(.*?)```", page, re.DOTALL)
    return str(text)


def test_example_is_a_snapshot(tmp_path: Path, example: str) -> None:
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(example.encode())
    seal = bytes.fromhex("55 2A 4D 18") + bytes.fromhex("20 00 00 00")
    path = tmp_path / "tenant.snapshot"
    path.write_bytes(frame + seal + hashlib.sha256(frame).digest())
    organization = Reading(
        source="organization",
        subject="",
        page=0,
        request="/organization?$select=id",
        status=200,
        body=b'{"value":[{"id":"9f1c"}]}',
        at=NOON,
    )
    user = Reading(
        source="user",
        subject="77aa",
        page=0,
        request="/users/77aa",
        status=502,
        body=b"\xff\xfe",
        at=NOON + timedelta(seconds=1),
    )
    missing = replace(
        user,
        subject="88bb",
        request="/users/88bb",
        status=404,
        body=b'{"error":{"code":"Request_ResourceNotFound"}}',
    )
    expected = Snapshot("contoso.example", Cloud.GLOBAL, NOON, (organization, user, missing))
    assert read_snapshot(path) == expected


def test_every_member_is_explained(page: str, example: str) -> None:
    lines = [json.loads(line) for line in example.splitlines()]
    members = {key for line in lines if "value" not in line for key in line}
    rows = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert rows == members


def test_constants_are_named(page: str) -> None:
    assert f"`{SCHEMA}`" in page
    assert f"({MAX_BYTES:,} bytes)" in page
    assert f"({MAX_LINE:,} bytes)" in page
    assert all(f"`{cloud}`" in page for cloud in Cloud)
