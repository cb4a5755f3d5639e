"""The decision table: the rules in their order, each one question about one permission.

The first rule that holds decides. A rule that cannot be answered leaves its outcome possible and
the next one is asked; the outcome is known when all that stay possible agree.

Source: the order follows Microsoft's documents on user and admin consent, app consent policies,
assignment and risk-based step-up consent (learn.microsoft.com/entra/identity/enterprise-apps,
read 2026-08).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from auditor.consent import explain
from auditor.consent.case import Case, Target, is_guest, left_out, owner, publisher
from auditor.consent.logic import NO, YES, Opinion, all_of, answered, any_of, open_question
from auditor.consent.policy import Coverage
from auditor.model.decision import Answer, Outcome, Reason
from auditor.model.fact import Fact, Known, Unknown, Why
from auditor.model.profile import UserKind
from auditor.model.tenant import (
    AuthorizationPolicy,
    ClientGrants,
    ConsentSettings,
    Count,
    DelegatedGrant,
    ServicePrincipal,
)
from auditor.model.well_known import EXCHANGE_ONLINE, MAIL_PROTOCOL_SCOPES, MICROSOFT_GRAPH

UNSUPPORTED_SCOPES = frozenset({"address", "phone"})
SIGN_IN_SCOPES = frozenset({"openid", "profile", "email", "offline_access", "user.read"})
_TWIN = {MICROSOFT_GRAPH: EXCHANGE_ONLINE, EXCHANGE_ONLINE: MICROSOFT_GRAPH}

GLOBAL_ADMINISTRATOR = "Global Administrator"
_APPLICATION_DEVELOPER = "Application Developer"
ROLES = {
    GLOBAL_ADMINISTRATOR: "62e90394-69f5-4237-9190-012177145e10",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    _APPLICATION_DEVELOPER: "cf1c38e5-3621-4004-a7cb-879624dced7c",
}
"""Directory roles that may consent, with their template ids."""

_WORKFORCE = "aad"
_CUSTOMERS = frozenset({"ciam", "aad b2c"})


@dataclass(frozen=True, slots=True)
class Question:
    """What the rules are asked about: one permission of one request."""

    case: Case
    target: Target
    settings: Fact[AuthorizationPolicy]
    coverage: Coverage | None
    """None where the assigned list could not be read."""
    together: Opinion
    """Whether one policy alone covers all permissions that users may consent to at all."""
    automatic: Opinion
    """Whether one policy covers also what Entra adds to a first consent."""
    mail_client: bool
    """One of the mail clients that Microsoft allows under both managed policies."""
    registration: Opinion
    """Whether the own registration is in order; yes where none is needed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the decision table."""

    name: str
    outcome: Outcome
    ask: Callable[[Question], Opinion]


def because(opinion: Opinion, code: str, text: str) -> Opinion:
    """Give an opinion its reason."""
    return replace(opinion, reasons=(Reason(code, text),))


def _tenant_type(question: Question) -> Opinion:
    tenant = question.case.facts.organization()
    if isinstance(tenant, Unknown):
        return open_question(tenant)
    kind = (tenant.value.tenant_type or "").casefold()
    if kind in _CUSTOMERS:
        text = f"The tenant is of the type {tenant.value.tenant_type}; its users cannot consent."
        return because(YES, "tenant-type-cannot-consent", text)
    return NO if kind == _WORKFORCE else open_question(caveat="unknown-value")


def _with_client(
    question: Question, member: str, ask: Callable[[ServicePrincipal], Opinion]
) -> Opinion:
    """Ask about the client's service principal; an absent one answers no."""
    client = question.case.client
    if isinstance(client, Unknown):
        return open_question(client)
    if client.value is None:
        return NO
    if member in client.value.missing:
        return open_question(left_out(f"{member} of {question.case.app}", member))
    return ask(client.value)


def _single_tenant(question: Question) -> Opinion:
    def ask(client: ServicePrincipal) -> Opinion:
        audience = (client.audience or "").casefold()
        if audience == "azureadmyorg":
            home = owner(question.case)
            text = f"{question.case.app} is registered in another tenant as a single-tenant app."
            opinion = Opinion(home.own, missing=home.missing).negate()
            return because(opinion, "single-tenant-app-of-another-tenant", text)
        known = {"", "azureadmultipleorgs", "azureadandpersonalmicrosoftaccount"}
        if audience in known | {"personalmicrosoftaccount"}:
            return NO
        return open_question(caveat="unknown-value")

    return _with_client(question, "signInAudience", ask)


