"""No app asks for a reading permission beside the writing one that covers it.

What it asks. Does an audited app ask for a permission such as Mail.Read together with
Mail.ReadWrite on the same resource?

Why it matters. The writing permission covers the reading one, so the shorter list gives the same
access and is easier to review; and where only reading is needed, the writing one can go.

Met when. No app asks for such a pair.

Not met when. An app does.

Unknown when. Never: the check reads what the apps ask for, and no setting of the tenant.

Reads. The requirement profiles, or the scopes given on the command line.

Remedy. Name the features in use, so that the request holds what they need, or ask the vendor which
of the two permissions is needed. Do not consent to both.

References. https://learn.microsoft.com/graph/permissions-overview
"""

from collections.abc import Iterator

from auditor.checks.check import Check, CheckContext, Verdict, joined
from auditor.consent import explain
from auditor.model.profile import ConsentRequest
from auditor.model.report import Judgement, Severity
from auditor.permissions import covered


def _judge(context: CheckContext) -> Verdict:
    return joined(_verdicts(context), "No app was audited.")


def _verdicts(context: CheckContext) -> Iterator[Verdict]:
    for request, _ in context.decisions:
        pairs = _pairs(request)
        if pairs:
            names = explain.listed([narrow for narrow, _ in pairs])
            text = f"{request.name} asks for {names} and for the writing permission over each."
            evidence = tuple((f"{request.name}: {narrow}", wide) for narrow, wide in pairs)
            yield Verdict(Judgement.NOT_MET, text, evidence)
        else:
            yield Verdict(Judgement.MET, f"{request.name} asks for no permission twice over.")


def _pairs(request: ConsentRequest) -> list[tuple[str, str]]:
    """List reading permissions with the writing one that covers them."""
    asked = [one.requirement for one in request.permissions]
    found = covered((one.resource_app_id, one.value) for one in asked)
    return [(narrow, wide) for _, narrow, wide in found]


CHECK = Check(
    id="no-redundant-permissions",
    title="No app asks for a reading permission beside the writing one that covers it",
    severity=Severity.INFO,
    judge=_judge,
)
