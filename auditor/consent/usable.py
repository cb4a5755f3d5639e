"""Can the app be used in this tenant at all? What neither users nor consent can change."""

from collections.abc import Callable
from dataclasses import replace

from auditor.consent.case import left_out, owner
from auditor.consent.logic import NO, YES, Opinion, answered, open_question
from auditor.consent.question import Question, because
from auditor.model.fact import Known, Unknown
from auditor.model.tenant import ServicePrincipal
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.permissions import UNSUPPORTED_OPENID_SCOPES

_WORKFORCE = "aad"
_CUSTOMERS = frozenset({"ciam", "aad b2c"})


def tenant_type(question: Question) -> Opinion:
    """Is the tenant of a type whose users cannot consent?"""
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


def single_tenant(question: Question) -> Opinion:
    """Is it a single-tenant app of another tenant?"""

    def ask(client: ServicePrincipal) -> Opinion:
        audience = (client.audience or "").casefold()
        if audience == "azureadmyorg":
            text = f"{question.case.app} is registered in another tenant as a single-tenant app."
            foreign = owner(question.case).own.negate()
            return because(foreign, "single-tenant-app-of-another-tenant", text)
        known = {"", "azureadmultipleorgs", "azureadandpersonalmicrosoftaccount"}
        if audience in known | {"personalmicrosoftaccount"}:
            return NO
        return open_question(caveat="unknown-value")

    return _with_client(question, "signInAudience", ask)


def personal_only(question: Question) -> Opinion:
    """Is the app for personal accounts alone?"""

    def ask(client: ServicePrincipal) -> Opinion:
        personal = (client.audience or "").casefold() == "personalmicrosoftaccount"
        text = f"{question.case.app} is open to personal Microsoft accounts alone."
        return because(answered(yes=personal), "personal-accounts-only", text)

    return _with_client(question, "signInAudience", ask)


def registration(question: Question) -> Opinion:
    """Is something wrong with the own app registration?"""
    return question.registration.negate()


def unsupported(question: Question) -> Opinion:
    """Is it a scope that Entra does not support?"""
    name = question.target.name
    unsupported = name.casefold() in UNSUPPORTED_OPENID_SCOPES
    if not unsupported or question.target.resource_app_id != MICROSOFT_GRAPH:
        return NO
    text = f"Entra does not support the scope {name}: leave it out of the request."
    opinion = replace(YES, caveats=frozenset({"scope-not-supported"}))
    return because(opinion, "scope-not-supported", text)


def resource_absent(question: Question) -> Opinion:
    """Does the tenant lack the resource?"""
    resource = question.target.resource
    if isinstance(resource, Unknown):
        return open_question(resource)
    name = question.target.asked.requirement.resource
    text = f"{name} has no service principal in this tenant: it is not licensed or not set up."
    return because(answered(yes=resource.value is None), "resource-not-in-tenant", text)


def resource_disabled(question: Question) -> Opinion:
    """Is the resource disabled?"""
    resource = question.target.resource
    if isinstance(resource, Unknown):
        return open_question(resource)
    enabled = resource.value.account_enabled if resource.value else None
    if enabled is None:
        return open_question(left_out("Whether the resource is enabled", "accountEnabled"))
    text = f"{question.target.asked.requirement.resource} is disabled in this tenant."
    return because(answered(yes=not enabled), "resource-disabled", text)


def not_published(question: Question) -> Opinion:
    """Is there no permission of this name on the resource?"""
    published = question.target.published
    if isinstance(published, Unknown):
        return open_question(published)
    target = question.target
    text = f"{target.asked.requirement.resource} publishes no permission named {target.name}"
    return because(answered(yes=published.value is None), "permission-not-published", f"{text}.")


def permission_disabled(question: Question) -> Opinion:
    """Is the permission switched off on the resource?"""
    published = question.target.published
    if isinstance(published, Unknown):
        return open_question(published)
    off = published.value is not None and not published.value.enabled
    text = f"The resource has switched {question.target.name} off."
    return because(answered(yes=off), "permission-disabled", text)


def disabled_here(question: Question) -> Opinion:
    """Has the tenant switched off sign-in to the app?"""

    def ask(client: ServicePrincipal) -> Opinion:
        if client.account_enabled is None:
            return open_question(left_out("Whether sign-in to the app is on", "accountEnabled"))
        text = f"Sign-in to {question.case.app} is switched off in this tenant."
        return because(answered(yes=not client.account_enabled), "app-disabled-in-tenant", text)

    return _with_client(question, "accountEnabled", ask)


def deactivated(question: Question) -> Opinion:
    """Has the app's owner deactivated it?"""
    application = question.case.application
    here = application.value if isinstance(application, Known) else None
    if here is not None and here.is_disabled:
        text = f"The app registration of {question.case.app} has been deactivated in this tenant."
        return because(YES, "registration-deactivated", text)

    def ask(client: ServicePrincipal) -> Opinion:
        text = f"The tenant that owns {question.case.app} has deactivated it."
        return because(answered(yes=bool(client.is_disabled)), "app-deactivated-by-owner", text)

    return _with_client(question, "isDisabled", ask)


def disabled_by_microsoft(question: Question) -> Opinion:
    """Has Microsoft disabled the app?"""

    def ask(client: ServicePrincipal) -> Opinion:
        status = (client.disabled_by_microsoft or "").casefold()
        if status in {"", "notdisabled"}:
            return NO
        if not status.startswith("disabled"):
            return open_question(caveat="unknown-value")
        text = f"Microsoft has disabled {question.case.app}: {client.disabled_by_microsoft}."
        return because(YES, "app-disabled-by-microsoft", text)

    return _with_client(question, "disabledByMicrosoftStatus", ask)


def own_without_principal(question: Question) -> Opinion:
    """Is the app registered here and has no service principal yet?"""
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
