"""``consent-auditor setup``: what creates the auditor's own app registration."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from auditor.cli.options import TENANT_OPTIONS
from auditor.cli.output import check_output, is_folder, places, tell_files, write_stdout
from auditor.cli.source import refuse_options
from auditor.errors import UsageError
from auditor.files import shown, write_new, write_whole
from auditor.model.cloud import Cloud

if TYPE_CHECKING:
    from auditor.setup.certificate import KeyPair
    from auditor.setup.registration import Federation, PublicCertificate, Registration

# Whatever reads, writes or makes keys is imported when a command runs.
# ruff: noqa: PLC0415

_NAME = "entra-consent-auditor"
_FILES = {
    "azure-cli": "setup.sh",
    "powershell": "setup.ps1",
    "terraform": "setup.tf",
    "portal": "setup.txt",
}
_WAYS = ("certificate", "federated", "secret")
_ISSUERS = ("github", "azure-devops", "kubernetes")
_EXECUTABLE, _PLAIN, _PRIVATE = 0o755, 0o644, 0o600


class _Options(TypedDict):
    format: str
    credential: str
    certificate: str
    issuer: str
    subject: str
    issuer_url: str
    audience: str
    name: str
    without_person: bool
    tenant: str
    cloud: str
    output: str


_OPTIONS = (
    click.Option(
        ["--format"],
        type=click.Choice([*_FILES]),
        default="azure-cli",
        show_default=True,
        help="A script, a Terraform configuration, or steps in the admin centre.",
    ),
    click.Option(
        ["--credential"],
        type=click.Choice(_WAYS),
        default=_WAYS[0],
        show_default=True,
        help="How the auditor will sign in.",
    ),
    click.Option(
        ["--certificate"],
        default="",
        metavar="FILE",
        help="The public certificate to upload, as `setup certificate` makes one.",
    ),
    click.Option(
        ["--issuer"],
        type=click.Choice(_ISSUERS),
        default=None,
        help="With --credential federated: whose tokens are accepted.",
    ),
    click.Option(["--subject"], default="", metavar="TEXT", help="What those tokens are about."),
    click.Option(
        ["--issuer-url"], default="", metavar="URL", help="Where it is not the issuer's usual one."
    ),
    click.Option(
        ["--audience"], default="", metavar="TEXT", help="Where it is not the cloud's usual one."
    ),
    click.Option(
        ["--name"], default=_NAME, show_default=True, help="Display name of the registration."
    ),
    click.Option(
        ["--without-person"], is_flag=True, help="Leave out what only --user-id of audit reads."
    ),
    *(one for one in TENANT_OPTIONS if one.name in {"tenant", "cloud"}),
    click.Option(
        ["--output"], default="", metavar="DIR|FILE|-", help="Where to write; - is stdout."
    ),
)


@click.group(name="setup", params=[*_OPTIONS], invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context, **options: Unpack[_Options]) -> int:
    """Print what creates the auditor's own app registration; run it yourself.

    It gets the application permissions that the auditor reads with, and no others.
    """
    if ctx.invoked_subcommand:
        refuse_options(ctx)
        return 0
    _check_together(options)
    registration = _registration(options)
    content = _written(options["format"], registration)
    if options["output"] in {"", "-"}:
        write_stdout(content)
        return 0
    paths = places([_FILES[options["format"]]], options["output"])
    mode = _EXECUTABLE if options["format"] == "azure-cli" else _PLAIN
    write_whole(paths[0], content, mode=mode)
    tell_files(paths, quiet=False)
    return 0


def _check_together(options: _Options) -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: One is missing, or one has no meaning here.
    """
    check_output((options["format"],), options["output"])
    way = options["credential"]
    federated = [options["issuer"], options["subject"], options["issuer_url"], options["audience"]]
    if way != "federated" and any(federated):
        msg = "--issuer, --subject, --issuer-url and --audience go with --credential federated"
        raise UsageError(msg)
    if way == "federated" and not options["issuer"]:
        msg = f"--credential federated needs --issuer {' or '.join(_ISSUERS)}"
        raise UsageError(msg)
    if way != "certificate" and options["certificate"]:
        raise UsageError("--certificate goes with --credential certificate")
    if way == "certificate" and not options["certificate"] and options["format"] != "portal":
        msg = (
            "--certificate is missing: give the public certificate to upload; consent-auditor "
            "setup certificate --output DIR makes one (or choose another --credential)"
        )
        raise UsageError(msg)


