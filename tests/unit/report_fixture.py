"""Hand-made reports: one calm tenant, and one where every name is an attack."""

from dataclasses import replace
from datetime import UTC, date, datetime

from auditor.model.cloud import Cloud
from auditor.model.decision import (
    Answer,
    Certainty,
    Decision,
    Outcome,
    PermissionDecision,
    Reason,
    RegistrationCheck,
    TraceStep,
)
from auditor.model.fact import Unknown, Why
from auditor.model.profile import (
    Asked,
    Asker,
    ConsentRequest,
    ProfileKind,
    Publisher,
    Requirement,
    UserKind,
)
from auditor.model.report import (
    Assessment,
    ClientSummary,
    Completeness,
    Finding,
    Judgement,
    Report,
    Severity,
)
from auditor.model.tenant import Count
from tests.unit import plan_fixture as plans

GRAPH = plans.GRAPH
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
APP = plans.APP
TENANT = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
AT = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)

HOSTILE = {
    "script": "</script><script>alert(1)</script><img src=x onerror=alert(2)>",
    "attribute": '" onmouseover="alert(3)" style=\'color:red\' x="',
    "table": "cell | cell\n| --- | --- |\n| a | b |",
    "heading": "# Heading\n## Another\n===",
    "link": "[click](https://evil.example) ![i](https://evil.example/i.png) <https://evil.example>",
    "autolink": "https://evil.example www.evil.example boss@evil.example",
    "mention": "@everyone #1 !2 owner/repo#3",
    "code": "`code` ``` ~~~ <details> &amp; **bold** _em_ ~~gone~~",
    "formula": "=cmd|' /C calc'!A0",
    "formula_plus": "+1+1",
    "formula_at": "@SUM(A1:A9)",
    "bidi": "Contoso\u202etxt.exe\u2066\u200f\u061c",
    "control": "\x1b[31mred\x1b[0m\x07\r\nnext\u2028line\x9b31m\x00",
    "invisible": "Con\u200btoso\u2060\ufeff\u00ad\u3164",
    "markup": "[bold red]rich[/bold red] :smile: [link=https://evil.example]x[/link]",
    "jinja": "{{ 7 * 7 }}{% raw %}",
    "rtl": "شركة كونتوسو",
    "long": "x" * 5_000,
}


def trace(rule: str, result: Answer, text: str, **terms: str) -> TraceStep:
    """Make one trace step; terms are the remaining members."""
    empty = {"subject": "", "condition_set": "", "condition": "", "wanted": "", "found": ""}
    return TraceStep(rule=rule, result=result, text=text, **(empty | terms))


def asked(value: str, *features: str, required: bool = True) -> Asked:
    """Ask for a permission of Microsoft Graph."""
    return Asked(Requirement(GRAPH, "Microsoft Graph", value), required, features)


def blocked_by_policy(value: str, *features: str, required: bool = True) -> PermissionDecision:
    """Decide that a permission needs an administrator, with the trace of one policy."""
    policy = "microsoft-user-default-recommended"
    return PermissionDecision(
        asked=asked(value, *features, required=required),
        id="570282fd-fa5c-430d-a7fd-fc8dc98a9dca",
        outcome=Outcome.ADMIN_APPROVAL_REQUIRED,
        certainty=Certainty.CERTAIN,
        caveats=(),
        reasons=(
            Reason(
                "excluded-by-policy",
                f"The policy {policy} excludes {value} of Microsoft Graph from user consent.",
            ),
        ),
        trace=(
            trace(
                "permission-exists",
                Answer.YES,
                f"Microsoft Graph publishes {value}, and a user may consent to it.",
                subject=value,
                wanted="User",
                found="User",
            ),
            trace(
                "tenant-wide-grant",
                Answer.NO,
                f"No administrator has consented to {value} for the whole tenant.",
                subject=APP,
            ),
            trace(
                "app-consent-policy",
                Answer.YES,
                "An include of the policy covers every delegated permission that users may give.",
                subject=policy,
                condition_set="include 1 (c0d8b6de)",
                condition="permissionType",
                wanted="delegatedUserConsentable",
                found="delegatedUserConsentable",
            ),
            trace(
                "app-consent-policy",
                Answer.YES,
                f"An exclude of the policy names {value}, so the policy does not allow it.",
                subject=policy,
                condition_set="exclude 1 (7f5c2a10)",
                condition="permissions",
                wanted="one of 32 permissions",
                found=value,
            ),
        ),
        missing=(),
    )


