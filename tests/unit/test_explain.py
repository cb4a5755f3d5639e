"""Errors as people paste them, what is known of the codes, and what holds in a tenant."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.cli.demo import sample_requests
from auditor.consent.codes import REASONS
from auditor.errors import UsageError
from auditor.explanation import Explanation, explanation, shown_by
from auditor.model.report import Report
from auditor.pasted_error import MAX_CHARACTERS, PastedError, parse_error
from auditor.pipeline import make_report, read_sample
from auditor.render.explain_text import print_explanation
from auditor.render.explain_view import OWNERS
from auditor.samples import load_sample
from auditor.sign_in_errors import Owner, load_error_codes, load_sign_in_errors

TABLE = load_error_codes()
TRACE = "0a1b2c3d-0000-4000-8000-000000000001"
CORRELATION = "0a1b2c3d-0000-4000-8000-000000000002"
AT = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)
PAGE = f"""AADSTS65004: User declined to consent to access the app.
Trace ID: {TRACE}
Correlation ID: {CORRELATION.upper()}
Timestamp: 2026-11-20 10:11:12Z"""
DETAILS = f"""Troubleshooting details
Error Code: 65004
Request Id: {TRACE}
Correlation Id: {CORRELATION}
Timestamp: 2026-11-20T10:11:12.345Z
Message: AADSTS65004: User declined"""
REDIRECT = (
    "https://app.example/cb?error=access_denied&error_description=aadsts65004%3a+User+declined.%0d"
    f"%0aTrace+ID%3a+{TRACE}%0d%0aCorrelation+ID%3a+{CORRELATION}%0d%0aTimestamp%3a+2026-11-20+10"
    "%3a11%3a12Z&state=SECRET"
)
ANSWER = (
    '{"error":"invalid_grant","error_description":"AADSTS65004: declined. Trace ID: '
    f'{TRACE} Correlation ID: {CORRELATION} Timestamp: 2026-11-20 10:11:12Z","error_codes":[65004]'
    f',"timestamp":"2026-11-20 10:11:12Z","trace_id":"{TRACE}","correlation_id":"{CORRELATION}"}}'
)


def found(text: str) -> tuple[str, ...]:
    return parse_error(text).codes


class TestParse:
    @pytest.mark.parametrize(
        "text", ["AADSTS90094", "aadsts90094", "90094", " 90094: ", "AadSts90094."]
    )
    def test_code_alone(self, text: str) -> None:
        assert parse_error(text) == PastedError(("AADSTS90094",), "", "", None)

    @pytest.mark.parametrize("text", [PAGE, DETAILS, REDIRECT, f"It ended at {REDIRECT}", ANSWER])
    def test_whole_text(self, text: str) -> None:
        assert parse_error(text) == PastedError(("AADSTS65004",), CORRELATION, TRACE, AT)

    def test_several_codes_in_order_and_once(self) -> None:
        assert found("90094 AADSTS65001, 90094") == ("AADSTS90094", "AADSTS65001")
        assert found("first AADSTS650053: then (AADSTS90095) and AADSTS650053") == (
            "AADSTS650053",
            "AADSTS90095",
        )

    def test_numbers_beside_a_text_are_no_codes(self) -> None:
        assert found("AADSTS65001 for ticket 90094") == ("AADSTS65001",)

    @pytest.mark.parametrize("word", ["access_denied", "consent_required"])
    def test_word_of_oauth_where_no_code_is(self, word: str) -> None:
        assert found(f"https://app.example/cb?error={word}&state=x") == (word,)
        assert found(f'{{"error": "{word}"}}') == (word,)

    def test_letters_hidden_by_percent_signs(self) -> None:
        assert found("https://a.example/?error=x&error_description=%41ADSTS90094") == (
            "AADSTS90094",
        )

    def test_time_that_is_none(self) -> None:
        assert parse_error("AADSTS90094 Timestamp: 2026-13-99 10:11:12Z").time is None
        assert parse_error("AADSTS90094 Timestamp: 2026-11-20 10:11:12").time is None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hello",
            "AADSTS",
            "AADSTS1",
            "AADSTS" + "9" * 30,
            "1234",
            "\u0669\u0660\u0660\u0669\u0664",
            "\ud800",
            "\x1b[31m",
            "a" * MAX_CHARACTERS,
            "error" * 200_000,
            "error= " * 140_000,
            "x" * (MAX_CHARACTERS + 1),
        ],
        ids=lambda text: ascii(text[:10]),
    )
    def test_no_code(self, text: str) -> None:
        with pytest.raises(UsageError) as caught:
            parse_error(text)
        assert len(str(caught.value)) < 300

    def test_much_text(self) -> None:
        text = "\u202e<script>\x1b[2J \ud800" * 50_000
        assert found(f"{text} AADSTS90094 {text[:900]}") == ("AADSTS90094",)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["AADSTS", "90094", "error=", "%", "%41", "Correlation ID: ", TRACE, " ", "Z"]
        )
        | st.text(max_size=6)
    ).map("".join)
)
@example("error_description=%FF%ud800AADSTS90094")
def test_fuzz(text: str) -> None:
    try:
        pasted = parse_error(text)
    except UsageError as error:
        assert str(error).isprintable()  # noqa: PT017 - either way is right
    else:
        kept = [*pasted.codes, pasted.correlation_id, pasted.trace_id]
        assert all(re.fullmatch(r"[A-Za-z0-9_-]*", one) for one in kept)


class TestTable:
    def test_holds_every_code_that_the_decision_predicts(self) -> None:
        errors = load_sign_in_errors()
        predicted = {*errors.blocked.values(), errors.workflow_on, errors.workflow_off}
        assert predicted | {errors.risky_workflow_off} <= set(TABLE)

    def test_names_the_cause_by_which_a_code_is_predicted(self) -> None:
        for reason, code in load_sign_in_errors().blocked.items():
            assert reason in {one for cause in TABLE[code].causes for one in cause.reasons}, code

    @pytest.mark.parametrize("code", TABLE)
    def test_is_whole(self, code: str) -> None:
        error = TABLE[code]
        assert re.fullmatch(r"AADSTS[0-9]{5,8}|access_denied|consent_required", code)
        assert error.belongs_to
        assert error.causes
        assert error.remedy
        sentences = [error.meaning, *error.remedy, *(one.text for one in error.causes)]
        assert all(one.endswith(".") and one.isprintable() for one in sentences)
        assert {one for cause in error.causes for one in cause.reasons} <= set(REASONS)

    def test_every_owner_has_words_and_a_code(self) -> None:
        assert (
            set(OWNERS) == set(Owner) == {one for each in TABLE.values() for one in each.belongs_to}
        )


def report(sample: str, *profiles: str) -> Report:
    tenant = load_sample(sample)
    requests = sample_requests(tenant, profiles)
    return make_report(read_sample(tenant, requests), requests)


def held(sample: str, code: str) -> set[str]:
    (item,) = report(sample, "sophiie").assessments
    return {
        reason.code for cause in TABLE[code].causes for reason in shown_by(cause, item.decision)
    }


class TestTenant:
    @pytest.mark.parametrize(
        ("sample", "code", "reasons"),
        [
            ("microsoft-managed", "AADSTS90094", {"excluded-by-policy"}),
            ("consent-off", "AADSTS90094", {"user-consent-off"}),
            ("consent-off-workflow", "AADSTS90095", {"user-consent-off"}),
            ("assignment-required", "AADSTS50105", {"nobody-assigned"}),
            ("low-nothing-classified", "AADSTS65001", {"not-classified"}),
            ("ready", "AADSTS90094", set()),
            ("microsoft-managed", "AADSTS53003", set()),
        ],
    )
    def test_causes_that_hold(self, sample: str, code: str, reasons: set[str]) -> None:
        assert held(sample, code) == reasons

    def test_unknown_code_is_said(self) -> None:
        with pytest.raises(UsageError, match=r"^AADSTS12345: not a code"):
            explanation(parse_error("12345"), TABLE)
        many = " ".join(f"AADSTS{number}" for number in range(10_000, 11_000))
        with pytest.raises(UsageError) as caught:
            explanation(parse_error(many), TABLE)
        assert len(str(caught.value)) < 300

    def test_known_beside_unknown(self) -> None:
        explained = explanation(parse_error("12345 90094"), TABLE)
        assert [one.code for one in explained.codes] == ["AADSTS90094"]
        assert "Not known to this program: AADSTS12345" in text_of(explained)

    @pytest.mark.parametrize(
        ("sample", "code", "sentence"),
        [
            ("microsoft-managed", "AADSTS90094", "cause 3: The app consent policy"),
            ("microsoft-managed", "AADSTS90094", "Recommended: Consent to Sophiie for everybody"),
            ("ready", "AADSTS90094", "none of its causes holds in the tenant as it was read"),
            ("ready", "AADSTS90094", "nothing to change; users connect already"),
            ("ready", "AADSTS53003", "cause 1 cannot be seen in a tenant's settings"),
            ("partly-unreadable", "AADSTS90094", "could not be found out here"),
            ("partly-unreadable", "AADSTS90094", "no plan could be proven. First:"),
        ],
    )
    def test_text(self, sample: str, code: str, sentence: str) -> None:
        pasted = parse_error(code)
        explained = explanation(pasted, TABLE)
        whole = Explanation(pasted, explained.codes, (), report(sample, "sophiie"))
        assert sentence in " ".join(text_of(whole).split())

    def test_log(self) -> None:
        text = " ".join(text_of(explanation(parse_error(REDIRECT), TABLE)).split())
        assert f"correlation id {CORRELATION}" in text
        assert "2026-11-20 10:11:12 UTC" in text
        assert "SECRET" not in text


def text_of(explained: Explanation) -> str:
    stream = io.StringIO()
    print_explanation(explained, stream)
    return stream.getvalue()


def test_document_lists_every_owner() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explain.md").read_text("utf-8")
    assert page.partition("| it belongs to")[2].count("\n| ") == len(Owner) + 1
