"""A fact that decides is not known: read it, or say it."""

from auditor.consent import explain
from auditor.consent.explain import joined
from auditor.model.decision import Outcome
from auditor.model.fact import Unknown, Why
from auditor.model.report import Step
from auditor.model.well_known import MICROSOFT_GRAPH
from auditor.remedies import portal, powershell
from auditor.remedies.context import MINUTES, Context

_READER = "Directory Readers"


def steps(context: Context) -> tuple[Step, ...]:
    """Let the auditor read what it was refused, and give the options that it asks for."""
    if context.decision.outcome is not Outcome.UNKNOWN:
        return ()
    missing = dict.fromkeys(
        fact for one in context.decision.permissions for fact in one.missing
    )
    refused = [fact for fact in missing if fact.why is Why.REFUSED and fact.needs]
    said = [fact for fact in missing if fact.request.startswith("--")]
    others = [fact for fact in missing if fact not in refused and fact not in said]
    return (
        *_permission(context, refused),
        *(_option(context, fact) for fact in said),
        *_again(others),
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
        "  New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $graph.Id "
        "-BodyParameter @{",
        "    principalId = $auditor.Id; resourceId = $graph.Id; appRoleId = $_.Id",
        "  }",
        "}",
    )


def _option(context: Context, fact: Unknown) -> Step:
    path, role, script = _PLACES.get(fact.source, ("", "", ()))
    scopes = {"profile": "Application.Read.All", "person": "User.ReadBasic.All"}
    sign_in = powershell.connect(
        context.facts.cloud, context.tenant_id, scopes.get(fact.source, "")
    )
    return Step(
        title=f"Audit again with {fact.request}",
        why=f"{fact.fact} is not known: {fact.detail}.",
        role=role,
        portal_path=path,
        portal_url="",
        powershell=powershell.script(sign_in, *script) if script else "",
        undo="",
        wait="",
    )


_PLACES = {
    "profile": (
        portal.ENTERPRISE_APPS,
        _READER,
        ("Get-MgServicePrincipal -All | Sort-Object DisplayName | Format-Table DisplayName, AppId",),
    ),
    "person": (
        "Entra ID > Users > All users",
        _READER,
        (
            "$name = '<user principal name>'",
            "Get-MgUser -UserId $name | Format-List DisplayName, Id",
        ),
    ),
}
"""Where the value of an option is found: portal path, role, commands."""


def _again(others: list[Unknown]) -> tuple[Step, ...]:
    if not others:
        return ()
    texts = dict.fromkeys(explain.missing(fact) for fact in others)
    return (
        Step(
            title="Find out by hand what could not be read, or audit again",
            why=" ".join(texts),
            role="Global Reader",
            portal_path="",
            portal_url="",
            powershell="",
            undo="",
            wait="",
        ),
    )
