"""Terraform, with the provider that HashiCorp maintains for Entra."""

from collections.abc import Iterable, Mapping

from auditor.dialects import hcl
from auditor.dialects.script import one_line
from auditor.model.cloud import Cloud
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.setup.next_steps import check, hints, variables
from auditor.setup.registration import ROLE, TOO, Registration, Way

_ENVIRONMENTS = {
    Cloud.GLOBAL: "global",
    Cloud.US_GOV_L4: "usgovernmentl4",
    Cloud.US_GOV_L5: "usgovernmentl5",
    Cloud.CHINA: "china",
}
_APPLICATION = "azuread_application.auditor.id"


def write(registration: Registration) -> str:
    """Write the configuration."""
    tenant = f" --tenant {registration.tenant}" if registration.tenant else ""
    lines = [
        f"# Registers {one_line(registration.name)} in your tenant: one tenant, no redirect URI,",
        "# and application permissions that only read.",
        "# Terraform reads every file of a folder, so give this one a folder of its own.",
        f"# {TOO}.",
        f"# Run it as {ROLE}:",
        f"#   az login{tenant} --allow-no-subscriptions; terraform init; terraform apply",
        "# Then set these, and check that it works:",
        "#   export AZURE_TENANT_ID=$(terraform output -raw tenant_id)",
        "#   export AZURE_CLIENT_ID=$(terraform output -raw client_id)",
        *(f"#   export {name}={value}" for name, value in variables(registration).items()),
        f"#   {check(registration)}",
        *(f"# {one}" for one in hints(registration)),
        "# To undo it: terraform destroy",
        "",
        *_provider(registration),
        "",
        *_registration(registration),
        "",
        *_permissions(registration),
        *_credential(registration),
        "",
        *hcl.block('output "tenant_id"', ["value = data.azuread_client_config.current.tenant_id"]),
        "",
        *hcl.block('output "client_id"', ["value = azuread_application.auditor.client_id"]),
    ]
    return "\n".join(lines) + "\n"


def _texts(members: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, hcl.quote(value)) for name, value in members.items()]


def _block(head: str, *members: tuple[str, str]) -> list[str]:
    return hcl.block(head, hcl.attributes(members))


def _provider(registration: Registration) -> list[str]:
    source = hcl.expression({"source": "hashicorp/azuread", "version": ">= 3.0"}, str)
    required = hcl.block("required_providers", hcl.attributes([("azuread", source)]))
    settings = {"tenant_id": registration.tenant} if registration.tenant else {}
    settings["environment"] = _ENVIRONMENTS[registration.cloud]
    return [
        *hcl.block("terraform", required),
        "",
        *_block('provider "azuread"', *_texts(settings)),
        "",
        'data "azuread_client_config" "current" {}',
    ]


def _registration(registration: Registration) -> list[str]:
    members = [
        *_texts({"display_name": registration.name, "sign_in_audience": "AzureADMyOrg"}),
        ("prevent_duplicate_names", "true"),
    ]
    access = [
        line
        for one in registration.permissions
        for line in ["", *_block("resource_access", *_texts({"id": one.id, "type": "Role"}))]
    ]
    resource = hcl.attributes(_texts({"resource_app_id": MICROSOFT_GRAPH}))
    needed = hcl.block("required_resource_access", [*resource, *access])
    return [
        *hcl.block(
            'resource "azuread_application" "auditor"', [*hcl.attributes(members), "", *needed]
        ),
        "",
        *_block(
            'resource "azuread_service_principal" "auditor"',
            ("client_id", "azuread_application.auditor.client_id"),
        ),
    ]


def _permissions(registration: Registration) -> list[str]:
    roles = _pairs((one.value, one.id) for one in registration.permissions)
    return [
        *_block(
            'data "azuread_service_principal" "graph"', *_texts({"client_id": MICROSOFT_GRAPH})
        ),
        "",
        *hcl.block(
            'resource "azuread_app_role_assignment" "auditor"',
            [
                f"for_each = {roles}",
                "",
                *hcl.attributes(
                    [
                        ("app_role_id", "each.value"),
                        ("principal_object_id", "azuread_service_principal.auditor.object_id"),
                        ("resource_object_id", "data.azuread_service_principal.graph.object_id"),
                    ]
                ),
            ],
        ),
    ]


def _pairs(members: Iterable[tuple[str, str]]) -> str:
    return hcl.expression(dict(members), str)


def _credential(registration: Registration) -> list[str]:
    match registration.way:
        case Way.CERTIFICATE if registration.certificate:
            ends = registration.certificate.ends.strftime("%Y-%m-%dT%H:%M:%SZ")
            kept = {"type": "AsymmetricX509Cert", "value": registration.certificate.pem}
            return _added("certificate", _texts(kept | {"end_date": ends}))
        case Way.FEDERATED if registration.federation:
            found = registration.federation
            audiences = ("audiences", hcl.expression((found.audience,), str))
            named = {"display_name": found.issuer_id}
            named |= {"issuer": found.issuer, "subject": found.subject}
            return _added("federated_identity_credential", [*_texts(named), audiences])
        case _:
            secret = _added("password", _texts({"display_name": "entra-consent-auditor"}))
            value = ("value", "azuread_application_password.auditor.value")
            shown = _block('output "client_secret"', value, ("sensitive", "true"))
            note = "# Terraform's state holds it, too. Show it with:"
            return [*secret, "", f"{note} terraform output -raw client_secret", *shown]


def _added(kind: str, members: Iterable[tuple[str, str]]) -> list[str]:
    head = f'resource "azuread_application_{kind}" "auditor"'
    return ["", *_block(head, ("application_id", _APPLICATION), *members)]
