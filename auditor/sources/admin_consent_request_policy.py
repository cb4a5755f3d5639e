"""The admin consent workflow: whether users can ask, and who reviews."""

from auditor.model.tenant import AdminConsentWorkflow, WorkflowReviewer
from auditor.sources._json import GraphObject, decode, only
from auditor.sources.source import Source, Subject


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
        reviewers=tuple(WorkflowReviewer(one.query) for one in found.reviewers or [] if one.query),
    )


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
