"""Users may consent to what is classified Low, for apps of verified publishers and own ones.

This is the portal's second choice. As there, it takes the place of the other built-in choices;
custom policies stay.
"""

from auditor.model.change import Change
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.remedies import portal, user_consent
from auditor.remedies.action import Action, by_requests
from auditor.remedies.context import MINUTES, ROLE_ADMINISTRATOR, Context

_LOW = "microsoft-user-default-low"
_CHOICES = frozenset(
    {
        "microsoft-user-default-recommended",
        "microsoft-user-default-legacy",
        "microsoft-user-default-allow-consent-apps",
        "microsoft-user-allow-default-consent-apps",
    }
)
"""What the other choices of the portal assign; the last two are one policy, spelled two ways."""


def actions(context: Context) -> tuple[Action, ...]:
    """Assign it, where it is not assigned and exists."""
    settings, low = context.facts.authorization_policy(), context.facts.policy(_LOW)
    if not isinstance(settings, Known) or not isinstance(low, Known) or low.value is None:
        return ()
    if _LOW in {one.casefold() for one in settings.value.user_consent}:
        return ()
    old = settings.value.assigned
    new = (user_consent.entry(_LOW, old), *user_consent.without(old, _CHOICES))
    do, undo = user_consent.operations(old, new)
    step = Step(
        id="assign-low-policy",
        title="Allow user consent for apps from verified publishers, for selected permissions",
        why=_why(old, new),
        role=ROLE_ADMINISTRATOR,
        portal_path=user_consent.PORTAL_PATH,
        portal_url=portal.user_consent_settings(context),
        change=Change((user_consent.SCOPE,), do, undo),
        undo="Choose on the same page what was chosen before.",
        wait=MINUTES,
        check=user_consent.CHECK,
    )
    return (by_requests(step),)


def _why(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    gone = [one for one in old if one not in new]
    rule = (
        "It is a rule for the whole tenant: users may then consent to every app of any verified "
        "publisher, and to every app registered here, as far as permissions are classified Low. "
        "In the portal it takes a Global Administrator."
    )
    return f"{rule} It takes the place of {', '.join(gone)}." if gone else rule
