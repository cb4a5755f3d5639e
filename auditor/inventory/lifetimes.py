"""How long a credential may live: as the tenant's app management policies say, or half a year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from auditor.inventory.credentials import Credential, CredentialKind, Holder
from auditor.model.app_management import Lifetime
from auditor.model.fact import Known, Unknown
from auditor.model.inventory import Inventory, Owner

HALF_A_YEAR = timedelta(days=186)
"""Six months have up to 184 days, and times of day may differ."""
_KINDS = {CredentialKind.CLIENT: "secret", CredentialKind.CERTIFICATE: "certificate"}
_DAY = timedelta(days=1)
"""Times of day may differ."""


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest life that is allowed lies between these two; mostly they are the same."""

    least: timedelta
    most: timedelta


_USUAL = Longest(HALF_A_YEAR, HALF_A_YEAR)


class Lifetimes:
    """What one tenant allows."""

    def __init__(self, inventory: Inventory) -> None:
        """Take a tenant's policies, and when and where its apps were registered."""
        self._policies = inventory.app_management
        self._created = {one.id: one.created for one in inventory.registrations}
        self._foreign = {one.id for one in inventory.apps if one.owner is Owner.OTHER}

    @cached_property
    def unread(self) -> Unknown | None:
        """What could not be read of the policies; then half a year is allowed."""
        if self._policies is None:
            return None
        first = (self._policies.default, self._policies.custom)
        facts = (*first, *self._policies.targets.values())
        return next((one for one in facts if isinstance(one, Unknown)), None)

    @property
    def limited(self) -> bool:
        """Whether any policy of the tenant limits a life."""
        return any(one.enabled is not False for one in self._every())

    def _every(self) -> Iterator[Lifetime]:
        if self._policies is None or self.unread:
            return
        default, custom = self._policies.default, self._policies.custom
        if isinstance(default, Known) and default.value.enabled:
            yield from (*default.value.applications, *default.value.service_principals)
        for one in custom.value if isinstance(custom, Known) else ():
            yield from one.lifetimes if one.enabled else ()

    def of(self, holder: Holder, credential: Credential) -> Longest:
        """Say how long a credential may live."""
        kind = _KINDS.get(credential.kind)
        rules = [(one, sure) for one, sure in self._rules(holder) if one.kind == kind]
        found = [longest for one, sure in rules if (longest := self._by(holder, one, sure=sure))]
        if not found:
            return _USUAL
        return Longest(min(one.least for one in found), min(one.most for one in found))

    def _rules(self, holder: Holder) -> Iterator[tuple[Lifetime, bool]]:
        """List what may limit a holder's credentials, and whether it surely does."""
        if self._policies is None or self.unread:
            return
        custom, default = self._policies.custom, self._policies.default
        for one in custom.value if isinstance(custom, Known) else ():
            targets = self._policies.targets.get(one.id)
            if isinstance(targets, Known) and holder.id in targets.value:
                # Graph does not say what a policy does that is assigned and not enabled.
                yield from ((each, one.enabled) for each in one.lifetimes)
                return
        if not isinstance(default, Known) or not default.value.enabled:
            return
        if holder.id in self._created:
            yield from ((one, True) for one in default.value.applications)
        else:
            sure = holder.id in self._foreign
            yield from ((one, sure) for one in default.value.service_principals)

    def _by(self, holder: Holder, rule: Lifetime, *, sure: bool) -> Longest | None:
        """Say what a rule allows; None where it is not for this holder."""
        applies = self._applies(holder, rule)
        if rule.enabled is False or applies is False:
            return None
        if rule.longest is None:
            return Longest(timedelta(0), HALF_A_YEAR)
        longest = rule.longest + _DAY
        if sure and rule.enabled and applies:
            return Longest(longest, longest)
        return Longest(min(longest, HALF_A_YEAR), max(longest, HALF_A_YEAR))

    def _applies(self, holder: Holder, rule: Lifetime) -> bool | None:
        """Say whether the holder is young enough; Graph shows no creation of an enterprise app."""
        if rule.created_since is None:
            return True
        created = self._created.get(holder.id)
        return None if created is None else created >= rule.created_since
