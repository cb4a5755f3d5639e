"""One decision and the facts that its remedies are made from."""

from dataclasses import replace

import msgspec

from auditor.consent.case import Case, Target, make_case, with_declared
from auditor.consent.granted import is_granted
from auditor.facts import TenantFacts
from auditor.model.decision import Answer, Decision, PermissionDecision
from auditor.model.fact import Known
from auditor.model.profile import ConsentRequest
from auditor.model.tenant import Application, DelegatedGrant, ServicePrincipal
from auditor.scopes import guid

APP_ADMINISTRATOR = "Cloud Application Administrator"
APP_DEVELOPER = "Application Developer"
ROLE_ADMINISTRATOR = "Privileged Role Administrator"
GLOBAL_READER = "Global Reader"
MINUTES = "A few minutes."
AT_ONCE = "At once; who saw the prompt signs in again."


class Context(msgspec.Struct, frozen=True):
    """What a remedy knows: one tenant, one request, and what was decided."""

    facts: TenantFacts
    request: ConsentRequest
    decision: Decision

    @property
    def case(self) -> Case:
        """The request with the facts about its app."""
        return make_case(self.facts, self.request)

    @property
    def app_id(self) -> str | None:
        """The client app's ID; None where nobody gave one."""
        return guid(self.request.app_id or "")

    @property
    def tenant_id(self) -> str | None:
        """The tenant's id; None where it could not be read."""
        tenant = self.facts.organization()
        return guid(tenant.value.id) if isinstance(tenant, Known) else None

    @property
    def client(self) -> ServicePrincipal | None:
        """The client app's service principal; None where there is none or it is unknown."""
        found = self.facts.client(self.request.app_id or "")
        return found.value if isinstance(found, Known) else None

    @property
    def client_is_absent(self) -> bool:
        """The tenant surely has no service principal of the app."""
        return self.facts.client(self.request.app_id or "") == Known(None)

    @property
    def application(self) -> Application | None:
        """The app registration in this tenant; None where there is none or it is unknown."""
        found = self.facts.application(self.request.app_id or "")
        return found.value if isinstance(found, Known) else None

    @property
    def app(self) -> str:
        """The name under which the portal lists the app, as far as that is known."""
        named = self.client or self.application
        return (named.display_name if named else "") or self.request.name

    @property
    def codes(self) -> frozenset[str]:
        """The reason codes of all permissions."""
        return frozenset(one.code for each in self.decision.permissions for one in each.reasons)

    def because(self, *codes: str) -> tuple[PermissionDecision, ...]:
        """Return the permissions that were decided for one of these reasons."""
        return tuple(
            each
            for each in self.decision.permissions
            if any(one.code in codes for one in each.reasons)
        )

    def sentence(self, code: str) -> str:
        """Return the decision's own words for a reason; empty where it was not given."""
        texts = (
            one.text
            for each in self.decision.permissions
            for one in each.reasons
            if one.code == code
        )
        return next(texts, "")

    def lacking(self, *, personal: bool = False) -> dict[str, tuple[Target, ...]]:
        """Return the published permissions that are not granted, by the resource's app ID.

        A forced prompt grants nothing anew: what is granted already is left out all the same.

        Args:
            personal: Leave out, too, what the named person has consented to alone.
        """
        case = replace(self.case, request=replace(self.request, prompt_consent=False))
        if not personal:
            case = replace(case, user_grants=Known(()))
        if self.request.default_scope:
            case = with_declared(case)
        found: dict[str, tuple[Target, ...]] = {}
        for target in case.targets:
            if target.permission and is_granted(case, target).answer is not Answer.YES:
                before = found.get(target.resource_app_id, ())
                found[target.resource_app_id] = (*before, target)
        return found

    def tenant_wide(self, resource_app_id: str) -> DelegatedGrant | None:
        """Return the consent for everybody that the app has on a resource, if it is known."""
        found = self.facts.grants(self.request.app_id or "")
        resource = self.facts.resource(resource_app_id)
        if not isinstance(found, Known) or not isinstance(resource, Known):
            return None
        grants = found.value.tenant_wide if found.value else ()
        home = resource.value.id if resource.value else ""
        return next((one for one in grants if one.resource_id == home), None)
