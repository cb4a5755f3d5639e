"""What an error of Entra means for the auditor's own sign-in."""

from auditor.errors import UsageError
from auditor.graph.sign_in import advice
from auditor.pasted_error import parse_error
from auditor.sign_in_errors import load_error_codes


def explained(text: str) -> tuple[str, str] | None:
    """Return what an error's text means and what to do; None where it has no code we know."""
    try:
        code = parse_error(text).codes[0]
    except UsageError:
        return None
    known = load_error_codes().get(code)
    if known is None:
        return None
    options = advice(code).partition("; ")[2]
    fix = f"{options}. {known.remedy[0]}" if options else known.remedy[0]
    return f"{code} ({known.name}): {known.meaning}", fix
