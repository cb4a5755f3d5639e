"""Reads the baselines that ship with the program, strictly."""

import csv
import tomllib
from datetime import date
from types import MappingProxyType
from typing import Literal

import msgspec

from auditor.baselines.rules import RULES
from auditor.baselines.settings import RiskyPermissions
from auditor.baselines.tools import TOOLS
from auditor.errors import ResourceError
from auditor.model.baseline import Baseline, Control
from auditor.resources import children, resource

_RISKY = "scuba-risky-permissions.csv"
_COLUMNS = ("resource_app_id", "resource_name", "kind", "id", "value", "risk_level")


class Baselines(msgspec.Struct, frozen=True):
    """Everything that an evaluation needs beside the tenant."""

    baselines: tuple[Baseline, ...]
    """Sorted by id."""
    risky: RiskyPermissions


class _Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    asks: str
    rule: str
    level: str
    tool: str = ""
    tool_rule: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal["consent-auditor/baseline/v1"]
    id: str
    name: str
    publisher: str
    version: str
    source: str
    retrieved: date
    controls: list[_Control]


def load_baselines() -> Baselines:
    """Read ``policies/baselines/``.

    Raises:
        ResourceError: A file is missing or damaged.
    """
    folder = resource("policies", "baselines")
    risky = resource("policies", "baselines", "data", _RISKY).read_text(encoding="utf-8")
    return Baselines(
        baselines=tuple(
            parse_baseline(file.read_text(encoding="utf-8"), file.name)
            for file in children(folder, ".toml")
        ),
        risky=parse_risky(risky, _RISKY),
    )


def parse_baseline(text: str, name: str) -> Baseline:
    """Read one baseline.

    Args:
        text: The file's content.
        name: The file's name, which is the baseline's id and ``.toml``.

    Raises:
        ResourceError: It is not valid; the message is one line.
    """
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _invalid(name, str(error)) from error
    if f"{file.id}.toml" != name:
        raise _invalid(name, f"its id is {file.id!a}, which has to be the file's name")
    controls = tuple(_control(one, name) for one in file.controls)
    if len({one.id for one in controls}) != len(controls) or not controls:
        raise _invalid(name, "it has no controls, or two of the same id")
    return Baseline(
        id=file.id,
        name=file.name,
        publisher=file.publisher,
        version=file.version,
        source=file.source,
        retrieved=file.retrieved,
        controls=controls,
    )


def parse_risky(text: str, name: str) -> RiskyPermissions:
    """Read the table of risky permissions; only its delegated rows count.

    Raises:
        ResourceError: Its columns are others.
    """
    rows = csv.DictReader(text.splitlines(), strict=True)
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise _invalid(name, f"its columns have to be {', '.join(_COLUMNS)}")
    names: dict[str, dict[str, str]] = {}
    titles: dict[str, str] = {}
    for row in rows:
        if row["kind"] == "delegated":
            app_id = row["resource_app_id"].casefold()
            names.setdefault(app_id, {})[row["id"].casefold()] = row["value"]
            titles[app_id] = row["resource_name"]
    shared = {app_id: MappingProxyType(found) for app_id, found in names.items()}
    return RiskyPermissions(MappingProxyType(shared), MappingProxyType(titles))


def _control(found: _Control, name: str) -> Control:
    if found.rule not in RULES:
        raise _invalid(name, f"control {found.id!a} has the rule {found.rule!a}, which is none")
    if bool(found.tool) != bool(found.tool_rule):
        raise _invalid(name, f"control {found.id!a} needs both tool and tool_rule, or neither")
    if found.tool_rule and found.tool_rule not in TOOLS:
        problem = f"control {found.id!a} has the tool rule {found.tool_rule!a}, which is none"
        raise _invalid(name, problem)
    return Control(
        id=found.id,
        title=found.title,
        asks=found.asks,
        rule=found.rule,
        level=found.level,
        tool=found.tool,
        tool_rule=found.tool_rule,
    )


def _invalid(name: str, problem: str) -> ResourceError:
    return ResourceError(f"baseline file {name} is not valid: {' '.join(problem.split())}")
