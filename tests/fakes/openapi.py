"""Checks a Graph request against the OpenAPI files beside this module.

``graph-openapi-subset.json`` is made from Microsoft's schema files;
``graph-openapi-additions.json`` adds paths and the broader permissions that open a path.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.fakes.wire import Json, Request

_FOLDER = Path(__file__).parent
_FILES = ("graph-openapi-subset.json", "graph-openapi-additions.json")
_VERSIONS = ("v1.0", "beta")
_ALTERNATE_KEY = re.compile(r"^/(servicePrincipals|applications)\(appId='([^'/]+)'\)(?=/|$)")


@dataclass(frozen=True, slots=True)
class Operation:
    """What Graph offers at one path for one method."""

    method: str
    template: str
    """Such as ``/servicePrincipals/{servicePrincipal-id}``."""
    version: str
    permission: str
    """The least application permission (``x-application-permission``); may be empty."""
    also_works: frozenset[str]
    """Broader read permissions that open it too."""
    options: Mapping[str, Mapping[str, Json]]
    """The JSON Schema of each query option by its name, such as ``$select``."""

    def allows(self, roles: frozenset[str]) -> bool:
        """Say whether a token with these application permissions may read here."""
        return not self.permission or bool(roles & (self.also_works | {self.permission}))

    def matches(self, method: str, path: str) -> bool:
        """Say whether a path with keys in place of the template's names is this one."""
        parts = zip(self.template.split("/"), path.split("/"), strict=False)
        return (
            method == self.method
            and self.template.count("/") == path.count("/")
            and all(part and (name == part or name[0] == "{") for name, part in parts if name)
        )


class GraphApi:
    """Every operation of the two files."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        # Literal paths first: /servicePrincipals/delta is no object id.
        self._operations = sorted(operations, key=lambda item: item.template.count("{"))

    def find(self, request: Request) -> Operation | None:
        """Return the operation that a request asks for; None when Graph has none."""
        path = _ALTERNATE_KEY.sub(r"/\1/\2", request.resource)
        for operation in self._operations:
            if operation.matches(request.method, path):
                is_batch = operation.template == "/$batch" and request.version in _VERSIONS
                return operation if is_batch or operation.version == request.version else None
        return None

    def violations(self, request: Request) -> tuple[str, ...]:
        """Return one line for each thing that Graph does not offer; empty when all is well."""
        where = f"{request.method} {request.target}"
        operation = self.find(request)
        if operation is None:
            return (f"{where}: no such path or method",)
        return tuple(f"{where}: {problem}" for problem in _problems(operation, request))


@cache
def graph_api() -> GraphApi:
    """Load the two files; the second one wins."""
    paths: dict[str, dict[str, Json]] = {}
    parameters: dict[str, Json] = {}
    also_works: dict[str, Json] = {}
    for name in _FILES:
        document = _mapping(json.loads((_FOLDER / name).read_bytes()))
        components = _mapping(document.get("components", {}))
        paths |= {path: _mapping(item) for path, item in _mapping(document["paths"]).items()}
        parameters |= _mapping(components.get("parameters", {}))
        also_works |= _mapping(document.get("x-also-works", {}))
    operations: list[Operation] = []
    for path, item in paths.items():
        broader = frozenset(str(role) for role in _sequence(also_works.get(path, [])))
        operations += _operations(path, item, broader, parameters)
    return GraphApi(tuple(operations))


def _operations(
    path: str,
    item: dict[str, Json],
    also_works: frozenset[str],
    parameters: dict[str, Json],
) -> Iterator[Operation]:
    version = str(item.get("x-graph-version", "v1.0"))
    for method in ("get", "post"):
        if method in item:
            operation = _mapping(item[method])
            permission = str(operation.get("x-application-permission", ""))
            options: dict[str, Mapping[str, Json]] = {}
            for entry in _sequence(operation.get("parameters", [])):
                parameter = _resolved(_mapping(entry), parameters)
                if parameter["in"] == "query":
                    options[str(parameter["name"])] = _mapping(parameter["schema"])
            yield Operation(method.upper(), path, version, permission, also_works, options)


def _resolved(parameter: dict[str, Json], parameters: dict[str, Json]) -> dict[str, Json]:
    reference = parameter.get("$ref")
    if isinstance(reference, str):
        return _mapping(parameters[reference.rsplit("/", 1)[-1]])
    return parameter


def _problems(operation: Operation, request: Request) -> Iterator[str]:
    names = [name for name, _ in request.query]
    yield from (f"{name} is given twice" for name in sorted(set(names)) if names.count(name) > 1)
    for name, value in request.query:
        schema = operation.options.get(name)
        if schema is None:
            yield f"query option {name} is not supported here"
        else:
            yield from (f"{name}: {problem}" for problem in _value_problems(schema, value))


def _value_problems(schema: Mapping[str, Json], value: str) -> Iterator[str]:
    match schema["type"]:
        case "array":
            allowed = _sequence(_mapping(schema["items"])["enum"])
            names = value.split(",")
            yield from (f"no member {name!r}" for name in names if name not in allowed)
            if len(set(names)) < len(names):
                yield "a member is named twice"
        case "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", float("inf"))
            if not value.isdecimal() or not _number(low) <= int(value) <= _number(high):
                yield f"{value!r} is not a number from {low} to {high}"
        case "boolean":
            if value not in {"true", "false"}:
                yield f"{value!r} is neither true nor false"
        case _:
            if not value or not re.search(str(schema.get("pattern", "")), value):
                yield f"{value!r} does not have the form that is asked for"


def _number(value: Json) -> float:
    assert isinstance(value, int | float)
    return value


def _mapping(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def _sequence(value: Json) -> list[Json]:
    assert isinstance(value, list)
    return value
