"""A user asks through the admin consent workflow, and a reviewer approves."""

from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.remedies import create_service_principal, grant_tenant_wide, portal
from auditor.remedies.action import Action, World
from auditor.remedies.context import APP_ADMINISTRATOR, AT_ONCE, Context
from auditor.simulate import ImpossibleError


def actions(context: Context) -> tuple[Action, ...]:
    """Approve what users ask for: the same consent for everybody, by another way."""
    grants = grant_tenant_wide.actions(context)
    if not grants:
        return ()
    created = create_service_principal.actions(context)
    step = Step(
        id="approve-request",
        title=f"A user requests {context.app}, and a reviewer approves the request",
        why=(
            "The user signs in to the app, writes why, and sends the request. Approving it is "
            "consent for everybody, with exactly what the app asked for. Being a reviewer gives "
            "no right to consent: the one who approves needs the role."
        ),
        role=APP_ADMINISTRATOR,
        portal_path="Entra ID > Enterprise apps > Admin consent requests > All (Preview) > "
        f"{context.app} > Review permissions and consent",
        portal_url=portal.admin_consent_requests(context),
        undo="Revoke the consent on the Permissions page of the enterprise app.",
        wait=AT_ONCE,
        check="The user gets an e-mail, and the next sign-in has no prompt.",
    )

    def effect(world: World) -> World:
        if not _works(world):
            raise ImpossibleError("users cannot ask, or whether they can is not known")
        unseen = world.facts.client(world.request.app_id or "") == Known(None)
        for one in (*(created if unseen else ()), *grants):
            world = one.effect(world)
        return world

    return (Action(step, effect),)


def _works(world: World) -> bool:
    workflow, settings = world.facts.workflow(), world.facts.consent_settings()
    if not isinstance(workflow, Known) or not isinstance(settings, Known):
        return False
    on = workflow.value.enabled and bool(workflow.value.reviewers)
    second = settings.value.admin_consent_requests
    odd = "enableadminconsentrequests" in settings.value.unrecognised
    return on and second is not False and not odd
