"""What an administrator does after the registration, the same in every format."""

import re
from collections.abc import Mapping

from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.setup.federation import issuer
from auditor.setup.registration import Registration, Way

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AUTH = {
    Way.CERTIFICATE: "certificate",
    Way.FEDERATED: "workload-identity",
    Way.SECRET: "secret",
}
KEY_FILE = "entra-consent-auditor.pem"
"""What ``setup certificate`` calls the file with the private key."""
PUBLIC_FILE = "entra-consent-auditor.cer"


def variables(registration: Registration) -> Mapping[str, str]:
    """Return what is set besides the two ids, with a value or what stands for it."""
    match registration.way:
        case Way.CERTIFICATE:
            return {"AZURE_CLIENT_CERTIFICATE_PATH": KEY_FILE}
        case Way.FEDERATED:
            return {"AZURE_FEDERATED_TOKEN_FILE": "token.jwt"}
        case Way.SECRET:
            return {}


def check(registration: Registration) -> str:
    """Return the command that shows whether it works."""
    cloud = "" if registration.cloud is Cloud.GLOBAL else f" --cloud {registration.cloud}"
    return f"consent-auditor doctor --auth {_AUTH[registration.way]}{cloud}"


def hints(registration: Registration) -> tuple[str, ...]:
    """Say what the variables cannot."""
    match registration.way:
        case Way.CERTIFICATE:
            return (f"{KEY_FILE} is the file with the private key: say where you keep it.",)
        case Way.FEDERATED if registration.federation:
            return (issuer(registration.federation.issuer_id).token,)
        case _:
            return ("The secret goes into AZURE_CLIENT_SECRET, never into an argument.",)


def portal(registration: Registration) -> str:
    """Return the address of the admin centre."""
    return ENDPOINTS[registration.cloud].portal


def same_tenant(registration: Registration) -> str:
    """Return the tenant's id in lower case, if that is how it was given."""
    found = registration.tenant.lower()
    return found if GUID.fullmatch(found) else ""
