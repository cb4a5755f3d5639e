"""The same answers the other way round: which apps meet what with a permission."""

from auditor.model.decision import Outcome
from auditor.model.profile import Asked, Requirement
from auditor.model.report import Assessment
from auditor.render import words
from auditor.render.clean import clean
from auditor.render.shown import PermissionRow


def by_permission(assessments: tuple[Assessment, ...]) -> tuple[PermissionRow, ...]:
    """Turn profiles of permissions into permissions of profiles, in alphabetical order."""
    names: dict[tuple[str, str], Requirement] = {}
    apps: dict[tuple[str, str], dict[Outcome, list[str]]] = {}
    for item in assessments:
        for one in item.decision.permissions:
            key = _key(one.asked)
            names.setdefault(key, one.asked.requirement)
            outcomes = apps.setdefault(key, {outcome: [] for outcome in words.OUTCOMES})
            outcomes[one.outcome].append(clean(item.request.name))
    return tuple(_permission_row(names[key], apps[key]) for key in sorted(names))


def _key(asked: Asked) -> tuple[str, str]:
    return asked.requirement.value.lower(), asked.requirement.resource_app_id


def _permission_row(wanted: Requirement, apps: dict[Outcome, list[str]]) -> PermissionRow:
    return PermissionRow(
        clean(wanted.value),
        clean(wanted.resource or wanted.resource_app_id),
        tuple((words.OUTCOMES[key], ", ".join(names)) for key, names in apps.items() if names),
    )
