"""Writes the parts of the documentation that come from the code.

python -m tests.generated_docs
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from auditor import listings
from auditor.catalog import load_profile, profile_ids
from auditor.checks import documentation
from auditor.cli.config_schema import config_schema
from auditor.cli.main import main
from auditor.consent.codes import CAVEATS, REASONS
from auditor.graph.guard import ReadOnlyGuard
from auditor.inventory.checks import documentation as inventory_documentation
from auditor.listings import app_management
from auditor.listings.listing import AnyListing
from auditor.model.profile import ProfileKind, VendorProfile
from auditor.sources import load
from auditor.sources.source import AnySource, Subject
from tests.baselines_doc import baselines_page

ROOT = Path(__file__).parents[1]
_GRAPH = "https://graph.microsoft.com"
_GUARD = ReadOnlyGuard(f"{_GRAPH}/v1.0")

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

This page is made from `auditor/sources/` and `auditor/listings/`.

"""

OPTIONAL_ROLES = {"AuditLog.Read.All": "b0afded3-3588-46d8-8b3d-9842eff778da"}
"""Those without which an inventory answers one question less, and nothing else is missing."""

_INVENTORY = """\
## The inventory

`consent-auditor inventory` reads these in addition. The two listings of owners are read of privileged
apps alone; most of them come as `$expand=owners` of `/servicePrincipals` and `/applications`, with the
same permission. `sign-ins` is in Graph's beta version, the only thing that is read there; Microsoft
documents that `Directory.Read.All` opens it too, and it takes Microsoft Entra ID P1.
`consent-auditor setup` does not ask for `AuditLog.Read.All`: add it by hand where the report stays
closed.

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
    optional = (
        (f"`{permission}`", one.why, "optional, with `inventory`")
        for permission in OPTIONAL_ROLES
        for one in listings.load()
        if permission in one.needs
    )
    head = ("application permission", "without it stays unknown", "read")
    return _table(head, sorted([*rows, *optional]))


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
    roles = APP_ROLES | OPTIONAL_ROLES
    ids = ((f"`{name}`", f"`{roles[name]}`") for name in sorted({*_needed(), *OPTIONAL_ROLES}))
    absent = [
        f"- `{one.name}`: {', '.join(sorted(one.absent_in))}" for one in load() if one.absent_in
    ]
    parts = [_PERMISSIONS + _table(head, rows)]
    if absent:
        parts.append("## Not in every cloud\n\n" + "\n".join(absent) + "\n")
    parts.append(f"{_INVENTORY}{_table(head, _inventory_rows())}")
    ids_text = (
        "## Ids\n\nThe ids of these permissions on Microsoft Graph "
        "(`00000003-0000-0000-c000-000000000000`) are the same in every tenant.\n\n"
    )
    parts.append(ids_text + _table(("permission", "id"), ids))
    return "\n".join(parts)


def _inventory_rows() -> Iterator[tuple[str, ...]]:
    """List what an inventory reads; settings that nothing else looks at come last."""
    every: tuple[AnyListing | AnySource, ...] = (*listings.load(), *app_management.SOURCES)
    for one in every:
        address = _GUARD.address(one.path.split("?")[0])  # knows what is beta
        path = address.removeprefix(f"{_GRAPH}/v1.0").removeprefix(_GRAPH)
        path = path.replace("{part}", "{id}").replace("{subject}", "{id}")
        yield (
            f"`{one.name}`",
            one.title,
            f"`{path}`",
            ", ".join(f"`{need}`" for need in one.needs),
            one.why,
        )


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
