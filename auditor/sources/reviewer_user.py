"""One user who reviews requests for admin consent: there still, and able to sign in?

``Directory.Read.All``, which the auditor needs anyway, reads users too; the narrower
``User.Read.All`` would be one permission more.
"""

from auditor.model.tenant import Person
from auditor.sources import _user
from auditor.sources._json import decode, only
from auditor.sources.source import Source, Subject


def _parse(bodies: tuple[bytes, ...]) -> Person:
    return _user.person(decode(only(bodies), _user.User))


SOURCE = Source(
    name="reviewer-user",
    title="A reviewer's account",
    subject=Subject.REVIEWER,
    path=f"/users/{{subject}}?{_user.SELECT}",
    needs=("Directory.Read.All",),
    why="whether the reviewers of the admin consent workflow can decide",
    parse=_parse,
    may_be_absent=True,
)
