"""Texts that a stranger chose stay texts, wherever they stand and whatever they hold."""

import json
import os
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import hcl2
import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.dialects import write_scripts
from auditor.dialects.hcl import quote as hcl_quote
from auditor.dialects.powershell import quote as powershell_quote
from auditor.dialects.script import Script, Target, one_line, pieces
from auditor.model.change import Change, Guard, Input, Lookup, Operation
from auditor.model.cloud import Cloud
from auditor.model.plan import Plan, Step
from tests.unit import plan_case
from tests.unit.plan_case import plan
from tests.unit.script_reader import (
    Json,
    bash_writes,
    expected,
    http_expects,
    http_requests,
    http_writes,
    powershell_checks,
    powershell_tree,
    powershell_writes,
    terraform_text,
    whole,
)

HOSTILE = (
    "' ; Remove-Item / ; '",
    "\u2018 \u2019 \u201a \u201b \u201c \u201d \u201e",
    "$(touch owned) `touch owned` ${IFS} $env:PATH",
    '${file("/etc/passwd")} %{if true}x%{endif} $${x} $$${x} %%{y}',
    "a\nGET https://evil.example\n###\nDELETE {{graph}}/x",
    "a\r\n### b\rc\u2028d\u2029e\x85f\x0bg\x0ch",
    "{{token}} }} {{ {{$dotenv X}} {% x %}",
    "{client} {principal}",
    "]]> --> </script> \"@ '@ @\" @' #> <#",
    "@token = x",
    "# @name x",
    "< ./secret.txt",
    "JSON",
    "\nJSON\ntouch owned\n",
    "\nVALUES\ntouch owned\n",
    "shellcheck disable=all",
    "Requires -Version 99",
    "\\ \\n \\\" \\' \\0 \\u0041",
    "\x00\x01\x07\x1b[31m\x7f",
    "\u202eevil\u202c \u200f \ufeff",
    "😀 é e\u0301 株式会社 \U000e0041",
    "x" * 300,
    "",
    " ",
    "*",
    "!! !$ ~ &&",
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.text("'\"`$\\{}#@%\n\r\0<>\u2019\u201c a", max_size=20),
)


def case(text: str) -> tuple[Plan, Target]:
    """Put one text wherever a tenant or a vendor can put one."""
    steps = (
        plan_case.merged_grant(text, f"{text} Mail.Read", title=text),
        plan_case.assigned_policy((text,), (text, "x")),
        plan_case.custom_policy(text),
        plan_case.classification(text),
        plan_case.workflow(text),
        plan_case.redirect_uris((text, "https://a.example"), (f"https://{text}",)),
        plan_case.secret(text),
        plan_case.new_grant(text),
        _asking(text),
    )
    shown = (
        replace(one, title=text, undo=text, portal_path=text, role=text)
        for one in (plan_case.new_service_principal(), *steps, plan_case.outside())
    )
    target = Target(Cloud.GLOBAL, plan_case.TENANT, text, text, datetime(2026, 8, 5, tzinfo=UTC))
    return plan(*shown, title=text), target


def _asking(text: str) -> Step:
    """Ask a question, compare in a list, and look an id up by a name."""
    step = plan_case.assignment()
    assert step.change
    assert step.change.undo
    where = (("displayName", text), ("principalId", "{principal}"))
    path = f"/servicePrincipals/{plan_case.CLIENT}/appRoleAssignedTo"
    guard = Guard(text, path, "id", (text,), "value", where)
    undo = Operation(
        (guard,), step.change.undo.calls, (Lookup("assignment", path, "value", where, "id"),)
    )
    change = Change(
        step.change.scopes,
        Operation((guard,), step.change.do.calls),
        undo,
        (Input("principal", text),),
    )
    return replace(step, change=change)


def texts(value: Json) -> set[str]:
    match value:
        case str():
            return {value}
        case list():
            return {text for one in value for text in texts(one)}
        case dict():
            return {text for one in value.values() for text in texts(one)}
        case _:
            return set()


def wanted(of: Plan, *, undo: bool) -> list[object]:
    changes = [one.change for one in (reversed(of.steps) if undo else of.steps) if one.change]
    operations = [one.undo if undo else one.do for one in changes]
    return [expected(call) for one in operations if one for call in one.calls]


@given(TEXTS)
@settings(deadline=None, max_examples=60)
def test_powershell_stays_as_meant(text: str) -> None:
    of, target = case(text)
    for undo, script in enumerate(write_scripts("powershell", of, target)):
        powershell_tree(script.content)
        for line in script.content.splitlines():
            assert line.lstrip().startswith("#") or line.isascii(), line
            assert not line.startswith("#") or (line[-1].isascii() and "\u2028" not in line)
        sent = [replace(one, body=whole(one.body)) for one in powershell_writes(script.content)]
        assert sent == wanted(of, undo=bool(undo))
        assert text in texts([whole(one) for one in powershell_checks(script.content)])


