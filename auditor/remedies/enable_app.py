"""Sign-in to the app, or to an API that it uses, is switched off in this tenant."""

from auditor.model.change import Change
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.tenant import ServicePrincipal
from auditor.remedies import portal
from auditor.remedies.action import Action, by_requests, patch
from auditor.remedies.context import APP_ADMINISTRATOR, MINUTES, Context
from auditor.scopes import guid


def actions(context: Context) -> tuple[Action, ...]:
    """Switch the client app on, and every resource that is off."""
    client = context.client
    off = client is not None and client.account_enabled is False
    resources = dict.fromkeys(one.resource_app_id for one in context.case.targets)
    found = (context.facts.resource(app_id) for app_id in resources)
    return (
        *((_client(context, client),) if client is not None and off else ()),
        *(
            _resource(one.value)
            for one in found
            if isinstance(one, Known)
            and one.value is not None
            and one.value.account_enabled is False
            and guid(one.value.id)
        ),
    )


def _client(context: Context, client: ServicePrincipal) -> Action:
    pages = ("Properties", "Enabled for users to sign in?", "Yes")
    step = Step(
        id="enable-app",
        title=f"Enable {context.app} for users to sign in",
        why=(
            "An administrator of this tenant switched it off. Find out first why: the audit "
            "log names who did it."
        ),
        role=APP_ADMINISTRATOR,
        portal_path=portal.enterprise_app_path(context, *pages),
        portal_url=portal.enterprise_app(context, "Properties"),
        change=_change(client),
        undo="Set it to No again on the same page.",
        wait=MINUTES,
        check="The Properties page says that it is enabled.",
    )
    return by_requests(step)


def _resource(resource: ServicePrincipal) -> Action:
    name = resource.display_name
    step = Step(
        id=f"enable-resource-{resource.app_id}",
        title=f"Enable {name} in this tenant",
        why=f"Its service principal is disabled. Find out first why, and what else uses {name}.",
        role=APP_ADMINISTRATOR,
        portal_path=f"{portal.ENTERPRISE_APPS} > {name} > Properties > Enabled for users to "
        "sign in?",
        change=_change(resource),
        undo="Switch it off again on the same page.",
        wait=MINUTES,
        check="The Properties page says that it is enabled.",
    )
    return by_requests(step)


def _change(principal: ServicePrincipal) -> Change:
    path = f"/servicePrincipals/{principal.id}"
    title = f"Sign-in to {principal.display_name} is off"
    do, undo = patch(path, title, "accountEnabled", old=False, new=True)
    return Change(("Application.ReadWrite.All",), do, undo)
