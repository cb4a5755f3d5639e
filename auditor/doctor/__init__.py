"""Examines the way to a tenant: one file a check, each resting on those before it.

A new check is a new file and its place in the order of ``CHECKS``.
"""

from auditor.doctor import (
    authority,
    certificate,
    clock,
    configuration,
    graph_host,
    permissions,
    private_ca,
    proxy,
    sign_in,
    sources,
    tenant,
    token,
)
from auditor.doctor.check import Case, Check, Step, skipped
from auditor.model.diagnosis import CheckResult, Diagnosis, Result

CHECKS: tuple[Check, ...] = (
    configuration.CHECK,
    certificate.CHECK,
    private_ca.CHECK,
    proxy.CHECK,
    authority.CHECK,
    graph_host.CHECK,
    clock.CHECK,
    tenant.CHECK,
    sign_in.CHECK,
    token.CHECK,
    permissions.CHECK,
    sources.CHECK,
)
"""In the order in which they build on each other."""


def examine(case: Case) -> Diagnosis:
    """Run every check whose ground holds, and say of the others what they miss."""
    stopped: dict[str, str] = {}  # which check, and which one failed before it
    results: list[CheckResult] = []
    try:
        for check in CHECKS:
            cause = next((stopped[one] for one in check.rests_on if one in stopped), "")
            case, seen = _not_made(case, cause) if cause else _made(case, check)
            if cause or any(one.result is Result.FAILED for one in seen):
                stopped[check.id] = cause or check.id
            results.append(CheckResult(check.id, seen))
    finally:
        if case.credential:
            case.credential.close()
    return Diagnosis(tuple(one for one in results if one.observations))


def _made(case: Case, check: Check) -> Step:
    case.progress(check.doing)
    return check.run(case)


def _not_made(case: Case, cause: str) -> Step:
    return case, (skipped("", f"rests on {cause}, which failed"),)
