"""What an error means, as Markdown: one answer to paste into a ticket."""

from auditor.explanation import Explanation
from auditor.render.explain_view import explain_view
from auditor.render.text import environment


def render_explanation_markdown(found: Explanation) -> bytes:
    """Write what a text's codes mean, what holds in the tenant, and the first plan, as UTF-8."""
    shown = explain_view(found)
    template = environment("markdown", autoescape=False).get_template("explain.md.j2")
    return template.render(shown=shown, report=shown.report).encode()
