"""Kinds of options: what one run is about, what the environment alone gives, what goes together."""

import click
from click.core import ParameterSource

_REPLACES = ("profile", "scope", "url")


class OneRun(click.Option):
    """An option for the command line alone: neither the config file nor a variable may give it."""

    def value_from_envvar(self, ctx: click.Context) -> None:
        """Read no variable."""


def asked_together(
    ctx: click.Context, parameter: click.Parameter, value: str | tuple[str, ...]
) -> str | tuple[str, ...]:
    """Drop what the config file or a variable asks for where the command line asks for an app.

    click handles what stands on the command line first, so the sources of that are known here.
    """
    typed = ParameterSource.COMMANDLINE
    if ctx.get_parameter_source(parameter.name or "") is typed:
        return value
    if any(ctx.get_parameter_source(name) is typed for name in _REPLACES):
        return () if isinstance(value, tuple) else ""
    return value


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
