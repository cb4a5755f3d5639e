"""What the texts ask of user consent, answered from the condition sets of the assigned policies."""

from collections.abc import Iterable

import msgspec

from auditor.baselines.candidates import RiskyHere, risky_here
from auditor.baselines.reach import (
    Reach,
    is_open,
    is_selective,
    is_undecided,
    may_cover,
    names_apps,
    reach,
)
from auditor.baselines.settings import Settings, hedged, met, not_met, unknown, unread
from auditor.consent.explain import joined, listed
from auditor.model.baseline import Verdict
from auditor.model.cloud import ENDPOINTS
from auditor.model.fact import Fact, Known, Unknown
from auditor.model.tenant import AuthorizationPolicy, PermissionGrantPolicy
from auditor.model.well_known import BUILT_IN_POLICIES
from auditor.permissions import resource_name

_NO_CONSENT = "No app consent policy is assigned to users, so they may consent to nothing."
_LOW = "microsoft-user-default-low"
_MANAGED = frozenset(
    {
        "microsoft-user-default-recommended",
        "microsoft-user-default-allow-consent-apps",
        "microsoft-user-allow-default-consent-apps",
    }
)
"""Microsoft's article spells the second one in two ways."""


class _Assigned(msgspec.Struct, frozen=True):
    """The app consent policies that are assigned to users; those that are gone are left out."""

    read: dict[str, PermissionGrantPolicy]
    unread: dict[str, Unknown]


def no_user_consent(settings: Settings) -> Verdict:
    """Met where no policy is assigned that can let users consent to anything.

    An assigned policy that was deleted, or that includes nothing delegated, lets users consent to
    nothing. Any other does, also one limited to a single app. Policies of Microsoft cannot be
    deleted, so one of them counts although its content could not be read; a custom policy that
    could not be read may be gone, which leaves the answer open.
    """
    policy = settings.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return unread(policy)
    assigned = _assigned(settings, policy.value)
    allowing = [name for name, one in assigned.read.items() if _includes_something(one)]
    allowing += [name for name in assigned.unread if name.casefold() in BUILT_IN_POLICIES]
    if allowing:
        return not_met(f"Users may consent to apps under {joined(sorted(allowing))}.")
    if assigned.unread:
        return unread(*assigned.unread.values())
    why = _NO_CONSENT if not policy.value.user_consent else "No assigned policy allows anything."
    return hedged(met(why), policy.value)


def selected_permissions(settings: Settings) -> Verdict:
    """Met where users may consent to selected permissions for known publishers at most.

    Every include of every assigned policy has to name permissions or a classification, and has to
    be limited to verified publishers, to named tenants (such as this one), publishers or apps.
    Consent switched off is stricter and met too. Which permissions are selected is not judged.
    """
    return _each_policy(settings, frozenset({_LOW}))


def managed_or_selected(settings: Settings) -> Verdict:
    """Met where Microsoft manages user consent, or where selected permissions alone are open.

    Microsoft's managed policies count by their names, for their content is Microsoft's choice;
    every other assigned policy is judged by its condition sets, as for selected permissions.
    """
    return _each_policy(settings, _MANAGED | {_LOW})


def no_risky_user_consent(settings: Settings) -> Verdict:
    """Met where no risky permission is open to users, and only known publishers are.

    Risky are the delegated permissions of ScubaGear's list, whatever mark they have there. They
    must not be open under any assigned policy: by a Low classification, because a policy covers
    unclassified permissions (the legacy and the managed one), or because a custom policy names
    them. A policy that is limited to one app counts as well, for the text knows two settings
    alone: no user consent, or low-risk permissions of verified publishers. An include that is open
    to apps of unverified publishers is not met whatever it covers.

    Looked at are Microsoft Graph, Exchange Online and SharePoint Online, and of the list's other
    resources those that were read. Of the three, one that could not be read leaves the answer
    open only where a policy might cover its permissions.
    """
    policy = settings.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return unread(policy)
    if not policy.value.user_consent:
        return hedged(met(_NO_CONSENT), policy.value)
    assigned, here = _assigned(settings, policy.value), risky_here(settings)
    verifies = ENDPOINTS[settings.facts.cloud].verifies_publishers
    reached = {
        name: reach(one, here.candidates, verifies=verifies) for name, one in assigned.read.items()
    }
    verdict = _sure(settings, here, assigned, reached) or _left_open(here, assigned, reached)
    if verdict is not None:
        return verdict
    looked_at = joined([resource_name(one) for one in here.resources])
    text = f"No risky permission is open to users; looked at: {looked_at}."
    return hedged(met(text), policy.value)


