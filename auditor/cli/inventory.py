"""``consent-auditor inventory``: the whole tenant, every app and every grant."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from auditor import __version__
from auditor.cli.inventory_query import query
from auditor.cli.options import TENANT_OPTIONS, TenantOptions, connect
from auditor.cli.output import (
    NOT_READY,
    READY,
    UNKNOWN,
    check_file,
    check_output,
    is_folder,
    places,
    tell_files,
    write_stdout,
)
from auditor.cli.share import NO_SHARE_OPTION
from auditor.cli.source import check_source, refuse_options
from auditor.errors import UsageError
from auditor.files import shown, write_together
from auditor.model.report import Judgement, Severity

if TYPE_CHECKING:
    from auditor.model.inventory import InventoryReport

# Whatever reads or writes is imported when the command runs.
# ruff: noqa: PLC0415

_FORMATS = ("csv", "html", "json", "markdown", "parquet", "xlsx")
_SEVERAL_FILES = frozenset({"csv", "parquet"})
_BINARY = "xlsx"
_WORST_FIRST = (Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


class _Options(TenantOptions):
    snapshot: str
    save_snapshot: str
    since: str
    format: tuple[str, ...]
    output: str
    fail_on: str


_OWN = (
    click.Option(
        ["--snapshot"], default="", metavar="FILE", help="Read this inventory instead of a tenant."
    ),
    click.Option(
        ["--save-snapshot"],
        default="inventory.snapshot",
        show_default=True,
        metavar="FILE",
        help="Where what is read is kept; an interrupted run goes on from there.",
    ),
    click.Option(
        ["--since"],
        default="",
        metavar="FILE",
        help="An earlier inventory of the tenant: only what changed since then is read.",
    ),
    click.Option(
        ["--format"],
        multiple=True,
        type=click.Choice(_FORMATS),
        help="A report's format; repeatable.",
    ),
    click.Option(
        ["--output"], default="", metavar="DIR|FILE|-", help="Where to write; - is stdout."
    ),
    click.Option(
        ["--fail-on"],
        type=click.Choice([*(one.value for one in _WORST_FIRST[:3]), "never"]),
        default="never",
        show_default=True,
        help="The severity from which on a check that is not met gives exit code 10.",
    ),
    NO_SHARE_OPTION,
)


@click.group(
    name="inventory",
    params=[*TENANT_OPTIONS, *_OWN],
    commands=[query],
    invoke_without_command=True,
    subcommand_metavar="[query ...]",
)
@click.pass_context
def command(ctx: click.Context, **options: Unpack[_Options]) -> int:
    """Read every app, registration and grant of a tenant, and say what is risky.

    Reads a live tenant to a snapshot file, or such a file, and prints a summary or writes reports.
    """
    if ctx.invoked_subcommand:
        refuse_options(ctx)
        return READY
    _check_together(options)
    path = Path(options["snapshot"] or options["save_snapshot"])
    if not options["snapshot"]:
        _read(options, path)
        tell_files([path], quiet=options["quiet"])
    report = _judged(path, quiet=options["quiet"])
    tell_files(_written(report, options), quiet=options["quiet"])
    return _exit_code(report, options["fail_on"])


def _check_together(options: _Options) -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: A tenant beside a snapshot, or a file that cannot come to stand there.
    """
    check_source(options)
    check_output(options["format"], options["output"])
    _check_formats(options["format"], options["output"])
    if options["snapshot"] and options["since"]:
        raise UsageError("--since goes with a live tenant: leave it out with --snapshot")
    if not options["snapshot"]:
        check_file(Path(options["save_snapshot"]))


def _check_formats(formats: tuple[str, ...], output: str) -> None:
    """Refuse formats that cannot be written there.

    Raises:
        UsageError: Several files for one place, a workbook for a terminal, or a missing package.
    """
    several = [one for one in formats if one in _SEVERAL_FILES]
    if several and not is_folder(output):
        msg = f"{several[0]} is a file for each table: give a folder with --output DIR"
        raise UsageError(msg)
    if _BINARY in formats and not output:
        raise UsageError("xlsx is no text: give a file or a folder with --output")
    from auditor.render.inventory_write import check_formats

    check_formats(formats)


def _read(options: _Options, path: Path) -> None:
    from auditor.cli.progress import teller
    from auditor.inventory_pipeline import read_inventory
    from auditor.snapshot_stream import partial_path

    sign_in, connection = connect(options)
    earlier = Path(options["since"]) if options["since"] else None
    with teller(quiet=options["quiet"]) as tell:
        try:
            read_inventory(sign_in, connection, path, earlier=earlier, progress=tell, say=tell.say)
        except KeyboardInterrupt:
            if earlier is None and partial_path(path).exists():
                tell.say("interrupted: within six hours, the same command goes on from here")
            raise


def _judged(path: Path, *, quiet: bool) -> "InventoryReport":
    from auditor.cli.progress import teller
    from auditor.inventory.report import make_inventory_report
    from auditor.inventory_pipeline import load_inventory

    with teller(quiet=quiet) as tell:
        tell(f"loading {shown(path)}")
        inventory, facts = load_inventory(path)
        tell(f"judging {len(inventory.apps):,} apps")
        return make_inventory_report(inventory, facts, __version__)


def _written(report: "InventoryReport", options: _Options) -> list[Path]:
    """Write the report where it was asked for; returns the files written."""
    if not options["format"] and not options["output"]:
        from auditor.render.inventory_text import print_inventory

        print_inventory(report, sys.stdout)
        return []
    from auditor.render.inventory_write import write_inventory

    chosen = tuple(dict.fromkeys(options["format"])) or ("html",)
    written = write_inventory(report, chosen, folder=is_folder(options["output"]))
    if options["output"] in {"", "-"}:
        for _, piece in written.pieces:
            write_stdout(piece)
        return []
    paths = dict(zip(written.names, places(written.names, options["output"]), strict=True))
    write_together((paths[name], piece) for name, piece in written.pieces)
    return list(paths.values())


def _exit_code(report: "InventoryReport", fail_on: str) -> int:
    """Turn findings into an exit code: 10 from the threshold on, 4 where nothing could be said."""
    if fail_on == "never":
        return READY
    counted = _WORST_FIRST[: _WORST_FIRST.index(Severity(fail_on)) + 1]
    outcomes = {one.outcome for one in report.findings if one.severity in counted}
    if Judgement.NOT_MET in outcomes:
        return NOT_READY
    return UNKNOWN if Judgement.UNKNOWN in outcomes else READY
