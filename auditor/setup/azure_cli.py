"""Azure CLI: a Bash script that needs nothing else."""

import json
from collections.abc import Mapping
from shlex import quote
from urllib.parse import quote as encoded

from auditor.dialects.script import one_line
from auditor.model.change import Value
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.setup.next_steps import check, hints, same_tenant, variables
from auditor.setup.registration import ROLE, TOO, Registration, Way

_CLOUDS = {
    Cloud.GLOBAL: "AzureCloud",
    Cloud.US_GOV_L4: "AzureUSGovernment",
    Cloud.US_GOV_L5: "AzureUSGovernment",
    Cloud.CHINA: "AzureChinaCloud",
}
_TOOLS = r"""
set -euo pipefail

# Sends what standard input holds. $1: path, $2: query for what is printed, one value a line
# With $patience it is sent again: Graph may not find yet what was made just before.
post() {
  local body found left=${patience:-0}
  body=$(cat)
  until found=$(az rest --method POST --url "$graph/v1.0$1" --resource "$graph" \
    --headers Content-Type=application/json --body "$body" --query "$2" --output tsv); do
    ((left > 0)) || return 1
    left=$((left - 1))
    sleep "${pause:-10}"
  done
  printf '%s\n' "${found//$'\r'/}"
}

# Prints what a query finds. $1: path, $2: query
get() {
  local found
  found=$(az rest --method GET --url "$graph/v1.0$1" --resource "$graph" \
    --query "$2" --output tsv) || return 1
  printf '%s\n' "${found//$'\r'/}"
}
"""
_SHOWN_ONCE = """
# A client secret; this shows it once
application=${created%%$'\\n'*}
secret=$(post "/applications/$application/addPassword" secretText <<'JSON'
{"passwordCredential": {"displayName": "entra-consent-auditor"}}
JSON
)
printf 'Client secret, which nobody can read again: %s\\n' "$secret"
"""


def write(registration: Registration) -> str:
    """Write the script."""
    name = quote(registration.name)
    lines = [
        "#!/usr/bin/env bash",
        f"# Registers {one_line(registration.name)} in your tenant: one tenant, no redirect URI,",
        "# and application permissions that only read.",
        "# Run it where Bash and the Azure CLI are, such as in Cloud Shell, as",
        f"# {ROLE}. {TOO}.",
        "# To undo it: az ad app delete --id CLIENT-ID",
        "",
        *_TOOLS.strip().splitlines(),
        "",
        f"graph={ENDPOINTS[registration.cloud].graph}",
        f"name={name}",
        *_tenant(registration),
        "",
        *_absent(registration),
        "",
        "# The registration",
        "created=$(post /applications '[id, appId]' <<'JSON'",
        *_json(registration.body()),
        "JSON",
        ")",
        "client=${created##*$'\\n'}",
        "patience=6",
        'undo="az ad app delete --id $client"',
        """trap 'printf "It stopped half way. To undo it: %s\\n" "$undo" >&2' ERR""",
        "",
        *_permissions(registration),
        *_credential(registration),
        "",
        *_end(registration),
    ]
    return "\n".join(lines) + "\n"


def _json(body: Mapping[str, Value]) -> list[str]:
    return json.dumps(body, indent=2).splitlines()


def _tenant(registration: Registration) -> list[str]:
    cloud = _CLOUDS[registration.cloud]
    first = [] if registration.cloud is Cloud.GLOBAL else [f"# First: az cloud set --name {cloud}"]
    wanted = f"--tenant {registration.tenant} " if registration.tenant else ""
    login = f"az login {wanted}--allow-no-subscriptions"
    lines = [
        *first,
        f"# First: {login}",
        "tenant=$(az account show --query tenantId --output tsv)",
        "tenant=${tenant%$'\\r'}",
    ]
    known = same_tenant(registration)
    if known:
        lines += [
            f"if [[ $tenant != {known} ]]; then",
            f"  echo 'Sign in to this tenant first: {login}' >&2",
            "  exit 1",
            "fi",
        ]
    return lines


def _absent(registration: Registration) -> list[str]:
    """Stop where it was done already: two registrations of one name confuse everybody."""
    literal = encoded(registration.name.replace("'", "''"), safe="")
    path = f"/applications?\\$filter=displayName%20eq%20%27{literal}%27&\\$select=appId"
    return [
        f"there=$(get \"{path}\" 'value[].appId')",
        "if [[ -n $there ]]; then",
        """  printf 'There is an app registration %s already: %s\\n' "$name" "$there" >&2""",
        "  exit 1",
        "fi",
    ]


def _permissions(registration: Registration) -> list[str]:
    return [
        "# Its service principal, which holds the permissions",
        "principal=$(post /servicePrincipals id <<JSON",
        '{"appId": "$client"}',
        "JSON",
        ")",
        f"resource=$(get \"/servicePrincipals(appId='{MICROSOFT_GRAPH}')?\\$select=id\" id)",
        "permissions=(",
        *(f"  {one.id} # {one.value}" for one in registration.permissions),
        ")",
        'for permission in "${permissions[@]}"; do',
        '  post "/servicePrincipals/$principal/appRoleAssignments" id >/dev/null <<JSON',
        '{"principalId": "$principal", "resourceId": "$resource", "appRoleId": "$permission"}',
        "JSON",
        "done",
    ]


def _credential(registration: Registration) -> list[str]:
    match registration.way:
        case Way.FEDERATED:
            return [
                "",
                "# A federated credential instead of a secret",
                'az ad app federated-credential create --id "$client" --output none \\',
                f"  --parameters {quote(json.dumps(registration.federation_body()))}",
            ]
        case Way.SECRET:
            return _SHOWN_ONCE.rstrip().splitlines()
        case Way.CERTIFICATE:
            return []


def _end(registration: Registration) -> list[str]:
    values = {"AZURE_TENANT_ID": "$tenant", "AZURE_CLIENT_ID": "$client"}
    values |= variables(registration)
    return [
        "cat <<END",
        "Done. Set these, then check that it works:",
        "",
        *(f"export {name}={value}" for name, value in values.items()),
        check(registration),
        "",
        *(one.replace("$", "\\$") for one in hints(registration)),
        "To undo it: $undo",
        "END",
    ]
