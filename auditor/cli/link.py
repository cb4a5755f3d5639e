"""What ``--url`` gives: a pasted link instead of an app ID, scopes and how the app asks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from auditor.errors import UsageError
from auditor.files import shown
from auditor.model.cloud import Cloud
from auditor.model.fact import Known
from auditor.model.profile import ConsentRequest
from auditor.pasted_link import LinkKind, PastedLink, check_place, parse_link
from auditor.scopes import guid, parse_scope

if TYPE_CHECKING:
    from auditor.cli.options import RequestOptions
    from auditor.model.snapshot import Snapshot

_ADMIN_NOTE = (
    "The link asks an administrator to consent for everybody; the answer is about what users meet."
)
_ERROR_NOTE = (
    "The link is the redirect after an error; consent-auditor explain says what the code means."
)


def given_link(options: "RequestOptions") -> PastedLink | None:
    """Read the link of ``--url``; None without one.

    Raises:
        UsageError: It cannot be read, contradicts another option, or says too little.
    """
    if not options["url"]:
        return None
    if options["app_id"] or options["scope"]:
        raise UsageError("--url says which app asks for what: leave out --app-id and --scope")
    link = parse_link(options["url"])
    _check_live(options, link)
    if not options["profile"]:
        _check_alone(link)
    elif len(options["profile"]) > 1:
        raise UsageError("--url is about one app: give one --profile with it")
    if link.app_id and any(names_app(one) for one in options["settings"]):
        raise UsageError("--url says which app it is: leave out --set app_id")
    return link


def names_app(setting: str) -> bool:
    """Say whether a setting of ``--set`` says which app it is."""
    return setting.partition("=")[0].rpartition(".")[2] == "app_id"


def _check_live(options: Mapping[str, object], link: PastedLink) -> None:
    """Compare with the tenant that is named for a live run; a kept one is compared when read."""
    cloud = options.get("cloud")
    if cloud is None or options.get("snapshot") or options.get("sample"):
        return
    tenant = guid(str(options.get("tenant")))
    check_place(link, Cloud(str(cloud)), [tenant] if tenant else [])


def _check_alone(link: PastedLink) -> None:
    """Refuse a link that does not say which permissions an app asks for."""
    if not link.app_id:
        raise UsageError("--url: the link names no app: give --profile, with --set app_id=GUID")
    if link.default_scope:
        raise UsageError(
            "--url: the link asks for .default, which is what the app's registration lists: give "
            "--profile with it, or --app-id, --scope for each permission and --default-scope "
            "without it"
        )
    if not link.scopes:
        raise UsageError("--url: the link names no permission: give --profile with it")


def with_link(options: "RequestOptions", link: PastedLink) -> "RequestOptions":
    """Put what the link says where the options would say it.

    Raises:
        UsageError: The profile is about another app.
    """
    found = options.copy()
    found["app_id"] = link.app_id
    found["prompt_consent"] = options["prompt_consent"] or link.prompt_consent
    found["default_scope"] = options["default_scope"] or link.default_scope
    if not options["profile"]:
        found["scope"] = link.scopes
    elif _has_fixed_app(options, link.app_id):
        found["app_id"] = ""
    return found


def _has_fixed_app(options: "RequestOptions", app_id: str) -> bool:
    from auditor.catalog import load_profile  # noqa: PLC0415 - only when a command runs

    profile = load_profile(options["profile"][0], options["profiles"])
    if not app_id or "app_id" in {one.name for one in profile.variables}:
        return False
    if profile.app_id not in {app_id, None}:
        msg = f"--url is about the app {app_id}, and profile {profile.id} about {profile.app_id}"
        raise UsageError(msg)
    return profile.app_id is not None


def as_linked(request: ConsentRequest, link: PastedLink) -> ConsentRequest:
    """Compare the link's own redirect URI instead of the profile's, and say what was not."""
    registration, notes = request.registration, request.notes
    if registration and link.redirect_uri:
        late = tuple(f"The redirect URI {one} was not checked" for one in registration.unchecked)
        notes = tuple(one for one in notes if not (late and one.startswith(late)))
        uris = (link.redirect_uri,)
        registration = replace(registration, redirect_uris=uris, unchecked=())
    return replace(request, registration=registration, notes=notes + _notes(request, link))


def _notes(request: ConsentRequest, link: PastedLink) -> tuple[str, ...]:
    found = [_ADMIN_NOTE] if link.kind is LinkKind.ADMIN_CONSENT else []
    if link.wrapper:
        found.append(
            f"{link.wrapper} had wrapped the link: the link inside was read, nothing was opened."
        )
    if link.redirect_uri and not request.registration:
        found.append(
            f"The link's redirect URI {link.redirect_uri} was not compared: the link does not say "
            "what kind of registration it belongs to. A profile with a [registration] does."
        )
    asked = {
        (one.requirement.resource_app_id, one.requirement.value.lower())
        for one in request.permissions
    }
    parsed = [(one, parse_scope(one)) for one in link.scopes]
    more = [one for one, (app, value) in parsed if (app, value.lower()) not in asked]
    if more:
        names = ", ".join(more)
        found.append(f"The link asks for more than the profile, and that was not decided: {names}")
    return tuple(found)


def check_link(
    options: Mapping[str, object], snapshot: "Snapshot", requests: Sequence[ConsentRequest]
) -> None:
    """Refuse a link of another cloud or tenant than was read; say on stderr what it leaves open.

    Raises:
        UsageError: They contradict each other.
    """
    if not options.get("url"):
        return
    from auditor.facts import derive  # noqa: PLC0415 - only when a command runs

    link = parse_link(str(options["url"]))
    found = derive(snapshot).organization()
    asked = guid(snapshot.tenant)
    names = [asked] if asked and not snapshot.share_safe else []
    if snapshot.share_safe and link.tenant:
        _tell(options, "the link's tenant was not compared: this snapshot is share-safe")
    elif isinstance(found, Known):
        names = [found.value.id.lower(), *(one.lower() for one in found.value.verified_domains)]
    check_place(link, snapshot.cloud, names)
    explained = "text" in options  # an argument of the command explain
    notes = (_ERROR_NOTE,) if link.kind is LinkKind.ERROR and not explained else ()
    for note in (*notes, *_notes(requests[0], link)):
        _tell(options, note)


def _tell(options: Mapping[str, object], note: str) -> None:
    if not options.get("quiet"):
        click.echo(f"consent-auditor: {shown(note)}", err=True)
