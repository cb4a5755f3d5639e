"""Nothing that a person cannot see, and nothing that moves the text of others, stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.render.clean import NAME_LIMIT, clean, clean_lines, clean_sentence
from tests.unit.report_fixture import HOSTILE

VISIBLE_FORMATS = "؀؁؂؃؄؅۝܏࢐࢑࣢\U000110bd\U000110cd"
"""Signs of Arabic, Syriac and Kaithi that Unicode counts as formatting but that have a shape."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Ünïcödé 日本 شركة", "plain Ünïcödé 日本 شركة"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u2066\u2069b", "a⟨U+2066⟩⟨U+2069⟩b"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("a\r\nb", "a⟨U+000D⟩⟨U+000A⟩b"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("zero\u200bwidth\u061c", "zero⟨U+200B⟩width⟨U+061C⟩"),
        ("\udcff", "⟨U+DCFF⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("", ""),
    ],
)
def test_hidden_characters_become_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_every_control_format_and_separator_of_unicode_is_escaped() -> None:
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    kept = [
        f"U+{point:04X}"
        for point in range(0x110000)
        if unicodedata.category(chr(point)) in hidden
        and chr(point) not in VISIBLE_FORMATS
        and clean(chr(point)) == chr(point)
    ]
    assert kept == []


def test_a_long_name_says_how_much_was_left_out() -> None:
    shown = clean("x" * 5_000)
    assert shown == "x" * NAME_LIMIT + "… (4,800 more characters)"
    assert clean("x" * NAME_LIMIT) == "x" * NAME_LIMIT
    assert len(clean_sentence("x" * 5_000)) < 1_100


def test_commands_keep_their_lines_and_are_not_cut() -> None:
    command = "first `\n\tsecond\r\nthird\u202e" + "y" * 5_000 + "\n"
    assert clean_lines(command) == "first `\n\tsecond\nthird⟨U+202E⟩" + "y" * 5_000


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text, 10_000)
    assert clean(once, 10_000) == once
    assert once.isprintable() or not text.isprintable()


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_names_end_on_one_line(name: str) -> None:
    assert len(clean(HOSTILE[name]).splitlines()) <= 1
