"""Users can ask for approval, and somebody gets the request.

What it asks. Is the admin consent workflow on, does it have reviewers, and do the two switches
that speak of it agree?

Why it matters. Without the workflow a user who needs approval meets a dead end and turns to other
ways. With the workflow on and nobody to review, requests expire unseen.

Met when. The workflow is on, at least one reviewer is named, and the directory setting
EnableAdminConsentRequests does not say otherwise.

Not met when. The workflow is off, has no reviewers, or the two switches disagree.

Unknown when. The workflow or, where the workflow itself is in order, the directory's consent
settings were not read, or the setting has a value other than true and false.

Reads. The admin consent workflow (Policy.Read.All) and the directory's consent settings
(GroupSettings.Read.All). Whether the reviewers can decide, admin-consent-reviewers-can-decide asks.

Remedy. Entra ID > Enterprise apps > Consent and permissions > Admin consent settings; this takes a
Global Administrator and up to an hour until it holds. Reviewers need a role that may consent,
Cloud Application Administrator for delegated permissions, for being a reviewer gives none.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-admin-consent-workflow
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread, with_evidence
from auditor.model.fact import Fact, Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import AdminConsentWorkflow, ConsentSettings

_SETTING = "enableadminconsentrequests"


def _judge(context: CheckContext) -> Verdict:
    workflow = context.facts.workflow()
    if isinstance(workflow, Unknown):
        return unread(workflow)
    found = workflow.value
    evidence = (
        ("adminConsentRequestPolicy.isEnabled", str(found.enabled).lower()),
        ("reviewers", str(len(found.reviewers))),
    )
    if not found.enabled:
        text = "The admin consent workflow is off: who needs approval has no way to ask for it."
        return Verdict(Judgement.NOT_MET, text, evidence)
    if not found.reviewers:
        text = "The admin consent workflow is on, but nobody is named to review requests."
        return Verdict(Judgement.NOT_MET, text, evidence)
    return with_evidence(_second(found, context.facts.consent_settings()), *evidence)


def _second(workflow: AdminConsentWorkflow, settings: Fact[ConsentSettings]) -> Verdict:
    """Judge a workflow that is in order by the other switch."""
    if isinstance(settings, Unknown):
        return unread(settings)
    if _SETTING in settings.value.unrecognised:
        text = "The directory setting EnableAdminConsentRequests is neither true nor false."
        return Verdict(Judgement.UNKNOWN, text)
    if settings.value.admin_consent_requests is False:
        text = "The workflow is on, but the directory setting EnableAdminConsentRequests is off."
        return Verdict(Judgement.NOT_MET, text)
    text = (
        f"Requests for approval reach reviewers; entries in their list: {len(workflow.reviewers)}."
    )
    return Verdict(Judgement.MET, text)


CHECK = Check(
    id="admin-consent-workflow-has-reviewers",
    title="Users can ask for approval, and somebody gets the request",
    severity=Severity.MEDIUM,
    judge=_judge,
)
