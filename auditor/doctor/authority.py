"""Does the sign-in host answer?"""

from auditor.doctor.check import Case, Check, Step, skipped
from auditor.doctor.reach import GROUND, reach
from auditor.graph.settings import Auth


def _run(case: Case) -> Step:
    if case.way is Auth.MANAGED_IDENTITY:
        return case, (skipped("", "Azure's own endpoint on this machine gives the token"),)
    tenant = case.sign_in.tenant or "organizations"
    document = f"{tenant}/v2.0/.well-known/openid-configuration"
    return reach(case, "authority", f"{case.connection.authority_url}/{document}")


CHECK = Check("authority", "reaching the sign-in host", _run, GROUND)
