"""The options that several commands share, and what is made of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

import click

from auditor.cli.chosen import PROFILES_OPTION, chosen_profiles
from auditor.cli.option_kinds import OneRun, asked_together, from_environment
from auditor.cli.progress import teller
from auditor.errors import UsageError
from auditor.model.cloud import Cloud
from auditor.model.profile import Asker, ConsentRequest, Publisher, UserKind, VendorProfile

if TYPE_CHECKING:
    from auditor.graph.settings import Connection, SignIn
    from auditor.model.snapshot import Snapshot


class TenantOptions(TypedDict):
    """Which tenant, and how to sign in."""

    tenant: str
    client_id: str
    auth: str
    cloud: str
    authority_url: str
    graph_url: str
    max_wait: float
    quiet: bool
    secret: str
    certificate_path: str
    certificate: str
    certificate_password: str
    federated_token_file: str
    identity_endpoint: str
    ca_file: str


class RequestOptions(TypedDict):
    """What to ask, and who asks."""

    profile: tuple[str, ...]
    profiles: str
    app_id: str
    scope: tuple[str, ...]
    url: str
    feature: tuple[str, ...]
    settings: tuple[str, ...]
    user: str
    role: str
    user_id: str
    publisher: str
    prompt_consent: bool
    default_scope: bool


_ALTERNATIVES = 5
"""How many names a message lists before it counts the rest."""
_CLOUDS = [cloud.value for cloud in Cloud]
_AUTHS = ["auto", "secret", "certificate", "workload-identity", "managed-identity", "azure-cli"]

TENANT_OPTIONS: tuple[click.Option, ...] = (
    click.Option(
        ["--tenant"],
        envvar="AZURE_TENANT_ID",
        default="",
        metavar="ID|DOMAIN",
        help="The tenant. [env: AZURE_TENANT_ID]",
    ),
    click.Option(
        ["--client-id"],
        envvar="AZURE_CLIENT_ID",
        default="",
        metavar="GUID",
        help="The auditor's own app registration. [env: AZURE_CLIENT_ID]",
    ),
    click.Option(
        ["--auth"],
        type=click.Choice(_AUTHS),
        default="auto",
        show_default=True,
        help="How to sign in. The secret or certificate comes from the environment: "
        "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH (or its content in "
        "CONSENT_AUDITOR_CERTIFICATE) and AZURE_CLIENT_CERTIFICATE_PASSWORD.",
    ),
    click.Option(
        ["--cloud"],
        type=click.Choice(_CLOUDS),
        default=_CLOUDS[0],
        show_default=True,
        help="The tenant's Microsoft cloud.",
    ),
    click.Option(
        ["--authority-url"],
        envvar="AZURE_AUTHORITY_HOST",
        default="",
        metavar="URL",
        help="Another sign-in host; https only. [env: AZURE_AUTHORITY_HOST]",
    ),
    click.Option(
        ["--graph-url"],
        envvar="CONSENT_AUDITOR_GRAPH_URL",
        default="",
        metavar="URL",
        help="Another Graph host; https only. [env: CONSENT_AUDITOR_GRAPH_URL]",
    ),
    click.Option(
        ["--max-wait"],
        type=click.IntRange(0, 86_400),
        default=300,
        show_default=True,
        metavar="SECONDS",
        help="How long one request may wait when Graph throttles it.",
    ),
    click.Option(["--quiet"], is_flag=True, help="No progress on stderr."),
    from_environment("secret", "AZURE_CLIENT_SECRET"),
    click.Option(
        ["--certificate-path"], envvar="AZURE_CLIENT_CERTIFICATE_PATH", default="", hidden=True
    ),
    from_environment("certificate", "CONSENT_AUDITOR_CERTIFICATE"),
    from_environment("certificate-password", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    click.Option(
        ["--federated-token-file"], envvar="AZURE_FEDERATED_TOKEN_FILE", default="", hidden=True
    ),
    from_environment("identity-endpoint", "IDENTITY_ENDPOINT", "MSI_ENDPOINT"),
    click.Option(
        ["--ca-file"],
        envvar=["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"],
        default="",
        hidden=True,
    ),
)

REQUEST_OPTIONS: tuple[click.Option, ...] = (
    click.Option(
        ["--profile"],
        multiple=True,
        metavar="ID|PATH",
        callback=asked_together,
        help="A requirement profile; repeatable. Without one: every shipped profile.",
    ),
    PROFILES_OPTION,
    click.Option(
        ["--app-id"],
        default="",
        metavar="GUID",
        callback=asked_together,
        help="The app's client ID: with --scope for an app without a profile, or for the one "
        "--profile.",
    ),
    click.Option(
        ["--scope"],
        multiple=True,
        metavar="SCOPE",
        callback=asked_together,
        help="A permission as in an OAuth request; repeatable, with --app-id.",
    ),
    OneRun(
        ["--url"],
        default="",
        metavar="URL",
        help="The link that the user met (sign-in, admin consent, or the page after an error) "
        "instead of --app-id and --scope; with --profile for the app alone.",
    ),
    click.Option(
        ["--feature"],
        multiple=True,
        metavar="ID",
        callback=asked_together,
        help="A feature of the profile; repeatable.",
    ),
    click.Option(
        ["--set", "settings"],
        multiple=True,
        allow_from_autoenv=False,
        metavar="NAME=VALUE",
        help="A profile's variable, such as app_id=GUID or domain=HOST; PROFILE.NAME=VALUE where "
        "several profiles have it. Repeatable.",
    ),
    click.Option(
        ["--user"],
        type=click.Choice([kind.value for kind in UserKind]),
        default="member",
        show_default=True,
        help="Who asks; admin is a Global Administrator.",
    ),
    click.Option(
        ["--role"], default="", metavar="NAME", help="A directory role that the user has."
    ),
    click.Option(
        ["--user-id"], default="", metavar="GUID", help="One person, with grants and assignments."
    ),
    click.Option(
        ["--publisher"],
        type=click.Choice(["verified", "unverified", "auto"]),
        default="auto",
        show_default=True,
        help="For an app that the tenant does not know yet.",
    ),
    click.Option(["--prompt-consent"], is_flag=True, help="The app asks with prompt=consent."),
    click.Option(["--default-scope"], is_flag=True, help="The app asks for .default."),
)


def make_requests(
    options: RequestOptions, known: Mapping[str, Mapping[str, str]] | None = None
) -> list[ConsentRequest]:
    """Make the requests that the options ask for.

    Args:
        options: What to ask, and who asks.
        known: Values of profiles' variables, by profile id, where the options give none.

    Raises:
        UsageError: Options do not go together, or a profile, scope or value is wrong.
    """
    from auditor.cli.config_file import known_variables  # noqa: PLC0415
    from auditor.cli.link import as_linked, given_link, with_link  # noqa: PLC0415

    link, known = given_link(options), known_variables(known or {})
    if link is None:
        return _requests(options, known)
    return [as_linked(one, link) for one in _requests(with_link(options, link), known)]


def _requests(
    options: RequestOptions, known: Mapping[str, Mapping[str, str]]
) -> list[ConsentRequest]:
    from auditor.catalog import ad_hoc_request  # noqa: PLC0415 - only when a command runs

    publisher, asker = make_publisher(options), make_asker(options)
    if not options["scope"]:
        return _profile_requests(options, asker, publisher, known)
    _refuse_with_scope(options)
    return [
        ad_hoc_request(
            options["app_id"],
            options["scope"],
            asker=asker,
            publisher=publisher,
            prompt_consent=options["prompt_consent"],
            default_scope=options["default_scope"],
        )
    ]


def _refuse_with_scope(options: RequestOptions) -> None:
    if options["profile"] or options["feature"] or options["settings"]:
        raise UsageError("--scope goes with --app-id alone, not with --profile, --feature or --set")
    if not options["app_id"]:
        raise UsageError("--scope needs --app-id: the client ID of the app that asks")


def make_publisher(options: RequestOptions) -> Publisher:
    """Read ``--publisher``."""
    stated = options["publisher"]
    return Publisher.UNKNOWN if stated == "auto" else Publisher(stated)


def make_asker(options: RequestOptions) -> Asker:
    """Read who asks.

    Raises:
        UsageError: A role that may not consent, or an id that is none.
    """
    from auditor.consent.person import ROLES  # noqa: PLC0415
    from auditor.scopes import GUID  # noqa: PLC0415

    role, user_id = options["role"], options["user_id"]
    known = {name.casefold(): name for name in ROLES}
    if role and role.casefold() not in known:
        msg = f"--role {role!r} is none that may consent; those are {', '.join(ROLES)}"
        raise UsageError(msg)
    if user_id and not GUID.fullmatch(user_id):
        msg = f"--user-id {user_id!r} is no object id: give the user's GUID"
        raise UsageError(msg)
    name = known.get(role.casefold(), "")
    return Asker(UserKind(options["user"]), role=name, user_id=user_id.lower())


def _profile_requests(
    options: RequestOptions,
    asker: Asker,
    publisher: Publisher,
    known: Mapping[str, Mapping[str, str]],
) -> list[ConsentRequest]:
    from auditor.catalog import make_request  # noqa: PLC0415

    profiles = chosen_profiles(options["profile"], options["profiles"])
    settings = list(options["settings"])
    if options["app_id"]:
        if len(profiles) != 1:
            raise UsageError("--app-id needs --scope, or one --profile that it belongs to")
        settings.append(f"app_id={options['app_id']}")
    values = settings_by_profile(profiles, settings)
    return [
        make_request(
            profile,
            features=options["feature"],
            settings={**_known(profile, known), **values[profile.id]},
            asker=asker,
            publisher=publisher,
            prompt_consent=options["prompt_consent"],
            default_scope=options["default_scope"],
        )
        for profile in profiles
    ]


def _known(profile: VendorProfile, known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Leave out what the profile has no variable for."""
    names = {variable.name for variable in profile.variables}
    return {name: value for name, value in known.get(profile.id, {}).items() if name in names}


