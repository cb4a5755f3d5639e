"""What lets users connect is as it was in an earlier snapshot.

What it asks. Compared with the snapshot of --previous: are the same app consent policies assigned,
with the same condition sets, is the admin consent workflow still on, are the apps asked about still
enabled and open to everybody, and do they keep what was granted for everybody and what was
classified?

Why it matters. A readiness that was checked once ends when somebody changes a setting for another
reason. In a scheduled run this check says which one, also where the verdict is the same.

Met when. Nothing of it changed.

Not met when. Another set of app consent policies is assigned, or one of them has other condition
sets, Microsoft's own included; consent to risky apps was blocked; the workflow was switched off; an
app was disabled or came to require assignment; a tenant-wide grant is gone; or a classification was
removed. What only opens more for an app, such as a new grant, is not counted.

Unknown when. One of these could not be read, or the earlier snapshot was not asked about an app,
and nothing that could be compared has changed. Without --previous the check does not apply.

Reads. Of both snapshots: the user consent settings and the workflow (Policy.Read.All), the assigned
policies (Policy.Read.PermissionGrant), the service principals and classifications
(Application.Read.All) and grants (Directory.Read.All).

Remedy. Entra ID > Monitoring & health > Audit logs says who changed it; ask why.

References. https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from auditor.checks.check import Check, CheckContext, Verdict, earlier, unread
from auditor.consent.condition_sets import plain
from auditor.consent.explain import joined, listed
from auditor.facts import TenantFacts
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import (
    AdminConsentWorkflow,
    AuthorizationPolicy,
    Classification,
    ClientGrants,
    PermissionGrantPolicy,
    ServicePrincipal,
)

T = TypeVar("T")

_Classified = tuple[Classification, ...] | None
_Policy = PermissionGrantPolicy | None
_Found = Iterator[str | Unknown]
"""What changed, and what could not be compared."""


def _judge(context: CheckContext) -> Verdict:
    if context.previous is None:
        text = "There is nothing to compare with: --previous names an earlier snapshot."
        return Verdict(Judgement.NOT_APPLICABLE, text)
    found = list(_compared(context, context.previous, context.facts))
    changes = [one for one in dict.fromkeys(found) if isinstance(one, str)]
    since = f"since {context.previous.collected_at:%Y-%m-%d}"
    if changes:
        evidence = tuple(("changed", one) for one in changes)
        return Verdict(Judgement.NOT_MET, f"Changed {since}: {listed(changes)}.", evidence)
    missing = [one for one in found if isinstance(one, Unknown)]
    if missing:
        return unread(*missing)
    return Verdict(Judgement.MET, f"No setting that was compared changed {since}.")


def _compared(context: CheckContext, was: TenantFacts, now: TenantFacts) -> _Found:
    yield from _both(_policies, was.authorization_policy(), now.authorization_policy())
    for name in sorted(_assigned(was) & _assigned(now)):
        yield from _both(partial(_conditions, name), was.policy(name), now.policy(name))
    yield from _both(_workflow, was.workflow(), now.workflow())
    for request, _ in context.decisions:
        name, app_id = request.name, request.app_id
        if app_id:
            yield from _both(partial(_app, name), was.client(app_id), now.client(app_id))
            yield from _both(partial(_grants, name), was.grants(app_id), now.grants(app_id))
    for one in _resources(context):
        yield from _both(_classified, was.classifications(one), now.classifications(one))


def _resources(context: CheckContext) -> list[str]:
    asked = (one for request, _ in context.decisions for one in request.permissions)
    return sorted({one.requirement.resource_app_id for one in asked})


def _both(changed: Callable[[T, T], Iterator[str]], was: Fact[T], now: Fact[T]) -> _Found:
    """Compare one fact of both snapshots, or say which of them lacks it."""
    if isinstance(was, Unknown):
        yield earlier(was)
    if isinstance(now, Unknown):
        yield now
    if isinstance(was, Known) and isinstance(now, Known):
        yield from changed(was.value, now.value)


def _policies(was: AuthorizationPolicy, now: AuthorizationPolicy) -> Iterator[str]:
    names, new_names = ({one.casefold() for one in each.user_consent} for each in (was, now))
    if names != new_names:
        old, new = (joined(sorted(one)) or "none" for one in (names, new_names))
        yield f"app consent policies for users, from {old} to {new}"
    if was.risky_app_consent and not now.risky_app_consent:
        yield "consent to apps that Entra finds risky was blocked"


def _assigned(facts: TenantFacts) -> set[str]:
    settings = facts.authorization_policy()
    found = settings.value.user_consent if isinstance(settings, Known) else ()
    return {one.casefold() for one in found}


def _conditions(name: str, was: _Policy, now: _Policy) -> Iterator[str]:
    if was and now is None:
        yield f"the app consent policy {name} was deleted"
    elif _covered(was) != _covered(now):
        yield f"what the app consent policy {name} covers"


def _covered(policy: _Policy) -> object:
    """Give what a policy covers, without what makes no difference: ids, order and letter case."""
    if policy is None:
        return None
    includes, excludes = (set(map(plain, each)) for each in (policy.includes, policy.excludes))
    return includes, excludes, policy.unrecognised


def _workflow(was: AdminConsentWorkflow, now: AdminConsentWorkflow) -> Iterator[str]:
    if was.enabled and not now.enabled:
        yield "the admin consent workflow was switched off"


def _app(name: str, was: ServicePrincipal | None, now: ServicePrincipal | None) -> Iterator[str]:
    if was and now is None:
        yield f"{name} is no longer in the tenant"
    elif was and now and was.account_enabled and now.account_enabled is False:
        yield f"{name} was disabled"
    elif was and now and was.assignment_required is False and now.assignment_required:
        yield f"{name} came to require assignment"


def _grants(name: str, was: ClientGrants | None, now: ClientGrants | None) -> Iterator[str]:
    if now is None:  # with the app itself, which is told
        return
    gone = sorted({scope for _, scope in _tenant_wide(was) - _tenant_wide(now)})
    if gone:
        yield f"{name} lost what was granted for everybody: {listed(gone)}"


def _tenant_wide(grants: ClientGrants | None) -> set[tuple[str, str]]:
    found = grants.tenant_wide if grants else ()
    return {(one.resource_id, scope) for one in found for scope in one.scopes}


def _classified(was: _Classified, now: _Classified) -> Iterator[str]:
    still = {(one.permission_id, one.level) for one in now or ()}
    for one in was or ():
        if (one.permission_id, one.level) not in still:
            yield f"{one.permission_name} is no longer classified {one.level}"


CHECK = Check(
    id="consent-settings-are-unchanged",
    title="What lets users connect is as it was in an earlier snapshot",
    severity=Severity.INFO,
    judge=_judge,
)
