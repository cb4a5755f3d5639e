import json
import re
import subprocess
from pathlib import Path
from shutil import which

import hcl2
import pytest

from auditor.dialects import dialects, write_scripts
from auditor.dialects.script import Script
from auditor.model.change import Change, Guard, Operation
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.model.plan import Plan, Step
from tests.unit import plan_case
from tests.unit.plan_case import every_step, plan, target
from tests.unit.script_reader import (
    Json,
    Sent,
    bash_commands,
    bash_writes,
    expected,
    http_expects,
    http_requests,
    http_writes,
    plain,
    powershell_checks,
    powershell_tree,
    powershell_writes,
    terraform_text,
)

READERS = {"powershell": powershell_writes, "azure-cli": bash_writes, "http": http_writes}
WHOLE = plan(*every_step())
SINGLE = [
    pytest.param(plan(step), id=step.id) for step in every_step() if step.id != "grant-tenant-wide"
]
"""That one refers to what another step creates."""


def written(dialect: str, of: Plan = WHOLE, cloud: Cloud = Cloud.GLOBAL) -> dict[str, str]:
    scripts = write_scripts(dialect, of, target(cloud))
    return {script.name: script.content for script in scripts}


def operations(of: Plan, *, undo: bool) -> list[Operation]:
    changes = [step.change for step in of.steps if step.change]
    if not undo:
        return [one.do for one in changes]
    return [one.undo for one in reversed(changes) if one.undo]


def calls(of: Plan, *, undo: bool) -> list[Sent]:
    return [expected(call) for one in operations(of, undo=undo) for call in one.calls]


def guards(of: Plan, *, undo: bool) -> list[Guard]:
    return [guard for one in operations(of, undo=undo) for guard in one.guards]


def test_dialects_have_ids_titles_and_files() -> None:
    assert [(one.id, one.title) for one in dialects()] == [
        ("powershell", "Microsoft Graph PowerShell"),
        ("azure-cli", "Azure CLI"),
        ("http", "HTTP requests"),
        ("terraform", "Terraform"),
    ]
    names = [list(written(one.id)) for one in dialects()]
    endings = ("ps1", "sh", "http", "tf")
    assert names == [[f"apply.{one}", f"rollback.{one}"] for one in endings]


def test_unknown_dialect_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown dialect: perl"):
        write_scripts("perl", WHOLE, target())


@pytest.mark.parametrize("dialect", [one.id for one in dialects()])
def test_what_nothing_takes_back_has_no_rollback(dialect: str) -> None:
    scripts = write_scripts(dialect, plan(plan_case.secret()), target())
    assert [one.name.partition(".")[0] for one in scripts] == ["apply"]


@pytest.mark.parametrize("dialect", READERS)
@pytest.mark.parametrize("case", [pytest.param(WHOLE, id="every-step"), *SINGLE])
def test_scripts_send_what_the_changes_say(dialect: str, case: Plan) -> None:
    scripts = list(written(dialect, case).values())
    assert READERS[dialect](scripts[0]) == calls(case, undo=False)
    if len(scripts) > 1:
        assert READERS[dialect](scripts[1]) == calls(case, undo=True)


@pytest.mark.parametrize("undo", [False, True])
def test_every_guard_is_in_every_script(*, undo: bool) -> None:
    name = "rollback" if undo else "apply"
    reads = [_read(one) for one in guards(WHOLE, undo=undo)]
    http = http_expects(written("http")[f"{name}.http"])
    assert all(read in http for read in reads)
    power = powershell_checks(written("powershell")[f"{name}.ps1"])
    usual: dict[str, Json] = {"Within": "", "Where": {}}
    tables = [usual | one for one in power if isinstance(one, dict)]
    shown = [
        {key.lower(): one[key] for key in ("Member", "Within", "Where", "Expected")}
        for one in tables
    ]
    compared = [read for read in reads if read["member"]]
    assert all(read in shown for read in compared)
    assert len(shown) == len(compared) + 1, "the policy is read again"
    commands = bash_commands(written("azure-cli")[f"{name}.sh"])
    lists = [
        sorted(json.loads(line)[0] for line in one.standard_input)
        for one in commands
        if one.words[0] == "unchanged"
    ]
    values = [one["expected"] for one in compared]
    hoped = [sorted(map(str, one)) if isinstance(one, list) else [one] for one in values]
    assert sorted(lists, key=str) == sorted(hoped, key=str)


