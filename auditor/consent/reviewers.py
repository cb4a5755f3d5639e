"""Who of the admin consent workflow's reviewers can decide a request.

To be a reviewer gives nobody the right to consent: a reviewer has to exist, to be able to sign in,
and to hold a role that may consent. Graph shows the roles that are held now. Neither those that a
person may activate (PIM) nor what a custom role allows is read, so without such a role it cannot
be told whether somebody can consent.

Source: learn.microsoft.com/entra/identity/enterprise-apps/configure-admin-consent-workflow
(read 2026-08).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum, unique

import msgspec

from auditor.facts import TenantFacts
from auditor.model.fact import Known, Unknown
from auditor.model.tenant import (
    AdminConsentWorkflow,
    Group,
    GroupMembers,
    Person,
    ReviewerKind,
    RoleHolder,
    WorkflowReviewer,
)
from auditor.model.well_known import CONSENT_ROLES

_HIDDEN = "hiddenmembership"


@unique
class Ability(StrEnum):
    """Whether a reviewer can decide."""

    CAN = "can"
    CANNOT = "cannot"
    UNTOLD = "untold"
    """Graph does not show it."""
    UNREAD = "unread"
    """Graph would show it, and was not or could not be read."""


class Standing(msgspec.Struct, frozen=True):
    """One reviewer, and whether that one can decide."""

    reviewer: WorkflowReviewer
    ability: Ability
    text: str
    """Why, without a subject: "does not exist any more"."""
    missing: tuple[Unknown, ...] = ()

    @property
    def name(self) -> str:
        """What an administrator can look up."""
        one = self.reviewer
        if one.kind is ReviewerKind.OTHER:
            return one.query
        names = {role: name for name, role in CONSENT_ROLES.items()}
        return f"{one.kind} {names.get(one.id, one.id)}"


class _Found(msgspec.Struct, frozen=True):
    ability: Ability
    text: str


_Verdict = _Found | tuple[Unknown, ...]


def standings(facts: TenantFacts, workflow: AdminConsentWorkflow) -> tuple[Standing, ...]:
    """Say of each reviewer that is examined whether that one can decide."""
    return tuple(_standing(facts, one) for one in workflow.examined)


def _standing(facts: TenantFacts, reviewer: WorkflowReviewer) -> Standing:
    found = _RULES[reviewer.kind](facts, reviewer.id)
    if isinstance(found, _Found):
        return Standing(reviewer, found.ability, found.text)
    return Standing(reviewer, Ability.UNREAD, "could not be read", found)


def _user(facts: TenantFacts, user_id: str) -> _Verdict:
    found = facts.reviewer(user_id)
    if isinstance(found, Unknown):
        return (found,)
    if found.value is None:
        return _Found(Ability.CANNOT, "does not exist any more")
    if found.value.enabled is False:
        return _Found(Ability.CANNOT, "is blocked from signing in")
    return _by_role(facts, found.value)


def _by_role(facts: TenantFacts, person: Person) -> _Verdict:
    roles = facts.user_roles(person.id)
    if isinstance(roles, Unknown):
        return (roles,)
    held = [name for name, role in CONSENT_ROLES.items() if role in roles.value]
    if not held:
        return _Found(Ability.UNTOLD, "holds no role now that may consent")
    if person.enabled is None:
        return _Found(Ability.UNTOLD, f"is {held[0]}, and whether sign-in is allowed is not shown")
    return _Found(Ability.CAN, f"may consent as {held[0]}")


def _group(facts: TenantFacts, group_id: str) -> _Verdict:
    found, listed = facts.reviewing_group(group_id), facts.reviewing_members(group_id)
    if isinstance(found, Known) and found.value is None:
        return _Found(Ability.CANNOT, "does not exist any more")
    missing = tuple(one for one in (found, listed) if isinstance(one, Unknown))
    if isinstance(found, Unknown) or isinstance(listed, Unknown) or found.value is None:
        return missing
    if any(one.enabled is not False for one in listed.value.people):
        return _members(facts, group_id, listed.value)
    return _nobody(found.value, listed.value)


def _nobody(group: Group, listed: GroupMembers) -> _Found:
    """Say why no member is seen who can sign in."""
    if (group.visibility or "").casefold() == _HIDDEN:
        return _Found(Ability.UNTOLD, "hides its members")
    if not listed.complete:
        return _Found(Ability.UNTOLD, "has more members than are looked at")
    if listed.people:
        return _Found(Ability.CANNOT, "has no member who is allowed to sign in")
    return _Found(Ability.CANNOT, "has no members now")


def _members(facts: TenantFacts, group_id: str, listed: GroupMembers) -> _Verdict:
    """Compare the members with who holds a role that may consent, as a person or as a group."""
    able = {one.id for one in listed.people if one.enabled}
    holders, missing = _granting(facts)
    if able and (group_id in holders or able & holders):
        return _Found(Ability.CAN, "has a member who may consent")
    return missing or _Found(Ability.UNTOLD, "shows no member with a role now that may consent")


def _role(facts: TenantFacts, role_id: str) -> _Verdict:
    found = facts.role_holders(role_id)
    if isinstance(found, Unknown):
        return (found,)
    people = _people(found)
    if not any(one.tenant_wide for one in found.value):
        return _Found(Ability.UNTOLD, "is held by nobody now")
    if not people:
        return _Found(
            Ability.UNTOLD, "is held now by no single person who is shown to be able to sign in"
        )
    if role_id in CONSENT_ROLES.values():
        return _Found(Ability.CAN, "may consent, and somebody holds it")
    holders, missing = _granting(facts)
    if people & holders:
        return _Found(Ability.CAN, "is held by somebody who may consent")
    return missing or _Found(Ability.UNTOLD, "is no role that may consent by itself")


def _people(found: Known[tuple[RoleHolder, ...]]) -> frozenset[str]:
    """Name the persons who hold a role in the whole tenant and can sign in."""
    return frozenset(
        one.id for one in found.value if one.tenant_wide and one.is_user and one.enabled
    )


def _granting(facts: TenantFacts) -> tuple[frozenset[str], tuple[Unknown, ...]]:
    """Name who holds a role that may consent, groups included, and which roles were not read."""
    found = [facts.role_holders(role) for role in CONSENT_ROLES.values()]
    holders = frozenset(
        one.id for fact in found if isinstance(fact, Known) for one in fact.value if one.tenant_wide
    )
    return holders, tuple(fact for fact in found if isinstance(fact, Unknown))


def _other(_: TenantFacts, __: str) -> _Verdict:
    return _Found(Ability.UNTOLD, "is a query of a form that this program does not know")


_RULES: Mapping[ReviewerKind, Callable[[TenantFacts, str], _Verdict]] = {
    ReviewerKind.USER: _user,
    ReviewerKind.GROUP: _group,
    ReviewerKind.ROLE: _role,
    ReviewerKind.OTHER: _other,
}
