"""Runs the scripts of the Azure CLI for real, with a program in place of ``az``."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import which

import pytest

from auditor.cli.demo import sample_requests
from auditor.dialects import write_scripts
from auditor.model.plan import Plan
from auditor.pipeline import make_report, read_sample
from auditor.samples import answer, load_sample
from tests.unit import plan_case
from tests.unit.plan_case import (
    APP,
    CLIENT,
    GRANT,
    GRAPH,
    PERSON,
    POLICY,
    REGISTRATION,
    plan,
    target,
)
from tests.unit.script_reader import Json, bash_writes

pytestmark = pytest.mark.skipif(which("bash") is None, reason="bash is not installed")

AZ = '''\
#!{python}
"""Answers reads from state.json, as the Azure CLI prints them, and notes writes in log.json."""
import json, sys
import jmespath

words = sys.argv[1:]
options = dict(zip(words[1::2], words[2::2]))
state = json.load(open("{folder}/state.json"))

def show(value):
    if value is not None:
        for one in value if isinstance(value, list) else [value]:
            print(one)

if words[:2] == ["account", "show"]:
    print(state["tenant"])
    sys.exit()
assert words[0] == "rest" and options["--resource"] == "https://graph.microsoft.com", words
path = options["--url"].removeprefix("https://graph.microsoft.com/v1.0")
if options["--method"] == "GET":
    if path not in state:
        sys.exit('ERROR: Not Found({{"error": {{"code": "Request_ResourceNotFound"}}}})')
    if state[path] == "forbidden":
        sys.exit('ERROR: Forbidden({{"error": {{"code": "Authorization_RequestDenied"}}}})')
    show(jmespath.search(options["--query"], state[path]))
    sys.exit()
if path in state.get("refused", []):
    sys.exit("ERROR: Forbidden")
tries = open("{folder}/tries.txt", "a+")
tries.write(path + "\\n")
tries.seek(0)
if tries.read().split("\\n").count(path) <= state.get("late", {{}}).get(path, 0):
    sys.exit("ERROR: Bad Request")
body = json.loads(options["--body"]) if "--body" in options else None
with open("{folder}/log.json", "a") as log:
    log.write(json.dumps([options["--method"], path, body]) + "\\n")
if body is not None:
    assert options["--headers"] == "Content-Type=application/json"
    show(jmespath.search(options["--query"], {{"id": "made-1", "secretText": "s3cret"}}))
'''

WORKFLOW = "/policies/adminConsentRequestPolicy"
ROLE = "/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq 'x'"
CLASSES = f"/servicePrincipals/{GRAPH}/delegatedPermissionClassifications"
ASSIGNMENTS = f"/servicePrincipals/{CLIENT}/appRoleAssignedTo"
PRINCIPAL = f"/servicePrincipals(appId='{APP}')?$select=id"
GRANTS = "/oauth2PermissionGrants?$filter=clientId%20eq%20'made-1'%20and%20consentType%20eq%20'AllPrincipals'"

BEFORE: dict[str, Json] = {
    f"/oauth2PermissionGrants/{GRANT}": {"scope": "User.Read openid"},
    POLICY: {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": [*plan_case.OLD]}},
    CLASSES: {"value": []},
    WORKFLOW: {
        "isEnabled": False,
        "reviewers": [{"query": f"/users/{PERSON}", "queryType": "MicrosoftGraph"}],
    },
    f"/applications/{REGISTRATION}": {"web": {}, "passwordCredentials": []},
    ASSIGNMENTS: {"value": [{"id": "other", "principalId": GRAPH}]},
    f"/servicePrincipals/{CLIENT}": {"accountEnabled": False},
}
AFTER: dict[str, Json] = {
    f"/oauth2PermissionGrants/{GRANT}": {"scope": "User.Read openid Mail.Read"},
    POLICY: {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": [*plan_case.NEW]}},
    CLASSES: {"value": [{"id": "class-1", "permissionId": "570282fd-fa5c-430d-a7fd-fc8dc98a9dca"}]},
    WORKFLOW: {"isEnabled": True, "reviewers": [{"query": ROLE}, {"query": f"/users/{PERSON}"}]},
    f"/applications/{REGISTRATION}": {"web": {"redirectUris": ["https://vendor.example/callback"]}},
    ASSIGNMENTS: {"value": [{"id": "mine", "principalId": PERSON.upper()}]},
    f"/servicePrincipals/{CLIENT}": {"accountEnabled": True},
    PRINCIPAL: {"id": "made-1"},
    GRANTS: {
        "@odata.nextLink": "https://graph.microsoft.com/v1.0/more",
        "value": [{"id": "no", "resourceId": CLIENT, "consentType": "AllPrincipals", "scope": "x"}],
    },
    "/more": {
        "value": [
            {
                "id": "grant-1",
                "resourceId": GRAPH,
                "consentType": "AllPrincipals",
                "scope": "User.Read Mail.Read",
            }
        ]
    },
}
ANSWERS = {
    "{principal_id}": PERSON,
    "{client_id}": "made-1",
    "{grant_9a9a9a9a_id}": "grant-1",
    "{class_mail_id}": "class-1",
    "{assignment_id}": "mine",
}


@dataclass(frozen=True, slots=True)
class Run:
    code: int
    output: str
    error: str
    writes: list[list[Json]]


def run(folder: Path, content: str, state: dict[str, Json], **environment: str) -> Run:
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    tools.joinpath("az").write_text(
        AZ.format(python=sys.executable, folder=folder), encoding="utf-8"
    )
    tools.joinpath("az").chmod(0o755)
    folder.joinpath("state.json").write_text(json.dumps({"tenant": plan_case.TENANT} | state))
    log = folder / "log.json"
    log.write_text("")
    folder.joinpath("script.sh").write_text(content, encoding="utf-8")
    done = subprocess.run(
        ["bash", "script.sh"],
        cwd=folder,
        env={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    writes = [json.loads(line) for line in log.read_text().splitlines()]
    return Run(done.returncode, done.stdout, done.stderr, writes)


def scripts(of: Plan) -> list[str]:
    return [one.content for one in write_scripts("azure-cli", of, target())]


def hoped(content: str) -> list[list[Json]]:
    """What the script says it writes, with the ids that the run tells."""
    listed = json.dumps([[one.method, one.path, one.body] for one in bash_writes(content)])
    for name, value in ANSWERS.items():
        listed = listed.replace(name, value)
    found: list[list[Json]] = json.loads(listed)
    return found


WHOLE = plan(*plan_case.every_step())


def test_unchanged_tenant_gets_every_write_in_order(tmp_path: Path) -> None:
    apply, _ = scripts(WHOLE)
    done = run(tmp_path, apply, BEFORE, PRINCIPAL_ID=PERSON)
    assert (done.code, done.writes) == (0, hoped(apply))
    assert "s3cret" in done.output
    assert done.output.endswith("Done: apply.\n")
    # The program does not keep what is written to it.
    assert done.error == (
        "Warning: Entra accepted this but does not show it yet: Policies of the default user role\n"
    )


def test_rollback_takes_everything_back_in_the_opposite_order(tmp_path: Path) -> None:
    _, rollback = scripts(WHOLE)
    done = run(tmp_path, rollback, AFTER, PRINCIPAL_ID=PERSON)
    assert (done.code, done.writes) == (0, hoped(rollback)), done.error
    assert [one[0] for one in done.writes].count("DELETE") == 5


def test_rollback_leaves_out_what_was_not_reached(tmp_path: Path) -> None:
    _, rollback = scripts(WHOLE)
    state = {**AFTER, WORKFLOW: BEFORE[WORKFLOW], CLASSES: BEFORE[CLASSES]}
    assert run(tmp_path, rollback, state, PRINCIPAL_ID=PERSON).writes == []
    done = run(tmp_path, rollback, state, PRINCIPAL_ID=PERSON, LAST="3")
    assert done.code == 0
    assert [one[1] for one in done.writes] == [
        "/oauth2PermissionGrants/grant-1",
        "/servicePrincipals/made-1",
        f"/oauth2PermissionGrants/{GRANT}",
    ]
    for wrong in ("0", "x", "08", "a[$(touch owned)]"):
        assert run(tmp_path, rollback, AFTER, PRINCIPAL_ID=PERSON, LAST=wrong).code == 1


DRIFTS: list[tuple[str, Json]] = [
    (f"/oauth2PermissionGrants/{GRANT}", {"scope": "user.read openid"}),
    (f"/oauth2PermissionGrants/{GRANT}", {"scope": None}),
    (f"/oauth2PermissionGrants/{GRANT}", {}),
    (f"/oauth2PermissionGrants/{GRANT}", "forbidden"),
    (POLICY, {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": []}}),
    (POLICY, {"defaultUserRolePermissions": None}),
    (CLASSES, {"value": [{"permissionId": "x"}]}),
    (CLASSES, {"value": [{}]}),
    (WORKFLOW, {"isEnabled": True, "reviewers": [{"query": f"/users/{PERSON}"}]}),
    (WORKFLOW, {"isEnabled": "false", "reviewers": [{"query": f"/users/{PERSON}"}]}),
    (WORKFLOW, {"isEnabled": False, "reviewers": None}),
    (f"/applications/{REGISTRATION}", {"web": {"redirectUris": ["https://other.example"]}}),
    (
        f"/applications/{REGISTRATION}",
        {"passwordCredentials": [{"displayName": "VENDOR X", "keyId": "1"}]},
    ),
    (ASSIGNMENTS, {"value": [{"id": "mine", "principalId": PERSON.upper()}]}),
    (PRINCIPAL, {"id": "there"}),
    (PRINCIPAL, "forbidden"),
    ("/policies/permissionGrantPolicies/consent-for-vendor", {"id": "consent-for-vendor"}),
]


@pytest.mark.parametrize(("path", "answer"), DRIFTS)
def test_nothing_is_written_where_something_differs(
    tmp_path: Path, path: str, answer: Json
) -> None:
    apply, _ = scripts(WHOLE)
    done = run(tmp_path, apply, {**BEFORE, path: answer}, PRINCIPAL_ID=PERSON)
    assert done.code == 1
    assert done.writes == []
    assert "Nothing was changed." in done.error


def test_order_of_a_list_and_case_of_an_id_do_not_count(tmp_path: Path) -> None:
    apply, _ = scripts(plan(plan_case.assigned_policy(), plan_case.secret()))
    turned: dict[str, Json] = {"permissionGrantPoliciesAssigned": [*reversed(plan_case.OLD)]}
    credentials: list[Json] = [{"displayName": "Vendor Y", "keyId": "1"}, {"displayName": None}]
    state: dict[str, Json] = {
        POLICY: {"defaultUserRolePermissions": turned},
        f"/applications/{REGISTRATION}": {"passwordCredentials": credentials},
    }
    assert run(tmp_path, apply, state).code == 0


@pytest.mark.parametrize("value", ["", "x", f"{PERSON}x", f"{PERSON}\n", "$(touch owned)", "*"])
def test_an_input_that_is_no_guid_stops(tmp_path: Path, value: str) -> None:
    apply, _ = scripts(WHOLE)
    done = run(tmp_path, apply, BEFORE, PRINCIPAL_ID=value)
    assert (done.code, done.writes) == (1, [])
    assert "Set PRINCIPAL_ID to this: Object ID of the user" in done.error
    assert not tmp_path.joinpath("owned").exists()


def test_a_missing_input_stops(tmp_path: Path) -> None:
    done = run(tmp_path, scripts(WHOLE)[0], BEFORE)
    assert (done.code, done.writes) == (1, [])
    assert "Set PRINCIPAL_ID" in done.error


def test_the_wrong_tenant_stops(tmp_path: Path) -> None:
    done = run(tmp_path, scripts(WHOLE)[0], {**BEFORE, "tenant": APP}, PRINCIPAL_ID=PERSON)
    assert (done.code, done.writes) == (1, [])
    assert f"az login --tenant {plan_case.TENANT}" in done.error


def test_a_failed_write_says_how_far_it_came(tmp_path: Path) -> None:
    apply, _ = scripts(WHOLE)
    state: dict[str, Json] = {**BEFORE, "refused": ["/policies/permissionGrantPolicies"]}
    done = run(tmp_path, apply, state, PRINCIPAL_ID=PERSON)
    assert done.code == 1
    assert len(done.writes) == 3
    assert "POST /policies/permissionGrantPolicies failed." in done.error
    assert "It ended in: Step 4: Create a policy for this app" in done.error
    first = "Something was written in: Step 1: Add to the grant for everybody; Step 2: Create"
    assert first in done.error
    assert "rollback.sh takes finished steps back. LAST is the number" in done.error


CREATED = "/policies/permissionGrantPolicies/consent-for-sophiie-20261120"


@pytest.fixture
def policy_of_its_own() -> tuple[list[str], dict[str, Json]]:
    """The scripts of a real plan that creates a policy and assigns it, and the tenant before."""
    sample = load_sample("microsoft-managed")
    requests = sample_requests(sample, ("sophiie",))
    report = make_report(read_sample(sample, requests), requests)
    found = next(one for one in report.assessments[0].plans if one.id == "app-consent-policy")
    whose = replace(target(), tenant_id=report.tenant_id)
    _, body = answer(sample, POLICY)
    state: dict[str, Json] = {"tenant": report.tenant_id, POLICY: json.loads(body)}
    return [one.content for one in write_scripts("azure-cli", found, whose)], state


def test_what_graph_does_not_find_yet_is_sent_again(
    tmp_path: Path, policy_of_its_own: tuple[list[str], dict[str, Json]]
) -> None:
    (apply, _), state = policy_of_its_own
    state["late"] = {f"{CREATED}/includes": 2}
    done = run(tmp_path, apply, state, pause="0")
    assert done.code == 0, done.error
    paths = ["/policies/permissionGrantPolicies", f"{CREATED}/includes", POLICY]
    assert [one[1] for one in done.writes] == paths


def test_a_policy_that_could_not_be_assigned_is_deleted_again(
    tmp_path: Path, policy_of_its_own: tuple[list[str], dict[str, Json]]
) -> None:
    (apply, rollback), state = policy_of_its_own
    done = run(tmp_path, apply, {**state, "refused": [POLICY]}, pause="0")
    assert done.code == 1
    assert "It ended in: Step 2: Assign the policy consent-for-sophiie-20261120" in done.error
    assert "LAST is the number of the last finished step" in done.error
    state[CREATED] = {"id": CREATED.rpartition("/")[2]}
    assert run(tmp_path, apply, state, pause="0").writes == []
    assert run(tmp_path, rollback, state).writes == []
    done = run(tmp_path, rollback, state, LAST="1")
    assert (done.code, done.writes) == (0, [["DELETE", CREATED, None]])


@pytest.mark.parametrize("found", [[], ["mine", "mine-too"], ['x"; rm -rf /']])
def test_a_lookup_has_to_find_exactly_one_id(tmp_path: Path, found: list[str]) -> None:
    _, rollback = scripts(plan(plan_case.assignment()))
    items: list[Json] = [{"id": one, "principalId": PERSON} for one in found]
    done = run(tmp_path, rollback, {ASSIGNMENTS: {"value": items}}, PRINCIPAL_ID=PERSON)
    assert (done.code, done.writes) == (1, [])
    assert "Did not find exactly one" in done.error
