"""Writes the parts of the documentation that come from the code.

python -m tests.generated_docs
"""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import click

from auditor.catalog import load_profile, profile_ids
from auditor.checks import documentation
from auditor.cli.config_schema import config_schema
from auditor.cli.main import main
from auditor.consent.codes import CAVEATS, REASONS
from auditor.inventory.checks import documentation as inventory_documentation
from auditor.model.profile import ProfileKind, VendorProfile
from auditor.sources import load
from auditor.sources.source import AnySource, Subject
from tests.baselines_doc import baselines_page

ROOT = Path(__file__).parents[1]

APP_ROLES = {
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "GroupSettings.Read.All": "f3c4f514-c65a-43f5-bfce-1735872258dd",
    "Organization.Read.All": "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    "Policy.Read.All": "246dd0d5-5bd0-4def-940b-0421030a5b68",
    "Policy.Read.PermissionGrant": "9e640839-a198-48fb-8b9a-013fd6f6cbcd",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
}
"""Ids of Microsoft Graph's application permissions, the same in every tenant.

Source: learn.microsoft.com/graph/permissions-reference (read 2026-11).
"""

_PERMISSIONS = """\
# Permissions

What the auditor reads of Microsoft Graph, and the least-privileged **application** permission that
Microsoft documents for it; for reviewers and roles it is `Directory.Read.All`, which is needed anyway,
instead of narrower ones in addition. All of them only read; the program refuses to send anything
but reads.
A permission that is missing makes unknown what rests on it, and nothing else: the report names the
request that was refused and the permission that would allow it.

This page is made from `auditor/sources/`.

"""

_REASONS = """\
# Reasons and caveats

Every outcome in a report carries reasons, and where Microsoft's documents or Graph leave something
open, caveats. Their codes are stable: programs may rely on them, and none is ever used again for
something else. The sentence beside a code is its general meaning; a report says it with the names
of the tenant at hand.

This page is made from `auditor/consent/codes.py`.

"""


def permission_table() -> str:
    """Return the table of README.md: one row a permission, in order of the alphabet."""
    by_permission: dict[str, list[AnySource]] = {}
    for source in load():
        for permission in source.needs:
            by_permission.setdefault(permission, []).append(source)
    rows = (
        (f"`{permission}`", "; ".join(dict.fromkeys(one.why for one in sources)), _when(sources))
        for permission, sources in sorted(by_permission.items())
    )
    return _table(("application permission", "without it stays unknown", "read"), rows)


def _when(sources: list[AnySource]) -> str:
    if all(one.subject is Subject.USER for one in sources):
        return "with `--user-id`"
    return "always"


def permissions() -> str:
    """Return docs/permissions.md."""
    rows = (
        (
            f"`{one.name}`",
            one.title,
            f"`{one.path.split('?')[0]}`",
            ", ".join(f"`{need}`" for need in one.needs),
            one.why,
        )
        for one in load()
    )
    head = ("source", "what", "Graph path (v1.0)", "permission", "without it stays unknown")
    ids = ((f"`{name}`", f"`{APP_ROLES[name]}`") for name in sorted(_needed()))
    absent = [
        f"- `{one.name}`: {', '.join(sorted(one.absent_in))}" for one in load() if one.absent_in
    ]
    parts = [_PERMISSIONS + _table(head, rows)]
    if absent:
        parts.append("## Not in every cloud\n\n" + "\n".join(absent) + "\n")
    ids_text = (
        "## Ids\n\nThe ids of these permissions on Microsoft Graph "
        "(`00000003-0000-0000-c000-000000000000`) are the same in every tenant.\n\n"
    )
    parts.append(ids_text + _table(("permission", "id"), ids))
    return "\n".join(parts)


def _needed() -> set[str]:
    return {need for source in load() for need in source.needs}


def reasons() -> str:
    """Return docs/reasons.md."""
    reason_rows = ((f"`{code}`", text) for code, text in REASONS.items())
    caveat_rows = ((f"`{code}`", text) for code, text in CAVEATS.items())
    return (
        f"{_REASONS}## Reasons\n\n{_table(('code', 'meaning'), reason_rows)}\n"
        f"## Caveats\n\n{_table(('code', 'meaning'), caveat_rows)}"
    )


def profile_table() -> str:
    """Return the table of docs/profiles.md: one row a shipped profile."""
    head = ("profile", "product", "app ID", "permissions", "features", "source")
    return _table(head, map(_profile_row, map(load_profile, profile_ids())))


def _profile_row(profile: VendorProfile) -> tuple[str, ...]:
    own = profile.kind == ProfileKind.OWN_REGISTRATION
    unknown = "your registration's" if own else "not documented"
    chosen = [one for one in profile.features if one.required or one.default]
    asked = {(one.resource, one.value) for feature in chosen for one in feature.permissions}
    host = urlsplit(profile.source).hostname
    return (
        f"`{profile.id}`",
        profile.name,
        f"`{profile.app_id}`" if profile.app_id else unknown,
        str(len(asked)),
        ", ".join(f"`{one.id}`" for one in profile.features),
        f"[{host}]({profile.source})" if host else profile.source,
    )


def _within(text: str, name: str, origin: str, table: str) -> str:
    """Put a table between its two marks."""
    begin, end = f"<!-- {name}: made from {origin} -->\n", f"<!-- /{name} -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table}\n{end}{after}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def generated() -> dict[Path, str]:
    """Return the wanted content of every file that is wholly or partly generated."""
    front, profiles = ROOT / "README.md", ROOT / "docs" / "profiles.md"
    sources, shipped = permission_table(), profile_table()
    return {
        front: _within(front.read_text("utf-8"), "permissions", "auditor/sources", sources),
        profiles: _within(profiles.read_text("utf-8"), "profiles", "policies/profiles", shipped),
        ROOT / "docs" / "baselines.md": baselines_page(),
        ROOT / "docs" / "checks.md": documentation(),
        ROOT / "docs" / "inventory-checks.md": inventory_documentation(),
        ROOT / "docs" / "permissions.md": permissions(),
        ROOT / "docs" / "reasons.md": reasons(),
        ROOT / "reports" / "json" / "config-v1.schema.json": config_schema(
            click.Context(main)
        ).decode(),
    }


if __name__ == "__main__":
    for path, content in generated().items():
        path.write_text(content, "utf-8")
