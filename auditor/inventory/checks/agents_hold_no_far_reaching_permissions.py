"""No AI agent holds far-reaching delegated permissions.

What it asks. Which agent identities of Microsoft Entra Agent ID have been granted delegated
permissions that our table rates critical or high?

Why it matters. An agent does what the text that it reads makes it do. A prompt that is hidden in a
mail or a page can turn its permissions against the person in whose name it acts.

Met when. No agent identity holds such a permission, for everybody or for somebody.

Not met when. At least one does.

Unknown when. The service principals or grants were not read to their ends and nothing was found, or
could not be read at all. It does not apply where no service principal is an agent identity.

Reads. All service principals (Application.Read.All), of which those of the type ServiceIdentity are
agent identities, and all delegated permission grants (Directory.Read.All). Agents that sign in as
ordinary apps cannot be told apart, and what agents inherit from their blueprint is not read.

Remedy. Take the permission out of the grant (PATCH /oauth2PermissionGrants/{id}, Cloud Application
Administrator; undo: the old scope), or disable the agent identity until somebody answers for it.

References. https://learn.microsoft.com/graph/api/resources/agentidentity
"""

from auditor.inventory import far_reaching
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    found,
    of_app,
)
from auditor.listings import delegated_grants, service_principals
from auditor.model.inventory import App
from auditor.model.report import Judgement, Severity

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)
_AGENT = "serviceidentity"


def _judge(context: InventoryContext) -> InventoryVerdict:
    agents = [one for one in context.inventory.apps if one.type.casefold() == _AGENT]
    if not agents and context.inventory.covers(service_principals.LISTING.name):
        text = "No service principal is an agent identity."
        return InventoryVerdict(Judgement.NOT_APPLICABLE, text)
    rated = ((one, far_reaching.for_anybody(context, one)) for one in agents)
    hits = sorted((one for one in rated if one[1]), key=lambda one: far_reaching.weight(one[1]))
    return found(
        context,
        _LISTINGS,
        (of_app(app, f"{far_reaching.words(names)}{_users(app)}") for app, names in hits),
        bad="Agent identities with far-reaching delegated permissions: {count}.",
        good=f"None of the agent identities ({len(agents):,}) holds a far-reaching permission.",
    )


def _users(app: App) -> str:
    return f"; users with a grant: {app.users:,}" if app.users else ""


CHECK = InventoryCheck(
    id="agents-hold-no-far-reaching-permissions",
    title="No AI agent holds far-reaching delegated permissions",
    severity=Severity.MEDIUM,
    judge=_judge,
)
