"""Consent by an administrator for everybody: for this app and what it lacks, nothing else.

It is the remedy with the smallest reach: no other app gains anything, and the settings on user
consent stay as they are.
"""

from auditor.consent.explain import joined
from auditor.consent.rules import RULES
from auditor.model.decision import Answer, Outcome, PermissionDecision
from auditor.model.fact import Known
from auditor.model.report import Step
from auditor.remedies import assign_users, portal, powershell
from auditor.remedies.cautions import cautions
from auditor.remedies.context import APP_ADMINISTRATOR, Context

_NAMES = [rule.name for rule in RULES]
_BEFORE_GRANTS = frozenset(_NAMES[: _NAMES.index("existing-grant")])
"""Questions that come before consent is looked at, so that consent does not settle them."""


def steps(context: Context) -> tuple[Step, ...]:
    """Consent on each resource to the permissions that are not granted yet."""
    by_resource: dict[str, list[PermissionDecision]] = {}
    for one in wanted(context):
        by_resource.setdefault(one.asked.requirement.resource_app_id, []).append(one)
    return tuple(_step(context, app_id, found) for app_id, found in by_resource.items())


def wanted(context: Context) -> tuple[PermissionDecision, ...]:
    """List the permissions to consent to; none where no consent is needed.

    A request that needs an administrator gets consent for all that it asks for and was not
    granted, so that one review covers it and no prompt remains.
    """
    permissions = context.decision.permissions
    if not any(_needs_consent(context, one) for one in permissions):
        return ()
    return tuple(
        one
        for one in permissions
        if (_needs_consent(context, one) or one.outcome is Outcome.USER_CAN_CONSENT)
        and not _granted(context, one)
    )


def stopped_by_prompt(context: Context) -> bool:
    """Say whether consent would be of use, and is not as the app asks with prompt=consent."""
    if not context.request.prompt_consent:
        return False
    permissions = context.decision.permissions
    return any(_needs_consent(context, one) or _settles_the_rest(one) for one in permissions)


def _needs_consent(context: Context, one: PermissionDecision) -> bool:
    if one.outcome is Outcome.ADMIN_APPROVAL_REQUIRED:
        return True
    if one.outcome is Outcome.UNKNOWN:
        return _settled_by_consent(context, one)
    # Users cannot consent to an app that requires assignment, so that assigning is not enough.
    return any(reason.code in assign_users.CODES for reason in one.reasons)


def _settled_by_consent(context: Context, one: PermissionDecision) -> bool:
    """Say whether consent settles what is open; nothing that is granted settles a forced prompt."""
    return not context.request.prompt_consent and _settles_the_rest(one)


def _settles_the_rest(one: PermissionDecision) -> bool:
    """Say whether all that is open would no longer matter: no fact is missing, a rule is."""
    if one.outcome is not Outcome.UNKNOWN:
        return False
    open_rules = {step.rule for step in one.trace if step.result is not Answer.NO}
    return not one.missing and not open_rules & _BEFORE_GRANTS


def _granted(context: Context, one: PermissionDecision) -> bool:
    requirement = one.asked.requirement
    resource = context.facts.resource(requirement.resource_app_id)
    home = resource.value.id if isinstance(resource, Known) and resource.value else ""
    everybody = context.tenant_wide(requirement.resource_app_id)
    client, user_id = context.client, context.request.asker.user_id
    own = context.facts.user_grants(user_id) if user_id and client else Known(())
    mine = own.value if isinstance(own, Known) else ()
    grants = [one for one in mine if client and one.client_id == client.id]
    scopes = {
        scope.casefold()
        for grant in (*grants, *((everybody,) if everybody else ()))
        if grant.resource_id == home
        for scope in grant.scopes
    }
    return requirement.value.casefold() in scopes


def _step(context: Context, resource_app_id: str, found: list[PermissionDecision]) -> Step:
    requirement = found[0].asked.requirement
    names = [one.asked.requirement.value for one in found]
    own = context.application is not None
    path = portal.registration_path if own else portal.enterprise_app_path
    pages = ("API permissions",) if own else ("Security", "Permissions")
    link = (
        portal.registration(context, "CallAnAPI")
        if own
        else portal.enterprise_app(context, "Permissions")
    )
    script = _script(context, resource_app_id, names)
    return Step(
        title=f"Consent for everybody: {context.app} on {requirement.resource}",
        why=_why(context, found),
        role=APP_ADMINISTRATOR,
        portal_path=path(context, *pages, "Grant admin consent"),
        portal_url=link,
        powershell=script,
        undo=_undo(context, resource_app_id) if script else _UNDO_BY_HAND,
        wait="At once; who saw the prompt signs in again.",
    )


