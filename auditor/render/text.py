"""Text formats: a folder of ``reports/`` with Jinja templates, filled from the view.

Adding a text format is adding a folder; nothing here knows which ones there are.
"""

import re
from base64 import b64encode
from hashlib import sha256

from jinja2 import Environment, FunctionLoader, StrictUndefined

from auditor.errors import UsageError
from auditor.model.report import Report
from auditor.render.manifest import text_formats
from auditor.render.view import view
from auditor.resources import resource

_FIRES = re.compile(r"@|#(?=\w)|!(?=\d)|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
"""What trackers turn into mentions, ticket numbers and links even behind a backslash."""
_MARKUP = re.compile(r"[\\`*{}\[\]<|~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_FIRST = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=:>#]))")
"""What starts a list, heading, quote or rule, at the start of a line."""
_URI = re.compile(
    r"(?<![^\s(\[\"'])([A-Za-z][A-Za-z0-9+.-]*://[^\s<>\"`|\\]*[^\s<>\"`|\\.,;:!?)'\]])"
)
"""An address inside a sentence, without what ends the sentence."""
_NO_CODE = re.compile(r"[`|\\\n]")


def render(report: Report, format_id: str) -> bytes:
    """Write a report in one text format, as UTF-8.

    Raises:
        UsageError: There is no such format.
    """
    known = text_formats()
    if format_id not in known:
        msg = f"{format_id} is no text format: choose from {', '.join(known)}"
        raise UsageError(msg)
    chosen = known[format_id]
    template = environment(format_id, autoescape=chosen.autoescape).get_template(chosen.template)
    shown = view(report)
    text = template.render(report=shown, brief=False)
    if 0 < chosen.longest < len(text):
        text = template.render(report=shown, brief=True)
    return text.encode()


def render_summary(report: Report, longest: int) -> bytes:
    """Write the Markdown report, or its answers alone where the whole would be too long.

    Args:
        report: Anything that was decided.
        longest: Characters that the whole report may have.
    """
    whole = render(report, "markdown")
    if len(whole.decode()) <= longest:
        return whole
    template = environment("markdown", autoescape=False).get_template("summary.md.j2")
    return template.render(report=view(report)).encode()


def md(text: str) -> str:
    """Escape text for Markdown: no markup, no HTML, no table cell, no link and no mention.

    Renderers look for mentions and addresses after they have removed backslashes, so those get
    the visible brackets of ``clean`` instead: ``⟨@⟩``.
    """
    return _FIRST.sub(r"\1\\", _escape(" ".join(text.split())))


def md_text(text: str) -> str:
    """Escape a sentence for Markdown, with every address in it as a code span to copy."""
    parts = _URI.split(" ".join(text.split()))  # every second one is an address
    spans = (f"`{part}`" if at % 2 else _escape(part) for at, part in enumerate(parts))
    return _FIRST.sub(r"\1\\", "".join(spans))


def _escape(line: str) -> str:
    broken = _FIRES.sub(lambda match: f"⟨{match[0]}⟩", line)
    return _MARKUP.sub(r"\\\g<0>", broken)


def md_code(text: str) -> str:
    """Show text as a Markdown code span where that is safe, else as escaped text."""
    line = " ".join(text.split())
    return md(line) if not line or _NO_CODE.search(line) else f"`{line}`"


def md_fence(text: str) -> str:
    """Return a fence that no line of ``text`` can close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)


def csp_hash(text: str) -> str:
    """Return the source expression that allows exactly this text in a Content-Security-Policy."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def environment(folder: str, *, autoescape: bool) -> Environment:
    """Make the environment of the templates in one folder of ``reports/``."""
    made = Environment(
        loader=FunctionLoader(lambda name: _source(folder, name)),
        autoescape=autoescape,  # noqa: S701 - format.toml says whether it is HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = {"md": md, "md_text": md_text, "md_code": md_code, "md_fence": md_fence}
    made.filters.update(filters, csp_hash=csp_hash)
    return made


def _source(folder: str, name: str) -> str:
    return resource("reports", folder, name).read_text(encoding="utf-8")
