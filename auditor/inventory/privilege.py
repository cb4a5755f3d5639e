"""The permissions of an app that can make an account or app Global Administrator, in words."""

from auditor.inventory import risk
from auditor.model.inventory import App
from auditor.model.risk import RiskTable

_SHOWN = 5


def words(names: tuple[str, ...]) -> str:
    """Name permissions, the first of many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def paths(app: App, risks: RiskTable) -> tuple[str, ...]:
    """Name the permissions of an app that have a path to Global Administrator."""
    return tuple(dict.fromkeys(one.value or one.role_id for one in risk.paths(app, risks)))
