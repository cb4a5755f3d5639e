"""The app asks for something that no tenant can give: the request itself has to change."""

from auditor.consent.explain import joined
from auditor.model.report import Step
from auditor.remedies import admin_consent
from auditor.remedies.context import Context


def steps(context: Context) -> tuple[Step, ...]:
    """Correct scopes that do not exist, and a prompt that is forced although consent exists."""
    return (
        *_scopes(context, "permission-not-published", "Correct the name of {}"),
        *_scopes(context, "permission-disabled", "Ask the API's publisher about {}"),
        *_scopes(context, "scope-not-supported", "Leave {} out of the request"),
        *_prompt(context),
    )


def _scopes(context: Context, code: str, title: str) -> tuple[Step, ...]:
    found = context.because(code)
    if not found:
        return ()
    texts = dict.fromkeys(one.text for each in found for one in each.reasons if one.code == code)
    names = joined([one.asked.requirement.value for one in found])
    return (_by_vendor(title.format(names), " ".join(texts)),)


def _prompt(context: Context) -> tuple[Step, ...]:
    if not admin_consent.stopped_by_prompt(context):
        return ()
    why = (
        "With prompt=consent the prompt comes even where an administrator has consented, and "
        "users who may not consent are stuck. The app can send such a request to administrators "
        "alone. Once it is changed, audit again without --prompt-consent."
    )
    return (_by_vendor("Ask the vendor to sign users in without prompt=consent", why),)


def _by_vendor(title: str, why: str) -> Step:
    return Step(
        title=title,
        why=why,
        wait="When the app or its profile has been corrected.",
    )
