"""Every condition set of a custom policy can match, with each value that it names.

What it asks. Is there, for each include and exclude of the custom app consent policies that are
assigned to users, something that it can match, and does each resource, permission and app that it
names fit the rest?

Why it matters. A mistyped id gives no error. In an include users stay without the consent that
somebody meant to give; in an exclude they keep what somebody meant to withhold, and nobody
notices. It takes a request that differs from what was meant to see it: therefore medium.

Met when. Nothing of what follows is found.

Not met when. A list is empty; a value is no id, such as a permission's name, or "any" and "all"
are exchanged ("any" goes with the resource, "all" with the lists); the resource is not in the
tenant, or publishes no delegated permission with that id; no named permission can have the type or
has the classification asked for; an app that is named and known to the tenant does not have the
owner tenant, the publisher or the verification that the set asks for; or an include is for
application permissions, to which users cannot consent. An exclude may name a resource that is not
in the tenant yet, or a classification that no permission has yet: that withholds it in advance.

Unknown when. The user consent settings, a custom policy or a fact about what it names were not
read, or a set has conditions that this program does not know, and nothing else is found.

Reads. The user consent settings (Policy.Read.All), the assigned custom policies
(Policy.Read.PermissionGrant), and resources, classifications and service principals
(Application.Read.All). Policies that are not assigned to users are not read. Resources that no
audited app asks for and apps that the tenant does not know are not looked up; what is named of
them counts as fitting. A classification without a resource is left to
low-policy-has-classifications, and publisher verification in a cloud without it to
policies-fit-the-cloud.

Remedy. Correct the value with Microsoft Graph, or delete the condition set; a Privileged Role
Administrator can do it. The portal has no editor for it. The ids of permissions stand on the
resource's service principal, in oauth2PermissionScopes.

References. https://learn.microsoft.com/graph/api/resources/permissiongrantconditionset
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from auditor.checks.check import (
    Check,
    CheckContext,
    Verdict,
    ask_custom_policies,
    not_readable,
    unread,
)
from auditor.consent import explain
from auditor.consent.case import left_out
from auditor.consent.condition_sets import LEVELS, folded, home, kind, level, titled
from auditor.facts import TenantFacts
from auditor.model.cloud import ENDPOINTS
from auditor.model.fact import Known, Unknown, Why
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import (
    ConditionSet,
    DelegatedPermission,
    PermissionGrantPolicy,
    ServicePrincipal,
)
from auditor.permissions import resource_name
from auditor.scopes import guid

_SHOWN = 3
_LONGEST = 40
_PERMISSIONS = "permissions"
_IDS = "clientApplicationIds"
_TENANTS = "clientApplicationTenantIds"
_PUBLISHERS = "clientApplicationPublisherIds"


class _Place(msgspec.Struct, frozen=True):
    """A condition set and the tenant that it is in."""

    facts: TenantFacts
    found: ConditionSet
    is_include: bool

    @property
    def home(self) -> str:
        """The resource, lower case; ``any`` for every one."""
        return home(self.found)

    def resource(self) -> ServicePrincipal | Unknown | None:
        """Return the resource that the set names; None where there is none to look at."""
        fact = self.facts.resource(self.home) if guid(self.home) else Known(None)
        if isinstance(fact, Known):
            return fact.value
        return None if fact.why is Why.NOT_ASKED else fact


_Found = Iterator[str | Unknown]
"""What is wrong, in words, or what has to be read to tell."""


def _judge(context: CheckContext) -> Verdict:
    return ask_custom_policies(context, lambda policy: _verdict(context.facts, policy))


def _verdict(facts: TenantFacts, policy: PermissionGrantPolicy) -> Verdict:
    places = {
        f"{policy.id}, {word} {number}": _Place(facts, one, word == "include")
        for word, sets in (("include", policy.includes), ("exclude", policy.excludes))
        for number, one in enumerate(sets, 1)
    }
    found = [(label, one) for label, place in places.items() for one in _wrong(place)]
    faults = [
        (label, f"{one}, {_effect(places[label])}") for label, one in found if isinstance(one, str)
    ]
    missing = [one for _, one in found if isinstance(one, Unknown)]
    if faults:
        return _told(places, faults)
    if missing:
        return unread(*missing)
    text = f"Every condition set of {policy.id} can match."
    odd = not_readable(policy, (*policy.includes, *policy.excludes))
    return odd or Verdict(Judgement.MET, text)


def _told(places: dict[str, _Place], faults: list[tuple[str, str]]) -> Verdict:
    texts = [f"{label}: {text}." for label, text in faults[:_SHOWN]]
    more = len(faults) - _SHOWN
    texts += [f"{more} more."] if more > 0 else []
    texts.append("Correct what is wrong, or delete the condition set.")
    evidence = tuple((titled(label, places[label].found), text) for label, text in faults)
    return Verdict(Judgement.NOT_MET, " ".join(texts), evidence)


def _effect(place: _Place) -> str:
    return f"so it {'allows' if place.is_include else 'withholds'} nothing there"


def _wrong(place: _Place) -> _Found:
    for ask in _QUESTIONS:
        yield from ask(place)


def _type(place: _Place) -> _Found:
    if place.is_include and kind(place.found) == "application":
        yield "it is for application permissions, to which users cannot consent"


def _lists(place: _Place) -> _Found:
    one = place.found
    for name, values, has_guids in (
        (_PERMISSIONS, one.permissions, True),
        (_IDS, one.client_application_ids, True),
        (_TENANTS, one.client_application_tenant_ids, True),
        (_PUBLISHERS, one.client_application_publisher_ids, False),
    ):
        named = folded(values)
        if named is None:
            continue
        if not named:
            yield f'{name} is an empty list ("all" is the word for everything)'
        odd = sorted(value for value in values or () if has_guids and not guid(value))
        if odd:
            hint = ' ("all" is the word for everything)' if "any" in named else ""
            yield f"{name} takes ids, and {explain.listed(list(map(_quoted, odd)))} is none{hint}"


def _quoted(value: str) -> str:
    """Mark where a tenant's text begins and ends; a long one is cut."""
    return f'"{value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"}"'


