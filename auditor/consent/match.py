"""Does one permission of one request match one condition set? All its conditions must.

Source: learn.microsoft.com/graph/api/resources/permissiongrantconditionset (v1.0 and beta, read
2026-08). Omitted conditions have their widest value; ids and words are compared without letter
case; ``any`` is the resource's wildcard, ``all`` that of the collections.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import msgspec

from auditor.consent import explain
from auditor.consent.case import Case, Owner, Target, owner, publisher
from auditor.consent.logic import NO, YES, Opinion, all_of, answered, open_question
from auditor.model.decision import Answer, TraceStep
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.tenant import ConditionSet

_LEVELS = frozenset({"low", "medium", "high"})


class Matcher(msgspec.Struct, frozen=True):
    """The request's side of the comparison: the client app, looked up once."""

    app_id: str | None
    owner: Owner
    publisher: Fact[str | None]


def make_matcher(case: Case) -> Matcher:
    """Look up what condition sets ask about the client app."""
    return Matcher(case.request.app_id, owner(case), publisher(case))


class _Condition(msgspec.Struct, frozen=True):
    name: str
    wanted: str
    found: str
    opinion: Opinion


class Compared(msgspec.Struct, frozen=True):
    """A condition set beside a client app: what no permission changes is found out once."""

    found: ConditionSet
    label: str
    """``include 1`` or ``exclude 2``."""
    policy: str
    """The policy's id, for the trace."""
    permissions: frozenset[str]
    listed: str
    """The permissions as a trace shows them."""
    conditions: tuple[_Condition, ...]
    """Those that are not about the permission."""
    joint: Opinion
    """Whether they all hold."""


def compare(found: ConditionSet, label: str, policy: str, client: Matcher) -> Compared:
    """Compare a condition set with a client app, for any number of permissions."""
    wanted = _folded(found.permissions)
    conditions = tuple(ask(found, client) for ask in _OF_CLIENT)
    joint = all_of(_with_null_caveat(found, one) for one in conditions)
    return Compared(found, label, policy, wanted, _listed(wanted), conditions, joint)


def match(compared: Compared, target: Target) -> Opinion:
    """Say whether the set matches a permission."""
    if compared.joint.answer is Answer.NO:  # one condition that fails settles it, unhedged
        return NO
    own = []
    for ask in _OF_PERMISSION:
        opinion = _with_null_caveat(compared.found, ask(compared, target))
        if opinion.answer is Answer.NO:
            return NO
        own.append(opinion)
    return all_of((*own, compared.joint))


def steps(compared: Compared, target: Target, answer: Answer) -> tuple[TraceStep, ...]:
    """Trace the conditions to which it is due that ``match`` gives this answer."""
    own = tuple(ask(compared, target) for ask in _OF_PERMISSION)
    shown = (
        one
        for one in (*own, *compared.conditions)
        if one.wanted and answer in {Answer.YES, one.opinion.answer}
    )
    return tuple(_step(one, compared) for one in shown)


def _with_null_caveat(found: ConditionSet, one: _Condition) -> Opinion:
    """Hedge what rests on a default that stands for an explicit null."""
    if one.name not in found.explicit_nulls or one.opinion.answer is not Answer.YES:
        return one.opinion
    return replace(one.opinion, caveats=one.opinion.caveats | {"explicit-null-condition"})


def _step(one: _Condition, compared: Compared) -> TraceStep:
    answer, label, set_id = one.opinion.answer, compared.label, compared.found.id
    return TraceStep(
        rule="app-consent-policy",
        subject=compared.policy,
        condition_set=f"{label} ({set_id})" if set_id else label,
        condition=one.name,
        wanted=one.wanted,
        found=one.found,
        result=answer,
        text=explain.condition(one.name, one.wanted, one.found, answer),
    )


def _permission_type(compared: Compared, target: Target) -> _Condition:
    found = compared.found
    wanted = (found.permission_type or "").casefold()
    published = target.published
    kind = "delegated"
    opinion = open_question(caveat="undecided-condition")
    if isinstance(published, Unknown) or published.value is None:
        missing = (published,) if isinstance(published, Unknown) else ()
        opinion = NO if wanted == "application" else open_question(*missing)
    elif wanted == "application":
        opinion = NO
    elif wanted in {"delegated", "delegateduserconsentable"}:
        kind = f"delegated, type {published.value.type}"
        opinion = _consentable(published.value.type.casefold(), narrow=wanted != "delegated")
    return _Condition("permissionType", found.permission_type or "left out", kind, opinion)


def _consentable(kind: str, *, narrow: bool) -> Opinion:
    if kind == "user":
        return YES
    if kind != "admin":
        return open_question(caveat="unknown-value")
    return answered(yes=not narrow)


def _resource(compared: Compared, target: Target) -> _Condition:
    found = compared.found
    given = found.resource_application
    wanted = "any" if given is None else given.casefold()
    opinion = answered(yes=wanted in {"any", target.resource_app_id})
    return _Condition("resourceApplication", wanted or "none", target.resource_app_id, opinion)