def _personal_only(question: Question) -> Opinion:
    def ask(client: ServicePrincipal) -> Opinion:
        personal = (client.audience or "").casefold() == "personalmicrosoftaccount"
        text = f"{question.case.app} is open to personal Microsoft accounts alone."
        return because(answered(yes=personal), "personal-accounts-only", text)

    return _with_client(question, "signInAudience", ask)


def _registration(question: Question) -> Opinion:
    return question.registration.negate()


def _unsupported(question: Question) -> Opinion:
    name = question.target.name
    unsupported = name.casefold() in UNSUPPORTED_SCOPES
    if not unsupported or question.target.resource_app_id != MICROSOFT_GRAPH:
        return NO
    text = f"Entra does not support the scope {name}: leave it out of the request."
    opinion = replace(YES, caveats=frozenset({"scope-not-supported"}))
    return because(opinion, "scope-not-supported", text)


def _resource_absent(question: Question) -> Opinion:
    resource = question.target.resource
    if isinstance(resource, Unknown):
        return open_question(resource)
    name = question.target.asked.requirement.resource
    text = f"{name} has no service principal in this tenant: it is not licensed or not set up."
    return because(answered(yes=resource.value is None), "resource-not-in-tenant", text)


def _resource_disabled(question: Question) -> Opinion:
    resource = question.target.resource
    if isinstance(resource, Unknown):
        return open_question(resource)
    if resource.value is None:
        return NO
    if resource.value.account_enabled is None:
        return open_question(left_out("Whether the resource is enabled", "accountEnabled"))
    text = f"{question.target.asked.requirement.resource} is disabled in this tenant."
    return because(answered(yes=not resource.value.account_enabled), "resource-disabled", text)


def _not_published(question: Question) -> Opinion:
    published = question.target.published
    if isinstance(published, Unknown):
        return open_question(published)
    if isinstance(question.target.resource, Known) and question.target.resource.value is None:
        return NO
    target = question.target
    text = f"{target.asked.requirement.resource} publishes no permission named {target.name}"
    return because(answered(yes=published.value is None), "permission-not-published", f"{text}.")


def _permission_disabled(question: Question) -> Opinion:
    published = question.target.published
    if isinstance(published, Unknown):
        return open_question(published)
    off = published.value is not None and not published.value.enabled
    text = f"{question.target.name} is switched off on the resource."
    return because(answered(yes=off), "permission-disabled", text)


def _disabled_here(question: Question) -> Opinion:
    def ask(client: ServicePrincipal) -> Opinion:
        if client.account_enabled is None:
            return open_question(left_out("Whether sign-in to the app is on", "accountEnabled"))
        text = f"Sign-in to {question.case.app} is switched off in this tenant."
        return because(answered(yes=not client.account_enabled), "app-disabled-in-tenant", text)

    return _with_client(question, "accountEnabled", ask)


def _deactivated(question: Question) -> Opinion:
    def ask(client: ServicePrincipal) -> Opinion:
        text = f"The tenant that owns {question.case.app} has deactivated it."
        return because(answered(yes=bool(client.is_disabled)), "app-deactivated-by-owner", text)

    return _with_client(question, "isDisabled", ask)


def _disabled_by_microsoft(question: Question) -> Opinion:
    def ask(client: ServicePrincipal) -> Opinion:
        status = (client.disabled_by_microsoft or "").casefold()
        if status in {"", "notdisabled"}:
            return NO
        if not status.startswith("disabled"):
            return open_question(caveat="unknown-value")
        text = f"Microsoft has disabled {question.case.app}: {client.disabled_by_microsoft}."
        return because(YES, "app-disabled-by-microsoft", text)

    return _with_client(question, "disabledByMicrosoftStatus", ask)


def assignment_required(case: Case) -> Opinion:
    """Say whether only assigned users can sign in to the app."""
    client = case.client
    if isinstance(client, Unknown):
        return open_question(client)
    if client.value is None:
        return NO
    if client.value.assignment_required is None:
        member = "appRoleAssignmentRequired"
        return open_question(left_out("Whether the app requires assignment", member))
    return answered(yes=client.value.assignment_required)


def _not_assigned(question: Question) -> Opinion:
    case = question.case
    required = assignment_required(case)
    if required.answer is Answer.NO:
        return NO
    if case.request.asker.user_id:
        return all_of((required, _person_not_assigned(case)))
    return all_of((required, _unnamed_not_assigned(question)))


