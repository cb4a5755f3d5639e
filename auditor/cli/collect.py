"""``consent-auditor collect``: read a tenant, decide nothing."""

from pathlib import Path
from typing import Unpack

import click

from auditor import __version__
from auditor.cli.options import (
    RequestOptions,
    TenantOptions,
    make_requests,
    read_live,
    request_options,
    tenant_options,
)


class _Options(RequestOptions, TenantOptions):
    output: str


@click.command(name="collect")
@tenant_options
@request_options
@click.option(
    "--output",
    default="tenant.snapshot",
    show_default=True,
    metavar="FILE",
    help="The snapshot file.",
)
def command(**options: Unpack[_Options]) -> None:
    """Read what an audit needs, and write it to one snapshot file (mode 0600).

    Reads for the same profiles or app as an audit with the same options would.
    """
    from auditor.store import write_snapshot  # noqa: PLC0415 - only when a command runs

    snapshot = read_live(options, make_requests(options))
    path = Path(options["output"])
    write_snapshot(snapshot, path, tool_version=__version__)
    click.echo(f"consent-auditor: wrote {path}", err=True)
