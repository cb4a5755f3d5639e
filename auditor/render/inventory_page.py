"""An inventory as a page or as Markdown: templates of ``reports/``, filled from the view."""

from auditor.render.inventory_overview import Overview
from auditor.render.inventory_view import Caps, inventory_view
from auditor.render.manifest import text_formats
from auditor.render.text import environment

_SHORTER = (
    Caps(apps=25, registrations=10, affected=8, permissions=3),
    Caps(apps=10, registrations=0, affected=3, permissions=2, message=400),
    Caps(apps=3, registrations=0, affected=0, permissions=1, message=200),
)
"""What Markdown shows; the next is tried where a ticket would not take the text."""


def render_inventory_html(overview: Overview, *, beside: bool) -> bytes:
    """Write the page.

    Args:
        overview: What is said of the tenant.
        beside: The tables are written beside it as CSV.
    """
    template = environment("html", autoescape=True).get_template("inventory.html.j2")
    return template.render(report=inventory_view(overview, Caps(beside=beside))).encode()


def render_inventory_markdown(overview: Overview) -> bytes:
    """Write the text, as long as a ticket takes it."""
    template = environment("markdown", autoescape=False).get_template("inventory.md.j2")
    longest, text = text_formats()["markdown"].longest, ""
    for caps in _SHORTER:
        text = template.render(report=inventory_view(overview, caps))
        if len(text) <= longest:
            break
    return text.encode()
