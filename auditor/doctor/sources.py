"""Does each source answer? Every one is read once, as an audit would."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.collect import collect, items
from auditor.doctor.check import INCOMPLETE, NO_ACCESS, Case, Check, Step, failed, ok, skipped
from auditor.facts import TenantFacts, derive
from auditor.graph.claims import Claims
from auditor.graph.client import GraphClient
from auditor.graph.sign_in import RenewableCredential, make_credential
from auditor.graph.transport import GraphTransport
from auditor.model.diagnosis import Observation, Result
from auditor.model.fact import Why
from auditor.model.profile import ConsentRequest
from auditor.model.report import Completeness
from auditor.model.snapshot import Snapshot
from auditor.scopes import guid
from auditor.sources import load
from auditor.sources.source import AnySource, Subject

_READ = {"read", "not-found"}
_NOT_TRIED = {
    Subject.CLIENT: "no app is named: give --app-id, or the profile's --set app_id=GUID",
    Subject.CLIENT_OBJECT: "read only for an app with more grants than one answer holds",
    Subject.USER: "",
}
"""Why a source was not tried; empty where that needs no line."""
_LET_READ = "give the app the permissions above, and let an administrator consent"
_ANSWERED = "see above what came back: permissions do not change it, a proxy or Graph itself may"


def _run(case: Case) -> Step:
    requests = tuple(_with_app(one, case) for one in case.requests)
    credential = case.credential or make_credential(case.sign_in, case.connection)
    facts = derive(asyncio.run(_read(case, credential, requests)))
    lines = tuple(_lines(facts, requests, case.claims))
    if not any(one.result is Result.OK for one in lines):
        refused = any(
            facts.completeness(item).status == Why.REFUSED for item in items(facts, requests)
        )
        fix = _LET_READ if refused else _ANSWERED
        return case, (*lines, failed("", "not one source could be read", fix, NO_ACCESS))
    return case, lines


def _with_app(request: ConsentRequest, case: Case) -> ConsentRequest:
    """Let the auditor's own app stand in where nobody named one."""
    own = guid((case.claims and case.claims.appid) or case.sign_in.client_id)
    return request if request.app_id else replace(request, app_id=own)


async def _read(
    case: Case, credential: RenewableCredential, requests: Sequence[ConsentRequest]
) -> Snapshot:
    client = GraphClient(case.connection, credential, progress=case.progress, clock=case.clock)
    try:
        return await collect(
            GraphTransport(client),
            requests,
            tenant=case.sign_in.tenant,
            cloud=case.connection.cloud,
            clock=case.clock,
            progress=case.progress,
        )
    finally:
        await client.close()


def _lines(
    facts: TenantFacts, requests: Sequence[ConsentRequest], claims: Claims | None
) -> Iterator[Observation]:
    """Say one line a source: read, or the first thing that went wrong."""
    roles = frozenset((claims and claims.roles) or ())
    rows: dict[str, list[Completeness]] = defaultdict(list)
    for item in items(facts, requests):
        rows[item.source.name].append(facts.completeness(item))
    for source in load():
        found = rows[source.name]
        if found:
            yield _line(source, found, roles)
        elif reason := _NOT_TRIED.get(source.subject):
            yield skipped(source.name, reason)


def _line(source: AnySource, rows: Sequence[Completeness], roles: frozenset[str]) -> Observation:
    bad = [one for one in rows if one.status not in _READ | {Why.NOT_IN_CLOUD}]
    if bad:
        part = f" ({len(bad)} of {len(rows)} reads)" if len(rows) > 1 else ""
        detail = bad[0].detail.rstrip(".")
        found = f"{bad[0].status}{part}: {detail}; stays unknown: {source.why}"
        return failed(source.name, found, _fix(source, bad[0].status, roles), INCOMPLETE)
    if rows[0].status == Why.NOT_IN_CLOUD:
        return skipped(source.name, rows[0].detail)
    absent = sum(one.status == "not-found" for one in rows)
    return ok(source.name, _read_words(len(rows), absent))


def _read_words(asked: int, absent: int) -> str:
    """Say how often it was read; absence is an answer, too."""
    if asked == 1:
        return "read: the tenant has none" if absent else "read"
    return f"read {asked} times" + (f": the tenant lacks {absent} of them" if absent else "")


def _fix(source: AnySource, status: str, roles: frozenset[str]) -> str:
    match status:
        case Why.REFUSED if _may_read(source, roles):
            return "the token has the permission for it; try again in some minutes"
        case Why.REFUSED:
            return f"the app needs {' and '.join(source.needs)}; see permissions"
        case Why.NOT_LICENSED:
            return "Graph asks for a licence that the tenant does not have"
        case Why.MALFORMED:
            return "try again; if it stays so, report it: Graph answers what it does not document"
        case _:
            return "try again; if it stays so, see the detail and Microsoft's service health"


def _may_read(source: AnySource, roles: frozenset[str]) -> bool:
    """Say whether the token carries what Graph documents for the read."""
    held = {one.casefold() for one in roles}
    needed, broader = ({one.casefold() for one in names} for names in (source.needs, source.also))
    return needed <= held or not broader.isdisjoint(held)


CHECK = Check("sources", "reading every source once", _run, ("graph", "sign-in"))
