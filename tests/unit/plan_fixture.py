"""Hand-made plans and controls, as a planner and the baselines make them."""

from dataclasses import replace

from auditor.model.baseline import ControlAnswer, ControlResult, Verdict
from auditor.model.change import Call, Change, Guard, Input, Lookup, Method, Operation, Ref
from auditor.model.decision import Certainty, Outcome
from auditor.model.plan import (
    Apps,
    ControlMove,
    NotProven,
    Opened,
    People,
    PermissionMove,
    Plan,
    Reach,
    Reversal,
    Step,
)
from auditor.model.tenant import Count

GRAPH = "00000003-0000-0000-c000-000000000000"
APP = "6b1f0b5e-6d0c-4a8e-9f0e-3b8a2c1d4e5f"
MAIL = ("Calendars.ReadWrite", "Mail.ReadWrite", "Mail.Send")
OPENED = (Opened("Microsoft Graph", MAIL),)
OLD_SCOPE = "User.Read offline_access"
NEW_SCOPE = f"{OLD_SCOPE} Mail.ReadWrite Mail.Send Calendars.ReadWrite"
GRANT_PATH = "/oauth2PermissionGrants/q9nEt-2bTkCq0vXKZ7VhY3mW1n0JmBpHr3E5s0L8xTk"
POLICY = "managePermissionGrantsForSelf.microsoft-user-default-recommended"
OWNED = "managePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team"
LOW = "ManagePermissionGrantsForSelf.microsoft-user-default-low"
ASSIGNED = "defaultUserRolePermissions.permissionGrantPoliciesAssigned"
PORTAL = "https://entra.microsoft.com/#view/Microsoft_AAD_IAM"
GRANT_SCOPE = "DelegatedPermissionGrant.ReadWrite.All"
CLASSIFY_SCOPE = "Policy.ReadWrite.PermissionGrant"
ASSIGN_SCOPE = "Policy.ReadWrite.Authorization"


def merge(old: str, new: str) -> Operation:
    """Replace the scope of the existing grant."""
    guard = Guard("The permissions that are consented for everybody", GRANT_PATH, "scope", old)
    return Operation((guard,), (Call(Method.PATCH, GRANT_PATH, {"scope": new}),))


