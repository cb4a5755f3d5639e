"""The named changes, by the names of the command line's options."""

from collections.abc import Callable, Mapping

from auditor.model.what_if import Supposition
from auditor.simulate import ImpossibleError
from auditor.what_if import apps, settings
from auditor.what_if.scenario import Scenario, refusal
from auditor.what_if.settings import Supposed

SUPPOSITIONS: Mapping[str, Callable[[Scenario, Supposition], Supposed]] = {
    "classify": settings.classify,
    "assign": settings.assign,
    "unassign": settings.unassign,
    "managed-excludes": settings.managed_excludes,
    "risky-app-consent": settings.risky_app_consent,
    "workflow": settings.workflow,
    "grant": apps.grant,
    "revoke-grants": apps.revoke_grants,
    "publisher-loses-verification": apps.publisher_loses_verification,
    "require-assignment": apps.require_assignment,
    "as-guest": apps.as_guest,
}


def suppose(scenario: Scenario, given: Supposition) -> Supposed:
    """Apply one change.

    Raises:
        UsageError: It cannot be applied here; the message says why.
    """
    try:
        return SUPPOSITIONS[given.name](scenario, given)
    except ImpossibleError as error:
        raise refusal(given, str(error)) from error
