r"""Writes a profile as the TOML file that it could have been read from.

Every text is a basic string in one line: quotes, backslashes and what cannot be seen are escaped,
so that no name can end its string or start a new line.
"""

from collections.abc import Iterable, Iterator, Sequence

from auditor.model.profile import Feature, Registration, Requirement, Variable, VendorProfile
from auditor.scopes import scope_of

_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def profile_text(profile: VendorProfile, remarks: Sequence[str] = ()) -> str:
    """Write a profile.

    Args:
        profile: What becomes of its permissions' letter case is up to the reader.
        remarks: Comments at the top, for whoever goes on with the file.
    """
    return "".join(f"{line}\n" for line in _lines(profile, remarks))


def _lines(profile: VendorProfile, remarks: Sequence[str]) -> Iterator[str]:
    yield from (f"# {_visible(one)}" for one in remarks)
    yield from ("",) if remarks else ()
    for key in ("id", "name", "version", "kind", "summary", "source"):
        yield f"{key} = {_text(getattr(profile, key))}"
    yield f"retrieved = {profile.retrieved.isoformat()}"
    if profile.app_id is not None:
        yield f"app_id = {_text(profile.app_id)}"
    if profile.documented_way:
        yield f"documented_way = {_text(profile.documented_way)}"
    if profile.notes:
        yield from _list("notes", map(_text, profile.notes))
    for variable in profile.variables:
        yield from _variable(variable)
    if profile.registration:
        yield from _registration(profile.registration)
    for feature in profile.features:
        yield from _feature(feature)


def _variable(one: Variable) -> Iterator[str]:
    yield from ("", "[[variables]]")
    for key in ("name", "description", "kind"):
        yield f"{key} = {_text(getattr(one, key))}"
    yield f"required = {_truth(one.required)}"


def _registration(one: Registration) -> Iterator[str]:
    yield from ("", "[registration]")
    yield f"platform = {_text(one.platform)}"
    yield from _list("redirect_uris", map(_text, one.redirect_uris))
    yield from _list("audiences", map(_text, one.audiences))
    yield f"credential = {_truth(one.credential)}"
    yield f"elsewhere = {_truth(one.elsewhere)}"


def _feature(one: Feature) -> Iterator[str]:
    yield from ("", "[[features]]")
    yield f"id = {_text(one.id)}"
    yield f"name = {_text(one.name)}"
    yield f"required = {_truth(one.required)}"
    yield f"default = {_truth(one.default)}"
    yield from _list("permissions", map(_permission, one.permissions))


def _permission(one: Requirement) -> str:
    """Write the scope alone, or a table where there are remarks about it."""
    scope = _text(scope_of(one.resource_app_id, one.value))
    members = [f"scope = {scope}"]
    if one.documented_as:
        members.append(f"documented_as = {_text(one.documented_as)}")
    if one.note:
        members.append(f"note = {_text(one.note)}")
    if one.assumed:
        members.append("assumed = true")
    return scope if len(members) == 1 else f"{{ {', '.join(members)} }}"


def _list(key: str, items: Iterable[str]) -> Iterator[str]:
    """Write a list, one item a line unless there is but one."""
    found = list(items)
    if len(found) <= 1:
        yield f"{key} = [{''.join(found)}]"
        return
    yield f"{key} = ["
    yield from (f"  {one}," for one in found)
    yield "]"


def _text(text: str) -> str:
    return f'"{"".join(_ESCAPES.get(c) or _visible(c) for c in text)}"'


def _visible(text: str) -> str:
    """Escape what is not printable; a lone surrogate, which TOML cannot hold, is replaced."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(c: str) -> str:
    number = ord(c)
    if 0xD800 <= number <= 0xDFFF:  # noqa: PLR2004 - the surrogates
        return "\N{REPLACEMENT CHARACTER}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004


def _truth(value: bool) -> str:  # noqa: FBT001 - what is written
    return "true" if value else "false"
