"""Does Microsoft Graph answer? It is asked without a token, so it refuses, which is enough."""

from auditor.doctor.check import Case, Check, Step
from auditor.doctor.reach import GROUND, reach
from auditor.graph.client import API_VERSION


def _run(case: Case) -> Step:
    return reach(case, "graph", f"{case.connection.graph_url}/{API_VERSION}/organization")


CHECK = Check("graph", "reaching Microsoft Graph", _run, GROUND)
