"""The app requires assignment, and whoever signs in is not assigned."""

from dataclasses import replace

from auditor.consent.person import GLOBAL_ADMINISTRATOR, ROLES
from auditor.model.change import Call, Change, Guard, Input, Lookup, Method, Operation, Ref
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.profile import UserKind
from auditor.remedies import portal
from auditor.remedies.action import PERSON, Action, World
from auditor.remedies.context import APP_ADMINISTRATOR, Context
from auditor.scopes import guid
from auditor.simulate import simulate, simulated_id, with_person

_NO_ROLE = "00000000-0000-0000-0000-000000000000"
"""Graph's id for access without a role of the app."""


def actions(context: Context) -> tuple[Action, ...]:
    """Assign the person, or those who shall use the app."""
    client = context.client
    if client is None or not guid(client.id) or client.assignment_required is not True:
        return ()
    person = guid(context.request.asker.user_id)
    if person and _is_assigned(context, client.id):
        return ()
    who = "the person" if person else "the users or the group who shall use it"
    step = Step(
        id="assign-users",
        title=f"Assign {who} to {context.app}",
        why=(
            "Only assigned users can sign in to it. Members of an assigned group count, members "
            "of a group inside that group do not; groups take Entra ID P1. Where the app defines "
            "roles, choose one of them in the portal instead of running the commands."
        ),
        role=APP_ADMINISTRATOR,
        portal_path=portal.enterprise_app_path(context, "Users and groups", "Add user/group"),
        portal_url=portal.enterprise_app(context, "Users"),
        change=_change(client.id, person),
        undo="Remove the assignment on the same page.",
        wait="At once.",
        check="The person or the group is listed under Users and groups.",
    )
    return (Action(step, lambda world: _assigned(world, step)),)


def _is_assigned(context: Context, object_id: str) -> bool:
    found = context.facts.user_assignments(context.request.asker.user_id)
    return isinstance(found, Known) and object_id in found.value


def named(world: World) -> World:
    """Let the one who asks be the person that the input names, where nobody is named yet."""
    if world.request.asker.user_id:
        return world
    user_id, asker = simulated_id(PERSON), world.request.asker
    role = asker.role or (GLOBAL_ADMINISTRATOR if asker.kind is UserKind.ADMIN else "")
    kind = "Guest" if asker.kind is UserKind.GUEST else "Member"
    facts = with_person(world.facts, user_id, kind, ROLES.get(role, ""))
    return World(facts, replace(world.request, asker=replace(asker, user_id=user_id)))


def _assigned(world: World, step: Step) -> World:
    world = named(world)
    calls = step.change.do.calls if step.change else ()
    return replace(world, facts=simulate(world.facts, calls))


def _change(client_id: str, person: str | None) -> Change:
    path = f"/servicePrincipals/{client_id}/appRoleAssignedTo"
    where = (("principalId", person or f"{{{PERSON}}}"), ("appRoleId", _NO_ROLE))
    listing = f"{path}?$top=999"
    absent = Guard("Nobody has assigned them yet", listing, "id", (), "value", where)
    principal = person or Ref(PERSON)
    body = {"principalId": principal, "resourceId": client_id, "appRoleId": _NO_ROLE}
    question = "Object ID of the user or the group to assign"
    return Change(
        scopes=("Application.Read.All", "AppRoleAssignment.ReadWrite.All"),
        do=Operation((absent,), (Call(Method.POST, path, body),)),
        undo=Operation(
            (),
            (Call(Method.DELETE, f"{path}/{{assignment}}"),),
            (Lookup("assignment", listing, "value", where, "id"),),
        ),
        inputs=() if person else (Input(PERSON, question),),
    )
