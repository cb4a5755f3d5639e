"""``consent-auditor profiles``: what can be asked."""

from itertools import islice

import click

from auditor.catalog import errors_in, load_profile, load_profiles, validate
from auditor.cli.chosen import PROFILES_OPTION, tell_errors
from auditor.cli.profiles_diff import command as diff
from auditor.cli.profiles_new import command as new
from auditor.errors import UsageError
from auditor.files import shown
from auditor.model.profile import VendorProfile

_MOST_ERRORS = 100
"""Lines that ``validate`` prints of one file."""


@click.group(name="profiles")
def command() -> None:
    """List, show, validate, make and compare requirement profiles."""


command.add_command(new)
command.add_command(diff)


@command.command(name="list", params=[PROFILES_OPTION])
def list_profiles(*, profiles: str) -> None:
    """List the shipped profiles and your own, and where they come from.

    Your own are those of --profiles DIR, and ID.profile.toml in the working directory.
    """
    found, errors = load_profiles(profiles, here=True)
    for profile, place in ((one.profile, one.place) for one in found):
        about = f"{profile.name} ({profile.kind}, version {profile.version}, {place})"
        click.echo(f"{profile.id:24} {about}")
    tell_errors(errors)


@command.command(name="show", params=[PROFILES_OPTION])
@click.argument("profile_id", metavar="ID|PATH")
def show(profile_id: str, *, profiles: str) -> None:
    """Show what a profile's app asks for."""
    click.echo(_described(load_profile(profile_id, profiles)))


@command.command(name="validate")
@click.argument("path")
def validate_profile(path: str) -> int:
    """Check a profile file of your own; every fault is one line."""
    errors = [*islice(errors_in(path), _MOST_ERRORS + 1)]
    if errors:
        tell_errors(errors[:_MOST_ERRORS])
        if len(errors) > _MOST_ERRORS:
            more = f"consent-auditor: {shown(path)}: there are more; mend these first"
            click.echo(more, err=True)
        return UsageError.exit_code
    profile = validate(path)
    number = sum(len(feature.permissions) for feature in profile.features)
    click.echo(f"{shown(path)} is valid: {profile.name}, {number} permissions")
    return 0


def _described(profile: VendorProfile) -> str:
    lines = [
        f"{profile.name} ({profile.id}), version {profile.version}",
        profile.summary,
        f"Source: {profile.source}, retrieved {profile.retrieved}",
        f"Kind: {profile.kind}",
    ]
    if profile.app_id:
        lines.append(f"App ID: {profile.app_id}")
    for variable in profile.variables:
        needed = "required" if variable.required else "optional"
        lines.append(f"--set {variable.name}=…  {variable.description} ({needed})")
    if profile.registration:
        lines += [f"Redirect URI: {uri}" for uri in profile.registration.redirect_uris]
        lines.append(f"Account types: {', '.join(profile.registration.audiences)}")
    for feature in profile.features:
        words = "required" if feature.required else "default" if feature.default else "on request"
        lines.append(f"\nFeature {feature.id}: {feature.name} ({words})")
        for one in feature.permissions:
            extra = f" (document: {one.documented_as})" if one.documented_as else ""
            extra += " (assumed)" if one.assumed else ""
            lines.append(f"  {one.resource}: {one.value}{extra}")
    lines += [f"\nNote: {note}" for note in profile.notes]
    return "\n".join(lines)
