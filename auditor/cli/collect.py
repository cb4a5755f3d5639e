"""``consent-auditor collect``: read a tenant, decide nothing."""

from pathlib import Path
from typing import Unpack

import click

from auditor import __version__
from auditor.cli.options import (
    REQUEST_OPTIONS,
    TENANT_OPTIONS,
    RequestOptions,
    TenantOptions,
    make_requests,
    read_live,
)
from auditor.cli.output import check_file, tell_files
from auditor.cli.share import SHARE_OPTIONS, ShareOptions, load_key, shared
from auditor.files import shown


class _Options(RequestOptions, TenantOptions, ShareOptions):
    output: str


_OUTPUT = click.Option(
    ["--output"],
    default="tenant.snapshot",
    show_default=True,
    metavar="FILE",
    help="The snapshot file.",
)


@click.command(name="collect", params=[*TENANT_OPTIONS, *REQUEST_OPTIONS, _OUTPUT, *SHARE_OPTIONS])
def command(**options: Unpack[_Options]) -> None:
    """Read what an audit needs, and write it to one snapshot file (mode 0600).

    Reads for the same profiles or app as an audit with the same options would.
    """
    from auditor.pipeline import gaps  # noqa: PLC0415
    from auditor.store import write_snapshot  # noqa: PLC0415 - only when a command runs

    path = Path(options["output"])
    check_file(path)
    requests = make_requests(options)
    key = load_key(options, options["output"]) if options["share_safe"] else None
    snapshot = read_live(options, requests)
    if key is not None:
        safe = shared(snapshot, requests, key)
        snapshot, requests = safe.snapshot, [*safe.requests]
    write_snapshot(snapshot, path, tool_version=__version__)
    tell_files([path], quiet=options["quiet"])
    for line in gaps(snapshot, requests):
        click.echo(f"consent-auditor: {shown(line)}", err=True)
