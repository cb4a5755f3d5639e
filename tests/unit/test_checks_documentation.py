"""Each check's docstring is its documentation, and docs/checks.md is made of them."""

import pkgutil
import re
from pathlib import Path

import pytest

from auditor import checks
from auditor.checks import HEADINGS, documentation, explain, load
from auditor.checks.check import Check
from auditor.errors import UsageError

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_page_is_up_to_date() -> None:
    """Write ``auditor.checks.documentation()`` to docs/checks.md when this fails."""
    assert DOCS.read_text(encoding="utf-8") == documentation()


def test_every_file_is_a_check_named_like_its_id() -> None:
    files = {module.name for module in pkgutil.iter_modules(checks.__path__)} - {"check"}
    assert files == {check.id.replace("-", "_") for check in load()}


@pytest.mark.parametrize("check", load(), ids=lambda check: check.id)
def test_a_docstring_has_every_heading_in_order(check: Check) -> None:
    first, *paragraphs = explain(check.id).split("\n\n")
    assert first == f"{check.title}."
    assert len(paragraphs) == len(HEADINGS)
    for paragraph, heading in zip(paragraphs, HEADINGS, strict=True):
        assert paragraph.startswith(f"{heading} ")
        assert len(paragraph) > len(heading) + 10
    assert re.fullmatch(r"References\. https://learn\.microsoft\.com/\S+", paragraphs[-1])
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", check.id)


def test_an_unknown_check_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="there is no check 'x': choose one of admin-consent"):
        explain("x")
