"""Plans as the planner makes them, one change of each kind, for tests of what is made from them."""

from datetime import UTC, datetime

from auditor.dialects.script import Target
from auditor.model.change import Call, Change, Guard, Input, Lookup, Method, Operation, Ref, Value
from auditor.model.cloud import Cloud
from auditor.model.decision import Certainty, Outcome
from auditor.model.plan import Apps, People, Plan, Reach, Reversal, Step

TENANT = "11111111-2222-3333-4444-555555555555"
APP = "0a0a0a0a-1111-4222-8333-bbbbbbbbbbbb"
CLIENT = "c1c1c1c1-0000-4000-8000-000000000001"
GRAPH = "9a9a9a9a-0000-4000-8000-000000000002"
PERSON = "d3d3d3d3-0000-4000-8000-000000000003"
GRANT = "wcHBwQAAAEAAAIAAAAAAAAAB"
REGISTRATION = "ee0ee0ee-0000-4000-8000-000000000004"

POLICY = "/policies/authorizationPolicy"
ASSIGNED = "defaultUserRolePermissions.permissionGrantPoliciesAssigned"
OLD = (
    "ManagePermissionGrantsForSelf.microsoft-user-default-recommended",
    "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team",
)
NEW = (*OLD, "ManagePermissionGrantsForSelf.consent-for-vendor")


def target(cloud: Cloud = Cloud.GLOBAL, name: str = "Contoso Ltd", app: str = "Vendor X") -> Target:
    return Target(cloud, TENANT, name, app, datetime(2026, 8, 5, 9, 30, tzinfo=UTC))


def plan(*steps: Step, title: str = "Consent for everybody") -> Plan:
    return Plan(
        id="a-plan",
        title=title,
        summary="",
        documented_by="",
        steps=steps,
        outcome=Outcome.UNKNOWN,
        certainty=Certainty.CERTAIN,
        caveats=(),
        holds_for="every member",
        waits_for_others=False,
        pilot=False,
        reach=Reach(
            Apps.THIS_APP, (), People.MEMBERS, None, None, standing=True, reversal=Reversal.COMPLETE
        ),
        permissions=(),
        fixes=(),
        breaks=(),
        worsens=(),
        tool_moves=(),
        wait="",
        check="",
        for_user="",
        for_vendor="",
    )


def step(id_: str, title: str, change: Change | None, undo: str = "Set it back.") -> Step:
    return Step(
        id=id_,
        title=title,
        why="",
        role="Privileged Role Administrator" if change else "",
        portal_path="" if change else "Entra ID > Enterprise apps",
        change=change,
        undo=undo,
    )


def merged_grant(
    old: str = "User.Read openid", new: str = "User.Read openid Mail.Read", title: str = "The grant"
) -> Step:
    path = f"/oauth2PermissionGrants/{GRANT}"

    def patch(before: str, after: str) -> Operation:
        guard = Guard(title, path, "scope", before)
        return Operation((guard,), (Call(Method.PATCH, path, {"scope": after}),))

    scopes = ("Application.Read.All", "DelegatedPermissionGrant.ReadWrite.All")
    return step(
        "grant", "Add to the grant for everybody", Change(scopes, patch(old, new), patch(new, old))
    )


def new_service_principal() -> Step:
    path = f"/servicePrincipals(appId='{APP}')?$select=id"
    absent = Guard("The app has no service principal yet", path, "", None)
    create = Call(Method.POST, "/servicePrincipals", {"appId": APP}, result="client")
    delete = Call(Method.DELETE, "/servicePrincipals/{client}")
    lookup = Lookup("client", path, "", (), "id")
    change = Change(
        ("Application.ReadWrite.All",),
        Operation((absent,), (create,)),
        Operation((), (delete,), (lookup,)),
    )
    return step("create-service-principal", "Create the service principal", change)


