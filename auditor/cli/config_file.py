"""Finds the config file, and gives what it says to click.

Values become click's ``default_map``, so that click itself puts them behind the command line and
the environment, and before the defaults.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import click
from click.core import ParameterSource

from auditor.cli.config_keys import SHARED, key_of
from auditor.cli.config_reader import Config, read_config_file
from auditor.errors import ConfigError

FILE_NAME = "consent-auditor.toml"


def use_config(ctx: click.Context) -> None:
    """Read the file that the program's own options name, and give it to the command.

    Raises:
        ConfigError: The file is named and missing, or not valid.
    """
    name = ctx.invoked_subcommand or ""
    if name == "config":  # it reads the file itself
        return
    config = read_config(ctx)
    ctx.obj = config
    group = ctx.command
    command = group.get_command(ctx, name) if isinstance(group, click.Group) else None
    if config.name and command:
        ctx.default_map = {name: default_map(config, name, command)}


def read_config(ctx: click.Context) -> Config:
    """Find and read the file; ``ctx`` is the whole program's.

    Raises:
        ConfigError: The file is named and missing, or not valid.
    """
    name = _named(ctx)
    if name is None:
        return Config()
    found = not name
    path = Path(name or FILE_NAME)
    if found and not os.path.lexists(path):
        return Config()
    return read_config_file(path, ctx, found=found)


def _named(ctx: click.Context) -> str | None:
    """Return the file's name, nothing for the one in the working directory, None for none.

    Raises:
        ConfigError: ``--config`` and ``--no-config`` stand side by side.
    """
    named, none = ctx.params["config"], ctx.params["no_config"]
    sources = [ctx.get_parameter_source(one) for one in ("config", "no_config")]
    if not none:
        return str(named)
    if named and sources == [ParameterSource.COMMANDLINE] * 2:
        raise ConfigError("--config names a file and --no-config wants none: give one of them")
    overruled = named and sources[0] is ParameterSource.COMMANDLINE
    return str(named) if overruled else None


def default_map(config: Config, path: str, command: click.Command) -> dict[str, object]:
    """Say what the file gives to a command and to its subcommands, by parameter."""
    found: dict[str, object] = {}
    options = [one for one in command.params if isinstance(one, click.Option)]
    for option in options:
        tables = (path, *(name for name, shared in SHARED.items() if option in shared))
        given = (config.values.get(one, {}).get(key_of(option)) for one in tables)
        value = next((one for one in given if one is not None), None)
        if value is not None and option.name:
            found[option.name] = value
    for name, one in command.commands.items() if isinstance(command, click.Group) else ():
        if name not in {each.name for each in options}:
            found[name] = default_map(config, f"{path}.{name}", one)
    return found


def known_variables(
    known: Mapping[str, Mapping[str, str]],
) -> Mapping[str, Mapping[str, str]]:
    """Add the file's values of profiles' variables to those that are known better."""
    ctx = click.get_current_context(silent=True)
    config = ctx.find_object(Config) if ctx else None
    if config is None:
        return known
    names = {*config.variables, *known}
    return {one: {**config.variables.get(one, {}), **known.get(one, {})} for one in names}
