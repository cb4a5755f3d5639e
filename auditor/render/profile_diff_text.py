"""What a document asks for, beside the app's registration and the tenant, as text."""

from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.profile_diff import Conclusion, Held, ProfileDiff, Row
from auditor.render import words
from auditor.render.clean import clean, clean_sentence
from auditor.render.say import count_text, moment
from auditor.render.terminal import indented, listed, write_text

_MARKS = {Held.YES: "yes", Held.NO: "no", Held.UNKNOWN: "unknown"}
_HEADS = {
    Conclusion.NEVER_REQUESTED: "The document asks, the app's registration does not list it:",
    Conclusion.NOT_IN_DOCUMENT: "The app's registration lists it, the document does not ask:",
    Conclusion.LEFT_OVER: "Consented to here, and the document does not ask (any more):",
    Conclusion.NOT_GRANTED: "The document asks, and nobody has consented for everybody:",
    Conclusion.NEVER_NEEDED: "The document asks, and another permission of it covers that:",
}


def print_profile_diff(found: ProfileDiff, stream: TextIO) -> None:
    """Write the comparison to ``stream``, coloured if that is a terminal."""
    write_text(stream, lambda console: _print(console, found))


def _print(console: Console, found: ProfileDiff) -> None:
    tenant = clean(found.tenant_name or found.tenant_id or "a tenant that gave no name")
    about = f"{clean(found.name)} ({found.profile_id}), app {found.app_id}"
    console.print(Text(about, "bold"))
    where = f"{tenant}, {words.CLOUDS[found.cloud]} cloud, {moment(found.collected_at)}"
    console.print(Text(f"Compared with {where}"))
    console.print(_table(found))
    for what, head in _HEADS.items():
        rows = found.concluded(what)
        if rows:
            console.print(Text(head, "bold"))
            console.print(indented(listed(("-", _said(what, one)) for one in rows)))
    if not any(found.concluded(one) for one in _HEADS):
        console.print("Nothing differs, as far as it is known.")
    for sentence in found.unknown:
        console.print(Text.assemble(("Unknown: ", "bold magenta"), clean_sentence(sentence)))


def _table(found: ProfileDiff) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Permission", overflow="fold")
    table.add_column("Document", overflow="fold")
    for head in ("Registration", "For everybody", "By users"):
        table.add_column(head)
    for row in found.rows:
        table.add_row(*(Text(cell) for cell in _cells(row)))
    return table


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    users = "unknown" if row.users is None else count_text(row.users)
    return _name(row), _asked(row), _MARKS[row.listed], _MARKS[row.granted], users


def _asked(row: Row) -> str:
    if row.asked is not Held.YES:
        return _MARKS[row.asked]
    return f"{'required' if row.required else 'optional'}: {', '.join(row.features)}"


def _name(row: Row) -> str:
    """Name a permission; its resource too, where that is not the usual one."""
    name = clean(row.value)
    return name if row.resource_app_id == MICROSOFT_GRAPH else f"{name} ({clean(row.resource)})"


def _said(what: Conclusion, row: Row) -> str:
    if what is Conclusion.NEVER_NEEDED:
        return f"{_name(row)} (covered by {row.covered_by})"
    users = row.users
    if what is Conclusion.NOT_GRANTED and users and users.number:
        return f"{_name(row)} (users with a consent of their own: {count_text(users)})"
    return _name(row)