def _read(guard: Guard) -> dict[str, Json]:
    where = {
        member: value.replace("{principal}", "{principal_id}") for member, value in guard.where
    }
    return {
        "member": guard.member,
        "within": guard.within,
        "where": dict(where),
        "expected": plain(guard.expected),
    }


def _asked(check: object) -> object:
    assert isinstance(check, dict)
    return check["Expected"]


@pytest.mark.parametrize("dialect", ["powershell", "azure-cli", "http"])
def test_every_read_of_known_paths_comes_before_the_first_write(dialect: str) -> None:
    content = next(iter(written(dialect).values()))
    if dialect == "http":
        methods = [one.lines[0].partition(" ")[0] for one in http_requests(content)]
        first = next(place for place, one in enumerate(methods) if one != "GET")
        assert set(methods[:first]) == {"GET"}
        assert methods[first:].count("GET") == 1, "the policy is read again"
        return
    check, write = {
        "powershell": (r"^Assert-", r"Send-Graph -Method"),
        "azure-cli": (r"^(unchanged|absent) ", r"^(send|remove) "),
    }[dialect]
    body = content[content.index("relies on is read before") :]
    checks = [found.start() for found in re.finditer(check, body, re.MULTILINE)]
    writes = [found.start() for found in re.finditer(write, body, re.MULTILINE)]
    assert len(checks) == len(guards(WHOLE, undo=False))
    assert max(checks) < min(writes)


def test_what_is_looked_up_first_is_compared_before_its_step_writes() -> None:
    case = plan(plan_case.new_service_principal(), plan_case.new_grant())
    words = [one.words for one in bash_commands(written("azure-cli", case)["rollback.sh"])]
    kinds = [one[0].partition("=")[0] for one in words]
    place = kinds.index("client_id")
    assert kinds[place : place + 4] == ["client_id", "grant_9a9a9a9a_id", "unchanged", "remove"]


def test_the_policy_is_read_again_after_it_was_set() -> None:
    case = plan(plan_case.assigned_policy())
    new = list(plan_case.NEW)
    assert _asked(powershell_checks(written("powershell", case)["apply.ps1"])[-1]) == new
    assert http_expects(written("http", case)["apply.http"])[-1] == {
        "member": plan_case.ASSIGNED,
        "within": "",
        "where": {},
        "expected": new,
    }
    last = bash_commands(written("azure-cli", case)["apply.sh"])[-2]
    assert last.words[0] == "kept"
    assert [json.loads(one)[0] for one in last.standard_input] == sorted(new)


@pytest.mark.parametrize("dialect", [one.id for one in dialects()])
def test_heading_says_what_it_is(dialect: str) -> None:
    for name, content in written(dialect).items():
        head = content[:1500]
        verb = "Apply" if name.startswith("apply") else "Take back"
        assert f'{verb}: "Consent for everybody"' in head
        assert "Made by consent-auditor. Read it before you run it." in head
        assert 'Tenant: "Contoso Ltd" (11111111-2222-3333-4444-555555555555)' in head
        assert 'App: "Vendor X"' in head
        assert "2026-08-05 09:30 UTC" in head
        assert "Role needed: Privileged Role Administrator." in head
        assert content.endswith("\n")
        assert not content.endswith("\n\n")
        assert "\r" not in content


@pytest.mark.parametrize("dialect", [one.id for one in dialects()])
def test_steps_by_hand_stand_in_their_place(dialect: str) -> None:
    case = plan(plan_case.outside(), plan_case.secret(), plan_case.enabled())
    apply, rollback = written(dialect, case).values()
    assert (
        "# Step 1: The vendor verifies its publisher\n# By hand, at Entra ID > Enterprise apps."
        in apply
    )
    assert apply.index("# Step 1:") < apply.index("# Step 2:") < apply.index("# Step 3:")
    assert rollback.index("# Step 3:") < rollback.index("# Step 2:") < rollback.index("# Step 1:")
    assert "# No request takes this back. Delete it in the portal." in rollback
    assert "# Nothing to take back." in rollback


