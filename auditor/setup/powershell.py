"""Microsoft Graph PowerShell: runs in Windows PowerShell 5.1 and in PowerShell 7."""

import json
from collections.abc import Mapping
from urllib.parse import quote as encoded

from auditor.dialects.powershell import quote
from auditor.model.change import Value
from auditor.model.cloud import Cloud
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.setup.next_steps import check, hints, variables
from auditor.setup.registration import ROLE, SCOPES, TOO, Registration, Way

_ENVIRONMENTS = {
    Cloud.GLOBAL: "Global",
    Cloud.US_GOV_L4: "USGov",
    Cloud.US_GOV_L5: "USGovDoD",
    Cloud.CHINA: "China",
}
_TOOLS = r"""
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$patience = 0

# Sends JSON; with $patience again: Graph may not find yet what was made just before.
function Send-Graph([string] $Path, [string] $Body) {
    $left = $patience
    while ($true) {
        try {
            return Invoke-MgGraphRequest -Method POST -Uri "/v1.0$Path" -Body $Body `
                -ContentType 'application/json; charset=utf-8' -OutputType PSObject
        } catch {
            if ($left -eq 0 -or "$_" -match 'Forbidden|Unauthorized') { throw }
            $left -= 1
            Start-Sleep -Seconds 10
        }
    }
}

function Read-Graph([string] $Path) {
    Invoke-MgGraphRequest -Method GET -Uri "/v1.0$Path" -OutputType PSObject
}
"""
_ASSIGN = """
    # Its service principal, which holds the permissions
    $body = @{ appId = $application.appId } | ConvertTo-Json
    $principal = Send-Graph '/servicePrincipals' $body
"""
_ASSIGNMENT = """
    foreach ($permission in $permissions) {
        $body = @{
            principalId = $principal.id
            resourceId = $resource.id
            appRoleId = $permission
        } | ConvertTo-Json
        $null = Send-Graph "/servicePrincipals/$($principal.id)/appRoleAssignments" $body
    }
"""
_SHOWN_ONCE = """
    # A client secret; this shows it once
    $body = @{ passwordCredential = @{ displayName = 'entra-consent-auditor' } } | ConvertTo-Json
    $secret = Send-Graph "/applications/$($application.id)/addPassword" $body
    Write-Host "Client secret, which nobody can read again: $($secret.secretText)"
"""


def write(registration: Registration) -> str:
    """Write the script."""
    tenant = f" -TenantId {quote(registration.tenant)}" if registration.tenant else ""
    environment = _ENVIRONMENTS[registration.cloud]
    scopes = ", ".join(quote(one) for one in SCOPES)
    lines = [
        "#Requires -Modules Microsoft.Graph.Authentication",
        "",
        "# Registers the auditor in your tenant: one tenant, no redirect URI, and application",
        "# permissions that only read.",
        f"# Run it as {ROLE}: ./setup.ps1",
        f"# {TOO}.",
        "# To undo it: Invoke-MgGraphRequest -Method DELETE",
        "#   -Uri \"/v1.0/applications(appId='CLIENT-ID')\"",
        "",
        *_TOOLS.strip().splitlines(),
        "",
        f"$name = {quote(registration.name)}",
        f"Connect-MgGraph -Environment {environment}{tenant} -Scopes @({scopes}) -NoWelcome",
        "",
        *_absent(registration),
        "",
        "# The registration",
        *_body(registration.body()),
        "$application = Send-Graph '/applications' $body",
        "$patience = 6",
        "$undo = 'Invoke-MgGraphRequest -Method DELETE -Uri ' +",
        '    """/v1.0/applications(appId=\'$($application.appId)\')"""',
        "try {",
        *_ASSIGN.strip("\n").splitlines(),
        f"    $resource = Read-Graph \"/servicePrincipals(appId='{MICROSOFT_GRAPH}')?`$select=id\"",
        "    $permissions = @(",
        *(f"        '{one.id}' # {one.value}" for one in registration.permissions),
        "    )",
        *_ASSIGNMENT.strip("\n").splitlines(),
        *_credential(registration),
        "} catch {",
        '    Write-Host "It stopped half way. To undo it: $undo"',
        "    throw",
        "}",
        "",
        *_end(registration),
    ]
    return "\n".join(lines) + "\n"


def _body(body: Mapping[str, Value]) -> list[str]:
    """Write JSON as a literal: no line of it begins like the end of a here-string."""
    return ["$body = @'", *json.dumps(body, indent=2).splitlines(), "'@"]


def _absent(registration: Registration) -> list[str]:
    """Stop where it was done already: two registrations of one name confuse everybody."""
    literal = encoded(registration.name.replace("'", "''"), safe="")
    path = f"/applications?$filter=displayName%20eq%20%27{literal}%27&$select=appId"
    return [
        f"$there = @((Read-Graph {quote(path)}).value)",
        "if ($there.Count -ne 0) {",
        '    throw "There is an app registration $name already: $($there[0].appId)"',
        "}",
    ]


def _credential(registration: Registration) -> list[str]:
    match registration.way:
        case Way.FEDERATED:
            return [
                "",
                "    # A federated credential instead of a secret",
                *(f"    {_body(registration.federation_body())[0]}",),
                *_body(registration.federation_body())[1:],
                '    $path = "/applications/$($application.id)/federatedIdentityCredentials"',
                "    $null = Send-Graph $path $body",
            ]
        case Way.SECRET:
            return _SHOWN_ONCE.rstrip().splitlines()
        case Way.CERTIFICATE:
            return []


def _end(registration: Registration) -> list[str]:
    ids = {
        "AZURE_TENANT_ID": "$((Get-MgContext).TenantId)",
        "AZURE_CLIENT_ID": "$($application.appId)",
    }
    more = variables(registration)
    return [
        "Write-Host 'Done. Set these, then check that it works:'",
        *(f"Write-Host \"`$env:{name} = '{value}'\"" for name, value in ids.items()),
        *(f"Write-Host {quote(f'$env:{name} = {quote(value)}')}" for name, value in more.items()),
        f"Write-Host {quote(check(registration))}",
        *(f"Write-Host {quote(one)}" for one in hints(registration)),
        'Write-Host "To undo it: $undo"',
    ]
