"""The users of one group that reviews requests for admin consent: one page.

Source: learn.microsoft.com/graph/api/group-list-transitivemembers (read 2026-11): a listing that
is cast to users has to be an advanced query.
"""

from auditor.model.tenant import GroupMembers
from auditor.sources import _user
from auditor.sources._json import items, members
from auditor.sources.source import Source, Subject


def _parse(bodies: tuple[bytes, ...]) -> GroupMembers:
    people = tuple(_user.person(one) for one in items(bodies, _user.User))
    return GroupMembers(people, complete="@odata.nextLink" not in members(bodies[-1]))


SOURCE = Source(
    name="reviewer-group-members",
    title="The members of a reviewing group",
    subject=Subject.REVIEWER,
    path=(
        "/groups/{subject}/transitiveMembers/microsoft.graph.user"
        f"?{_user.SELECT}&$count=true&$top=999"
    ),
    needs=("Directory.Read.All",),
    why="whether the reviewers of the admin consent workflow can decide",
    parse=_parse,
    advanced=True,
    may_be_absent=True,
)
