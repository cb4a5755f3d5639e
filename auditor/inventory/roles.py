"""Names of application permissions, which grants hold by id."""

import csv
from collections.abc import Mapping

from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.resources import resource

_TABLES = {MICROSOFT_GRAPH: "microsoft-graph-application.csv"}


def role_names() -> Mapping[tuple[str, str], str]:
    """Read the names by the resource's app ID and the role's id, both in lower case.

    Raises:
        ResourceError: A table is missing from the installation.
    """
    found = {}
    for app_id, file in _TABLES.items():
        text = resource("policies", "permissions", file).read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            found[app_id, row["id"].lower()] = row["value"]
    return found
