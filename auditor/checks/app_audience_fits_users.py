"""Each audited app is open to the accounts of this tenant's users.

What it asks. Do the supported account types of each audited app, as far as the tenant shows them,
take in the people who are to use it, guests and the tenant's cloud included?

Why it matters. Where the account types do not fit, neither users nor an administrator can consent:
every further step here is in vain, and the owner of the app has to act. Owners narrow the account
types later, too; connections of every user then end at once. Therefore the severity is high.

Met when. The app is open to accounts of any organization, or is registered in this tenant, with
the account types that its vendor asks for where the vendor states them.

Not met when. The app is registered in another tenant and open to that tenant alone; it is open to
personal Microsoft accounts alone; or an own registration has other account types than the vendor
asks for.

Unknown when. The app's service principal, its account types or its owner were not read, or the
account types are none that Microsoft documents; the request is that of a guest and rests on what
Microsoft does not document; or, in a national cloud, the tenant does not know the app yet, for the
app ID of the global cloud is of no use there.

Reads. The app's service principal and its registration (Application.Read.All), the tenant
(Organization.Read.All). Left aside are apps whose app ID was not given, and in the global cloud
those that the tenant does not know yet: whether they are open to it cannot be read.

Remedy. Of an own registration: Entra ID > App registrations > the app > Authentication > Supported
account types; the owner can do it, for somebody else's it takes a Cloud Application Administrator.
Of another tenant's app: ask the vendor to open it to accounts in any organizational directory, or
for the app ID of your cloud. Guests: consent by an administrator for everybody covers them too.

References. https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation
"""

from collections.abc import Iterator

from auditor.checks.check import Check, CheckContext, Verdict, joined, unread
from auditor.consent.case import Case, left_out, make_case, owner
from auditor.model.cloud import Cloud
from auditor.model.decision import Answer, Decision, Outcome
from auditor.model.fact import Unknown
from auditor.model.profile import ProfileKind
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import ServicePrincipal

_ANY_ORGANIZATION = frozenset({"azureadmultipleorgs", "azureadandpersonalmicrosoftaccount"})
_FITS = "The audited apps that the tenant knows are open to the accounts of its users."
_JUDGED = {Answer.NO: Judgement.NOT_MET, Answer.UNKNOWN: Judgement.UNKNOWN}


def _judge(context: CheckContext) -> Verdict:
    nothing = "The tenant does not know any of the audited apps yet."
    return joined(_verdicts(context), nothing)


def _verdicts(context: CheckContext) -> Iterator[Verdict]:
    for request, decision in context.decisions:
        if request.app_id:
            case = make_case(context.facts, request)
            yield from _registered(case, decision)
            yield from _open(case)
            yield from _guest(case, decision)


def _registered(case: Case, decision: Decision) -> Iterator[Verdict]:
    """Repeat what the decision found about an own registration's account types."""
    for one in decision.registration:
        if one.name == "audience" and one.answer in _JUDGED:
            yield Verdict(_JUDGED[one.answer], f"{case.app}: {one.text}")


def _open(case: Case) -> Iterator[Verdict]:
    client = case.client
    if isinstance(client, Unknown):
        yield unread(client)
    elif client.value is not None:
        yield _audience(case, client.value)
    elif case.facts.cloud is not Cloud.GLOBAL and case.request.kind is ProfileKind.VENDOR_APP:
        text = (
            "not known to the tenant yet, and apps of other clouds do not exist in "
            f"{case.facts.cloud}. Ask the vendor for the app ID of this cloud."
        )
        yield Verdict(Judgement.UNKNOWN, text, app=case.app)


def _audience(case: Case, client: ServicePrincipal) -> Verdict:
    found = client.audience
    if found is None:
        return unread(left_out(f"The supported account types of {case.app}", "signInAudience"))
    evidence = ((f"{case.app}: signInAudience", found),)
    word = found.casefold()
    if word in _ANY_ORGANIZATION:
        return Verdict(Judgement.MET, _FITS, evidence)
    if word == "azureadmyorg":
        return _single_tenant(case, evidence)
    if word == "personalmicrosoftaccount":
        text = (
            f"{case.app} is open to personal Microsoft accounts alone: its owner has to add work "
            "or school accounts."
        )
        return Verdict(Judgement.NOT_MET, text, evidence)
    text = f"The supported account types of {case.app} are {found}, which is not documented."
    return Verdict(Judgement.UNKNOWN, text, evidence)


def _single_tenant(case: Case, evidence: tuple[tuple[str, str], ...]) -> Verdict:
    home = owner(case)
    if home.own.answer is Answer.YES:
        return Verdict(Judgement.MET, _FITS, evidence)
    if home.own.answer is Answer.UNKNOWN:
        return unread(*home.own.missing)
    text = (
        f"{case.app} is registered in another tenant ({home.tenant_id}) and open to that one "
        "alone, perhaps since a change: its owner has to open it to any organization."
    )
    return Verdict(Judgement.NOT_MET, text, evidence)


def _guest(case: Case, decision: Decision) -> Iterator[Verdict]:
    if decision.outcome is Outcome.UNKNOWN and "guest-rules" in decision.caveats:
        text = (
            "Microsoft does not say what guests may consent to here. Consent by an administrator "
            "for everybody covers them too."
        )
        yield Verdict(Judgement.UNKNOWN, text, app=case.app)


CHECK = Check(
    id="app-audience-fits-users",
    title="Each audited app is open to the accounts of this tenant's users",
    severity=Severity.HIGH,
    judge=_judge,
)
