"""Is what the sign-in needs given, and does it have the right form? Values are never shown."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from auditor.doctor.check import CONFIGURATION, Case, Check, Step, failed, ok
from auditor.errors import UsageError
from auditor.graph.settings import Auth, SignIn
from auditor.graph.sign_in import pick
from auditor.model.diagnosis import Observation
from auditor.scopes import guid

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{4,253}}$)({_LABEL}\.)+{_LABEL}", re.IGNORECASE)
_WORDS = {
    Auth.SECRET: "a client secret",
    Auth.CERTIFICATE: "a certificate",
    Auth.WORKLOAD_IDENTITY: "workload identity federation",
    Auth.MANAGED_IDENTITY: "the managed identity",
    Auth.AZURE_CLI: "the Azure CLI, as the person who is signed in there",
}
_SETTINGS = {
    Auth.SECRET: ("secret", "AZURE_CLIENT_SECRET"),
    Auth.WORKLOAD_IDENTITY: ("federated_token_file", "AZURE_FEDERATED_TOKEN_FILE"),
}
_WITHOUT_TENANT = {Auth.MANAGED_IDENTITY, Auth.AZURE_CLI}
"""They know their tenant and their app."""


def _run(case: Case) -> Step:
    try:
        way = pick(case.sign_in)
    except UsageError as error:
        fix = "see the ways to sign in in the README; consent-auditor setup prepares one"
        return case, (failed("sign-in", str(error), fix, CONFIGURATION),)
    lines = (_way(case, way), *_tenant(case, way), *_client(case, way))
    return replace(case, way=way), lines


def _way(case: Case, way: Auth) -> Observation:
    said = f"as {case.origins.get('auth', '--auth')} says"
    chosen = said if case.sign_in.auth is not Auth.AUTO else "found by --auth auto"
    name, variable = _SETTINGS.get(way, ("", ""))
    if name and not getattr(case.sign_in, name):
        found = f"{_WORDS[way]} is asked for, and none is given"
        return failed("sign-in", found, f"set {variable} in the environment", CONFIGURATION)
    if way is Auth.WORKLOAD_IDENTITY and not _has_content(case.sign_in):
        found = f"the file that {variable} names is not there, or empty"
        fix = "let the place of the run write its token there (docs/setup.md)"
        return failed("sign-in", found, fix, CONFIGURATION)
    where = f" from {case.origins.get(name, variable)}" if name else ""
    return ok("sign-in", f"{_WORDS[way]}{where}, {chosen}")


def _has_content(sign_in: SignIn) -> bool:
    try:
        return Path(sign_in.federated_token_file).stat().st_size > 0
    except (OSError, ValueError):
        return False


def _tenant(case: Case, way: Auth) -> Iterator[Observation]:
    tenant = case.sign_in.tenant
    if guid(tenant) or _DOMAIN.fullmatch(tenant):
        kind = "an id" if guid(tenant) else "a domain name"
        yield ok("tenant", f"{kind} from {case.origins.get('tenant', '--tenant')}")
    elif tenant:
        found = f"{case.origins.get('tenant', '--tenant')} is neither an id nor a domain name"
        fix = "give the tenant's id, which Entra's overview page shows, or one of its domains"
        yield failed("tenant", found, fix, CONFIGURATION)
    elif way not in _WITHOUT_TENANT:
        fix = "give --tenant or set AZURE_TENANT_ID"
        yield failed("tenant", "none is given", fix, CONFIGURATION)


def _client(case: Case, way: Auth) -> Iterator[Observation]:
    client_id = case.sign_in.client_id
    if guid(client_id):
        yield ok("client id", f"a GUID from {case.origins.get('client_id', '--client-id')}")
    elif client_id:
        found = f"{case.origins.get('client_id', '--client-id')} is no GUID"
        fix = "give the application (client) id of the auditor's own app registration"
        yield failed("client id", found, fix, CONFIGURATION)
    elif way not in _WITHOUT_TENANT:
        fix = "give --client-id or set AZURE_CLIENT_ID"
        yield failed("client id", "none is given", fix, CONFIGURATION)


CHECK = Check("configuration", "looking at the configuration", _run)