def _registration(options: _Options) -> "Registration":
    from auditor.setup.permissions import needed_permissions
    from auditor.setup.registration import (
        LONGEST_NAME,
        Registration,
        Way,
        checked_tenant,
        checked_text,
    )

    return Registration(
        name=checked_text(options["name"], "--name", LONGEST_NAME),
        permissions=needed_permissions(person=not options["without_person"]),
        way=Way(options["credential"]),
        cloud=Cloud(options["cloud"]),
        tenant=checked_tenant(options["tenant"]),
        certificate=_certificate(options),
        federation=_federation(options),
    )


def _certificate(options: _Options) -> "PublicCertificate | None":
    if not options["certificate"]:
        return None
    from auditor.setup.certificate import read_public

    return read_public(Path(options["certificate"]), datetime.now(UTC))


def _federation(options: _Options) -> "Federation | None":
    if options["credential"] != "federated":
        return None
    from auditor.setup.federation import make_federation

    return make_federation(
        options["issuer"],
        options["subject"],
        url=options["issuer_url"],
        audience=options["audience"],
        cloud=Cloud(options["cloud"]),
    )


def _written(format_id: str, registration: "Registration") -> bytes:
    from auditor.setup import azure_cli, portal, powershell, terraform

    writers = {
        "azure-cli": azure_cli.write,
        "powershell": powershell.write,
        "terraform": terraform.write,
        "portal": portal.write,
    }
    return writers[format_id](registration).encode()


@command.command(name="certificate")
@click.option("--output", required=True, metavar="DIR", help="The folder to write to.")
@click.option("--name", default=_NAME, show_default=True, help="The certificate's common name.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="How long it is valid.",
)
def certificate(output: str, name: str, days: int) -> None:
    """Make a private key and a certificate on this machine; overwrites nothing."""
    from auditor.setup.certificate import LONGEST_NAME, make_key_pair
    from auditor.setup.next_steps import KEY_FILE, PUBLIC_FILE
    from auditor.setup.registration import checked_text

    checked_text(name, "--name", LONGEST_NAME)
    if len(name.encode()) > LONGEST_NAME:
        msg = f"--name takes more than {LONGEST_NAME} bytes: give a shorter one"
        raise UsageError(msg)
    check_output((), output)
    if not is_folder(output):
        raise UsageError(f"--output {shown(output)} is no folder: end its name in /")
    key, public = places([KEY_FILE, PUBLIC_FILE], output)
    pair = make_key_pair(name, days, datetime.now(UTC))
    write_new(key, pair.pem, mode=_PRIVATE)
    try:
        write_new(public, pair.public.pem.encode())
    except BaseException:
        key.unlink(missing_ok=True)
        raise
    click.echo(_made(pair, key, public), nl=False)


def _made(pair: "KeyPair", key: Path, public: Path) -> str:
    from shlex import quote

    lines = [
        f"Private key: {shown(key)} (keep it secret; nothing else has it)",
        f"Certificate: {shown(public)}",
        f"SHA-1 thumbprint:   {pair.public.sha1}",
        f"SHA-256 thumbprint: {pair.public.sha256}",
        f"Valid until: {pair.public.ends:%Y-%m-%d %H:%M} UTC",
        "",
        f"Register it: consent-auditor setup --certificate {quote(shown(public))}",
        f"Then:        export AZURE_CLIENT_CERTIFICATE_PATH={quote(shown(key))}",
    ]
    return "\n".join(lines) + "\n"
