"""Reads a whole tenant to a snapshot file, page by page.

An interrupted run goes on behind its last complete page. With an earlier snapshot, what changed
since then is read instead of everything.
"""

from pathlib import Path

from auditor.inventory.run import Done, Run, both
from auditor.inventory.second_step import SecondStep
from auditor.inventory.steps import (
    finish,
    read_from_now_on,
    read_further,
    read_listings,
    read_settings,
)
from auditor.inventory.update import update
from auditor.snapshot_stream import SnapshotWriter


async def collect_inventory(run: Run, path: Path, earlier: Path | None = None) -> None:
    """Read a tenant to a file, which is whole when this returns.

    Args:
        run: What is read.
        path: Of the snapshot; until the end there is ``NAME.partial`` beside it.
        earlier: A snapshot of the same tenant; only what changed since then is read.

    Raises:
        UsageError: The file cannot be written, or the earlier one is of another tenant.
        SnapshotError: The earlier one cannot be read.
        SignInError: Not one source could be read.
    """
    if earlier is not None:
        await update(run, path, earlier)
        return
    done, second = Done(), SecondStep(run.cloud)
    writer = SnapshotWriter.resume(path, run.goes_on, both(done.note, second.note))
    whole = writer and writer.read and done.last and not done.changed
    if writer and whole and await run.is_still(second.tenant):
        run.say("going on behind the last complete page of the interrupted run")
        with writer:
            keep = both(writer.add, second.note)
            await read_listings(run, keep, run.listings(), done, second)
            await read_further(run, keep, second)
            finish(writer)
        return
    if writer:
        writer.close()
    second = SecondStep(run.cloud)
    with SnapshotWriter.begin(path, run.header()) as writer:
        keep = both(writer.add, second.note)
        await read_settings(run, keep)
        await read_from_now_on(run, keep, run.listings())
        await read_listings(run, keep, run.listings(), Done(), second)
        await read_further(run, keep, second)
        finish(writer)
