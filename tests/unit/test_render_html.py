"""The HTML page is one closed file: no script, no outside request, no hole for a name."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from auditor.dialects import dialects, write_scripts
from auditor.dialects.script import Target
from auditor.model.report import Report
from auditor.render.text import csp_hash, render
from tests.unit import plan_fixture as plans
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
        plans.GRANT.why,
        plans.GRANT.role,
        plans.GRANT.undo,
        plans.GRANT.check,
        "Proven on this tenant. After these steps the audit says Yes for every member.",
        "3 of 5 permissions change",
        plans.CONSENT.for_user,
        " ".join(plans.FOR_VENDOR.split()),
        "Calendars.ReadWrite",
        "→ exclude 1 →",
        "The last client secret ended 2026-07-01.",
        "user-consent-needs-verified-publisher",
        "ConsentRequest.Read.All",
        "AADSTS90094",
        "at least 100",
    ):
        assert part in text


def words_of(report: Report) -> str:
    """Return the text of the page on one line."""
    return " ".join(Page(render(report, "html").decode()).text.split())


def test_every_script_of_the_recommended_plan_is_there_whole() -> None:
    report = fixture.single()
    text = Page(render(report, "html").decode()).text
    target = Target(
        report.cloud, fixture.TENANT, "Contoso Ltd", "Northwind Mail Sync", report.collected_at
    )
    for dialect in dialects():
        scripts = write_scripts(dialect.id, plans.CONSENT, target)
        assert len(scripts) == 2
        assert all(script.content.strip("\n") in text for script in scripts)
    others = [
        script.content.strip("\n")
        for plan in (plans.APP_POLICY, plans.VENDORS_WAY)
        for script in write_scripts("powershell", plan, target)
    ]
    assert not [script for script in others if script in text]
    assert "consent-auditor plan --profile northwind-mail-sync --plan 3 --format azure-cli" in text


def test_scripts_and_messages_can_be_reached_and_told_apart() -> None:
    source = render(fixture.several(), "html").decode()
    labels = re.findall(
        r'<pre class="copy[^"]*" tabindex="0" role="group" aria-label="([^"]+)"', source
    )
    assert len(labels) == source.count("<pre") == len(set(labels))


def test_the_documented_way_has_its_name_wherever_it_stands() -> None:
    source = render(fixture.single(), "html").decode()
    assert source.count('<span class="tag">Sophiie&#39;s documented way</span>') == 2
    assert source.count("(Sophiie&#39;s documented way)") == 11


def test_the_other_plans_are_folded_with_what_they_move() -> None:
    source = render(fixture.single(), "html").decode()
    fold = source.partition('<details class="fold other">')[2].rpartition("</details>")[0]
    text = " ".join(Page(fold).text.split())
    for part in (
        "Plan 2: Let users consent to this one app",
        "the audit says probably yes for every member",
        "Controls it breaks",
        "Mail.Send is classified Low",
        "Stays Not met",
        "ScubaGear prints: pass.",
        "This is what Maester prints; its text stays not met.",
        "12 others gain, one loses",
    ):
        assert part in text


def test_without_a_plan_the_first_steps_say_so() -> None:
    text = words_of(replace(fixture.single(), assessments=(fixture.UNKNOWN,)))
    assert "What to find out or do first" in text
    assert "No plan could be proven on what is known so far." in text
    assert plans.READ_MORE.title in text
    assert "PUT" in text
    assert "side by side" not in text


def test_a_documented_way_that_fails_says_why() -> None:
    text = words_of(replace(fixture.single(), assessments=(fixture.BLOCKED,)))
    assert "Not proven: Litware's documented way." in text
    assert plans.NOT_PROVEN.why in text


def test_a_control_has_its_own_answer_and_that_of_its_tool() -> None:
    text = words_of(fixture.single())
    assert "3 not met (1 of which a tool says something else), 1 unknown" in text
    assert "Its text: not met. Maester prints: pass. It looks for two policies alone" in text
    assert "Evidence (1)" in text
