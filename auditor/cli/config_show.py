"""What every option is without a command line, and where that comes from."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

import click
import msgspec
from click.core import ParameterSource

from auditor.cli.config_file import default_map
from auditor.cli.config_keys import (
    SHARED,
    VARIABLES,
    command_names,
    command_of,
    command_table,
    key_of,
)
from auditor.cli.config_reader import Config
from auditor.files import shown
from auditor.render.json_text import json_text

SCHEMA = "consent-auditor/config/v1"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HIDDEN = {True: "set", False: "not set"}
_Shown = str | int | float | bool | list[str] | None


class Setting(msgspec.Struct, frozen=True):
    """One option's value."""

    table: str
    key: str
    value: _Shown
    """For what the environment alone gives: ``set`` or ``not set``."""
    hidden: bool
    """It is not a setting of the file, and its value is not shown."""
    origin: str
    """``file``, ``environment`` or ``default``."""
    name: str | None
    """The environment variable, or the file."""
    line: int | None


class ConfigV1(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    file: str | None
    settings: tuple[Setting, ...]


def settings(ctx: click.Context, config: Config) -> list[Setting]:
    """List what the shared tables say, then what each command has of its own or otherwise.

    Args:
        ctx: The whole program's.
        config: What the file says.
    """
    shared = [one for name in SHARED for one in _of_shared(config, name)]
    known = {(one.key, str(one.value), one.origin) for one in shared}
    found = [*shared, *_variables(config)]
    ctx.default_map = {}
    for name in command_names(ctx):
        command = command_of(ctx, name)
        ctx.default_map[name] = default_map(config, name, command)
        found += [
            one
            for option, one in _of_command(ctx, config, name, command)
            if not any(option in options for options in SHARED.values())
            or (one.key, str(one.value), one.origin) not in known
        ]
    return found


def settings_json(config: Config, found: Sequence[Setting]) -> bytes:
    """Write the settings for programs."""
    return json_text(ConfigV1(SCHEMA, config.name or None, tuple(found)))


def settings_text(config: Config, found: Sequence[Setting], *, origin: bool) -> bytes:
    """Write the settings as a config file, with comments for what cannot stand in one."""
    lines = [f"# {shown(config.name)}" if config.name else "# no config file"]
    for table, group in groupby(found, key=lambda one: one.table):
        lines += ["", f"[{table}]"]
        lines += [_line(one) + (_origin(one) if origin else "") for one in group]
    return ("\n".join(lines) + "\n").encode()


def _of_shared(config: Config, name: str) -> Iterator[Setting]:
    command = click.Command(name, params=[*SHARED[name]])
    given = default_map(config, name, command)
    ctx = command.make_context(name, [], default_map=given, resilient_parsing=True)
    return (one for _, one in _found(ctx, config, name))


def _of_command(
    parent: click.Context, config: Config, path: str, command: click.Command
) -> Iterator[tuple[click.Option, Setting]]:
    name = path.rpartition(".")[2]
    ctx = command.make_context(name, [], parent=parent, resilient_parsing=True)
    yield from ((option, one) for option, one in _found(ctx, config, path) if not one.hidden)
    options = {one.name for one in command.params}
    for sub, one in command.commands.items() if isinstance(command, click.Group) else ():
        if sub not in options:
            yield from _of_command(ctx, config, f"{path}.{sub}", one)


def _found(ctx: click.Context, config: Config, path: str) -> Iterator[tuple[click.Option, Setting]]:
    """Yield every option of a context that click has filled."""
    settable = command_table(ctx.command).options.values()
    for option in (one for one in ctx.command.params if isinstance(one, click.Option)):
        if option.hidden or option in settable:
            yield option, _setting(ctx, config, path, option)


def _setting(ctx: click.Context, config: Config, path: str, option: click.Option) -> Setting:
    key, value = key_of(option), ctx.params.get(option.name or "")
    tables = (path, *(name for name, options in SHARED.items() if option in options))
    source = ctx.get_parameter_source(option.name or "")
    origin, name, line = "default", None, None
    if source is ParameterSource.ENVIRONMENT:
        origin, name = "environment", _variable(ctx, option)
    elif source is ParameterSource.DEFAULT_MAP:
        table = next(one for one in tables if key in config.values.get(one, {}))
        origin, name, line = "file", config.name, config.line(table, key)
    told = _HIDDEN[bool(value)] if option.hidden else _shown(value)
    return Setting(path, key, told, option.hidden, origin, name, line)


def _shown(value: object) -> _Shown:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def _variable(ctx: click.Context, option: click.Option) -> str | None:
    """Return the variable from which click took the value."""
    own = [option.envvar] if isinstance(option.envvar, str) else [*(option.envvar or ())]
    names = [*own, f"{ctx.auto_envvar_prefix}_{(option.name or '').upper()}"]
    return next((one for one in names if _is_set(ctx, one)), None)


def _is_set(ctx: click.Context, variable: str) -> bool:
    asked = click.Option(["--asked"], envvar=variable, allow_from_autoenv=False)
    return asked.resolve_envvar_value(ctx) is not None


def _variables(config: Config) -> Iterator[Setting]:
    for profile, values in config.variables.items():
        line_of = partial(config.line, f"request.{VARIABLES}.{profile}")
        table = f"request.{VARIABLES}.{_key(profile)}"
        for key, value in values.items():
            yield Setting(
                table, key, value, hidden=False, origin="file", name=config.name, line=line_of(key)
            )


def _key(name: str) -> str:
    """Write a name as a key of TOML, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _line(one: Setting) -> str:
    if one.hidden:
        return f"# {one.key}: {one.value}"
    if one.value is None:
        return f"# {one.key}: not given"
    return f"{shown(_key(one.key))} = {shown(json.dumps(one.value, ensure_ascii=False))}"


def _origin(one: Setting) -> str:
    if one.hidden and one.origin == "default":
        return ""
    place = f"{one.name}:{one.line}" if one.line else one.name or ""
    return f"  # {shown(place) if one.origin == 'file' else one.name or one.origin}"
