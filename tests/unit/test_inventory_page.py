"""The inventory's page and Markdown: closed, capped, and right about what is left out."""

import io
import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from auditor.model.inventory import InventoryReport
from auditor.render.inventory_overview import Overview
from auditor.render.inventory_page import render_inventory_html, render_inventory_markdown
from auditor.render.inventory_text import print_inventory
from auditor.render.inventory_view import Caps, inventory_view
from auditor.render.inventory_write import inventory_formats, write_inventory
from auditor.render.text import csp_hash
from auditor.render.words import Tone
from tests.unit import inventory_report_case as case
from tests.unit.consent_case import Json
from tests.unit.inventory_case import Whole, certificate, secret, signing
from tests.unit.test_render_html import ALLOWED, Page

GOLDEN = Path(__file__).parents[1] / "golden"
PICTURES = {"desc", "rect", "text", "tspan", "line", "figure", "figcaption"}
REPORTS = {"small": case.small(), "hostile": case.hostile(), "empty": case.empty()}
LARGE = case.large(700, 600)


@pytest.fixture(params=sorted(REPORTS))
def report(request: pytest.FixtureRequest) -> InventoryReport:
    return REPORTS[str(request.param)]


def html(report: InventoryReport, *, beside: bool = False) -> str:
    return render_inventory_html(Overview(report), beside=beside).decode()


def test_only_known_elements_and_no_active_attribute(report: InventoryReport) -> None:
    page = Page(html(report))
    assert set(page.tags) <= ALLOWED | PICTURES
    assert [name for name, _ in page.attributes if name.startswith("on") or name == "style"] == []
    assert page.values("src") == []
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert all(link.removeprefix("#") in ids for link in page.values("href"))


def test_the_policy_allows_exactly_the_style_sheet(report: InventoryReport) -> None:
    source = html(report)
    style = source.partition("<style>")[2].partition("</style>")[0]
    assert ".charts" in style
    assert csp_hash(style) in source
    assert not re.search(r"url\(|@import", style)


def test_every_hostile_name_is_shown_as_text() -> None:
    text = Page(html(case.hostile())).text
    assert "<script>alert(1)</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert "⟨U+202E⟩gnp.exe" in text
    assert "]]> --> </style></svg>" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]", text)


