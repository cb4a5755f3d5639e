"""Kinds of options: what one run is about, what the environment alone gives, what goes together."""

from itertools import takewhile

import click
from click.core import ParameterSource

_REPLACES = ("profile", "scope", "url")
_STRONGEST_FIRST = (
    ParameterSource.COMMANDLINE,
    ParameterSource.ENVIRONMENT,
    ParameterSource.DEFAULT_MAP,
)


class OneRun(click.Option):
    """An option for the command line alone: neither the config file nor a variable may give it."""

    def value_from_envvar(self, ctx: click.Context) -> None:
        """Read no variable."""


def asked_together(
    ctx: click.Context, parameter: click.Parameter, value: str | tuple[str, ...]
) -> str | tuple[str, ...]:
    """Drop what a weaker source says of the app where a stronger one names another.

    click handles what stands on the command line first and the rest in the order of declaration,
    so the sources of that, and of the profile, are known here.
    """
    source = ctx.get_parameter_source(parameter.name or "")
    stronger = takewhile(lambda one: one is not source, _STRONGEST_FIRST)
    if {ctx.get_parameter_source(name) for name in _REPLACES}.isdisjoint(stronger):
        return value
    return () if isinstance(value, tuple) else ""


def _environment_only(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse a secret among the arguments: it would show in the list of processes."""
    source = ctx.get_parameter_source(parameter.name or "")
    if source is ParameterSource.COMMANDLINE:
        names = " or ".join(parameter.envvar or ())
        msg = f"a secret is never an argument: set {names} in the environment"
        raise click.UsageError(msg, ctx)
    return value


def from_environment(name: str, *variables: str) -> click.Option:
    """Make an option for a secret, which the environment alone gives."""
    return click.Option(
        [f"--{name}"],
        envvar=list(variables),
        default="",
        hidden=True,
        allow_from_autoenv=False,
        callback=_environment_only,
    )
