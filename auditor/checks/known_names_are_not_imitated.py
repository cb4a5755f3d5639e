"""No app bears the name of a known app under another app id.

What it asks. Does an enterprise app of this tenant bear the name of an app that is asked about, of
a vendor whose app id is known, or of one of Microsoft's own apps, and is it another app?

Why it matters. Consent phishing works with names: whoever registers an app chooses what it is
called, and users read the name alone. Names are compared without case, blanks, accents and
invisible characters, and letters that look alike count as one.

Met when. No such app was found, or only apps of the same organization, of the same verified
publisher, of Microsoft or of this tenant itself.

Not met when. An app has the same name and another app id than the known app, was registered in
another organization than that one, and either has no verified publisher or has another one.

Unknown when. The tenant or its enterprise apps could not be read, or it has more of them than are
read and none of the first is in question. The answer is *manual* where facts are missing for a
proof: the known app is not in the tenant, its app id was not given and several apps bear the name,
a name holds a known one and further words, or this cloud does not verify publishers.

Reads. The first 999 service principals, with owner and verified publisher, and those of the apps
asked about (Application.Read.All); the tenant's id (Organization.Read.All).

Remedy. Ask the vendor for the app ids of its apps. Where an app is none of them: Entra ID >
Enterprise apps > the app > Properties, set "Enabled for users to sign-in?" to No, look at its
sign-ins and permissions, then delete it; a Cloud Application Administrator can do it.

References. https://learn.microsoft.com/defender-office-365/detect-and-remediate-illicit-consent-grants
"""

from collections.abc import Iterable, Iterator

import msgspec

from auditor.checks.check import Check, CheckContext, Verdict, unread
from auditor.consent.explain import listed
from auditor.model.cloud import ENDPOINTS, Cloud
from auditor.model.fact import Known, Unknown
from auditor.model.profile import ProfileKind
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import ServicePrincipal
from auditor.model.well_known import MICROSOFT_GRAPH, MICROSOFT_TENANTS
from auditor.names import is_part, words

BRANDS = ("microsoft", "office", "azure", "entra", "outlook", "sharepoint", "onedrive", "exchange")
"""Some of Microsoft's apps have names that anybody may use, such as "Connectors"."""


class _Known(msgspec.Struct, frozen=True):
    """A name, and the app that it belongs to."""

    name: str
    app_id: str
    """Empty where nobody said which app it is."""
    app: ServicePrincipal | None
    """As the tenant has it."""
    asked: bool
    vendors: bool = True
    """The id is the vendor's; not so for an app that each customer registers."""


class _Doubt(msgspec.Struct, frozen=True):
    """An app that bears a known name, and is not known to be of the same vendor."""

    app: ServicePrincipal
    known: _Known
    proven: bool


def _judge(context: CheckContext) -> Verdict:
    tenant, page = context.facts.organization(), context.facts.service_principals()
    if isinstance(tenant, Unknown) or isinstance(page, Unknown):
        return unread(*(one for one in (tenant, page) if isinstance(one, Unknown)))
    apps = page.value.principals
    microsoft = microsoft_tenants(apps)
    known = [*_asked(context), *_documented(context), *_microsoft_apps(apps, microsoft)]
    ids = {one.app_id for one in known}
    harmless = microsoft | {tenant.value.id}
    others = [one for one in apps if one.app_id not in ids and not _is_owned(one, harmless)]
    found = {one.app.app_id: one for one in _doubts(others, known, context.facts.cloud)}
    return _verdict([*found.values()], len(apps), complete=page.value.complete)


def microsoft_tenants(apps: Iterable[ServicePrincipal]) -> frozenset[str]:
    """Name the tenants of Microsoft's apps: in other clouds it is the one that owns Graph."""
    graph = {one.owner_tenant for one in apps if one.app_id == MICROSOFT_GRAPH}
    return MICROSOFT_TENANTS | {one for one in graph if one}


def _is_owned(app: ServicePrincipal, tenants: frozenset[str]) -> bool:
    """Say whether an app is registered in one of these tenants; without an owner it is local."""
    if app.owner_tenant is None:
        return "appOwnerOrganizationId" not in app.missing
    return app.owner_tenant in tenants


def _asked(context: CheckContext) -> Iterator[_Known]:
    """List the names of the apps asked about: the profile's, and the one that the tenant shows."""
    for request, _ in context.decisions:
        app = _client(context, request.app_id or "")
        vendors = request.kind is not ProfileKind.OWN_REGISTRATION
        names = [] if request.kind is ProfileKind.AD_HOC else [request.name]
        if app and vendors:
            names.append(app.display_name)
        for name in names:
            yield _Known(name, request.app_id or "", app, asked=True, vendors=vendors)


def _documented(context: CheckContext) -> Iterator[_Known]:
    """List the apps of shipped profiles whose app id the vendor documents."""
    for one in context.known_apps:
        yield _Known(one.name, one.app_id, _client(context, one.app_id), asked=False)


