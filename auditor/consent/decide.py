"""From facts and a request to a decision."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from auditor.consent import allowed, explain, registration
from auditor.consent.case import Case, Target, make_case, make_targets, with_declared
from auditor.consent.codes import CAVEATS
from auditor.consent.granted import is_granted
from auditor.consent.logic import YES, Opinion, all_of, any_of
from auditor.consent.policy import Coverage, make_coverage
from auditor.consent.question import Question, Rule
from auditor.consent.rules import RULES
from auditor.consent.summary import predicted_error, summed_up
from auditor.facts import TenantFacts
from auditor.managed import ManagedTable
from auditor.model.decision import (
    Answer,
    Certainty,
    Decision,
    Outcome,
    PermissionDecision,
    Reason,
    TraceStep,
)
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.profile import Asked, ConsentRequest, Requirement
from auditor.model.tenant import AuthorizationPolicy
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.permissions import nearest_name
from auditor.sign_in_errors import SignInErrors

_PROMPTED = frozenset({Outcome.USER_CAN_CONSENT, Outcome.ADMIN_APPROVAL_REQUIRED})
_WORST_FIRST = tuple(Outcome)
_NOT_STATED = {
    "profile": "app-id-not-given",
    "publisher": "publisher-not-stated",
    "person": "person-not-named",
}
_UNREAD = "This rests on what could not be read."
_AUTOMATIC = ("User.Read", "offline_access")


class References(msgspec.Struct, frozen=True):
    """The dated tables that a decision quotes and never rests a verdict on."""

    managed: ManagedTable
    errors: SignInErrors


class _Asked(msgspec.Struct, frozen=True):
    """A rule and what it answered."""

    rule: Rule
    opinion: Opinion


def decide(
    facts: TenantFacts, request: ConsentRequest, references: References, *, traced: bool = True
) -> Decision:
    """Decide what the person of a request meets in this tenant, and say why.

    Args:
        facts: One tenant; an unknown fact makes unknown what rests on it, never ready or blocked.
        request: One client app, its permissions and who asks.
        references: Dated tables: error codes, and what Microsoft-managed policies excluded.
        traced: Without it the traces are left empty, for one of many decisions that nobody sees.

    Returns:
        One outcome for each permission, in the request's order, each with reasons and trace; the
        worst is the request's.

    Source:
        learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies (2026-08).
    """
    case = make_case(facts, request)
    demands = registration.demands(case)
    in_order = registration.in_order(demands)
    permissions = _permissions(case, in_order, references, traced=traced)
    prompted = {one.outcome for one in permissions} & _PROMPTED
    if request.default_scope and prompted:
        permissions = _permissions(with_declared(case), in_order, references, traced=traced)
    outcome = min((one.outcome for one in permissions), key=_WORST_FIRST.index)
    deciding = _deciding(outcome, permissions)
    offered, unclear = _workflow(facts)
    dead_end = outcome is Outcome.ADMIN_APPROVAL_REQUIRED
    hedges = {caveat for one in deciding for caveat in one.caveats}
    worst = [one for one in permissions if one.outcome is outcome]
    reasons = summed_up(worst)
    return Decision(
        outcome=outcome,
        certainty=_certainty(outcome, deciding),
        caveats=tuple(sorted(hedges | unclear if dead_end else hedges)),
        reasons=reasons,
        workflow_offered=offered,
        predicted_error=predicted_error(outcome, reasons, references.errors, offered=offered),
        permissions=permissions,
        registration=tuple(demand.check for demand in demands),
    )


def _permissions(
    case: Case, in_order: Opinion, references: References, *, traced: bool
) -> tuple[PermissionDecision, ...]:
    unchecked = registration.hedges(case)
    return tuple(
        _permission(question, references if traced else None, unchecked)
        for question in _questions(case, in_order, references)
    )


def _deciding(
    outcome: Outcome, permissions: tuple[PermissionDecision, ...]
) -> list[PermissionDecision]:
    """Pick what the outcome rests on: every permission if ready, else the surest of the worst."""
    if outcome.ready:
        return list(permissions)
    worst = [one for one in permissions if one.outcome is outcome]
    certain = [one for one in worst if one.certainty is Certainty.CERTAIN]
    return certain or worst


def _workflow(facts: TenantFacts) -> tuple[bool | None, frozenset[str]]:
    """Say whether the dead end offers "Request approval"; None, with a caveat if it is unclear."""
    workflow, settings = facts.workflow(), facts.consent_settings()
    if isinstance(workflow, Unknown) or isinstance(settings, Unknown):
        return None, frozenset()
    enabled, second = workflow.value.enabled, settings.value.admin_consent_requests
    odd = "enableadminconsentrequests" in settings.value.unrecognised
    disagree = odd or (second is not None and second is not enabled)
    if disagree or (enabled and not workflow.value.reviewers):
        return None, frozenset({"workflow-unclear"})
    return enabled, frozenset()


def _questions(case: Case, in_order: Opinion, references: References) -> tuple[Question, ...]:
    settings = case.facts.authorization_policy()
    automatic = _automatic_targets(case)
    mail_client = _is_mail_client(case, settings, references.managed)
    coverage, risk = None, allowed.risk(case)
    if isinstance(settings, Known):
        coverage = make_coverage(case, settings.value.user_consent, (*case.targets, *automatic))
    groups = _groups(case, coverage, automatic)
    return tuple(
        Question(
            case=case,
            target=target,
            settings=settings,
            coverage=coverage,
            together=groups[target.resource_app_id].together,
            automatic=groups[target.resource_app_id].automatic,
            risk=risk,
            mail_client=mail_client,
            registration=in_order,
        )
        for target in case.targets
    )


def _is_mail_client(case: Case, settings: Fact[AuthorizationPolicy], managed: ManagedTable) -> bool:
    """Say whether Microsoft states the outcome for this app under exactly these policies."""
    if isinstance(settings, Unknown) or case.request.app_id not in managed.mail_clients:
        return False
    named = managed.mail_client_policies | {managed.recommended}
    return {one.casefold() for one in settings.value.user_consent} <= named


class _Group(msgspec.Struct, frozen=True):
    """What is asked for together: whether one policy covers all of it, as in ``Question``."""

    together: Opinion
    automatic: Opinion


def _groups(
    case: Case, coverage: Coverage | None, automatic: tuple[Target, ...]
) -> dict[str, _Group]:
    """Group the permissions by what is asked for together with those of each resource."""
    homes = dict.fromkeys(one.resource_app_id for one in case.targets)
    if coverage is None:
        return dict.fromkeys(homes, _Group(YES, YES))
    members = [(one, _member(case, one, coverage)) for one in case.targets]
    return {
        home: _group(
            [
                (one, member)
                for one, member in members
                if case.request.default_scope or one.resource_app_id == home or one.is_sign_in
            ],
            coverage,
            automatic,
        )
        for home in homes
    }


def _member(case: Case, target: Target, coverage: Coverage) -> Opinion:
    """Say whether a permission takes part in the consent: not granted, and some policy allows."""
    return all_of((is_granted(case, target).negate(), coverage.some(target)))


def _group(
    members: list[tuple[Target, Opinion]], coverage: Coverage, automatic: tuple[Target, ...]
) -> _Group:
    """Say whether one policy covers everything that is asked for together."""
    sure = [target for target, member in members if member.answer is Answer.YES]
    likely = [target for target, member in members if member.answer is not Answer.NO]
    widest, narrowest = coverage.together(likely), coverage.together(sure)
    together = widest
    if widest.answer is not Answer.YES and narrowest.answer is not Answer.NO:
        maybe = [member for _, member in members if member.answer is Answer.UNKNOWN]
        together = replace(any_of((widest, *maybe)), answer=Answer.UNKNOWN)
    return _Group(together, coverage.together((*likely, *automatic)) if automatic else YES)


def _automatic_targets(case: Case) -> tuple[Target, ...]:
    """Name what Entra adds to a first consent and the request does not ask for itself.

    Source: learn.microsoft.com/entra/identity-platform/scopes-oidc (read 2026-08).
    """
    grants = case.grants
    asked = {target.name.casefold() for target in case.targets}
    if isinstance(grants, Known) and grants.value is not None and grants.value.tenant_wide:
        return ()
    added = (name for name in _AUTOMATIC if name.casefold() not in asked)
    return make_targets(
        case.facts, (Asked(_on_graph(name), required=False, features=()) for name in added)
    )


def _on_graph(name: str) -> Requirement:
    return Requirement(MICROSOFT_GRAPH, "Microsoft Graph", name)


def _permission(
    question: Question, quoted: References | None, unchecked: frozenset[str]
) -> PermissionDecision:
    """Decide about one permission, with a trace unless there is nothing to quote in it."""
    asked = _ask(question)
    last = asked[-1]
    possible = [one for one in asked if one.opinion.answer is not Answer.NO]
    outcomes = {one.rule.outcome for one in possible}
    settled = last.opinion.answer is Answer.YES and len(outcomes) == 1
    outcome = last.rule.outcome if settled else Outcome.UNKNOWN
    caveats = _caveats(asked if settled else _open(possible))
    caveats |= unchecked if outcome.ready else frozenset()
    missing = tuple(dict.fromkeys(fact for one in possible for fact in one.opinion.missing))
    published = question.target.published
    decision = PermissionDecision(
        asked=question.target.asked,
        id=published.value.id if isinstance(published, Known) and published.value else None,
        outcome=outcome,
        certainty=Certainty.CERTAIN,
        caveats=tuple(sorted(caveats)),
        reasons=_reasons(question, outcome, last, missing, caveats),
        trace=_trace(question, asked, quoted) if quoted else (),
        missing=missing if outcome is Outcome.UNKNOWN else (),
    )
    return replace(decision, certainty=_certainty(outcome, [decision]))


def _open(possible: list[_Asked]) -> list[_Asked]:
    """Pick what keeps an outcome open, and not what would hold if it were settled."""
    return [one for one in possible if _is_open(one) or one.rule.outcome is Outcome.UNKNOWN]


def _is_open(one: _Asked) -> bool:
    return one.opinion.answer is Answer.UNKNOWN


def _caveats(resting: Iterable[_Asked]) -> frozenset[str]:
    return frozenset(caveat for one in resting for caveat in one.opinion.caveats)


def _ask(question: Question) -> list[_Asked]:
    """Ask the rules in order until one holds."""
    asked = []
    for rule in RULES:
        opinion = rule.ask(question)
        asked.append(_Asked(rule, opinion))
        if opinion.answer is Answer.YES:
            break
    return asked


def _certainty(outcome: Outcome, deciding: Iterable[PermissionDecision]) -> Certainty:
    hedged = any(one.caveats for one in deciding)
    if outcome is Outcome.UNKNOWN or not hedged:
        return Certainty.CERTAIN
    return Certainty.PROBABLE


def _reasons(
    question: Question,
    outcome: Outcome,
    last: _Asked,
    missing: tuple[Unknown, ...],
    caveats: frozenset[str],
) -> tuple[Reason, ...]:
    if outcome is not Outcome.UNKNOWN:
        return _hinted(question, last.opinion.reasons)
    if last.rule.outcome is Outcome.UNKNOWN and not missing:
        return last.opinion.reasons
    found = tuple(Reason(_missing_code(fact), explain.missing(fact)) for fact in missing)
    return found or tuple(Reason("rule-open", CAVEATS[code]) for code in sorted(caveats))


def _missing_code(fact: Unknown) -> str:
    return _NOT_STATED.get(fact.source, "fact-not-read")


def _hinted(question: Question, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Name the nearest permission that the resource really publishes."""
    resource = question.target.resource
    if not any(one.code == "permission-not-published" for one in reasons):
        return reasons
    published = resource.value.published if isinstance(resource, Known) and resource.value else ()
    near = nearest_name(question.target.name, [one.value for one in published if one.value])
    hint = f" The nearest that it has is {near}." if near else ""
    return tuple(replace(one, text=one.text + hint) for one in reasons)


