"""Makes a snapshot and its requests fit to be shared: what the tenant owns is replaced.

Everything that is written comes out of these two, so a report, a plan or a script made from a
share-safe snapshot is share-safe by construction, and the snapshot reproduces it. The rule is
default deny: ``shapes`` names every member that the sources parse, and what is not named goes.
``docs/share-safe.md`` says it for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor.facts import derive
from auditor.model.profile import ConsentRequest
from auditor.model.snapshot import Snapshot
from auditor.share_safe.documents import safe_readings
from auditor.share_safe.pseudonyms import Pseudonyms
from auditor.share_safe.public import public_facts
from auditor.share_safe.replacer import Replacer
from auditor.share_safe.requests import safe_request


@dataclass(frozen=True, slots=True)
class Shared:
    """A snapshot and the requests to decide on it, in the same pseudonyms."""

    snapshot: Snapshot
    requests: tuple[ConsentRequest, ...]
    previous: Snapshot | None = None


def share(
    snapshot: Snapshot,
    requests: Sequence[ConsentRequest],
    key: bytes,
    previous: Snapshot | None = None,
) -> Shared:
    """Replace what the tenant owns.

    A snapshot that is share-safe already stays as it is; so do the pseudonyms in the requests.

    Args:
        snapshot: As it was read.
        requests: At least one; the app of a shipped vendor's profile is public.
        key: Secret; the same key gives the same pseudonyms.
        previous: An earlier snapshot to compare with: what one of both proves public stays in both.
    """
    states = [derive(one) for one in (snapshot, previous) if one is not None]
    public = public_facts(requests, *states)
    asked = Replacer(Pseudonyms(key, again=snapshot.share_safe), public)
    read = Replacer(Pseudonyms(key), public)
    return Shared(
        _safe(snapshot, read),
        tuple(safe_request(one, asked) for one in requests),
        _safe(previous, read) if previous is not None else None,
    )


def _safe(snapshot: Snapshot, replacer: Replacer) -> Snapshot:
    if snapshot.share_safe:
        return snapshot
    return replace(
        snapshot,
        tenant=replacer.tenant(snapshot.tenant),
        readings=safe_readings(snapshot.readings, replacer),
        share_safe=True,
    )