def _resource(place: _Place) -> _Found:
    if place.home == "any":
        return
    if not guid(place.home):
        given = _quoted(place.found.resource_application or "")
        hint = ' ("any" is the word for every resource)' if place.home == "all" else ""
        yield f"resourceApplication takes an app ID, and {given} is none{hint}"
    elif place.is_include and place.facts.resource(place.home) == Known(None):
        yield f"{resource_name(place.home)} has no service principal in this tenant"


def _permissions(place: _Place) -> _Found:
    """Look the named permissions up; what is no id has been told already."""
    named, resource = folded(place.found.permissions), place.resource()
    if named is None or resource is None or kind(place.found) == "application":
        return
    if isinstance(resource, Unknown):
        yield resource
        return
    if "oauth2PermissionScopes" in resource.missing:
        yield left_out("A resource's permissions", "oauth2PermissionScopes")
        return
    published = {one.id: one for one in resource.published}
    absent = sorted(one for one in named - published.keys() if guid(one))
    if absent:
        api = resource_name(place.home)
        yield f"{api} publishes no delegated permission with the id {explain.listed(absent)}"
    yield from _consentable(place, [published[one] for one in sorted(named & published.keys())])


def _consentable(place: _Place, found: list[DelegatedPermission]) -> _Found:
    reserved = bool(found) and all(one.type.casefold() == "admin" for one in found)
    if kind(place.found) == "delegateduserconsentable" and reserved:
        names = explain.listed([one.value for one in found])
        yield f"the type delegatedUserConsentable leaves out {names}, reserved to administrators"


def _classification(place: _Place) -> _Found:
    wanted, resource = level(place.found), place.resource()
    if wanted not in LEVELS or resource is None or kind(place.found) == "application":
        return
    classified = place.facts.classifications(place.home)
    if isinstance(classified, Unknown):
        yield classified
        return
    named = folded(place.found.permissions)
    if named is None and not place.is_include:
        return
    others = LEVELS - {wanted}
    fitting = [one for one in classified.value or () if one.level.casefold() not in others]
    if named != frozenset() and not any(
        named is None or one.permission_id in named for one in fitting
    ):
        what = "no permission" if named is None else "none of the named permissions"
        yield f"{what} of {resource_name(place.home)} is classified {wanted.capitalize()}"


def _apps(place: _Place) -> _Found:
    """Compare apps that are named with what else the set asks of an app."""
    page = place.facts.service_principals()
    known = page.value.principals if isinstance(page, Known) else ()
    by_id = {one.app_id: one for one in known}
    for app_id in sorted(folded(place.found.client_application_ids) or ()):
        client = place.facts.client(app_id)
        app = client.value if isinstance(client, Known) else by_id.get(app_id)
        if app is not None:
            yield from _app(place, app)


def _app(place: _Place, app: ServicePrincipal) -> _Found:
    name = app.display_name or app.app_id
    tenants = folded(place.found.client_application_tenant_ids)
    if tenants is not None and app.owner_tenant and app.owner_tenant not in tenants:
        yield f"{name} is registered in {app.owner_tenant}, which {_TENANTS} does not name"
    publishers = folded(place.found.client_application_publisher_ids)
    asked = bool(place.found.verified_publisher_only) or publishers is not None
    if not ENDPOINTS[place.facts.cloud].verifies_publishers or "verifiedPublisher" in app.missing:
        return
    if asked and app.publisher_id is None:
        yield f"the publisher of {name}, which it names, is not verified"
    elif publishers and app.publisher_id and app.publisher_id.casefold() not in publishers:
        yield f"{name} is of the publisher {app.publisher_id}, which {_PUBLISHERS} does not name"


_QUESTIONS: Iterable[Callable[[_Place], _Found]] = (
    _type,
    _lists,
    _resource,
    _permissions,
    _classification,
    _apps,
)


CHECK = Check(
    id="condition-sets-can-match",
    title="Every condition set of a custom policy can match, with each value that it names",
    severity=Severity.MEDIUM,
    judge=_judge,
)
