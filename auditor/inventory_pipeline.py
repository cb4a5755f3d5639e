"""The route of an inventory: read a whole tenant to a file, then make an inventory of the file.

    read_inventory(sign_in, connection, path, …)
    inventory, facts = load_inventory(path)
    report = make_inventory_report(inventory, facts, __version__)

It stands beside ``pipeline`` and not in it, as reading needs nothing that decides or plans.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import __version__
from auditor.collect import Progress
from auditor.cycles import no_search_for_cycles
from auditor.facts import TenantFacts, derive
from auditor.model.snapshot import Snapshot
from auditor.snapshot_stream import stream_snapshot

if TYPE_CHECKING:
    from auditor.graph.client import GraphClient
    from auditor.graph.settings import Connection, SignIn
    from auditor.model.inventory import Inventory

MANY = 10_000
"""Ten pages: the sixteen ranges of fewer rows would save next to nothing."""


def read_inventory(  # noqa: PLR0913 - what a run says
    sign_in: "SignIn",
    connection: "Connection",
    path: Path,
    *,
    earlier: Path | None = None,
    progress: Progress,
    say: Progress | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], Awaitable[None]] | None = None,
    many: int = MANY,
) -> None:
    """Read a whole live tenant to a snapshot file.

    Args:
        sign_in: Credentials; the way that is taken is told to ``progress``.
        connection: Where the tenant's cloud is.
        path: Of the snapshot; an interrupted run of the same tenant is gone on with.
        earlier: A snapshot of the same tenant; only what changed since then is read.
        progress: Told what is going on.
        say: Told what somebody may want to know afterwards; ``progress`` without.
        clock: UTC.
        sleep: Waits some seconds before a try is repeated; ``asyncio.sleep`` unless given.
        many: Rows from which on the longest listing is read in ranges, side by side.

    Raises:
        UsageError: Something that the sign-in needs is not given, or a file cannot be written.
        SnapshotError: The earlier snapshot cannot be read.
        SignInError: Entra gives no token.
    """
    from auditor.graph.session import with_client  # noqa: PLC0415 - only a live run needs it

    async def read(client: "GraphClient") -> None:
        from auditor.graph.listings import ListingReader  # noqa: PLC0415 - Entra answers first
        from auditor.graph.transport import GraphTransport  # noqa: PLC0415
        from auditor.inventory.collect import collect_inventory  # noqa: PLC0415
        from auditor.inventory.run import Run  # noqa: PLC0415

        run = Run(
            tenant=sign_in.tenant,
            cloud=connection.cloud,
            tool_version=__version__,
            settings=GraphTransport(client),
            pages=ListingReader(client),
            clock=clock,
            seconds=time.monotonic,
            progress=progress,
            say=say or progress,
            many=many,
        )
        await collect_inventory(run, path, earlier)

    with_client(read, sign_in, connection, progress=progress, clock=clock, sleep=sleep)


@no_search_for_cycles()
def load_inventory(path: Path) -> tuple["Inventory", TenantFacts]:
    """Read an inventory's snapshot, one page at a time.

    Returns:
        What the tenant holds, and the facts of its settings.

    Raises:
        SnapshotError: The file is missing, no snapshot, or damaged.
    """
    from auditor.inventory.fold import Fold  # noqa: PLC0415 - numpy
    from auditor.inventory.join import make_inventory  # noqa: PLC0415

    fold = Fold()
    with stream_snapshot(path) as snapshot:
        header = snapshot.header
        for reading in snapshot.readings:
            fold.take(reading)
    fold.finish()
    settings = tuple(fold.settings)
    facts = derive(Snapshot(header.tenant, header.cloud, header.collected_at, settings))
    return make_inventory(fold, facts, header.tenant, header.collected_at), facts
