"""What the texts of controls ask, one function each; a control's file names its rule.

A rule's docstring begins with "Met where" and says how we read the demand; it is shown in
``docs/baselines.md``.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from auditor.baselines.settings import Rule, Settings, met, not_met, unknown, unread
from auditor.baselines.user_consent import (
    managed_or_selected,
    no_risky_user_consent,
    no_user_consent,
    selected_permissions,
)
from auditor.consent.explain import joined
from auditor.model.baseline import ControlAnswer, Verdict
from auditor.model.fact import Known, Unknown
from auditor.model.tenant import AdminConsentWorkflow

_FLAG = "allowUserConsentForRiskyApps"
_BLOCK = "BlockUserConsentForRiskyApps"
_REQUESTS = "EnableAdminConsentRequests"
_OWNERS = "EnableGroupSpecificConsent"
_OWNED_RESOURCE = "managepermissiongrantsforownedresource."
_WORST_FIRST = (ControlAnswer.NOT_MET, ControlAnswer.UNKNOWN, ControlAnswer.MET)

MAX_DAYS = 30
"""That a request for admin consent may wait, by EIDSCA."""


def users_cannot_register_apps(settings: Settings) -> Verdict:
    """Met where allowedToCreateApps is false.

    People with a directory role that may register applications are not looked at.
    """
    policy = settings.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return unread(policy)
    allowed = policy.value.users_can_register_apps
    if allowed is None:
        return unknown("Graph's answer does not say whether users may register applications.")
    if allowed:
        return not_met("Users may register applications.")
    return met("Only administrators may register applications.")


def risky_apps_flag_off(settings: Settings) -> Verdict:
    """Met where allowUserConsentForRiskyApps is not true; null means not set, which is off.

    The directory setting for the same thing is another control's question.
    """
    policy = settings.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return unread(policy)
    if _FLAG in policy.value.missing:
        return unknown(f"Graph's answer does not have {_FLAG}.")
    if policy.value.risky_app_consent:
        return not_met(f"{_FLAG} is true: users may consent to apps that Entra finds risky.")
    return met(f"{_FLAG} is {'not set' if policy.value.risky_app_consent is None else 'false'}.")


def risky_apps_setting_on(settings: Settings) -> Verdict:
    """Met where the directory setting BlockUserConsentForRiskyApps is true, or not set.

    A tenant without the setting has the template's default, which is true.
    """
    found = settings.facts.consent_settings()
    if isinstance(found, Unknown):
        return unread(found)
    if _BLOCK.casefold() in found.value.unrecognised:
        return unknown(f"The directory setting {_BLOCK} is neither true nor false.")
    if found.value.block_risky_apps is False:
        return not_met(f"The directory setting {_BLOCK} is false.")
    return met(f"The directory setting {_BLOCK} is {_said(found.value.block_risky_apps)}.")


def step_up_on(settings: Settings) -> Verdict:
    """Met where neither of the two switches lets users consent to risky apps.

    The switches are allowUserConsentForRiskyApps and the directory setting
    BlockUserConsentForRiskyApps. Where one says on and the other off, the answer is open, for
    which of them wins is not documented.
    """
    flag, setting = risky_apps_flag_off(settings), risky_apps_setting_on(settings)
    for one in (flag, setting):
        if one.answer is ControlAnswer.UNKNOWN:
            return one
    found = settings.facts.consent_settings()
    never_set = isinstance(found, Known) and found.value.block_risky_apps is None
    if never_set or flag.answer is setting.answer:
        return flag
    return unknown(f"{_FLAG} and {_BLOCK} disagree; which of them wins is not documented.")


def owners_cannot_consent(settings: Settings) -> Verdict:
    """Met where group and team owners may not consent to apps for their group's data.

    Two things speak of it: the older directory setting EnableGroupSpecificConsent and the policies
    assigned with ManagePermissionGrantsForOwnedResource. In a tenant without the setting the
    policies decide. Where both speak and disagree, the answer is open.
    """
    policy, found = settings.facts.authorization_policy(), settings.facts.consent_settings()
    if isinstance(policy, Unknown) or isinstance(found, Unknown):
        return unread(*(one for one in (policy, found) if isinstance(one, Unknown)))
    if _OWNERS.casefold() in found.value.unrecognised:
        return unknown(f"The directory setting {_OWNERS} is neither true nor false.")
    entries = [one for one in policy.value.assigned if one.casefold().startswith(_OWNED_RESOURCE)]
    setting, by_policy = found.value.group_specific_consent, bool(entries)
    if setting is not None and setting is not by_policy:
        entry = "is" if entries else "is not"
        return unknown(
            f"{_OWNERS} is {_said(setting)} and a policy {entry} assigned for owned resources; "
            "which of them wins is not documented."
        )
    if by_policy:
        return not_met(f"Owners may consent for their data: {joined(entries)}.")
    return met("Owners may not consent to apps for their group's data.")


def admin_consent_requests_on(settings: Settings) -> Verdict:
    """Met where users can ask for admin consent.

    Two switches speak of it: the directory setting EnableAdminConsentRequests and the workflow's
    own. In a tenant without the setting the workflow decides. Where both speak and disagree, the
    answer is open.
    """
    workflow, found = settings.facts.workflow(), settings.facts.consent_settings()
    if isinstance(workflow, Unknown) or isinstance(found, Unknown):
        return unread(*(one for one in (workflow, found) if isinstance(one, Unknown)))
    if _REQUESTS.casefold() in found.value.unrecognised:
        return unknown(f"The directory setting {_REQUESTS} is neither true nor false.")
    setting, on = found.value.admin_consent_requests, workflow.value.enabled
    if setting is not None and setting is not on:
        return unknown(
            f"The admin consent workflow is {'on' if on else 'off'} and the directory setting "
            f"{_REQUESTS} is {_said(setting)}; which of them wins is not documented."
        )
    if on:
        return met("Users can ask for admin consent.")
    return not_met("The admin consent workflow is off, so users cannot ask for admin consent.")


def workflow_on(settings: Settings) -> Verdict:
    """Met where the admin consent workflow is on; who reviews is not asked."""
    workflow = settings.facts.workflow()
    if isinstance(workflow, Unknown):
        return unread(workflow)
    if workflow.value.enabled:
        return met("The admin consent workflow is on.")
    return not_met("The admin consent workflow is off.")


def workflow_has_reviewers(settings: Settings) -> Verdict:
    """Met where users can ask for admin consent and at least one reviewer is named.

    The directory setting EnableAdminConsentRequests must not say otherwise; where it does, the
    answer is open. Whether the reviewers exist and may consent is not looked at.
    """
    workflow = settings.facts.workflow()
    if isinstance(workflow, Unknown):
        return unread(workflow)
    if not workflow.value.enabled:
        return not_met("The admin consent workflow is off.")
    if not workflow.value.reviewers:
        return not_met("The admin consent workflow is on, but nobody is named to review requests.")
    requests = admin_consent_requests_on(settings)
    if requests.answer is not ControlAnswer.MET:
        return requests
    number = len(workflow.value.reviewers)
    return met(f"The admin consent workflow is on; entries in its list of reviewers: {number}.")


def workflow_notifies(settings: Settings) -> Verdict:
    """Met where the workflow is on and notifies reviewers of each request."""
    return _of_workflow(settings, _notifies)


def workflow_reminds(settings: Settings) -> Verdict:
    """Met where the workflow is on and reminds reviewers before a request expires."""
    return _of_workflow(settings, _reminds)


def workflow_notifies_and_reminds(settings: Settings) -> Verdict:
    """Met where the workflow is on, notifies reviewers of requests and reminds them."""
    verdicts = (workflow_notifies(settings), workflow_reminds(settings))
    return min(verdicts, key=lambda one: _WORST_FIRST.index(one.answer))


def workflow_expires_in_time(settings: Settings) -> Verdict:
    """Met where the workflow is on and requests expire after 30 days at most."""
    return _of_workflow(settings, _expires)


def _of_workflow(settings: Settings, judge: Callable[[AdminConsentWorkflow], Verdict]) -> Verdict:
    """Ask about a detail of a workflow that is on; one that is off does nothing."""
    workflow = settings.facts.workflow()
    if isinstance(workflow, Unknown):
        return unread(workflow)
    if not workflow.value.enabled:
        return not_met("The admin consent workflow is off.")
    return judge(workflow.value)


def _notifies(workflow: AdminConsentWorkflow) -> Verdict:
    if workflow.notify_reviewers is None:
        return unknown("Graph's answer does not say whether reviewers are notified.")
    if workflow.notify_reviewers:
        return met("Reviewers are notified of requests.")
    return not_met("Reviewers are not notified of requests.")


def _reminds(workflow: AdminConsentWorkflow) -> Verdict:
    if workflow.reminders is None:
        return unknown("Graph's answer does not say whether reviewers are reminded.")
    if workflow.reminders:
        return met("Reviewers are reminded before a request expires.")
    return not_met("Reviewers are not reminded before a request expires.")


def _expires(workflow: AdminConsentWorkflow) -> Verdict:
    days = workflow.duration_days
    if days is None:
        return unknown("Graph's answer does not say when requests expire.")
    text = f"Requests for admin consent expire after {days} days."
    return met(text) if days <= MAX_DAYS else not_met(text)


def _said(value: bool | None) -> str:  # noqa: FBT001
    return "not set" if value is None else str(value).lower()


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "admin-consent-requests-on": admin_consent_requests_on,
        "managed-or-selected": managed_or_selected,
        "no-risky-user-consent": no_risky_user_consent,
        "no-user-consent": no_user_consent,
        "owners-cannot-consent": owners_cannot_consent,
        "risky-apps-flag-off": risky_apps_flag_off,
        "risky-apps-setting-on": risky_apps_setting_on,
        "selected-permissions": selected_permissions,
        "step-up-on": step_up_on,
        "users-cannot-register-apps": users_cannot_register_apps,
        "workflow-expires-in-time": workflow_expires_in_time,
        "workflow-has-reviewers": workflow_has_reviewers,
        "workflow-notifies": workflow_notifies,
        "workflow-notifies-and-reminds": workflow_notifies_and_reminds,
        "workflow-on": workflow_on,
        "workflow-reminds": workflow_reminds,
    }
)
"""By the name that a control's file gives."""
