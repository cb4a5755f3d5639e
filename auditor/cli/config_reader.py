"""Checks a config file from top to bottom: every key is an option's, every value one that it takes.

docs/config.md describes the file.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PureWindowsPath

import click

from auditor.cli.config_keys import (
    SHARED,
    VARIABLES,
    Table,
    Value,
    command_names,
    command_of,
    command_table,
    hidden_key,
    is_address,
    is_path,
    kind_of,
    shared_table,
)
from auditor.errors import ConfigError, UsageError
from auditor.files import shown
from auditor.toml_file import TomlFile, read_toml

_SECRET = re.compile(
    r"secret|passw|passphrase|token|certificate|private.?key|credential", re.IGNORECASE
)
_VARIABLES = ("request", VARIABLES)
_EMPTY = Table({}, {})
_SHOWN = 60
_LONGEST = 1_000
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}
_OF_ENVIRONMENT = (
    "no secret may stand in this file: set AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH "
    "and AZURE_CLIENT_CERTIFICATE_PASSWORD, in the environment"
)
_BY_PROFILE = 'variables stand below their profile: [request.set.PROFILE], then NAME = "VALUE"'
_UNTRUSTED_ADDRESS = (
    "a file that is only found in the working directory may not name a server: name the file with "
    "--config, or give the address as an option or in the environment"
)
_UNTRUSTED_PATH = (
    "a file that is only found in the working directory may not lead out of it: name the file "
    "with --config, or give the path as an option"
)


@dataclass(frozen=True, slots=True)
class Config:
    """What the file says; nothing where there is none."""

    name: str = ""
    """The file, as messages call it; empty where there is none."""
    found: bool = False
    """It lies in the working directory and nobody named it."""
    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """By table such as ``tenant`` or ``setup.certificate``, and by key."""
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Values of profiles' variables, by profile."""
    file: TomlFile | None = None

    def place(self, table: str, key: str) -> str:
        """Say where a key stands, such as ``consent-auditor.toml:3``."""
        line = self.line(table, key)
        return f"{self.name}:{line}" if line else self.name

    def line(self, table: str, key: str) -> int | None:
        """Return the line of a key; None where that is not certain."""
        return self.file.line(table, key) if self.file else None


def read_config_file(path: Path, ctx: click.Context, *, found: bool) -> Config:
    """Read a config file.

    Args:
        path: Of the file.
        ctx: Knows the commands.
        found: It lies in the working directory and nobody named it: it is trusted less.

    Raises:
        ConfigError: It is missing or not valid.
    """
    file = read_toml(path, shown(path), ConfigError)
    return _Reader(file, path.parent, found).read(ctx)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Checks one file from top to bottom; every error names its place."""

    file: TomlFile
    folder: Path
    found: bool

    def read(self, ctx: click.Context) -> Config:
        names = {**dict.fromkeys(SHARED), **dict.fromkeys(command_names(ctx))}
        values: dict[str, Mapping[str, Value]] = {}
        for name, content in self.file.data.items():
            if name not in names:
                raise self._unknown("", name, Table({}, dict.fromkeys(names, _EMPTY)))
            table = shared_table(name) if name in SHARED else command_table(command_of(ctx, name))
            values.update(self._table(name, table, content))
        return Config(self.file.name, self.found, values, self._variables(), self.file)

    def _table(
        self, path: str, table: Table, content: object
    ) -> Iterator[tuple[str, dict[str, Value]]]:
        if not isinstance(content, dict):
            raise self._error(path, "", f"must be a table: write [{path}] above its keys")
        own: dict[str, Value] = {}
        for key, value in content.items():
            if key in table.tables:
                yield from self._table(f"{path}.{key}", table.tables[key], value)
            elif key in table.options:
                own[key] = self._value(path, key, table.options[key], value)
            elif (path, key) != _VARIABLES:
                raise self._unknown(path, key, table)
        yield path, own

    def _value(self, path: str, key: str, option: click.Option, value: object) -> Value:
        if not option.multiple:
            return self._single(path, key, option, value)
        if not isinstance(value, list):
            raise self._error(path, key, 'must be a list, such as ["…", "…"]')
        return [self._single(path, key, option, one) for one in value]

    def _single(self, path: str, key: str, option: click.Option, value: object) -> Value:
        kind = kind_of(option)
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise self._error(path, key, f"must be {_WORDS[kind]}")
        if isinstance(value, str):
            value = self._text(path, key, option, value)
        try:
            option.type.convert(value, option, None)
        except click.UsageError as error:
            raise self._error(path, key, error.message.rstrip(".")) from error
        except ValueError as error:  # a number of thousands of digits
            raise self._error(path, key, "is too large a number") from error
        return value

    def _text(self, path: str, key: str, option: click.Option, value: str) -> str:
        if not value.isprintable():
            raise self._error(path, key, "holds a control or formatting character: remove it")
        if self.found and value and is_address(option):
            raise self._error(path, key, _UNTRUSTED_ADDRESS)
        if not is_path(option, value):
            return value
        parts = PureWindowsPath(value)  # knows the separators of every system
        if self.found and (parts.anchor or ".." in parts.parts):
            raise self._error(path, key, _UNTRUSTED_PATH)
        return value if self.folder == Path() else os.path.join(self.folder, value)  # noqa: PTH118 - keeps a / at the end

    def _variables(self) -> dict[str, dict[str, str]]:
        """Read ``[request.set.PROFILE]``."""
        table, key = _VARIABLES
        request = self.file.data.get(table, {})
        content = request.get(key, {}) if isinstance(request, dict) else {}
        if not isinstance(content, dict):
            raise self._error(table, key, _BY_PROFILE)
        return {profile: self._profile(profile, values) for profile, values in content.items()}

    def _profile(self, profile: str, values: object) -> dict[str, str]:
        table = ".".join(_VARIABLES)
        if not isinstance(values, dict):
            raise self._error(table, profile, _BY_PROFILE)
        for name, value in values.items():
            if not isinstance(value, str) or not value.isprintable():
                raise self._error(f"{table}.{profile}", name, f"must be {_WORDS[str]}")
        return {str(name): str(value) for name, value in values.items()}

    def _unknown(self, path: str, key: str, table: Table) -> UsageError:
        """Say what is wrong with a key that is none; never its value."""
        if key in table.one_run:
            name = key.replace("_", "-")
            return self._error(path, key, f"is about one run: give --{name} on the command line")
        variables = hidden_key(key)
        if variables:
            names = " or ".join(variables)
            return self._error(path, key, f"comes from the environment alone: set {names}")
        if _SECRET.search(key):
            return self._error(path, key, _OF_ENVIRONMENT)
        home = [name for name in SHARED if key in shared_table(name).options]
        if home:
            return self._error(path, key, f"belongs in [{home[0]}]")
        return self._error(path, key, f"unknown {'key' if path else 'table'}; {_near(key, table)}")

    def _error(self, table: str, key: str, problem: str) -> UsageError:
        place = ".".join(filter(None, (table, key)))
        places = ((table, key), (place, ""), ("", place.partition(".")[0]))
        line = next(filter(None, (self.file.line(*one) for one in places)), None)
        path = ".".join(_cut(one) for one in (table, key) if one)
        place = ", ".join(filter(None, (self.file.name, f"line {line}" if line else "", path)))
        return ConfigError(shown(f"{place}: {_cut(problem, _LONGEST)}"))


def _near(key: str, table: Table) -> str:
    known = [*table.options, *table.tables]
    near = get_close_matches(key.lower(), known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(known)}" if known else "this command has no settings"


def _cut(text: str, limit: int = _SHOWN) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
