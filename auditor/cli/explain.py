"""``consent-auditor explain``: what the error means that a person met."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

import click

from auditor.cli.options import REQUEST_OPTIONS
from auditor.cli.output import write_stdout
from auditor.cli.source import (
    SAMPLE_OPTION,
    SNAPSHOT_OPTION,
    KeptOptions,
    check_source,
    is_bundle_alone,
    make_kept_requests,
    read_kept,
)
from auditor.errors import UsageError
from auditor.pasted_error import MAX_CHARACTERS, parse_error

if TYPE_CHECKING:
    from auditor.model.report import Report

# Whatever reads or writes is imported when the command runs.
# ruff: noqa: PLC0415


class _Options(KeptOptions):
    text: tuple[str, ...]
    format: str


_TEXT = click.Argument(["text"], nargs=-1, required=True, metavar="CODE|TEXT|URL|-")
_FORMAT = click.Option(
    ["--format"], type=click.Choice(["text", "json"]), default="text", show_default=True
)


@click.command(
    name="explain", params=[_TEXT, SNAPSHOT_OPTION, SAMPLE_OPTION, _FORMAT, *REQUEST_OPTIONS]
)
def command(**options: Unpack[_Options]) -> None:
    """Say what a sign-in error means, to whom it belongs and what to do.

    Takes a code such as AADSTS90094, the whole text of the error page, the URL that the browser
    ended at, or - for stdin. With --snapshot or --sample, and the options that name the app, it
    also says which of the causes holds in that tenant. A URL has to stand in quotes.
    """
    _check_together(options)
    pasted = parse_error(_text(options["text"]))
    from auditor.explanation import explanation
    from auditor.sign_in_errors import load_error_codes

    table = load_error_codes()
    found = explanation(pasted, table)
    if options["snapshot"] or options.get("sample"):
        found = replace(found, report=_report(options))
    if options["format"] == "json":
        from auditor.render.explain_json import render_explanation_json

        write_stdout(render_explanation_json(found))
        return
    from auditor.render.explain_text import print_explanation

    print_explanation(found, sys.stdout)


def _check_together(options: _Options) -> None:
    """Refuse an app without a tenant, and a tenant without an app.

    Raises:
        UsageError: One is given without the other, or two things to read.
    """
    check_source(options)
    kept = options["snapshot"] or options.get("sample")
    typed = click.core.ParameterSource.COMMANDLINE
    context = click.get_current_context()
    given = [
        one for one in REQUEST_OPTIONS if context.get_parameter_source(one.name or "") is typed
    ]
    if given and not kept:
        names = ", ".join(one.opts[0] for one in given)
        msg = f"{names}: about which tenant? give --snapshot FILE (from collect) or --sample ID"
        raise UsageError(msg)
    named = options["profile"] or options["scope"] or options["url"]
    if kept and not named and not is_bundle_alone(options):
        msg = "which app? give --profile, --app-id with --scope, or --url with the link"
        raise UsageError(msg)


def _text(words: tuple[str, ...]) -> str:
    if words != ("-",):
        return " ".join(words)
    # A character may take 4 bytes; what is too long is refused by the parser.
    content = sys.stdin.buffer.read(4 * MAX_CHARACTERS + 4)
    return content.decode("utf-8-sig", "replace")


def _report(options: _Options) -> "Report | None":
    from auditor.pipeline import make_report

    requests = make_kept_requests(options)
    snapshot = read_kept(options, requests)
    return make_report(snapshot, requests) if snapshot else None
