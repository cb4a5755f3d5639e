"""``consent-auditor explain``: what the error means that a person met."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click
from click.core import ParameterSource

from auditor.cli.link import names_app
from auditor.cli.options import REQUEST_OPTIONS, TENANT_OPTIONS, TenantOptions, read_live
from auditor.cli.output import check_output, tell_files, write_result
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
from auditor.explanation import Explanation, explanation
from auditor.pasted_error import MAX_CHARACTERS, parse_error
from auditor.pasted_link import LinkKind, PastedLink, parse_link
from auditor.scopes import guid

if TYPE_CHECKING:
    from auditor.model.report import Report

# Whatever reads or writes is imported when the command runs.
# ruff: noqa: PLC0415

_FILES = {"text": "explanation.txt", "json": "explanation.json", "markdown": "explanation.md"}
_WHICH_APP = "which app? give --profile, --app-id with --scope, or --url with the link"
_LINKS = 20
"""Words of the text that are tried as a link."""


class _Options(KeptOptions, TenantOptions):
    text: tuple[str, ...]
    format: str
    output: str


_TEXT = click.Argument(["text"], nargs=-1, required=True, metavar="CODE|TEXT|URL|-")
_OWN = (
    SNAPSHOT_OPTION,
    SAMPLE_OPTION,
    click.Option(
        ["--format"],
        type=click.Choice(list(_FILES)),
        default="text",
        show_default=True,
        help="markdown is one answer for a ticket.",
    ),
    click.Option(
        ["--output"], default="", metavar="DIR|FILE|-", help="Where to write; - is stdout."
    ),
)


@click.command(name="explain", params=[_TEXT, *_OWN, *TENANT_OPTIONS, *REQUEST_OPTIONS])
def command(**options: Unpack[_Options]) -> None:
    """Say what a sign-in error means, to whom it belongs and what to do.

    Takes a code such as AADSTS90094, the whole text of the error page, the URL that the browser
    ended at, or - for stdin. A URL has to stand in quotes. With an app (--profile, or --app-id and
    --scope, or --url) and a tenant (--tenant or its variable, --snapshot or --sample) it also says
    which of the causes holds there. Without an app it stays offline.
    """
    check_source(options)
    check_output((options["format"],), options["output"])
    text = _text(options["text"])
    word, link = _pasted_link(text, options["url"])
    found = replace(_explanation(text, link), link=link)
    if _is_about_a_tenant(options, link):
        found = replace(found, report=_report(_with_link(options, word, link)))
    tell_files(_write(found, options), quiet=options["quiet"])


def _text(words: tuple[str, ...]) -> str:
    if words != ("-",):
        return " ".join(words)
    # A character may take 4 bytes; what is too long is refused by the parser.
    content = sys.stdin.buffer.read(4 * MAX_CHARACTERS + 4)
    return content.decode("utf-8-sig", "replace")


def _pasted_link(text: str, url: str) -> tuple[str, PastedLink | None]:
    """Find the first link in the text that can be read, unless ``--url`` names one."""
    if url:
        return url, parse_link(url)
    words = (one for one in text[:MAX_CHARACTERS].split() if "://" in one)
    for word in islice(words, _LINKS):
        with suppress(UsageError):
            return word, parse_link(word)
    return "", None


def _explanation(text: str, link: PastedLink | None) -> Explanation:
    from auditor.sign_in_errors import load_error_codes

    try:
        pasted = parse_error(text)
    except UsageError as error:
        if link is None or link.kind is LinkKind.ERROR:
            raise
        msg = "the link holds no error: consent-auditor audit --url checks what it asks for"
        raise UsageError(msg) from error
    return explanation(pasted, load_error_codes())


def _is_about_a_tenant(options: _Options, link: PastedLink | None) -> bool:
    """Say whether to look into a tenant, which takes an app.

    Raises:
        UsageError: An app without a tenant, or a tenant without an app.
    """
    typed = _typed(REQUEST_OPTIONS)
    apps = [one for one in ("--profile", "--scope", "--url") if one in typed]
    if options["snapshot"] or options.get("sample"):
        named = apps or options["profile"] or options["scope"] or _stands_alone(link)
        if not (named or is_bundle_alone(options)):
            raise UsageError(_WHICH_APP)
        return True
    if not apps and not typed and not _typed(TENANT_OPTIONS, but="quiet"):
        return False
    if not apps:
        raise UsageError(_WHICH_APP)
    auth = click.get_current_context().get_parameter_source("auth")
    if not options["tenant"] and auth is ParameterSource.DEFAULT:
        msg = (
            f"{', '.join(typed)}: about which tenant? give --tenant or set AZURE_TENANT_ID to read "
            "it, or give --snapshot FILE (from collect) or --sample ID"
        )
        raise UsageError(msg)
    return True


def _typed(options: Iterable[click.Option], but: str = "") -> list[str]:
    """Name those that stand on the command line."""
    source = click.get_current_context().get_parameter_source
    return [
        one.opts[0]
        for one in options
        if one.name != but and source(one.name or "") is ParameterSource.COMMANDLINE
    ]


def _stands_alone(link: PastedLink | None) -> bool:
    """Say whether a link names an app and all that it asks for."""
    return bool(link and link.app_id and link.scopes and not link.default_scope)


def _with_link(options: _Options, word: str, link: PastedLink | None) -> _Options:
    """Let the link of the text stand where ``--url`` would, unless the options say more.

    Raises:
        UsageError: The options name another app than the link.
    """
    if link is None or options["url"] or _says_less_than_a_bundle(options, link):
        return options
    found = options.copy()
    if _stands_alone(link) and "--profile" not in _typed(REQUEST_OPTIONS):
        found["profile"] = found["feature"] = ()
    _check_same_app(options, link)
    if found["scope"] or len(found["profile"]) > 1:
        return found
    if found["app_id"] and not link.app_id:
        found["settings"] += (f"app_id={found['app_id']}",)
    if link.app_id:
        found["settings"] = tuple(one for one in found["settings"] if not names_app(one))
    found["app_id"], found["url"] = "", word
    return found


def _says_less_than_a_bundle(options: _Options, link: PastedLink) -> bool:
    """Say whether a bundle knows which app it was, and a redirect after an error does not."""
    return link.kind is LinkKind.ERROR and not link.app_id and is_bundle_alone(options)


def _check_same_app(options: _Options, link: PastedLink) -> None:
    named = [one.partition("=")[2] for one in options["settings"] if names_app(one)]
    for one in filter(None, (options["app_id"], *named)):
        if link.app_id and guid(one) != link.app_id:
            raise UsageError(f"the link is about the app {link.app_id}, and {one!r} is asked about")


def _report(options: _Options) -> "Report":
    from auditor.pipeline import make_report

    requests = make_kept_requests(options)
    snapshot = read_kept(options, requests) or read_live(options, requests)
    return make_report(snapshot, requests)


def _write(found: Explanation, options: _Options) -> list[Path]:
    if options["format"] == "text" and options["output"] in {"", "-"}:
        from auditor.render.explain_text import print_explanation

        print_explanation(found, sys.stdout)
        return []
    content = _document(found, options["format"])
    return write_result(_FILES[options["format"]], content, options["output"])


def _document(found: Explanation, format_id: str) -> bytes:
    if format_id == "json":
        from auditor.render.explain_json import render_explanation_json

        return render_explanation_json(found)
    if format_id == "markdown":
        from auditor.render.explain_markdown import render_explanation_markdown

        return render_explanation_markdown(found)
    from auditor.render.explain_text import print_explanation

    text = StringIO()
    print_explanation(found, text)
    return text.getvalue().encode()
