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
    if len(set(formats)) > 1 and not is_folder(output):
        raise UsageError("several formats need a folder: give one with --output DIR")
    if output in {"", "-"}:
        return
    path = Path(output)
    if not is_folder(output):
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


def is_folder(output: str) -> bool:
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
        write_stdout(documents[0].content)
        return []
    paths = places([one.name for one in documents], output)
    for path, document in zip(paths, documents, strict=True):
        write_whole(path, document.content)
    return paths


def write_stdout(content: bytes) -> None:
    """Write bytes to stdout as they are."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write_result(name: str, content: bytes, output: str) -> list[Path]:
    """Write one file to where ``output`` says, or to stdout; returns the files written.

    Args:
        name: In a folder.
        content: All of it.
        output: A folder, a file, ``-`` or nothing.

    Raises:
        UsageError: The file cannot be written.
    """
    if output in {"", "-"}:
        write_stdout(content)
        return []
    (path,) = places([name], output)
    write_whole(path, content)
    return [path]


def places(names: Sequence[str], output: str) -> list[Path]:
    """Say where files go: into the folder, which is made, or to the file that ``output`` names.

    Args:
        names: Only one where ``output`` is a file; they may name folders below the folder.
        output: Neither empty nor ``-``.

    Raises:
        UsageError: The folder cannot be made.
    """
    target = Path(output)
    if not is_folder(output):
        return [target for _ in names]
    paths = [target / name for name in names]
    for folder in dict.fromkeys(path.parent for path in paths):
        _make_folder(folder)
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
