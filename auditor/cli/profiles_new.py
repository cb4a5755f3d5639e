"""``consent-auditor profiles new``: a first version of a profile."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from auditor.cli.output import tell_files, write_stdout
from auditor.cli.questions import ask, ask_all, ask_one_of, can_ask
from auditor.cli.source import SAMPLE_OPTION, SNAPSHOT_OPTION, SourceOptions, check_source
from auditor.errors import UsageError
from auditor.files import shown, write_new
from auditor.model.profile import ProfileKind
from auditor.profile_file import KINDS, PLATFORMS

if TYPE_CHECKING:
    from auditor.facts import TenantFacts
    from auditor.permissions import PermissionTable
    from auditor.profile_draft import Draft

# Whatever reads or writes is imported when the command runs.
# ruff: noqa: PLC0415

_KINDS = tuple(kind.value for kind in KINDS)


class _Options(SourceOptions):
    url: str
    app_id: str
    id: str
    name: str
    kind: str | None
    scope: tuple[str, ...]
    source: str
    platform: str | None
    redirect_uri: tuple[str, ...]
    output: str


_OPTIONS = (
    click.Option(
        ["--url"], default="", metavar="URL", help="The app's sign-in or admin consent link."
    ),
    SNAPSHOT_OPTION,
    SAMPLE_OPTION,
    click.Option(["--app-id"], default="", metavar="GUID", help="The app's client ID."),
    click.Option(
        ["--id"], default="", metavar="ID", help="The profile's id; without it, made of the name."
    ),
    click.Option(["--name"], default="", metavar="TEXT", help="The product, as people call it."),
    click.Option(
        ["--kind"],
        type=click.Choice(_KINDS),
        default=None,
        help="One app of the vendor for all customers, or one that each customer registers.",
    ),
    click.Option(
        ["--scope"],
        multiple=True,
        metavar="SCOPE",
        help="A permission; repeatable, also beside a link.",
    ),
    click.Option(
        ["--source"], default="", metavar="TEXT|URL", help="The document that it is made from."
    ),
    click.Option(
        ["--platform"],
        type=click.Choice(PLATFORMS),
        default=None,
        help="Of an own registration: its redirect URIs' platform.",
    ),
    click.Option(
        ["--redirect-uri"],
        multiple=True,
        metavar="URI",
        help="Of an own registration; repeatable.",
    ),
    click.Option(
        ["--output"],
        default="",
        metavar="FILE|-",
        help="A file that is not there yet; - is stdout.",
    ),
)


@click.command(name="new", params=[*_OPTIONS])
def command(**options: Unpack[_Options]) -> None:
    """Write a first version of a profile, to be looked at and completed.

    From a link (--url), from an app in a snapshot or a sample (--app-id), or from --name, --scope
    and --source; what of these is missing is asked for where somebody sits at the terminal.
    """
    _check_together(options)
    from auditor.catalog import SHIPPED, profile_ids
    from auditor.permissions import load_permissions
    from auditor.profile_draft import made, remarks
    from auditor.profile_file import read_profile
    from auditor.profile_text import profile_text
    from auditor.toml_file import parse_toml

    table = load_permissions()
    draft = _completed(_draft(options, table), options)
    profile = made(draft, options["id"], table)
    if profile.id in profile_ids():
        msg = f"{profile.id} is the id of a {SHIPPED} profile: give another one with --id"
        raise UsageError(msg)
    text = profile_text(profile, remarks(draft))
    read_profile(parse_toml(text, "the new profile"), table)
    if options["output"] in {"", "-"}:
        write_stdout(text.encode())
        return
    path = Path(options["output"])
    write_new(path, text.encode())
    tell_files([path], quiet=False)


def _check_together(options: _Options) -> None:
    """Refuse options that contradict each other, and texts that no profile can hold.

    Raises:
        UsageError: Two ways at once, one without what it needs, or a text that is malformed.
    """
    from auditor.profile_file import id_problem, text_problem
    from auditor.scopes import guid

    check_source(options)
    kept = options["snapshot"] or options["sample"]
    if options["url"] and kept:
        raise UsageError("--url and a tenant are two ways to make a profile: give one of them")
    if kept and not options["app_id"]:
        raise UsageError("which app of the tenant? give --app-id GUID")
    if options["app_id"] and not guid(options["app_id"]):
        raise UsageError(f"--app-id {shown(options['app_id'][:80])} is no GUID")
    for name, text, check in (
        ("id", options["id"], id_problem),
        ("name", options["name"], text_problem),
        ("source", options["source"], text_problem),
    ):
        if problem := check(text) if text else "":
            raise UsageError(f"--{name}: {problem}")


def _draft(options: _Options, table: "PermissionTable") -> "Draft":
    from auditor.pasted_link import parse_link
    from auditor.profile_draft import from_link, from_tenant

    today = datetime.now(UTC).date()
    if options["url"]:
        link = parse_link(options["url"])
        if link.app_id and options["app_id"].lower() not in {"", link.app_id}:
            raise UsageError("--url says which app it is: leave out --app-id")
        return from_link(link, today)
    if options["snapshot"] or options["sample"]:
        return from_tenant(_facts(options), options["app_id"].lower(), table)
    return _said(options, table)


def _facts(options: _Options) -> "TenantFacts":
    """Read the snapshot, or what a sample says about the app and the resources that it lists."""
    from auditor.catalog import ad_hoc_request
    from auditor.cli.source import read_offline
    from auditor.facts import derive
    from auditor.model.profile import Asker, Publisher

    request = ad_hoc_request(
        options["app_id"],
        ["User.Read"],
        asker=Asker(),
        publisher=Publisher.UNKNOWN,
        prompt_consent=False,
        default_scope=True,
    )
    return derive(read_offline(options, [request]))


def _said(options: _Options, table: "PermissionTable") -> "Draft":
    """Take what the options say, and ask for the rest.

    Raises:
        UsageError: Something is missing, and nobody is there to ask.
    """
    from auditor.profile_draft import Draft

    today = datetime.now(UTC).date()
    if options["name"] and options["scope"] and options["source"]:
        return Draft(source=options["source"], retrieved=today)
    if not can_ask():
        msg = (
            "nothing to make a profile from: give --url, or --snapshot (or --sample) and --app-id, "
            "or --name, --scope and --source"
        )
        raise UsageError(msg)
    return _asked(options, table)


def _asked(options: _Options, table: "PermissionTable") -> "Draft":
    from auditor.profile_draft import Draft, derived_id
    from auditor.profile_file import id_problem, redirect_problem, scope_problem, text_problem

    name = options["name"] or ask("Product, as people call it", text_problem)
    options["id"] = options["id"] or ask("Profile's id", id_problem, derived_id(name, ""))
    kind = options["kind"] or ask_one_of("Whose app is it", _KINDS, _KINDS[0])
    platform, uris = options["platform"] or "", options["redirect_uri"]
    if kind == ProfileKind.OWN_REGISTRATION:
        chosen = platform or ask_one_of("Platform of the registration", PLATFORMS)
        uris = uris or ask_all("Redirect URI", lambda uri: redirect_problem(uri, chosen))
        platform = chosen
    app_id = options["app_id"] or ask("App ID, if it is known", _guid_problem, "")
    scopes: tuple[str, ...] = ()
    if not options["scope"]:
        scopes = ask_all("Permission", lambda one: scope_problem(one, table), least=1)
    source = options["source"] or ask("Document that says so (title or URL)", text_problem)
    return Draft(
        source=source,
        retrieved=datetime.now(UTC).date(),
        name=name,
        app_id=app_id.lower() or None,
        scopes=scopes,
        kind=ProfileKind(kind),
        platform=platform,
        redirect_uris=uris,
    )


def _guid_problem(text: str) -> str:
    from auditor.scopes import guid

    return "" if guid(text) else "is no GUID"


def _completed(draft: "Draft", options: _Options) -> "Draft":
    """Put what the options say over what was found; scopes are added.

    Raises:
        UsageError: A registration is described where none belongs, or too little.
    """
    kind = ProfileKind(options["kind"] or draft.kind)
    found = replace(
        draft,
        source=options["source"] or draft.source,
        name=options["name"] or draft.name,
        app_id=options["app_id"].lower() or draft.app_id,
        scopes=draft.scopes + options["scope"],
        kind=kind,
        platform=options["platform"] or draft.platform,
        redirect_uris=options["redirect_uri"] or draft.redirect_uris,
    )
    own = kind is ProfileKind.OWN_REGISTRATION
    if (options["platform"] or options["redirect_uri"]) and not own:
        raise UsageError("--platform and --redirect-uri go with --kind own-registration")
    if own and not found.platform:
        names = ", ".join(PLATFORMS)
        raise UsageError(f"--kind own-registration needs --platform, one of {names}")
    return found
