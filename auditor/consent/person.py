"""Who asks: assignment to the app, directory roles, guests."""

from dataclasses import replace

import msgspec

from auditor.consent.case import Case, is_guest, left_out, owner
from auditor.consent.granted import default_list, default_scope, granted
from auditor.consent.logic import NO, YES, Opinion, all_of, answered, any_of, open_question
from auditor.consent.question import Question, because
from auditor.model.decision import Answer
from auditor.model.fact import Known, Unknown, Why
from auditor.model.profile import UserKind
from auditor.model.tenant import Count
from auditor.model.well_known import CONSENT_ROLES

GLOBAL_ADMINISTRATOR = "Global Administrator"
_APPLICATION_DEVELOPER = "Application Developer"
ROLES = CONSENT_ROLES | {_APPLICATION_DEVELOPER: "cf1c38e5-3621-4004-a7cb-879624dced7c"}
"""Directory roles that may consent, with their template ids."""


def not_found(question: Question) -> Opinion:
    """Is the named person nobody in this tenant?"""
    user_id = question.case.request.asker.user_id
    found = question.case.facts.person(user_id) if user_id else None
    if not isinstance(found, Known):
        return NO
    text = f"This tenant has no user with the object id {user_id}: check --user-id."
    return because(answered(yes=found.value is None), "person-not-found", text)


def not_assigned(question: Question) -> Opinion:
    """Does the app require assignment, and is the person not assigned?"""
    case = question.case
    required = assignment_required(case)
    if required.answer is Answer.NO:
        return NO
    if case.request.asker.user_id:
        return all_of((required, _person_not_assigned(case)))
    return all_of((required, _unnamed_not_assigned(question)))


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


def _person_not_assigned(case: Case) -> Opinion:
    found, client = case.user_assignments, case.client
    if isinstance(found, Unknown):
        return open_question(found)
    object_id = client.value.id if isinstance(client, Known) and client.value else ""
    text = f"{case.app} requires assignment and this person is not assigned."
    return because(answered(yes=object_id not in found.value), "user-not-assigned", text)


def _unnamed_not_assigned(question: Question) -> Opinion:
    """Some are assigned, others are not: it matters only where an assigned person gets in."""
    case, found = question.case, question.case.assignments
    if isinstance(found, Unknown):
        return open_question(found)
    if found.value is None or (found.value.number == 0 and found.value.exact):
        text = f"{case.app} requires assignment and no user or group is assigned."
        return because(YES, "nobody-assigned", text)
    gets_in = any_of((granted(question), default_scope(question), role(question)))
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


def assignment(question: Question) -> Opinion:
    """Does the app require assignment, so that users cannot consent?"""
    app = question.case.app
    text = f"{app} requires assignment, and users cannot consent to such an app themselves."
    return because(assignment_required(question.case), "assignment-required", text)


class _Roles(msgspec.Struct, frozen=True):
    """Role template ids that a person holds."""

    ids: frozenset[str]
    caveats: frozenset[str] = frozenset()
    """Not empty where the tenant should have said so and the request stands for it."""


def role(question: Question) -> Opinion:
    """Who holds a role may consent; one that is only stated hedges whatever follows from it."""
    roles = _roles(question.case)
    held = [name for name, template in ROLES.items() if template in roles.ids]
    strong = [name for name in held if name != _APPLICATION_DEVELOPER]
    opinion = NO
    if strong:
        text = f"{_a(strong[0])} may consent to delegated permissions, also for everybody."
        opinion = because(YES, "role-may-consent", text)
        opinion = replace(opinion, caveats=default_list(question).caveats)
    elif held:
        opinion = _developer(question)
    return replace(opinion, caveats=opinion.caveats | roles.caveats)


def _developer(question: Question) -> Opinion:
    """An Application Developer may consent even where user consent is off."""
    published = question.target.published
    if isinstance(published, Unknown):
        return open_question(published)
    if published.value is None or published.value.type.casefold() != "user":
        return NO
    text = f"{_a(_APPLICATION_DEVELOPER)} may consent for themselves to apps of this tenant."
    own = owner(question.case).own
    foreign = all_of((own.negate(), open_question(caveat="application-developer")))
    alone = assignment_required(question.case).negate()
    return because(all_of((any_of((own, foreign)), alone)), "role-may-consent", text)


def _a(role: str) -> str:
    return f"{'An' if role[0] in 'AEIOU' else 'A'} {role}"


def _roles(case: Case) -> _Roles:
    """Return the roles that Graph shows of a named person, else the one that the request states."""
    asker = case.request.asker
    shown = case.facts.user_roles(asker.user_id) if asker.user_id else None
    if isinstance(shown, Known):
        return _Roles(shown.value)
    role = asker.role or (GLOBAL_ADMINISTRATOR if asker.kind is UserKind.ADMIN else "")
    stated = frozenset({ROLES[role]} if role in ROLES else ())
    return _Roles(stated, frozenset({"person-as-stated"} if shown is not None else ()))


def guest(question: Question) -> Opinion:
    """Is it a guest, whose rights to consent are not documented?"""
    guest = is_guest(question.case)
    if isinstance(guest, Unknown):
        return open_question(guest)
    if not guest.value:
        return NO
    text = "Microsoft does not say what a guest may consent to under these policies."
    return because(replace(YES, caveats=frozenset({"guest-rules"})), "guest-rules-open", text)
