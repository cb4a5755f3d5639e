"""``--share-safe`` and ``--share-key``: what the tenant owns is replaced before anything else."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from auditor.cli.output import check_file
from auditor.errors import UsageError
from auditor.files import shown
from auditor.model.profile import ConsentRequest
from auditor.share_key import DEFAULT, load_or_make

if TYPE_CHECKING:
    from auditor.model.snapshot import Snapshot
    from auditor.share_safe import Shared


class KeyOptions(TypedDict):
    """Which key."""

    share_key: str


class ShareOptions(KeyOptions):
    """Whether what is written may be shared."""

    share_safe: bool


KEY_OPTION = click.Option(
    ["--share-key"],
    envvar="CONSENT_AUDITOR_SHARE_KEY",
    default=DEFAULT,
    show_default=True,
    metavar="FILE",
    help="The secret key of the pseudonyms; made at first use. [env: CONSENT_AUDITOR_SHARE_KEY]",
)
SHARE_OPTIONS = (
    click.Option(
        ["--share-safe"],
        is_flag=True,
        help="Replace the tenant's names, ids and domains by pseudonyms, and drop free text.",
    ),
    KEY_OPTION,
)


def _refuse(_ctx: click.Context, option: click.Parameter, given: bool) -> None:  # noqa: FBT001
    if given:
        msg = f"{option.opts[0]}: an inventory cannot be made share-safe, as it names every app"
        raise UsageError(f"{msg}; for one app use audit --share-safe, or bundle")


NO_SHARE_OPTION = click.Option(
    ["--share-safe"], is_flag=True, hidden=True, expose_value=False, callback=_refuse
)
"""Refused with a reason, where it is no option but somebody may look for it."""


def load_key(options: KeyOptions, *results: str) -> bytes:
    """Read the key, or make one and say so.

    Args:
        options: Which key.
        results: Files that will be written.

    Raises:
        UsageError: It is no key, others can read it, it cannot be made, or a result would replace
            it.
    """
    path = Path(options["share_key"])
    if any(Path(one).absolute() == path.absolute() for one in results if one):
        msg = f"{shown(path)} is the key of --share-key, and a result would replace it: give two"
        raise UsageError(msg)
    if not path.exists():
        check_file(path)
    key, new = load_or_make(path)
    if new:
        text = f"made the key {shown(path)}: keep it, the same key gives the same pseudonyms"
        click.echo(f"consent-auditor: {text}", err=True)
    return key


def shared(
    snapshot: "Snapshot",
    requests: Sequence[ConsentRequest],
    key: bytes,
    previous: "Snapshot | None" = None,
) -> "Shared":
    """Replace what the tenant owns."""
    from auditor.share_safe import share  # noqa: PLC0415 - only when a command runs

    return share(snapshot, requests, key, previous)