def _person_not_assigned(case: Case) -> Opinion:
    found, client = case.user_assignments, case.client
    if isinstance(found, Unknown):
        return open_question(found)
    object_id = client.value.id if isinstance(client, Known) and client.value else ""
    text = f"{case.app} requires assignment and this person is not assigned."
    opinion = answered(yes=object_id not in (found.value or frozenset()))
    return because(opinion, "user-not-assigned", text)


def _unnamed_not_assigned(question: Question) -> Opinion:
    """Some are assigned, others are not: it matters only where an assigned person gets in."""
    case, found = question.case, question.case.assignments
    if isinstance(found, Unknown):
        return open_question(found)
    if found.value is None or (found.value.number == 0 and found.value.exact):
        text = f"{case.app} requires assignment and no user or group is assigned."
        return because(YES, "nobody-assigned", text)
    gets_in = any_of((_granted(question), _default_scope(question), _role(question)))
    return all_of((open_question(_person_not_named(case, found.value)), gets_in))


def _person_not_named(case: Case, assigned: Count) -> Unknown:
    number = f"{assigned.number}{'' if assigned.exact else ' or more'}"
    return Unknown(
        fact=f"Whether the person is assigned to {case.app}",
        why=Why.NOT_ASKED,
        source="person",
        request="--user-id OBJECT-ID",
        needs=(),
        detail=f"assigned users and groups: {number}; they connect, anyone else is turned away",
    )


def _own_without_principal(question: Question) -> Opinion:
    case = question.case
    if isinstance(case.client, Unknown):
        return open_question(case.client)
    if case.client.value is not None:
        return NO
    if isinstance(case.application, Unknown):
        return open_question(case.application)
    if case.application.value is None:
        return NO
    text = f"{case.app} is registered here but has no service principal yet: create it first."
    caveat = frozenset({"own-registration-without-service-principal"})
    return because(replace(YES, caveats=caveat), "service-principal-missing", text)


def _granted(question: Question) -> Opinion:
    if question.case.request.prompt_consent:
        return NO
    return _grant_of(question, question.target.resource_app_id, question.target.resource)


def _grant_of(
    question: Question, resource_app_id: str, resource: Fact[ServicePrincipal | None]
) -> Opinion:
    case, name = question.case, question.target.name
    everybody = any_of(
        (
            _tenant_wide(case.grants, resource, name, case.app),
            _by_person(case, resource, name),
        )
    )
    twin = _TWIN.get(resource_app_id)
    if everybody.answer is Answer.YES or name.casefold() not in MAIL_PROTOCOL_SCOPES or not twin:
        return everybody
    other = _tenant_wide(case.grants, case.facts.resource(twin), name, case.app)
    if other.answer is not Answer.YES:
        return everybody
    return any_of((everybody, open_question(caveat="grant-on-twin-permission")))


def _tenant_wide(
    grants: Fact[ClientGrants | None], resource: Fact[ServicePrincipal | None], name: str, app: str
) -> Opinion:
    if isinstance(grants, Unknown):
        return open_question(grants)
    if grants.value is None:
        return NO
    text = f"An administrator has consented to {name} for everybody who uses {app}."
    sure = _covers(grants.value.tenant_wide, resource, name)
    maybe = _covers(grants.value.undecided, resource, name)
    odd = all_of((maybe, open_question(caveat="unknown-value")))
    return because(any_of((sure, odd)), "granted-tenant-wide", text)


def _by_person(case: Case, resource: Fact[ServicePrincipal | None], name: str) -> Opinion:
    if isinstance(case.user_grants, Unknown):
        return open_question(case.user_grants)
    if isinstance(case.client, Unknown):
        return open_question(case.client) if case.request.asker.user_id else NO
    object_id = case.client.value.id if case.client.value else ""
    mine = tuple(grant for grant in case.user_grants.value if grant.client_id == object_id)
    text = f"The person has already consented to {name} for {case.app}."
    return because(_covers(mine, resource, name), "granted-to-user", text)


def _covers(
    grants: tuple[DelegatedGrant, ...], resource: Fact[ServicePrincipal | None], name: str
) -> Opinion:
    wanted = name.casefold()
    homes = {one.resource_id for one in grants if wanted in {x.casefold() for x in one.scopes}}
    if not homes:
        return NO
    if isinstance(resource, Unknown):
        return open_question(resource)
    return answered(yes=resource.value is not None and resource.value.id in homes)


