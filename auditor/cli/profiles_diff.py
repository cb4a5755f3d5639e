"""``consent-auditor profiles diff``: the document, the app's registration and the tenant."""

import sys
from typing import TYPE_CHECKING, Unpack

import click

from auditor.cli.chosen import PROFILES_OPTION
from auditor.cli.option_kinds import OneRun
from auditor.cli.options import REQUEST_OPTIONS, TENANT_OPTIONS, TenantOptions, read_live
from auditor.cli.output import write_stdout
from auditor.cli.source import (
    SAMPLE_OPTION,
    SNAPSHOT_OPTION,
    KeptOptions,
    SourceOptions,
    check_source,
    make_kept_requests,
    read_kept,
)
from auditor.errors import UsageError
from auditor.model.profile import ConsentRequest, UserKind

if TYPE_CHECKING:
    from auditor.profile_diff import ProfileDiff

# Whatever reads or writes is imported when the command runs.
# ruff: noqa: PLC0415


class _Options(SourceOptions, TenantOptions):
    profile_id: str
    profiles: str
    settings: tuple[str, ...]
    app_id: str
    format: str


_OPTIONS = (
    click.Argument(["profile_id"], metavar="ID|PATH"),
    PROFILES_OPTION,
    *(one for one in REQUEST_OPTIONS if one.name == "settings"),
    OneRun(
        ["--app-id"],
        default="",
        metavar="GUID",
        help="The app in the tenant, where the profile does not name it.",
    ),
    SNAPSHOT_OPTION,
    SAMPLE_OPTION,
    click.Option(
        ["--format"], type=click.Choice(["text", "json"]), default="text", show_default=True
    ),
)


@click.command(name="diff", params=[*_OPTIONS, *TENANT_OPTIONS])
def command(**options: Unpack[_Options]) -> None:
    """Compare what a profile asks for with the app's registration and with the tenant.

    Says what is asked but never requested, requested but not in the document, left over in the
    tenant, asked but not consented to, and asked but never needed. Reads a live tenant, a
    snapshot or a sample.
    """
    check_source(options)
    request = _request(options)
    if request.app_id is None:
        raise UsageError("which app of the tenant? give --app-id GUID")
    snapshot = read_kept(options, [request]) or read_live(options, [request])
    from auditor.facts import derive
    from auditor.permissions import load_permissions
    from auditor.profile_diff import compare

    found = compare(derive(snapshot), request, request.app_id, load_permissions())
    _write(found, options["format"])


def _write(found: "ProfileDiff", format_id: str) -> None:
    if format_id == "json":
        from auditor.render.profile_diff_json import render_profile_diff_json

        write_stdout(render_profile_diff_json(found))
        return
    from auditor.render.profile_diff_text import print_profile_diff

    print_profile_diff(found, sys.stdout)


def _request(options: _Options) -> ConsentRequest:
    """Ask for every feature; as with ``.default``, so that all listed resources are read too."""
    from auditor.catalog import load_profile

    profile = load_profile(options["profile_id"], options["profiles"])
    asked = KeptOptions(
        profile=(options["profile_id"],),
        profiles=options["profiles"],
        app_id=options["app_id"],
        scope=(),
        url="",
        feature=tuple(one.id for one in profile.features),
        settings=options["settings"],
        user=UserKind.MEMBER,
        role="",
        user_id="",
        publisher="auto",
        prompt_consent=False,
        default_scope=True,
        snapshot=options["snapshot"],
        sample=options["sample"],
    )
    (request,) = make_kept_requests(asked)
    return request
