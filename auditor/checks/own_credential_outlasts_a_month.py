"""Own app registrations have a credential that is valid for more than 30 days.

What it asks. Of each app registration of this tenant that an audited vendor needs with a
credential: is its last certificate or client secret valid for more than 30 days?

Why it matters. When the last credential expires, every connection of every user ends at once, and
the error names neither the registration nor the date.

Met when. A credential ends more than 30 days after the tenant was read.

Not met when. Every credential ends within 30 days or has ended, or there is none.

Unknown when. The registration was not read, Graph left its credentials out, or no credential is
known to last and one states no end.

Reads. The app registration (Application.Read.All): kind, name and end of its credentials. Their
values cannot be read.

Remedy. Entra ID > App registrations > the app > Certificates & secrets: add a new one, give it to
the vendor's settings, then delete the old one. The owner can do it; for a registration of somebody
else it takes a Cloud Application Administrator. Prefer a certificate.

References. https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from auditor.checks.check import Check, CheckContext, Verdict, joined, unread
from auditor.consent.case import left_out
from auditor.model.fact import Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import Application

_NOTICE = timedelta(days=30)


def _judge(context: CheckContext) -> Verdict:
    nothing = "No audited app is an own registration of this tenant that needs a credential."
    return joined(_verdicts(context), nothing)


def _verdicts(context: CheckContext) -> Iterator[Verdict]:
    for request, _ in context.decisions:
        wanted = request.registration
        if wanted is None or not wanted.credential or not request.app_id:
            continue
        found = context.facts.application(request.app_id)
        if isinstance(found, Unknown):
            yield unread(found)
        elif found.value is not None:
            yield _verdict(found.value, context.facts.collected_at)


def _verdict(app: Application, now: datetime) -> Verdict:
    name = app.display_name or app.app_id
    if app.missing & {"passwordCredentials", "keyCredentials"}:
        return unread(left_out(f"The credentials of {name}", "passwordCredentials, keyCredentials"))
    evidence = tuple(
        (f"{name}: {one.kind} {one.name}".strip(), _day(one.ends)) for one in app.credentials
    )
    ends = [one.ends for one in app.credentials if one.ends and one.ends.tzinfo]
    last = max(ends, default=None)
    if last is not None and last - now > _NOTICE:
        text = f"{name} has a credential until {last:%Y-%m-%d}."
        return Verdict(Judgement.MET, text, evidence)
    if len(ends) < len(app.credentials):
        return unread(left_out(f"When the credentials of {name} end", "endDateTime"))
    if last is None:
        return Verdict(Judgement.NOT_MET, f"{name} has no credential.", evidence)
    text = f"{name} has no credential beyond {last:%Y-%m-%d}."
    return Verdict(Judgement.NOT_MET, text, evidence)


def _day(ends: datetime | None) -> str:
    return f"{ends:%Y-%m-%d}" if ends else "no end stated"


CHECK = Check(
    id="own-credential-outlasts-a-month",
    title="Own app registrations have a credential that is valid for more than 30 days",
    severity=Severity.MEDIUM,
    judge=_judge,
)
