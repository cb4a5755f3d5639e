"""What a tenant would say after some Graph requests: the same parsing, on changed documents.

Every change is made to what Graph said, in Graph's own form, and only the documents that it
touches are parsed again. So a plan is proven on the very requests that its scripts send.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from auditor.facts import TenantFacts
from auditor.model.change import Call, Method, Ref, Value
from auditor.model.fact import Known
from auditor.sources import (
    admin_consent_request_policy,
    application,
    authorization_policy,
    client_assignments,
    client_grants,
    client_service_principal,
    group_settings,
    permission_classifications,
    permission_grant_policy,
    resource_service_principal,
    tenant_wide_grants,
    user,
    user_assignments,
    user_grants,
    user_roles,
)
from auditor.sources.source import AnySource

Document: TypeAlias = dict[str, object]
"""One JSON object of Graph, decoded."""

_NAMESPACE = uuid.UUID("5a6d3f0e-0000-4000-8000-000000000000")
_PRINCIPALS = (client_service_principal.SOURCE, resource_service_principal.SOURCE)
_LONGEST_SCOPE = 3850
_GRANTS = (client_grants.SOURCE, tenant_wide_grants.SOURCE, user_grants.SOURCE)


class ImpossibleError(ValueError):
    """Graph would refuse the request in this tenant, or what it touches was not read."""


def simulated_id(name: str) -> str:
    """Give the id that stands for what only the run of a script tells, the same every time."""
    return str(uuid.uuid5(_NAMESPACE, name))


def simulate(facts: TenantFacts, calls: Iterable[Call]) -> TenantFacts:
    """Say what the tenant would be after the calls, in their order.

    Raises:
        ImpossibleError: A call cannot succeed here, or that cannot be known.
    """
    for call in calls:
        facts = _after(facts, call)
    return facts


def with_person(
    facts: TenantFacts, user_id: str, user_type: str = "Member", role: str = ""
) -> TenantFacts:
    """Add a person who has consented to nothing and is assigned to nothing.

    Args:
        facts: The tenant.
        user_id: The person's object id.
        user_type: ``Member`` or ``Guest``.
        role: Template id of the directory role that the person holds; empty for none.
    """
    facts = facts.told(user.SOURCE, user_id, {"id": user_id, "userType": user_type})
    roles = [{"roleTemplateId": role}] if role else []
    facts = facts.told(user_roles.SOURCE, user_id, {"value": roles})
    for source in (user_grants.SOURCE, user_assignments.SOURCE):
        facts = facts.told(source, user_id, {"value": []})
    return facts


def edited(
    facts: TenantFacts, source: AnySource, subject: str, edit: Callable[[Document], Document]
) -> TenantFacts:
    """Change one document that was read.

    Raises:
        ImpossibleError: It was not read, or does not exist.
    """
    document = facts.document(source, subject)
    if document is None:
        msg = f"{source.name} {subject} is not known"
        raise ImpossibleError(msg)
    return facts.told(source, subject, edit(document))


def _after(facts: TenantFacts, call: Call) -> TenantFacts:
    path = re.sub(r"\{(\w+)\}", lambda found: simulated_id(found[1]), call.path)
    body = thawed(call.body or {})
    for method, pattern, act in _ACTS:
        found = pattern.fullmatch(path)
        if found and method is call.method and isinstance(body, dict):
            return act(facts, (*found.groups(), call.result), body)
    msg = f"{call.method} {call.path} is not simulated"
    raise ImpossibleError(msg)


def thawed(value: Value, name: Callable[[str], object] = simulated_id) -> object:
    """Turn frozen JSON into what an encoder takes; ``name`` says what stands for a ``Ref``."""
    if isinstance(value, Ref):
        return name(value.name)
    if isinstance(value, tuple):
        return [thawed(one, name) for one in value]
    if isinstance(value, Mapping):
        return {key: thawed(one, name) for key, one in value.items()}
    return value


def _merged(document: Document, body: Document) -> Document:
    """Merge as PATCH does: complex members member by member, everything else replaced."""
    found = dict(document)
    for key, value in body.items():
        old = found.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            found[key] = {**old, **value}
        else:
            found[key] = value
    return found


def _appended(document: Document, item: Document, member: str = "value") -> Document:
    old = document.get(member)
    return {**document, member: [*(old if isinstance(old, list) else []), item]}


def settings_item(document: Document) -> Document:
    """Return the authorization policy of a document: v1.0's object, or beta's collection of one."""
    value = document.get("value")
    return value[0] if isinstance(value, list) and value else document


def _settings(facts: TenantFacts, _: tuple[str, ...], body: Document) -> TenantFacts:
    def edit(document: Document) -> Document:
        item = settings_item(document)
        role, beta = body.get("defaultUserRolePermissions"), "permissionGrantPolicyIdsAssigned"
        beta = f"{beta}ToDefaultUserRole"
        if isinstance(role, dict) and beta in item:
            changed = {**item, beta: role.get("permissionGrantPoliciesAssigned")}
        else:
            changed = _merged(item, body)
        return {**document, "value": [changed]} if "value" in document else changed

    return edited(facts, authorization_policy.SOURCE, "", edit)


def _new_policy(facts: TenantFacts, _: tuple[str, ...], body: Document) -> TenantFacts:
    policy_id = str(body["id"])
    found = facts.document(permission_grant_policy.SOURCE, policy_id)
    if found is not None:
        raise ImpossibleError("there is a policy of this id")
    empty: Document = {"includes": [], "excludes": []}
    return facts.told(permission_grant_policy.SOURCE, policy_id, {**body, **empty})


def _new_condition_set(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    policy_id, member = given[0], given[1]
    item = {"id": simulated_id(f"{policy_id}/{member}"), **body}
    source = permission_grant_policy.SOURCE
    return edited(facts, source, policy_id, lambda document: _appended(document, item, member))


def _new_principal(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    """Create the client's service principal; what only its owner's tenant knows stays left out."""
    app_id = str(body["appId"])
    if facts.client(app_id) != Known(None):
        raise ImpossibleError("whether there is a service principal already is not known, or so")
    own, here = facts.application(app_id), facts.organization()
    document: Document = {
        "id": simulated_id(given[-1] or app_id),
        "appId": app_id,
        "accountEnabled": True,
        "isDisabled": None,
        "disabledByMicrosoftStatus": None,
        "appRoleAssignmentRequired": False,
        "signInAudience": "AzureADMultipleOrgs",
    }
    if isinstance(own, Known) and own.value is not None and isinstance(here, Known):
        mine = {
            "displayName": own.value.display_name,
            "signInAudience": own.value.audience,
            "isDisabled": own.value.is_disabled,
        }
        document |= {"appOwnerOrganizationId": here.value.id, "verifiedPublisher": None, **mine}
    facts = facts.told(client_service_principal.SOURCE, app_id, document)
    for source in (client_grants.SOURCE, client_assignments.SOURCE):
        facts = facts.told(source, app_id, {"value": []})
    return facts


def _principals(facts: TenantFacts, object_id: str) -> list[tuple[AnySource, str]]:
    """Find under which sources and app IDs a service principal was read."""
    return [
        (source, subject)
        for source in _PRINCIPALS
        for subject in facts.subjects(source)
        if str((facts.document(source, subject) or {}).get("id")).casefold() == object_id.casefold()
    ]


def _changed_principal(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    found = _principals(facts, given[0])
    if not found:
        raise ImpossibleError("no such service principal was read")
    for source, subject in found:
        facts = edited(facts, source, subject, lambda document: _merged(document, body))
    return facts


def _app_id(facts: TenantFacts, object_id: str) -> str:
    for _, subject in _principals(facts, object_id):
        return subject
    raise ImpossibleError("no such service principal was read")


def _classified(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    source, subject = permission_classifications.SOURCE, _app_id(facts, given[0])
    item = {"id": simulated_id(str(body["permissionId"])), **body}
    _refuse_second(facts, source, subject, item, ("permissionId",))
    return edited(facts, source, subject, lambda document: _appended(document, item))


def _refuse_second(
    facts: TenantFacts,
    source: AnySource,
    subject: str,
    item: Document,
    members: tuple[str, ...],
) -> None:
    """Refuse an item of a listing that has one with the same members already."""
    wanted = [_folded(item.get(name)) for name in members]
    for one in _items(facts.document(source, subject) or {}):
        if [_folded(one.get(name)) for name in members] == wanted:
            msg = f"{source.name} has this already"
            raise ImpossibleError(msg)


def _folded(value: object) -> str:
    return str(value or "").casefold()


def _items(document: Document) -> list[Document]:
    items = document.get("value")
    return items if isinstance(items, list) else []


def _new_grant(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    client_id, person = str(body["clientId"]), body.get("principalId")
    name = given[-1] or f"{client_id}/{body.get('resourceId')}/{person}"
    item = {"id": simulated_id(name), "principalId": None, **body}
    app_id = _app_id(facts, client_id)
    _refuse_long(item)
    same = ("clientId", "consentType", "principalId", "resourceId")
    _refuse_second(facts, client_grants.SOURCE, app_id, item, same)
    places: list[tuple[AnySource, str]] = [(client_grants.SOURCE, app_id)]
    if facts.document(tenant_wide_grants.SOURCE, client_id) is not None and person is None:
        places.append((tenant_wide_grants.SOURCE, client_id))
    if person is not None:
        places.append((user_grants.SOURCE, str(person)))
    for source, subject in places:
        facts = edited(facts, source, subject, lambda document: _appended(document, item))
    return facts


def _changed_grant(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    _refuse_long(body)
    places = [
        (source, subject)
        for source in _GRANTS
        for subject in facts.subjects(source)
        if any(one.get("id") == given[0] for one in _items(facts.document(source, subject) or {}))
    ]
    if not places:
        raise ImpossibleError("no such grant was read")
    for source, subject in places:
        facts = _edited_item(facts, source, subject, (given[0], body))
    return facts


def _refuse_long(body: Document) -> None:
    """Refuse more scopes than a grant can hold.

    Source: learn.microsoft.com/graph/api/resources/oauth2permissiongrant (read 2026-08).
    """
    if len(str(body.get("scope") or "")) > _LONGEST_SCOPE:
        raise ImpossibleError("a grant cannot hold so many permissions")


def _assigned(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    person = str(body["principalId"])
    item = {"id": simulated_id("assignment"), "principalType": "User", **body}
    source, app_id = client_assignments.SOURCE, _app_id(facts, given[0])
    _refuse_second(facts, source, app_id, item, ("principalId", "appRoleId"))
    facts = edited(facts, source, app_id, lambda document: _appended(document, item))
    if facts.document(user_assignments.SOURCE, person) is None:
        return facts
    return edited(facts, user_assignments.SOURCE, person, lambda found: _appended(found, item))


def _workflow(facts: TenantFacts, _: tuple[str, ...], body: Document) -> TenantFacts:
    return facts.told(admin_consent_request_policy.SOURCE, "", body)


def consent_setting(document: Document) -> tuple[str, dict[str, str | None]] | None:
    """Return id and values of the setting "Consent Policy Settings"; None where there is none."""
    for item in _items(document):
        setting_id, values = item.get("id"), item.get("values")
        ours = _folded(item.get("templateId")) == group_settings.TEMPLATE
        if ours and isinstance(setting_id, str) and isinstance(values, list):
            return setting_id, {str(one["name"]): one.get("value") for one in values}
    return None


def _setting(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    return _edited_item(facts, group_settings.SOURCE, "", (given[0], body))


def _edited_item(
    facts: TenantFacts, source: AnySource, subject: str, patch: tuple[str, Document]
) -> TenantFacts:
    """Merge a body into the item of a listing that has this id."""

    def edit(document: Document) -> Document:
        found = _items(document)
        if not any(one.get("id") == patch[0] for one in found):
            raise ImpossibleError("the listing has no such item")
        merged = [_merged(one, patch[1]) if one.get("id") == patch[0] else one for one in found]
        return {**document, "value": merged}

    return edited(facts, source, subject, edit)


def _registrations(facts: TenantFacts, object_id: str) -> str:
    for subject in facts.subjects(application.SOURCE):
        document = facts.document(application.SOURCE, subject) or {}
        if str(document.get("id")).casefold() == object_id.casefold():
            return subject
    raise ImpossibleError("no such app registration was read")


def _changed_application(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    source, subject = application.SOURCE, _registrations(facts, given[0])
    return edited(facts, source, subject, lambda document: _merged(document, body))


def _new_password(facts: TenantFacts, given: tuple[str, ...], body: Document) -> TenantFacts:
    source, subject = application.SOURCE, _registrations(facts, given[0])
    item = body.get("passwordCredential")
    credential = {"keyId": simulated_id("secret"), **(item if isinstance(item, dict) else {})}
    member = "passwordCredentials"
    return edited(facts, source, subject, lambda found: _appended(found, credential, member))


_Act: TypeAlias = Callable[[TenantFacts, tuple[str, ...], Document], TenantFacts]

_ACTS: tuple[tuple[Method, re.Pattern[str], _Act], ...] = tuple(
    (method, re.compile(pattern), act)
    for method, pattern, act in (
        (Method.PATCH, r"/policies/authorizationPolicy", _settings),
        (Method.POST, r"/policies/permissionGrantPolicies", _new_policy),
        (
            Method.POST,
            r"/policies/permissionGrantPolicies/([\w-]+)/(includes|excludes)",
            _new_condition_set,
        ),
        (Method.POST, r"/servicePrincipals", _new_principal),
        (Method.PATCH, r"/servicePrincipals/([\w-]+)", _changed_principal),
        (
            Method.POST,
            r"/servicePrincipals/([\w-]+)/delegatedPermissionClassifications",
            _classified,
        ),
        (Method.POST, r"/oauth2PermissionGrants", _new_grant),
        (Method.PATCH, r"/oauth2PermissionGrants/([\w-]+)", _changed_grant),
        (Method.POST, r"/servicePrincipals/([\w-]+)/appRoleAssignedTo", _assigned),
        (Method.PUT, r"/policies/adminConsentRequestPolicy", _workflow),
        (Method.PATCH, r"/groupSettings/([\w-]+)", _setting),
        (Method.PATCH, r"/applications/([\w-]+)", _changed_application),
        (Method.POST, r"/applications/([\w-]+)/addPassword", _new_password),
    )
)
"""Every write that a plan may hold; the last group given to an act is the call's result name."""