def test_rollback_asks_how_far_the_plan_came_only_where_it_matters() -> None:
    two = plan(plan_case.enabled(), plan_case.redirect_uris())
    one = plan(plan_case.enabled(), plan_case.secret())
    assert "$Last = 2" in written("powershell", two)["rollback.ps1"]
    assert "last=${LAST:-2}" in written("azure-cli", two)["rollback.sh"]
    assert "$Last" not in written("powershell", one)["rollback.ps1"]
    assert "LAST" not in written("azure-cli", one)["rollback.sh"]
    assert "-Last" in written("powershell", two)["apply.ps1"]
    assert "-Last" not in written("powershell", one)["apply.ps1"]


def test_inputs_are_asked_for_only_where_they_are_used() -> None:
    case = plan(plan_case.assignment(), plan_case.enabled())
    apply = written("powershell", case)["apply.ps1"]
    assert "[Parameter(Mandatory)] [guid] $principal_id" in apply
    assert "@principal = \n" in written("http", case)["apply.http"]
    assert 'variable "principal_id"' in written("terraform", case)["apply.tf"]
    assert "principal_id" not in written("terraform", case)["rollback.tf"]
    assert "param(" not in written("powershell", plan(plan_case.enabled()))["apply.ps1"]


@pytest.mark.parametrize("cloud", Cloud)
def test_each_cloud_has_its_hosts(cloud: Cloud) -> None:
    graph = ENDPOINTS[cloud].graph
    names = {"us-gov-l4": "USGov", "us-gov-l5": "USGovDoD", "china": "China", "global": "Global"}
    assert (
        f"Connect-MgGraph -Environment {names[cloud]} "
        in written("powershell", cloud=cloud)["apply.ps1"]
    )
    assert f"\ngraph={graph}\n" in written("azure-cli", cloud=cloud)["apply.sh"]
    assert f"\n@graph = {graph}/v1.0\n" in written("http", cloud=cloud)["apply.http"]
    assert f'msgraph_endpoint = "{graph}"' in written("terraform", cloud=cloud)["apply.tf"]
    changed = "az cloud set" in written("azure-cli", cloud=cloud)["apply.sh"]
    assert changed is (cloud is not Cloud.GLOBAL)


@pytest.mark.parametrize("dialect", [one.id for one in dialects()])
def test_a_tenant_without_id_is_said(dialect: str) -> None:
    nobody = target().__class__(Cloud.GLOBAL, None, "Contoso", "X", target().collected_at)
    for script in write_scripts(dialect, WHOLE, nobody):
        assert "make sure that you sign in to the right one" in script.content
        assert "None" not in script.content


def test_powershell_suits_windows_powershell() -> None:
    for content in written("powershell").values():
        powershell_tree(content)
        assert "#Requires -Modules Microsoft.Graph.Authentication" in content
        assert "Set-StrictMode -Version Latest" in content
        assert "$ErrorActionPreference = 'Stop'" in content
        assert "ConvertTo-Json -Depth 10" in content
        for newer in ("??", "?.", "-AsHashtable", "&&", "||", "`u{"):
            assert newer not in content
    scopes = {one for step in WHOLE.steps if step.change for one in step.change.scopes}
    apply = written("powershell")["apply.ps1"]
    asked = apply[apply.index("-Scopes @(") :].partition(")")[0]
    assert set(re.findall("'([^']+)'", asked)) == scopes


def test_a_secret_is_shown_once() -> None:
    case = plan(plan_case.secret())
    assert "$answer.secretText" in written("powershell", case)["apply.ps1"]
    assert " secretText <<'JSON'" in written("azure-cli", case)["apply.sh"]
    assert "sensitive = true" in written("terraform", case)["apply.tf"]


def shellcheck(path: Path, script: Script) -> None:
    program = which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    path.joinpath(script.name).write_text(script.content, encoding="utf-8")
    done = subprocess.run(
        [program, script.name], cwd=path, capture_output=True, text=True, check=False
    )
    assert not done.stdout, done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("case", [pytest.param(WHOLE, id="every-step"), *SINGLE])
