"""No AI agent holds far-reaching delegated permissions.

What it asks. Which agents that Microsoft Entra ID knows as such have been granted delegated
permissions that our table rates critical or high?

Why it matters. An agent does what the text that it reads makes it do. A prompt that is hidden in a
mail or a page can turn its permissions against the person in whose name it acts.

Met when. No agent holds such a permission, for everybody or for somebody.

Not met when. At least one that is enabled does. The answer is *manual* where all of them are
disabled: the permissions wait for the day on which somebody enables one.

Unknown when. The service principals or grants were not read, or not to their ends, and nothing was
found that is enabled. It does not apply where no service principal is an agent.

Reads. All service principals (Application.Read.All) and all delegated permission grants
(Directory.Read.All). Agents are service principals of the type ServiceIdentity (Microsoft Entra
Agent ID) and those with the tags by which the admin center lists agents: AgenticApp,
AgenticInstance and power-virtual-agents-... (Copilot Studio). Other agents look like any app, and
what agents inherit from their blueprint is not read. Microsoft's own are left out. Permissions that
no table rates are not counted.

Remedy. Take the permission out of the grant (PATCH /oauth2PermissionGrants/{id}, Cloud Application
Administrator; undo: the old scope), or disable the agent until somebody answers for it.

References. https://learn.microsoft.com/graph/api/resources/agentidentity
"""

from auditor.inventory import far_reaching
from auditor.inventory.check import (
    InventoryCheck,
    InventoryContext,
    InventoryVerdict,
    by_hand_if_sure,
    found,
    of_app,
)
from auditor.listings import delegated_grants, service_principals
from auditor.model.inventory import App, Owner
from auditor.model.report import Judgement, Severity

_LISTINGS = (service_principals.LISTING.name, delegated_grants.LISTING.name)
_AGENT = "serviceidentity"
_TAGS = frozenset({"agenticapp", "agenticinstance"})
_COPILOT_STUDIO = "power-virtual-agents-"


def _judge(context: InventoryContext) -> InventoryVerdict:
    agents = [one for one in context.inventory.apps if _is_agent(one)]
    if not agents and context.inventory.covers(service_principals.LISTING.name):
        text = "No service principal is an agent."
        return InventoryVerdict(Judgement.NOT_APPLICABLE, text)
    rated = ((one, far_reaching.for_anybody(one, context.risks)) for one in agents)
    hits = sorted((one for one in rated if one[1]), key=_place)
    verdict = found(
        context,
        _LISTINGS,
        (of_app(app, f"{far_reaching.words(names)}{_more(app)}") for app, names in hits),
        bad="Agents with far-reaching delegated permissions: {count}.",
        good=f"None of the agents ({len(agents):,}) holds a far-reaching permission.",
    )
    if all(app.is_disabled for app, _ in hits):
        return by_hand_if_sure(verdict, context, _LISTINGS)
    return verdict


def _place(hit: tuple[App, list[far_reaching.Rated]]) -> tuple[bool, tuple[int, int]]:
    return hit[0].is_disabled, far_reaching.weight(hit[1])


def _is_agent(app: App) -> bool:
    if app.owner is Owner.MICROSOFT:
        return False
    return app.type.casefold() == _AGENT or any(map(_is_agents, app.tags))


def _is_agents(tag: str) -> bool:
    tag = tag.casefold()
    return tag in _TAGS or tag.startswith(_COPILOT_STUDIO)


def _more(app: App) -> str:
    users = f"; users with a grant: {app.users:,}" if app.users else ""
    return f"{users}; disabled" if app.is_disabled else users


CHECK = InventoryCheck(
    id="agents-hold-no-far-reaching-permissions",
    title="No AI agent holds far-reaching delegated permissions",
    severity=Severity.MEDIUM,
    judge=_judge,
)
