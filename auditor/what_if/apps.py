"""Changes to the apps that are asked about, and to who asks."""

from dataclasses import replace

from auditor.facts import TenantFacts
from auditor.model.change import Call, Method
from auditor.model.fact import Known
from auditor.model.profile import ConsentRequest, Publisher, UserKind
from auditor.model.tenant import ServicePrincipal
from auditor.model.what_if import Supposition
from auditor.simulate import Document, edited, simulated_id
from auditor.sources import (
    client_grants,
    client_service_principal,
    tenant_wide_grants,
    user,
    user_grants,
)
from auditor.what_if.scenario import Place, Scenario, clients, known, names, place, refusal
from auditor.what_if.settings import Supposed, without

_NOBODY: Document = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}


def grant(scenario: Scenario, given: Supposition) -> Supposed:
    """Consent to a permission for everybody, for the app of each request."""
    found = place(given, scenario.facts, given.value)
    asked = clients(given, scenario)
    for app_id, request in asked.items():
        if known(given, scenario.facts.client(app_id)) is None:
            scenario = _created(scenario, request)
        scenario = _granted(scenario, given, app_id, found)
    return scenario, f"{found.name} is consented to for everybody, for {names(asked.values())}."


def _created(scenario: Scenario, request: ConsentRequest) -> Scenario:
    """Create the service principal, as consent does; what the request states stays stated."""
    app_id = request.app_id or ""
    call = Call(Method.POST, "/servicePrincipals", {"appId": app_id}, f"client_{app_id}")
    scenario = scenario.after(call)
    if request.publisher is Publisher.UNKNOWN:
        return scenario
    stated = request.publisher is Publisher.VERIFIED
    verified: Document = {"displayName": request.name, "verifiedPublisherId": simulated_id(app_id)}
    publisher = verified if stated else _NOBODY
    return replace(scenario, facts=_with_publisher(scenario.facts, app_id, publisher))


def _granted(scenario: Scenario, given: Supposition, app_id: str, found: Place) -> Scenario:
    client = known(given, scenario.facts.client(app_id))
    grants = known(given, scenario.facts.grants(app_id))
    name, home = found.permission.value, found.resource.id
    for one in grants.tenant_wide if grants else ():
        if one.resource_id == home:
            scope = " ".join(dict.fromkeys((*one.scopes, name)))
            path = f"/oauth2PermissionGrants/{one.id}"
            return scenario.after(Call(Method.PATCH, path, {"scope": scope}))
    body = {
        "clientId": client.id if client else "",
        "consentType": "AllPrincipals",
        "resourceId": home,
        "scope": name,
    }
    call = Call(Method.POST, "/oauth2PermissionGrants", body, f"grant_{app_id}_{home}")
    return scenario.after(call)


def revoke_grants(scenario: Scenario, given: Supposition) -> Supposed:
    """Take every consent to the app of each request away, of everybody and of single users."""
    asked = clients(given, scenario)
    for app_id in asked:
        client = known(given, scenario.facts.client(app_id))
        known(given, scenario.facts.grants(app_id))
        if client is not None:
            scenario = replace(scenario, facts=_revoked(scenario.facts, client))
    return scenario, f"Nothing is consented to any more for {names(asked.values())}."


def _revoked(facts: TenantFacts, client: ServicePrincipal) -> TenantFacts:
    facts = facts.told(client_grants.SOURCE, client.app_id, {"value": []})
    if client.id in facts.subjects(tenant_wide_grants.SOURCE):
        facts = facts.told(tenant_wide_grants.SOURCE, client.id, {"value": []})
    for user_id in facts.subjects(user_grants.SOURCE):
        document = facts.document(user_grants.SOURCE, user_id)
        if document is not None:
            rest = without(document, "clientId", client.id)
            facts = facts.told(user_grants.SOURCE, user_id, rest)
    return facts


def publisher_loses_verification(scenario: Scenario, given: Supposition) -> Supposed:
    """Let the publisher of each app be verified no more; of an unseen app, as it is stated."""
    asked = clients(given, scenario)
    facts = scenario.facts
    for app_id in asked:
        if known(given, facts.client(app_id)) is not None:
            facts = _with_publisher(facts, app_id, _NOBODY)
    requests = tuple(replace(one, publisher=Publisher.UNVERIFIED) for one in scenario.requests)
    sentence = f"The publisher is not verified, for {names(asked.values())}."
    return Scenario(facts, requests), sentence


def _with_publisher(facts: TenantFacts, app_id: str, publisher: Document) -> TenantFacts:
    def edit(document: Document) -> Document:
        return {**document, "verifiedPublisher": publisher}

    return edited(facts, client_service_principal.SOURCE, app_id, edit)


def require_assignment(scenario: Scenario, given: Supposition) -> Supposed:
    """Let only assigned users sign in to the app of each request."""
    asked = clients(given, scenario)
    for app_id, request in asked.items():
        client = known(given, scenario.facts.client(app_id))
        if client is None:
            raise refusal(given, f"the tenant has no service principal of {request.name} yet")
        body = {"appRoleAssignmentRequired": True}
        scenario = scenario.after(Call(Method.PATCH, f"/servicePrincipals/{client.id}", body))
    return scenario, f"Users have to be assigned to {names(asked.values())}."


def as_guest(scenario: Scenario, given: Supposition) -> Supposed:
    """Let a guest ask; a person who is named and was read becomes one."""
    _ = given
    facts = scenario.facts
    for user_id in {one.asker.user_id for one in scenario.requests} - {""}:
        found = facts.person(user_id)
        if isinstance(found, Known) and found.value is not None:
            facts = edited(facts, user.SOURCE, user_id, lambda one: {**one, "userType": "Guest"})
    requests = tuple(
        replace(one, asker=replace(one.asker, kind=UserKind.GUEST)) for one in scenario.requests
    )
    return Scenario(facts, requests), "The user is a guest."