def settings_by_profile(
    profiles: Sequence[VendorProfile], settings: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Give each profile its values: ``PROFILE.NAME=VALUE``, or ``NAME=VALUE`` if one has it.

    Raises:
        UsageError: A setting has no ``=``, or none or several of the profiles have the variable.
    """
    found: dict[str, dict[str, str]] = {profile.id: {} for profile in profiles}
    for setting in settings:
        name, equals, value = setting.partition("=")
        owner, dot, variable = name.rpartition(".")
        takers = [
            profile
            for profile in profiles
            if (not dot or profile.id == owner)
            and variable in {one.name for one in profile.variables}
        ]
        if not equals or not takers:
            raise UsageError(_bad_setting(setting, profiles))
        if len(takers) > 1:
            names = _alternatives([f"{one.id}.{variable}" for one in takers])
            msg = f"--set {setting!r} fits several profiles: write {names}"
            raise UsageError(msg)
        for profile in takers:
            found[profile.id][variable] = value
    return found


def _alternatives(names: Sequence[str]) -> str:
    more = len(names) - _ALTERNATIVES
    shown = [*names[:_ALTERNATIVES], *([f"one of {more} more"] if more > 0 else [])]
    return " or ".join(shown)


def _bad_setting(setting: str, profiles: Sequence[VendorProfile]) -> str:
    names = sorted({f"{one.id}.{each.name}" for one in profiles for each in one.variables})
    return f"--set {setting!r} names no variable; give NAME=VALUE with {_alternatives(names)}"


def read_live(options: TenantOptions, requests: Sequence[ConsentRequest]) -> "Snapshot":
    """Read a live tenant as the options say.

    Raises:
        UsageError: Something that the sign-in needs is not given, or ``--url`` is a link of
            another tenant.
        SignInError: Sign-in failed, or not one source could be read.
    """
    from auditor.cli.link import check_link  # noqa: PLC0415 - these take longer than --help may
    from auditor.pipeline import read_tenant  # noqa: PLC0415

    sign_in, connection = connect(options)
    with teller(quiet=options["quiet"]) as tell:
        snapshot = read_tenant(
            sign_in, connection, requests, progress=tell, clock=lambda: datetime.now(UTC)
        )
    check_link(options, snapshot, requests)
    return snapshot


def connect(options: TenantOptions) -> tuple["SignIn", "Connection"]:
    """Make of the options how to sign in, and where.

    Raises:
        UsageError: An address is not https, or is more than host and port.
    """
    import logging  # noqa: PLC0415 - these take longer than --help may

    from auditor.cli.tenant import make_sign_in, make_tenant_connection  # noqa: PLC0415

    # Without a handler, Python would print the libraries' warnings to stderr.
    logging.getLogger().addHandler(logging.NullHandler())
    return make_sign_in(options), make_tenant_connection(options)
