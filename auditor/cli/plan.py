"""``consent-auditor plan``: proven plans, and the scripts that carry them out."""

import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Unpack

import click

from auditor.cli.option_kinds import OneRun
from auditor.cli.options import (
    REQUEST_OPTIONS,
    TENANT_OPTIONS,
    TenantOptions,
    read_live,
)
from auditor.cli.output import (
    NOT_READY,
    READY,
    UNKNOWN,
    check_output,
    is_folder,
    places,
    tell_files,
    write_result,
    write_stdout,
)
from auditor.cli.source import (
    SAMPLE_OPTION,
    SNAPSHOT_OPTION,
    KeptOptions,
    check_source,
    make_kept_requests,
    read_kept,
)
from auditor.dialects import dialects, write_scripts
from auditor.dialects.script import Script
from auditor.errors import UsageError
from auditor.files import shown, write_whole
from auditor.model.decision import Outcome
from auditor.model.profile import ConsentRequest
from auditor.model.report import Assessment, Report

if TYPE_CHECKING:
    from auditor.render.plan_json import ScriptV1

# Whatever reads or writes is imported when a command runs, each format when it is asked for.
# ruff: noqa: PLC0415

_DOCUMENTS = {"text": "plan.txt", "markdown": "plan.md", "json": "plan.json"}
_DIALECTS = tuple(one.id for one in dialects())
_EXECUTABLE = 0o755
_PLAIN = 0o644


class _Options(KeptOptions, TenantOptions):
    format: str
    plan: str
    output: str
    rollback: bool


_OWN = (
    SNAPSHOT_OPTION,
    SAMPLE_OPTION,
    click.Option(
        ["--format"],
        type=click.Choice([*_DOCUMENTS, *_DIALECTS]),
        default="text",
        show_default=True,
        help="The plans to read, or the scripts of one plan.",
    ),
    OneRun(
        ["--plan"],
        default="",
        metavar="N|ID",
        help="One plan: its number as the report lists them, from 1, or its id. Scripts: 1.",
    ),
    click.Option(
        ["--output"],
        default="",
        metavar="DIR|FILE|-",
        help="Where to write; - is stdout. Scripts in a DIR: what applies and what rolls back.",
    ),
    OneRun(["--rollback"], is_flag=True, help="The script that takes the plan back."),
)


@click.command(name="plan", params=[*TENANT_OPTIONS, *REQUEST_OPTIONS, *_OWN])
def command(**options: Unpack[_Options]) -> int:
    """Show what lets users connect an app, proven on the tenant, and write the scripts for it.

    Reads a live tenant, a snapshot or a sample. Changes nothing: the scripts are for you to run.
    """
    _check_together(options)
    requests = make_kept_requests(options)
    _check_one(options, requests)
    from auditor.pipeline import make_report

    snapshot = read_kept(options, requests) or read_live(options, requests)
    report = make_report(snapshot, requests)
    if options["format"] in _DOCUMENTS:
        paths = _write_document(report, options)
    else:
        paths = _write_scripts(report, options)
    tell_files(paths, quiet=options["quiet"])
    return _exit_code(report)


