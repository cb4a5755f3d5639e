"""Can the private CA's certificates be used, if there are any?"""

from auditor.doctor.check import CONFIGURATION, Case, Check, Step, failed, ok
from auditor.errors import UsageError
from auditor.graph.wire import ssl_context


def _run(case: Case) -> Step:
    if not case.connection.ca_file:
        return case, (ok("", "none is set: the usual certificate authorities are trusted"),)
    variable = case.origins.get("ca_file", "SSL_CERT_FILE")
    try:
        ssl_context(case.connection.ca_file)
    except UsageError as error:
        fix = f"let {variable} name a file with the CA's certificate in PEM, or unset it"
        return case, (failed("", str(error), fix, CONFIGURATION),)
    return case, (ok("", f"readable, from {variable}; it is trusted instead of the usual ones"),)


CHECK = Check("private-ca", "looking at the private CA", _run)
