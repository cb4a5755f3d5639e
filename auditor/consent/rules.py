"""The decision table: the rules in their order, each one question about one permission.

The first rule that holds decides. A rule that cannot be answered leaves its outcome possible and
the next one is asked; the outcome is known when all that stay possible agree.

Source: the order follows Microsoft's documents on user and admin consent, app consent policies,
assignment and risk-based step-up consent (learn.microsoft.com/entra/identity/enterprise-apps,
read 2026-08).
"""

from auditor.consent import allowed, granted, person, usable
from auditor.consent.question import Rule
from auditor.model.decision import Outcome

RULES = (
    Rule("person", Outcome.UNKNOWN, person.not_found),
    Rule("tenant-type", Outcome.BLOCKED, usable.tenant_type),
    Rule("single-tenant-app", Outcome.BLOCKED, usable.single_tenant),
    Rule("personal-accounts", Outcome.BLOCKED, usable.personal_only),
    Rule("app-registration", Outcome.BLOCKED, usable.registration),
    Rule("unsupported-scope", Outcome.UNKNOWN, usable.unsupported),
    Rule("resource-in-tenant", Outcome.BLOCKED, usable.resource_absent),
    Rule("resource-enabled", Outcome.BLOCKED, usable.resource_disabled),
    Rule("permission-published", Outcome.BLOCKED, usable.not_published),
    Rule("permission-enabled", Outcome.BLOCKED, usable.permission_disabled),
    Rule("app-enabled", Outcome.BLOCKED, usable.disabled_here),
    Rule("app-active", Outcome.BLOCKED, usable.deactivated),
    Rule("app-allowed-by-microsoft", Outcome.BLOCKED, usable.disabled_by_microsoft),
    Rule("assignment", Outcome.BLOCKED, person.not_assigned),
    Rule("service-principal", Outcome.UNKNOWN, usable.own_without_principal),
    Rule("existing-grant", Outcome.NO_PROMPT, granted.granted),
    Rule("default-scope", Outcome.NO_PROMPT, granted.default_scope),
    Rule("preauthorized", Outcome.NO_PROMPT, granted.preauthorized),
    Rule("directory-role", Outcome.USER_CAN_CONSENT, person.role),
    Rule("assignment-needs-admin", Outcome.ADMIN_APPROVAL_REQUIRED, person.assignment),
    Rule("user-consent", Outcome.ADMIN_APPROVAL_REQUIRED, allowed.consent_off),
    Rule("app-consent-policy", Outcome.ADMIN_APPROVAL_REQUIRED, allowed.not_covered),
    Rule("risk", Outcome.ADMIN_APPROVAL_REQUIRED, allowed.risky),
    Rule("one-policy", Outcome.UNKNOWN, allowed.covered_in_parts),
    Rule("guest", Outcome.UNKNOWN, person.guest),
    Rule("default-scope-list", Outcome.UNKNOWN, granted.default_list),
    Rule("allowed", Outcome.USER_CAN_CONSENT, allowed.covered),
)
