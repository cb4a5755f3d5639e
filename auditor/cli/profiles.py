"""``consent-auditor profiles``: what can be asked."""

import click

from auditor.catalog import load_profile, profile_ids, validate
from auditor.model.profile import VendorProfile


@click.group(name="profiles")
def command() -> None:
    """List, show and validate requirement profiles."""


@command.command(name="list")
def list_profiles() -> None:
    """List the shipped profiles."""
    for profile in map(load_profile, profile_ids()):
        click.echo(f"{profile.id:24} {profile.name} ({profile.kind}, version {profile.version})")


@command.command(name="show")
@click.argument("profile_id", metavar="ID|PATH")
def show(profile_id: str) -> None:
    """Show what a profile's app asks for."""
    click.echo(_described(load_profile(profile_id)))


@command.command(name="validate")
@click.argument("path")
def validate_profile(path: str) -> None:
    """Check a profile file of your own."""
    profile = validate(path)
    number = sum(len(feature.permissions) for feature in profile.features)
    click.echo(f"{path} is valid: {profile.name}, {number} permissions")


def _described(profile: VendorProfile) -> str:
    lines = [
        f"{profile.name} ({profile.id}), version {profile.version}",
        profile.summary,
        f"Source: {profile.source}, retrieved {profile.retrieved}",
        f"Kind: {profile.kind}",
    ]
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
