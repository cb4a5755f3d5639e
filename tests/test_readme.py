"""What the documentation says is so: links, commands, generated parts and the picture."""

import json
import re
import shlex
import struct
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from auditor.cli.main import main
from auditor.sources import load
from tests.generated_docs import APP_ROLES, generated

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^)>]+)>?\)")


def name(path: object) -> str:
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else ""


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in FENCE.findall(page.read_text("utf-8")) if kind == language]


def commands(page: Path) -> Iterator[list[str]]:
    """The calls of consent-auditor in a page's shell blocks, as lists of arguments."""
    for text in [*blocks(page, "bash"), *blocks(page, "sh")]:
        for line in text.replace("\\\n", " ").splitlines():
            if line.startswith("consent-auditor "):
                yield shlex.split(line, comments=True)[1:]


def test_two_commands_do_all_the_set_up() -> None:
    assert blocks(README, "sh") == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/consent-auditor demo\n",
        ".venv/bin/pip install '.[test]' && .venv/bin/python -m pytest -n auto --dist worksteal\n",
    ]


@pytest.mark.parametrize("path", generated(), ids=name)
def test_generated_parts_are_in_step(path: Path) -> None:
    assert path.read_text("utf-8") == generated()[path], "run python -m tests.generated_docs"


def test_registration_has_every_permission_that_is_needed() -> None:
    needed = {APP_ROLES[need] for source in load() for need in source.needs}
    assert set(APP_ROLES.values()) == needed
    (block,) = [text for text in blocks(README, "bash") if "az ad app permission add" in text]
    assert set(re.findall(r"([0-9a-f-]{36})=Role", block)) == needed


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(page.read_text("utf-8"))]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist_as_written(page: Path) -> None:
    for arguments in commands(page):
        parse(main, arguments)


def parse(
    command: click.Command, arguments: list[str], parent: click.Context | None = None
) -> None:
    """Parse a command line without running it; raises UsageError where it is wrong."""
    names = ["-h", "--help"]
    context = click.Context(command, parent, "consent-auditor", help_option_names=names)
    rest = command.parse_args(context, arguments)
    if isinstance(command, click.Group):
        words = [*context._protected_args, *rest]  # noqa: SLF001 - click has no public name
        if not words and command.invoke_without_command:
            return
        _, chosen, left = command.resolve_command(context, words)
        assert chosen is not None
        parse(chosen, left, context)


def test_wrong_commands_would_be_found() -> None:
    with pytest.raises(click.UsageError):
        parse(main, ["audit", "--nonsense"])
    with pytest.raises(click.UsageError):
        parse(main, ["profiles", "invent"])
    assert [*commands(README)]


def test_picture_is_small_and_wide() -> None:
    data = (ROOT / "docs" / "images" / "report.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) < 300_000
    assert struct.unpack(">I", data[16:20]) == (1400,)


def test_json_page_names_every_member() -> None:
    schema = json.loads((ROOT / "reports/json/report-v1.schema.json").read_text("utf-8"))
    page = (ROOT / "docs" / "json.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE))
    whole = set(schema["required"]) | set(schema["$defs"]["outcome"]["enum"])
    plan = {one for name in ("plan", "reach") for one in schema["$defs"][name]["required"]}
    other = json.loads((ROOT / "reports/json/inventory-v1.schema.json").read_text("utf-8"))
    inventory = set(other["required"])
    assert whole | inventory <= rows <= whole | plan | inventory


def test_changelog_begins_with_unreleased() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