@given(TEXTS)
@settings(deadline=None, max_examples=60)
def test_azure_cli_stays_as_meant(text: str) -> None:
    of, target = case(text)
    for undo, script in enumerate(write_scripts("azure-cli", of, target)):
        assert bash_writes(script.content) == wanted(of, undo=bool(undo))


@given(TEXTS)
@settings(deadline=None, max_examples=60)
def test_http_stays_as_meant(text: str) -> None:
    of, target = case(text)
    calm, _ = case("calm")
    for undo, script in enumerate(write_scripts("http", of, target)):
        assert http_writes(script.content) == wanted(of, undo=bool(undo))
        assert text in texts(list(http_expects(script.content)))
        same = write_scripts("http", calm, target)[undo].content
        assert len(http_requests(script.content)) == len(http_requests(same))
        variables = re.findall(r"(?m)^\s*@(\S+) = ?(.*)$", script.content)
        names = [name for name, _ in variables]
        assert set(names) == {"graph", "token", "principal"} | ({"assignment"} if undo else set())
        assert all(not value for name, value in variables if name != "graph")
        for request in http_requests(script.content):
            assert request.lines[0].split(" ")[0] in {"GET", "POST", "PATCH", "PUT", "DELETE"}
            assert {one.partition(":")[0] for one in request.lines[1:]} <= {
                "Authorization",
                "Content-Type",
            }
            assert "\n" not in request.body
        used = set(re.findall(r"\{\{(\w+)", script.content))
        known = {"graph", "token", "principal", "client", "assignment", "class_mail"}
        assert used <= known | {"grant_9a9a9a9a"}


@given(TEXTS)
@settings(deadline=None, max_examples=25)
def test_terraform_stays_as_meant(text: str) -> None:
    of, target = case(text)
    apply, rollback = write_scripts("terraform", of, target)
    hcl2.loads(rollback.content)
    found = hcl2.loads(apply.content)
    for line in apply.content.splitlines():
        computed = set(re.findall(r"[$%]\{([^}]*)\}?", line.partition("#")[0]))
        assert computed <= {"local.client_id"}
    body = {
        name.strip('"'): inner
        for one in found["resource"]
        for kind in one.values()
        if isinstance(kind, dict)
        for name, inner in kind.items()
    }
    policies = body["step_3"]["body"]["defaultUserRolePermissions"]
    assert [terraform_text(one) for one in policies["permissionGrantPoliciesAssigned"]] == [
        text,
        "x",
    ]
    assert terraform_text(body["step_4_1"]["body"]["displayName"]) == text
    assert terraform_text(body["step_7"]["body"]["web"]["redirectUris"][0]) == f"https://{text}"
    words = [terraform_text(one) for one in body["step_9"]["claim_values"]]
    assert words == text.split()


@given(st.text())
@settings(deadline=None)
def test_quoted_texts_come_back(text: str) -> None:
    assert terraform_text(hcl_quote(text)) == text
    tree = f"$body = @({powershell_quote(text)})\nSend-Graph -Method PUT -Path '/x' -Body $body\n"
    assert whole(powershell_writes(tree)[0].body) == [text]


@given(st.text())
def test_comments_stay_on_their_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(text).isprintable()


@given(st.text())
def test_addresses_hold_nothing_that_ends_a_word(text: str) -> None:
    for one in pieces(text):
        if isinstance(one, str):
            assert re.fullmatch(r"[A-Za-z0-9/:?#@!$&'()*+,;=\-._~%]*", one)


def run_shellcheck(folder: Path, script: Script) -> None:
    program = which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    folder.joinpath(script.name).write_text(script.content, encoding="utf-8")
    done = subprocess.run(
        [program, script.name], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("text", HOSTILE)
def test_shellcheck_and_bash_take_hostile_texts(text: str, tmp_path: Path) -> None:
    of, target = case(text)
    scripts = write_scripts("azure-cli", of, target)
    # This az answers nothing, so each script has to end before it writes; it runs none of the text.
    (tmp_path / "bin").mkdir()
    az = tmp_path / "bin" / "az"
    az.write_text(f'#!/bin/sh\n[ "$1" = account ] && echo {plan_case.TENANT}\necho "$@" >> calls\n')
    az.chmod(0o755)
    for script in scripts:
        run_shellcheck(tmp_path, script)
        done = subprocess.run(
            ["bash", script.name],
            cwd=tmp_path,
            env={
                "PATH": f"{az.parent}{os.pathsep}{os.environ['PATH']}",
                "PRINCIPAL_ID": plan_case.PERSON,
            },
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        called = tmp_path.joinpath("calls").read_text()
        assert not re.search(r"--method (POST|PATCH|PUT|DELETE)", called)
    assert not list(tmp_path.glob("**/owned"))


def test_expected_values_match_what_az_prints() -> None:
    for text in HOSTILE:
        printed = jmespath.search("a[*].to_string([@])", {"a": [text]})
        of = plan(plan_case.assigned_policy((text,), ("x",)))
        apply = write_scripts("azure-cli", of, plan_case.target())[0].content
        assert f"<<'VALUES'\n{printed[0]}\nVALUES\n" in apply
        assert printed[0].isascii()
        assert json.loads(printed[0]) == [text]