def allowed(value: str, *features: str) -> PermissionDecision:
    """Decide that a user can consent, if the risk rule agrees."""
    return PermissionDecision(
        asked=asked(value, *features),
        id="e1fe6dd8-ba31-4d61-89e7-88639da4683d",
        outcome=Outcome.USER_CAN_CONSENT,
        certainty=Certainty.PROBABLE,
        caveats=("risk-rule",),
        reasons=(
            Reason("allowed-by-policy", f"An assigned policy lets users consent to {value}."),
        ),
        trace=(
            trace(
                "app-consent-policy",
                Answer.YES,
                f"The policy allows {value}: an include matches and no exclude does.",
                subject="microsoft-user-default-recommended",
                condition_set="include 1 (c0d8b6de)",
            ),
        ),
        missing=(),
    )


def granted(value: str) -> PermissionDecision:
    """Decide that an administrator has consented already."""
    return PermissionDecision(
        asked=asked(value),
        id=None,
        outcome=Outcome.NO_PROMPT,
        certainty=Certainty.CERTAIN,
        caveats=(),
        reasons=(Reason("granted-tenant-wide", f"{value} is consented for the whole tenant."),),
        trace=(trace("tenant-wide-grant", Answer.YES, f"A tenant-wide grant names {value}."),),
        missing=(),
    )


def undecided(value: str) -> PermissionDecision:
    """Decide nothing, because the policies could not be read."""
    missing = Unknown(
        fact="the app consent policies",
        why=Why.REFUSED,
        source="permission-grant-policies",
        request="/policies/permissionGrantPolicies",
        needs=("Policy.Read.PermissionGrant",),
        detail="Authorization_RequestDenied",
    )
    return PermissionDecision(
        asked=asked(value),
        id=None,
        outcome=Outcome.UNKNOWN,
        certainty=Certainty.CERTAIN,
        caveats=(),
        reasons=(Reason("fact-not-read", "The app consent policies could not be read."),),
        trace=(trace("app-consent-policy", Answer.UNKNOWN, "The policies were refused to us."),),
        missing=(missing,),
    )


def decision(
    outcome: Outcome, permissions: tuple[PermissionDecision, ...], *reasons: Reason
) -> Decision:
    """Sum up; probable when a permission is."""
    caveats = sorted({caveat for one in permissions for caveat in one.caveats})
    admin = outcome is Outcome.ADMIN_APPROVAL_REQUIRED
    return Decision(
        outcome=outcome,
        certainty=Certainty.PROBABLE if caveats else Certainty.CERTAIN,
        caveats=tuple(caveats),
        reasons=reasons or permissions[0].reasons,
        workflow_offered=False if admin else None,
        predicted_error="AADSTS90094" if admin else None,
        permissions=permissions,
        registration=(),
    )


def request(name: str, permissions: tuple[PermissionDecision, ...], **more: str) -> ConsentRequest:
    """Ask for the permissions of these decisions."""
    return ConsentRequest(
        profile_id=more.get("profile_id", name.lower().replace(" ", "-")),
        name=name,
        kind=ProfileKind.VENDOR_APP,
        version="2026.08",
        source=more.get("source", "https://docs.example.com/mail-sync/setup"),
        retrieved=date(2026, 8, 1),
        notes=("The document still uses the portal's names of before 2023.",),
        app_id=APP,
        permissions=tuple(one.asked for one in permissions),
        registration=None,
        asker=Asker(),
        publisher=Publisher.UNKNOWN,
        prompt_consent=False,
        default_scope=False,
    )


def client(name: str | None) -> ClientSummary:
    """Describe an app that the tenant knows."""
    return ClientSummary(
        app_id=APP,
        display_name=name,
        in_tenant=name is not None,
        publisher=Publisher.VERIFIED,
        owner_tenant="4f3e2d1c-0b9a-4877-a665-544332211000",
        users_with_own_grant=Count(100, exact=False),
    )


