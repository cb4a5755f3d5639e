"""No app lost its verified publisher or changed hands since an earlier snapshot.

What it asks. Compared with the snapshot of --previous: has each enterprise app that both know the
same verified publisher, and was it registered in the same organization?

Why it matters. Consent stays when an app changes hands: the new owner gets the access that users
gave to the old one. And where consent depends on a verified publisher, users who have not consented
yet need an administrator from the day on which the verification ends.

Met when. Every app that both snapshots know has the publisher and the owner that it had.

Not met when. An app was verified and no longer is (medium), or is verified as somebody else or was
registered in another organization (high).

Unknown when. The apps of one of the snapshots could not be read, or Graph left owner or publisher
out, or a tenant has more apps than are read, and no app that could be compared has changed. In a
cloud without publisher verification the owner alone counts. Without --previous the check does not
apply.

Reads. Of both snapshots the first 999 service principals and those of the apps asked about, each
with owner and verified publisher (Application.Read.All).

Remedy. Ask the vendor what happened. Until the answer is there: Entra ID > Enterprise apps > the
app > Properties, "Enabled for users to sign-in?" to No where the owner changed; a Cloud Application
Administrator can do it. Consent for users who stop at the missing verification can be given on the
app's page Permissions.

References. https://learn.microsoft.com/entra/identity-platform/publisher-verification-overview
"""

from collections.abc import Iterator

import msgspec

from auditor.checks.check import Check, CheckContext, Verdict, earlier, unread
from auditor.consent.case import left_out
from auditor.consent.explain import listed
from auditor.facts import TenantFacts
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.model.fact import Known, Unknown, Why
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import ServicePrincipal

_Apps = dict[str, ServicePrincipal]


class _Change(msgspec.Struct, frozen=True):
    """What became of one app."""

    app: str
    what: str
    was: str
    now: str
    severity: Severity


def _judge(context: CheckContext) -> Verdict:
    if context.previous is None:
        text = "There is nothing to compare with: --previous names an earlier snapshot."
        return Verdict(Judgement.NOT_APPLICABLE, text)
    before, now = _apps(context, context.previous), _apps(context, context.facts)
    both = sorted(before.keys() & now.keys())
    changes = [one for app_id in both for one in _changes(before[app_id], now[app_id])]
    if changes:
        return _changed(changes)
    missing = [*map(earlier, _unread(context, context.previous)), *_unread(context, context.facts)]
    missing += _left_out(context.facts.cloud, [(before[one], now[one]) for one in both])
    if missing:
        return unread(*missing)
    since = f"since {context.previous.collected_at:%Y-%m-%d}"
    if not (_is_complete(context.previous) and _is_complete(context.facts)):
        text = (
            f"None of the {len(both)} apps that were compared changed {since}; the tenant has "
            "more, which were not."
        )
        return Verdict(Judgement.UNKNOWN, text)
    text = f"None of the {len(both)} apps changed its owner or lost its publisher {since}."
    return Verdict(Judgement.MET, text)


def _apps(context: CheckContext, facts: TenantFacts) -> _Apps:
    """Collect the apps of one snapshot by app id: those listed, and those read for themselves."""
    page = facts.service_principals()
    principals = page.value.principals if isinstance(page, Known) else ()
    read = (facts.client(app_id) for app_id in _asked(context))
    own = [one.value for one in read if isinstance(one, Known) and one.value is not None]
    return {one.app_id: one for one in (*principals, *own)}


def _asked(context: CheckContext) -> list[str]:
    return sorted({request.app_id for request, _ in context.decisions if request.app_id})


def _changes(was: ServicePrincipal, now: ServicePrincipal) -> Iterator[_Change]:
    """Compare what both answers state."""
    name = f"{now.display_name} ({now.app_id})"
    if was.owner_tenant and now.owner_tenant and was.owner_tenant != now.owner_tenant:
        yield _Change(name, "owner", was.owner_tenant, now.owner_tenant, Severity.HIGH)
    if was.publisher_id and "verifiedPublisher" not in now.missing:
        lost = now.publisher_id is None
        if lost or now.publisher_id != was.publisher_id:
            severity = Severity.MEDIUM if lost else Severity.HIGH
            yield _Change(name, "verified publisher", _publisher(was), _publisher(now), severity)


def _publisher(app: ServicePrincipal) -> str:
    if app.publisher_id is None:
        return "none"
    return f"{app.publisher_name} ({app.publisher_id})" if app.publisher_name else app.publisher_id


def _changed(changes: list[_Change]) -> Verdict:
    said = [f"{one.app}: {one.what} was {one.was}, is {one.now}" for one in changes]
    evidence = tuple((f"{one.app}: {one.what}", f"{one.was}; now {one.now}") for one in changes)
    severe = any(one.severity is Severity.HIGH for one in changes)
    severity = Severity.HIGH if severe else Severity.MEDIUM
    return Verdict(Judgement.NOT_MET, f"Changed: {listed(said)}.", evidence, severity)


def _unread(context: CheckContext, facts: TenantFacts) -> Iterator[Unknown]:
    """Name what one snapshot lacks; an app that it was not asked about may stand in its listing."""
    page = facts.service_principals()
    if isinstance(page, Unknown):
        yield page
    for app_id in _asked(context):
        found = facts.client(app_id)
        if isinstance(found, Unknown) and found.why is not Why.NOT_ASKED:
            yield found


def _left_out(
    cloud: Cloud, both: list[tuple[ServicePrincipal, ServicePrincipal]]
) -> Iterator[Unknown]:
    """Name the apps of which Graph did not show what is compared."""
    members = {"appOwnerOrganizationId": "owner"}
    if ENDPOINTS[cloud].verifies_publishers:
        members["verifiedPublisher"] = "publisher"
    for member, word in members.items():
        found = [now for was, now in both if member in was.missing | now.missing]
        if found:
            names = listed([one.display_name or one.app_id for one in found])
            yield left_out(f"The {word} of {names}", member)


def _is_complete(facts: TenantFacts) -> bool:
    page = facts.service_principals()
    return isinstance(page, Known) and page.value.complete


CHECK = Check(
    id="app-publishers-are-unchanged",
    title="No app lost its verified publisher or changed hands since an earlier snapshot",
    severity=Severity.HIGH,
    judge=_judge,
)
