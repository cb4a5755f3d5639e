"""Does the token carry the permissions that are needed, and no others?"""

import re
from collections.abc import Iterable, Iterator

from auditor import listings
from auditor.doctor.check import INCOMPLETE, Case, Check, Step, failed, ok, unknown, warning
from auditor.graph.claims import Claims
from auditor.graph.settings import Auth
from auditor.model.diagnosis import Observation
from auditor.permissions import application_permission_ids
from auditor.setup.permissions import (
    AppPermission,
    needed_permissions,
)
from auditor.sources import load
from auditor.sources.source import AnySource, Subject

_READS = re.compile(r"Read(Basic|Anonymous|(Selected)?For(Chat|Team|User))?")
"""The verbs of Graph's permissions that only read; the verb stands behind the first dot."""


def _run(case: Case) -> Step:
    claims = case.claims
    if claims is None:
        return case, (unknown("", "the token is opaque: the sources below show what it reads"),)
    if claims.delegated:
        return case, (*_delegated(claims),)
    if claims.roles is None:
        return case, (unknown("", "the token's roles are no list of names"),)
    return case, tuple(compare(claims.roles, person=bool(case.user_id), where=_where(case)))


def compare(roles: Iterable[str], *, person: bool, where: str) -> Iterator[Observation]:
    """Compare application permissions with those that are needed.

    Args:
        roles: Names as the token has them; letter case does not matter.
        person: With what is read about the person of ``--user-id``.
        where: Where a permission is added and taken away, for the fix.
    """
    held = {role.casefold(): role for role in roles}
    needed = needed_permissions(person=person)
    absent = [one for one in needed if one.value.casefold() not in held]
    if not absent:
        yield ok("needed", f"all {len(needed)} are in the token")
    else:
        yield from (_absent(one, frozenset(held), person=person, where=where) for one in absent)
    every = {one.value.casefold() for one in needed_permissions(person=True)}
    for name in sorted(held.keys() - {one.value.casefold() for one in needed}):
        yield _too_much(held[name], where, other_feature=name in every)


def _absent(
    permission: AppPermission, held: frozenset[str], *, person: bool, where: str
) -> Observation:
    """Say what stays unknown, unless a broader permission reads the same."""
    readers = [one for one in _asked(person=person) if permission.value in one.needs]
    unread = [one for one in readers if not _broader(one, held)]
    if not unread:
        names = sorted({name for one in readers for name in _broader(one, held)})
        return ok(permission.value, f"not in the token, but {', '.join(names)} reads the same")
    lost = "; ".join(dict.fromkeys(one.why for one in unread))
    found = f"missing ({permission.id}); stays unknown: {lost}"
    fix = f"add this application permission {where}, and let an administrator consent"
    return failed(permission.value, found, fix, INCOMPLETE)


def _asked(*, person: bool) -> list[AnySource]:
    return [one for one in load() if person or one.subject is not Subject.USER]


def _broader(source: AnySource, held: frozenset[str]) -> list[str]:
    return [name for name in source.also if name.casefold() in held]


def _too_much(name: str, where: str, *, other_feature: bool) -> Observation:
    known = {value.casefold(): one for value, one in application_permission_ids().items()}
    identity = known.get(name.casefold(), "an id that this version does not know")
    if other_feature:
        return ok(name, "only --user-id needs it, which is not given now")
    if name.casefold() in {need.casefold() for one in listings.load() for need in one.needs}:
        return ok(name, "no audit needs it; inventory reads more with it")
    fix = f"take the app role away {where}, and revoke its consent"
    if only_reads(name):
        return warning(name, f"not needed ({identity})", fix)
    return warning(name, f"can do more than read ({identity}); the auditor never needs that", fix)


def only_reads(name: str) -> bool:
    """Say whether a permission's name promises that it only reads."""
    return bool(_READS.fullmatch(name.partition(".")[2].partition(".")[0]))


def _where(case: Case) -> str:
    if case.way is Auth.MANAGED_IDENTITY:
        return "at the managed identity's service principal (its app role assignments)"
    return "in the app registration's API permissions"


def _delegated(claims: Claims) -> Iterator[Observation]:
    found = "a person's token reads what that person's roles allow: the sources below show it"
    yield unknown("needed", found)
    scopes = claims.scp or ()
    writing = [one for one in scopes if "." in one and not only_reads(one)]
    if writing:
        found = f"this token could do more than read: {', '.join(writing)}"
        fix = "the auditor sends reads alone; for least privilege sign in as an app"
        yield warning("too much", found, fix)


CHECK = Check("permissions", "comparing permissions", _run, ("sign-in",))
