"""What the known tools print for their control, right or wrong, read from their public sources.

Each rule looks at what the tool looks at and answers as the tool does, letter case included:
PowerShell compares without it where the operator has no ``c``, Rego and Python with it. Where the
value that a tool reads was not read here, its answer is unknown.

Sources (August 2026): maester365/maester ``powershell/public/cis``, ``powershell/public/cisa`` and
``powershell/internal/eidsca``; cisagov/ScubaGear ``Rego/AADConfig.rego``;
microsoft/zerotrustassessment ``src/powershell/tests``; prowler-cloud/prowler
``providers/{m365,azure}/services/entra``; silverhack/monkey365;
turbot/steampipe-mod-microsoft365-compliance; Galvnyz/M365-Assess.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from auditor.baselines.candidates import resources
from auditor.baselines.rules import MAX_DAYS
from auditor.baselines.settings import Settings, unread
from auditor.consent.case import left_out
from auditor.model.baseline import ControlAnswer, Verdict
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.tenant import AdminConsentWorkflow, AuthorizationPolicy, ConsentSettings

_SELF = "ManagePermissionGrantsForSelf"
_LOW = f"{_SELF}.microsoft-user-default-low"
_LEGACY = f"{_SELF}.microsoft-user-default-legacy"
_RECOMMENDED = f"{_SELF}.microsoft-user-default-recommended"

_Entries = tuple[str, ...]
_Answer = Fact[ControlAnswer]


class Tool(msgspec.Struct, frozen=True):
    """How one tool answers one control."""

    looks: str
    """What it looks at, in one sentence."""
    answer: Callable[[Settings], _Answer]

    def verdict(self, settings: Settings) -> Verdict:
        """Say what the tool prints for a tenant."""
        found = self.answer(settings)
        return unread(found) if isinstance(found, Unknown) else Verdict(found.value, self.looks)


def _passed(*, passes: bool) -> ControlAnswer:
    return ControlAnswer.MET if passes else ControlAnswer.NOT_MET


def _has(entries: _Entries, wanted: str) -> bool:
    """Compare as PowerShell's ``-contains`` does."""
    return wanted.casefold() in {one.casefold() for one in entries}


def _entries(looks: str, judge: Callable[[_Entries], ControlAnswer]) -> Tool:
    """Make a rule that looks at the assigned list alone."""

    def answer(settings: Settings) -> _Answer:
        policy = settings.facts.authorization_policy()
        return policy if isinstance(policy, Unknown) else Known(judge(policy.value.assigned))

    return Tool(looks, answer)


def _policy(looks: str, judge: Callable[[AuthorizationPolicy], _Answer]) -> Tool:
    def answer(settings: Settings) -> _Answer:
        policy = settings.facts.authorization_policy()
        return policy if isinstance(policy, Unknown) else judge(policy.value)

    return Tool(looks, answer)


def _setting(looks: str, judge: Callable[[ConsentSettings], ControlAnswer]) -> Tool:
    """Make a rule that looks at the directory's consent settings."""

    def answer(settings: Settings) -> _Answer:
        found = settings.facts.consent_settings()
        return found if isinstance(found, Unknown) else Known(judge(found.value))

    return Tool(looks, answer)


def _workflow(looks: str, judge: Callable[[AdminConsentWorkflow], _Answer]) -> Tool:
    """Make a rule of Maester's that skips where the workflow is off."""

    def answer(settings: Settings) -> _Answer:
        found = settings.facts.workflow()
        if isinstance(found, Unknown):
            return found
        return judge(found.value) if found.value.enabled else Known(ControlAnswer.SKIPPED)

    return Tool(looks, answer)


def _low_or_legacy(entries: _Entries) -> ControlAnswer:
    return _passed(passes=not (_has(entries, _LOW) or _has(entries, _LEGACY)))


def _no_self_entry(entries: _Entries) -> ControlAnswer:
    prefix = f"{_SELF}.".casefold()
    return _passed(passes=not any(one.casefold().startswith(prefix) for one in entries))


def _no_self_text(entries: _Entries) -> ControlAnswer:
    return _passed(passes=not any(_SELF in one for one in entries))


def _not_legacy(entries: _Entries) -> ControlAnswer:
    return _passed(passes=not any(_LEGACY in one for one in entries))


def _empty(entries: _Entries) -> ControlAnswer:
    return _passed(passes=not entries)


def _ap08(entries: _Entries) -> ControlAnswer:
    """Skip without an entry of Microsoft's; else compare all of the user's entries, joined."""
    built_in = f"{_SELF}.microsoft-".casefold()
    if not any(built_in in one.casefold() for one in entries):
        return ControlAnswer.SKIPPED
    joined = " ".join(one for one in entries if one.startswith(_SELF))
    return _passed(passes=joined.casefold() == _LOW.casefold())


def _none_or_low(entries: _Entries) -> ControlAnswer:
    own = [one for one in entries if one.casefold().startswith(_SELF.casefold())]
    return _passed(passes=not own or _has(entries, _LOW))


def _scubagear(settings: Settings) -> _Answer:
    """Fail on the managed policy, and on the Low policy with a risky permission classified Low."""
    policy = settings.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return policy
    if _RECOMMENDED in policy.value.assigned:
        return Known(ControlAnswer.NOT_MET)
    if _LOW not in policy.value.assigned:
        return Known(ControlAnswer.MET)
    return _risky_classified(settings)


