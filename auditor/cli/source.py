"""What is read instead of a live tenant, and which options do not go together with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

import click

from auditor.cli.link import check_link
from auditor.cli.option_kinds import OneRun
from auditor.cli.options import (
    TENANT_OPTIONS,
    RequestOptions,
    make_asker,
    make_publisher,
    make_requests,
)
from auditor.errors import UsageError
from auditor.model.profile import ConsentRequest

if TYPE_CHECKING:
    from auditor.model.snapshot import Snapshot


class SourceOptions(TypedDict):
    """Both empty, or left out, for a live tenant."""

    snapshot: str
    sample: NotRequired[str]


class KeptOptions(RequestOptions, SourceOptions):
    """What to ask of something that is kept."""


SNAPSHOT_OPTION = OneRun(
    ["--snapshot"],
    default="",
    metavar="FILE",
    help="Read this snapshot, or bundle, instead of a tenant.",
)
SAMPLE_OPTION = OneRun(
    ["--sample"],
    default="",
    metavar="ID",
    help="Read a sample tenant that ships with the program; demo --list names them.",
)


def check_source(options: Mapping[str, object]) -> None:
    """Refuse, before anything is read, options that name two things to read.

    Raises:
        UsageError: A snapshot and a sample, or one of them and a tenant.
    """
    read = [one for one in ("snapshot", "sample") if options.get(one)]
    if len(read) > 1:
        raise UsageError("--snapshot and --sample are two tenants: give one of them")
    typed = click.core.ParameterSource.COMMANDLINE
    context = click.get_current_context()
    given = [one for one in TENANT_OPTIONS if context.get_parameter_source(one.name or "") is typed]
    names = ", ".join(one.opts[0] for one in given if one.name != "quiet")
    if read and names:
        msg = f"--{read[0]} says which tenant it is: leave out {names}"
        raise UsageError(msg)


def refuse_options(ctx: click.Context) -> None:
    """Refuse options of a group before the word of its command, which has its own.

    Raises:
        UsageError: There is one.
    """
    given = click.core.ParameterSource.COMMANDLINE
    for one in ctx.command.params:
        if ctx.get_parameter_source(one.name or "") is given:
            command = ctx.invoked_subcommand
            msg = f"{one.opts[0]} belongs to {ctx.info_name} alone: write it after {command}"
            raise UsageError(msg)


def is_bundle_alone(options: KeptOptions) -> bool:
    """Say whether a bundle is read and no option says which app is asked about.

    A config file does not: it is about its own tenant, and the bundle may be anybody's.
    """
    from auditor.store import is_bundle  # noqa: PLC0415 - only when a command runs

    if not options["snapshot"] or not is_bundle(Path(options["snapshot"])):
        return False
    context, file = click.get_current_context(), click.core.ParameterSource.DEFAULT_MAP
    asked = ("profile", "app_id", "scope", "url", "feature", "settings")
    given = (one for one in asked if options.get(one))
    return all(context.get_parameter_source(one) is file for one in given)


def make_kept_requests(options: KeptOptions) -> list[ConsentRequest]:
    """Make the requests; a sample and a bundle know which apps they are about.

    Raises:
        UsageError: There is no such sample, a bundle is damaged, or an option is wrong.
    """
    if is_bundle_alone(options):
        return _bundled_requests(options)
    sample = options.get("sample", "")
    if not sample:
        return make_requests(options)
    from auditor.samples import load_sample  # noqa: PLC0415 - only when a command runs

    return make_requests(options, load_sample(sample).variables)


def _bundled_requests(options: KeptOptions) -> list[ConsentRequest]:
    """Take a bundle's requests; what options say of the person and of how the app asks counts."""
    from auditor.bundle import read_bundle  # noqa: PLC0415

    found: Sequence[ConsentRequest] = read_bundle(Path(options["snapshot"])).requests
    if _is_typed("user", "role", "user_id"):
        asker = make_asker(options)
        found = [replace(one, asker=asker) for one in found]
    if _is_typed("publisher"):
        publisher = make_publisher(options)
        found = [replace(one, publisher=publisher) for one in found]
    return [
        replace(
            one,
            prompt_consent=one.prompt_consent or options["prompt_consent"],
            default_scope=one.default_scope or options["default_scope"],
        )
        for one in found
    ]


def _is_typed(*names: str) -> bool:
    context, typed = click.get_current_context(), click.core.ParameterSource.COMMANDLINE
    return any(context.get_parameter_source(one) is typed for one in names)


def read_kept(options: SourceOptions, requests: Sequence[ConsentRequest]) -> "Snapshot | None":
    """Read the snapshot or the sample; None where a live tenant is asked for.

    Raises:
        SnapshotError: The file is no snapshot, or damaged.
        UsageError: ``--url`` is a link of another cloud or tenant.
    """
    if not (options["snapshot"] or options.get("sample")):
        return None
    snapshot = read_offline(options, requests)
    check_link(options, snapshot, requests)
    return snapshot


def read_offline(options: SourceOptions, requests: Sequence[ConsentRequest]) -> "Snapshot":
    """Read the snapshot or the sample, one of which is given.

    Raises:
        SnapshotError: The file is no snapshot, or damaged.
    """
    from auditor.pipeline import read_sample  # noqa: PLC0415
    from auditor.samples import load_sample  # noqa: PLC0415

    if options["snapshot"]:
        return read_file(Path(options["snapshot"]))
    return read_sample(load_sample(options.get("sample", "")), requests)


def read_file(path: Path) -> "Snapshot":
    """Read a snapshot file, or the one in a bundle.

    Raises:
        SnapshotError: The file is neither, or damaged.
    """
    from auditor.store import is_bundle, read_snapshot  # noqa: PLC0415

    if not is_bundle(path):
        return read_snapshot(path)
    from auditor.bundle import read_bundle  # noqa: PLC0415

    return read_bundle(path).snapshot
