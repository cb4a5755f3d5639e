"""``consent-auditor checks``: what is judged about a tenant."""

import click

from auditor.checks import explain, load


@click.group(name="checks")
def command() -> None:
    """List and explain the checks."""


@command.command(name="list")
def list_checks() -> None:
    """List the checks."""
    for check in load():
        click.echo(f"{check.id:40} {check.severity:8} {check.title}")


@command.command(name="explain")
@click.argument("check_id")
def explain_check(check_id: str) -> None:
    """Print a check's documentation."""
    click.echo(explain(check_id))
