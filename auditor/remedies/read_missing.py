"""A fact that decides is not known: read it, or say it."""

from auditor.consent import explain
from auditor.consent.explain import joined
from auditor.model.change import Call, Change, Input, Lookup, Method, Operation, Ref
from auditor.model.decision import Outcome
from auditor.model.fact import Known, Unknown, Why
from auditor.model.plan import Step
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.remedies import portal
from auditor.remedies.context import GLOBAL_READER, MINUTES, ROLE_ADMINISTRATOR, Context
from auditor.scopes import guid

_AUDITOR = "auditor"


def steps(context: Context) -> tuple[Step, ...]:
    """Let the auditor read what it was refused, find what it has to be told, and audit again."""
    missing = _missing(context)
    return (
        *_permission(context, [fact for fact in missing if _is_refused(fact)]),
        *_collect([fact for fact in missing if _is_left_out(fact)]),
        *(_option(fact) for fact in missing if _is_option(fact)),
        *_undocumented(context),
        *_again(missing),
    )


def _again(missing: tuple[Unknown, ...]) -> tuple[Step, ...]:
    """Audit again when the facts are there; nothing where no fact is missing."""
    if not missing:
        return ()
    options = joined([fact.request for fact in missing if _is_option(fact)])
    title = f"Audit again with {options}" if options else "Audit again"
    others = [
        fact
        for fact in missing
        if not (_is_refused(fact) or _is_left_out(fact) or _is_option(fact))
    ]
    if not others:
        return (_by_hand("audit-again", title, "With the missing facts there is an answer.", ""),)
    texts = " ".join(dict.fromkeys(explain.missing(fact) for fact in others))
    title = f"{title}, and find out by hand what still cannot be read"
    return (_by_hand("audit-again", title, texts),)


def _missing(context: Context) -> tuple[Unknown, ...]:
    """List the facts that an outcome lacks if it is unknown, else those that plans lack."""
    facts = [fact for one in context.decision.permissions for fact in one.missing]
    if context.decision.outcome is not Outcome.UNKNOWN:
        case = context.case
        facts = [
            one
            for one in (
                *(target.resource for target in case.targets),
                case.client,
                case.grants,
                case.application,
                case.assignments,
                case.user_assignments,
                case.user_grants,
                context.facts.authorization_policy(),
            )
            if isinstance(one, Unknown)
        ]
    return tuple(dict.fromkeys(facts))


def _is_refused(fact: Unknown) -> bool:
    return fact.why is Why.REFUSED and bool(fact.needs)


def _is_option(fact: Unknown) -> bool:
    """Say whether an option of this program tells it."""
    return fact.request.startswith("--")


def _is_left_out(fact: Unknown) -> bool:
    """Say whether Graph was not asked, so that no permission is missing."""
    return fact.why is Why.NOT_ASKED and fact.request.startswith("GET ")


def _collect(left_out: list[Unknown]) -> tuple[Step, ...]:
    if not left_out:
        return ()
    facts = joined(list(dict.fromkeys(fact.fact for fact in left_out)))
    why = (
        f"The snapshot was collected without this app or person; it lacks: {facts}. Run "
        "consent-auditor collect with the options of this audit, such as the same --profile "
        "and --set."
    )
    return (_by_hand("collect-again", "Collect the snapshot again", why, ""),)


def _permission(context: Context, refused: list[Unknown]) -> tuple[Step, ...]:
    if not refused:
        return ()
    names = sorted({name for fact in refused for name in fact.needs})
    facts = joined(list(dict.fromkeys(fact.fact for fact in refused)))
    step = Step(
        id="grant-auditor",
        title=f"Let the auditor read: grant its app registration {joined(names)}",
        why=(
            f"Graph refused it: {facts}. These are application permissions of Microsoft "
            "Graph that only read."
        ),
        role=ROLE_ADMINISTRATOR,
        portal_path=(
            f"{portal.APP_REGISTRATIONS} > the auditor's > API permissions > Add a "
            "permission > Microsoft Graph > Application permissions; then Grant admin consent"
        ),
        change=_change(context, names),
        undo="Revoke the permission on the same page.",
        wait=MINUTES,
        check="The page lists them as granted.",
    )
    return (step,)


def _change(context: Context, names: list[str]) -> Change | None:
    """Assign Graph's app roles of these names, whose ids Graph itself tells."""
    graph = context.facts.resource(MICROSOFT_GRAPH)
    home = guid(graph.value.id) if isinstance(graph, Known) and graph.value else None
    if home is None:
        return None
    listing = f"/servicePrincipals/{home}?$select=appRoles"
    lookups = tuple(
        Lookup(f"role_{number}", listing, "appRoles", (("value", name),), "id")
        for number, name in enumerate(names, 1)
    )
    calls = tuple(
        Call(
            Method.POST,
            f"/servicePrincipals/{{{_AUDITOR}}}/appRoleAssignments",
            {"principalId": Ref(_AUDITOR), "resourceId": home, "appRoleId": Ref(one.name)},
        )
        for one in lookups
    )
    question = "Object ID of the auditor's service principal (Enterprise apps), not its client ID"
    return Change(
        scopes=("Application.Read.All", "AppRoleAssignment.ReadWrite.All"),
        do=Operation((), calls, lookups),
        undo=None,
        inputs=(Input(_AUDITOR, question),),
    )


_PLACES = {
    "profile": portal.ENTERPRISE_APPS,
    "person": "Entra ID > Users > All users",
}
"""Where the value of an option is found, by the source that stands for it."""


def _option(fact: Unknown) -> Step:
    place = _PLACES.get(fact.source, "")
    return Step(
        id=f"find-{fact.source}",
        title=f"Find what to give with {fact.request}",
        why=f"{fact.fact} is not known: {fact.detail}.",
        role="Directory Readers" if place else "",
        portal_path=place,
    )


def _undocumented(context: Context) -> tuple[Step, ...]:
    """Where no fact is missing, only an attempt tells."""
    if context.decision.outcome is not Outcome.UNKNOWN:
        return ()
    names = {one.asked.requirement.value for one in context.because("rule-open")}
    if not names:
        return ()
    why = (
        f"Every fact about {joined(sorted(names))} was read, but Microsoft's documents leave open "
        "what follows. What users meet shows when one of them signs in."
    )
    return (_by_hand("sign-in-test", "Sign in to the app with a test account", why),)


def _by_hand(step_id: str, title: str, why: str, role: str = GLOBAL_READER) -> Step:
    return Step(id=step_id, title=title, why=why, role=role)
