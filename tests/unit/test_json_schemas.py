"""What ``explain`` and ``what-if`` write as JSON is valid against the schemas that ship."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from auditor.cli.demo import sample_requests
from auditor.explanation import explanation
from auditor.model.what_if import Supposition
from auditor.pasted_error import parse_error
from auditor.pasted_link import parse_link
from auditor.pipeline import make_report, read_sample
from auditor.render.explain_json import ExplainV1, render_explanation_json
from auditor.render.what_if_json import WhatIfV1, render_what_if_json
from auditor.resources import resource
from auditor.samples import load_sample, sample_ids
from auditor.sign_in_errors import load_error_codes
from auditor.what_if import what_if

TABLE = load_error_codes()
LINK = (
    "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?scope=Mail.Read%20.default"
    "&client_id=8ab1b2c3-0000-4000-8000-00000000000d&prompt=consent&error=access_denied"
)


def schema(name: str) -> dict[str, object]:
    found = json.loads(resource("reports", "json", f"{name}-v1.schema.json").read_bytes())
    assert isinstance(found, dict)
    return found


def faults(name: str, content: bytes) -> list[str]:
    validator = Draft202012Validator(schema(name))
    return [one.message for one in validator.iter_errors(json.loads(content))]


def objects(part: object) -> Iterator[dict[str, object]]:
    if isinstance(part, dict):
        if part.get("type") == "object" and "properties" in part:
            yield part
        for one in part.values():
            yield from objects(one)
    elif isinstance(part, list):
        for one in part:
            yield from objects(one)


DOCUMENTS = {"explain": ExplainV1, "what-if": WhatIfV1}


@pytest.mark.parametrize("name", DOCUMENTS)
class TestSchema:
    def test_is_strict_everywhere(self, name: str) -> None:
        Draft202012Validator.check_schema(schema(name))
        found = [*objects(schema(name))]
        assert len(found) > 6
        for part in found:
            assert part["additionalProperties"] is False
            properties, required = part["properties"], part["required"]
            assert isinstance(properties, dict)
            assert isinstance(required, list)
            assert sorted(required) == sorted(properties)

    def test_has_the_members_of_the_document(self, name: str) -> None:
        assert schema(name)["required"] == [*DOCUMENTS[name].__struct_fields__]

    def test_uses_every_definition(self, name: str) -> None:
        text = json.dumps(schema(name))
        definitions = schema(name)["$defs"]
        assert isinstance(definitions, dict)
        assert [one for one in definitions if f'"#/$defs/{one}"' not in text] == []


@pytest.mark.parametrize("code", TABLE)
def test_every_code(code: str) -> None:
    given = code if code.startswith("AADSTS") else f"https://a.example/?error={code}"
    found = explanation(parse_error(f"{given} AADSTS1234567" if code == given else given), TABLE)
    assert faults("explain", render_explanation_json(found)) == []


def test_link_and_ids() -> None:
    text = (
        "AADSTS90094 Trace ID: 0a1b2c3d-0000-4000-8000-000000000001 Correlation ID: "
        "0a1b2c3d-0000-4000-8000-000000000002 Timestamp: 2026-11-20 10:11:12Z"
    )
    found = replace(explanation(parse_error(text), TABLE), link=parse_link(LINK))
    content = render_explanation_json(found)
    assert faults("explain", content) == []
    link = json.loads(content)["link"]
    assert (link["kind"], link["scopes"], link["wrapper"]) == ("error-redirect", ["Mail.Read"], "")
    assert (link["app_id"], link["default_scope"]) == ("8ab1b2c3-0000-4000-8000-00000000000d", True)


@pytest.mark.parametrize("sample", sample_ids())
def test_every_sample(sample: str) -> None:
    tenant = load_sample(sample)
    requests = sample_requests(tenant)
    snapshot = read_sample(tenant, requests)
    found = explanation(parse_error("90094 65001 50105 500113"), TABLE)
    told = replace(found, report=make_report(snapshot, requests))
    assert faults("explain", render_explanation_json(told)) == []
    changes = (Supposition("workflow", "on"), Supposition("as-guest", ""))
    moved = what_if(snapshot, requests, changes)
    assert faults("what-if", render_what_if_json(moved)) == []


def test_a_move_with_controls() -> None:
    tenant = load_sample("low-nothing-classified")
    requests = sample_requests(tenant, ("sophiie",))
    moved = what_if(read_sample(tenant, requests), requests, [Supposition("classify", "Mail.Send")])
    content = render_what_if_json(moved)
    assert json.loads(content)["controls"]
    assert faults("what-if", content) == []
    other = json.loads(content) | {"extra": 1}
    assert faults("what-if", json.dumps(other).encode())
