"""The admin consent workflow: whether users can ask, and who reviews.

Source: learn.microsoft.com/graph/api/adminconsentrequestpolicy-get (read 2026-08) for the queries
that name reviewers.
"""

import re
from urllib.parse import unquote_plus

from auditor.model.tenant import AdminConsentWorkflow, ReviewerKind, WorkflowReviewer
from auditor.sources._json import GraphObject, decode, only
from auditor.sources.source import Source, Subject

_GUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_VERSION = r"(?:/v1\.0|/beta)?"
_FORMS = {
    ReviewerKind.USER: re.compile(rf"{_VERSION}/users/{_GUID}"),
    ReviewerKind.GROUP: re.compile(
        rf"{_VERSION}/groups/{_GUID}(?:/(?:transitive)?members(?:/microsoft\.graph\.user)?)?"
    ),
    ReviewerKind.ROLE: re.compile(
        rf"{_VERSION}/rolemanagement/directory/roleassignments"
        rf"\?\$filter=roledefinitionid eq '{_GUID}'"
    ),
}


class _Reviewer(GraphObject):
    query: str | None = None


class _Policy(GraphObject):
    is_enabled: bool
    notify_reviewers: bool | None = None
    reminders_enabled: bool | None = None
    request_duration_in_days: int | None = None
    reviewers: list[_Reviewer] | None = None


def _parse(bodies: tuple[bytes, ...]) -> AdminConsentWorkflow:
    found = decode(only(bodies), _Policy)
    return AdminConsentWorkflow(
        enabled=found.is_enabled,
        notify_reviewers=found.notify_reviewers,
        reminders=found.reminders_enabled,
        duration_days=found.request_duration_in_days,
        reviewers=tuple(_reviewer(one.query) for one in found.reviewers or [] if one.query),
    )


def _reviewer(query: str) -> WorkflowReviewer:
    """Recognise the forms that Microsoft documents, percent-encoded or not."""
    plain = unquote_plus(query).casefold().rstrip("/ ")
    for kind, form in _FORMS.items():
        found = form.fullmatch(plain)
        if found:
            return WorkflowReviewer(query, kind, found[1])
    return WorkflowReviewer(query, ReviewerKind.OTHER, "")


SOURCE = Source(
    name="admin-consent-request-policy",
    title="Admin consent workflow",
    subject=Subject.TENANT,
    path="/policies/adminConsentRequestPolicy",
    needs=("Policy.Read.All",),
    also=("Directory.Read.All", "Policy.ReadWrite.ConsentRequest"),
    why="whether a user who needs approval can ask for it, and who decides",
    parse=_parse,
)
