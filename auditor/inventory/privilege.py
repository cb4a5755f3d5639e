"""The permissions of an app that can make an account or app Global Administrator, in words."""

from auditor.inventory import risk
from auditor.model.inventory import App
from auditor.model.risk import RiskTable


def paths(app: App, risks: RiskTable) -> tuple[str, ...]:
    """Name the permissions of an app that have a path to Global Administrator."""
    return tuple(dict.fromkeys(one.value or one.role_id for one in risk.paths(app, risks)))