def _check_together(options: _Options) -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: Two things to read, a place that cannot be, or ``--rollback`` in vain.
    """
    check_source(options)
    check_output((options["format"],), options["output"])
    if options["rollback"] and options["format"] in _DOCUMENTS:
        msg = f"--rollback goes with a script: give --format {' or '.join(_DIALECTS)}"
        raise UsageError(msg)
    if options["rollback"] and is_folder(options["output"]):
        raise UsageError("both scripts are written to a folder: leave out --rollback")


def _check_one(options: _Options, requests: Sequence[ConsentRequest]) -> None:
    wanted = f"--plan {options['plan']}" if options["plan"] else f"--format {options['format']}"
    single = options["plan"] or options["format"] in _DIALECTS
    if single and len(requests) != 1:
        names = " or ".join(one.profile_id for one in requests)
        msg = f"{wanted} is about one profile: give one with --profile ({names})"
        raise UsageError(msg)


def _number(options: _Options, report: Report) -> int | None:
    """Return the number of the plan that is asked for; None for all, or where there is none.

    Raises:
        UsageError: There are plans, and not this one.
    """
    plans, wanted = report.assessments[0].plans, options["plan"]
    if not wanted or not plans:
        return None
    numbers = [str(number) for number in range(1, len(plans) + 1)]
    ids = [one.id for one in plans]
    for names in (numbers, ids):
        if wanted in names:
            return names.index(wanted) + 1
    there = ", ".join(f"{number} {name}" for number, name in zip(numbers, ids, strict=True))
    msg = f"--plan {wanted!r}: there is no such plan; there are {there}"
    raise UsageError(msg)


def _write_document(report: Report, options: _Options) -> list[Path]:
    """Write the plans to read; returns the files written."""
    number, format_id = _number(options, report), options["format"]
    if format_id == "text" and options["output"] in {"", "-"}:
        from auditor.render.plan_text import print_plans

        print_plans(report, number, sys.stdout)
        return []
    content = _document(report, format_id, number)
    return write_result(_DOCUMENTS[format_id], content, options["output"])


def _document(report: Report, format_id: str, number: int | None) -> bytes:
    if format_id == "json":
        from auditor.render.plan_json import render_plans_json

        return render_plans_json(report, number, _all_scripts(report, number))
    if format_id == "markdown":
        from auditor.render.plan_markdown import render_plans_markdown

        return render_plans_markdown(report, number)
    from auditor.render.plan_text import print_plans

    text = StringIO()
    print_plans(report, number, text)
    return text.getvalue().encode()


def _all_scripts(report: Report, number: int | None) -> "list[ScriptV1]":
    from auditor.render.plan_json import ScriptV1

    if number is None:
        return []
    return [
        ScriptV1(dialect, script.name, script.content)
        for dialect in _DIALECTS
        for script in _scripts(report, number, dialect)
    ]


def _scripts(report: Report, number: int, dialect: str) -> tuple[Script, ...]:
    """Write a plan's scripts; none where it changes nothing in the tenant."""
    from auditor.render.plans import plan_target

    item = report.assessments[0]
    plan = item.plans[number - 1]
    if not any(step.change for step in plan.steps):
        return ()
    return write_scripts(dialect, plan, plan_target(report, item))


def _write_scripts(report: Report, options: _Options) -> list[Path]:
    """Write the scripts of one plan; returns the files written."""
    item, number = report.assessments[0], _number(options, report) or 1
    scripts = _scripts(report, number, options["format"]) if item.plans else ()
    if not scripts:
        click.echo(f"consent-auditor: {shown(_no_script(item, number))}", err=True)
        return []
    if is_folder(options["output"]):
        return _write_both(scripts, options["output"])
    if options["rollback"] and len(scripts) == 1:
        msg = f"plan {number} has no rollback script: --format text says what to do instead"
        raise UsageError(msg)
    script = scripts[1 if options["rollback"] else 0]
    if options["output"] in {"", "-"}:
        write_stdout(script.content.encode())
        return []
    (path,) = places([script.name], options["output"])
    _write(path, script)
    return [path]


def _no_script(item: Assessment, number: int) -> str:
    """Say why there is nothing to run."""
    name = item.request.name
    if item.decision.outcome.ready:
        return f"users can connect {name} already: there is nothing to change"
    if not item.plans:
        return f"no plan could be proven for {name}: --format text says what to find out first"
    return f"plan {number} for {name} changes nothing here: --format text says who does what"


def _write_both(scripts: tuple[Script, ...], output: str) -> list[Path]:
    """Write what rolls back before what applies, which so never stands there alone."""
    paths = places([_in_folder(script.name) for script in scripts], output)
    for path, script in reversed([*zip(paths, scripts, strict=True)]):
        _write(path, script)
    return paths


def _in_folder(name: str) -> str:
    """Place a script below the folder; Terraform reads every file of a folder together."""
    return f"{PurePosixPath(name).stem}/{name}" if name.endswith(".tf") else name


def _write(path: Path, script: Script) -> None:
    mode = _EXECUTABLE if script.name.endswith(".sh") else _PLAIN
    write_whole(path, script.content.encode(), mode=mode)


def _exit_code(report: Report) -> int:
    """Turn what is neither ready nor has a plan into an exit code; the worst one counts."""
    stuck = {
        one.decision.outcome
        for one in report.assessments
        if not one.decision.outcome.ready and not one.plans
    }
    if stuck - {Outcome.UNKNOWN}:
        return NOT_READY
    return UNKNOWN if stuck else READY
