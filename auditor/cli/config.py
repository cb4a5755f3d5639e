"""``consent-auditor config``: the settings in force, and the schema of the file."""

import click

from auditor.cli.config_file import read_config
from auditor.cli.output import write_stdout


@click.group(name="config")
def command() -> None:
    """Show the settings and where each one comes from."""


@command.command(name="show")
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@click.pass_context
def show(ctx: click.Context, *, origin: bool, format: str) -> None:  # noqa: A002
    """Print every option's value as it is without a command line; of secrets, whether they are set.

    As text it is a config file that gives the same values.
    """
    from auditor.cli.config_show import settings, settings_json, settings_text  # noqa: PLC0415

    root = ctx.find_root()
    config = read_config(root)
    found = settings(root, config)
    if format == "json":
        write_stdout(settings_json(config, found))
    else:
        write_stdout(settings_text(config, found, origin=origin))


@command.command(name="schema")
@click.pass_context
def schema(ctx: click.Context) -> None:
    """Print the JSON Schema of the config file."""
    from auditor.cli.config_schema import config_schema  # noqa: PLC0415

    write_stdout(config_schema(ctx))
