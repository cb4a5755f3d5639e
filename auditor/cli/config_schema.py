"""The JSON Schema (2020-12) of the config file, made from the options.

``reports/json/config-v1.schema.json`` is this schema as a file; a test compares them.
"""

import json
from collections.abc import Mapping

import click

from auditor.cli.config_keys import (
    SHARED,
    VARIABLES,
    Table,
    Value,
    command_names,
    command_of,
    command_table,
    kind_of,
    shared_table,
)

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def config_schema(ctx: click.Context) -> bytes:
    """Write the schema of everything that the file may hold."""
    tables: dict[str, Value] = {name: _object(shared_table(name)) for name in SHARED}
    tables["request"] = _object(shared_table("request"), {VARIABLES: _variables()})
    for name in command_names(ctx):
        table = command_table(command_of(ctx, name))
        if table.options or table.tables:
            tables[name] = _object(table)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:consent-auditor:config:v1",
        "title": "consent-auditor.toml, the config file of entra-consent-auditor",
        "type": "object",
        "properties": tables,
        "additionalProperties": False,
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _object(table: Table, more: Mapping[str, Value] | None = None) -> Value:
    options = {key: _property(one) for key, one in table.options.items()}
    tables = {name: _object(one) for name, one in table.tables.items()}
    return {
        "type": "object",
        "properties": {**options, **tables, **(more or {})},
        "additionalProperties": False,
    }


def _property(option: click.Option) -> Value:
    described: dict[str, Value] = {"description": option.help} if option.help else {}
    if option.multiple:
        return {**described, "type": "array", "items": _single(option)}
    return {**described, **_single(option)}


def _single(option: click.Option) -> dict[str, Value]:
    found: dict[str, Value] = {"type": _TYPES[kind_of(option)]}
    if isinstance(option.type, click.Choice):
        found["enum"] = [str(one) for one in option.type.choices]
    if isinstance(option.type, click.IntRange):
        found |= {
            name: limit
            for name, limit in (("minimum", option.type.min), ("maximum", option.type.max))
            if limit is not None
        }
    return found


def _variables() -> Value:
    return {
        "description": "Values of profiles' variables, by profile and name.",
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
    }
