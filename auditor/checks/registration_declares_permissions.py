"""Own app registrations list the permissions that the app asks for.

What it asks. Of each app registration of this tenant that an audited vendor needs: is every
permission that the app asks for on its list of API permissions?

Why it matters. The portal's button "Grant admin consent" consents to that list and to nothing
else. What the app asks for beyond it stays without consent, though the page looks complete.

Met when. Every permission asked for is listed as a delegated permission.

Not met when. One is not listed. Users can connect all the same where each of them may consent.

Unknown when. The registration, its list or a resource's permissions were not read.

Reads. The app registration and the permissions that resources publish (Application.Read.All).
Permissions that a resource does not publish cannot be listed and are left aside.

Remedy. Entra ID > App registrations > the app > API permissions > Add a permission > Delegated
permissions. The owner can do it; for a registration of somebody else it takes a Cloud Application
Administrator.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
"""

from collections.abc import Iterator

from auditor.checks.check import Check, CheckContext, Verdict, joined, unread
from auditor.consent import explain
from auditor.consent.case import Target, left_out, make_targets, undeclared
from auditor.model.fact import Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import Application


def _judge(context: CheckContext) -> Verdict:
    return joined(_verdicts(context), "No audited app is an own registration of this tenant.")


def _verdicts(context: CheckContext) -> Iterator[Verdict]:
    for request, _ in context.decisions:
        if request.registration is None or not request.app_id:
            continue
        found = context.facts.application(request.app_id)
        if isinstance(found, Unknown):
            yield unread(found)
        elif found.value is not None:
            targets = make_targets(context.facts, request.permissions)
            yield _verdict(found.value, targets)


def _verdict(app: Application, targets: tuple[Target, ...]) -> Verdict:
    name = app.display_name or app.app_id
    if "requiredResourceAccess" in app.missing:
        return unread(left_out(f"The listed permissions of {name}", "requiredResourceAccess"))
    absent = undeclared(app, targets)
    missing = [one.published for one in targets if isinstance(one.published, Unknown)]
    if absent:
        text = f"{name} does not list {explain.joined(absent)}."
        return Verdict(Judgement.NOT_MET, text, ((name, ", ".join(absent)),))
    if missing:
        return unread(*missing)
    return Verdict(Judgement.MET, f"{name} lists every permission that the app asks for.")


CHECK = Check(
    id="registration-declares-permissions",
    title="Own app registrations list the permissions that the app asks for",
    severity=Severity.LOW,
    judge=_judge,
)
