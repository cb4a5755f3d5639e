"""``consent-auditor``: commands that load only when they run, and errors as one line."""

import importlib
import os
import sys
from typing import ClassVar, NoReturn

import click

from auditor import __version__
from auditor.cycles import search_seldom
from auditor.errors import AuditorError, ConfigError, UsageError

_ISSUES = "https://github.com/entra-consent-auditor/entra-consent-auditor/issues"

_WANTS_HELP = "auditor.wants-help"
_INTERRUPTED = 130
_READER_GONE = 141
"""What shells say of a program whose reader, such as ``head``, went away."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed, so that ``--help`` is instant."""

    commands_in_order: ClassVar[dict[str, tuple[str, str]]] = {
        "audit": ("auditor.cli.audit", "Decide what users of a tenant meet, and write reports."),
        "plan": ("auditor.cli.plan", "Show proven plans, and write their scripts."),
        "what-if": ("auditor.cli.what_if", "Suppose changes, and show what they move."),
        "demo": ("auditor.cli.demo", "Do the same on a sample tenant; needs no credentials."),
        "explain": ("auditor.cli.explain", "Say what a sign-in error means, and what to do."),
        "collect": ("auditor.cli.collect", "Read a tenant and write a snapshot file."),
        "inventory": ("auditor.cli.inventory", "Read a whole tenant, and say what is risky in it."),
        "bundle": ("auditor.cli.bundle", "Write the one share-safe file for a ticket."),
        "doctor": (
            "auditor.cli.doctor",
            "Check sign-in, network and permissions; say what to fix.",
        ),
        "setup": ("auditor.cli.setup", "Print what registers the auditor in a tenant."),
        "profiles": ("auditor.cli.profiles", "List, check, make and compare requirement profiles."),
        "checks": ("auditor.cli.checks", "List and explain the checks."),
        "config": ("auditor.cli.config", "Show the settings and where each one comes from."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which people need them."""
        _ = ctx
        return list(self.commands_in_order)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module."""
        _ = ctx
        if cmd_name not in self.commands_in_order:
            return None
        module, _help = self.commands_in_order[cmd_name]
        command: click.Command = importlib.import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and remember whether only its help is wanted."""
        ctx.meta[_WANTS_HELP] = not set(ctx.help_option_names).isdisjoint(args)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        _ = ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.commands_in_order.items()])


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CONSENT_AUDITOR",
    },
)
@click.version_option(__version__, prog_name="consent-auditor", allow_from_autoenv=False)
@click.option(
    "--config",
    envvar="CONSENT_AUDITOR_CONFIG",
    default="",
    metavar="FILE",
    help="A config file instead of consent-auditor.toml in the working directory. "
    "[env: CONSENT_AUDITOR_CONFIG]",
)
@click.option(
    "--no-config",
    envvar="CONSENT_AUDITOR_NO_CONFIG",
    is_flag=True,
    help="Read no config file. [env: CONSENT_AUDITOR_NO_CONFIG]",
)
@click.pass_context
def main(ctx: click.Context, config: str, *, no_config: bool) -> None:
    """Find out whether users of an Entra tenant can connect an app without admin approval.

    Only reads, never writes to a tenant. Exit codes: 0 ready, 10 not ready, 4 unknown because
    something could not be read, 3 sign-in failed, 2 wrong usage, 1 a fault of this program.
    """
    _ = config, no_config  # use_config reads them with their sources
    from auditor.cli.config_file import use_config  # noqa: PLC0415 - only when a command runs

    try:
        use_config(ctx)
    except ConfigError:
        if not ctx.meta.get(_WANTS_HELP):  # help is what mends the file
            raise


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; every error becomes one line on stderr."""
    search_seldom()
    stdout = sys.stdout
    try:
        code = main.main(args=arguments, prog_name="consent-auditor", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(UsageError.exit_code)
    except AuditorError as error:
        _tell(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _reader_gone()
    except SystemExit:
        if sys.stdout is not stdout:  # so click ends on a broken pipe
            _reader_gone()
        raise
    except OSError as error:
        _tell(f"the result cannot be written: {error.strerror or error}")
        _drop_stdout()
        sys.exit(UsageError.exit_code)
    except Exception as error:  # noqa: BLE001 - the last resort: one line, no tenant data
        _tell(f"internal fault {_place(error)}; report it at {_ISSUES}")
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _reader_gone() -> NoReturn:
    _drop_stdout()
    sys.exit(_READER_GONE)


def _tell(text: str) -> None:
    from auditor.files import shown  # noqa: PLC0415 - only when something is wrong

    click.echo(f"consent-auditor: {shown(' '.join(text.split()))}", err=True)


def _place(error: BaseException) -> str:
    """Name the kind of fault and where, and nothing that a tenant or a user gave."""
    import traceback  # noqa: PLC0415

    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "auditor" in frame.filename]
    last = (ours or frames)[-1]
    file = "/".join(last.filename.replace("\\", "/").rsplit("/", 2)[-2:])
    return f"{type(error).__name__} at {file}:{last.lineno} (version {__version__})"


def _drop_stdout() -> None:
    """Let nothing more be written: the interpreter would complain when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