def new_grant(scope: str = "User.Read Mail.Read") -> Step:
    """Grant to the client that ``new_service_principal`` creates."""
    listing = (
        "/oauth2PermissionGrants?$filter=clientId%20eq%20'{client}'"
        "%20and%20consentType%20eq%20'AllPrincipals'"
    )
    body: dict[str, Value] = {
        "clientId": Ref("client"),
        "consentType": "AllPrincipals",
        "resourceId": GRAPH,
        "scope": scope,
    }
    where = (("resourceId", GRAPH.upper()), ("consentType", "allprincipals"))
    same = Guard("The grant is as it was made", listing, "scope", (scope,), "value", where)
    client = Lookup("client", f"/servicePrincipals(appId='{APP}')?$select=id", "", (), "id")
    found = Lookup("grant_9a9a9a9a", listing, "value", where, "id")
    change = Change(
        ("Application.Read.All", "DelegatedPermissionGrant.ReadWrite.All"),
        Operation((), (Call(Method.POST, "/oauth2PermissionGrants", body),)),
        Operation(
            (same,),
            (Call(Method.DELETE, "/oauth2PermissionGrants/{grant_9a9a9a9a}"),),
            (client, found),
        ),
    )
    return step("grant-tenant-wide", "Consent for everybody", change)


