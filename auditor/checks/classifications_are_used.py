"""A classification that permissions carry is one that an assigned policy asks for.

What it asks. Of each permission that somebody has classified, such as Low: does a condition set of
an app consent policy that is assigned to users ask for this classification of it?

Why it matters. A classification alone changes nothing. Vendors' documents often ask for one as the
only step, and users still need an administrator. Besides, what is classified opens to users on the
day on which somebody assigns a policy that asks for it. As nothing is open today, severity is low.

Met when. For each classified permission, a condition set of an assigned policy asks for its
classification, be it an include or an exclude, for its resource or for any.

Not met when. For one of them, none does.

Unknown when. The user consent settings, a resource's classifications or an assigned policy were
not read and the others do not settle it, or a classification is none that Microsoft documents.

Reads. The user consent settings (Policy.Read.All), the assigned app consent policies
(Policy.Read.PermissionGrant), and the classifications of the resources that were read
(Application.Read.All). Policies that a directory role refers to, and not the users' settings, are
not read: they may ask for a classification all the same.

Remedy. Where users were meant to consent: assign microsoft-user-default-low, or a custom policy
that asks for the classification; it takes a Privileged Role Administrator and opens what is
classified for every app that the policy covers. Otherwise delete the classification: Entra ID >
Enterprise apps > Consent and permissions > Permission classifications, as a Cloud Application
Administrator.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-permission-classifications
"""

from collections.abc import Iterable, Iterator

import msgspec

from auditor.checks.check import Check, CheckContext, Verdict, unread, with_evidence
from auditor.consent import explain
from auditor.consent.condition_sets import LEVELS, folded, home, is_void, level
from auditor.facts import TenantFacts
from auditor.model.fact import Known, Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import Classification, ConditionSet
from auditor.sources import permission_classifications


class _Carrier(msgspec.Struct, frozen=True):
    """A permission that is classified."""

    resource: str
    """App ID, lower case."""
    given: Classification

    @property
    def level(self) -> str:
        return self.given.level

    def is_asked_by(self, one: ConditionSet) -> bool:
        """Say whether a condition set asks for this classification of this permission."""
        named = folded(one.permissions)
        return (
            level(one) == self.level
            and home(one) in {"any", self.resource}
            and (named is None or self.given.permission_id in named)
            and not is_void(one)
        )


_Carriers = tuple[_Carrier, ...]


def _judge(context: CheckContext) -> Verdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    subjects = context.facts.subjects(permission_classifications.SOURCE)
    facts = [context.facts.classifications(app_id) for app_id in subjects]
    missing = [one for one in facts if isinstance(one, Unknown)]
    carriers = tuple(_carriers(context.facts, subjects))
    found = _used(context, settings.value.user_consent, carriers)
    if missing and found.outcome in {Judgement.MET, Judgement.NOT_APPLICABLE}:
        return unread(*missing)
    return found


def _carriers(facts: TenantFacts, subjects: Iterable[str]) -> Iterator[_Carrier]:
    for app_id in subjects:
        fact = facts.classifications(app_id)
        for one in (fact.value or ()) if isinstance(fact, Known) else ():
            yield _Carrier(app_id, one)


def _used(context: CheckContext, assigned: tuple[str, ...], carriers: _Carriers) -> Verdict:
    if not carriers:
        text = "No permission of the resources that were read is classified."
        return Verdict(Judgement.NOT_APPLICABLE, text)
    policies = [context.facts.policy(name) for name in assigned]
    read = [one.value for one in policies if isinstance(one, Known) and one.value is not None]
    sets = [one for policy in read for one in (*policy.includes, *policy.excludes)]
    idle = tuple(one for one in carriers if not any(map(one.is_asked_by, sets)))
    evidence = tuple((name, _names(carriers, name)) for name in _levels(carriers))
    if not idle:
        text = f"Assigned policies ask for {explain.joined(_levels(carriers))}."
        return Verdict(Judgement.MET, text, evidence)
    if unreadable := [one for one in policies if isinstance(one, Unknown)]:
        return with_evidence(unread(*unreadable), *evidence)
    return with_evidence(_idle(idle, carriers), *evidence)


def _levels(carriers: _Carriers) -> list[str]:
    return sorted({one.level for one in carriers})


def _names(carriers: _Carriers, wanted: str) -> str:
    return ", ".join(one.given.permission_name for one in carriers if one.level == wanted)


def _idle(idle: _Carriers, carriers: _Carriers) -> Verdict:
    known = [name for name in _levels(idle) if name in LEVELS]
    if not known:
        text = (
            f"Permissions are classified {explain.listed(_levels(idle))}, which is not documented."
        )
        return Verdict(Judgement.UNKNOWN, text)
    counts = [f"{name.capitalize()} ({_count(idle, carriers, name)})" for name in known]
    text = (
        f"Permissions are classified {explain.joined(counts)}, but no policy that is assigned to "
        "users asks for that: the classification has no effect."
    )
    return Verdict(Judgement.NOT_MET, text)


def _count(idle: _Carriers, carriers: _Carriers, wanted: str) -> str:
    """Count the permissions; where others of the level are asked for, name those that are not."""
    found, every = (tuple(one for one in each if one.level == wanted) for each in (idle, carriers))
    if len(found) == len(every):
        return str(len(found))
    names = explain.listed([one.given.permission_name for one in found])
    return f"{len(found)} of {len(every)}: {names}"


CHECK = Check(
    id="classifications-are-used",
    title="A classification that permissions carry is one that an assigned policy asks for",
    severity=Severity.LOW,
    judge=_judge,
)
