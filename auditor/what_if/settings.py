"""Changes to the tenant's settings: classifications, policies and switches."""

import re
from dataclasses import replace

from auditor.consent.person import GLOBAL_ADMINISTRATOR, ROLES
from auditor.facts import TenantFacts
from auditor.managed import load_managed
from auditor.model.change import Call, Method, Value
from auditor.model.fact import Unknown
from auditor.model.tenant import AuthorizationPolicy
from auditor.model.what_if import Supposition
from auditor.remedies import user_consent
from auditor.simulate import Document, consent_setting, edited
from auditor.sources import admin_consent_request_policy, group_settings, permission_classifications
from auditor.what_if.scenario import Place, Scenario, known, place, refusal

_LEVELS = ("low", "medium", "high", "none")
_POLICY_ID = re.compile(r"[A-Za-z0-9_-]+")
_SELF = "ManagePermissionGrantsForSelf."
_ROLE_QUERY = "/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{}'"

Supposed = tuple[Scenario, str]
"""A scenario after a change, and the sentence that says what was supposed."""


def classify(scenario: Scenario, given: Supposition) -> Supposed:
    """Classify a permission, or take its classification away."""
    scope, _, level = given.value.partition("=")
    level = level.casefold() or _LEVELS[0]
    if level not in _LEVELS:
        raise refusal(given, f"the level is {', '.join(_LEVELS[:-1])} or {_LEVELS[-1]}")
    found = place(given, scenario.facts, scope)
    if found.permission.type.casefold() != "user" and level != _LEVELS[-1]:
        why = f"only an administrator can consent to {found.name}, so Entra does not classify it"
        raise refusal(given, why)
    before = _level(scenario.facts, found, given)
    sentence = f"{found.name} is {_classified(level)}."
    sentence += " It is already." if level == before else f" It was {_classified(before)}."
    scenario = replace(scenario, facts=_unclassified(scenario.facts, found))
    if level == _LEVELS[-1]:
        return scenario, sentence
    path = f"/servicePrincipals/{found.resource.id}/delegatedPermissionClassifications"
    one = found.permission
    body = {"permissionId": one.id, "permissionName": one.value, "classification": level}
    return scenario.after(Call(Method.POST, path, body)), sentence


def _level(facts: TenantFacts, found: Place, given: Supposition) -> str:
    listed = known(given, facts.classifications(found.resource.app_id)) or ()
    levels = (one.level for one in listed if one.permission_id == found.permission.id)
    return next(levels, _LEVELS[-1])


def _classified(level: str) -> str:
    return "not classified" if level == _LEVELS[-1] else f"classified {level.capitalize()}"


def _unclassified(facts: TenantFacts, found: Place) -> TenantFacts:
    def edit(document: Document) -> Document:
        return without(document, "permissionId", found.permission.id)

    return edited(facts, permission_classifications.SOURCE, found.resource.app_id, edit)


def without(document: Document, member: str, value: str) -> Document:
    """Leave out the items of a listing whose member has this value; letter case counts not."""
    items = document.get("value")
    found = items if isinstance(items, list) else []
    kept = [one for one in found if str(one.get(member)).casefold() != value.casefold()]
    return {**document, "value": kept}


def assign(scenario: Scenario, given: Supposition) -> Supposed:
    """Assign an app consent policy to the default user role, beside what is there."""
    settings = known(given, scenario.facts.authorization_policy())
    if not _POLICY_ID.fullmatch(given.value):
        raise refusal(given, f"give a policy's id, without {_SELF}")
    policy = scenario.facts.policy(given.value)
    if not isinstance(policy, Unknown) and policy.value is None:
        raise refusal(given, "the tenant has no app consent policy of this id")
    sentence = f"The app consent policy {given.value} is assigned to the default user role."
    if _is_assigned(settings, given.value):
        return scenario, f"{sentence} It is already."
    if isinstance(policy, Unknown):
        sentence += " What it allows was not read, so what rests on it is unknown."
    old = settings.assigned
    do, _ = user_consent.operations(old, (*old, user_consent.entry(given.value, old)))
    return scenario.after(*do.calls), sentence


