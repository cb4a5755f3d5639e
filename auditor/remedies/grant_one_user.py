"""Consent by an administrator for one person: the one who asks, or a pilot user."""

from auditor.consent.explain import joined
from auditor.model.change import Change, Input, Ref, Value
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.tenant import DelegatedGrant, ServicePrincipal
from auditor.remedies import create_service_principal
from auditor.remedies.action import PERSON, Action, World, together
from auditor.remedies.assign_users import named
from auditor.remedies.context import APP_ADMINISTRATOR, AT_ONCE, Context
from auditor.remedies.grant_tenant_wide import (
    Lacking,
    listed,
    more_scopes,
    new_grant,
    published_names,
    resources,
)
from auditor.scopes import guid
from auditor.simulate import simulate


def actions(context: Context) -> tuple[Action, ...]:
    """Consent to what the person lacks, on every resource; a grant there is gets more."""
    mine, found = context.case.user_grants, resources(context, personal=True)
    if context.app_id is None or not isinstance(mine, Known) or not found:
        return ()
    who = "the person" if context.request.asker.user_id else "one pilot user"
    changes = [
        _change(context, context.app_id, resource, published_names(targets))
        for resource, targets in found
    ]
    step = Step(
        id="grant-one-user",
        title=f"Consent for {who} to {context.app}: {listed(found)}",
        why=(
            f"{context.app} gets {_all(found)} for this person alone. Everybody else meets what "
            "they meet now. The portal cannot do it."
        ),
        role=APP_ADMINISTRATOR,
        change=together(changes),
        undo="Delete the grant with the commands of the rollback.",
        wait=AT_ONCE,
        check="The Permissions page of the enterprise app lists it under User consent.",
    )
    return (Action(step, lambda world: _granted(world, step)),)


def _all(found: Lacking) -> str:
    return joined([one.name for _, targets in found for one in targets])


def _granted(world: World, step: Step) -> World:
    world = named(world)
    calls = step.change.do.calls if step.change else ()
    return World(simulate(world.facts, calls), world.request)


def _own_grant(context: Context, resource: ServicePrincipal) -> DelegatedGrant | None:
    mine, client = context.case.user_grants, context.client
    if client is None or not isinstance(mine, Known):
        return None
    found = (one for one in mine.value if one.client_id == client.id)
    return next((one for one in found if one.resource_id == resource.id), None)


def _change(context: Context, app_id: str, resource: ServicePrincipal, names: list[str]) -> Change:
    old = _own_grant(context, resource)
    if old is not None:
        return more_scopes(old, names)
    client, person = context.client, guid(context.request.asker.user_id)
    new = create_service_principal.CLIENT
    client_id: Value = client.id if client else Ref(new)
    body: dict[str, Value] = {
        "clientId": client_id,
        "consentType": "Principal",
        "principalId": person or Ref(PERSON),
        "resourceId": resource.id,
        "scope": " ".join(names),
    }
    lookups = () if client else (create_service_principal.lookup(app_id),)
    made = new_grant(body, client.id if client else f"{{{new}}}", resource.id, lookups)
    question = "Object ID of the pilot user"
    inputs = () if person else (Input(PERSON, question),)
    return Change(made.scopes, made.do, made.undo, inputs)
