"""The application permissions that the auditor reads with, as its sources name them."""

from dataclasses import dataclass

from auditor.permissions import application_permission_ids
from auditor.sources import load
from auditor.sources.source import Subject


@dataclass(frozen=True, slots=True)
class AppPermission:
    """One application permission of Microsoft Graph."""

    value: str
    """The name, such as ``Policy.Read.All``."""
    id: str
    """GUID of the app role, the same in every tenant; lower case."""


def needed_permissions(*, person: bool) -> tuple[AppPermission, ...]:
    """List what the sources need, in order of the alphabet.

    Args:
        person: With what is read about the person of ``--user-id``.

    Raises:
        KeyError: A source needs a permission that the shipped table does not have.
    """
    ids = application_permission_ids()
    asked = (one for one in load() if person or one.subject is not Subject.USER)
    names = {need for source in asked for need in source.needs}
    return tuple(AppPermission(name, ids[name]) for name in sorted(names))
