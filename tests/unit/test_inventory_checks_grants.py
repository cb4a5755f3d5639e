"""Checks of an inventory: what apps may do, for whom, and under whose name."""

from dataclasses import dataclass

import pytest

from auditor.model.cloud import Cloud
from auditor.model.inventory import InventoryFinding
from auditor.model.report import Judgement
from tests.unit.consent_case import (
    ELSEWHERE,
    EXCHANGE,
    GRAPH,
    LEGACY,
    LOW,
    MAIL_CLIENTS,
    OTHER_API,
    RECOMMENDED,
    RESOURCES,
    THUNDERBIRD,
    Json,
    Tenant,
    condition_set,
)
from tests.unit.inventory_case import HOSTILE, MICROSOFT, VERIFIED, Row, Whole, certificate

MET, NOT_MET = Judgement.MET, Judgement.NOT_MET
UNKNOWN, MANUAL, NOT_APPLICABLE = (
    Judgement.UNKNOWN,
    Judgement.MANUAL,
    Judgement.NOT_APPLICABLE,
)
PRINCIPALS, GRANTS = "service-principals-all", "delegated-grants-all"
HELD = "application-permissions"
NOBODY = "00000000-0000-4000-8000-000000000000"


def outcome(found: InventoryFinding) -> tuple[Judgement, list[str]]:
    return found.outcome, [one.id for one in found.affected]


@dataclass(frozen=True)
class Case:
    """What a check says of a tenant, and of whom."""

    name: str
    tenant: Whole
    said: Judgement
    affected: tuple[str, ...] = ()


def named(case: Case) -> str:
    return case.name


class TestClassified:
    ID = "classified-permissions-are-low-impact"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Tenant(), MET),
            (Tenant().classified("openid", "profile", "email", "offline_access", "User.Read"), MET),
            (Tenant().classified("Files.Read"), MET),
            (Tenant().classified("Mail.Read"), NOT_MET),
            (Tenant().classified("Mail.Send", level="LOW"), NOT_MET),
            (Tenant().classified("Mail.Send", level="medium"), MET),
            (Tenant().classified("IMAP.AccessAsUser.All", resource=EXCHANGE), NOT_MET),
            (Tenant().classified("Orders.Read", resource=OTHER_API), UNKNOWN),
            (Tenant().refuses("permission-classifications", GRAPH), UNKNOWN),
            (Tenant().classified("Mail.Read").refuses("permission-classifications", EXCHANGE), NOT_MET),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Tenant, said: Judgement) -> None:
        assert Whole(tenant).finding(self.ID).outcome is said

    def test_names_the_worst_first_with_reason_and_resource(self) -> None:
        tenant = Tenant().classified("Mail.Read", "Mail.Send", "openid")
        found = Whole(tenant).finding(self.ID)
        assert [one.name for one in found.affected] == [
            "Mail.Send (Microsoft Graph)",
            "Mail.Read (Microsoft Graph)",
        ]
        assert found.affected[0].detail.startswith("high: Sends mail in the name of")
        assert found.controls == ("MS.AAD.5.2v1",)

    def test_it_says_where_it_looked(self) -> None:
        tenant = Tenant().forgets("permission-classifications", EXCHANGE)
        found = Whole(tenant).finding(self.ID)
        assert found.message.startswith(
            "No permission is classified low. Read: Microsoft Graph and"
        )
        assert "Exchange" not in found.message

    def test_nothing_read_is_unknown(self) -> None:
        tenant = Tenant()
        for one in (GRAPH, EXCHANGE, OTHER_API):
            tenant.forgets("permission-classifications", one)
        assert Whole(tenant).finding(self.ID).outcome is UNKNOWN


ASSIGN, OWNED = "RoleManagement.ReadWrite.Directory", "Application.ReadWrite.OwnedBy"


