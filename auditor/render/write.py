"""One door to every file format. Each format is imported only when it is asked for."""

import msgspec

from auditor.errors import UsageError
from auditor.model.report import Report
from auditor.render.manifest import text_formats

# The formats are imported inside the functions: jinja2 and pandas take longer than a whole run
# that writes neither HTML nor CSV.
# ruff: noqa: PLC0415


class Document(msgspec.Struct, frozen=True):
    """One finished file."""

    name: str
    """Such as ``report.html``."""
    media_type: str
    content: bytes


def formats() -> tuple[str, ...]:
    """Return the ids of all formats, in alphabetical order."""
    return tuple(sorted({"csv", "json", *text_formats()}))


def write(report: Report, format_id: str) -> Document:
    """Write a report in one format.

    Raises:
        UsageError: There is no such format.
    """
    match format_id:
        case "json":
            return _json(report)
        case "csv":
            return _csv(report)
        case _:
            return _text(report, format_id)


def _json(report: Report) -> Document:
    from auditor.render.json_v1 import render_json

    return Document("report.json", "application/json", render_json(report))


def _csv(report: Report) -> Document:
    from auditor.render.table import render_csv

    return Document("report.csv", "text/csv; charset=utf-8", render_csv(report))


def _text(report: Report, format_id: str) -> Document:
    chosen = text_formats().get(format_id)
    if chosen is None:
        msg = f"There is no format {format_id!r}: choose from {', '.join(formats())}"
        raise UsageError(msg)
    from auditor.render.text import render

    return Document(f"report.{chosen.extension}", chosen.media_type, render(report, format_id))
