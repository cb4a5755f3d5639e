"""How the program is built, and that everything a person can meet is documented."""

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import auditor.errors
from auditor.checks import load as load_checks
from auditor.cli.main import LazyGroup, main
from auditor.consent.codes import CAVEATS, REASONS
from auditor.errors import AuditorError
from auditor.inventory.checks import load as load_inventory_checks
from auditor.render.inventory_write import inventory_formats
from auditor.render.write import formats

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "auditor").rglob("*.py"))
LONGEST = 400
HEAVY = {"azure", "httpx", "jinja2", "msal", "msgraph", "msgraph_core", "numpy", "pandas", "rich"}
MODULES_AFTER = """
import json, sys
from auditor.cli.main import run
try:
    run(sys.argv[1:])
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def text_of(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text("utf-8")


def reference() -> str:
    """Where commands, options, variables, formats and exit codes are documented."""
    return text_of("README.md") + text_of("docs", "commands.md")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name, groups included."""
    context = main.make_context("consent-auditor", [], resilient_parsing=True)
    assert isinstance(main, LazyGroup)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {one}", each) for one, each in command.commands.items())


def options() -> Iterator[click.Option]:
    for _, command in commands():
        yield from (one for one in command.params if isinstance(one, click.Option))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["audit", "--help"], ["inventory", "-h"]]
)
def test_help_is_light(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MODULES_AFTER, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stderr)}
    assert not loaded & HEAVY
    assert not any(name.startswith("kiota") for name in loaded)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
class TestModule:
    def test_is_not_a_giant(self, path: Path) -> None:
        assert len(path.read_text("utf-8").splitlines()) <= LONGEST

    def test_begins_with_a_docstring(self, path: Path) -> None:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8")))

    def test_reads_no_environment_and_prints_nothing_past_click(self, path: Path) -> None:
        assert [*forbidden(ast.parse(path.read_text("utf-8")))] == []

    def test_init_never_exports_for_others(self, path: Path) -> None:
        assert "__all__" not in path.read_text("utf-8")


def forbidden(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "getenv" as name):
                yield f"os.{name} in line {node.lineno}"
            case ast.Call(func=ast.Name(id="print")):
                yield f"print in line {node.lineno}"
            case ast.ImportFrom(module="typing", names=names) if "Any" in [n.name for n in names]:
                yield f"Any in line {node.lineno}"
            case ast.ImportFrom(level=level) if level:
                yield f"relative import in line {node.lineno}"


def test_the_rules_find_what_they_forbid() -> None:
    bad = "import os\nfrom typing import Any\nfrom . import x\nprint(os.environ)\nos.getenv('x')"
    assert len([*forbidden(ast.parse(bad))]) == 5


def test_resources_hold_no_code() -> None:
    """Otherwise hatchling refuses an editable installation."""
    assert [*(ROOT / "reports").rglob("*.py"), *(ROOT / "policies").rglob("*.py")] == []


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_command_is_documented(name: str) -> None:
    assert f"consent-auditor {name}" in reference()


@pytest.mark.parametrize(
    "option", sorted({option.opts[0] for option in options() if not option.hidden})
)
def test_option_is_documented(option: str) -> None:
    assert f"`{option}" in reference()


@pytest.mark.parametrize(
    "variable",
    sorted(
        {
            name
            for option in options()
            for name in ([option.envvar] if isinstance(option.envvar, str) else option.envvar or ())
        }
    ),
)
def test_variable_is_documented(variable: str) -> None:
    assert f"`{variable}`" in reference()


@pytest.mark.parametrize("name", formats())
def test_format_is_documented(name: str) -> None:
    assert f"| `{name}` |" in reference()


@pytest.mark.parametrize("name", inventory_formats())
def test_inventory_format_is_documented(name: str) -> None:
    assert f"| `{name}` |" in text_of("docs", "inventory.md")


def test_exit_codes_are_documented() -> None:
    errors = [
        one
        for _, one in inspect.getmembers(auditor.errors, inspect.isclass)
        if issubclass(one, AuditorError)
    ]
    codes = {0, 4, 10} | {one.exit_code for one in errors}
    assert codes == {0, 1, 2, 3, 4, 10}
    assert all(f"| {code} |" in reference() for code in codes)


@pytest.mark.parametrize("code", [*REASONS, *CAVEATS])
def test_code_is_documented(code: str) -> None:
    assert f"| `{code}` |" in text_of("docs", "reasons.md")


@pytest.mark.parametrize("check", [check.id for check in load_checks()])
def test_check_is_documented(check: str) -> None:
    assert f"## {check}\n" in text_of("docs", "checks.md")


@pytest.mark.parametrize("check", [check.id for check in load_inventory_checks()])
def test_inventory_check_is_documented(check: str) -> None:
    assert f"## {check}\n" in text_of("docs", "inventory-checks.md")


def test_dependencies_are_explained() -> None:
    section = text_of("pyproject.toml").partition("dependencies = [")[2].partition("]")[0]
    names = [line.split(">")[0].strip(' "') for line in section.splitlines() if ">" in line]
    assert len(names) >= 8
    page = text_of("docs", "architecture.md")
    assert [name for name in names if f"| `{name}` |" not in page] == []
