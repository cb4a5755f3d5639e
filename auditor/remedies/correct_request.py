"""The app asks for something that no tenant can give: the request itself has to change."""

from dataclasses import replace

from auditor.consent.case import Target
from auditor.consent.explain import joined
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.profile import Asked
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.permissions import UNSUPPORTED_OPENID_SCOPES, load_permissions, nearest_name
from auditor.remedies.action import Action, World
from auditor.remedies.context import Context
from auditor.simulate import ImpossibleError

_WAIT = "When the app, or the profile, has been corrected."


def actions(context: Context) -> tuple[Action, ...]:
    """Correct scopes that do not exist, and a prompt that is forced although consent exists."""
    targets = context.case.targets
    return (
        *_renamed(context, [one for one in targets if _is_unpublished(one)]),
        *_left_out(context, "permission-disabled", [one for one in targets if _is_off(one)]),
        *_left_out(context, "scope-not-supported", [one for one in targets if _is_odd(one)]),
        *_prompt(context),
    )


def _is_unpublished(target: Target) -> bool:
    there = isinstance(target.resource, Known) and target.resource.value is not None
    return there and target.published == Known(None) and not _is_odd(target)


def _is_off(target: Target) -> bool:
    return target.permission is not None and not target.permission.enabled


def _is_odd(target: Target) -> bool:
    on_graph = target.resource_app_id == MICROSOFT_GRAPH
    return on_graph and target.name.casefold() in UNSUPPORTED_OPENID_SCOPES


def _renamed(context: Context, found: list[Target]) -> tuple[Action, ...]:
    """Ask for the nearest permission that the resource has, or for one less."""
    if not found:
        return ()
    new = {one.asked: _nearest(one) for one in found}
    titles = [
        f"{old.requirement.value} to {name}" if name else f"leave out {old.requirement.value}"
        for old, name in new.items()
    ]
    step = _step(context, "correct-scopes", f"Correct the names: {joined(titles)}", found)

    def effect(world: World) -> World:
        asked = (
            _with_name(one, new[one]) if one in new else one for one in world.request.permissions
        )
        return _asking(world, [one for one in asked if one.requirement.value])

    return (Action(step, effect, outside=True),)


def _nearest(target: Target) -> str:
    """Return what was probably meant; nothing where the name is right and only missing here."""
    if load_permissions().find(target.resource_app_id, target.name):
        return ""
    resource = target.resource.value if isinstance(target.resource, Known) else None
    names = [each.value for each in resource.published if each.value] if resource else []
    return nearest_name(target.name, names) or ""


def _with_name(asked: Asked, name: str) -> Asked:
    return replace(asked, requirement=replace(asked.requirement, value=name))


def _left_out(context: Context, code: str, found: list[Target]) -> tuple[Action, ...]:
    if not found:
        return ()
    gone = {one.asked for one in found}
    names = joined([one.name for one in found])
    step = _step(context, f"leave-out-{code}", f"Leave {names} out of the request", found)

    def effect(world: World) -> World:
        return _asking(world, [one for one in world.request.permissions if one not in gone])

    return (Action(step, effect, outside=True),)


def _asking(world: World, permissions: list[Asked]) -> World:
    if not permissions:
        raise ImpossibleError("nothing would be left to ask for")
    unique = {
        (one.requirement.resource_app_id, one.requirement.value.casefold()): one
        for one in reversed(permissions)
    }
    kept = tuple(reversed(unique.values()))
    return replace(world, request=replace(world.request, permissions=kept))


def _prompt(context: Context) -> tuple[Action, ...]:
    if not context.request.prompt_consent:
        return ()
    step = Step(
        id="no-forced-prompt",
        title="The vendor signs users in without prompt=consent",
        why=(
            "With prompt=consent the prompt comes even where an administrator has consented, and "
            "users who may not consent are stuck. The app can send such a request to "
            "administrators alone."
        ),
        wait=_WAIT,
        check="The address of the sign-in page does not have prompt=consent.",
    )

    def effect(world: World) -> World:
        return replace(world, request=replace(world.request, prompt_consent=False))

    return (Action(step, effect, outside=True),)


def _step(context: Context, step_id: str, title: str, found: list[Target]) -> Step:
    why = _WHY[step_id].format(names=joined([one.name for one in found]))
    return Step(
        id=step_id,
        title=title,
        why=f"{why} The vendor of {context.request.name} has to change it.",
        wait=_WAIT,
        check="The app's sign-in page asks for the corrected permissions.",
    )


_WHY = {
    "correct-scopes": "The resource publishes no permission of this name: {names}. No tenant can "
    "grant it.",
    "leave-out-permission-disabled": "The resource has switched {names} off.",
    "leave-out-scope-not-supported": "Entra does not support {names}.",
}
