"""The writes of Microsoft Graph v1.0 that plans contain, for an administrator's token.

A table says which handler does what; whatever it does not have is a 405. A handler checks first
and changes then, so that a refused write leaves the tenant as it was. The ids of grants and of
classifications are made from what they stand for, as in Graph; all others are counted.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from tests.fakes import write_apps as apps
from tests.fakes import write_grants as grants
from tests.fakes import write_policies as policies
from tests.fakes.holdings import Refusal, Write, bad_request
from tests.fakes.tenant import Tenant
from tests.fakes.wire import Json, Reply, Request, graph_error

Handler: TypeAlias = "Callable[[Write], Reply]"

_KEY = r"(?:/(?P<object>[^/()]+)|\(appId='(?P<app>[^'/]+)'\))"
_APPS = "Application.ReadWrite.All"
_ASSIGNMENTS = "AppRoleAssignment.ReadWrite.All"
_AUTHORIZATION = "Policy.ReadWrite.Authorization"
_GRANTS = "DelegatedPermissionGrant.ReadWrite.All"
_POLICIES = "Policy.ReadWrite.PermissionGrant"
_SETTINGS = "GroupSettings.ReadWrite.All"
_WORKFLOW = "Policy.ReadWrite.ConsentRequest"
SCOPES = frozenset({_APPS, _ASSIGNMENTS, _AUTHORIZATION, _GRANTS, _POLICIES, _SETTINGS, _WORKFLOW})
"""The delegated permissions that open every write."""


@dataclass(frozen=True, slots=True)
class _Rule:
    method: str
    path: re.Pattern[str]
    scope: str
    """The delegated permission that a write needs; empty for a read."""
    handle: Handler


def _rule(request: str, scope: str, handle: Handler) -> _Rule:
    """Read ``METHOD /path``: ``{key}`` is either name of an object, ``{item}`` an id."""
    method, _, path = request.partition(" ")
    pattern = path.replace("{key}", _KEY).replace("{item}", "(?P<item>[^/]+)")
    return _Rule(method, re.compile(pattern, re.IGNORECASE), scope, handle)


_AUTHORIZATION_POLICY = "/policies/authorizationPolicy"
_CONSENT_REQUESTS = "/policies/adminConsentRequestPolicy"
_GRANT_POLICIES = "/policies/permissionGrantPolicies"
_PRINCIPAL = "/servicePrincipals{key}"
_CLASSIFIED = f"{_PRINCIPAL}/delegatedPermissionClassifications"
_APPLICATION = "/applications{key}"
_RULES = (
    _rule(f"PATCH {_AUTHORIZATION_POLICY}", _AUTHORIZATION, policies.change_authorization_policy),
    _rule(f"PUT {_CONSENT_REQUESTS}", _WORKFLOW, policies.put_workflow),
    _rule("GET /groupSettings/{item}", "", policies.get_setting),
    _rule("PATCH /groupSettings/{item}", _SETTINGS, policies.change_setting),
    _rule(f"POST {_GRANT_POLICIES}", _POLICIES, policies.add_policy),
    _rule(f"DELETE {_GRANT_POLICIES}/{{item}}", _POLICIES, policies.remove_policy),
    *(
        rule
        for member in ("includes", "excludes")
        for rule in (
            _rule(
                f"POST {_GRANT_POLICIES}/{{item}}/{member}",
                _POLICIES,
                partial(policies.add_condition_set, member=member),
            ),
            _rule(
                f"GET {_GRANT_POLICIES}/{{item}}/{member}",
                "",
                partial(policies.get_condition_sets, member=member),
            ),
        )
    ),
    _rule("POST /servicePrincipals", _APPS, apps.add_principal),
    _rule(f"PATCH {_PRINCIPAL}", _APPS, apps.change_principal),
    _rule(f"DELETE {_PRINCIPAL}", _APPS, apps.remove_principal),
    _rule(f"POST {_CLASSIFIED}", _POLICIES, apps.classify),
    _rule(f"DELETE {_CLASSIFIED}/{{item}}", _POLICIES, apps.declassify),
    _rule("POST /oauth2PermissionGrants", _GRANTS, grants.add_grant),
    _rule("GET /oauth2PermissionGrants/{item}", "", grants.get_grant),
    _rule("PATCH /oauth2PermissionGrants/{item}", _GRANTS, grants.change_grant),
    _rule("DELETE /oauth2PermissionGrants/{item}", _GRANTS, grants.remove_grant),
    *(
        rule
        for member in ("appRoleAssignedTo", "appRoleAssignments")
        for rule in (
            _rule(
                f"POST {_PRINCIPAL}/{member}",
                _ASSIGNMENTS,
                partial(grants.add_assignment, member=member),
            ),
            _rule(
                f"DELETE {_PRINCIPAL}/{member}/{{item}}",
                _ASSIGNMENTS,
                partial(grants.remove_assignment, member=member),
            ),
        )
    ),
    _rule("POST /applications", _APPS, apps.add_application),
    _rule(f"PATCH {_APPLICATION}", _APPS, apps.change_application),
    _rule(f"DELETE {_APPLICATION}", _APPS, apps.remove_application),
    _rule(f"POST {_APPLICATION}/addPassword", _APPS, apps.add_password),
    _rule(f"POST {_APPLICATION}/removePassword", _APPS, apps.remove_password),
)


def answer(tenant: Tenant, request: Request, scopes: frozenset[str]) -> Reply | None:
    """Answer an administrator's request; None for a read that the tenant answers itself."""
    try:
        with tenant.changing():
            return _answer(tenant, request, scopes)
    except Refusal as refusal:
        return refusal.reply


def _answer(tenant: Tenant, request: Request, scopes: frozenset[str]) -> Reply | None:
    for rule in _RULES:
        found = rule.path.fullmatch(request.resource)
        if found and rule.method == request.method and request.version == "v1.0":
            if rule.scope and rule.scope not in scopes:
                message = "Insufficient privileges to complete the operation."
                return graph_error(403, "Authorization_RequestDenied", message)
            keys = {name: text for name, text in found.groupdict().items() if text}
            return rule.handle(Write(tenant, keys, _body(request)))
    if request.method == "GET":
        return None
    message = f"{request.method} {request.resource} is not supported."
    return graph_error(405, "Request_MethodNotAllowed", message)


def _body(request: Request) -> dict[str, Json]:
    """Read the JSON object of a write; empty for a method that has none.

    Raises:
        Refusal: There is none, it is no object, or it says that it is something else.
    """
    if request.method in {"GET", "DELETE"}:
        if request.body:
            raise bad_request("The request must not have a body.")
        return {}
    if request.query:
        raise bad_request("A write has no query options.")
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise bad_request("The body is not declared as JSON.")
    try:
        body: Json = json.loads(request.body)
    except ValueError as error:
        raise bad_request("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise bad_request("The body is not an object.")
    return body
