"""What is read instead of a live tenant: a snapshot file, or a sample that ships."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from auditor.cli.link import check_link
from auditor.cli.option_kinds import OneRun
from auditor.cli.options import TENANT_OPTIONS, RequestOptions, make_requests
from auditor.errors import UsageError
from auditor.model.profile import ConsentRequest

if TYPE_CHECKING:
    from auditor.model.snapshot import Snapshot


class SourceOptions(TypedDict):
    """Both empty for a live tenant."""

    snapshot: str
    sample: str


class KeptOptions(RequestOptions, SourceOptions):
    """What to ask of something that is kept."""


SNAPSHOT_OPTION = OneRun(
    ["--snapshot"], default="", metavar="FILE", help="Read this file instead of a tenant."
)
SAMPLE_OPTION = OneRun(
    ["--sample"],
    default="",
    metavar="ID",
    help="Read a sample tenant that ships with the program; demo --list names them.",
)


def check_source(options: Mapping[str, object]) -> None:
    """Refuse, before anything is read, options that name two things to read.

    Raises:
        UsageError: A snapshot and a sample, or one of them and a tenant.
    """
    read = [one for one in ("snapshot", "sample") if options.get(one)]
    if len(read) > 1:
        raise UsageError("--snapshot and --sample are two tenants: give one of them")
    typed = click.core.ParameterSource.COMMANDLINE
    context = click.get_current_context()
    given = [one for one in TENANT_OPTIONS if context.get_parameter_source(one.name or "") is typed]
    names = ", ".join(one.opts[0] for one in given if one.name != "quiet")
    if read and names:
        msg = f"--{read[0]} says which tenant it is: leave out {names}"
        raise UsageError(msg)


def make_kept_requests(options: KeptOptions) -> list[ConsentRequest]:
    """Make the requests; a sample knows which apps and domains its profiles are about.

    Raises:
        UsageError: There is no such sample, or an option is wrong.
    """
    if not options["sample"]:
        return make_requests(options)
    from auditor.samples import load_sample  # noqa: PLC0415 - only when a command runs

    return make_requests(options, load_sample(options["sample"]).variables)


def read_kept(options: SourceOptions, requests: Sequence[ConsentRequest]) -> "Snapshot | None":
    """Read the snapshot or the sample; None where a live tenant is asked for.

    Raises:
        SnapshotError: The file is no snapshot, or damaged.
        UsageError: ``--url`` is a link of another cloud or tenant.
    """
    if not (options["snapshot"] or options["sample"]):
        return None
    snapshot = read_offline(options, requests)
    check_link(options, snapshot, requests)
    return snapshot


def read_offline(options: SourceOptions, requests: Sequence[ConsentRequest]) -> "Snapshot":
    """Read the snapshot or the sample, one of which is given.

    Raises:
        SnapshotError: The file is no snapshot, or damaged.
    """
    from auditor.pipeline import read_sample  # noqa: PLC0415
    from auditor.samples import load_sample  # noqa: PLC0415
    from auditor.store import read_snapshot  # noqa: PLC0415

    if options["snapshot"]:
        return read_snapshot(Path(options["snapshot"]))
    return read_sample(load_sample(options["sample"]), requests)
