"""Is it the token that was asked for? It is read without verifying it: it came from Entra."""

from collections.abc import Iterator

from auditor.doctor.check import NO_ACCESS, Case, Check, Step, failed, ok, unknown, warning
from auditor.graph.claims import Claims
from auditor.graph.settings import Auth
from auditor.model.cloud import ENDPOINTS
from auditor.model.diagnosis import Observation
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.scopes import guid


def _run(case: Case) -> Step:
    if case.claims is None:
        text = "it is opaque; which permissions it carries shows in the sources alone"
        return case, (unknown("", text),)
    problems = tuple(_problems(case, case.claims))
    return case, (*problems, _summary(case.claims))


def _summary(claims: Claims) -> Observation:
    kind = "a person's" if claims.delegated else "app-only"
    ends = f"valid until {claims.exp:%Y-%m-%d %H:%M} UTC" if claims.exp else "without an end"
    app, tenant = claims.appid or "?", claims.tid or "?"
    return ok("", f"{kind}, app {app}, tenant {tenant}, {ends} (read, not verified)")


def _problems(case: Case, claims: Claims) -> Iterator[Observation]:
    asked = (guid(case.sign_in.tenant) or case.tenant_id).lower()
    if asked and claims.tid and claims.tid.lower() != asked:
        found = f"it is of the tenant {claims.tid}, not of {asked}"
        yield failed("tenant", found, "correct --tenant (AZURE_TENANT_ID)", NO_ACCESS)
    client_id = case.sign_in.client_id
    if case.way is not Auth.AZURE_CLI and _differ(client_id, claims.appid):
        found = f"it is of the app {claims.appid}, not of {client_id}"
        yield failed("app", found, "correct --client-id (AZURE_CLIENT_ID)", NO_ACCESS)
    graph = ENDPOINTS[case.connection.cloud].graph
    if claims.aud and claims.aud.rstrip("/").lower() not in {graph, MICROSOFT_GRAPH}:
        found = f"it is for {claims.aud}, not for {graph}"
        yield failed("audience", found, "check --cloud", NO_ACCESS)
    if claims.exp and claims.exp <= case.clock():
        fix = "set this machine's clock; a token of the Azure CLI is renewed by az login"
        yield failed("expiry", f"it ended at {claims.exp:%Y-%m-%d %H:%M} UTC", fix, NO_ACCESS)
    if claims.delegated:
        found = "it acts for a person, so it reads only what that person may read"
        yield warning("kind", found, "for schedules sign in as an app (consent-auditor setup)")


def _differ(asked: str, found: str | None) -> bool:
    return bool(asked) and found is not None and asked.lower() != found.lower()


CHECK = Check("token", "reading the token", _run, ("sign-in",))
