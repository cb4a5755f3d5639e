"""Options that say what one run is about, and how the command line stands against settings."""

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
