"""Tries to reach a host, and says where the way to it ends."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from auditor.doctor.check import NO_ACCESS, Case, failed, ok
from auditor.doctor.check import Step as Done
from auditor.graph.probe import NoReply, Reply, Step, probe
from auditor.graph.proxy import proxy_of, shown_proxy
from auditor.model.diagnosis import Observation

GROUND = ("configuration", "certificate", "private-ca", "proxy")
"""The checks that have to hold before anything is sent."""

_TO_PROXY = "correct HTTPS_PROXY, or name the host in NO_PROXY"
_FIXES = {
    Step.DNS: "check the name and this machine's DNS; behind a proxy set HTTPS_PROXY",
    Step.TCP: "let the firewall through to it; behind a proxy set HTTPS_PROXY",
    Step.PROXY: "let the proxy through to it; HTTPS_PROXY also carries the proxy's user and "
    "password (http://user:password@host:port)",
    Step.CERTIFICATE: "where your network looks into TLS, set SSL_CERT_FILE to its CA's "
    "certificate in PEM; otherwise check this machine's clock, and who answers there",
    Step.TLS: "see whether a firewall or proxy cuts TLS, and whether the port speaks it",
    Step.HTTP: "try again; if it stays so, a firewall or proxy cuts the connection",
}


def reach(case: Case, host: str, url: str) -> Done:
    """Ask a host for a public document, without a token; the answer is kept by ``host``."""
    answer = probe(url, case.connection.ca_file, case.clock)
    name = urlsplit(url).netloc
    line = _reached(name, url, answer) if isinstance(answer, Reply) else _lost(name, url, answer)
    return replace(case, answers={**case.answers, host: answer}), (line,)


def ahead(case: Case) -> dict[str, timedelta]:
    """Return how far the clock of each host is ahead of ours, where it says its time."""
    answers = ((name, one) for name, one in case.answers.items() if isinstance(one, Reply))
    return {name: one.ahead for name, one in answers if one.ahead is not None}


def _reached(name: str, url: str, reply: Reply) -> Observation:
    proxy = shown_proxy(proxy_of(url))
    return ok(name, f"answers{f' through {proxy}' if proxy else ''} (HTTP {reply.status})")


def _lost(name: str, url: str, lost: NoReply) -> Observation:
    proxy = shown_proxy(proxy_of(url))
    to_proxy = bool(proxy) and lost.step in {Step.DNS, Step.TCP}
    there = f" to the proxy {proxy}" if to_proxy else ""
    issuer = f"; the one that came is issued by {lost.issuer}" if lost.issuer else ""
    found = f"not reached, {lost.step}{there}: {lost.detail}{issuer}"
    return failed(name, found, _TO_PROXY if to_proxy else _FIXES[lost.step], NO_ACCESS)