def _default_scope(question: Question) -> Opinion:
    request = question.case.request
    if not request.default_scope or request.prompt_consent:
        return NO
    grants = question.case.grants
    if isinstance(grants, Unknown):
        return open_question(grants)
    text = "The app asks for .default, and something is granted already: nobody is asked again."
    some = bool(grants.value and grants.value.tenant_wide)
    own = question.case.user_grants
    if not some and isinstance(own, Unknown):
        return open_question(own)
    mine = isinstance(own, Known) and any(
        isinstance(question.case.client, Known)
        and question.case.client.value is not None
        and grant.client_id == question.case.client.value.id
        for grant in own.value
    )
    opinion = replace(answered(yes=some or mine), caveats=frozenset({"stale-grant"}))
    return because(opinion, "default-scope-granted", text) if some or mine else NO


def _role(question: Question) -> Opinion:
    case = question.case
    roles = _roles(case)
    held = [name for name, template in ROLES.items() if template in roles]
    strong = [name for name in held if name != _APPLICATION_DEVELOPER]
    text = "{} may consent to delegated permissions, also for the whole organization."
    if strong:
        return because(YES, "role-may-consent", text.format(strong[0]))
    if not held:
        return NO
    home = owner(case)
    text = f"An {_APPLICATION_DEVELOPER} may consent to own registrations for themselves."
    return because(Opinion(home.own, missing=home.missing), "role-may-consent", text)


def _roles(case: Case) -> frozenset[str]:
    """Return role template ids: those that Graph shows, and the one that the request states."""
    asker = case.request.asker
    stated = asker.role or (GLOBAL_ADMINISTRATOR if asker.kind is UserKind.ADMIN else "")
    roles = frozenset({ROLES[stated]} if stated in ROLES else ())
    shown = case.facts.user_roles(asker.user_id) if asker.user_id else None
    if isinstance(shown, Known) and shown.value is not None:
        return roles | shown.value
    return roles


def _assignment(question: Question) -> Opinion:
    app = question.case.app
    text = f"{app} requires assignment, and users cannot consent to such an app themselves."
    return because(assignment_required(question.case), "assignment-required", text)


def _consent_off(question: Question) -> Opinion:
    settings = question.settings
    if isinstance(settings, Unknown):
        return open_question(settings)
    text = "Users may not consent to apps in this tenant."
    caveats = frozenset({"unrecognised-policy-entry"} if settings.value.unrecognised else ())
    opinion = replace(answered(yes=not settings.value.user_consent), caveats=caveats)
    return because(opinion, "user-consent-off", text)


def _not_covered(question: Question) -> Opinion:
    if question.coverage is None:
        return open_question()
    some = question.coverage.some(question.target)
    return replace(some.negate(), reasons=_why_not(question, some))


def _why_not(question: Question, some: Opinion) -> tuple[Reason, ...]:
    """Name what stands in the way, the most telling reason first."""
    target = question.target
    codes = {one.code for one in some.reasons}
    admin_only = (
        isinstance(target.published, Known)
        and target.published.value is not None
        and target.published.value.type.casefold() == "admin"
    )
    sentences = {
        "admin-only-permission": f"{target.name} can be granted by an administrator alone.",
        "excluded-by-policy": (
            f"{target.name} is among the permissions that the policy "
            f"{explain.joined(_excluding(some))} leaves to administrators."
        ),
        "publisher-not-verified": f"The publisher of {question.case.app} is not verified.",
        "not-classified": f"{target.name} is not classified as the policy asks (Low).",
    }
    if admin_only:
        codes = {"admin-only-permission"}
    found = tuple(Reason(code, text) for code, text in sentences.items() if code in codes)
    text = f"No assigned app consent policy covers {target.name} for {question.case.app}."
    return found or (Reason("no-policy-covers", text),)


def _excluding(some: Opinion) -> list[str]:
    return [one.text for one in some.reasons if one.code == "excluded-by-policy"]


def _risky(question: Question) -> Opinion:
    case = question.case
    beyond = any(one.name.casefold() not in SIGN_IN_SCOPES for one in case.targets)
    home, known = owner(case), publisher(case)
    foreign = Opinion(home.own, missing=home.missing).negate()
    unverified = (
        open_question(known) if isinstance(known, Unknown) else answered(yes=known.value is None)
    )
    text = (
        f"{case.app} is an unverified app of another tenant that asks for more than sign-in, "
        "and risk-based step-up consent is on."
    )
    joint = all_of((answered(yes=beyond), foreign, unverified, _step_up(case)))
    if joint.answer is Answer.YES:
        joint = replace(joint, caveats=joint.caveats | {"risk-rule"})
    return because(joint, "risky-app", text)