_ASSIGNMENT = (
    "Where only some shall use the app, let it require assignment (Properties > Assignment "
    "required?)."
)
_PORTAL = (
    "The portal consents to the list of the app's registration and may replace earlier consent; "
    "the commands add exactly these."
)
_WORKFLOW = "A request that a user has sent can be approved instead (Admin consent requests)."


def _why(context: Context, found: list[PermissionDecision]) -> str:
    names = joined([one.asked.requirement.value for one in found])
    reach = (
        f"It lets {context.app} have {names} for every user who signs in to it, and changes "
        "nothing for other apps."
    )
    texts = (
        reach,
        *cautions(context, found),
        "" if _requires_assignment(context) else _ASSIGNMENT,
        _PORTAL,
        _undeclared(context, found),
        _WORKFLOW if context.decision.workflow_offered else "",
    )
    return " ".join(text for text in texts if text)


def _undeclared(context: Context, found: list[PermissionDecision]) -> str:
    """Name what the portal cannot consent to yet, as an own registration does not list it."""
    app = context.application
    if app is None or "requiredResourceAccess" in app.missing:
        return ""
    listed = {
        (entry.resource_app_id, entry.permission_id)
        for entry in app.declared
        if entry.kind.casefold() == "scope"
    }
    names = [
        one.asked.requirement.value
        for one in found
        if one.id and (one.asked.requirement.resource_app_id, one.id) not in listed
    ]
    if not names:
        return ""
    return f"In the portal, first add under API permissions what is not listed: {joined(names)}."


def _requires_assignment(context: Context) -> bool:
    return context.client is not None and context.client.assignment_required is True


def _script(context: Context, resource_app_id: str, names: list[str]) -> str:
    resource_id = powershell.guid(resource_app_id)
    grants = context.facts.grants(context.request.app_id) if context.request.app_id else None
    if context.app_id is None or resource_id is None or not isinstance(grants, Known):
        return ""
    old = context.tenant_wide(resource_app_id)
    return powershell.script(
        powershell.connect(
            context.facts.cloud,
            context.tenant_id,
            "Application.Read.All",
            "DelegatedPermissionGrant.ReadWrite.All",
        ),
        powershell.service_principal("client", context.app_id),
        powershell.service_principal("resource", resource_id),
        f"$missing = {powershell.quoted_list(names)}",
        f"$audited = {powershell.quoted_list(old.scopes if old else ())}",
        "$grant = Get-MgOauth2PermissionGrant -All -Filter "
        "\"clientId eq '$($client.Id)' and consentType eq 'AllPrincipals'\" |",
        "  Where-Object ResourceId -EQ $resource.Id",
        "$now = @($grant.Scope -split '\\s+' | Where-Object { $_ })",
        powershell.unless_changed(
            "-not $client -or -not $resource -or (Compare-Object $audited $now)",
            *(_MERGE if old else _CREATE),
            "Get-MgOauth2PermissionGrant -OAuth2PermissionGrantId $grant.Id | "
            "Format-List Id, ConsentType, Scope",
        ),
    )


_MERGE = (
    "$scopes = ($now + $missing) -join ' '",
    "Update-MgOauth2PermissionGrant -OAuth2PermissionGrantId $grant.Id -Scope $scopes",
)
_CREATE = (
    "$grant = New-MgOauth2PermissionGrant -BodyParameter @{",
    "  clientId = $client.Id; consentType = 'AllPrincipals'; resourceId = $resource.Id",
    "  scope = ($missing -join ' ')",
    "}",
)


_UNDO_BY_HAND = "Revoke what was added on the Permissions page of the enterprise app."
"""Without commands nothing is known of earlier consent: no command may remove it."""


def _undo(context: Context, resource_app_id: str) -> str:
    old = context.tenant_wide(resource_app_id)
    if old is None:
        printed = "'<Id that the commands printed>'"
        return f"Remove-MgOauth2PermissionGrant -OAuth2PermissionGrantId {printed}"
    return (
        f"Update-MgOauth2PermissionGrant -OAuth2PermissionGrantId {powershell.quote(old.id)} "
        f"-Scope {powershell.quote(' '.join(old.scopes))}"
    )
