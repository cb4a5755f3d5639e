"""A fact that decides is not known: read it, or say it."""

from dataclasses import dataclass

from auditor.consent import explain
from auditor.consent.explain import joined
from auditor.model.decision import Outcome
from auditor.model.fact import Unknown, Why
from auditor.model.report import Step
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.remedies import admin_consent, portal, powershell
from auditor.remedies.context import MINUTES, Context

_GLOBAL_READER = "Global Reader"


def steps(context: Context) -> tuple[Step, ...]:
    """Let the auditor read what it was refused, and find what it has to be told."""
    missing = _missing(context)
    return (
        *_permission(context, [fact for fact in missing if _is_refused(fact)]),
        *_collect([fact for fact in missing if _is_left_out(fact)]),
        *(_option(context, fact) for fact in missing if _is_option(fact)),
        *_undocumented(context),
    )


def again(context: Context) -> Step | None:
    """Audit again when the facts are there; None where no fact is missing."""
    missing = _missing(context)
    if not missing:
        return None
    options = joined([fact.request for fact in missing if _is_option(fact)])
    title = f"Audit again with {options}" if options else "Audit again"
    others = [
        fact
        for fact in missing
        if not (_is_refused(fact) or _is_left_out(fact) or _is_option(fact))
    ]
    if not others:
        return _by_hand(title, "With the missing facts there is an answer.", role="")
    texts = dict.fromkeys(explain.missing(fact) for fact in others)
    return _by_hand(f"{title}, and find out by hand what still cannot be read", " ".join(texts))


def _missing(context: Context) -> tuple[Unknown, ...]:
    """List the facts that an unknown outcome lacks, each once."""
    if context.decision.outcome is not Outcome.UNKNOWN:
        return ()
    facts = (fact for one in context.decision.permissions for fact in one.missing)
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
    return (_by_hand("Collect the snapshot again", why, role=""),)


def _permission(context: Context, refused: list[Unknown]) -> tuple[Step, ...]:
    if not refused:
        return ()
    names = sorted({name for fact in refused for name in fact.needs})
    facts = joined(list(dict.fromkeys(fact.fact for fact in refused)))
    return (
        Step(
            title=f"Let the auditor read: grant its app registration {joined(names)}",
            why=(
                f"Graph refused it: {facts}. These are application permissions of Microsoft "
                "Graph that only read."
            ),
            role="Privileged Role Administrator",
            portal_path=(
                f"{portal.APP_REGISTRATIONS} > the auditor's > API permissions > Add a "
                "permission > Microsoft Graph > Application permissions; then Grant admin consent"
            ),
            portal_url="",
            powershell=_grant(context, names),
            undo="Revoke the permission on the same page.",
            wait=MINUTES,
        ),
    )


def _grant(context: Context, names: list[str]) -> str:
    return powershell.script(
        powershell.connect(
            context.facts.cloud,
            context.tenant_id,
            "Application.Read.All",
            "AppRoleAssignment.ReadWrite.All",
        ),
        "$auditorAppId = '<client ID of the auditor>'",
        "$auditor = Get-MgServicePrincipal -Filter \"appId eq '$auditorAppId'\"",
        powershell.service_principal("graph", MICROSOFT_GRAPH),
        f"$names = {powershell.quoted_list(names)}",
        "$graph.AppRoles | Where-Object { $_.Value -in $names } | ForEach-Object {",
        "  New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $graph.Id -BodyParameter @{",
        "    principalId = $auditor.Id; resourceId = $graph.Id; appRoleId = $_.Id",
        "  }",
        "}",
    )


def _option(context: Context, fact: Unknown) -> Step:
    place = _PLACES.get(fact.source, _Place("", "", "", ()))
    sign_in = powershell.connect(context.facts.cloud, context.tenant_id, place.scope)
    return Step(
        title=f"Find what to give with {fact.request}",
        why=f"{fact.fact} is not known: {fact.detail}.",
        role=place.role,
        portal_path=place.path,
        portal_url="",
        powershell=powershell.script(sign_in, *place.commands) if place.commands else "",
        undo="",
        wait="",
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the value of an option is found."""

    path: str
    role: str
    scope: str
    commands: tuple[str, ...]


_PLACES = {
    "profile": _Place(
        portal.ENTERPRISE_APPS,
        "Directory Readers",
        "Application.Read.All",
        ("Get-MgServicePrincipal -All | Format-Table DisplayName, AppId",),
    ),
    "person": _Place(
        "Entra ID > Users > All users",
        "Directory Readers",
        "User.ReadBasic.All",
        (
            "$name = '<user principal name>'",
            "Get-MgUser -UserId $name | Format-List DisplayName, Id",
        ),
    ),
}
"""By the source that stands for what a run can be told."""


def _undocumented(context: Context) -> tuple[Step, ...]:
    """Where no fact is missing and consent would not settle it, only an attempt tells."""
    if context.decision.outcome is not Outcome.UNKNOWN:
        return ()
    names = {one.asked.requirement.value for one in context.because("rule-open")}
    names -= {one.asked.requirement.value for one in admin_consent.wanted(context)}
    if not names:
        return ()
    why = (
        f"Every fact about {joined(sorted(names))} was read, but Graph gave a value that is not "
        "documented. What users meet shows when one of them signs in."
    )
    return (_by_hand("Sign in to the app with a test account", why),)


def _by_hand(title: str, why: str, role: str = _GLOBAL_READER) -> Step:
    return Step(title, why, role)
