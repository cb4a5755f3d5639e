"""``consent-auditor what-if``: named changes on something that is kept, and what they move."""

import sys
from collections.abc import Iterable, Iterator
from typing import Unpack

import click

from auditor.cli.option_kinds import OneRun
from auditor.cli.options import REQUEST_OPTIONS
from auditor.cli.output import write_stdout
from auditor.cli.source import (
    SAMPLE_OPTION,
    SNAPSHOT_OPTION,
    KeptOptions,
    check_source,
    make_kept_requests,
    read_kept,
)
from auditor.errors import UsageError
from auditor.model.what_if import Supposition

_ON_OFF = click.Choice(["on", "off"])

_CHANGES = (
    OneRun(
        ["--classify"],
        multiple=True,
        metavar="SCOPE[=LEVEL]",
        help="Classify a permission low (default), medium, high or none.",
    ),
    OneRun(
        ["--assign"],
        multiple=True,
        metavar="POLICY-ID",
        help="Assign an app consent policy to the default user role.",
    ),
    OneRun(
        ["--unassign"],
        multiple=True,
        metavar="POLICY-ID",
        help="Take an app consent policy away from the default user role.",
    ),
    OneRun(
        ["--grant"],
        multiple=True,
        metavar="SCOPE",
        help="Consent to a permission for everybody, for the app of each profile.",
    ),
    OneRun(
        ["--revoke-grants"], is_flag=True, help="Take back everything the apps have consent for."
    ),
    OneRun(
        ["--publisher-loses-verification"],
        is_flag=True,
        help="The publisher of each app is not verified.",
    ),
    OneRun(
        ["--managed-excludes"],
        multiple=True,
        metavar="SCOPE",
        help="Microsoft's recommended policy leaves a permission to administrators.",
    ),
    OneRun(["--as-guest"], is_flag=True, help="The user is a guest."),
    OneRun(
        ["--risky-app-consent"],
        multiple=True,
        type=_ON_OFF,
        help="Users may consent to risky apps, or not.",
    ),
    OneRun(
        ["--workflow"],
        multiple=True,
        type=_ON_OFF,
        help="The admin consent workflow.",
    ),
    OneRun(["--require-assignment"], is_flag=True, help="Users have to be assigned to each app."),
)

_FORMAT = click.Option(
    ["--format"], type=click.Choice(["text", "json"]), default="text", show_default=True
)


class _Options(KeptOptions):
    format: str
    suppositions: tuple[Supposition, ...]


class _InOrder(click.Command):
    """A command that knows in which order its changes were given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as ever, and put the changes into ``suppositions``."""
        if ctx.resilient_parsing:  # the shell completes a word
            return super().parse_args(ctx, args)
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        rest = super().parse_args(ctx, args)
        given = {one.name or "": ctx.params.pop(one.name or "") for one in _CHANGES}
        values = {name: list(one) if isinstance(one, tuple) else [] for name, one in given.items()}
        ctx.params["suppositions"] = tuple(_suppositions(order, values))
        return rest


def _suppositions(
    order: Iterable[click.Parameter], values: dict[str, list[str]]
) -> Iterator[Supposition]:
    """Pair each change with what it was given; a flag is given nothing."""
    for one in order:
        if one in _CHANGES:
            left = values[one.name or ""]
            yield Supposition(one.opts[0].removeprefix("--"), left.pop(0) if left else "")


@click.command(
    name="what-if",
    cls=_InOrder,
    params=[SNAPSHOT_OPTION, SAMPLE_OPTION, *_CHANGES, _FORMAT, *REQUEST_OPTIONS],
)
def command(**options: Unpack[_Options]) -> None:
    """Suppose changes, and show every verdict and every baseline control that moves.

    Reads a snapshot or a sample. The changes are applied in the order given, each as often as it
    is given; nothing is written to a tenant.
    """
    _check_together(options)
    requests = make_kept_requests(options)
    from auditor.what_if import what_if  # noqa: PLC0415 - only when a command runs

    snapshot = read_kept(options, requests)
    if snapshot is None:
        msg = "what-if reads no live tenant: give --snapshot FILE (from collect) or --sample ID"
        raise UsageError(msg)
    found = what_if(snapshot, requests, options["suppositions"])
    if options["format"] == "json":
        from auditor.render.what_if_json import render_what_if_json  # noqa: PLC0415

        write_stdout(render_what_if_json(found))
        return
    from auditor.render.what_if_text import print_what_if  # noqa: PLC0415 - rich

    print_what_if(found, sys.stdout)


def _check_together(options: _Options) -> None:
    """Refuse what can be seen to be wrong before anything is read.

    Raises:
        UsageError: Two things to read, or no change.
    """
    check_source(options)
    if not options["suppositions"]:
        names = ", ".join(one.opts[0] for one in _CHANGES)
        msg = f"what-if needs at least one change: give one of {names}"
        raise UsageError(msg)
