"""Which profiles a command is about: the named ones, or all, a person's own among them."""

from collections.abc import Iterable, Sequence

import click

from auditor.errors import UsageError
from auditor.files import shown
from auditor.model.profile import VendorProfile

PROFILES_OPTION = click.Option(
    ["--profiles"],
    envvar="CONSENT_AUDITOR_PROFILES",
    default="",
    metavar="DIR",
    help="A folder of your own profiles, each in ID.toml. [env: CONSENT_AUDITOR_PROFILES]",
)


def chosen_profiles(wanted: Sequence[str], folder: str) -> list[VendorProfile]:
    """Load the named profiles; without a name every shipped one, and every one of ``folder``.

    A damaged file that nobody asked for by name is told on stderr.

    Raises:
        UsageError: The folder cannot be read, or two profiles have the same id.
        ProfileError: A named profile cannot be found, or is not valid.
    """
    from auditor.catalog import load_profile, load_profiles  # noqa: PLC0415 - when a command runs

    if not wanted:
        found, errors = load_profiles(folder)
        tell_errors(errors)
        return [one.profile for one in found]
    profiles = [load_profile(one, folder) for one in dict.fromkeys(wanted)]
    ids = [one.id for one in profiles]
    twice = [one for one in ids if ids.count(one) > 1]
    if twice:
        raise UsageError(f"two of the profiles have the id {twice[0]}: give one of them")
    return profiles


def tell_errors(errors: Iterable[UsageError]) -> None:
    """Say on stderr what is wrong with files that are passed over, one line each."""
    for error in errors:
        click.echo(f"consent-auditor: {shown(str(error))}", err=True)
