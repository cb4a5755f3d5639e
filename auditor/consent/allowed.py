"""What the assigned app consent policies and the rule for risky apps say."""

from dataclasses import replace

from auditor.consent import explain
from auditor.consent.case import Case, Target, is_type_known, left_out, owner, publisher
from auditor.consent.granted import is_granted
from auditor.consent.logic import NO, Opinion, all_of, answered, any_of, open_question
from auditor.consent.policy import excluding, lacking
from auditor.consent.question import Question, because
from auditor.model.cloud import ENDPOINTS
from auditor.model.decision import Answer, Reason, TraceStep
from auditor.model.fact import Unknown
from auditor.model.tenant import ConsentSettings

_VERIFIED = "clientApplicationsFromVerifiedPublisherOnly"
_CLASSIFIED = "permissionClassification"


def consent_off(question: Question) -> Opinion:
    """Is no app consent policy assigned to users?"""
    settings = question.settings
    if isinstance(settings, Unknown):
        return open_question(settings)
    text = "Users may not consent to apps in this tenant."
    caveats = frozenset({"unrecognised-policy-entry"} if settings.value.unrecognised else ())
    opinion = replace(answered(yes=not settings.value.user_consent), caveats=caveats)
    return because(opinion, "user-consent-off", text)


def not_covered(question: Question) -> Opinion:
    """Does no assigned policy cover the permission?"""
    if question.coverage is None:
        return open_question()
    uncovered = question.coverage.some(question.target).negate()
    if uncovered.answer is not Answer.YES:
        return uncovered
    return replace(uncovered, reasons=_why_not(question, question.coverage.trace(question.target)))


def _why_not(question: Question, trace: tuple[TraceStep, ...]) -> tuple[Reason, ...]:
    """Name what stands in the way: of several includes, what the nearest one lacks."""
    target, app = question.target, question.case.app
    if _is_admin(target):
        text = f"{target.name} can be granted by an administrator alone."
        return (Reason("admin-only-permission", text),)
    excluded = list(excluding(trace))
    if excluded:
        one = len(excluded) == 1
        policies = f"app consent {'policy' if one else 'policies'} {explain.joined(excluded)}"
        text = f"The {policies} leave{'s' if one else ''} {target.name} to administrators."
        return (Reason("excluded-by-policy", text),)
    lacks = lacking(trace)
    reasons = (
        _unverified(question) if _VERIFIED in lacks else None,
        _unclassified(target, trace) if _CLASSIFIED in lacks else None,
    )
    text = f"No assigned app consent policy covers {target.name} for {app}."
    found = tuple(one for one in reasons if one is not None)
    return found or (Reason("no-policy-covers", text),)


def _unclassified(target: Target, trace: tuple[TraceStep, ...]) -> Reason:
    steps = (one for one in trace if one.condition == _CLASSIFIED)
    levels = sorted({one.wanted.capitalize() for one in steps if one.result is Answer.NO})
    wanted = " or ".join(levels)
    text = f"The policy asks for the classification {wanted}; nobody has given it to {target.name}."
    return Reason("not-classified", text)


def _is_admin(target: Target) -> bool:
    known = target.permission
    return known is not None and known.type.casefold() == "admin"


def _unverified(question: Question) -> Reason:
    text = f"The publisher of {question.case.app} is not verified."
    if not ENDPOINTS[question.case.facts.cloud].verifies_publishers:
        text = "This cloud has no publisher verification, which the policy asks for."
    return Reason("publisher-not-verified", text)


def risky(question: Question) -> Opinion:
    """Does Entra treat consent to this app as risky?"""
    return question.risk


def risk(case: Case) -> Opinion:
    """Say whether Entra treats consent to the app of a case as risky."""
    beyond = any_of(
        all_of((answered(yes=not one.is_sign_in), is_granted(case, one).negate()))
        for one in case.targets
    )
    foreign, known = owner(case).own.negate(), publisher(case)
    unverified = (
        open_question(known) if isinstance(known, Unknown) else answered(yes=known.value is None)
    )
    text = (
        f"{case.app} is an unverified app of another tenant that asks for more than sign-in, "
        "and risk-based step-up consent is on."
    )
    joint = all_of((beyond, foreign, unverified, step_up(case)))
    if joint.answer is Answer.YES:
        joint = replace(joint, caveats=joint.caveats | {"risk-rule"})
    return because(joint, "risky-app", text)


def step_up(case: Case) -> Opinion:
    """Say whether risk-based step-up consent is on; two switches speak of it."""
    policy, settings = case.facts.authorization_policy(), case.facts.consent_settings()
    missing = tuple(one for one in (policy, settings) if isinstance(one, Unknown))
    if isinstance(policy, Unknown) or isinstance(settings, Unknown):
        return open_question(*missing)
    if "allowUserConsentForRiskyApps" in policy.value.missing:
        member = "allowUserConsentForRiskyApps"
        source = "authorization-policy"
        return open_question(left_out("Risk-based step-up consent", member, source))
    return _agreed(policy.value.risky_app_consent, settings.value)


def _agreed(allowed: bool | None, settings: ConsentSettings) -> Opinion:  # noqa: FBT001
    if "blockuserconsentforriskyapps" in settings.unrecognised:
        return open_question(caveat="unknown-value")
    blocked = settings.block_risky_apps
    if allowed and blocked:
        return open_question(caveat="risk-switches-disagree")
    if not allowed and blocked is False:
        return open_question(caveat="risk-switches-disagree")
    return answered(yes=not allowed)


def covered_in_parts(question: Question) -> Opinion:
    """Several policies together cover the request, none alone: Microsoft leaves it open."""
    if question.mail_client:
        return NO
    text = "Only several app consent policies together cover everything that the app asks for."
    parts = question.together.negate()
    if parts.answer is Answer.YES:
        parts = replace(parts, caveats=parts.caveats | {"policies-cover-in-parts"})
    return because(parts, "policies-cover-in-parts", text)


def covered(question: Question) -> Opinion:
    """Reached when nothing stands in the way: some assigned policy allows it."""
    coverage = question.coverage
    if coverage is None:
        return open_question()
    some = coverage.some(question.target)
    split = question.mail_client and question.together.answer is Answer.NO
    extra = {"mail-client-policies"} if split else set()
    extra |= {"automatic-sign-in-scopes"} if question.automatic.answer is not Answer.YES else set()
    extra |= set() if is_type_known(question.case) else {"person-as-stated"}
    several = len(_resources(question.case)) > 1 and not question.case.request.default_scope
    extra |= {"several-resources"} if several else set()
    extra |= {"admin-type-in-policy"} if _is_admin(question.target) else set()
    opinion = replace(some, answer=Answer.YES, caveats=some.caveats | extra)
    text = f"An assigned app consent policy lets users consent to {question.target.name}."
    return because(opinion, "allowed-by-policy", text)


def _resources(case: Case) -> frozenset[str]:
    """Name the resources asked for, the sign-in scopes left aside."""
    return frozenset(one.resource_app_id for one in case.targets if not one.is_sign_in)