def _step_up(case: Case) -> Opinion:
    """Say whether risk-based step-up consent is on; two switches speak of it."""
    policy, settings = case.facts.authorization_policy(), case.facts.consent_settings()
    missing = tuple(one for one in (policy, settings) if isinstance(one, Unknown))
    if isinstance(policy, Unknown) or isinstance(settings, Unknown):
        return open_question(*missing)
    if "allowUserConsentForRiskyApps" in policy.value.missing:
        return open_question(left_out("Risk-based step-up consent", "allowUserConsentForRiskyApps"))
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


def _covered_in_parts(question: Question) -> Opinion:
    """Several policies together cover the request, none alone: Microsoft leaves it open."""
    if question.mail_client:
        return NO
    text = "Only several app consent policies together cover everything that the app asks for."
    parts = question.together.negate()
    caveats = parts.caveats | {"policies-cover-in-parts"}
    if parts.answer is Answer.YES:
        parts = replace(parts, caveats=caveats)
    return because(parts, "policies-cover-in-parts", text)


def _guest(question: Question) -> Opinion:
    guest = is_guest(question.case)
    if isinstance(guest, Unknown):
        return open_question(guest)
    text = "Microsoft does not say what a guest may consent to under these policies."
    opinion = replace(answered(yes=guest.value), caveats=frozenset({"guest-rules"}))
    return because(opinion, "guest-rules-open", text) if guest.value else NO


def _covered(question: Question) -> Opinion:
    """Reached when nothing stands in the way: some assigned policy allows it."""
    coverage = question.coverage
    if coverage is None:
        return open_question()
    some = coverage.some(question.target)
    split = question.mail_client and question.together.answer is Answer.NO
    extra = {"mail-client-policies"} if split else set()
    extra |= {"automatic-sign-in-scopes"} if question.automatic.answer is not Answer.YES else set()
    extra |= {"several-resources"} if len(_resources(question.case)) > 1 else set()
    opinion = replace(some, answer=Answer.YES, caveats=some.caveats | extra)
    text = f"An assigned app consent policy lets users consent to {question.target.name}."
    return because(opinion, "allowed-by-policy", text)


def _resources(case: Case) -> frozenset[str]:
    """Name the resources asked for, the sign-in scopes left aside."""
    return frozenset(
        one.resource_app_id for one in case.targets if one.name.casefold() not in SIGN_IN_SCOPES
    )


RULES = (
    Rule("tenant-type", Outcome.BLOCKED, _tenant_type),
    Rule("single-tenant-app", Outcome.BLOCKED, _single_tenant),
    Rule("personal-accounts", Outcome.BLOCKED, _personal_only),
    Rule("app-registration", Outcome.BLOCKED, _registration),
    Rule("unsupported-scope", Outcome.UNKNOWN, _unsupported),
    Rule("resource-in-tenant", Outcome.BLOCKED, _resource_absent),
    Rule("resource-enabled", Outcome.BLOCKED, _resource_disabled),
    Rule("permission-published", Outcome.BLOCKED, _not_published),
    Rule("permission-enabled", Outcome.BLOCKED, _permission_disabled),
    Rule("app-enabled", Outcome.BLOCKED, _disabled_here),
    Rule("app-active", Outcome.BLOCKED, _deactivated),
    Rule("app-allowed-by-microsoft", Outcome.BLOCKED, _disabled_by_microsoft),
    Rule("assignment", Outcome.BLOCKED, _not_assigned),
    Rule("service-principal", Outcome.UNKNOWN, _own_without_principal),
    Rule("existing-grant", Outcome.NO_PROMPT, _granted),
    Rule("default-scope", Outcome.NO_PROMPT, _default_scope),
    Rule("directory-role", Outcome.USER_CAN_CONSENT, _role),
    Rule("assignment-needs-admin", Outcome.ADMIN_APPROVAL_REQUIRED, _assignment),
    Rule("user-consent", Outcome.ADMIN_APPROVAL_REQUIRED, _consent_off),
    Rule("app-consent-policy", Outcome.ADMIN_APPROVAL_REQUIRED, _not_covered),
    Rule("risk", Outcome.ADMIN_APPROVAL_REQUIRED, _risky),
    Rule("one-policy", Outcome.UNKNOWN, _covered_in_parts),
    Rule("guest", Outcome.UNKNOWN, _guest),
    Rule("allowed", Outcome.USER_CAN_CONSENT, _covered),
)
