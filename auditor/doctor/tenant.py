"""Does the tenant exist, and is it in the cloud that was asked? Its public document says so."""

from dataclasses import replace
from urllib.parse import urlsplit

import msgspec

from auditor.doctor.check import NO_ACCESS, Case, Check, Step, failed, ok, skipped, unknown
from auditor.doctor.entra_error import explained
from auditor.graph.probe import Reply
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.model.diagnosis import Observation
from auditor.scopes import GUID


class _Document(msgspec.Struct):
    """The members of the OpenID configuration that say which tenant it is and where."""

    issuer: str
    tenant_region_scope: str | None = None
    msgraph_host: str | None = None


def _run(case: Case) -> Step:
    reply = case.answers.get("authority")
    if not case.sign_in.tenant or not isinstance(reply, Reply):
        return case, (skipped("", "no tenant is named: the sign-in knows its own"),)
    document = _document(reply)
    if document is None:
        return case, (_refused(reply),)
    found = GUID.search(document.issuer)
    tenant_id = found[0].lower() if found else ""
    other = _other_cloud(case.connection.cloud, document.msgraph_host)
    if other:
        fix = f"add --cloud {other}"
        return case, (failed("", f"it is in the cloud {other}", fix, NO_ACCESS),)
    region = f", region {document.tenant_region_scope}" if document.tenant_region_scope else ""
    line = ok("", f"the authority knows it{region}")
    return replace(case, tenant_id=tenant_id), (line,)


def _document(reply: Reply) -> _Document | None:
    try:
        return msgspec.json.decode(reply.body, type=_Document)
    except (ValueError, RecursionError):
        return None


def _refused(reply: Reply) -> Observation:
    said = explained(reply.body.decode(errors="replace"))
    if said is None:
        found = f"the authority's document (HTTP {reply.status}) cannot be read"
        return unknown("", found, "see what answers there, such as a network's log-in page")
    return failed("", *said, NO_ACCESS)


def _other_cloud(cloud: Cloud, graph_host: str | None) -> Cloud | None:
    """Return the cloud whose Graph the tenant uses, if that is another one.

    Two clouds that share an authority are not told apart: whether its document does is not known.
    """
    asked = ENDPOINTS[cloud].authority
    others = {name: one for name, one in ENDPOINTS.items() if one.authority != asked}
    hosts = {urlsplit(one.graph).hostname: name for name, one in others.items()}
    return hosts.get(graph_host)


CHECK = Check("tenant", "asking for the tenant", _run, ("authority",))
