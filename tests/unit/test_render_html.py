"""The HTML page is one closed file: no script, no outside request, no hole for a name."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from auditor.model.report import Report
from auditor.render.text import csp_hash, render
from tests.unit import report_fixture as fixture

REPORTS = {
    "single": fixture.single(),
    "several": fixture.several(),
    "hostile": fixture.hostile(),
}
ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "a",
    "svg",
    "symbol",
    "circle",
    "path",
    "use",
    "div",
    "header",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "bdi",
    "p",
    "time",
    "nav",
    "ul",
    "ol",
    "li",
    "main",
    "section",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "span",
    "code",
    "strong",
    "dl",
    "dt",
    "dd",
    "br",
    "pre",
    "footer",
}


class Page(HTMLParser):
    """Collects elements, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


@pytest.fixture(params=sorted(REPORTS))
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[str(request.param)]


@pytest.fixture
def source(report: Report) -> str:
    return render(report, "html").decode()


def test_only_known_elements_and_no_active_attribute(source: str) -> None:
    page = Page(source)
    assert set(page.tags) <= ALLOWED
    assert [name for name, _ in page.attributes if name.startswith("on") or name == "style"] == []
    assert page.values("src") == []
    assert page.tags.count("style") == 1


def test_links_stay_inside_or_are_plain_https(source: str) -> None:
    page = Page(source)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    for link in page.values("href"):
        assert link.removeprefix("#") in ids or re.fullmatch(r"https://[\w.-]+/[^\"'<>\s]*", link)
    assert not any("evil.example" in link for link in page.values("href"))


def test_the_policy_allows_exactly_the_style_sheet(source: str) -> None:
    style = source.partition("<style>")[2].partition("</style>")[0]
    assert "default-src &#39;none&#39;" in source or "default-src 'none'" in source
    assert csp_hash(style) in source
    assert not re.search(r"url\(|@import", style)


def test_every_name_is_shown_as_text() -> None:
    text = Page(render(fixture.hostile(), "html").decode()).text
    assert fixture.HOSTILE["script"] in text
    assert fixture.HOSTILE["rtl"] in text
    assert "{{ 7 * 7 }}" in text
    assert "⟨U+202E⟩" in text
    assert "(4,800 more characters)" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]", text)


def test_a_page_for_one_check_is_small_and_the_same_each_time() -> None:
    first = render(fixture.single(), "html")
    assert len(first) < 300_000
    assert first == render(fixture.single(), "html")
    assert b"\r" not in first
    assert first.startswith(b"<!doctype html>")


def test_headings_never_skip_a_level(source: str) -> None:
    levels = [int(tag[1]) for tag in Page(source).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_has_answer_steps_permissions_findings_and_evidence() -> None:
    text = " ".join(Page(render(fixture.single(), "html").decode()).text.split())
    for part in (
        "Not yet: Northwind Mail Sync in Contoso Ltd",
        fixture.GRANT.why,
        fixture.GRANT.role,
        fixture.GRANT.undo,
        "Calendars.ReadWrite",
        "→ exclude 1 →",
        "The last client secret ended 2026-07-01.",
        "user-consent-needs-verified-publisher",
        "ConsentRequest.Read.All",
        "AADSTS90094",
        "at least 100",
    ):
        assert part in text
