"""``consent-auditor doctor``: whether the auditor can do its work here, and what to fix."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Unpack

import click

from auditor.cli.config_reader import Config
from auditor.cli.options import (
    REQUEST_OPTIONS,
    TENANT_OPTIONS,
    RequestOptions,
    TenantOptions,
    make_requests,
)
from auditor.cli.output import write_stdout
from auditor.cli.progress import teller
from auditor.cli.tenant import make_sign_in, make_tenant_connection
from auditor.files import shown
from auditor.model.profile import ConsentRequest

# Whatever reads or writes is imported when the command runs.
# ruff: noqa: PLC0415


class _Options(RequestOptions, TenantOptions):
    format: str


_FORMAT = click.Option(
    ["--format"], type=click.Choice(["text", "json"]), default="text", show_default=True
)
_SIMPLE = "User.Read"
_NO_APP = "00000000-0000-0000-0000-000000000000"


@click.command(name="doctor", params=[*TENANT_OPTIONS, *REQUEST_OPTIONS, _FORMAT])
def command(**options: Unpack[_Options]) -> int:
    """Check sign-in, network, permissions and every read, and say what to fix.

    Give it the options of your audit. Without an app it tries the reads with the auditor's own.
    Only reads. Exit codes: 0 fine (warnings allowed), 2 configuration wrong and nothing sent, 3 no
    sign-in, no way to a host or nothing read, 4 something that verdicts rest on is missing.
    """
    requests = _requests(options)
    connection = make_tenant_connection(options)
    from auditor.doctor import examine
    from auditor.doctor.check import Case

    logging.getLogger().addHandler(logging.NullHandler())
    with teller(quiet=options["quiet"]) as tell:
        diagnosis = examine(
            Case(
                sign_in=make_sign_in(options),
                connection=connection,
                origins=_origins(click.get_current_context()),
                requests=requests,
                clock=lambda: datetime.now(UTC),
                progress=tell,
            )
        )
    if options["format"] == "json":
        from auditor.render.doctor_json import render_diagnosis_json

        write_stdout(render_diagnosis_json(diagnosis))
    else:
        from auditor.render.doctor_text import print_diagnosis

        print_diagnosis(diagnosis, sys.stdout)
    return diagnosis.exit_code


def _requests(options: _Options) -> tuple[ConsentRequest, ...]:
    """Make the requests of an audit; where no app is named, one that any app may be about."""
    if any(options[one] for one in ("profile", "scope", "url", "feature", "settings")):
        return tuple(make_requests(options))
    asked = options.copy()
    asked["app_id"] = options["app_id"] or _NO_APP
    asked["scope"] = (_SIMPLE,)
    (made,) = make_requests(asked)
    return (made if options["app_id"] else replace(made, app_id=None),)


def _origins(context: click.Context) -> Mapping[str, str]:
    """Name the option, variable or config file that each setting of the tenant came from."""
    found = ((str(one.name), _origin(one, context)) for one in TENANT_OPTIONS)
    return {name: origin for name, origin in found if origin}


def _origin(option: click.Option, context: click.Context) -> str:
    match context.get_parameter_source(option.name or ""):
        case click.core.ParameterSource.COMMANDLINE:
            return option.opts[0]
        case click.core.ParameterSource.ENVIRONMENT:
            own = [option.envvar] if isinstance(option.envvar, str) else [*(option.envvar or ())]
            names = [*own, f"{context.auto_envvar_prefix}_{(option.name or '').upper()}"]
            return next((one for one in names if _is_set(one, context)), "")
        case click.core.ParameterSource.DEFAULT_MAP:
            config = context.find_object(Config)
            return shown(config.name) if config else ""
        case _:
            return ""


def _is_set(variable: str, context: click.Context) -> bool:
    return bool(click.Option(["--it"], envvar=variable).resolve_envvar_value(context))
