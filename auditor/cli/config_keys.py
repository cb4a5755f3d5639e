"""What may stand in the config file: the options of the commands, found in the commands.

``[tenant]`` and ``[request]`` hold what several commands share, a table named like a command what
that command has. A new option needs nothing here.
"""

from collections.abc import Iterable, Mapping

import click
import msgspec

from auditor.cli.option_kinds import OneRun
from auditor.cli.options import REQUEST_OPTIONS, TENANT_OPTIONS

Value = str | int | float | bool | list["Value"] | dict[str, "Value"]
"""What the file may hold."""

SHARED: Mapping[str, tuple[click.Option, ...]] = {
    "tenant": TENANT_OPTIONS,
    "request": REQUEST_OPTIONS,
}
VARIABLES = "set"
"""The table in ``[request]`` that holds variables by profile, as ``--set`` does one by one."""

_NO_SETTINGS = frozenset({"config"})
_PATHS = frozenset({"DIR", "FILE", "PATH"})


class Table(msgspec.Struct, frozen=True):
    """One table of the file."""

    options: Mapping[str, click.Option]
    """By key."""
    tables: Mapping[str, "Table"]
    """A group's commands, by name."""
    one_run: frozenset[str] = frozenset()
    """Keys of options that only a command line gives."""


def key_of(option: click.Option) -> str:
    """Return an option's key: its name with underscores."""
    return max(option.opts, key=len).lstrip("-").replace("-", "_")


def is_setting(option: click.Option) -> bool:
    """Say whether the file may give an option: not a secret, nor what one run is about."""
    return not (option.hidden or option.is_eager or isinstance(option, OneRun))


def shared_table(name: str) -> Table:
    """Return ``[tenant]`` or ``[request]``."""
    return _table(SHARED[name], {})


def command_table(command: click.Command) -> Table:
    """Return the table of a command, with those of its subcommands.

    An option and a subcommand of one name are both left out: click would mix up their values.
    """
    tables = {}
    if isinstance(command, click.Group):
        tables = {name: command_table(one) for name, one in command.commands.items()}
    return _table(command.params, {name: one for name, one in tables.items() if one.options})


def _table(parameters: Iterable[click.Parameter], tables: Mapping[str, Table]) -> Table:
    options = {key_of(one): one for one in parameters if isinstance(one, click.Option)}
    return Table(
        {
            key: one
            for key, one in options.items()
            if is_setting(one) and key not in {VARIABLES, *tables}
        },
        {name: one for name, one in tables.items() if name not in options},
        frozenset(key for key, one in options.items() if isinstance(one, OneRun) or key in tables),
    )


def command_names(ctx: click.Context) -> list[str]:
    """Name the commands that may have a table."""
    group = ctx.find_root().command
    names = group.list_commands(ctx) if isinstance(group, click.Group) else []
    return [one for one in names if one not in _NO_SETTINGS]


def command_of(ctx: click.Context, name: str) -> click.Command:
    """Import a command.

    Raises:
        KeyError: There is no such command.
    """
    group = ctx.find_root().command
    found = group.get_command(ctx, name) if isinstance(group, click.Group) else None
    if found is None:
        raise KeyError(name)
    return found


def is_path(option: click.Option, value: str) -> bool:
    """Say whether an option takes a path, as its help shows, and the value is one."""
    kinds = set((option.metavar or "").split("|"))
    if kinds.isdisjoint(_PATHS) or value in {"", "-"}:
        return False
    return "ID" not in kinds or value.endswith(".toml") or "/" in value or "\\" in value


def is_address(option: click.Option) -> bool:
    """Say whether an option takes the address of a server."""
    return "URL" in (option.metavar or "").split("|")


def kind_of(option: click.Option) -> type[bool] | type[int] | type[float] | type[str]:
    """Return what an option's value, or one of its values, is in the file."""
    if option.is_flag:
        return bool
    if isinstance(option.type, click.types.IntParamType):
        return int
    return float if isinstance(option.type, click.types.FloatParamType) else str


def hidden_key(key: str) -> tuple[str, ...]:
    """Return the variables of what the environment alone may give, for a key that names it."""
    for one in (each for each in TENANT_OPTIONS if each.hidden):
        names = (one.envvar,) if isinstance(one.envvar, str) else tuple(one.envvar or ())
        if key.lower() in {key_of(one), *(name.lower() for name in names)}:
            return names
    return ()
