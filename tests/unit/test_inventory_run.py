"""Whose tenant an interrupted run was of."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from auditor.errors import SignInError
from auditor.inventory.run import Run
from auditor.listings.pages import Keep, Part, Place, Tell
from auditor.model.cloud import Cloud
from auditor.model.snapshot import Reading
from auditor.sources.source import Item

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HERE = "a1a1a1a1-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Organization:
    """A tenant that says its id, or does not."""

    tenant_id: str
    status: int = 200

    async def read(self, items: Sequence[Item]) -> list[Reading]:
        body = json.dumps({"value": [{"id": self.tenant_id, "tenantType": "AAD"}]})
        return [
            Reading(one.source.name, one.subject, 0, one.request, self.status, body.encode(), NOW)
            for one in items
        ]


class Nothing:
    async def read(
        self, parts: Sequence[Part], places: Mapping[Part, Place], keep: Keep, tell: Tell
    ) -> None:
        pass


def is_still(settings: Organization, tenant: str, named: str = "") -> bool:
    run = Run(
        tenant=named,
        cloud=Cloud.GLOBAL,
        tool_version="0",
        settings=settings,
        pages=Nothing(),
        clock=lambda: NOW,
        seconds=lambda: 0.0,
        progress=lambda _: None,
        say=lambda _: None,
        many=1,
    )
    return asyncio.run(run.is_still(tenant))


def test_a_tenant_is_known_by_its_id() -> None:
    assert is_still(Organization(HERE.upper()), HERE)
    assert not is_still(Organization(HERE.replace("1", "2")), HERE)
    assert not is_still(Organization(HERE), "")
    assert is_still(Organization(HERE, status=503), HERE, named="contoso.example")


@pytest.mark.parametrize("status", [403, 503])
def test_a_tenant_that_does_not_say_its_id_ends_the_run(status: int) -> None:
    with pytest.raises(SignInError, match=r"could not be read.*--tenant"):
        is_still(Organization(HERE, status=status), HERE)
