"""From verbatim readings to facts: each one known or unknown. No judgement here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeVar, cast

import msgspec

from auditor.graph_error import graph_error, one_line, refusal
from auditor.model.cloud import Cloud
from auditor.model.fact import Fact, Known, Unknown, Why
from auditor.model.report import Completeness
from auditor.model.snapshot import Reading, Snapshot
from auditor.model.tenant import (
    AdminConsentWorkflow,
    Application,
    AuthorizationPolicy,
    Classification,
    ClientGrants,
    ConsentSettings,
    Count,
    DelegatedGrant,
    Group,
    GroupMembers,
    Organization,
    PermissionGrantPolicy,
    Person,
    RoleHolder,
    ServicePrincipal,
)
from auditor.sources import (
    _grants,
    admin_consent_request_policy,
    application,
    authorization_policy,
    client_assignments,
    client_grants,
    client_service_principal,
    group_settings,
    load,
    organization,
    permission_classifications,
    permission_grant_policy,
    resource_service_principal,
    reviewer_group,
    reviewer_group_members,
    reviewer_user,
    role_holders,
    service_principals,
    tenant_wide_grants,
    user,
    user_assignments,
    user_grants,
    user_roles,
)
from auditor.sources.source import AnySource, Item, MalformedError, Source

T = TypeVar("T")

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """Everything that one snapshot says, fact by fact.

    What belongs to an app, a policy or a person is asked for by its id; what the snapshot never
    asked about is unknown, not absent. ``Known(None)`` means that the tenant has no such object.
    """

    cloud: Cloud
    collected_at: datetime
    answers: Mapping[_Key, "_Answer"]
    """What each source said of each subject."""
    share_safe: bool = False
    """As in the snapshot."""

    def organization(self) -> Fact[Organization]:
        """Return the tenant's id, name and type."""
        return self._present(organization.SOURCE)

    def authorization_policy(self) -> Fact[AuthorizationPolicy]:
        """Return the user-consent settings."""
        return self._present(authorization_policy.SOURCE)

    def workflow(self) -> Fact[AdminConsentWorkflow]:
        """Return the admin consent workflow."""
        return self._present(admin_consent_request_policy.SOURCE)

    def consent_settings(self) -> Fact[ConsentSettings]:
        """Return the directory's consent settings; all None where it has none."""
        return self._present(group_settings.SOURCE)

    def policy(self, policy_id: str) -> Fact[PermissionGrantPolicy | None]:
        """Return an app consent policy; its id in any letter case."""
        return self._fact(permission_grant_policy.SOURCE, policy_id)

    def resource(self, app_id: str) -> Fact[ServicePrincipal | None]:
        """Return a resource app with its published permissions."""
        return self._fact(resource_service_principal.SOURCE, app_id)

    def classifications(self, app_id: str) -> Fact[tuple[Classification, ...] | None]:
        """Return the classified permissions of a resource app."""
        return self._part(permission_classifications.SOURCE, app_id, self.resource(app_id))

    def client(self, app_id: str) -> Fact[ServicePrincipal | None]:
        """Return the client app's service principal."""
        return self._fact(client_service_principal.SOURCE, app_id)

    def application(self, app_id: str) -> Fact[Application | None]:
        """Return the app registration in this tenant."""
        return self._fact(application.SOURCE, app_id)

    def assignments(self, app_id: str) -> Fact[Count | None]:
        """Return how many users and groups are assigned to the client app."""
        return self._part(client_assignments.SOURCE, app_id, self.client(app_id))

    def grant_page(self, app_id: str) -> Fact[client_grants.GrantPage | None]:
        """Return the first page of the client app's grants."""
        return self._part(client_grants.SOURCE, app_id, self.client(app_id))

    def grants(self, app_id: str) -> Fact[ClientGrants | None]:
        """Return what has been consented for the client app.

        Where one page does not hold all grants, the tenant-wide ones come from a listing of
        their own, so that they are complete.
        """
        page = self.grant_page(app_id)
        if isinstance(page, Unknown) or page.value is None:
            return page if isinstance(page, Unknown) else Known(None)
        if page.value.complete:
            return Known(_sorted_out(page.value.grants, page.value.grants, exact=True))
        client = self.client(app_id)
        if isinstance(client, Unknown):
            return client
        object_id = client.value.id if client.value else ""
        listed = self._present(tenant_wide_grants.SOURCE, object_id)
        if isinstance(listed, Unknown):
            return listed
        mine = tuple(grant for grant in listed.value if grant.client_id == object_id)
        return Known(_sorted_out(mine, page.value.grants, exact=False))

    def service_principals(self) -> Fact[service_principals.PrincipalPage]:
        """Return one page of the tenant's service principals."""
        return self._present(service_principals.SOURCE)

    def person(self, user_id: str) -> Fact[Person | None]:
        """Return one user."""
        return self._fact(user.SOURCE, user_id)

    def user_grants(self, user_id: str) -> Fact[tuple[DelegatedGrant, ...]]:
        """Return what one user has consented."""
        found = self._present(user_grants.SOURCE, user_id)
        if isinstance(found, Unknown):
            return found
        return Known(tuple(grant for grant in found.value if grant.principal_id == user_id))

    def user_assignments(self, user_id: str) -> Fact[frozenset[str]]:
        """Return object ids of the service principals that one user is assigned to."""
        return self._present(user_assignments.SOURCE, user_id)

    def user_roles(self, user_id: str) -> Fact[frozenset[str]]:
        """Return template ids of the directory roles that one user holds."""
        return self._present(user_roles.SOURCE, user_id)

    def reviewer(self, user_id: str) -> Fact[Person | None]:
        """Return a user who reviews requests for admin consent."""
        return self._fact(reviewer_user.SOURCE, user_id)

    def reviewing_group(self, group_id: str) -> Fact[Group | None]:
        """Return a group whose members review requests for admin consent."""
        return self._fact(reviewer_group.SOURCE, group_id)

    def reviewing_members(self, group_id: str) -> Fact[GroupMembers]:
        """Return the users of such a group."""
        return self._present(reviewer_group_members.SOURCE, group_id)

    def role_holders(self, role_id: str) -> Fact[tuple[RoleHolder, ...]]:
        """Return who is assigned a directory role now."""
        return self._present(role_holders.SOURCE, role_id)

    def fact(self, source: Source[T], subject: str = "") -> Fact[T]:
        """Return what a source says that ``derive`` was given in addition."""
        return self._present(source, subject)

    def document(self, source: AnySource, subject: str = "") -> dict[str, object] | None:
        """Return what Graph said, decoded anew, a listing's pages joined; None if not known."""
        answer = self.answers.get((source.name, subject.casefold()))
        if answer is None or isinstance(answer.fact, Unknown) or answer.fact.value is None:
            return None
        first, *others = (msgspec.json.decode(one, type=dict[str, object]) for one in answer.bodies)
        for page in others:
            first["value"] = [*_listed(first), *_listed(page)]
        return first

    def subjects(self, source: AnySource) -> tuple[str, ...]:
        """Name what a source was read for, in lower case."""
        return tuple(subject for name, subject in self.answers if name == source.name)

    def told(self, source: AnySource, subject: str, document: dict[str, object]) -> "TenantFacts":
        """Return the facts of a tenant that says this instead; nothing else is parsed again."""
        bodies = (msgspec.json.encode(document),)
        key = (source.name, subject.casefold())
        answer = _Answer(Known(source.parse(bodies)), self.collected_at, bodies)
        return replace(self, answers=MappingProxyType({**self.answers, key: answer}))

    def completeness(self, item: Item) -> Completeness:
        """Say how the reading of one source for one subject went."""
        source, subject = item.source, item.subject
        fact = self._fact(source, subject)
        answer = self.answers.get((source.name, subject.casefold()))
        if isinstance(fact, Unknown):
            status, detail = str(fact.why), fact.detail
        else:
            status, detail = ("not-found" if fact.value is None else "read"), ""
        return Completeness(
            source=source.name,
            subject=subject,
            title=source.title,
            request=item.request,
            status=status,
            needs=source.needs,
            detail=detail,
            read_at=answer.at if answer else None,
        )

    def _present(self, source: Source[T], subject: str = "") -> Fact[T]:
        """Read a source that every tenant answers: absence is no answer."""
        fact = self._fact(source, subject)
        if isinstance(fact, Unknown):
            return fact
        if fact.value is None:
            return _unknown(source, subject, Why.FAILED, "Graph says that it does not exist")
        return Known(fact.value)

    def _part(
        self, source: Source[T], app_id: str, whole: Fact[ServicePrincipal | None]
    ) -> Fact[T | None]:
        """Read what belongs to a service principal: absent only together with that one."""
        if isinstance(whole, Known) and whole.value is not None:
            return self._present(source, app_id)
        return self._fact(source, app_id)

    def _fact(self, source: Source[T], subject: str = "") -> Fact[T | None]:
        answer = self.answers.get((source.name, subject.casefold()))
        if answer is not None:
            return cast("Fact[T | None]", answer.fact)
        if self.cloud in source.absent_in:
            return _not_in_cloud(source, subject, self.cloud)
        return _unknown(source, subject, Why.NOT_ASKED, "it was not read")


