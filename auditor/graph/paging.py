"""What following the pages of a listing has in common, for a few pages and for a thousand."""

from collections.abc import Collection
from datetime import UTC
from http import HTTPStatus

from auditor.graph.answer import Answer
from auditor.graph.client import GraphClient
from auditor.model.snapshot import Reading

_EXPIRED = b"Directory_ExpiredPageToken"


def problem(client: GraphClient, link: str, seen: Collection[str], pages: int, most: int) -> str:
    """Say why a next page is not asked for; empty where it may be.

    Args:
        client: Knows which addresses are Graph's.
        link: Of the next page.
        seen: Links of this listing that were followed.
        pages: How many were read.
        most: How many may be read.
    """
    if not client.guard.is_ours(link):
        return "the listing goes on at another host, which is not followed"
    if link in seen:
        return "the listing goes on in a circle"
    return "the listing has no end" if pages >= most else ""


def failure(text: str) -> Answer:
    """Return what stands for a page that is not asked for."""
    return Answer(0, {}, b"", text)


def is_expired(answer: Answer) -> bool:
    """Say whether a page was asked for too late, so that the listing has to begin again."""
    return answer.status == HTTPStatus.BAD_REQUEST and _EXPIRED in answer.body


def reading(
    client: GraphClient, source: str, subject: str, request: str, page: int, answer: Answer
) -> Reading:
    """Make a reading of an answer, with the time of now."""
    return Reading(
        source=source,
        subject=subject,
        page=page,
        request=request,
        status=answer.status,
        body=answer.body,
        at=client.clock().astimezone(UTC).replace(microsecond=0),
        failure=answer.failure,
    )