def _assign(before: tuple[str, ...], after: tuple[str, ...]) -> Operation:
    guard = Guard("Policies of the default user role", POLICY, ASSIGNED, before)
    body = {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": after}}
    return Operation((guard,), (Call(Method.PATCH, POLICY, body),))


def assigned_policy(old: tuple[str, ...] = OLD, new: tuple[str, ...] = NEW) -> Step:
    change = Change(("Policy.ReadWrite.Authorization",), _assign(old, new), _assign(new, old))
    return step("assign-policy", "Assign the policy beside what is there", change)


def custom_policy(display_name: str = "User consent for Vendor X") -> Step:
    path = "/policies/permissionGrantPolicies/consent-for-vendor"
    policy: dict[str, Value] = {
        "id": "consent-for-vendor",
        "displayName": display_name,
        "description": "One app",
    }
    include: dict[str, Value] = {
        "permissionType": "delegated",
        "resourceApplication": "00000003-0000-0000-c000-000000000000",
        "permissions": ("e1fe6dd8-ba31-4d61-89e7-88639da4683d",),
        "clientApplicationIds": (APP,),
        "clientApplicationsFromVerifiedPublisherOnly": False,
    }
    assign, unassign = _assign(OLD, NEW), _assign(NEW, OLD)
    do = Operation(
        (Guard("There is no policy of this id", path, "", None), *assign.guards),
        (
            Call(Method.POST, "/policies/permissionGrantPolicies", policy),
            Call(Method.POST, f"{path}/includes", include),
            *assign.calls,
        ),
    )
    undo = Operation(unassign.guards, (*unassign.calls, Call(Method.DELETE, path)))
    scopes = ("Policy.ReadWrite.PermissionGrant", "Policy.ReadWrite.Authorization")
    return step("app-consent-policy", "Create a policy for this app", Change(scopes, do, undo))


def classification(name: str = "Mail.Read") -> Step:
    path = f"/servicePrincipals/{GRAPH}/delegatedPermissionClassifications"
    id_ = "570282fd-fa5c-430d-a7fd-fc8dc98a9dca"
    body = {"permissionId": id_, "permissionName": name, "classification": "low"}
    lookup = Lookup("class_mail", path, "value", (("permissionId", id_),), "id")
    change = Change(
        ("Application.Read.All", "Policy.ReadWrite.PermissionGrant"),
        Operation(
            (Guard("What is classified", path, "permissionId", (), "value"),),
            (Call(Method.POST, path, body),),
        ),
        Operation(
            (Guard("What is classified", path, "permissionId", (id_,), "value"),),
            (Call(Method.DELETE, f"{path}/{{class_mail}}"),),
            (lookup,),
        ),
    )
    return step("classify-low", "Classify Mail.Read low", change)


def workflow(query: str = "/users/d3d3d3d3-0000-4000-8000-000000000003") -> Step:
    path = "/policies/adminConsentRequestPolicy"
    role = "/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq 'x'"

    def document(queries: tuple[str, ...], *, on: bool) -> Call:
        reviewers = tuple(
            {"query": one, "queryType": "MicrosoftGraph", "queryRoot": None} for one in queries
        )
        body: dict[str, Value] = {
            "isEnabled": on,
            "requestDurationInDays": 30 * on,
            "reviewers": reviewers,
        }
        return Call(Method.PUT, path, body)

    def guards(queries: tuple[str, ...], *, on: bool) -> tuple[Guard, ...]:
        return (
            Guard("Whether the workflow is on", path, "isEnabled", on),
            Guard("Who reviews", path, "query", queries, "reviewers"),
        )

    before, after = (query,), (query, role)
    change = Change(
        ("Policy.ReadWrite.ConsentRequest",),
        Operation(guards(before, on=False), (document(after, on=True),)),
        Operation(guards(after, on=True), (document(before, on=False),)),
    )
    return step("admin-consent-workflow", "Let users request admin consent", change)


def redirect_uris(
    old: tuple[str, ...] = (), new: tuple[str, ...] = ("https://vendor.example/callback",)
) -> Step:
    path = f"/applications/{REGISTRATION}"

    def patch(before: tuple[str, ...], after: tuple[str, ...]) -> Operation:
        guard = Guard("Redirect URIs", path, "web.redirectUris", before)
        return Operation((guard,), (Call(Method.PATCH, path, {"web": {"redirectUris": after}}),))

    change = Change(("Application.ReadWrite.All",), patch(old, new), patch(new, old))
    return step("redirect-uris", "Register the redirect URI", change)


def secret(name: str = "Vendor X") -> Step:
    call = Call(
        Method.POST,
        f"/applications/{REGISTRATION}/addPassword",
        {"passwordCredential": {"displayName": name, "endDateTime": "2027-02-01T00:00:00Z"}},
    )
    guard = Guard(
        "Secrets",
        f"/applications/{REGISTRATION}",
        "keyId",
        (),
        "passwordCredentials",
        (("displayName", name),),
    )
    change = Change(("Application.ReadWrite.All",), Operation((guard,), (call,)), None)
    return step("add-secret", "Create a client secret", change, undo="Delete it in the portal.")


def assignment() -> Step:
    path = f"/servicePrincipals/{CLIENT}/appRoleAssignedTo"
    where = (("principalId", "{principal}"),)
    body: dict[str, Value] = {
        "principalId": Ref("principal"),
        "resourceId": CLIENT,
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    }
    change = Change(
        ("AppRoleAssignment.ReadWrite.All",),
        Operation(
            (Guard("Nobody has assigned them yet", path, "id", (), "value", where),),
            (Call(Method.POST, path, body),),
        ),
        Operation(
            (),
            (Call(Method.DELETE, f"{path}/{{assignment}}"),),
            (Lookup("assignment", path, "value", where, "id"),),
        ),
        (Input("principal", "Object ID of the user or group who shall use the app"),),
    )
    return step("assign", "Assign a user or a group", change)


def enabled() -> Step:
    path = f"/servicePrincipals/{CLIENT}"

    def patch(*, before: bool) -> Operation:
        guard = Guard("Whether it is enabled", path, "accountEnabled", before)
        return Operation((guard,), (Call(Method.PATCH, path, {"accountEnabled": not before}),))

    change = Change(("Application.ReadWrite.All",), patch(before=False), patch(before=True))
    return step("enable", "Enable the app", change)


def outside() -> Step:
    return step("publisher", "The vendor verifies its publisher", None, undo="")


def every_step() -> tuple[Step, ...]:
    """One step of each kind; no two of them read what the other writes."""
    return (
        merged_grant(),
        new_service_principal(),
        new_grant(),
        custom_policy(),
        classification(),
        workflow(),
        redirect_uris(),
        secret(),
        assignment(),
        enabled(),
        outside(),
    )