class _Answer(msgspec.Struct, frozen=True):
    """What one source said of one subject, and when."""

    fact: Fact[object]
    at: datetime
    bodies: tuple[bytes, ...]
    """Verbatim, page by page."""


def _listed(page: dict[str, object]) -> list[object]:
    value = page.get("value")
    return value if isinstance(value, list) else []


def derive(snapshot: Snapshot, more: Sequence[AnySource] = ()) -> TenantFacts:
    """Make the facts of a snapshot; every answer is parsed once.

    Args:
        snapshot: What was read.
        more: Sources that no audit reads.
    """
    pages: dict[_Key, list[Reading]] = {}
    for reading in snapshot.readings:
        pages.setdefault((reading.source, reading.subject.casefold()), []).append(reading)
    sources = {source.name: source for source in (*load(), *more)}
    answers = {
        key: _answer(sources[key[0]], sorted(found, key=lambda one: one.page), snapshot.cloud)
        for key, found in pages.items()
        if key[0] in sources
    }
    known = MappingProxyType(answers)
    return TenantFacts(snapshot.cloud, snapshot.collected_at, known, snapshot.share_safe)


def _answer(source: AnySource, pages: list[Reading], cloud: Cloud) -> _Answer:
    bodies = tuple(page.body for page in pages)
    return _Answer(_parsed(source, pages, cloud), pages[0].at, bodies)


