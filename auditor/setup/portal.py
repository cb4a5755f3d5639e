"""The steps in the Entra admin centre, as plain text."""

from auditor.setup.federation import issuer
from auditor.setup.next_steps import PUBLIC_FILE, check, hints, portal, variables
from auditor.setup.registration import ROLE, TOO, Registration, Way


def write(registration: Registration) -> str:
    """Write the steps."""
    tenant = f", tenant {registration.tenant}" if registration.tenant else ""
    steps = [
        _lines(f"Sign in at {portal(registration)} as {ROLE}{tenant}.", f"{TOO}."),
        "Entra ID > App registrations > New registration.",
        _lines(
            f"Name: {registration.name}",
            "Supported account types: this organizational directory only (single tenant).",
            "Redirect URI: leave it empty. Register.",
        ),
        _lines(
            "API permissions > Add a permission > Microsoft Graph > Application permissions.",
            "Tick these and no others, then Add permissions:",
            *(f"  {one.value} ({one.id})" for one in registration.permissions),
        ),
        _lines(
            "Remove the delegated permission User.Read, which the portal adds by itself.",
            "Grant admin consent for the tenant, and look that each line says Granted.",
        ),
        _credential(registration),
        _lines(
            "Overview shows both ids. Set these, then check that it works:",
            *_settings(registration),
            *hints(registration),
        ),
    ]
    undo = "To undo it: App registrations > the registration > Delete."
    numbered = (_numbered(number, step) for number, step in enumerate(steps, 1))
    return "\n".join([*numbered, "", undo]) + "\n"


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _numbered(number: int, step: str) -> str:
    first, *rest = step.split("\n")
    return "\n".join([f"{number:>2}. {first}", *(f"    {line}" for line in rest)])


def _credential(registration: Registration) -> str:
    place = "Certificates & secrets >"
    match registration.way:
        case Way.CERTIFICATE:
            known = registration.certificate
            told = f"\nThumbprint: {known.sha1}" if known else ""
            return (
                f"{place} Certificates > Upload certificate: {PUBLIC_FILE}, which this makes:\n"
                f"  consent-auditor setup certificate --output DIR{told}"
            )
        case Way.FEDERATED if registration.federation:
            found = registration.federation
            return (
                f"{place} Federated credentials > Add credential > Other issuer "
                f"({issuer(found.issuer_id).title}).\n"
                f"Issuer: {found.issuer}\nSubject identifier: {found.subject}\n"
                f"Name: {found.issuer_id}\nAudience: {found.audience}"
            )
        case _:
            return f"{place} Client secrets > New client secret. Copy its value, shown once."


def _settings(registration: Registration) -> list[str]:
    values = {"AZURE_TENANT_ID": "TENANT-ID", "AZURE_CLIENT_ID": "CLIENT-ID"}
    values |= variables(registration)
    lines = [f"  export {name}={value}" for name, value in values.items()]
    return [*lines, f"  {check(registration)}"]
