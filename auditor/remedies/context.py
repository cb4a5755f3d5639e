"""One decision and the facts that its remedies are made from."""

from dataclasses import dataclass

from auditor.facts import TenantFacts
from auditor.model.decision import Decision, PermissionDecision
from auditor.model.fact import Known
from auditor.model.profile import ConsentRequest
from auditor.model.tenant import Application, DelegatedGrant, ServicePrincipal
from auditor.remedies.powershell import guid

APP_ADMINISTRATOR = "Cloud Application Administrator"
APP_DEVELOPER = "Application Developer"
MINUTES = "A few minutes."


@dataclass(frozen=True, slots=True)
class Context:
    """What a remedy knows: one tenant, one request, and what was decided."""

    facts: TenantFacts
    request: ConsentRequest
    decision: Decision

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
        found = self.facts.client(self.request.app_id) if self.request.app_id else None
        return found.value if isinstance(found, Known) else None

    @property
    def client_is_absent(self) -> bool:
        """The tenant surely has no service principal of the app."""
        found = self.facts.client(self.request.app_id) if self.request.app_id else None
        return isinstance(found, Known) and found.value is None

    @property
    def application(self) -> Application | None:
        """The app registration in this tenant; None where there is none or it is unknown."""
        found = self.facts.application(self.request.app_id) if self.request.app_id else None
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

    def tenant_wide(self, resource_app_id: str) -> DelegatedGrant | None:
        """Return the consent for everybody that the app has on a resource, if it is known."""
        found = self.facts.grants(self.request.app_id) if self.request.app_id else None
        resource = self.facts.resource(resource_app_id)
        if not isinstance(found, Known) or not isinstance(resource, Known):
            return None
        grants = found.value.tenant_wide if found.value else ()
        home = resource.value.id if resource.value else ""
        return next((one for one in grants if one.resource_id == home), None)
