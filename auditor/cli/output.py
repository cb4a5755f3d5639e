"""Where results go: a summary or one format to stdout, files whole or not at all, exit codes."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from auditor.errors import UsageError
from auditor.files import shown, write_whole
from auditor.model.decision import Outcome
from auditor.model.report import Report

READY, UNKNOWN, NOT_READY = 0, 4, 10


def check_output(formats: Sequence[str], output: str) -> None:
    """Refuse, before anything is read, what cannot be written.

    Raises:
        UsageError: Several formats for one file or for stdout, or a folder that cannot be.
    """
    if len(set(formats)) > 1 and not _is_folder(output):
        raise UsageError("several formats need a folder: give one with --output DIR")
    if output in {"", "-"}:
        return
    path = Path(output)
    if not _is_folder(output):
        check_file(path)
    elif path.exists() and not path.is_dir():
        msg = f"--output {shown(path)} is no folder: give a folder, or a file's name for one format"
        raise UsageError(msg)


def check_file(path: Path) -> None:
    """Refuse, before anything is read, a file that cannot come to stand there.

    Raises:
        UsageError: Its folder does not exist, or it is a folder itself.
    """
    if path.is_dir() or str(path) == "-":
        msg = f"{shown(path)} is no file's name: give one"
        raise UsageError(msg)
    if not path.parent.is_dir():
        msg = f"{shown(path)} cannot be written: there is no folder {shown(path.parent)}"
        raise UsageError(msg)


def _is_folder(output: str) -> bool:
    """Say whether ``--output`` names a folder: it is one, ends in ``/`` or has no suffix."""
    if output in {"", "-"}:
        return False
    path = Path(output)
    return path.is_dir() or output.endswith(("/", "\\")) or not path.suffix


def write_report(report: Report, formats: Sequence[str], output: str) -> list[Path]:
    """Write the report where it was asked for; returns the files written.

    Raises:
        UsageError: A file cannot be written.
    """
    from auditor.render.write import write  # noqa: PLC0415 - only when a command runs

    if not formats and not output:
        from auditor.render.summary import print_summary  # noqa: PLC0415 - rich

        print_summary(report, sys.stdout)
        return []
    chosen = tuple(dict.fromkeys(formats)) or ("html",)
    documents = [write(report, one) for one in chosen]
    if output in {"", "-"}:
        sys.stdout.buffer.write(documents[0].content)
        sys.stdout.buffer.flush()
        return []
    target = Path(output)
    folder = _is_folder(output)
    if folder:
        _make_folder(target)
    paths = [target / one.name if folder else target for one in documents]
    for path, document in zip(paths, documents, strict=True):
        write_whole(path, document.content)
    return paths


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"--output {shown(path)}: the folder cannot be made: {error.strerror}"
        raise UsageError(msg) from error


def tell_files(paths: Sequence[Path], *, quiet: bool) -> None:
    """Say on stderr which files were written."""
    for path in () if quiet else paths:
        click.echo(f"consent-auditor: wrote {shown(path)}", err=True)


def exit_code(report: Report, fail_on: str) -> int:
    """Turn the verdicts into an exit code; the worst one counts.

    Args:
        report: With at least one assessment.
        fail_on: ``unknown`` fails for what is not ready and for what is unknown; ``not-ready``
            for the first alone; ``never`` for neither.
    """
    outcomes = {one.decision.outcome for one in report.assessments}
    if fail_on == "never":
        return READY
    if outcomes & {Outcome.BLOCKED, Outcome.ADMIN_APPROVAL_REQUIRED}:
        return NOT_READY
    if Outcome.UNKNOWN in outcomes and fail_on == "unknown":
        return UNKNOWN
    return READY