def _parsed(source: AnySource, pages: list[Reading], cloud: Cloud) -> Fact[object]:
    subject = pages[0].subject
    if cloud in source.absent_in:
        return _not_in_cloud(source, subject, cloud)
    if [page.page for page in pages] != list(range(len(pages))):
        return _unknown(source, subject, Why.FAILED, "a page of the listing is missing")
    for page in pages:
        if not page.is_read:
            return _refusal(source, page)
    if source.pages and b"@odata.nextLink" in pages[-1].body:
        return _unknown(source, subject, Why.FAILED, "a page of the listing is missing")
    try:
        return Known(source.parse(tuple(page.body for page in pages)))
    except MalformedError as error:
        return _unknown(source, subject, Why.MALFORMED, one_line(str(error)))


def _sorted_out(
    tenant_wide: tuple[DelegatedGrant, ...], seen: tuple[DelegatedGrant, ...], *, exact: bool
) -> ClientGrants:
    kinds = {_grants.TENANT_WIDE, _grants.ONE_USER}
    single = tuple(grant for grant in seen if grant.consent_type == _grants.ONE_USER)
    return ClientGrants(
        tenant_wide=tuple(one for one in tenant_wide if one.consent_type == _grants.TENANT_WIDE),
        own=Count(len({grant.principal_id for grant in single}), exact=exact),
        undecided=tuple(one for one in seen if one.consent_type not in kinds),
        single=single,
    )


def _unknown(source: AnySource, subject: str, why: Why, detail: str) -> Unknown:
    return Unknown(
        fact=source.title,
        why=why,
        source=source.name,
        request=f"GET {source.request(subject)}",
        needs=source.needs,
        detail=detail,
    )


def _refusal(source: AnySource, page: Reading) -> Fact[object]:
    """Read an answer that is no success: absence, refusal, missing licence or failure."""
    if page.failure:
        return _unknown(source, page.subject, Why.FAILED, page.failure)
    error = graph_error(page.body)
    code = error.code if error else ""
    absent = page.status == HTTPStatus.NOT_FOUND and "notfound" in code.casefold()
    if absent and source.may_be_absent:
        return Known(None)
    detail = refusal(page.status, page.body)
    if page.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        licence = "premiumtenant" in code.casefold() or "license" in code.casefold()
        why = Why.NOT_LICENSED if licence else Why.REFUSED
        return _unknown(source, page.subject, why, detail)
    return _unknown(source, page.subject, Why.FAILED, detail)


def _not_in_cloud(source: AnySource, subject: str, cloud: Cloud) -> Unknown:
    detail = f"the cloud {cloud} does not have it"
    return _unknown(source, subject, Why.NOT_IN_CLOUD, detail)