NORTHWIND_PERMISSIONS = (
    blocked_by_policy("Mail.ReadWrite", "Mail sync"),
    blocked_by_policy("Mail.Send", "Mail sync", "Sequences"),
    blocked_by_policy("Calendars.ReadWrite", "Calendar sync", required=False),
    granted("User.Read"),
    granted("offline_access"),
)

NORTHWIND = Assessment(
    request=request("Northwind Mail Sync", NORTHWIND_PERMISSIONS),
    client=client("Northwind Mail Sync"),
    decision=replace(
        decision(
            Outcome.ADMIN_APPROVAL_REQUIRED,
            NORTHWIND_PERMISSIONS,
            Reason(
                "excluded-by-policy",
                "Microsoft's managed policy excludes 3 of the 5 permissions from user consent: "
                "Mail.ReadWrite, Mail.Send and Calendars.ReadWrite.",
            ),
            Reason("no-policy-covers", "No administrator has consented to them so far."),
            Reason("user-consent-off", "The admin consent workflow is off, so users cannot ask."),
            Reason("a-new-code", "A fourth reason stands further down."),
        ),
        registration=(
            RegistrationCheck(
                "redirect-uri", Answer.YES, "https://app.example.com/cb is registered."
            ),
            RegistrationCheck("credential", Answer.NO, "The last client secret ended 2026-07-01."),
            RegistrationCheck("audience", Answer.UNKNOWN, "The audience could not be read."),
        ),
    ),
    plans=plans.PLANS,
    not_proven=None,
    first_steps=(),
)

READY_PERMISSIONS = (allowed("User.Read", "Sign-in"), allowed("Files.Read", "Attachments"))
READY = Assessment(
    request=request("Fabrikam Notes", READY_PERMISSIONS),
    client=client(None),
    decision=decision(Outcome.USER_CAN_CONSENT, READY_PERMISSIONS),
    plans=(),
    not_proven=None,
    first_steps=(),
)

UNKNOWN_PERMISSIONS = (undecided("Mail.Read"), granted("User.Read"))
UNKNOWN = Assessment(
    request=replace(
        request("Tailspin Desk", UNKNOWN_PERMISSIONS), asker=Asker(UserKind.ADMIN, "Helpdesk")
    ),
    client=replace(client("Tailspin Desk"), in_tenant=None, users_with_own_grant=None),
    decision=decision(Outcome.UNKNOWN, UNKNOWN_PERMISSIONS),
    plans=(),
    not_proven=None,
    first_steps=(plans.READ_MORE, plans.WORKFLOW),
)

WRONG_NAME = replace(
    asked("File.Read", "Files"),
    requirement=Requirement(
        GRAPH,
        "Microsoft Graph",
        "File.Read",
        documented_as="Files: read",
        note="The permission that exists is Files.Read.",
        assumed=True,
    ),
)
BLOCKED_PERMISSIONS = (
    replace(
        granted("File.Read"),
        asked=WRONG_NAME,
        outcome=Outcome.BLOCKED,
        reasons=(Reason("permission-not-published", "Microsoft Graph publishes no File.Read."),),
    ),
)
BLOCKED = Assessment(
    request=replace(
        request("Litware Connector", BLOCKED_PERMISSIONS, source="Litware setup guide, page 4"),
        asker=Asker(UserKind.GUEST),
    ),
    client=client("Litware Connector"),
    decision=replace(
        decision(Outcome.BLOCKED, BLOCKED_PERMISSIONS), predicted_error="AADSTS650053"
    ),
    plans=(),
    not_proven=plans.NOT_PROVEN,
    first_steps=(),
)


def source(name: str, status: str = "read", **more: str) -> Completeness:
    """Say how a source was read; more: title, request, subject, needs, detail."""
    return Completeness(
        source=name,
        subject=more.get("subject", ""),
        title=more.get("title", name.replace("-", " ").capitalize()),
        request=more.get("request", f"/{name}"),
        status=status,
        needs=(more["needs"],) if "needs" in more else (),
        detail=more.get("detail", ""),
        read_at=None if status == "not-asked" else AT,
    )