def _microsoft_apps(
    apps: Iterable[ServicePrincipal], microsoft: frozenset[str]
) -> Iterator[_Known]:
    for one in apps:
        name = one.display_name.casefold()
        if one.owner_tenant in microsoft and any(brand in name for brand in BRANDS):
            yield _Known(one.display_name, one.app_id, one, asked=False)


def _client(context: CheckContext, app_id: str) -> ServicePrincipal | None:
    """Find an app in the tenant: read for itself, or listed."""
    found, page = context.facts.client(app_id), context.facts.service_principals()
    if isinstance(found, Known) and found.value:
        return found.value
    listed_apps = page.value.principals if isinstance(page, Known) else ()
    return next((one for one in listed_apps if one.app_id == app_id), None)


def _doubts(apps: list[ServicePrincipal], known: list[_Known], cloud: Cloud) -> Iterator[_Doubt]:
    """Find who bears a known name; what is proven comes last, so that it stays."""
    names = [(one, words(one.display_name)) for one in apps]
    whole: dict[str, list[ServicePrincipal]] = {}
    for app, its_words in names:
        whole.setdefault("".join(its_words), []).append(app)
    found: list[_Doubt] = []
    for one in known:
        wanted = words(one.name)
        same = whole.get("".join(wanted), []) if wanted else []
        part = [app for app, its_words in names if one.asked and is_part(wanted, its_words)]
        found += _weighed(one, same, [app for app in part if app not in same], cloud)
    yield from sorted(found, key=lambda doubt: doubt.proven)


def _weighed(
    known: _Known, same: list[ServicePrincipal], part: list[ServicePrincipal], cloud: Cloud
) -> Iterator[_Doubt]:
    """Drop who is of the same vendor, and who says openly who it is where the name is not whole."""
    if not known.app_id:
        yield from (_Doubt(app, known, proven=False) for app in same if len(same) > 1)
        return
    weak = part if known.vendors else [*same, *part]
    yield from (_Doubt(app, known, proven=False) for app in weak if app.publisher_id is None)
    for app in same if known.vendors else ():
        if not _is_same_vendor(app, known.app):
            yield _Doubt(app, known, _is_proven(app, known.app, cloud))


def _is_same_vendor(app: ServicePrincipal, known: ServicePrincipal | None) -> bool:
    if known is None:
        return False
    same_tenant = app.owner_tenant is not None and app.owner_tenant == known.owner_tenant
    return same_tenant or (app.publisher_id is not None and app.publisher_id == known.publisher_id)


def _is_proven(app: ServicePrincipal, known: ServicePrincipal | None, cloud: Cloud) -> bool:
    """Say whether owner and publisher of both are known, and differ."""
    if (
        known is None
        or not ENDPOINTS[cloud].verifies_publishers
        or "verifiedPublisher" in app.missing
    ):
        return False
    owners = app.owner_tenant is not None and known.owner_tenant is not None
    return owners and (app.publisher_id is None or known.publisher_id is not None)


def _verdict(found: list[_Doubt], looked_at: int, *, complete: bool) -> Verdict:
    evidence = tuple((_name(one.app), _facts(one)) for one in found)
    proven = [one for one in found if one.proven]
    if proven:
        names = listed([_bears(one) for one in proven])
        text = f"Registered by another organization than the known app: {names}."
        return Verdict(Judgement.NOT_MET, text, evidence)
    if found:
        names = listed([_bears(one) for one in found])
        text = f"Look whose apps these are: {names}."
        return Verdict(Judgement.MANUAL, text, evidence)
    if not complete:
        text = (
            f"None of the first {looked_at} enterprise apps bears the name of a known one; the "
            "tenant has more, which were not looked at."
        )
        return Verdict(Judgement.UNKNOWN, text)
    text = f"None of the {looked_at} enterprise apps bears the name of another, known one."
    return Verdict(Judgement.MET, text)


def _bears(doubt: _Doubt) -> str:
    known = f" ({doubt.known.app_id})" if doubt.known.app_id else ""
    return f"{_name(doubt.app)} bears the name of {doubt.known.name}{known}"


def _name(app: ServicePrincipal) -> str:
    return f"{app.display_name} ({app.app_id})"


def _facts(doubt: _Doubt) -> str:
    app = doubt.app
    publisher = f"verified as {app.publisher_name or app.publisher_id}"
    said = [
        f"like {doubt.known.name}",
        f"registered in {app.owner_tenant or 'a tenant that is not shown'}",
        publisher if app.publisher_id else "no verified publisher",
    ]
    if not app.display_name.isascii():
        said.append(f"written {app.display_name!a}")
    return ", ".join(said)


CHECK = Check(
    id="known-names-are-not-imitated",
    title="No app bears the name of a known app under another app id",
    severity=Severity.MEDIUM,
    judge=_judge,
)