def _sure(
    settings: Settings, here: RiskyHere, assigned: _Assigned, reached: dict[str, Reach]
) -> Verdict | None:
    """Answer not met where the policies that were read suffice for that."""
    evidence = _evidence(settings, here, assigned, reached)
    if evidence:
        policies = joined(
            sorted(_titled(name, assigned.read[name]) for name, one in reached.items() if one.sure)
        )
        text = f"Users may consent to risky permissions under {policies}: {listed(list(evidence))}."
        return not_met(text, evidence)
    wide = [name for name, one in assigned.read.items() if _is_wide(one)]
    if wide:
        text = f"Users may consent to apps of unverified publishers under {joined(sorted(wide))}."
        return not_met(text)
    return None


def _evidence(
    settings: Settings, here: RiskyHere, assigned: _Assigned, reached: dict[str, Reach]
) -> tuple[str, ...]:
    """Name what is open, and which of it for apps alone that a policy names."""
    none: frozenset[int] = frozenset()
    wide = [one.sure for name, one in reached.items() if not names_apps(assigned.read[name])]
    broad, texts = none.union(*wide), set()
    for name, one in reached.items():
        for position in one.sure:
            found = here.candidates[position]
            title = settings.risky.title(found.resource_app_id, found.name)
            texts.add(title if position in broad else f"{title}, for apps that {name} names")
    return tuple(sorted(texts))


def _left_open(here: RiskyHere, assigned: _Assigned, reached: dict[str, Reach]) -> Verdict | None:
    """Answer unknown where something that was not read, or is not documented, may be in reach."""
    maybe = {
        here.candidates[position].resource_app_id
        for one in reached.values()
        for position in one.maybe
    }
    if assigned.unread:
        return unread(*assigned.unread.values())
    missing = [(app_id, fact) for app_id, fact in here.unread if app_id in maybe]
    if missing:
        names = joined([resource_name(one) for one in dict.fromkeys(app for app, _ in missing)])
        rest = unread(*(fact for _, fact in missing)).why
        return unknown(f"Whether risky permissions of {names} are open is not known. {rest}")
    odd = [name for name, one in assigned.read.items() if reached[name].maybe or _may_be_wide(one)]
    if odd:
        text = (
            f"Conditions of {joined(sorted(odd))} cannot be evaluated, so risky ones may be open."
        )
        return unknown(text)
    return None


def _each_policy(settings: Settings, by_name: frozenset[str]) -> Verdict:
    """Judge every assigned policy that is not accepted by its name."""
    policy = settings.facts.authorization_policy()
    if isinstance(policy, Unknown):
        return unread(policy)
    if not policy.value.user_consent:
        return hedged(met(_NO_CONSENT), policy.value)
    assigned = _assigned(settings, policy.value)
    judged = {name: one for name, one in assigned.read.items() if name.casefold() not in by_name}
    wide = sorted(name for name, one in judged.items() if not _is_selected(one))
    if wide:
        text = f"{joined(wide)}: open to more than selected permissions of known publishers."
        return not_met(text)
    missing = [one for name, one in assigned.unread.items() if name.casefold() not in by_name]
    if missing:
        return unread(*missing)
    odd = sorted(name for name, one in judged.items() if _is_odd(one))
    if odd:
        return unknown(f"Conditions of {joined(odd)} cannot be evaluated.")
    return hedged(
        met(f"Assigned to users: {joined(list(policy.value.user_consent))}."), policy.value
    )


def _assigned(settings: Settings, policy: AuthorizationPolicy) -> _Assigned:
    found = {name: settings.facts.policy(name) for name in policy.user_consent}
    return _Assigned(
        read={name: one for name, one in _known(found.items()) if one is not None},
        unread={name: one for name, one in found.items() if isinstance(one, Unknown)},
    )


def _known(
    found: Iterable[tuple[str, Fact[PermissionGrantPolicy | None]]],
) -> Iterable[tuple[str, PermissionGrantPolicy | None]]:
    return ((name, one.value) for name, one in found if isinstance(one, Known))


def _titled(name: str, policy: PermissionGrantPolicy) -> str:
    return f"{name} (for apps that it names)" if names_apps(policy) else name


def _includes_something(policy: PermissionGrantPolicy) -> bool:
    return bool(policy.unrecognised) or any(may_cover(one) for one in policy.includes)


def _is_selected(policy: PermissionGrantPolicy) -> bool:
    return all(
        (is_selective(one) and not is_open(one)) or is_undecided(one)
        for one in policy.includes
        if may_cover(one)
    )


def _is_wide(policy: PermissionGrantPolicy) -> bool:
    found = (one for one in policy.includes if may_cover(one))
    return any(is_open(one) and not is_undecided(one) for one in found)


def _may_be_wide(policy: PermissionGrantPolicy) -> bool:
    return bool(policy.unrecognised) or any(
        is_open(one) and may_cover(one) for one in policy.includes
    )


def _is_odd(policy: PermissionGrantPolicy) -> bool:
    return bool(policy.unrecognised) or any(is_undecided(one) for one in policy.includes)
