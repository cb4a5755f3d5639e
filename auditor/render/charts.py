"""Charts as inline SVG: pure functions, from numbers to text.

Widths are percentages and heights are ``em``, so that a chart fits a phone, a screen and paper with
its letters as large as those around it. Colours are classes of the page's style sheet. Whatever the
picture shows is in its description too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_LABEL = 44
"""Characters of a label that are drawn; the description has all of them."""
_LEAST = 0.6
"""Per cent of the width that a number above zero gets, so that it can be seen."""
_WIDEST = 70
"""Per cent of the width that the longest bar takes where its number stands behind it."""
_ROW = 3.5
_NOTE = 1.2
"""What each row is higher by where a label has a note."""
_TALLEST = 8.0
_FOOT = 2.6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar."""

    label: str
    number: int
    style: str
    """A class of the style sheet, such as ``risk-high``."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: of one part, or of several beside each other."""

    label: str
    parts: tuple[Part, ...]
    note: str = ""
    """What stands below the label."""

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(one.number for one in self.parts)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a row of columns; its label may have two lines."""

    label: str
    below: str
    number: int
    style: str
    minor: bool = False
    """The label is left out where there is little room."""


def share_chart(name: str, title: str, bars: Sequence[Bar]) -> str:
    """Draw bars of the same length, each divided as its parts share it."""
    row = _row(bars)
    rows = "".join(
        _head(one, end - row) + _rect(0, 100, end, "track", "") + _parts(one, end, 100)
        for one, end in _ends(bars, row)
    )
    return _svg(name, title, _told(bars), row * len(bars), rows)


def bar_chart(name: str, title: str, bars: Sequence[Bar]) -> str:
    """Draw bars as long as their numbers, with the number behind each."""
    longest = max((one.total for one in bars), default=0)
    widths = [max(_WIDEST * one.total / longest, _LEAST) if one.total else 0 for one in bars]
    row = _row(bars)
    rows = "".join(
        _head(one, end - row) + _parts(one, end, width) + _number(one, end, width)
        for (one, end), width in zip(_ends(bars, row), widths, strict=True)
    )
    return _svg(name, title, _told(bars), row * len(bars), rows)


def column_chart(name: str, title: str, columns: Sequence[Column]) -> str:
    """Draw columns as high as their numbers, beside each other on one line."""
    highest = max((one.number for one in columns), default=0)
    step, scale = 100 / max(len(columns), 1), _TALLEST / highest if highest else 0
    told = "; ".join(f"{one.label} {one.below}".strip() + f": {one.number:,}" for one in columns)
    drawn = "".join(_column(one, at * step, step, scale) for at, one in enumerate(columns))
    base = _em(_TALLEST + 1.5)
    line = f'<line class="axis" x1="0" x2="100%" y1="{base}" y2="{base}"/>'
    return _svg(name, title, told, _TALLEST + 1.5 + _FOOT, drawn + line)


def short_number(number: int) -> str:
    """Write a number in at most four characters, such as ``999``, ``1.2k``, ``31k`` or ``4M``."""
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            part = number // (size // 10) / 10
            return f"{part:.1f}{sign}" if part < 10 and part % 1 else f"{part:.0f}{sign}"  # noqa: PLR2004
    return str(number)


def _svg(name: str, title: str, told: str, height: float, drawn: str) -> str:
    return (
        f'<svg class="chart" role="img" width="100%" height="{_em(height)}" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(told)}</desc>{drawn}</svg>'
    )


def _told(bars: Sequence[Bar]) -> str:
    """Say every number."""
    lines = []
    for one in bars:
        parts = ", ".join(f"{part.number:,} {part.label}" for part in one.parts if part.number)
        lines.append(f"{one.label}: {parts or '0'}")
    return "; ".join(lines)


def _row(bars: Sequence[Bar]) -> float:
    return _ROW + (_NOTE if any(one.note for one in bars) else 0)


def _ends(bars: Sequence[Bar], row: float) -> list[tuple[Bar, float]]:
    """Say where the row of each bar ends, in ``em``."""
    return [(one, at * row) for at, one in enumerate(bars, 1)]


def _head(one: Bar, top: float) -> str:
    label = f'<text x="0" y="{_em(top + 1.1)}">{escape(_cut(one.label))}</text>'
    note = f'<text class="note" x="0" y="{_em(top + 1.1 + _NOTE)}">{escape(_cut(one.note))}</text>'
    return label + (note if one.note else "")


def _parts(one: Bar, end: float, width: float) -> str:
    """Draw the parts of a bar; what is small is widened, at the cost of all others."""
    least = min(_LEAST, width / max(len(one.parts), 1))
    shown = [part for part in one.parts if part.number]
    widths = [max(part.number * width / one.total, least) for part in shown]
    squeeze = width / sum(widths) if widths else 0
    drawn, x = [], 0.0
    for part, wide in zip(shown, widths, strict=True):
        told = f"{part.label}: {part.number:,}"
        drawn.append(_rect(x, wide * squeeze, end, part.style, told))
        x += wide * squeeze
    return "".join(drawn)


def _rect(x: float, width: float, end: float, style: str, told: str) -> str:
    title = f"<title>{escape(told)}</title>" if told else ""
    return (
        f'<rect class="{style}" x="{x:.2f}%" y="{_em(end - 1.9)}" '
        f'width="{width:.2f}%" height="1em">{title}</rect>'
    )


def _number(one: Bar, end: float, x: float) -> str:
    y = _em(end - 1.05)
    return f'<text class="value" x="{x:.2f}%" y="{y}" dx=".4em">{one.total:,}</text>'


def _column(one: Column, x: float, step: float, scale: float) -> str:
    height = max(one.number * scale, 0.15) if one.number else 0
    top, middle = _TALLEST + 1.5 - height, f"{x + step / 2:.2f}%"
    drawn = (
        f'<rect class="{one.style}" x="{x + step * 0.14:.2f}%" y="{_em(top)}" '
        f'width="{step * 0.72:.2f}%" height="{_em(height)}">'
        f"<title>{escape(one.label)} {escape(one.below)}: {one.number:,}</title></rect>"
    )
    value = _middle("value", middle, top - 0.4, short_number(one.number))
    tick = "tick minor" if one.minor else "tick"
    label = _middle(tick, middle, _TALLEST + 2.6, one.label)
    below = _middle("tick note", middle, _TALLEST + 3.7, one.below)
    return (drawn if one.number else "") + value + label + below


def _middle(style: str, x: str, y: float, text: str) -> str:
    return f'<text class="{style}" x="{x}" y="{_em(y)}" text-anchor="middle">{escape(text)}</text>'


def _cut(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _em(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") + "em"
