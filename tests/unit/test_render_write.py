"""Formats are found by their folders and imported when asked for."""

import subprocess
import sys

import pytest

from auditor.errors import ResourceError, UsageError
from auditor.model.report import Report
from auditor.render.manifest import TextFormat, _decode, text_formats
from auditor.render.text import render
from auditor.render.write import formats, write
from tests.unit import report_fixture as fixture


def test_the_formats() -> None:
    assert set(formats()) >= {"csv", "html", "json", "markdown"}
    assert list(formats()) == sorted(formats())
    assert text_formats()["html"].autoescape
    assert not text_formats()["markdown"].autoescape


@pytest.mark.parametrize("format_id", formats())
@pytest.mark.parametrize("report", [fixture.single(), fixture.several(), fixture.hostile()])
def test_every_format_writes_every_report(format_id: str, report: Report) -> None:
    document = write(report, format_id)
    assert document.name.startswith("report.")
    assert document.media_type
    assert document.content.decode().endswith("\n")
    assert b"\r" not in document.content


@pytest.mark.parametrize("format_id", ["pdf", "../html", ""])
def test_an_unknown_format_is_a_usage_error(format_id: str) -> None:
    with pytest.raises(UsageError, match="choose from"):
        write(fixture.single(), format_id)
    with pytest.raises(UsageError, match="choose from"):
        render(fixture.single(), format_id)


def test_a_wrong_manifest_names_its_file() -> None:
    with pytest.raises(ResourceError, match=r"reports/x/format\.toml"):
        _decode("x", b'name = "X"\nunknown = 1\n')
    manifest = b'name = "X"\nextension = "x"\nmedia_type = "a/b"\ntemplate = "t"\nautoescape = true'
    assert _decode("x", manifest) == TextFormat("X", "x", "a/b", "t", autoescape=True)


def test_listing_formats_loads_no_heavy_library() -> None:
    code = (
        "import sys; from auditor.render.write import formats; formats();"
        "print([name for name in ('jinja2', 'pandas', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