def unassign(scenario: Scenario, given: Supposition) -> Supposed:
    """Take an app consent policy away from the default user role."""
    settings = known(given, scenario.facts.authorization_policy())
    if not _is_assigned(settings, given.value):
        there = ", ".join(settings.user_consent) or "none"
        raise refusal(given, f"it is not assigned; assigned for user consent: {there}")
    old = settings.assigned
    new = user_consent.without(old, frozenset({given.value.casefold()}))
    do, _ = user_consent.operations(old, new)
    sentence = f"The app consent policy {given.value} is not assigned to the default user role."
    return scenario.after(*do.calls), sentence


def _is_assigned(settings: AuthorizationPolicy, policy_id: str) -> bool:
    return policy_id.casefold() in {one.casefold() for one in settings.user_consent}


def managed_excludes(scenario: Scenario, given: Supposition) -> Supposed:
    """Let Microsoft add a permission to what its recommended policy leaves to administrators."""
    policy_id = load_managed().recommended
    found = place(given, scenario.facts, given.value)
    if known(given, scenario.facts.policy(policy_id)) is None:
        raise refusal(given, f"the tenant has no app consent policy {policy_id}")
    sentence = f"Microsoft's policy {policy_id} excludes {found.name}."
    settings = scenario.facts.authorization_policy()
    if not isinstance(settings, Unknown) and not _is_assigned(settings.value, policy_id):
        sentence += " It is not assigned here, so nothing rests on it."
    body: dict[str, Value] = {
        "permissionClassification": "all",
        "permissionType": "delegated",
        "resourceApplication": found.resource.app_id,
        "permissions": (found.permission.id,),
        "clientApplicationIds": ("all",),
        "clientApplicationTenantIds": ("all",),
        "clientApplicationPublisherIds": ("all",),
        "clientApplicationsFromVerifiedPublisherOnly": False,
    }
    path = f"/policies/permissionGrantPolicies/{policy_id}/excludes"
    return scenario.after(Call(Method.POST, path, body)), sentence


def risky_app_consent(scenario: Scenario, given: Supposition) -> Supposed:
    """Let users consent to apps that Entra finds risky, or not; both switches are set."""
    known(given, scenario.facts.authorization_policy())
    on = given.value == "on"
    body = {"allowUserConsentForRiskyApps": on}
    scenario = scenario.after(Call(Method.PATCH, user_consent.PATH, body))
    step_up = "off" if on else "on"
    sentence = f"Users {'may' if on else 'may not'} consent to risky apps: step-up is {step_up}."
    return _switched(scenario, "blockuserconsentforriskyapps", on=not on), sentence


def workflow(scenario: Scenario, given: Supposition) -> Supposed:
    """Switch the admin consent workflow on or off; one without reviewers is set up first."""
    found = known(given, scenario.facts.workflow())
    on = given.value == "on"
    new = _set_up() if on and not found.reviewers else {}
    sentence = f"The admin consent workflow is {given.value}."
    if new:
        sentence += f" It had no reviewers: the holders of the role {GLOBAL_ADMINISTRATOR} review,"
        sentence += " with what the portal fills in."

    def edit(document: Document) -> Document:
        return {**document, "isEnabled": on, **new}

    facts = edited(scenario.facts, admin_consent_request_policy.SOURCE, "", edit)
    return _switched(replace(scenario, facts=facts), "enableadminconsentrequests", on=on), sentence


def _set_up() -> Document:
    query = _ROLE_QUERY.format(ROLES[GLOBAL_ADMINISTRATOR])
    return {
        "notifyReviewers": True,
        "remindersEnabled": True,
        "requestDurationInDays": 30,
        "reviewers": [{"query": query, "queryType": "MicrosoftGraph", "queryRoot": None}],
    }


def _switched(scenario: Scenario, switch: str, *, on: bool) -> Scenario:
    """Set the older switch among the directory's settings too, where the tenant has it."""
    found = consent_setting(scenario.facts.document(group_settings.SOURCE) or {})
    if found is None or switch not in {name.casefold() for name in found[1]}:
        return scenario
    setting_id, values = found
    new = tuple(
        {"name": name, "value": str(on).lower() if name.casefold() == switch else value}
        for name, value in values.items()
    )
    return scenario.after(Call(Method.PATCH, f"/groupSettings/{setting_id}", {"values": new}))
