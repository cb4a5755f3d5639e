"""Every assigned entry is of a form that Microsoft documents.

What it asks. Does each entry of permissionGrantPoliciesAssigned consist of a known prefix and a
policy id?

Why it matters. What an entry of another form does is not documented. It may be a slip of a script
that leaves users without the consent that somebody meant to give, or a form that is newer than
this program; every outcome in this tenant is then probable at most.

Met when. Every entry begins with ManagePermissionGrantsForSelf or
ManagePermissionGrantsForOwnedResource, a dot, and an id of letters, digits, hyphens and
underscores. Letter case does not matter. An empty list is met.

Not met when. There is another entry.

Unknown when. The user consent settings were not read.

Reads. The user consent settings (Policy.Read.All).

Remedy. Compare the entry with the documentation and correct it with Microsoft Graph; this takes a
Privileged Role Administrator. The list is written as a whole, so keep its other entries.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread
from auditor.consent.explain import joined
from auditor.model.fact import Unknown
from auditor.model.report import Judgement, Severity


def _judge(context: CheckContext) -> Verdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    odd = list(settings.value.unrecognised)
    evidence = (("permissionGrantPoliciesAssigned", ", ".join(settings.value.assigned) or "empty"),)
    if odd:
        text = f"Of a form that is not documented: {joined(odd)}."
        return Verdict(Judgement.NOT_MET, text, evidence)
    return Verdict(Judgement.MET, "Every assigned entry is of a documented form.", evidence)


CHECK = Check(
    id="assigned-entries-recognised",
    title="Every assigned entry is of a form that Microsoft documents",
    severity=Severity.LOW,
    judge=_judge,
)
