"""``consent-auditor inventory query``: which apps of a kept inventory fit."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from auditor.cli.output import READY, write_stdout
from auditor.cli.share import NO_SHARE_OPTION
from auditor.errors import UsageError
from auditor.model.risk import WORST_FIRST, Risk

if TYPE_CHECKING:
    from auditor.inventory.query import Query
    from auditor.model.holding import Found
    from auditor.model.inventory import Inventory

# Whatever reads or prints is imported when the command runs.
# ruff: noqa: PLC0415

_SHOWN = 50
"""Apps that text shows where ``--limit`` says nothing; other formats show all of them."""
_CONSENTS = ("all", "user", "application")
_OWNERS = ("this-tenant", "microsoft", "other-tenant", "unknown")
_SORTS = ("risk", "users", "permissions", "name")


class _Options(TypedDict):
    snapshot: str
    app: str
    permission: str
    publisher: str
    consent_type: str | None
    owner: str | None
    risk: str | None
    min_users: int
    sort: str
    limit: int | None
    format: str


_OPTIONS = (
    click.Option(
        ["--snapshot"], default="", metavar="FILE", help="The inventory, as a run kept it."
    ),
    click.Option(
        ["--app"], default="", metavar="TEXT|GUID", help="Part of a name, an app ID or object id."
    ),
    click.Option(
        ["--permission"], default="", metavar="NAME", help="A permission; * stands for anything."
    ),
    click.Option(
        ["--publisher"],
        default="",
        metavar="verified|unverified|TEXT",
        help="Or part of a verified publisher's name. Microsoft's own apps are not unverified.",
    ),
    click.Option(
        ["--consent-type"],
        type=click.Choice(_CONSENTS),
        default=None,
        help="Permissions that an administrator gave for everybody, that users gave for "
        "themselves, or that the app has as an application.",
    ),
    click.Option(["--owner"], type=click.Choice(_OWNERS), default=None, help="Whose app it is."),
    click.Option(
        ["--risk"],
        type=click.Choice([one.value for one in WORST_FIRST]),
        default=None,
        help="Permissions of this risk, or a worse one.",
    ),
    click.Option(
        ["--min-users"],
        type=click.IntRange(0),
        default=0,
        metavar="N",
        help="Apps to which at least so many users consented for themselves.",
    ),
    click.Option(
        ["--sort"],
        type=click.Choice(_SORTS),
        default="risk",
        show_default=True,
        help="What comes first: the worst, the most, or A to Z.",
    ),
    click.Option(
        ["--limit"],
        type=click.IntRange(0),
        default=None,
        metavar="N",
        help=f"At most so many apps, 0 for all. Without it text shows {_SHOWN}, others all.",
    ),
    click.Option(
        ["--format"],
        type=click.Choice(["text", "csv", "json"]),
        default="text",
        show_default=True,
        help="What to print.",
    ),
    NO_SHARE_OPTION,
)


@click.command(name="query", params=[*_OPTIONS])
def query(**options: Unpack[_Options]) -> int:
    """Print the apps of an inventory that fit all filters.

    --permission, --consent-type and --risk are about one permission that an app holds: it has to
    fit all of them, and is printed with the app.
    """
    if not options["snapshot"]:
        raise UsageError("--snapshot FILE is missing: give an inventory that a run has kept")
    from auditor.inventory.query import Sort, select
    from auditor.inventory.risk import load_risks
    from auditor.inventory_pipeline import load_inventory

    inventory, _facts = load_inventory(Path(options["snapshot"]))
    found = select(inventory, load_risks(), _query(options), Sort(options["sort"]))
    limit = options["limit"]
    if limit is None:
        limit = _SHOWN if options["format"] == "text" else 0
    shown = found[:limit] if limit else found
    _print(inventory, shown, len(found), options["format"])
    _tell(inventory, len(shown), len(found))
    return READY


def _query(options: _Options) -> "Query":
    from auditor.inventory.query import Query
    from auditor.model.holding import Consent
    from auditor.model.inventory import Owner

    consent, owner, risk = options["consent_type"], options["owner"], options["risk"]
    return Query(
        app=options["app"],
        permission=options["permission"],
        publisher=options["publisher"],
        consent=Consent(consent) if consent else None,
        owner=Owner(owner) if owner else None,
        risk=Risk(risk) if risk else None,
        min_users=options["min_users"],
    )


def _print(inventory: "Inventory", shown: "Sequence[Found]", matched: int, format_id: str) -> None:
    from auditor.inventory.query import unread
    from auditor.render.inventory_query import csv_found, json_found, print_found

    match format_id:
        case "csv":
            for piece in csv_found(shown):
                write_stdout(piece)
        case "json":
            write_stdout(json_found(inventory, shown, matched=matched, unread=unread(inventory)))
        case _:
            print_found(shown, sys.stdout)


def _tell(inventory: "Inventory", shown: int, matched: int) -> None:
    """Say on stderr what the output cannot say for itself: nothing, not all, or not known."""
    from auditor.inventory.query import unread

    missing = [one.title for one in unread(inventory)]
    if not matched:
        click.echo("consent-auditor: no app fits", err=True)
    elif shown < matched:
        text = f"{shown:,} of {matched:,} apps are shown: --limit 0 shows all"
        click.echo(f"consent-auditor: {text}", err=True)
    if missing:
        text = f"there may be more, as these could not be read to the end: {', '.join(missing)}"
        click.echo(f"consent-auditor: {text}", err=True)
