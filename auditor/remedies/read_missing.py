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
    """Let the auditor read what it was refused, and give the options that it asks for."""
    if context.decision.outcome is not Outcome.UNKNOWN:
        return ()
    missing = dict.fromkeys(fact for one in context.decision.permissions for fact in one.missing)
    refused = [fact for fact in missing if fact.why is Why.REFUSED and fact.needs]
    said = [fact for fact in missing if fact.request.startswith("--")]
    others = [fact for fact in missing if fact not in refused and fact not in said]
    return (
        *_permission(context, refused),
        *(_option(context, fact) for fact in said),
        *_again(others),
        *_undocumented(context),
    )


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
        title=f"Audit again with {fact.request}",
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


def _again(others: list[Unknown]) -> tuple[Step, ...]:
    if not others:
        return ()
    texts = dict.fromkeys(explain.missing(fact) for fact in others)
    title = "Audit again, and find out by hand what still cannot be read"
    return (_by_hand(title, " ".join(texts)),)


def _undocumented(context: Context) -> tuple[Step, ...]:
    """Where no fact is missing and consent would not settle it, only an attempt tells."""
    names = {one.asked.requirement.value for one in context.because("rule-open")}
    names -= {one.asked.requirement.value for one in admin_consent.wanted(context)}
    if not names:
        return ()
    why = (
        f"Every fact about {joined(sorted(names))} was read, but Graph gave a value that is not "
        "documented. What users meet shows when one of them signs in."
    )
    return (_by_hand("Sign in to the app with a test account", why),)


def _by_hand(title: str, why: str) -> Step:
    return Step(
        title=title,
        why=why,
        role=_GLOBAL_READER,
        portal_path="",
        portal_url="",
        powershell="",
        undo="",
        wait="",
    )