def test_headings_never_skip_a_level(report: InventoryReport) -> None:
    levels = [int(tag[1]) for tag in Page(html(report)).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_large_page_is_capped_and_says_where_the_rest_is() -> None:
    text = " ".join(Page(html(LARGE, beside=True)).text.split())
    assert "500 of 700 apps. All of them are in inventory-apps.csv beside this page." in text
    assert "The first 50 of 600" in text
    assert "All of them are in inventory-findings.csv beside this page." in text
    alone = html(LARGE)
    assert "inventory-apps.csv, which --format csv --output DIR writes" in alone
    assert len(Page(alone).tags) < 20_000


def test_the_worst_come_first_and_microsoft_last() -> None:
    view = inventory_view(Overview(case.small()), Caps())
    names = [one.name for one in view.apps]
    assert names[:3] == ["Backup Robot", "Mail Helper", "Northwind Sync"]
    assert names[-1] == "Microsoft Graph"
    assert dict(view.facts)["Delegated grants"] == "58"


def test_settings_are_evidence_and_nobody_is_affected_by_them() -> None:
    view = inventory_view(Overview(case.small()), Caps())
    workflow = view.findings[0].findings[1]
    assert workflow.affected == ()
    assert workflow.evidence[1] == ("reviewers", "0")


def test_an_answer_is_good_only_where_everything_was_read() -> None:
    met = case.FINDINGS[3]
    read = (case.LISTINGS[0],)
    cases = {
        Tone.BAD: case.report_of((), (), case.FINDINGS),
        Tone.CAUTION: case.report_of((), (), case.FINDINGS[1:]),
        Tone.UNKNOWN: case.report_of((), (), case.FINDINGS[2:], read),
        Tone.GOOD: case.report_of((), (), (met,), read),
    }
    for tone, made in cases.items():
        assert inventory_view(Overview(made), Caps()).tone is tone
    assert inventory_view(Overview(case.report_of((), (), (met,))), Caps()).tone is Tone.UNKNOWN


def test_what_could_not_be_read_stands_first_and_in_the_evidence() -> None:
    text = " ".join(Page(html(case.small())).text.split())
    assert "2 of 3 listings could not be read to the end." in text
    assert text.index("All app registrations: unknown which apps") < text.index("At a glance")
    assert "the connection ended after page 4" in text
    assert "Directory.Read.All or DelegatedPermissionGrant.Read.All" in text


def test_an_empty_tenant_has_charts_of_nothing() -> None:
    view = inventory_view(Overview(case.empty()), Caps())
    risk, grants, expiry = view.charts
    assert "<rect" not in grants.svg
    assert "Microsoft: 0" in risk.svg
    assert {row[1] for row in expiry.rows} == {"0"}
    assert view.tenant == "contoso.example"


def test_one_permission_is_one_bar_however_it_is_written() -> None:
    apps = tuple(
        case.app(number, name, grants=(case.delegated(name, by_users={name: 2}),))
        for number, name in enumerate(("user.read", "User.Read"))
    )
    _, grants, _ = inventory_view(Overview(case.report_of(apps)), Caps()).charts
    assert grants.rows == (("User.Read", "Microsoft Graph", "Low", "6"),)


def test_charts_count_what_the_tables_hold() -> None:
    risk, grants, expiry = inventory_view(Overview(case.small()), Caps()).charts
    assert risk.rows[0] == ("Unverified publisher", "1", "1", "0", "0", "0")
    assert grants.rows[0] == ("User.Read", "Microsoft Graph", "Low", "41")
    ends = {row[0]: row[1] for row in expiry.rows}
    assert (ends["Past"], ends["Aug 2026"], ends["Later"], ends["No end"]) == ("2", "1", "1", "1")


def test_the_timeline_counts_each_credential_that_people_renew() -> None:
    """Two secrets of the same end are two; a SAML certificate is one; Azure renews its own."""
    twins: list[Json] = [secret(-1, 10), secret(-1, 10), secret(-1, None), secret(-1, None)]
    tenant = Whole().registration(passwordCredentials=twins).app("other", **signing(-10, 900))
    renewed: list[Json] = [certificate(-10, 20)]
    tenant.app("mi", servicePrincipalType="ManagedIdentity", keyCredentials=renewed)
    tenant.app("microsofts", keyCredentials=renewed)
    expiry = inventory_view(Overview(tenant.report()), Caps()).charts[2]
    counted = {label: number for label, number in expiry.rows if number != "0"}
    assert counted == {"Sep 2026": "2", "Later": "1", "No end": "2"}


@pytest.mark.parametrize("name", [*REPORTS, "large"])
def test_markdown_is_short_enough_for_a_ticket(name: str) -> None:
    text = render_inventory_markdown(Overview(REPORTS.get(name, LARGE))).decode()
    assert len(text) < 32_000
    assert "\r" not in text
    assert "\n\n\n" not in text


def test_markdown_stays_short_with_many_long_findings() -> None:
    long = replace(case.FINDINGS[0], message="word [x] " * 300, title="t" * 150)
    text = render_inventory_markdown(Overview(case.report_of(case.APPS, (), (long,) * 45))).decode()
    assert len(text) < 32_000
    assert text.count("Not met") == 45


def test_hostile_names_are_no_markup_in_markdown() -> None:
    tokens = (
        MarkdownIt("commonmark")
        .enable("table")
        .parse(render_inventory_markdown(Overview(case.hostile())).decode())
    )
    inline = [child for token in tokens for child in token.children or ()]
    assert {one.type for one in inline} & {"link_open", "html_inline", "image"} == set()
    assert "html_block" not in {one.type for one in tokens}
    assert "@everyone" not in "".join(one.content for one in inline)


def test_golden_markdown() -> None:
    found = render_inventory_markdown(Overview(case.small()))
    path = GOLDEN / "inventory.md"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(found)
    assert found == path.read_bytes()


def test_the_summary_tells_affected_from_settings() -> None:
    stream = io.StringIO()
    print_inventory(case.small(), stream)
    text = stream.getvalue()
    assert "  - Mail Helper: 40 users" in text
    assert "  = reviewers: 0" in text
    assert "1 app holds critical permissions, 1 high ones at worst" in text
    assert "without it is unknown which apps are registered here" in text


def test_every_format_has_its_files() -> None:
    files = write_inventory(case.small(), inventory_formats(), folder=True)
    assert len(files.names) == len(set(files.names)) == 14
    assert {"inventory.html", "inventory.md", "inventory.json"} <= set(files.names)
    pieces = list(files.pieces)
    assert {name for name, piece in pieces if piece} == set(files.names)
    alone = write_inventory(case.small(), ("html",), folder=False)
    assert alone.names == ("inventory.html",)
