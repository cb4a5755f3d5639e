"""Pages of long listings: what is on the wire while a page is looked at."""

import asyncio
import time
from datetime import UTC, datetime

from auditor.graph.client import GraphClient
from auditor.graph.listings import ListingReader
from auditor.graph.sign_in import make_credential
from auditor.listings import service_principals
from auditor.listings.pages import Part
from auditor.model.snapshot import Reading
from tests.fakes.cloud import FakeCloud
from tests.fakes.live import connection_of, served, sign_in_of
from tests.fakes.wire import Json

_PATIENCE_SECONDS = 30.0


def _arrived(cloud: FakeCloud) -> int:
    seen = [one for one in cloud.journal.seen if one.server == "graph"]
    return sum(one.path == "/servicePrincipals" for one in seen)


def test_the_next_request_has_left_before_a_page_is_looked_at() -> None:
    """While a page is kept nothing else of the program runs, so what arrives left before."""
    with FakeCloud(served("ready"), page_size=1) as cloud:
        rows: list[Json] = [{"id": str(number)} for number in range(5)]
        cloud.tenant.set("/servicePrincipals", {"value": rows})
        arrived: list[int] = []

        def keep(reading: Reading) -> None:
            last = reading.page + 1 == len(rows)
            until = time.monotonic() + _PATIENCE_SECONDS
            while not last and _arrived(cloud) < reading.page + 2 and time.monotonic() < until:
                time.sleep(0.01)
            arrived.append(_arrived(cloud))

        connection = connection_of(cloud)

        async def run() -> None:
            client = GraphClient(
                connection,
                make_credential(sign_in_of(cloud), connection),
                progress=lambda _: None,
                clock=lambda: datetime.now(UTC),
            )
            try:
                part = Part(service_principals.LISTING, "")
                await ListingReader(client).read([part], {}, keep, lambda _part, _rows, _last: None)
            finally:
                await client.close()

        asyncio.run(run())
        assert arrived == [2, 3, 4, 5, 5]