def _risky_classified(settings: Settings) -> _Answer:
    missing: list[Unknown] = []
    for app_id in resources(settings):
        found = settings.facts.classifications(app_id)
        if isinstance(found, Unknown):
            missing.append(found)
            continue
        low = {one.permission_id for one in found.value or () if one.level == "low"}
        if low & settings.risky.names[app_id].keys():
            return Known(ControlAnswer.NOT_MET)
    return missing[0] if missing else Known(ControlAnswer.MET)


def _registration(policy: AuthorizationPolicy) -> _Answer:
    allowed = policy.users_can_register_apps
    if allowed is None:
        return left_out(
            "Who may register applications", "allowedToCreateApps", "authorization-policy"
        )
    return Known(_passed(passes=not allowed))


def _ap09(policy: AuthorizationPolicy) -> _Answer:
    member = "allowUserConsentForRiskyApps"
    if member in policy.missing:
        return left_out("Whether users may consent to risky apps", member, "authorization-policy")
    return Known(_passed(passes=policy.risky_app_consent is False))


def _cp01(found: ConsentSettings) -> ControlAnswer:
    absent = "enablegroupspecificconsent" not in found.unrecognised
    if found.group_specific_consent is None and absent:
        return ControlAnswer.SKIPPED
    return _passed(passes=found.group_specific_consent is False)


def _requests(found: ConsentSettings) -> ControlAnswer:
    return _passed(passes=found.admin_consent_requests is True)


def _switch(settings: Settings) -> _Answer:
    found = settings.facts.workflow()
    return found if isinstance(found, Unknown) else Known(_passed(passes=found.value.enabled))


def _notifies(workflow: AdminConsentWorkflow) -> _Answer:
    return _flag(workflow.notify_reviewers, "notifyReviewers")


def _reminds(workflow: AdminConsentWorkflow) -> _Answer:
    return _flag(workflow.reminders, "remindersEnabled")


def _flag(value: bool | None, member: str) -> _Answer:  # noqa: FBT001
    if value is None:
        return left_out("The admin consent workflow", member, "admin-consent-request-policy")
    return Known(_passed(passes=value))


def _expires(workflow: AdminConsentWorkflow) -> _Answer:
    days = workflow.duration_days
    return _flag(None if days is None else days <= MAX_DAYS, "requestDurationInDays")


TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        "consent-list-empty": _entries(
            "It looks only whether the assigned list is empty, entries for group, team and chat "
            "owners included.",
            _empty,
        ),
        "maester-ap08": _entries(
            "It compares the assigned entries for user consent with the name of the Low policy, "
            "and skips a tenant that has none of Microsoft's.",
            _ap08,
        ),
        "maester-ap09": _policy(
            "It compares allowUserConsentForRiskyApps with false, so a flag that is not set fails.",
            _ap09,
        ),
        "maester-cis-user-consent": _entries(
            "It looks only for the names of the Low and the legacy policy, so the managed policy "
            "and every custom one pass.",
            _low_or_legacy,
        ),
        "maester-cisa-user-consent": _entries(
            "It looks only whether any policy is assigned for user consent.", _no_self_entry
        ),
        "maester-cp01": _setting(
            "It compares the directory setting EnableGroupSpecificConsent with false, and skips a "
            "tenant without it.",
            _cp01,
        ),
        "maester-cp03": _setting(
            "It compares the directory setting BlockUserConsentForRiskyApps with true, so a tenant "
            "without it fails.",
            lambda found: _passed(passes=found.block_risky_apps is True),
        ),
        "maester-cp04": _setting(
            "It compares the directory setting EnableAdminConsentRequests with true, so a tenant "
            "without it fails whatever its workflow says.",
            _requests,
        ),
        "maester-cr02": _workflow(
            "It looks at notifyReviewers, and skips a workflow that is off.", _notifies
        ),
        "maester-cr03": _workflow(
            "It looks at remindersEnabled, and skips a workflow that is off.", _reminds
        ),
        "maester-cr04": _workflow(
            "It compares requestDurationInDays with 30, and skips a workflow that is off.",
            _expires,
        ),
        "prowler-user-consent": _entries(
            "It looks only whether an entry for user consent is in the list.", _no_self_text
        ),
        "prowler-verified-apps": _entries(
            "It looks only for the name of the legacy policy.", _not_legacy
        ),
        "registration-flag": _policy("It looks at allowedToCreateApps.", _registration),
        "scubagear-user-consent": Tool(
            "It looks only for the names of the managed and the Low policy, letter case included, "
            "and with the Low one for risky permissions that are classified Low; every other entry "
            "passes.",
            _scubagear,
        ),
        "scubagear-workflow": _setting(
            "It looks at the directory setting EnableAdminConsentRequests and not at the workflow, "
            "so a tenant without the setting fails.",
            _requests,
        ),
        "workflow-switch": Tool(
            "It looks whether the workflow is on, and not for reviewers.", _switch
        ),
        "zero-trust-user-consent": _entries(
            "It looks only for the name of the Low policy, whatever is classified, or for no "
            "policy at all.",
            _none_or_low,
        ),
    }
)
"""By the name that a control's file gives."""
