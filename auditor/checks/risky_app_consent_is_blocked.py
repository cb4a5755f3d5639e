"""Users cannot consent to apps that Entra finds risky.

What it asks. Is risk-based step-up consent on? Two switches speak of it:
allowUserConsentForRiskyApps of the authorization policy, and BlockUserConsentForRiskyApps of the
directory setting Consent Policy Settings.

Why it matters. Consent phishing works with apps that look harmless. With step-up consent on, Entra
turns consent to an app that it finds risky into a request to an administrator.

Met when. Neither switch lets users consent to risky apps; a switch that was never set blocks.

Not met when. allowUserConsentForRiskyApps is true and the directory setting does not block.

Unknown when. One of the two was not read or has an unexpected value, or they disagree: which one
wins is not documented.

Reads. The user consent settings (Policy.Read.All) and the directory's consent settings
(GroupSettings.Read.All).

Remedy. Set allowUserConsentForRiskyApps to false with Microsoft Graph, and
BlockUserConsentForRiskyApps to true where the directory has the setting; a Privileged Role
Administrator can do it. The portal has no page for it.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-risk-based-step-up-consent
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread
from auditor.model.fact import Unknown
from auditor.model.report import Judgement, Severity

_FLAG = "allowUserConsentForRiskyApps"
_SETTING = "BlockUserConsentForRiskyApps"


def _judge(context: CheckContext) -> Verdict:
    policy, settings = context.facts.authorization_policy(), context.facts.consent_settings()
    missing = [fact for fact in (policy, settings) if isinstance(fact, Unknown)]
    if isinstance(policy, Unknown) or isinstance(settings, Unknown):
        return unread(*missing)
    if _FLAG in policy.value.missing or _SETTING.casefold() in settings.value.unrecognised:
        text = f"{_FLAG} was left out of Graph's answer, or {_SETTING} is neither true nor false."
        return Verdict(Judgement.UNKNOWN, text)
    allowed, blocked = policy.value.risky_app_consent, settings.value.block_risky_apps
    outcome, text = _compared(allows=allowed is True, blocked=blocked)
    return Verdict(outcome, text, ((_FLAG, _word(allowed)), (_SETTING, _word(blocked))))


def _compared(*, allows: bool, blocked: bool | None) -> tuple[Judgement, str]:
    """Join the two switches; None is a directory setting that was never set."""
    if blocked is not None and allows is blocked:
        text = "The two switches for consent to risky apps disagree; which wins is not documented."
        return Judgement.UNKNOWN, text
    if allows:
        return Judgement.NOT_MET, "Users may consent to apps that Entra finds risky."
    return Judgement.MET, "Consent to an app that Entra finds risky takes an administrator."


def _word(value: bool | None) -> str:  # noqa: FBT001
    return "not set" if value is None else str(value).lower()


CHECK = Check(
    id="risky-app-consent-is-blocked",
    title="Users cannot consent to apps that Entra finds risky",
    severity=Severity.HIGH,
    judge=_judge,
)