def _trace(
    question: Question, asked: list[_Asked], references: References
) -> tuple[TraceStep, ...]:
    """Keep what decided, what stayed open, and how the policies were evaluated."""
    steps: list[TraceStep] = []
    told: set[Unknown] = set()
    for one in asked:
        missing = set(one.opinion.missing)
        repeated = bool(missing) and missing <= told and not one.opinion.caveats
        supposed = one.rule.outcome.ready and any(map(_is_open, asked))
        decides = one.opinion.answer is Answer.YES and not supposed
        if decides or (_is_open(one) and not repeated):
            steps.append(_step(question, one))
        told |= missing
        if one.rule.name == "app-consent-policy":
            steps.extend(question.coverage.trace(question.target) if question.coverage else ())
            steps.extend(_dated(question, references.managed))
    return tuple(steps)


def _step(question: Question, one: _Asked) -> TraceStep:
    opinion = one.opinion
    texts = [reason.text for reason in opinion.reasons if opinion.answer is Answer.YES]
    texts = texts or [explain.missing(fact) for fact in opinion.missing]
    texts = texts or [CAVEATS[code] for code in sorted(opinion.caveats)] or [_UNREAD]
    return TraceStep(
        rule=one.rule.name,
        subject=question.target.name,
        condition_set="",
        condition="",
        wanted="",
        found="",
        result=opinion.answer,
        text=" ".join(texts),
    )


def _dated(question: Question, managed: ManagedTable) -> tuple[TraceStep, ...]:
    """Say what the dated table knew of a managed policy that could not be read."""
    published = question.target.published
    settings = question.settings
    if isinstance(settings, Unknown) or isinstance(published, Unknown) or published.value is None:
        return ()
    unread = [
        policy_id
        for policy_id in settings.value.user_consent
        if policy_id.casefold() == managed.recommended
        and isinstance(question.case.facts.policy(policy_id), Unknown)
    ]
    if not unread:
        return ()
    wanted = (question.target.resource_app_id, published.value.id)
    listed = any((one.resource_app_id, one.permission_id) == wanted for one in managed.exclusions)
    word = "left to administrators" if listed else "not left to administrators"
    text = f"On {managed.as_of:%Y-%m-%d} Microsoft's documents had {question.target.name} {word}."
    return (
        TraceStep(
            rule="dated-table",
            subject=unread[0],
            condition_set="",
            condition="",
            wanted="",
            found="",
            result=Answer.UNKNOWN,
            text=f"{text} This tenant's own policy could not be read, so nothing rests on it.",
        ),
    )
