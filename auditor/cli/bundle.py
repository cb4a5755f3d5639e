"""``consent-auditor bundle``: the one file for a ticket, always share-safe."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from auditor import __version__
from auditor.cli.options import REQUEST_OPTIONS, TENANT_OPTIONS, TenantOptions, read_live
from auditor.cli.output import check_file, tell_files
from auditor.cli.share import KEY_OPTION, KeyOptions, load_key, shared
from auditor.cli.source import (
    SAMPLE_OPTION,
    SNAPSHOT_OPTION,
    KeptOptions,
    check_source,
    make_kept_requests,
    read_kept,
)
from auditor.errors import UsageError
from auditor.files import write_whole

if TYPE_CHECKING:
    from auditor.share_safe import Shared

MAX_BYTES = 1_000_000
LONGEST_SUMMARY = 32_000
"""Characters that every usual tracker takes."""

_PRIVATE = 0o600


class _Options(KeptOptions, TenantOptions, KeyOptions):
    output: str


_OUTPUT = click.Option(
    ["--output"],
    default="consent-bundle.zip",
    show_default=True,
    metavar="FILE",
    help="The bundle.",
)


@click.command(
    name="bundle",
    params=[
        *TENANT_OPTIONS,
        *REQUEST_OPTIONS,
        SNAPSHOT_OPTION,
        SAMPLE_OPTION,
        KEY_OPTION,
        _OUTPUT,
    ],
)
def command(**options: Unpack[_Options]) -> None:
    """Write the one file for a ticket: report, summary to paste, and a share-safe snapshot.

    Reads a live tenant, a snapshot or a sample. The tenant's names, ids and domains are replaced
    by pseudonyms. audit --snapshot and plan --snapshot read the bundle and give the same report.
    """
    check_source(options)
    path = Path(options["output"])
    check_file(path)
    requests = make_kept_requests(options)
    key = load_key(options, options["output"])
    snapshot = read_kept(options, requests) or read_live(options, requests)
    content = _content(shared(snapshot, requests, key))
    write_whole(path, content, mode=_PRIVATE)
    tell_files([path], quiet=options["quiet"])


def _content(found: "Shared") -> bytes:
    from auditor.bundle import REPORTS, make_bundle  # noqa: PLC0415 - only when a command runs
    from auditor.pipeline import make_report  # noqa: PLC0415
    from auditor.render.text import render_summary  # noqa: PLC0415
    from auditor.render.write import write  # noqa: PLC0415

    report = make_report(found.snapshot, found.requests)
    page, text, data = REPORTS
    reports = {
        page: write(report, "html").content,
        text: render_summary(report, LONGEST_SUMMARY),
        data: write(report, "json").content,
    }
    content = make_bundle(found.snapshot, found.requests, reports, tool_version=__version__)
    summary = len(reports[text].decode())
    _check_size(len(content), summary, [one.profile_id for one in found.requests])
    return content


def _check_size(size: int, summary: int, profiles: Sequence[str]) -> None:
    """Refuse what a ticket would not take.

    Raises:
        UsageError: It is too large; the message says what to leave out.
    """
    advice = (
        "give one --profile, or fewer"
        if len(profiles) > 1
        else "name fewer permissions with --scope, or fewer features with --feature"
    )
    if size > MAX_BYTES:
        msg = f"the bundle would have {size:,} bytes, more than {MAX_BYTES:,}: {advice}"
        raise UsageError(msg)
    if summary > LONGEST_SUMMARY:
        msg = f"summary.md would have {summary:,} characters, more than {LONGEST_SUMMARY:,}"
        raise UsageError(f"{msg}: {advice}")
