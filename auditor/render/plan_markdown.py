"""Plans as Markdown, from the templates of the report."""

from jinja2 import Environment, FunctionLoader, StrictUndefined

from auditor.model.report import Report
from auditor.render.plan_view import plans_view
from auditor.render.text import md, md_code, md_fence, md_text
from auditor.resources import resource


def render_plans_markdown(report: Report, number: int | None) -> bytes:
    """Write the plans of every assessment as UTF-8; with ``number``, that plan alone."""
    template = _environment().get_template("plan.md.j2")
    return template.render(report=plans_view(report, number), brief=False).encode()


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=False,  # noqa: S701 - Markdown; the filters escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(md=md, md_text=md_text, md_code=md_code, md_fence=md_fence)
    return environment


def _source(name: str) -> str:
    return resource("reports", "markdown", name).read_text(encoding="utf-8")
