"""The pages of listings: what is looked at before a page's rows are decoded."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from auditor.listings.listing import AnyListing
from auditor.model.snapshot import Reading

_HEAD = 4096
_NEXT_LINK = re.compile(rb'"@odata\.nextLink"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.)*")')


@dataclass(frozen=True, slots=True)
class Part:
    """One chain of pages."""

    listing: AnyListing
    subject: str
    changes: bool = False
    """What changed in the listing, instead of the listing."""

    @property
    def name(self) -> str:
        """The source's name of its readings."""
        return changes_of(self.listing) if self.changes else self.listing.name

    @property
    def request(self) -> str:
        """Path and query of the first page."""
        return self.listing.changes if self.changes else self.listing.request(self.subject)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on in a chain of pages."""

    url: str
    """Absolute."""
    page: int
    """Its number, from 0."""


Keep = Callable[[Reading], None]
"""Takes a page."""
Tell = Callable[[Part, int, bool], None]
"""Told how many rows a page had, and whether it was the last."""


class Pages(Protocol):
    """Reads chains of pages: over the network, or from something else."""

    async def read(
        self, parts: Sequence[Part], places: Mapping[Part, Place], keep: Keep, tell: Tell
    ) -> None:
        """Read all chains to their ends, each from its place or its first page."""


def changes_of(listing: AnyListing) -> str:
    """Return the name of the readings that say what changed in a listing."""
    return f"{listing.name}-changes"


class Envelope(msgspec.Struct):
    """A page whose rows are left as they are."""

    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    delta_link: str | None = msgspec.field(default=None, name="@odata.deltaLink")


_ENVELOPE = msgspec.json.Decoder(Envelope)
_LINK = msgspec.json.Decoder(str)


def whole_parts(listing: AnyListing, read: Collection[str]) -> tuple[str, ...]:
    """Say which parts make a listing whole: its ranges, where nothing but ranges was read.

    Args:
        listing: What is read.
        read: Its parts that were read, or begun.
    """
    return listing.ranges if listing.ranges and read and "" not in read else listing.parts


def early_link(body: bytes) -> str | None:
    """Find the address of the next page in a page's head, without decoding the page.

    Graph writes it before the rows. A row could hold the same text, so it is compared with
    ``envelope`` before anything rests on it.
    """
    found = _NEXT_LINK.search(body, 0, _HEAD)
    try:
        return _LINK.decode(found[1]) if found else None
    except msgspec.DecodeError:
        return None


def envelope(body: bytes) -> Envelope | None:
    """Decode a page as far as needed to go on; None where it is no page."""
    try:
        return _ENVELOPE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _mended(body)


def goes_on(body: bytes) -> bool:
    """Say whether a page names a next one."""
    if early_link(body):
        return True
    page = envelope(body) if b"@odata.nextLink" in body else None
    return bool(page and page.next_link)


def _mended(body: bytes) -> Envelope | None:
    """Decode a page with half a character in a text, which msgspec refuses.

    One app's name would otherwise hide all apps behind it.
    """
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
        return _ENVELOPE.decode(text.encode(errors="surrogatepass").decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
