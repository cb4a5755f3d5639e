"""Inventories made in memory: a small one with every kind of thing, a hostile and a large one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import msgspec

from auditor.inventory.credentials import holders
from auditor.inventory.risk import load_risks, worst_by_app
from auditor.model.cloud import Cloud
from auditor.model.inventory import (
    Affected,
    App,
    AppOwner,
    AppOwners,
    Coverage,
    Dangling,
    Delegated,
    Held,
    Inventory,
    InventoryFinding,
    InventoryReport,
    ListingCoverage,
    Owner,
    Registration,
    Secret,
)
from auditor.model.report import Judgement, Severity

GRAPH = "00000003-0000-0000-c000-000000000000"
TENANT = "a1a1a1a1-0000-4000-8000-000000000001"
VENDOR = "b2b2b2b2-0000-4000-8000-000000000002"
NOW = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)
MAIL_READ_ROLE = "810c84a8-4a9e-49e6-bf7d-12d183f40d01"
"""``Mail.Read`` as an application permission of Microsoft Graph."""
ROLE_MANAGEMENT_ROLE = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
"""``RoleManagement.ReadWrite.Directory``, critical."""

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example","x")',
    "+1|cmd",
    "-2+3",
    "@SUM(A1)",
    "\uff1dcmd|' /C calc'!A0",
    "\t=1+1",
    "\u202egnp.exe",
    "\x1b[31mred\x1b[0m",
    "a\nb\rc",
    "\ud800 lone",
    "]]> --> </style></svg>",
    "{{ 7 * 7 }} {% raw %}",
    "| `x` | [a](http://evil.example) @everyone #1",
    "x" * 300,
    "_x003D_1 ' \" &amp;",
    "",
)


def object_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-00000000abcd"


def secret(days: int | None, kind: str = "secret", name: str = "key") -> Secret:
    ends = None if days is None else NOW + timedelta(days=days)
    starts = NOW - timedelta(days=300)
    return Secret(kind, object_id(77), name, starts, ends, "Verify" * (kind == "certificate"))


def delegated(
    *for_all: str,
    by_users: Mapping[str, int] = MappingProxyType({}),
    resource: str = "Microsoft Graph",
) -> Delegated:
    return Delegated(
        resource_id=object_id(3),
        resource_app_id=GRAPH,
        resource=resource,
        for_all=for_all,
        by_users=dict(by_users),
        users=max(by_users.values(), default=0),
        grants=bool(for_all) + sum(by_users.values()),
    )


def app(  # noqa: PLR0913 - what an app is
    number: int,
    name: str,
    *,
    owner: Owner = Owner.OTHER,
    verified: bool = False,
    grants: tuple[Delegated, ...] = (),
    held: tuple[Held, ...] = (),
    secrets: tuple[Secret, ...] = (),
) -> App:
    return App(
        id=object_id(number),
        app_id=object_id(number + 0x1000000),
        name=name,
        owner=owner,
        owner_tenant=TENANT if owner is Owner.HERE else VENDOR,
        publisher_id="4711" if verified else "",
        publisher=f"{name} Ltd" if verified else "",
        enabled=True,
        disabled_by_microsoft="",
        assignment_required=False,
        type="Application",
        audience="AzureADMultipleOrgs",
        tags=(),
        secrets=secrets,
        delegated=grants,
        held=held,
        users=sum(one.users for one in grants),
        users_gone=0,
    )


def owner(number: int, name: str) -> AppOwner:
    return AppOwner(object_id(number), name, "user", guest=False, enabled=True)


def registration(number: int, name: str, *secrets: Secret) -> Registration:
    return Registration(
        id=object_id(number),
        app_id=object_id(number + 0x1000000),
        name=name,
        created=NOW - timedelta(days=900),
        audience="AzureADMyOrg",
        publisher_id="",
        redirect_uris=(("web", "https://app.example/callback"), ("spa", "http://localhost:3000")),
        asks=((GRAPH, object_id(9), "Scope"), (GRAPH, MAIL_READ_ROLE, "Role")),
        secrets=secrets,
    )


APPS = (
    msgspec.structs.replace(app(0, "Microsoft Graph", owner=Owner.MICROSOFT), app_id=GRAPH),
    app(1, "Backup Robot", held=(Held(GRAPH, ROLE_MANAGEMENT_ROLE, ""),), secrets=(secret(-20),)),
    app(2, "Contoso Intranet", owner=Owner.HERE, grants=(delegated("User.Read", "openid"),)),
    app(
        3,
        "Mail Helper",
        grants=(delegated("Mail.ReadWrite", by_users={"Mail.ReadWrite": 12, "User.Read": 40}),),
    ),
    app(
        4,
        "Northwind Sync",
        verified=True,
        grants=(delegated(by_users={"Calendars.Read": 3, "Odd.Scope": 1}),),
    ),
    app(5, "Sleeping Beauty"),
    app(6, "Ünïcode 東京", owner=Owner.UNKNOWN, held=(Held("", object_id(8), ""),)),
)
"""One of each kind; the role of one has no name in any table."""

LISTINGS = (
    ListingCoverage(
        "service-principals-all",
        "All service principals",
        Coverage.READ,
        7,
        ("Application.Read.All",),
        "which apps there are",
    ),
    ListingCoverage(
        "applications-all",
        "All app registrations",
        Coverage.REFUSED,
        0,
        ("Application.Read.All",),
        "which apps are registered here",
        "Authorization_RequestDenied: Insufficient privileges to complete the operation.",
    ),
    ListingCoverage(
        "delegated-grants-all",
        "All delegated permission grants",
        Coverage.INCOMPLETE,
        4_000,
        ("Directory.Read.All", "DelegatedPermissionGrant.Read.All"),
        "what users and administrators consented to",
        "the connection ended after page 4",
    ),
)

FINDINGS = (
    InventoryFinding(
        "unverified-publishers-have-no-users",
        "Nobody consented to an app of an unverified publisher",
        Judgement.NOT_MET,
        Severity.HIGH,
        "At least 1 app of unverified publishers has users.",
        ("CIS 5.1.5.1",),
        (Affected(object_id(3), "Mail Helper", "40 users, Mail.ReadWrite (high)"),),
    ),
    InventoryFinding(
        "consent-workflow-has-reviewers",
        "Users can ask for approval, and somebody gets the request",
        Judgement.NOT_MET,
        Severity.MEDIUM,
        "The admin consent workflow is off: who needs approval has no way to ask for it.",
        (),
        (
            Affected("", "adminConsentRequestPolicy.isEnabled", "false"),
            Affected("", "reviewers", "0"),
        ),
    ),
    InventoryFinding(
        "registered-apps-use-https",
        "Redirect URIs use https",
        Judgement.UNKNOWN,
        Severity.MEDIUM,
        "App registrations could not be read: grant Application.Read.All.",
        (),
        (),
    ),
    InventoryFinding(
        "users-cannot-register-apps",
        "Only administrators register applications",
        Judgement.MET,
        Severity.LOW,
        "Users may not register applications.",
        ("CIS 5.1.2.2",),
        (),
    ),
)


def report_of(
    apps: tuple[App, ...],
    registrations: tuple[Registration, ...] = (),
    findings: tuple[InventoryFinding, ...] = (),
    listings: tuple[ListingCoverage, ...] = LISTINGS,
) -> InventoryReport:
    risks = load_risks()
    inventory = Inventory(
        tenant="contoso.example",
        tenant_id=TENANT,
        tenant_name="Contoso Ltd",
        cloud=Cloud.GLOBAL,
        collected_at=NOW,
        apps=apps,
        registrations=registrations,
        dangling=(Dangling(object_id(900), object_id(3), 2),),
        grants=sum(each.grants for one in apps for each in one.delegated),
        listings=listings,
    )
    return InventoryReport(
        tool_version="0.1.0",
        inventory=inventory,
        risks=worst_by_app(apps, risks),
        ratings=risks,
        findings=findings,
        controls=(),
        credential_ends=tuple(each.ends for one in holders(inventory) for each in one.credentials),
    )


def small() -> InventoryReport:
    """Return a tenant with something of everything, and a listing that was refused."""
    registrations = (
        registration(2, "Contoso Intranet", secret(12), secret(400, "certificate")),
        registration(20, "Old Tool", secret(-400), secret(None)),
    )
    made = report_of(APPS, registrations, FINDINGS)
    people = owner(50, "ada@contoso.example"), owner(51, "Bob Builder")
    owners = {APPS[1].id: AppOwners(people), APPS[6].id: AppOwners((), "HTTP 403")}
    used = {APPS[1].app_id: NOW - timedelta(days=200), APPS[2].app_id: NOW, APPS[3].app_id: None}
    return replace(made, inventory=replace(made.inventory, owners=owners, sign_ins=used))


def hostile() -> InventoryReport:
    """Return a tenant in which everything that somebody can name has a hostile name."""
    apps = tuple(
        renamed(app(number, name, grants=(delegated(name or "x", resource=name),)), name)
        for number, name in enumerate(HOSTILE)
    )
    registrations = tuple(
        registration(number, name, secret(5, name=name)) for number, name in enumerate(HOSTILE)
    )
    findings = tuple(
        replace(
            FINDINGS[0],
            message=f"{len(HOSTILE)} apps are bad, such as {name}.",
            affected=tuple(Affected(object_id(1), one, one) for one in HOSTILE),
        )
        for name in HOSTILE
    )
    listings = tuple(replace(LISTINGS[1], detail=name) for name in HOSTILE)
    made = report_of(apps, registrations, findings, listings)
    owners = {one.id: AppOwners((owner(9, one.name), owner(8, one.name)), one.name) for one in apps}
    found = replace(made.inventory, tenant_name=HOSTILE[0], owners=owners)
    return replace(made, inventory=found)


def renamed(one: App, text: str) -> App:
    """Give an app a hostile text in every member that is free text."""
    return msgspec.structs.replace(
        one, publisher=text, publisher_id=text, type=text, audience=text, tags=(text,)
    )


def empty() -> InventoryReport:
    """Return a tenant of which nothing could be read."""
    made = report_of(())
    return replace(
        made,
        inventory=replace(made.inventory, tenant_id=None, tenant_name=None, dangling=()),
    )


def large(apps: int, holders: int) -> InventoryReport:
    """Return a tenant with many apps, of which some hold permissions and credentials."""
    scopes = [name for _, kind, name in load_risks().rated if kind == "delegated" and "." in name]
    owners = (Owner.OTHER, Owner.OTHER, Owner.MICROSOFT, Owner.HERE)
    made = tuple(_many(number, number < holders, scopes, owners) for number in range(apps))
    affected = tuple(Affected(one.id, one.name, "12 users, Mail.Read") for one in made[:holders])
    findings = tuple(replace(one, affected=affected) for one in FINDINGS)
    registrations = tuple(
        registration(number, f"Registration {number}", secret(number % 700 - 100))
        for number in range(apps // 5)
    )
    return report_of(made, registrations, findings)


def _many(number: int, holds: bool, scopes: list[str], owners: tuple[Owner, ...]) -> App:  # noqa: FBT001
    chosen = [scopes[(number * 7 + step * 13) % len(scopes)] for step in range(10)]
    grants = (delegated(*chosen[:3], by_users=dict.fromkeys(chosen[2:], 3 + number % 40)),)
    return app(
        number,
        f"App {number} of somebody",
        owner=owners[number % len(owners)],
        verified=number % 5 == 0,
        grants=grants if holds else (),
        held=(Held(GRAPH, MAIL_READ_ROLE, "Mail.Read"),) if holds and number % 9 == 0 else (),
        secrets=(secret(number % 900 - 200),) if holds and number % 3 == 0 else (),
    )