class TestAdministrator:
    OTHER = "other-organisations-apps-cannot-become-administrator"
    OWN = "own-apps-cannot-become-administrator"

    @pytest.mark.parametrize(
        "case",
        [
            Case("nobody", Whole(), MET),
            Case("foreign", Whole().holds("other", ASSIGN), NOT_MET, ("other",)),
            Case("disabled", Whole().app("other", accountEnabled=False).holds("other", ASSIGN), NOT_MET, ("other",)),
            Case("Graph without an app ID", Whole().app(RESOURCES[GRAPH][1], appId=None).holds("other", ASSIGN), NOT_MET, ("other",)),
            Case("kind not said", Whole().holds("other", ASSIGN, kind=None), NOT_MET, ("other",)),
            Case("kind not known", Whole().holds("other", ASSIGN, kind="Robot"), NOT_MET, ("other",)),
            Case("a person", Whole().holds("other", ASSIGN, kind="USER"), MET),
            Case("no path", Whole().holds("other", OWNED, "Directory.ReadWrite.All", "User.Read.All"), MET),
            Case("own", Whole().holds("own", ASSIGN), MET),
            Case("Microsoft's", Whole().holds("microsofts", ASSIGN), MET),
            Case("unheard-of role", Whole().holds("other", NOBODY), MET),
            Case("no owner", Whole().app("other", appOwnerOrganizationId=None).holds("other", ASSIGN), UNKNOWN, ("other",)),
            Case("owner left out", Whole().without("other", "appOwnerOrganizationId").holds("other", ASSIGN), UNKNOWN, ("other",)),
            Case("tenant unknown", Whole(Tenant().refuses("organization")).holds("own", ASSIGN), UNKNOWN, ("own",)),
            Case("refused", Whole().refuses(HELD), UNKNOWN),
            Case("cut short", Whole().breaks(HELD), UNKNOWN),
            Case("cut short, but found", Whole().holds("other", ASSIGN).breaks(HELD), NOT_MET, ("other",)),
            Case("not asked", Whole().forgets(PRINCIPALS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_others(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.OTHER)) == (case.said, [*case.affected])

    @pytest.mark.parametrize(
        "case",
        [
            Case("nobody", Whole(), MET),
            Case("own", Whole().holds("own", ASSIGN), NOT_MET, ("own",)),
            Case("foreign", Whole().holds("other", ASSIGN), MET),
            Case("managed identity", Whole().app("mi", servicePrincipalType="managedIdentity", appOwnerOrganizationId=None).holds("mi", ASSIGN), NOT_MET, ("mi",)),
            Case("no owner", Whole().app("other", appOwnerOrganizationId=None).holds("other", ASSIGN), UNKNOWN, ("other",)),
            Case("tenant unknown", Whole(Tenant().refuses("organization")).holds("own", ASSIGN), UNKNOWN, ("own",)),
            Case("tenant unknown, registered here", Whole(Tenant().refuses("organization")).registration(appId="APP-OWN").holds("own", ASSIGN), NOT_MET, ("own",)),
            Case("tenant unknown, of a type of its own", Whole(Tenant().refuses("organization")).app("other", servicePrincipalType="ServiceIdentity").holds("other", ASSIGN), UNKNOWN, ("other",)),
            Case("refused", Whole().refuses(PRINCIPALS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_own(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.OWN)) == (case.said, [*case.affected])

    def test_permissions_and_publisher_are_named(self) -> None:
        tenant = Whole().app("other", displayName=HOSTILE).holds("other", ASSIGN, ASSIGN)
        tenant.holds("other", "Application.ReadWrite.All")
        (found,) = tenant.finding(self.OTHER).affected
        assert found.name == HOSTILE
        assert found.detail == f"Application.ReadWrite.All, {ASSIGN}; publisher not verified"

    def test_unverified_publishers_come_first(self) -> None:
        tenant = (
            Whole().app("a", verifiedPublisher=VERIFIED).holds("a", ASSIGN, "Domain.ReadWrite.All")
        )
        found = tenant.holds("other", ASSIGN).finding(self.OTHER)
        assert [one.id for one in found.affected] == ["other", "a"]
        assert found.affected[1].detail.endswith("; verified: Fabrikam")


FULL_ACCESS = "DC890D15-9560-4a4c-9b7f-a736ec74ec40"


class TestWithoutPerson:
    ID = "other-organisations-apps-need-a-person"

    @pytest.mark.parametrize(
        "case",
        [
            Case("nobody", Whole(), MET),
            Case("reads all mail", Whole().holds("other", "Mail.Read"), NOT_MET, ("other",)),
            Case("every mailbox", Whole().holds("other", FULL_ACCESS, resource_id=EXCHANGE), NOT_MET, ("other",)),
            Case("another resource's id", Whole().holds("other", FULL_ACCESS), MET),
            Case("a path to administrator", Whole().holds("other", ASSIGN), MET),
            Case("little", Whole().holds("other", "User.ReadBasic.All"), MET),
            Case("unheard-of role", Whole().holds("other", NOBODY), MET),
            Case("disabled", Whole().app("other", isDisabled=True).holds("other", "Mail.Read"), MET),
            Case("state not said", Whole().app("other", accountEnabled=None).holds("other", "Mail.Read"), NOT_MET, ("other",)),
            Case("own", Whole().holds("own", "Mail.Read"), MET),
            Case("Microsoft's", Whole().holds("microsofts", "Mail.Read"), MET),
            Case("managed identity", Whole().app("mi", servicePrincipalType="ManagedIdentity", appOwnerOrganizationId=None).holds("mi", "Mail.Read"), MET),
            Case("no owner", Whole().app("other", appOwnerOrganizationId=None).holds("other", "Mail.Read"), UNKNOWN, ("other",)),
            Case("tenant unknown", Whole(Tenant().refuses("organization")).holds("own", "Mail.Read"), UNKNOWN, ("own",)),
            Case("refused", Whole().refuses(HELD), UNKNOWN),
            Case("cut short", Whole().breaks(HELD), UNKNOWN),
            Case("cut short, but found", Whole().holds("other", "Mail.Read").breaks(HELD), NOT_MET, ("other",)),
        ],
        ids=named,
    )  # fmt: skip
    def test_says(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.ID)) == (case.said, [*case.affected])

    def test_permissions_of_every_resource_are_named_the_worst_first(self) -> None:
        tenant = Whole().holds("a", "Mail.Send").app("a", verifiedPublisher=VERIFIED)
        tenant.holds("other", "Mail.Send", "Mail.Send", ASSIGN)
        tenant.holds("other", FULL_ACCESS, resource_id=EXCHANGE)
        found = tenant.finding(self.ID)
        assert [(one.id, one.detail) for one in found.affected] == [
            ("other", "full_access_as_app (critical), Mail.Send (high); publisher not verified"),
            ("a", "Mail.Send (high); verified: Fabrikam"),
        ]


class TestAssignment:
    ID = "far-reaching-apps-require-assignment"

    @pytest.mark.parametrize(
        "case",
        [
            Case("nothing granted", Whole(), MET),
            Case("open", Whole().grants("other", "Mail.Send"), NOT_MET, ("other",)),
            Case("odd casing", Whole().grants("other", "MAIL.send"), NOT_MET, ("other",)),
            Case("requires", Whole().app("other", appRoleAssignmentRequired=True).grants("other", "Mail.Send"), MET),
            Case("disabled", Whole().app("other", isDisabled=True).grants("other", "Mail.Send"), MET),
            Case("disabled by Microsoft", Whole().app("other", disabledByMicrosoftStatus="DisabledX").grants("other", "Mail.Send"), MET),
            Case("not disabled by Microsoft", Whole().app("other", disabledByMicrosoftStatus="notDisabled").grants("other", "Mail.Send"), NOT_MET, ("other",)),
            Case("low impact", Whole().grants("other", "User.Read Calendars.Read"), MET),
            Case("single users", Whole().grants("other", "Mail.Send", users=2), MET),
            Case("own", Whole().grants("own", "Mail.Send"), MET),
            Case("Microsoft's", Whole().grants("microsofts", "Mail.Send"), MET),
            Case("not said", Whole().without("other", "appRoleAssignmentRequired").grants("other", "Mail.Send"), UNKNOWN, ("other",)),
            Case("null", Whole().app("other", appRoleAssignmentRequired=None).grants("other", "Mail.Send"), UNKNOWN, ("other",)),
            Case("no owner", Whole().app("other", appOwnerOrganizationId=None).grants("other", "Mail.Send"), UNKNOWN, ("other",)),
            Case("refused", Whole().refuses(GRANTS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_says(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.ID)) == (case.said, [*case.affected])

    def test_the_worst_comes_first_and_the_names_are_cut(self) -> None:
        many = "Mail.Send Mail.ReadWrite Files.ReadWrite.All Group.ReadWrite.All SMTP.Send Device.Command"
        tenant = (
            Whole().app("worst").grants("other", many).grants("worst", "Directory.ReadWrite.All")
        )
        found = tenant.finding(self.ID)
        assert [one.id for one in found.affected] == ["worst", "other"]
        assert "Mail.ReadWrite (high), Mail.Send (high) and 1 more; " in found.affected[1].detail


AGENT: Row = {"servicePrincipalType": "ServiceIdentity", "appOwnerOrganizationId": None}


class TestAgents:
    ID = "agents-hold-no-far-reaching-permissions"

    @pytest.mark.parametrize(
        ("scope", "users", "said"),
        [
            ("Mail.Send", 0, NOT_MET),
            ("Mail.Send", 3, NOT_MET),
            ("User.Read Calendars.Read", 0, MET),
        ],
    )
    def test_says(self, scope: str, users: int, said: Judgement) -> None:
        tenant = Whole().app("agent", **AGENT).grants("agent", scope, users=users)
        assert tenant.finding(self.ID).outcome is said

    @pytest.mark.parametrize(
        "tags",
        [
            ["AgenticApp"],
            ["x", "agenticINSTANCE"],
            ["power-virtual-agents-0000"],
            ["AgenticApp"] * 9,
        ],
    )
    def test_agents_that_sign_in_as_apps_have_tags(self, tags: list[Json]) -> None:
        tenant = Whole().app("own", tags=tags).grants("own", "Mail.Send")
        assert outcome(tenant.finding(self.ID)) == (NOT_MET, ["own"])
        tenant = Whole().app("microsofts", tags=tags).grants("microsofts", "Mail.Send")
        assert tenant.finding(self.ID).outcome is NOT_APPLICABLE

    @pytest.mark.parametrize("tags", [None, [], ["Agent", "NotAgenticApp", "", HOSTILE]])
    def test_other_tags_say_nothing(self, tags: list[Json] | None) -> None:
        tenant = Whole().app("own", tags=tags).grants("own", "Mail.Send")
        assert tenant.finding(self.ID).outcome is NOT_APPLICABLE

    def test_other_apps_are_no_agents(self) -> None:
        tenant = Whole().grants("other", "Mail.Send").app("new", servicePrincipalType="Unheard-of")
        assert tenant.finding(self.ID).outcome is NOT_APPLICABLE

    def test_without_the_apps_it_is_unknown(self) -> None:
        assert Whole().refuses(PRINCIPALS).finding(self.ID).outcome is UNKNOWN
        assert Whole().breaks(PRINCIPALS).finding(self.ID).outcome is UNKNOWN

    def test_those_that_are_disabled_are_left_to_a_person(self) -> None:
        tenant = Whole().app("agent", **AGENT, accountEnabled=False).grants("agent", "Mail.Send")
        assert outcome(tenant.finding(self.ID)) == (MANUAL, ["agent"])
        assert tenant.finding(self.ID).affected[0].detail == "Mail.Send (high); disabled"
        found = tenant.breaks(GRANTS).finding(self.ID)
        assert outcome(found) == (UNKNOWN, ["agent"])
        assert found.message.endswith("the connection was lost).")
        tenant.app("bot", **AGENT).grants("bot", "SMTP.Send")
        assert outcome(tenant.finding(self.ID)) == (NOT_MET, ["bot", "agent"])

    def test_users_are_counted(self) -> None:
        tenant = Whole().app("agent", **AGENT).grants("agent", "Mail.Send", users=3)
        (found,) = tenant.finding(self.ID).affected
        assert found.detail == "Mail.Send (high); users with a grant: 3"


class TestInUse:
    ID = "apps-are-in-use"

    def test_it_takes_an_app_that_holds_something(self) -> None:
        assert Whole().finding(self.ID).outcome is NOT_APPLICABLE
        assert Whole().refuses(GRANTS).finding(self.ID).outcome is UNKNOWN


class TestNames:
    ID = "microsofts-names-are-microsofts"

    @pytest.mark.parametrize(
        "name",
        [
            "Microsoft Teams",
            "MICROSOFT  teams",
            "Micros\u043eft Teams",
            "Microsoft\u200b T\u00e9ams",
            "M1crosoft Teams",
        ],
    )
    def test_an_imitation_is_found(self, name: str) -> None:
        found = Whole().app("other", displayName=name).finding(self.ID)
        assert outcome(found) == (NOT_MET, ["other"])
        assert found.affected[0].detail.startswith("like Microsoft Teams")
        assert ("written" in found.affected[0].detail) is not name.isascii()

    @pytest.mark.parametrize(
        "name", ["Teams", "Microsoft Teams for Zoom", "", HOSTILE, "Connectors", None]
    )
    def test_other_names_are_anybodys(self, name: str | None) -> None:
        assert Whole().app("other", displayName=name).finding(self.ID).outcome is MET

    @pytest.mark.parametrize(
        "case",
        [
            Case("own app", Whole().app("own", displayName="Microsoft Teams"), MET),
            Case("the app itself", Whole().app("x", appId="1FEC8E78-bce4-4aaf-ab1b-5451cc387264", displayName="Microsoft Teams"), MET),
            Case("managed identity", Whole().app("x", displayName="Microsoft Teams", servicePrincipalType="ManagedIdentity", appOwnerOrganizationId=None), MET),
            Case("owner of Graph", Whole().app("ffffffff-0000-4000-8000-000000000001", appOwnerOrganizationId=NOBODY).app("x", displayName="Microsoft Teams", appOwnerOrganizationId=NOBODY), MET),
            Case("Microsoft's publisher", Whole().app("x", displayName="Microsoft Teams", verifiedPublisher={"displayName": "Microsoft Corporation", "verifiedPublisherId": "1"}), MET),
            Case("verified", Whole().app("x", displayName="Microsoft Teams", verifiedPublisher=VERIFIED), MANUAL, ("x",)),
            Case("no owner", Whole().app("x", displayName="Microsoft Teams", appOwnerOrganizationId=None), UNKNOWN, ("x",)),
            Case("disabled", Whole().app("x", displayName="Microsoft Teams", accountEnabled=False), MANUAL, ("x",)),
            Case("one of two disabled", Whole().app("x", displayName="Microsoft Teams", accountEnabled=False).app("y", displayName="Microsoft Teams"), NOT_MET, ("y", "x")),
            Case("disabled, another in doubt", Whole().app("x", displayName="Microsoft Teams", accountEnabled=False).app("y", displayName="Microsoft Teams", appOwnerOrganizationId=None), UNKNOWN, ("y", "x")),
            Case("disabled, another in no doubt", Whole().app("x", displayName="Microsoft Teams", accountEnabled=False).app("y", displayName="Microsoft Teams", appOwnerOrganizationId=None, accountEnabled=False), MANUAL, ("x",)),
            Case("disabled, cut short", Whole().app("x", displayName="Microsoft Teams", accountEnabled=False).breaks(PRINCIPALS), UNKNOWN, ("x",)),
            Case("other cloud", Whole(Tenant(Cloud.CHINA)).app("x", displayName="Microsoft Teams"), MANUAL, ("x",)),
            Case("refused", Whole().refuses(PRINCIPALS), UNKNOWN),
            Case("cut short", Whole().breaks(PRINCIPALS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_says(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.ID)) == (case.said, [*case.affected])

    def test_unverified_ones_come_first_and_decide(self) -> None:
        tenant = Whole().app("a", displayName="Microsoft Teams", verifiedPublisher=VERIFIED)
        found = tenant.app("b", displayName="Microsoft Graph").finding(self.ID)
        assert outcome(found) == (NOT_MET, ["b", "a"])
        assert f"registered in {ELSEWHERE}" in found.affected[0].detail


def named_by_policy() -> Whole:
    """A policy that opens one app by name if it is verified, which it is not."""
    include = condition_set(
        permissionType="delegated",
        clientApplicationIds=["APP-app"],
        clientApplicationsFromVerifiedPublisherOnly=True,
    )
    return Whole(Tenant().custom(include)).app("app").grants("app", "User.Read", users=2)


def managed(*more: str) -> Tenant:
    return Tenant().policies(RECOMMENDED, *more)


class TestNextChange:
    ID = "connected-apps-do-not-rest-on-microsofts-policy"

    @pytest.mark.parametrize(
        "case",
        [
            Case("nobody connected", Whole(managed()), MET),
            Case("own policies alone", Whole(Tenant().policies(LEGACY)).grants("own", "Mail.Send", users=2), NOT_APPLICABLE),
            Case("consent is off", Whole().grants("own", "Mail.Send", users=2), NOT_APPLICABLE),
            Case("rests on it", Whole(managed()).grants("own", "Mail.Send", users=2), MANUAL, ("own",)),
            Case("mail client", Whole(Tenant().policies(MAIL_CLIENTS)).app("client", appId=THUNDERBIRD, verifiedPublisher=VERIFIED).grants("client", "Mail.Read", users=2), MANUAL, ("client",)),
            Case("closed already", Whole(managed()).grants("own", "Mail.Read", users=2), MET),
            Case("low risk", Whole(managed()).grants("own", "User.Read openid", users=2), MET),
            Case("granted for everybody", Whole(managed()).grants("own", "Mail.Send", users=2).grants("own", "MAIL.Send"), MET),
            Case("another policy opens it", Whole(managed(LEGACY)).grants("own", "Mail.Send", users=2), MET),
            Case("another policy opens a part", Whole(managed(LOW).classified("Mail.Send")).grants("own", "Mail.Send IMAP.AccessAsUser.All", users=2), MANUAL, ("own",)),
            Case("unverified under step-up", Whole(managed()).grants("other", "Mail.Send", users=2), MET),
            Case("requires assignment", Whole(managed()).app("own", appRoleAssignmentRequired=True).grants("own", "Mail.Send", users=2), MET),
            Case("disabled", Whole(managed()).app("own", accountEnabled=False).grants("own", "Mail.Send", users=2), MET),
            Case("Microsoft's", Whole(managed()).grants("microsofts", "Mail.Send", users=2), MET),
            Case("withdrawn permission", Whole(managed()).grants("own", "Mail.Gone", users=2), UNKNOWN, ("own",)),
            Case("grants cut short", Whole(managed()).grants("own", "User.Read", users=2).breaks(GRANTS), UNKNOWN),
            Case("settings refused", Whole(Tenant().refuses("authorization-policy")).grants("own", "Mail.Send", users=2), UNKNOWN),
            Case("another policy refused", Whole(managed(LOW).refuses("permission-grant-policy", LOW)).grants("own", "User.Read", users=2), UNKNOWN),
            Case("grants refused", Whole(managed()).refuses(GRANTS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_says(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.ID)) == (case.said, [*case.affected])

    def test_names_what_microsoft_decides_on(self) -> None:
        tenant = Whole(managed()).grants("own", "Mail.Send User.Read Mail.Read", users=7)
        (one,) = tenant.finding(self.ID).affected
        assert one.detail == "7 users connected; Microsoft decides on Mail.Send"


class TestCliff:
    ID = "new-users-can-connect-apps-in-use"

    @pytest.mark.parametrize(
        "case",
        [
            Case("nobody connected", Whole(), MET),
            Case("consent is off", Whole().grants("other", "Mail.Read", users=2), NOT_MET, ("other",)),
            Case("granted for everybody", Whole().grants("other", "mail.read", users=2).grants("other", "Mail.Read"), MET),
            Case("open to verified", Whole(Tenant().policies(LEGACY)).app("other", verifiedPublisher=VERIFIED).grants("other", "MAIL.Read", users=2), MET),
            Case("step-up", Whole(Tenant().policies(LEGACY)).grants("other", "Mail.Read", users=2), NOT_MET, ("other",)),
            Case("own app", Whole(Tenant().policies(LOW).classified("Mail.Read")).grants("own", "Mail.Read", users=2), MET),
            Case("admin only", Whole(Tenant().policies(LEGACY)).grants("own", "User.Read.All", users=1), NOT_MET, ("own",)),
            Case("disabled", Whole().app("other", accountEnabled=False).grants("other", "Mail.Read", users=2), MET),
            Case("disabled by Microsoft", Whole().app("other", disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement").grants("other", "Mail.Read", users=2), MET),
            Case("not disabled by Microsoft", Whole().app("other", disabledByMicrosoftStatus="NotDisabled").grants("other", "Mail.Read", users=2), NOT_MET, ("other",)),
            Case("Microsoft's", Whole().grants("microsofts", "Mail.Read", users=2), MET),
            Case("withdrawn permission", Whole().grants("other", "Mail.Gone", users=2), UNKNOWN, ("other",)),
            Case("resource not read", Whole().app("api").grants("other", "x", users=2, resource_id="api"), UNKNOWN, ("other",)),
            Case("no owner", Whole().app("other", appOwnerOrganizationId=None).grants("other", "Mail.Read", users=2), UNKNOWN, ("other",)),
            Case("requires assignment", Whole(Tenant().policies(LEGACY)).app("own", appRoleAssignmentRequired=True).grants("own", "Mail.Read", users=2), NOT_MET, ("own",)),
            Case("requires assignment, granted for everybody", Whole().app("own", appRoleAssignmentRequired=True).grants("own", "Mail.Read", users=2).grants("own", "Mail.Read"), MET),
            Case("assignment not said", Whole(Tenant().policies(LEGACY)).app("own", appRoleAssignmentRequired=None).grants("own", "Mail.Read", users=2), UNKNOWN, ("own",)),
            Case("named, but not verified", named_by_policy(), NOT_MET, ("app",)),
            Case("grants cut short", Whole().grants("other", "Mail.Read", users=2).breaks(GRANTS), UNKNOWN),
            Case("settings refused", Whole(Tenant().refuses("authorization-policy")).grants("other", "Mail.Read", users=2), UNKNOWN),
            Case("policy refused", Whole(Tenant().policies(LEGACY).refuses("permission-grant-policy", LEGACY)).grants("own", "Mail.Read", users=2), UNKNOWN),
            Case("classifications refused", Whole(Tenant().policies(LOW).refuses("permission-classifications", GRAPH)).grants("own", "Mail.Read", users=2), UNKNOWN),
            Case("grants refused", Whole().refuses(GRANTS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_says(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.ID)) == (case.said, [*case.affected])

    def test_the_most_used_comes_first_with_both_sides(self) -> None:
        tenant = Whole().app("busy", verifiedPublisher=VERIFIED)
        tenant.grants("other", "Mail.Read", users=2).grants("busy", "Mail.Read Mail.Send", users=30)
        found = tenant.finding(self.ID)
        assert [one.detail for one in found.affected] == [
            "30 users connected; new users need an administrator for Mail.Read, Mail.Send",
            (
                "2 users connected; new users need an administrator for Mail.Read; its publisher "
                "is not verified"
            ),
        ]

    def test_an_app_that_a_policy_names_is_judged_by_it(self) -> None:
        mail = "9e5f94bc-e8a4-4e73-b8be-63364c29d753"
        tenant = Whole(Tenant().policies("microsoft-user-default-allow-consent-apps"))
        tenant.app("mail", appId=mail.upper(), verifiedPublisher=VERIFIED)
        tenant.grants("mail", "Mail.Read", users=2)
        assert tenant.finding(self.ID).outcome is MET
        tenant.grants("mail", "Files.Read", users=2)
        assert "for Files.Read" in tenant.finding(self.ID).affected[0].detail


class TestTenantWide:
    ID = "tenant-wide-consent-is-low-impact"

    @pytest.mark.parametrize(
        "case",
        [
            Case("nobody", Whole(), MET),
            Case("far-reaching", Whole().grants("other", "Mail.Send openid"), NOT_MET, ("other",)),
            Case("single users", Whole().grants("other", "Mail.Send", users=3), MET),
            Case("own", Whole().grants("own", "Mail.Send"), MET),
            Case("no table has it", Whole().grants("other", "Unheard.Of"), MET),
            Case("no owner", Whole().app("other", appOwnerOrganizationId=None).grants("other", "Mail.Send"), UNKNOWN, ("other",)),
            Case("disabled", Whole().app("other", accountEnabled=False).grants("other", "Mail.Send"), MANUAL, ("other",)),
            Case("one of two disabled", Whole().app("other", accountEnabled=False).grants("other", "Mail.Send").app("b").grants("b", "SMTP.Send"), NOT_MET, ("b", "other")),
            Case("disabled, another in doubt", Whole().app("other", accountEnabled=False).grants("other", "Mail.Send").app("b", appOwnerOrganizationId=None).grants("b", "SMTP.Send"), UNKNOWN, ("b", "other")),
            Case("disabled, cut short", Whole().app("other", accountEnabled=False).grants("other", "Mail.Send").breaks(GRANTS), UNKNOWN, ("other",)),
            Case("agent of this tenant", Whole().app("agent", **AGENT).grants("agent", "Mail.Send"), MET),
            Case("tenant unknown", Whole(Tenant().refuses("organization")).grants("own", "Mail.Send"), UNKNOWN, ("own",)),
            Case("cut short, but found", Whole().grants("other", "Mail.Send").breaks(GRANTS), NOT_MET, ("other",)),
            Case("cut short", Whole().breaks(GRANTS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_says(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.ID)) == (case.said, [*case.affected])

    def test_the_state_of_an_app_is_named(self) -> None:
        tenant = Whole().app("other", appRoleAssignmentRequired=True).grants("other", "Mail.Send")
        tenant.app("b", appRoleAssignmentRequired=True, isDisabled=True).grants("b", "Mail.Send")
        details = [one.detail for one in tenant.finding(self.ID).affected]
        assert [one.rpartition("; ")[2] for one in details] == ["requires assignment", "disabled"]


class TestUnverified:
    ID = "unverified-publishers-have-no-users"

    @pytest.mark.parametrize(
        "case",
        [
            Case("nobody", Whole(), MET),
            Case("users", Whole().grants("other", "User.Read", users=3), NOT_MET, ("other",)),
            Case("for everybody", Whole().grants("other", "User.Read"), MET),
            Case("verified", Whole().app("other", verifiedPublisher=VERIFIED).grants("other", "User.Read", users=3), MET),
            Case("no owner", Whole().app("other", appOwnerOrganizationId=None).grants("other", "User.Read", users=3), UNKNOWN, ("other",)),
            Case("other cloud", Whole(Tenant(Cloud.CHINA)).grants("other", "User.Read", users=3), NOT_APPLICABLE),
            Case("refused", Whole().refuses(PRINCIPALS), UNKNOWN),
        ],
        ids=named,
    )  # fmt: skip
    def test_says(self, case: Case) -> None:
        assert outcome(case.tenant.finding(self.ID)) == (case.said, [*case.affected])

    def test_the_riskiest_come_first_then_those_with_most_users(self) -> None:
        tenant = Whole().grants("other", "User.Read", users=30).app("b").app("c")
        tenant.grants("b", "Mail.Send", users=2).grants("c", "Mail.ReadWrite", users=3)
        assert [one.id for one in tenant.finding(self.ID).affected] == ["c", "b", "other"]


class TestGone:
    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole().grants("other", "User.Read"), MET),
            (Whole().grants("gone", "User.Read"), NOT_MET),
            (Whole().grants("other", "x", resource_id="gone"), NOT_MET),
            (Whole().grants("gone", "User.Read").breaks(PRINCIPALS), UNKNOWN),
            (Whole().grants("gone", "User.Read").refuses(PRINCIPALS), UNKNOWN),
        ],
    )
    def test_apps(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding("grants-have-an-app").outcome is said

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole().grants("other", "User.Read", users=3), MET),
            (Whole().grants("other", "User.Read", users=3).user("disabled-users", "USER-1"), NOT_MET),
            (Whole().grants("other", "User.Read", users=3).user("deleted-users", "user-2"), NOT_MET),
            (Whole().user("deleted-users", "user-2"), MET),
            (Whole().refuses("deleted-users"), UNKNOWN),
            (Whole().breaks("disabled-users"), UNKNOWN),
            (Whole().forgets("disabled-users").grants("other", "User.Read", users=3), UNKNOWN),
            (Whole().grants("other", "User.Read", users=3).user("deleted-users", "user-2").refuses("disabled-users"), NOT_MET),
        ],
    )  # fmt: skip
    def test_people(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding("grants-are-held-by-people-who-are-here").outcome is said


def test_microsoft_is_whom_graph_names() -> None:
    assert MICROSOFT in {one.owner_tenant for one in Whole().report().inventory.apps}


def test_microsofts_tenant_for_the_government_is_microsofts() -> None:
    owner = "CAB8A31A-1906-4287-a0d8-4eef66b95f6e"
    keys: Json = [certificate(-9, 9)]
    tenant = Whole(Tenant(Cloud.US_GOV_L4)).app("x", appOwnerOrganizationId=owner)
    tenant.app("x", keyCredentials=keys).holds("x", ASSIGN)
    assert tenant.finding(TestAdministrator.OTHER).outcome is MET


def test_no_finding_rests_on_the_first_page_of_apps() -> None:
    page: Json = {"value": [], "@odata.nextLink": "https://graph.example/v1.0/next"}
    report = Whole(Tenant().says("service-principals", page)).report()
    assert "known-names-are-not-imitated" not in {one.check for one in report.findings}