SOURCES = (
    source("organization", title="The tenant itself", request="/organization?$select=id"),
    source("authorization-policy", title="User consent settings", needs="Policy.Read.All"),
    source("permission-grant-policies", title="App consent policies"),
    source("service-principal", title="The app in this tenant", subject=APP),
    source("application", "not-found", title="The app's registration", subject=APP),
    source(
        "admin-consent-workflow",
        "refused",
        title="Admin consent workflow",
        request="/policies/adminConsentRequestPolicy",
        needs="ConsentRequest.Read.All",
        detail="Authorization_RequestDenied: Insufficient privileges to complete the operation.",
    ),
    source("group-settings", "failed", title="Directory settings", detail="Timed out twice."),
    source("sign-ins", "not-licensed", title="Failed sign-ins", needs="AuditLog.Read.All"),
    source("application-templates", "not-in-cloud", title="App gallery"),
    source("person", "not-asked", title="The person who signs in", detail="Use --user-id."),
)

FINDINGS = (
    Finding(
        "low-permissions-are-classified",
        "Permissions are classified where a policy asks for it",
        Judgement.NOT_APPLICABLE,
        Severity.LOW,
        "No assigned policy looks at classifications.",
        (),
    ),
    Finding(
        "admin-consent-workflow-is-on",
        "Users can ask an administrator",
        Judgement.UNKNOWN,
        Severity.MEDIUM,
        "The admin consent workflow could not be read.",
        (("request", "/policies/adminConsentRequestPolicy"),),
    ),
    Finding(
        "user-consent-needs-verified-publisher",
        "User consent is limited to verified publishers",
        Judgement.NOT_MET,
        Severity.HIGH,
        "The managed policy lets users consent to apps whose publisher nobody verified.",
        (
            ("policy", "microsoft-user-default-recommended"),
            ("verifiedPublisherOnly", "false in include 1"),
        ),
    ),
    Finding(
        "risky-app-consent-is-off",
        "Users cannot consent to risky apps",
        Judgement.MET,
        Severity.HIGH,
        "Risk-based step-up consent is on.",
        (("allowUserConsentForRiskyApps", "false"),),
    ),
    Finding(
        "reviewers-can-be-reached",
        "Somebody reads the requests",
        Judgement.MANUAL,
        Severity.INFO,
        "Graph does not show whether the reviewers read their mail.",
        (),
    ),
)


def single() -> Report:
    """One profile in one tenant."""
    return Report(
        tool_version="0.1.0",
        tenant_id=TENANT,
        tenant_name="Contoso Ltd",
        cloud=Cloud.GLOBAL,
        collected_at=AT,
        completeness=SOURCES,
        assessments=(NORTHWIND,),
        findings=FINDINGS,
        baselines=plans.BASELINES,
    )


def several() -> Report:
    """Four profiles with the four answers."""
    return replace(single(), assessments=(NORTHWIND, READY, BLOCKED, UNKNOWN))


def hostile() -> Report:
    """Every name and sentence that a tenant or a profile can choose is an attack."""
    return replace(
        single(),
        tenant_name=HOSTILE["script"],
        assessments=tuple(attack(text) for text in HOSTILE.values()),
        completeness=tuple(replace(source("x", "failed"), detail=x) for x in HOSTILE.values()),
        findings=tuple(
            replace(FINDINGS[2], title=text, message=text, evidence=((text, text),))
            for text in HOSTILE.values()
        ),
        baselines=tuple(
            move.after for text in HOSTILE.values() for move in plans.hostile_plan("a", text).breaks
        ),
    )


def attack(text: str) -> Assessment:
    """Put one text wherever a tenant or a profile has a say."""
    permission = blocked_by_policy(text, text)
    step = replace(permission.trace[2], subject=text, found=text, text=f"Looked at {text}.")
    permission = replace(
        permission, trace=(step,), reasons=(Reason("excluded-by-policy", f"Excluded: {text}"),)
    )
    return Assessment(
        request=replace(
            request(text, (permission,), profile_id=text, source=text), notes=(text,), app_id=text
        ),
        client=replace(client(text), app_id=text, owner_tenant=text),
        decision=replace(
            decision(Outcome.ADMIN_APPROVAL_REQUIRED, (permission,)),
            registration=(RegistrationCheck("redirect-uri", Answer.NO, text),),
        ),
        plans=(plans.hostile_plan("a", text), plans.hostile_plan("b", f"{text} again")),
        not_proven=plans.NOT_PROVEN,
        first_steps=(),
    )