def test_shellcheck_finds_nothing(case: Plan, tmp_path: Path) -> None:
    for script in write_scripts("azure-cli", case, target()):
        shellcheck(tmp_path, script)


# Terraform

TYPES = {
    "grant": ["msgraph_update_resource"],
    "create-service-principal": ["azuread_service_principal"],
    "grant-tenant-wide": ["azuread_service_principal_delegated_permission_grant"],
    "app-consent-policy": ["msgraph_resource", "msgraph_resource", "msgraph_update_resource"],
    "classify-low": ["msgraph_resource"],
    "admin-consent-workflow": ["msgraph_resource_action"],
    "redirect-uris": ["msgraph_update_resource"],
    "add-secret": ["azuread_application_password"],
    "assign": ["azuread_app_role_assignment"],
    "enable": ["msgraph_update_resource"],
    "publisher": [],
}


def resources(content: str) -> list[tuple[str, str]]:
    found = hcl2.loads(content)
    return [
        (kind.strip('"'), name.strip('"'))
        for one in found.get("resource", [])
        for kind, named in one.items()
        if kind != "__is_block__"
        for name in named
        if name != "__is_block__"
    ]


@pytest.mark.parametrize("step", every_step(), ids=lambda one: one.id)
def test_terraform_has_a_resource_for_each_call(step: Step) -> None:
    content = next(iter(written("terraform", plan(step)).values()))
    assert [kind for kind, _ in resources(content)] == TYPES[step.id]


def test_terraform_rollback_sets_back_and_names_what_to_destroy() -> None:
    rollback = written("terraform")["rollback.tf"]
    assert resources(rollback) == [
        ("msgraph_update_resource", "step_10"),
        ("msgraph_update_resource", "step_7"),
        ("msgraph_resource_action", "step_6"),
        ("msgraph_update_resource", "step_4"),
        ("msgraph_update_resource", "step_1"),
    ]
    made = set(re.findall(r"-target=(\S+)", rollback))
    assert made == {
        "azuread_app_role_assignment.step_9",
        "msgraph_resource.step_5",
        "msgraph_resource.step_4_1",
        "msgraph_resource.step_4_2",
        "azuread_service_principal_delegated_permission_grant.step_3",
        "azuread_service_principal.step_2",
    }
    assert made <= {f"{kind}.{name}" for kind, name in resources(written("terraform")["apply.tf"])}


def test_terraform_checks_before_it_changes() -> None:
    content = written("terraform")["apply.tf"]
    compared = [one for one in guards(WHOLE, undo=False) if one.member]
    assert content.count("precondition {") == len(compared)
    for guard in compared:
        assert f"audit again first: {guard.title}" in content
    assert content.count("# Not read before: ") == 2


def test_terraform_refers_to_what_it_creates() -> None:
    case = plan(plan_case.new_service_principal(), plan_case.new_grant())
    content = written("terraform", case)["apply.tf"]
    assert (
        "service_principal_object_id          = azuread_service_principal.step_1.object_id"
        in content
    )
    assert '"User.Read",\n    "Mail.Read",' in content


def test_terraform_finds_ids_with_a_lookup() -> None:
    grant = plan_case.new_grant().change
    assert grant
    change = Change((), Operation((), ()), grant.undo)
    case = plan(plan_case.step("gone", "Revoke the grant", change))
    content = written("terraform", case)["rollback.tf"]
    assert resources(content) == [("msgraph_resource_action", "step_1")]
    assert '"oauth2PermissionGrants/${local.grant_9a9a9a9a_id}"' in content
    assert "\"clientId eq '${local.client_id}' and consentType eq 'AllPrincipals'\"" in content
    assert "client_id = data.msgraph_resource.client_id.output.all.id" in content
    assert 'lower(one.consentType), "") == "allprincipals"' in content
    hcl2.loads(content)


def test_terraform_bodies_are_those_of_the_calls() -> None:
    step = plan_case.assigned_policy()
    found = hcl2.loads(written("terraform", plan(step))["apply.tf"])
    body = found["resource"][0]['"msgraph_update_resource"']['"step_1"']["body"]
    listed = body["defaultUserRolePermissions"]["permissionGrantPoliciesAssigned"]
    assert [terraform_text(one) for one in listed] == list(plan_case.NEW)
