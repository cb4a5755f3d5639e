"""``consent-auditor checks``: what is judged about a tenant."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from auditor.check_docs import Documented


@click.group(name="checks")
def command() -> None:
    """List and explain the checks."""


@command.command(name="list")
def list_checks() -> None:
    """List the checks: id, severity, who asks (audit or inventory), and title."""
    rows = [
        (one, who) for who, checks in zip(_WHO, _kinds().values(), strict=True) for one in checks
    ]
    width = max(len(one.id) for one, _ in rows)
    for one, who in rows:
        click.echo(f"{one.id:{width}} {one.severity:8} {who:9} {one.title}")


@command.command(name="explain")
@click.argument("check_id")
def explain_check(check_id: str) -> None:
    """Print a check's documentation."""
    from auditor.check_docs import explain  # noqa: PLC0415 - --help stays instant

    click.echo(explain(check_id, _kinds()))


_WHO = ("audit", "inventory")


def _kinds() -> "dict[str, tuple[Documented, ...]]":
    """Load the checks of each package, those of an audit first."""
    from auditor import checks  # noqa: PLC0415
    from auditor.inventory import checks as inventory_checks  # noqa: PLC0415

    return {one.__name__: one.load() for one in (checks, inventory_checks)}
