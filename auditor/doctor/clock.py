"""Does this machine's clock agree with the two hosts? Signed assertions and tokens carry times."""

from datetime import timedelta

from auditor.doctor.check import NO_ACCESS, Case, Check, Step, failed, ok, unknown, warning
from auditor.doctor.reach import GROUND, ahead

_WARN = timedelta(seconds=60)
_REFUSED = timedelta(seconds=300)
"""Entra allows five minutes between two clocks."""
_FIX = "let the system set its clock by NTP"


def _run(case: Case) -> Step:
    found = ahead(case)
    if not found:
        return case, (unknown("", "no host said what time it is"),)
    most = max(found.values(), key=abs)
    seconds = round(abs(most).total_seconds())
    who = " and ".join(name for name, one in found.items() if one == most)
    text = f"this machine is {seconds:,} s {'behind' if most > timedelta(0) else 'ahead of'} {who}"
    if abs(most) >= _REFUSED:
        return case, (failed("", f"{text}, so Entra refuses what it signs", _FIX, NO_ACCESS),)
    if abs(most) >= _WARN:
        return case, (warning("", text, _FIX),)
    return case, (ok("", f"within {max(seconds, 1)} s of {' and '.join(found)}"),)


CHECK = Check("clock", "comparing clocks", _run, GROUND)