def assign(old: tuple[str, ...], new: tuple[str, ...], *more: Call) -> Operation:
    """Replace the assigned policies."""
    path = "/policies/authorizationPolicy"
    body = {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": new}}
    guard = Guard("The assigned app consent policies", path, ASSIGNED, old)
    return Operation((guard,), (Call(Method.PATCH, path, body), *more))


GRANT = Step(
    id="grant-tenant-wide",
    title="Consent to 3 permissions for everybody, added to the consent that is there",
    why="One grant for one app leaves user consent to every other app as it is.",
    role="Cloud Application Administrator",
    portal_path="Entra ID > Enterprise apps > Northwind Mail Sync > Permissions",
    portal_url=f"{PORTAL}/ManagedAppMenuBlade/~/Permissions/appId/{APP}",
    change=Change((GRANT_SCOPE,), merge(OLD_SCOPE, NEW_SCOPE), merge(NEW_SCOPE, OLD_SCOPE)),
    undo="Take the three permissions out of the grant again; User.Read and offline_access stay.",
    wait="At once.",
    check="The page Permissions of the app lists Mail.ReadWrite under Admin consent.",
)

RETRY = Step(
    id="try-again",
    title="Ask the users to connect again",
    why="A prompt that is open already does not notice the change.",
    check="Northwind Mail Sync connects without a prompt.",
)

CREATE_POLICY = Step(
    id="create-policy",
    title="Create an app consent policy for Northwind Mail Sync and 3 permissions",
    why="The policy names one app and three permissions, and allows nothing else.",
    role="Privileged Role Administrator",
    change=Change(
        (CLASSIFY_SCOPE,),
        Operation(
            (
                Guard(
                    "No policy of this id", "/policies/permissionGrantPolicies/northwind", "", None
                ),
            ),
            (
                Call(
                    Method.POST,
                    "/policies/permissionGrantPolicies",
                    {"id": "northwind", "displayName": "Northwind Mail Sync, 3 permissions"},
                ),
                Call(
                    Method.POST,
                    "/policies/permissionGrantPolicies/northwind/includes",
                    {
                        "permissionType": "delegated",
                        "resourceApplication": GRAPH,
                        "permissions": (
                            "024d486e-b451-40bb-833d-3e66d98c5c73",
                            "e383f46e-2787-4529-855e-0e479a3ffac0",
                            "1ec239c2-d7c9-4623-a91a-a9775856bb36",
                        ),
                        "clientApplicationIds": (APP,),
                    },
                ),
            ),
        ),
        Operation((), (Call(Method.DELETE, "/policies/permissionGrantPolicies/northwind"),)),
    ),
    undo="Delete the policy; what users consented to under it stays granted.",
    wait="A few minutes.",
)

ASSIGN_POLICY = Step(
    id="assign-policy",
    title="Assign the policy beside the one that is assigned",
    why="Entra adds assigned policies up; the other entries of the list stay.",
    role="Privileged Role Administrator",
    change=Change(
        (ASSIGN_SCOPE,),
        assign((POLICY, OWNED), (POLICY, OWNED, "ManagePermissionGrantsForSelf.northwind")),
        assign((POLICY, OWNED, "ManagePermissionGrantsForSelf.northwind"), (POLICY, OWNED)),
    ),
    undo="Assign the two entries that are there today.",
    wait="A few minutes, up to an hour.",
    check="A test user meets a prompt with an Accept button.",
)

CLASSIFY = Step(
    id="classify-low",
    title="Classify Mail.ReadWrite, Mail.Send and Calendars.ReadWrite as Low",
    why="The policy for selected permissions lets users consent to those classified Low.",
    role="Cloud Application Administrator",
    portal_path="Entra ID > Enterprise apps > Consent and permissions > Permission classifications",
    portal_url=f"{PORTAL}/ConsentPoliciesMenuBlade/~/PermissionClassifications",
    change=Change(
        (CLASSIFY_SCOPE, "Application.Read.All"),
        Operation(
            (),
            (
                Call(
                    Method.POST,
                    "/servicePrincipals/{graph}/delegatedPermissionClassifications",
                    {"permissionName": "Mail.ReadWrite", "classification": "low"},
                    "classified",
                ),
            ),
            (
                Lookup(
                    "graph",
                    "/servicePrincipals?$filter=appId eq '00000003-0000-0000-c000-000000000000'",
                    "value",
                    (("appId", GRAPH),),
                    "id",
                ),
            ),
        ),
        None,
    ),
    undo="Remove the three classifications; what users consented to stays granted.",
    wait="A few minutes.",
)

ASSIGN_LOW = Step(
    id="assign-low",
    title="Allow user consent for apps from verified publishers, for selected permissions",
    why="Sophiie's document asks for this setting.",
    role="Privileged Role Administrator",
    portal_path="Entra ID > Enterprise apps > Consent and permissions > User consent settings",
    portal_url=f"{PORTAL}/ConsentPoliciesMenuBlade/~/UserSettings",
    change=Change(
        (ASSIGN_SCOPE,),
        assign((POLICY, OWNED), (LOW, OWNED)),
        assign((LOW, OWNED), (POLICY, OWNED)),
    ),
    undo="Choose “Let Microsoft manage your consent settings” on the same page.",
    wait="A few minutes, up to an hour.",
    check="The page User consent settings shows the second choice.",
)

WORKFLOW = Step(
    id="switch-on-workflow",
    title="Switch on the admin consent workflow",
    why="Users who meet the prompt can then ask instead of giving up.",
    role="Global Administrator",
    portal_path="Entra ID > Enterprise apps > Consent and permissions > Admin consent settings",
    portal_url=f"{PORTAL}/ConsentPoliciesMenuBlade",
    change=Change(
        ("Policy.ReadWrite.ConsentRequest",),
        Operation(
            (
                Guard(
                    "The workflow is off",
                    "/policies/adminConsentRequestPolicy",
                    "isEnabled",
                    expected=False,
                ),
            ),
            (
                Call(
                    Method.PUT,
                    "/policies/adminConsentRequestPolicy",
                    {
                        "isEnabled": True,
                        "notifyReviewers": True,
                        "remindersEnabled": True,
                        "requestDurationInDays": 30,
                        "reviewers": ({"query": Ref("reviewer"), "queryType": "MicrosoftGraph"},),
                    },
                ),
            ),
        ),
        Operation(
            (), (Call(Method.PUT, "/policies/adminConsentRequestPolicy", {"isEnabled": False}),)
        ),
        (Input("reviewer", "Object ID of the user who shall review requests"),),
    ),
    undo="Switch it off on the same page.",
    wait="Up to 60 minutes.",
)

READ_MORE = Step(
    id="read-missing",
    title="Let this program read the app consent policies",
    why="Without them nobody can say which plan is enough.",
    role="Privileged Role Administrator",
    undo="Remove the permission from the program's registration.",
    wait="After a new sign-in of the program.",
)

MET, NOT_MET = ControlAnswer.MET, ControlAnswer.NOT_MET
UNKNOWN, SKIPPED = ControlAnswer.UNKNOWN, ControlAnswer.SKIPPED

SCUBA = ControlResult(
    "scuba-aad",
    "CISA SCuBA",
    "MS.AAD.5.2v1",
    "Only administrators consent to apps",
    "No user consent, or consent to low-risk permissions of verified publishers alone.",
    Verdict(NOT_MET, "Microsoft's managed policy lets users consent to more than low-risk ones."),
    "ScubaGear",
    Verdict(NOT_MET, "It accepts no assigned policy but the one for Low permissions."),
)
SCUBA_MET = replace(
    SCUBA,
    control="MS.AAD.5.3v1",
    title="An admin consent workflow is set up",
    asks="Users can ask an administrator for consent.",
    text=Verdict(MET, "The workflow is on and has two reviewers."),
    tool_verdict=Verdict(MET, "isEnabled is true."),
)
CIS = ControlResult(
    "cis-microsoft-365",
    "CIS Microsoft 365 Foundations",
    "5.1.5.1",
    "Users cannot consent to apps",
    "User consent is off.",
    Verdict(NOT_MET, "A policy for user consent is assigned.", (POLICY,)),
    "Maester",
    Verdict(MET, "It looks for two policies alone, and neither is assigned."),
)
EIDSCA = ControlResult(
    "eidsca",
    "EIDSCA",
    "EIDSCA.AP09",
    "Risk-based step-up consent is on",
    "Users cannot consent to risky apps.",
    Verdict(
        MET, "allowUserConsentForRiskyApps is false.", ("allowUserConsentForRiskyApps: false",)
    ),
    "Maester",
    Verdict(NOT_MET, "It expects the setting in the directory settings too."),
)
AP08 = replace(
    EIDSCA,
    control="EIDSCA.AP08",
    title="User consent is limited to verified publishers",
    asks="The assigned policy is the one for verified publishers and selected permissions.",
    text=Verdict(NOT_MET, "Another policy is assigned.", (POLICY,)),
    tool_verdict=Verdict(NOT_MET, "It compares the assigned policy with one name."),
)
MICROSOFT = ControlResult(
    "microsoft",
    "Microsoft's recommendations",
    "low-permissions",
    "Only low-risk permissions are classified Low",
    "No permission to mail, files or calendars is classified Low.",
    Verdict(MET, "No permission is classified."),
    "",
    None,
)
ZERO_TRUST = ControlResult(
    "zero-trust-assessment",
    "Zero Trust Assessment",
    "21809",
    "The admin consent workflow is on",
    "Users can ask an administrator for consent.",
    Verdict(UNKNOWN, "The workflow could not be read."),
    "Zero Trust Assessment",
    Verdict(SKIPPED, "It skips a tenant without a license."),
)
BASELINES = (SCUBA, SCUBA_MET, CIS, EIDSCA, AP08, MICROSOFT, ZERO_TRUST)


def moved(
    result: ControlResult, text: ControlAnswer, tool: ControlAnswer, *because: str
) -> ControlMove:
    """Move a control to other answers."""
    verdict = result.tool_verdict
    after = replace(
        result,
        text=replace(result.text, answer=text),
        tool_verdict=replace(verdict, answer=tool) if verdict else None,
    )
    return ControlMove(result, after, because)


def moves(after: Outcome) -> tuple[PermissionMove, ...]:
    """Move three permissions of five."""
    closed = Outcome.ADMIN_APPROVAL_REQUIRED
    changed = (PermissionMove("Microsoft Graph", value, closed, after) for value in MAIL)
    same = (
        PermissionMove("Microsoft Graph", value, Outcome.NO_PROMPT, Outcome.NO_PROMPT)
        for value in ("User.Read", "offline_access")
    )
    return (*changed, *same)


FOR_VENDOR = """Hello,

our tenant 9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f allows Northwind Mail Sync (app ID
6b1f0b5e-6d0c-4a8e-9f0e-3b8a2c1d4e5f) the delegated permissions Mail.ReadWrite, Mail.Send and
Calendars.ReadWrite. Please tell us if the app asks for any other permission."""

CONSENT = Plan(
    id="tenant-wide-consent",
    title="Consent to this one app for everybody",
    summary="An administrator consents once to exactly the permissions that the app needs.",
    documented_by="",
    steps=(GRANT, RETRY),
    outcome=Outcome.NO_PROMPT,
    certainty=Certainty.CERTAIN,
    caveats=(),
    holds_for="every member",
    waits_for_others=False,
    pilot=False,
    reach=Reach(
        Apps.THIS_APP,
        OPENED,
        People.MEMBERS,
        Count(0, exact=True),
        Count(0, exact=True),
        standing=True,
        reversal=Reversal.COMPLETE,
    ),
    permissions=moves(Outcome.NO_PROMPT),
    fixes=(),
    breaks=(),
    worsens=(),
    tool_moves=(),
    wait="At once; a user who has the prompt open starts again.",
    check="Run this audit again: it says Yes.",
    for_user="Northwind Mail Sync is allowed now. Please connect it again; no prompt appears.",
    for_vendor=FOR_VENDOR,
)

APP_POLICY = replace(
    CONSENT,
    id="app-policy",
    title="Let users consent to this one app",
    summary="Users decide for themselves; an app consent policy names this app alone.",
    steps=(CREATE_POLICY, ASSIGN_POLICY, RETRY),
    outcome=Outcome.USER_CAN_CONSENT,
    certainty=Certainty.PROBABLE,
    caveats=("policies-cover-in-parts",),
    reach=replace(CONSENT.reach, standing=False, reversal=Reversal.CONSENTS_STAY),
    permissions=moves(Outcome.USER_CAN_CONSENT),
    worsens=(moved(SCUBA, NOT_MET, NOT_MET, "A policy of the tenant's own is assigned."),),
    wait="A few minutes, up to an hour.",
    for_user="You can connect Northwind Mail Sync now: choose Accept when Microsoft asks.",
)

VENDORS_WAY = replace(
    CONSENT,
    id="documented-way",
    title="Open user consent to verified publishers and classify the permissions Low",
    summary="Every verified publisher gains what the document asks for this one app.",
    documented_by="Sophiie",
    steps=(CLASSIFY, ASSIGN_LOW, RETRY),
    outcome=Outcome.USER_CAN_CONSENT,
    caveats=(),
    reach=Reach(
        Apps.VERIFIED_AND_OWN,
        OPENED,
        People.MEMBERS_AND_GUESTS,
        Count(12, exact=True),
        Count(1, exact=True),
        standing=False,
        reversal=Reversal.CONSENTS_STAY,
    ),
    permissions=moves(Outcome.USER_CAN_CONSENT),
    fixes=(moved(AP08, MET, MET),),
    breaks=(
        moved(
            MICROSOFT,
            NOT_MET,
            NOT_MET,
            "Mail.ReadWrite is classified Low",
            "Mail.Send is classified Low",
            "Calendars.ReadWrite is classified Low",
        ),
    ),
    worsens=(moved(SCUBA, NOT_MET, MET, "Mail.Send is on CISA's list of risky permissions"),),
    tool_moves=(moved(CIS, NOT_MET, NOT_MET),),
    wait="A few minutes, up to an hour.",
    for_user=APP_POLICY.for_user,
)

NOT_PROVEN = NotProven(
    id="low-classification",
    title="Let users consent to permissions that are classified low",
    documented_by="Litware",
    why="Microsoft Graph publishes no File.Read.",
)

PLANS = (CONSENT, APP_POLICY, VENDORS_WAY)


def hostile_plan(plan_id: str, text: str) -> Plan:
    """Put one text wherever a tenant or a profile has a say."""
    words = {"title": text, "why": text, "portal_path": text, "portal_url": text, "undo": text}
    step = replace(GRANT, **words, role=text, wait=text, check=text, change=hostile_change(text))
    bad = Verdict(NOT_MET, text, (text,))
    control = replace(SCUBA, title=text, text=bad, tool_verdict=replace(bad, answer=MET))
    move = ControlMove(control, control, (text, text))
    return replace(
        VENDORS_WAY,
        id=plan_id,
        title=text,
        summary=text,
        documented_by=text,
        steps=(step,),
        holds_for=text,
        reach=replace(VENDORS_WAY.reach, opened=(Opened(text, (text,)),)),
        permissions=(PermissionMove(text, text, Outcome.BLOCKED, Outcome.NO_PROMPT),),
        fixes=(move,),
        breaks=(move,),
        worsens=(move,),
        tool_moves=(move,),
        wait=text,
        check=text,
        for_user=text,
        for_vendor=text,
    )


def hostile_change(text: str) -> Change:
    """Compare with and write one text."""
    guard = Guard("The name", "/policies/authorizationPolicy", "displayName", text)
    call = Call(Method.PATCH, "/policies/authorizationPolicy", {"displayName": text})
    do = Operation((guard,), (call,))
    return Change((ASSIGN_SCOPE,), do, do)
