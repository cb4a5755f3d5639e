"""Plans as Markdown, from the templates of the report."""

from auditor.model.report import Report
from auditor.render.plan_view import plans_view
from auditor.render.text import environment


def render_plans_markdown(report: Report, number: int | None) -> bytes:
    """Write the plans of every assessment as UTF-8; with ``number``, that plan alone."""
    template = environment("markdown", autoescape=False).get_template("plan.md.j2")
    return template.render(report=plans_view(report, number), brief=False).encode()
