"""The JSON report keeps its contract and its schema."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from auditor.model.report import Report
from auditor.render import json_v1
from auditor.render.json_v1 import render_json
from auditor.render.table import render_csv
from auditor.resources import resource
from tests.unit import plan_fixture as plans
from tests.unit import report_fixture as fixture

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMA = json.loads(resource("reports", "json", "report-v1.schema.json").read_bytes())


@pytest.mark.parametrize(
    "report",
    [
        fixture.single(),
        fixture.several(),
        fixture.hostile(),
        replace(fixture.single(), tenant_id=None, tenant_name=None, assessments=(), findings=()),
    ],
)
def test_reports_match_the_schema(report: Report) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(load(report))]
    assert errors == []


def load(report: Report) -> dict[str, object]:
    """Write and read back."""
    document = json.loads(render_json(report))
    assert isinstance(document, dict)
    return document


def test_the_schema_is_strict_everywhere() -> None:
    objects = [part for part in (SCHEMA, *SCHEMA["$defs"].values()) if part.get("type") == "object"]
    assert len(objects) == 30
    for part in objects:
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])


@pytest.mark.parametrize(
    ("key", "value"), [("schema", "other/v2"), ("collected_at", "yesterday"), ("extra", 1)]
)
def test_the_schema_refuses_other_documents(key: str, value: object) -> None:
    document = load(fixture.single()) | {key: value}
    assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_the_members_of_the_contract_are_there() -> None:
    document = json.loads(render_json(fixture.several()))
    assert document["schema"] == "consent-auditor/report/v1"
    assert document["tenant"] == {
        "id": fixture.TENANT,
        "display_name": "Contoso Ltd",
        "cloud": "global",
    }
    assert document["collected_at"] == "2026-08-14T09:30:00Z"
    first = document["assessments"][0]
    assert first["profile"] == "northwind-mail-sync"
    assert first["user"] == "member"
    assert first["outcome"] == "admin-approval-required"
    assert first["workflow_offered"] is False
    assert first["predicted_error"] == "AADSTS90094"
    assert first["client"]["users_with_own_grant"] == {"number": 100, "exact": False}
    assert first["permissions"][0]["trace"][0]["rule"] == "permission-exists"


def test_a_named_person_stands_for_the_user() -> None:
    person = replace(fixture.READY.request.asker, user_id=fixture.APP)
    item = replace(fixture.READY, request=replace(fixture.READY.request, asker=person))
    report = replace(fixture.single(), assessments=(item,))
    assert json.loads(render_json(report))["assessments"][0]["user"] == fixture.APP


def test_hostile_text_is_verbatim_but_harmless_in_a_terminal() -> None:
    raw = render_json(fixture.hostile())
    names = [item["profile_name"] for item in json.loads(raw)["assessments"]]
    assert names == list(fixture.HOSTILE.values())
    text = raw.decode()
    assert "\\u202e" in text
    assert "\\u009b" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    assert fixture.HOSTILE["rtl"] in text


def test_characters_beyond_the_basic_plane_and_lone_surrogates() -> None:
    tagged = replace(fixture.single(), tenant_name="a\U000e0041b\x7f")
    assert json.loads(render_json(tagged))["tenant"]["display_name"] == "a\U000e0041b\x7f"
    broken = replace(fixture.single(), tenant_name="a\udcffb")
    assert json.loads(render_json(broken))["tenant"]["display_name"] == "a?b"


def test_bytes_are_stable_and_end_with_a_newline() -> None:
    report = fixture.several()
    assert render_json(report) == render_json(report)
    assert render_json(report).endswith(b"}\n")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.json", render_json(fixture.several())),
        ("report.csv", render_csv(fixture.several())),
    ],
)
def test_golden(name: str, content: bytes) -> None:
    """Contracts change on purpose only; UPDATE_GOLDEN=1 writes the files anew."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        (GOLDEN / name).write_bytes(content)
    assert content == (GOLDEN / name).read_bytes()


def test_the_contract_names_itself() -> None:
    assert SCHEMA["properties"]["schema"]["const"] == json_v1.SCHEMA


def test_a_plan_is_there_with_everything_but_scripts() -> None:
    first, _, vendors = json.loads(render_json(fixture.single()))["assessments"][0]["plans"]
    assert first["id"] == "tenant-wide-consent"
    assert first["outcome"] == "no-prompt"
    assert first["reach"] == {
        "apps": "this-app",
        "opened": [{"resource": "Microsoft Graph", "permissions": list(plans.MAIL)}],
        "people": "members",
        "others_gain": {"number": 0, "exact": True},
        "others_lose": {"number": 0, "exact": True},
        "standing": True,
        "reversal": "complete",
    }
    assert vendors["documented_by"] == "Sophiie"
    assert vendors["reach"]["apps"] == "verified-and-own"
    assert vendors["reach"]["people"] == "members-and-guests"
    assert vendors["reach"]["reversal"] == "consents-stay"
    (broken,) = vendors["breaks"]
    assert (broken["before"]["text"]["answer"], broken["after"]["text"]["answer"]) == (
        "met",
        "not-met",
    )
    assert "Mail.Send is classified Low" in broken["because"]
    assert vendors["permissions"][0]["after"] == "user-can-consent"


def test_a_change_is_data_in_which_an_id_has_a_name() -> None:
    report = replace(fixture.single(), assessments=(fixture.UNKNOWN,))
    missing, workflow = json.loads(render_json(report))["assessments"][0]["first_steps"]
    assert missing["change"] is None
    assert workflow["change"]["do"]["calls"][0] == {
        "method": "PUT",
        "path": "/policies/adminConsentRequestPolicy",
        "body": {
            "isEnabled": True,
            "notifyReviewers": True,
            "remindersEnabled": True,
            "requestDurationInDays": 30,
            "reviewers": [{"query": {"$ref": "reviewer"}, "queryType": "MicrosoftGraph"}],
        },
        "result": "",
    }


def test_a_lookup_says_where_an_id_is_found() -> None:
    steps = json.loads(render_json(fixture.single()))["assessments"][0]["plans"][2]["steps"]
    change = steps[0]["change"]
    (lookup,) = change["do"]["lookups"]
    assert lookup["where"] == [{"member": "appId", "value": fixture.GRAPH}]
    assert (lookup["take"], change["undo"]) == ("id", None)


def test_baselines_have_both_answers() -> None:
    controls = json.loads(render_json(fixture.single()))["baselines"]
    answers = [
        (item["control"], item["text"]["answer"], (item["tool_verdict"] or {}).get("answer"))
        for item in controls
    ]
    assert ("5.1.5.1", "not-met", "met") in answers
    assert ("low-permissions", "met", None) in answers
    assert ("21809", "unknown", "skipped") in answers


def test_a_way_that_fails_is_null_or_told() -> None:
    items = json.loads(render_json(fixture.several()))["assessments"]
    assert items[0]["not_proven"] is None
    assert items[2]["not_proven"]["documented_by"] == "Litware"
