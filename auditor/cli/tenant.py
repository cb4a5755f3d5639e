"""What the tenant's options say about signing in and about the way to the tenant."""

from typing import TYPE_CHECKING

from auditor.cli.options import TenantOptions
from auditor.model.cloud import Cloud

if TYPE_CHECKING:
    from auditor.graph.settings import Connection, SignIn


def make_tenant_connection(options: TenantOptions) -> "Connection":
    """Say where the tenant's cloud is.

    Raises:
        UsageError: An address is not https, or is more than host and port.
    """
    from auditor.graph.settings import make_connection  # noqa: PLC0415 - only when a command runs

    return make_connection(
        Cloud(options["cloud"]),
        graph_url=options["graph_url"],
        authority_url=options["authority_url"],
        ca_file=options["ca_file"],
        max_wait=options["max_wait"],
    )


def make_sign_in(options: TenantOptions) -> "SignIn":
    """Say how to sign in."""
    from auditor.graph.settings import Auth, SignIn  # noqa: PLC0415

    return SignIn(
        auth=Auth(options["auth"]),
        tenant=options["tenant"],
        client_id=options["client_id"],
        secret=options["secret"],
        certificate_path=options["certificate_path"],
        certificate=options["certificate"],
        certificate_password=options["certificate_password"],
        federated_token_file=options["federated_token_file"],
        managed_identity=bool(options["identity_endpoint"]),
    )
