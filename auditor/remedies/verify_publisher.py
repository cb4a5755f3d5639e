"""The vendor gets its publisher verified: outside this tenant, and no setting changes here."""

from dataclasses import replace

from auditor.consent.case import owner, publisher
from auditor.model.cloud import ENDPOINTS
from auditor.model.decision import Answer
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.model.profile import Publisher
from auditor.remedies.action import Action, World
from auditor.remedies.context import Context
from auditor.simulate import edited, simulated_id
from auditor.sources import client_service_principal


def actions(context: Context) -> tuple[Action, ...]:
    """Ask the vendor, where the app is another tenant's and is not known to be verified."""
    case = context.case
    known = publisher(case)
    verified = isinstance(known, Known) and known.value is not None
    own = owner(case).own.answer is Answer.YES
    if verified or own or not ENDPOINTS[context.facts.cloud].verifies_publishers:
        return ()
    unsure = "" if isinstance(known, Known) else " Whether it is verified already is not known."
    step = Step(
        id="verify-publisher",
        title=f"The vendor of {context.app} has its publisher verified",
        why=(
            "The vendor does it with Microsoft, for the app's own registration; it costs nothing "
            f"and says who publishes the app, not that it is harmless.{unsure}"
        ),
        wait="It depends on the vendor.",
        check="The app's Properties page shows a verified publisher.",
    )
    return (Action(step, _verified, outside=True),)


def _verified(world: World) -> World:
    app_id = world.request.app_id or ""
    source = client_service_principal.SOURCE
    if world.facts.document(source, app_id) is None:
        return replace(world, request=replace(world.request, publisher=Publisher.VERIFIED))
    mark = {"verifiedPublisherId": simulated_id("publisher"), "displayName": world.request.name}
    facts = edited(world.facts, source, app_id, lambda found: {**found, "verifiedPublisher": mark})
    return replace(world, facts=facts)
