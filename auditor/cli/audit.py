"""``consent-auditor audit``: the main job."""

from pathlib import Path
from typing import Unpack

import click

from auditor import __version__
from auditor.cli.options import (
    REQUEST_OPTIONS,
    TENANT_OPTIONS,
    TenantOptions,
    read_live,
)
from auditor.cli.output import check_file, check_output, exit_code, tell_files, write_report
from auditor.cli.share import SHARE_OPTIONS, ShareOptions, load_key, shared
from auditor.cli.source import (
    SNAPSHOT_OPTION,
    KeptOptions,
    check_source,
    make_kept_requests,
    read_file,
    read_kept,
)
from auditor.errors import UsageError
from auditor.render.write import formats


class _Options(KeptOptions, TenantOptions, ShareOptions):
    save_snapshot: str
    previous: str
    format: tuple[str, ...]
    output: str
    fail_on: str


_OWN = (
    SNAPSHOT_OPTION,
    click.Option(
        ["--save-snapshot"], default="", metavar="FILE", help="Keep what was read, for later."
    ),
    click.Option(
        ["--previous"],
        default="",
        metavar="FILE",
        help="An earlier snapshot of the same tenant: say what changed since.",
    ),
    click.Option(
        ["--format"],
        multiple=True,
        type=click.Choice(formats()),
        help="A report's format; repeatable.",
    ),
    click.Option(
        ["--output"], default="", metavar="DIR|FILE|-", help="Where to write; - is stdout."
    ),
    click.Option(
        ["--fail-on"],
        type=click.Choice(["not-ready", "unknown", "never"]),
        default="unknown",
        show_default=True,
        help="Which verdicts give another exit code than 0: unknown counts what is not ready too.",
    ),
)


@click.command(name="audit", params=[*TENANT_OPTIONS, *REQUEST_OPTIONS, *_OWN, *SHARE_OPTIONS])
def command(**options: Unpack[_Options]) -> int:
    """Decide what users meet when they connect an app, and why.

    Reads a live tenant, or a snapshot, for one or several requirement profiles, or for an app
    named by --app-id and --scope. Prints a summary, or writes reports.
    """
    check_output(options["format"], options["output"])
    saved = [Path(options["save_snapshot"])] if options["save_snapshot"] else []
    for path in saved:
        check_file(path)
    _check_together(options)
    requests = make_kept_requests(options)
    results = (options["output"], options["save_snapshot"])
    key = load_key(options, *results) if options["share_safe"] else None
    from auditor.pipeline import check_previous, make_report  # noqa: PLC0415 - only when it runs
    from auditor.store import write_snapshot  # noqa: PLC0415

    previous = read_file(Path(options["previous"])) if options["previous"] else None
    snapshot = read_kept(options, requests) or read_live(options, requests)
    if key is not None:
        safe = shared(snapshot, requests, key, previous)
        snapshot, requests, previous = safe.snapshot, [*safe.requests], safe.previous
    if previous:
        check_previous(previous, snapshot)
    for path in saved:
        write_snapshot(snapshot, path, tool_version=__version__)
    report = make_report(snapshot, requests, previous)
    paths = write_report(report, options["format"], options["output"])
    tell_files([*saved, *paths], quiet=options["quiet"])
    return exit_code(report, options["fail_on"])


def _check_together(options: _Options) -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: A tenant beside a snapshot, or one file for two results.
    """
    check_source(options)
    saved, output = options["save_snapshot"], options["output"]
    if saved and output and Path(saved).absolute() == Path(output).absolute():
        raise UsageError("--save-snapshot and --output name the same file: give two")
