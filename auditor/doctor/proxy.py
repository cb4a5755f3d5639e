"""Which proxy does each of the two hosts go through? Its password is never shown."""

from urllib.parse import urlsplit

from auditor.doctor.check import CONFIGURATION, Case, Check, Step, failed, ok
from auditor.graph.proxy import proxy_of, proxy_variable, shown_proxy
from auditor.model.diagnosis import Observation


def _run(case: Case) -> Step:
    variable = proxy_variable()
    if not variable:
        return case, (ok("", "HTTPS_PROXY is not set: both hosts are reached directly"),)
    hosts = dict.fromkeys((case.connection.authority_url, case.connection.graph_url))
    return case, tuple(_line(one, variable) for one in hosts)


def _line(url: str, variable: str) -> Observation:
    host = urlsplit(url).netloc
    proxy = proxy_of(url)
    if not proxy:
        return ok(host, "reached directly, as NO_PROXY says")
    if not shown_proxy(proxy):
        found = f"{variable} is no http address"
        return failed(host, found, "set it to http://host:port", CONFIGURATION)
    return ok(host, f"through {shown_proxy(proxy)}, from {variable}")


CHECK = Check("proxy", "looking at the proxy", _run)
