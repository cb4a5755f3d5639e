"""Does Entra give a token?"""

from dataclasses import replace

from auditor.doctor.check import CONFIGURATION, NO_ACCESS, Case, Check, Step, failed, ok
from auditor.doctor.entra_error import explained
from auditor.doctor.reach import GROUND
from auditor.errors import SignInError, UsageError
from auditor.graph.claims import read_claims
from auditor.graph.sign_in import RenewableCredential, advice, make_credential


def _run(case: Case) -> Step:
    try:
        credential = case.credential or make_credential(case.sign_in, case.connection)
    except UsageError as error:
        return case, (failed("", str(error), "correct the settings above", CONFIGURATION),)
    return _signed_in(replace(case, credential=credential), credential)


def _signed_in(case: Case, credential: RenewableCredential) -> Step:
    try:
        case.progress(f"signing in with {credential.words}")
        token = credential.get_token(case.connection.scope, enable_cae=True)
    except SignInError as error:
        return case, (failed("", *_explained(str(error)), NO_ACCESS),)
    line = ok("", f"signed in with {credential.words}")
    return replace(case, claims=read_claims(token.token)), (line,)


def _explained(text: str) -> tuple[str, str]:
    todo = advice(text)
    found = text.removesuffix(f" - {todo}")
    return explained(text) or (found, todo or "check what is configured for this way")


CHECK = Check("sign-in", "asking for a token", _run, (*GROUND, "authority"))