def _permissions(compared: Compared, target: Target) -> _Condition:
    wanted, listed = compared.permissions, compared.listed
    published = target.published
    if "all" in wanted:
        return _Condition("permissions", "all", target.name, YES)
    if isinstance(published, Unknown):
        return _Condition("permissions", listed, target.name, open_question(published))
    own = published.value.id if published.value else ""
    shown = f"{target.name} ({own})"
    return _Condition("permissions", listed, shown, answered(yes=own in wanted))


def _classification(compared: Compared, target: Target) -> _Condition:
    found = compared.found
    name = "permissionClassification"
    given = found.permission_classification
    wanted = "all" if given is None else given.casefold()
    if wanted == "all":
        return _Condition(name, wanted, "", YES)
    if isinstance(target.level, Unknown):
        return _Condition(name, wanted, "not read", open_question(target.level))
    level = target.level.value
    shown = level or "not classified"
    if wanted not in _LEVELS or (level and level not in _LEVELS):
        return _Condition(name, wanted, shown, open_question(caveat="undecided-condition"))
    return _Condition(name, wanted, shown, answered(yes=level == wanted))


def _client_ids(found: ConditionSet, client: Matcher) -> _Condition:
    wanted = _folded(found.client_application_ids)
    name, shown = "clientApplicationIds", client.app_id or "not given"
    if "all" in wanted:
        return _Condition(name, "all", shown, YES)
    opinion = answered(yes=client.app_id in wanted) if client.app_id else open_question()
    return _Condition(name, _listed(wanted), shown, opinion)


def _client_tenants(found: ConditionSet, client: Matcher) -> _Condition:
    wanted = _folded(found.client_application_tenant_ids)
    name, home = "clientApplicationTenantIds", client.owner.home
    if "all" in wanted:
        return _Condition(name, "all", "", YES)
    if isinstance(home, Known):
        return _Condition(name, _listed(wanted), home.value, answered(yes=home.value in wanted))
    if client.owner.own.answer is Answer.NO and wanted <= {client.owner.here}:
        return _Condition(name, _listed(wanted), "another tenant", NO)
    return _Condition(name, _listed(wanted), "not known", open_question(home))


def _publishers(found: ConditionSet, client: Matcher) -> _Condition:
    wanted = _folded(found.client_application_publisher_ids)
    name, known = "clientApplicationPublisherIds", client.publisher
    if "all" in wanted:
        return _Condition(name, "all", _publisher_words(known), YES)
    opinion = open_question(caveat="undecided-condition")
    if isinstance(known, Unknown):
        opinion = open_question(known)
    elif known.value is None:
        opinion = NO
    elif known.value:
        opinion = answered(yes=known.value.casefold() in wanted)
    return _Condition(name, _listed(wanted), _publisher_words(known), opinion)


def _verified(found: ConditionSet, client: Matcher) -> _Condition:
    name, known = "clientApplicationsFromVerifiedPublisherOnly", client.publisher
    if not found.verified_publisher_only:
        return _Condition(name, "false", _publisher_words(known), YES)
    if isinstance(known, Unknown):
        opinion = open_question(known)
    elif known.value is None:
        opinion = NO
    else:
        opinion = YES
    return _Condition(name, "true", _publisher_words(known), opinion)


def _certified(found: ConditionSet, _: Matcher) -> _Condition:
    name = "certifiedClientApplicationsOnly"
    if not found.certified_only:
        return _Condition(name, "", "", YES)
    return _Condition(name, "true", "not readable", open_question(caveat="undecided-condition"))


def _labels(found: ConditionSet, _: Matcher) -> _Condition:
    name, wanted = "scopeSensitivityLabels", found.sensitivity_labels
    if wanted is None or wanted.casefold() == "all":
        return _Condition(name, "", "", YES)
    return _Condition(name, wanted, "not readable", open_question(caveat="undecided-condition"))


def _unrecognised(found: ConditionSet, _: Matcher) -> _Condition:
    if not found.unrecognised:
        return _Condition("", "", "", YES)
    names = _listed(found.unrecognised)
    opinion = open_question(caveat="undecided-condition")
    return _Condition("undocumented conditions", names, "not readable", opinion)


_OF_PERMISSION: tuple[Callable[[Compared, Target], _Condition], ...] = (
    _permission_type,
    _resource,
    _permissions,
    _classification,
)
_OF_CLIENT: tuple[Callable[[ConditionSet, Matcher], _Condition], ...] = (
    _client_ids,
    _client_tenants,
    _publishers,
    _verified,
    _certified,
    _labels,
    _unrecognised,
)


def _folded(values: tuple[str, ...] | None) -> frozenset[str]:
    return frozenset({"all"} if values is None else (value.casefold() for value in values))


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _publisher_words(known: Fact[str | None]) -> str:
    if isinstance(known, Unknown):
        return "not known"
    if known.value is None:
        return "not verified"
    return f"verified ({known.value})" if known.value else "verified (as stated)"
