"""Hostile names create no link, image, heading, HTML, table cell or mention in Markdown."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from auditor.dialects import write_scripts
from auditor.dialects.script import Target
from auditor.explanation import explanation
from auditor.model.decision import Reason
from auditor.model.report import Finding, Judgement, Report, Severity
from auditor.pasted_error import parse_error
from auditor.pasted_link import parse_link
from auditor.render.explain_markdown import render_explanation_markdown
from auditor.render.text import md, md_code, md_fence, md_text, render
from auditor.sign_in_errors import load_error_codes
from tests.unit import plan_fixture as plans
from tests.unit import report_fixture as fixture

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "softbreak"}


def tokens(source: str) -> Iterator[Token]:
    """Yield block and inline tokens."""
    for token in PARSER.parse(source):
        yield token
        yield from token.children or ()


def shown(source: str) -> str:
    """Return the text that a reader sees."""
    return "".join(
        token.content for token in tokens(source) if token.type in {"text", "code_inline"}
    )


@pytest.mark.parametrize("name", sorted(fixture.HOSTILE))
@pytest.mark.parametrize("frame", ["{}", "- {}", "a {} b", "# {}", "**{}**"])
def test_escaped_text_is_nothing_but_text(name: str, frame: str) -> None:
    with_text = {token.type for token in tokens(frame.format(md(fixture.HOSTILE[name])))}
    with_word = {token.type for token in tokens(frame.format("word"))}
    assert with_text <= with_word | {"text_special"}


@given(st.text(max_size=60))
def test_any_text_stays_text(text: str) -> None:
    assert {token.type for token in tokens(md(text))} <= PLAIN


@given(st.text(max_size=60))
def test_any_text_stays_in_its_table_cell(text: str) -> None:
    for escape in (md, md_code):
        table = f"| a | b |\n| --- | --- |\n| {escape(text)} | end |\n"
        assert [token.type for token in tokens(table)].count("td_open") == 2
        assert shown(table).endswith("end")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Mail.Read of Microsoft Graph", "Mail.Read of Microsoft Graph"),
        ("offline_access", "offline_access"),
        ("_em_", r"\_em\_"),
        ("a | b", r"a \| b"),
        ("@everyone", "⟨@⟩everyone"),
        ("boss@evil.example", "boss⟨@⟩evil.example"),
        ("fixes #12", "fixes ⟨#⟩12"),
        ("C# app", "C# app"),
        ("https://evil.example", "https⟨:⟩//evil.example"),
        ("WWW.evil.example", "WWW⟨.⟩evil.example"),
        ("1. first", r"1\. first"),
        ("0.1.0", "0.1.0"),
        ("- item", r"\- item"),
        ("> quote", r"\> quote"),
        ("two\nlines", "two lines"),
    ],
)
def test_escapes(text: str, escaped: str) -> None:
    assert md(text) == escaped


def test_code_spans_fall_back_to_text() -> None:
    assert md_code("Mail.Read") == "`Mail.Read`"
    assert md_code("a`b") == r"a\`b"
    assert md_code("a|b") == r"a\|b"
    assert md_code("") == ""
    assert md_fence("plain") == "```"
    assert md_fence("a ```` b") == "`````"


def test_a_hostile_report_has_the_structure_of_a_calm_one() -> None:
    source = render(fixture.hostile(), "markdown").decode()
    found = list(tokens(source))
    assert not [token for token in found if token.type in {"html_block", "html_inline", "image"}]
    links = [token.attrGet("href") for token in found if token.type == "link_open"]
    assert links == []
    headings = [
        found[at + 1].content for at, token in enumerate(found) if token.type == "heading_open"
    ]
    assert not [heading for heading in headings if heading in {"Heading", "Another"}]
    app = 3 + 4 + 3 + 10 * 3  # overview, permissions, before and after, side by side
    cells = sum(token.type == "td_open" for token in found)
    assert cells == len(fixture.HOSTILE) * (app + 4)  # and one source each
    assert not re.search(r"(?<!⟨)@\w|https?://evil", outside_code(source))


def test_a_hostile_explanation_has_the_structure_of_a_calm_one() -> None:
    table = load_error_codes()
    link = parse_link("https://a.example/*_x_*?error=x&client_id=0")
    found = explanation(parse_error("90094 65001"), table)
    kinds: list[list[str]] = []
    for name in ("calm", *fixture.HOSTILE.values()):
        (item,) = fixture.single().assessments
        first, *others = item.plans
        item = replace(
            item,
            request=replace(item.request, name=name, profile_id=name, notes=(f"The link {name}",)),
            decision=replace(item.decision, reasons=(Reason("excluded-by-policy", name),)),
            plans=(replace(first, title=name, summary=name), *others),
        )
        report = replace(fixture.single(), tenant_name=name, assessments=(item,))
        source = render_explanation_markdown(replace(found, report=report, link=link)).decode()
        assert not re.search(r"(?<!⟨)@\w|https?://evil", outside_code(source))
        kinds.append(
            [one.type for one in tokens(source) if one.nesting or one.type == "html_block"]
        )
    assert all(one == kinds[0] for one in kinds)


def outside_code(source: str) -> str:
    """Return everything that is neither a code span nor a code block."""
    return " ".join(token.content for token in tokens(source) if token.type == "text")


def test_links_of_a_calm_report_are_ours() -> None:
    source = render(fixture.single(), "markdown").decode()
    links = {str(token.attrGet("href")) for token in tokens(source) if token.type == "link_open"}
    assert links == {
        plans.GRANT.portal_url,
        fixture.NORTHWIND.request.source,
    }


@pytest.mark.parametrize("report", [fixture.single(), fixture.several(), fixture.hostile()])
def test_the_summary_comes_first_and_is_short(report: Report) -> None:
    source = render(report, "markdown").decode()
    summary = source.split("\n---\n")[0]
    assert summary.count("\n") <= 60
    assert summary.startswith("# Consent report for ")
    assert "Could not be read" in summary
    assert "\n\n\n" not in summary


def test_requests_and_messages_come_through_unchanged() -> None:
    report = fixture.single()
    blocks = fences(report)
    target = Target(
        report.cloud, fixture.TENANT, "Contoso Ltd", "Northwind Mail Sync", report.collected_at
    )
    for script in write_scripts("http", plans.CONSENT, target):
        assert script.content in blocks
    assert f"{plans.FOR_VENDOR}\n" in blocks


def fences(report: Report) -> list[str]:
    """Return the code blocks of a report."""
    source = render(report, "markdown").decode()
    return [token.content for token in tokens(source) if token.type == "fence"]


def test_every_block_of_a_hostile_report_is_closed_where_it_should_be() -> None:
    blocks = fences(fixture.hostile())
    assert len(blocks) == len(fixture.HOSTILE) * 4
    assert any(fixture.HOSTILE["code"] in block for block in blocks)


def test_plans_stand_side_by_side() -> None:
    source = render(fixture.single(), "markdown").decode()
    for part in (
        "|  | Recommended plan | Plan 2 | Plan 3 (Sophiie's documented way) |",
        "| Other apps in the tenant | No others gain, none lose | No others gain, none lose | 12 others gain, one loses |",
        "- Controls it breaks: **low-permissions (Microsoft's recommendations)**",
        "- Controls it fixes: EIDSCA: EIDSCA.AP08",
        "- **Not met**: 5.1.5.1 (CIS Microsoft 365 Foundations), but Maester prints: pass.",
        "`consent-auditor plan --profile northwind-mail-sync --plan 1 --format azure-cli --output scripts`",
    ):
        assert part in source


def test_a_long_report_is_brief_about_what_others_have() -> None:
    short = render(fixture.single(), "markdown").decode()
    long = render(replace(fixture.single(), assessments=(fixture.NORTHWIND,) * 3), "markdown")
    assert len(short) < 32_000
    assert "were decided" in short
    assert "were decided" not in long.decode()
    assert "the HTML report and the JSON report have it" in long.decode()
    assert "```http" in long.decode()


def test_what_does_not_apply_for_one_reason_is_told_once() -> None:
    reason = "No custom app consent policy is assigned."
    aside = Finding("a", "A", Judgement.NOT_APPLICABLE, Severity.HIGH, reason, ())
    findings = tuple(replace(aside, check=one) for one in ("a", "b", "c"))
    source = render(replace(fixture.single(), findings=findings), "markdown").decode()
    assert source.count(reason) == 1
    assert f"- **Not applicable**: {reason} `a`, `b`, `c`\n" in source


def test_first_steps_have_their_own_requests() -> None:
    report = replace(fixture.single(), assessments=(fixture.UNKNOWN,))
    source = render(report, "markdown").decode()
    assert "## What to find out or do first for Tailspin Desk" in source
    assert any("PUT {{graph}}/policies/adminConsentRequestPolicy" in one for one in fences(report))


def test_the_same_report_gives_the_same_bytes() -> None:
    report = fixture.several()
    assert render(report, "markdown") == render(report, "markdown")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Add https://a.example/x_y?z=1, then go.", "Add `https://a.example/x_y?z=1`, then go."),
        ("(http://localhost:8400)", "(`http://localhost:8400`)"),
        ("msal6b1f://auth is missing.", "`msal6b1f://auth` is missing."),
        ("- *x* @you", r"\- \*x\* ⟨@⟩you"),
        ("https://a.example/`x`", r"`https://a.example/`\`x\`"),
        ("[x](https://evil.example)", r"\[x\](`https://evil.example`)"),
        ("xhttps://a|b", r"`xhttps://a`\|b"),
    ],
)
def test_addresses_in_sentences_can_be_copied(text: str, escaped: str) -> None:
    assert md_text(text) == escaped


@given(st.lists(st.sampled_from(["https://", "a.example", "`", "|", "\\", " ", "(", ")", "]"])))
def test_a_sentence_is_text_and_code_alone(parts: list[str]) -> None:
    text = "".join(parts)
    assert {token.type for token in tokens(md_text(text))} <= PLAIN | {"code_inline"}
    table = f"| a | b |\n| --- | --- |\n| {md_text(text)} | end |\n"
    assert [token.type for token in tokens(table)].count("td_open") == 2


@pytest.mark.parametrize("name", sorted(fixture.HOSTILE))
def test_a_hostile_sentence_is_text_and_code_alone(name: str) -> None:
    found = {token.type for token in tokens(md_text(fixture.HOSTILE[name]))}
    assert found <= PLAIN | {"code_inline"}
