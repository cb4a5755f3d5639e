"""Each check's docstring is its documentation, and two pages are made of them."""

import pkgutil
import re
from pathlib import Path

import pytest

from auditor import checks
from auditor.check_docs import HEADINGS, Documented, docstring, explain
from auditor.errors import UsageError
from auditor.inventory import checks as inventory_checks

DOCS = Path(__file__).parents[2] / "docs"
PACKAGES = (checks, inventory_checks)
KINDS = {package.__name__: package.load() for package in PACKAGES}
EVERY = [(package, check) for package, found in KINDS.items() for check in found]


def test_the_pages_are_up_to_date() -> None:
    """Run ``make docs`` when this fails."""
    assert (DOCS / "checks.md").read_text(encoding="utf-8") == checks.documentation()
    page = (DOCS / "inventory-checks.md").read_text(encoding="utf-8")
    assert page == inventory_checks.documentation()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: one.__name__)
def test_every_file_is_a_check_named_like_its_id(package: object) -> None:
    assert package in PACKAGES
    module = PACKAGES[PACKAGES.index(package)]
    files = {one.name for one in pkgutil.iter_modules(module.__path__)} - {"check"}
    assert files == {check.id.replace("-", "_") for check in module.load()}


def test_no_id_is_given_twice() -> None:
    ids = [check.id for _, check in EVERY]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize(("package", "check"), EVERY, ids=lambda one: getattr(one, "id", ""))
def test_a_docstring_has_every_heading_in_order(package: str, check: Documented) -> None:
    first, *paragraphs = docstring(package, check.id).split("\n\n")
    assert first == f"{check.title}."
    assert len(paragraphs) == len(HEADINGS)
    for paragraph, heading in zip(paragraphs, HEADINGS, strict=True):
        assert paragraph.startswith(f"{heading} ")
        assert len(paragraph) > len(heading) + 10
    assert re.fullmatch(r"References\. https://learn\.microsoft\.com/\S+", paragraphs[-1])
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", check.id)
    assert explain(check.id, KINDS) == docstring(package, check.id)


def test_an_unknown_check_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="there is no check 'x': choose one of admin-consent"):
        explain("x", KINDS)
