"""Charts are right at nothing and at extremes, and say in words what they show."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from auditor.render.charts import (
    Bar,
    Column,
    Part,
    bar_chart,
    column_chart,
    share_chart,
    short_number,
)
from tests.unit.inventory_report_case import HOSTILE


def bar(label: str, *numbers: int, note: str = "") -> Bar:
    return Bar(label, tuple(Part(f"part {at}", one, "low") for at, one in enumerate(numbers)), note)


def rects(svg: str, style: str = "low") -> list[tuple[float, float]]:
    """Left edges and widths in per cent."""
    found = [one for one in ET.fromstring(svg).iter("rect") if one.get("class") == style]
    return [(percent(one.get("x")), percent(one.get("width"))) for one in found]


def percent(text: str | None) -> float:
    assert text is not None
    return float(text.removesuffix("%"))


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ET.fromstring(svg).iter("text")]


def description(svg: str) -> str:
    return ET.fromstring(svg).findtext("desc") or ""


def test_shares_fill_the_line_in_proportion() -> None:
    svg = share_chart("c", "Shares", [bar("a", 1, 3), bar("b", 2, 0)])
    assert rects(svg) == [(0.0, 25.0), (25.0, 75.0), (0.0, 100.0)]
    assert len(rects(svg, "track")) == 2
    assert description(svg) == "a: 1 part 0, 3 part 1; b: 2 part 0"


def test_a_tiny_share_can_be_seen_and_nothing_leaves_the_line() -> None:
    found = rects(share_chart("c", "Shares", [bar("a", 1, 1_000_000, 1)]))
    assert min(width for _, width in found) >= 0.5
    assert sum(width for _, width in found) == pytest.approx(100, abs=0.05)
    assert all(
        after[0] == pytest.approx(sum(before), abs=0.02) for before, after in pairwise(found)
    )


def test_bars_are_as_long_as_their_numbers() -> None:
    svg = bar_chart("c", "Bars", [bar("a", 200), bar("b", 100), bar("c", 0)])
    (_, longest), (_, half) = rects(svg)
    assert longest == pytest.approx(2 * half)
    assert texts(svg) == ["a", "200", "b", "100", "c", "0"]


@pytest.mark.parametrize("draw", [bar_chart, share_chart])
def test_nothing_at_all_is_drawn_as_nothing(draw: object) -> None:
    assert callable(draw)
    for bars in ([], [bar("a")], [bar("a", 0, 0)]):
        assert rects(draw("c", "None", bars)) == []
    assert description(draw("c", "None", [bar("a", 0)])) == "a: 0"


def test_columns_stand_beside_each_other() -> None:
    columns = [Column("Aug", "2026", 4, "soon"), Column("Sep", "", 0, "plain")]
    svg = column_chart("c", "Columns", columns)
    assert len(rects(svg, "soon")) == 1
    assert rects(svg, "plain") == []
    assert description(svg) == "Aug 2026: 4; Sep: 0"
    assert texts(svg) == ["4", "Aug", "2026", "0", "Sep", ""]
    assert rects(column_chart("c", "None", [])) == []


@pytest.mark.parametrize("label", [one for one in HOSTILE if one.isprintable()])
def test_a_label_is_text_and_short(label: str) -> None:
    svg = bar_chart("c", "Bars", [bar(label, 1, note=label)])
    assert ET.fromstring(svg).get("role") == "img"
    assert len(texts(svg)[0]) <= 44 + len(label)
    assert label in description(svg)


def test_the_picture_is_named_by_its_title() -> None:
    root = ET.fromstring(bar_chart("c", "Bars & more", [bar("a", 1)]))
    ids = {one.get("id") for one in root.iter() if one.get("id")}
    assert set((root.get("aria-labelledby") or "").split()) == ids == {"c-title", "c-desc"}
    assert root.findtext("title") == "Bars & more"
    assert "style" not in {name for one in root.iter() for name in one.attrib}


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1_000, "1k"), (1_250, "1.2k"), (31_200, "31k"), (4_000_000, "4M")],
)
def test_short_numbers(number: int, text: str) -> None:
    assert short_number(number) == text
