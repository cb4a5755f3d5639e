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
    there = f"the proxy {proxy}" if to_proxy else name
    detail = f"{lost.detail}; its certificate is from {lost.issuer}" if lost.issuer else lost.detail
    found = f"not reached: {lost.step} of {there} failed: {detail}"
    return failed(name, found, _fix(lost, proxy=bool(proxy), to_proxy=to_proxy), NO_ACCESS)


def _fix(lost: NoReply, *, proxy: bool, to_proxy: bool) -> str:
    if to_proxy:
        return "correct HTTPS_PROXY, or name the host in NO_PROXY"
    match lost.step:
        case Step.DNS:
            return "check the name and this machine's DNS; behind a proxy set HTTPS_PROXY"
        case Step.TCP:
            return "let the firewall through to it, or set HTTPS_PROXY"
        case Step.PROXY:
            return (
                "let the proxy through to it; a proxy that asks for a password takes it from "
                "HTTPS_PROXY"
            )
        case Step.TLS if lost.issuer:
            return (
                "if that is your network's own CA, which looks into TLS, set SSL_CERT_FILE to "
                "its certificate in PEM; if not, somebody else answers"
            )
        case Step.TLS | Step.HTTP:
            through = "the proxy" if proxy else "a firewall"
            return f"try again; if it stays so, {through} or something else cuts the connection"
