"""What a listing is."""

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from auditor.model.cloud import Cloud
from auditor.sources.source import MalformedError, Source, Subject

MOST_ROWS = 999
"""The largest page that Graph documents for directory objects."""
_NUMBER = re.compile(rb'(?:\xef\xbb\xbf)?"?([0-9]{1,12})"?')


class Row(msgspec.Struct, rename="camel", gc=False):
    """The base of the shapes that rows are decoded to; unknown members are passed over."""

    id: str


R_co = TypeVar("R_co", bound=Row, covariant=True)


class Page(msgspec.Struct, Generic[R_co]):
    """One page of rows."""

    value: list[R_co]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


@dataclass(frozen=True, slots=True)
class Listing(Generic[R_co]):
    """One collection of Graph that is read to its end."""

    name: str
    title: str
    """In an administrator's words."""
    path: str
    """Below the API version; ``{part}`` stands for what a part is read for."""
    select: tuple[str, ...]
    """Exactly the members that ``row`` decodes; empty where Graph documents no ``$select``."""
    needs: tuple[str, ...]
    """The least-privileged Microsoft Graph application permission."""
    why: str
    """What stays unknown without it, for the documentation."""
    row: type[R_co]
    page: type[Page[R_co]]
    filter: str = ""
    """OData, always applied."""
    parts: tuple[str, ...] = ("",)
    """Subjects that are read one by one; none where other listings have to say what to read."""
    ranges: tuple[str, ...] = ()
    """Filters that divide the listing, to be read side by side instead of its one part. A row that
    is in none of them is missed, so who uses them has to count."""
    short: bool = False
    """Mostly one page a part: the first pages of all such parts share one batch."""
    delta: bool = False
    """Whether Graph reports what changed since an earlier run."""
    absent_in: frozenset[Cloud] = frozenset()
    countable: bool = True
    """Graph documents ``$count`` for it, where it is no short one."""
    may_be_absent: bool = False
    """404 is an answer: the tenant has no such object."""
    always: tuple[str, ...] = ()
    """Attributes of ``row`` that Graph always gives, and that would look harmless if they were left
    out; reports of changes alone leave out what was never set."""
    never_null: tuple[str, ...] = ()
    """Those of ``always`` that are lists, empty or not; null says nothing of them."""
    inborn: tuple[str, ...] = ()
    """Attributes of ``row`` that every object has from its beginning: what is reported of a new one
    has them, and a report without them is only of what changed."""

    def request(self, part: str) -> str:
        """Return path and query of a part's first page."""
        path = self.path.replace("{part}", part)
        filters = [one for one in (self.filter, part if part in self.ranges else "") if one]
        condition = f"$filter={' and '.join(filters)}&" if filters else ""
        select = f"$select={','.join(self.select)}&" if self.select else ""
        return f"{path}?{condition}{select}$top={MOST_ROWS}"

    @property
    def source(self) -> Source[tuple[bytes, ...]]:
        """The same as something to be read in a batch, its pages undecoded."""
        return Source(
            name=self.name,
            title=self.title,
            subject=Subject.RESOURCE,
            path=self.request("{subject}"),
            needs=self.needs,
            why=self.why,
            parse=lambda bodies: bodies,
            pages=True,
            may_be_absent=self.may_be_absent,
        )

    @property
    def count(self) -> Source[int]:
        """How many rows Graph counts, as something to be read in a batch.

        Source:
            learn.microsoft.com/graph/aad-advanced-queries: ``$count`` as a segment of the path, for
            applications, service principals and delegated grants alike.
        """
        return Source(
            name=f"{self.name}-count",
            title=self.title,
            subject=Subject.TENANT,
            path=f"{self.path}/$count",
            needs=self.needs,
            why="when the reading will end",
            parse=_counted,
            advanced=True,
        )

    @property
    def changes(self) -> str:
        """Return path and query that begin the report of changes, from now on."""
        return f"{self.path}/delta?$select={','.join(self.select)}&$deltatoken=latest"


def _counted(bodies: tuple[bytes, ...]) -> int:
    """Read a number; Graph's texts begin with a byte order mark at times.

    Raises:
        MalformedError: It is something else.
    """
    found = _NUMBER.fullmatch(b"".join(bodies))
    if not found:
        msg = "the count is no number"
        raise MalformedError(msg)
    return int(found[1])


AnyListing = Listing[Row]
