"""Does Microsoft Graph answer? It is asked without a token, so it refuses, which is enough."""

from http import HTTPStatus

from auditor.doctor.check import Case, Check, Step, unknown
from auditor.doctor.reach import GROUND, reach
from auditor.graph.client import API_VERSION
from auditor.graph.probe import Reply

_FIX = "see what answers there, such as a proxy or the log-in page of a network, or try again"


def _run(case: Case) -> Step:
    case, (line,) = reach(case, "graph", f"{case.connection.graph_url}/{API_VERSION}/organization")
    reply = case.answers["graph"]
    if isinstance(reply, Reply) and reply.status != HTTPStatus.UNAUTHORIZED:
        return case, (unknown(line.about, f"{line.found}; Graph itself refuses with 401", _FIX),)
    return case, (line,)


CHECK = Check("graph", "reaching Microsoft Graph", _run, GROUND)
