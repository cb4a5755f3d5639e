"""Checks of an inventory that rest on what the second step reads, and on the report of sign-ins."""

import pytest

from auditor.listings import app_management
from auditor.model.cloud import Cloud
from auditor.model.inventory import Coverage
from auditor.model.report import Judgement
from tests.unit.consent_case import FORBIDDEN, Json, Tenant
from tests.unit.inventory_case import HOSTILE, Row, Whole, certificate, day, person, secret

MET, NOT_MET, UNKNOWN = Judgement.MET, Judgement.NOT_MET, Judgement.UNKNOWN
ASSIGN = "RoleManagement.ReadWrite.Directory"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLES = "e8611ab8-c189-46e8-94e1-60213ab1f814"
GUEST = person(1, userType="guest")
DISABLED = person(2, accountEnabled=False)
MEMBER = person(3)
ADMINISTRATOR = person(4)
APP: Row = {"@odata.type": "#microsoft.graph.servicePrincipal", "id": "OTHER", "displayName": "Bot"}


def held_by(*holders: str, kind: str = "user", scope: str = "/") -> Json:
    """Who holds a role."""
    return {
        "value": [
            {
                "principalId": one,
                "directoryScopeId": scope,
                "principal": {"@odata.type": f"#microsoft.graph.{kind}", "id": one},
            }
            for one in holders
        ]
    }


def administered(*holders: str, kind: str = "user", scope: str = "/") -> Tenant:
    tenant = Tenant().says("role-holders", {"value": []}, PRIVILEGED_ROLES)
    return tenant.says(
        "role-holders", held_by(*holders, kind=kind, scope=scope), GLOBAL_ADMINISTRATOR
    )


def privileged(*owners: Row, tenant: Tenant | None = None) -> Whole:
    """A tenant with one app that can become Global Administrator."""
    whole = Whole(tenant or administered("person-4"))
    return whole.holds("other", ASSIGN).owned("other", *owners)


class TestRoles:
    ID = "apps-hold-no-administrator-role"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(administered()), MET),
            (Whole(administered("person-4")), MET),
            (Whole(administered("OWN", kind="servicePrincipal")), NOT_MET),
            (Whole(administered("other", kind="servicePrincipal")), NOT_MET),
            (Whole(administered("other", kind="servicePrincipal")).app("other", isDisabled=True), NOT_MET),
            (Whole(administered("other", kind="servicePrincipal", scope="/x")), MET),
            (Whole(administered("microsofts", kind="servicePrincipal")), MET),
            (Whole(administered("crew", kind="group")), UNKNOWN),
            (Whole(administered("nobody", kind="servicePrincipal")), UNKNOWN),
            (Whole(), UNKNOWN),
            (Whole(Tenant().says("role-holders", {"value": []}, PRIVILEGED_ROLES)), UNKNOWN),
            (Whole(administered()).refuses("service-principals-all"), UNKNOWN),
            (Whole(administered()).breaks("service-principals-all"), UNKNOWN),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_others_come_first_and_every_role_is_named(self) -> None:
        tenant = administered("own", "other", kind="servicePrincipal")
        tenant.says("role-holders", held_by("other", kind="servicePrincipal"), PRIVILEGED_ROLES)
        found = Whole(tenant).app("own", isDisabled=True).finding(self.ID)
        assert [(one.id, one.detail) for one in found.affected] == [
            (
                "other",
                "Global Administrator, Privileged Role Administrator; publisher not verified",
            ),
            ("own", "Global Administrator; of this tenant; disabled"),
        ]

    def test_what_could_not_be_read_does_not_hide_what_was_found(self) -> None:
        tenant = Tenant().says(
            "role-holders", held_by("other", kind="servicePrincipal"), GLOBAL_ADMINISTRATOR
        )
        tenant.refuses("role-holders", PRIVILEGED_ROLES)
        assert Whole(tenant).finding(self.ID).outcome is NOT_MET


class TestOwners:
    ID = "privileged-apps-have-trusted-owners"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole().holds("other", "Mail.ReadWrite"), Judgement.NOT_APPLICABLE),
            (privileged(), MET),
            (privileged(ADMINISTRATOR), MET),
            (privileged(MEMBER), NOT_MET),
            (privileged(GUEST), NOT_MET),
            (privileged(DISABLED), NOT_MET),
            (privileged(person(4, accountEnabled=False)), NOT_MET),
            (privileged(APP), MET),
            (privileged(APP | {"id": "own"}), NOT_MET),
            (privileged(APP | {"id": "own"}, tenant=administered("own", kind="servicePrincipal")), MET),
            (privileged(APP | {"id": "own"}, tenant=administered("crew", kind="group")), UNKNOWN),
            (privileged(APP | {"id": "own"}, tenant=Tenant()), UNKNOWN),
            (privileged(APP | {"id": "own"}).breaks("application-permissions"), UNKNOWN),
            (privileged(APP | {"id": "microsofts"}).holds("microsofts", ASSIGN), MET),
            (privileged({"id": "x"}), UNKNOWN),
            (privileged({"id": "x", "@odata.type": "#microsoft.graph.group"}), UNKNOWN),
            (privileged(person(4, userType=None, accountEnabled=None)), UNKNOWN),
            (privileged(person(4, userType=None)), UNKNOWN),
            (privileged(person(4, userType="Alien")), UNKNOWN),
            (privileged(person(4, accountEnabled=None)), UNKNOWN),
            (privileged(person(4, accountEnabled=None), GUEST), NOT_MET),
            (privileged(person(4, userType=None, accountEnabled=False)), NOT_MET),
            (privileged(person(4, userType="GUEST", accountEnabled=None)), NOT_MET),
            (privileged(person(3, userType=None, accountEnabled=None)), NOT_MET),
            (privileged(person(3, userType=None, accountEnabled=None), tenant=Tenant()), UNKNOWN),
            (privileged(MEMBER, tenant=Tenant()), UNKNOWN),
            (privileged(GUEST, tenant=Tenant()), NOT_MET),
            (privileged(tenant=Tenant()), MET),
            (privileged(MEMBER, tenant=administered("crew", kind="group")), UNKNOWN),
            (privileged(MEMBER, tenant=administered("own", kind="servicePrincipal")), NOT_MET),
            (privileged(ADMINISTRATOR, tenant=administered("person-4", scope="/x")), NOT_MET),
            (privileged().refuses("app-owners"), UNKNOWN),
            (privileged(MEMBER).refuses("registration-owners"), NOT_MET),
            (privileged(MEMBER).breaks("app-owners"), NOT_MET),
            (privileged(ADMINISTRATOR).breaks("app-owners"), UNKNOWN),
            (privileged().holds("own", ASSIGN), UNKNOWN),
            (privileged(MEMBER).holds("own", ASSIGN), NOT_MET),
            (Whole().holds("other", ASSIGN), UNKNOWN),
            (Whole().refuses("application-permissions"), UNKNOWN),
            (Whole().holds("microsofts", ASSIGN), Judgement.NOT_APPLICABLE),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_owners_are_named_the_worst_app_first(self) -> None:
        tenant = privileged(GUEST, person(3, userPrincipalName=HOSTILE), DISABLED)
        tenant.holds("b", ASSIGN).app("b").owned("b", MEMBER)
        found = tenant.finding(self.ID)
        assert [one.id for one in found.affected] == ["other", "b"]
        guest, disabled, member = found.affected[0].detail.split(", ")
        assert guest == "owned by p1@contoso.example (a guest)"
        assert disabled == "p2@contoso.example (disabled)"
        assert member == f"{HOSTILE} (no Global Administrator now)"

    def test_apps_without_owners_are_counted(self) -> None:
        found = privileged().finding(self.ID)
        assert found.message.endswith("Such apps without any owner: 1.")

    def test_an_owner_that_cannot_be_understood_is_no_missing_owner(self) -> None:
        found = privileged({"id": "x", "@odata.type": 5}).finding(self.ID)
        assert found.outcome is UNKNOWN
        assert "without any owner" not in found.message
        assert [one.id for one in found.affected] == ["other"]

    def test_owners_of_the_registration_count(self) -> None:
        tenant = Whole(administered()).app("own", appId="APP-0").registration()
        tenant.holds("own", ASSIGN).owned("own")
        assert tenant.finding(self.ID).outcome is UNKNOWN
        tenant.owned("app-0", MEMBER, registration=True)
        assert tenant.finding(self.ID).outcome is NOT_MET

    def test_a_registration_that_is_not_found_is_none_without_owners(self) -> None:
        tenant = Whole(administered()).app("own", appId="APP-0").registration()
        tenant.holds("own", ASSIGN).owned("own").owned("app-0", registration=True)
        assert tenant.finding(self.ID).outcome is Judgement.MET
        tenant.refuses("registration-owners", status=404)
        found = tenant.finding(self.ID)
        assert found.outcome is UNKNOWN
        assert [one.id for one in found.affected] == ["own"]
        listings = {one.name: one for one in tenant.report().inventory.listings}
        assert listings["registration-owners"].coverage is Coverage.INCOMPLETE

    def test_an_app_without_a_registration_here_needs_none(self) -> None:
        tenant = Whole(administered()).holds("own", ASSIGN).owned("own")
        tenant.owned("app-own", registration=True).refuses("registration-owners", status=404)
        assert tenant.finding(self.ID).outcome is Judgement.MET
        listings = {one.name: one for one in tenant.report().inventory.listings}
        assert listings["registration-owners"].coverage is Coverage.READ

    def test_it_says_what_would_settle_it(self) -> None:
        found = privileged().refuses("app-owners").finding(self.ID)
        assert "Application.Read.All" in found.message
        assert [one.id for one in found.affected] == ["other"]
        found = privileged(MEMBER, tenant=Tenant()).finding(self.ID)
        assert "Directory.Read.All" in found.message

    def test_what_graph_hides_of_an_owner_is_told_with_the_permission(self) -> None:
        hidden: Row = {"@odata.type": "#microsoft.graph.user", "id": "person-4"}
        found = privileged(hidden).finding(self.ID)
        assert found.outcome is UNKNOWN
        assert "grant User.Read.All." in found.message
        text = "owned by person-4 (Graph does not show whether a guest or disabled)"
        assert [one.detail for one in found.affected] == [text]

    def test_holders_in_an_answer_of_the_wrong_shape_are_no_missing_permission(self) -> None:
        tenant = administered("person-4").says("role-holders", {"value": 5}, PRIVILEGED_ROLES)
        found = privileged(MEMBER, tenant=tenant).finding(self.ID)
        assert found.outcome is UNKNOWN
        assert "was not understood (Expected" in found.message
        assert ".Read.All" not in found.message

    def test_no_permission_is_asked_for_where_none_would_help(self) -> None:
        found = privileged(person(4, userType=None)).finding(self.ID)
        assert "User.Read.All" not in found.message
        (affected,) = found.affected
        assert affected.detail.endswith("(Graph does not show whether a guest)")

    @pytest.mark.parametrize(
        ("tenant", "coverage", "detail"),
        [
            (Whole(), Coverage.READ, ""),
            (privileged(MEMBER), Coverage.READ, ""),
            (Whole().holds("other", ASSIGN), Coverage.NOT_ASKED, ""),
            (privileged().holds("own", ASSIGN), Coverage.INCOMPLETE, "of 1 of 2 they were not asked for"),
            (privileged().refuses("app-owners"), Coverage.REFUSED, "HTTP 403"),
            (privileged().refuses("application-permissions"), Coverage.INCOMPLETE, "which apps are privileged could not be read"),
        ],
    )  # fmt: skip
    def test_how_far_they_were_read_is_told(
        self, tenant: Whole, coverage: Coverage, detail: str
    ) -> None:
        listings = {one.name: one for one in tenant.report().inventory.listings}
        found = listings["app-owners"]
        assert (found.coverage, found.detail) == (coverage, detail)


def restriction(kind: str, longest: Json, **members: Json) -> Row:
    row: Row = {
        "restrictionType": kind,
        "maxLifetime": longest,
        "state": "enabled",
        "restrictForAppsCreatedAfterDateTime": None,
        "excludeActors": {"customSecurityAttributes": []},
    }
    return row | members


def secrets_live(longest: Json, **members: Json) -> Row:
    return {"passwordCredentials": [restriction("passwordLifetime", longest, **members)]}


def default(restrictions: Json, *, enabled: Json = True, foreign: Json = None) -> Whole:
    """A tenant with a policy, and a secret of 100 days in a registration."""
    body: Json = {
        "isEnabled": enabled,
        "applicationRestrictions": restrictions,
        "servicePrincipalRestrictions": foreign,
    }
    whole = Whole().policy(app_management.DEFAULT.name, body)
    return whole.registration(passwordCredentials=[secret(-10, 90)])


def custom(restrictions: Json, *targets: str, enabled: bool = True) -> Whole:
    """The same, and a policy for some apps."""
    body: Json = {"value": [{"id": "p", "isEnabled": enabled, "restrictions": restrictions}]}
    whole = default(secrets_live("P60D")).policy(app_management.CUSTOM.name, body)
    ids: list[Json] = [{"id": one} for one in targets]
    return whole.policy(app_management.TARGETS.name, {"value": ids}, "p")


class TestLife:
    ID = "credentials-are-short-lived"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (default(None), MET),
            (default(secrets_live("P60D")), NOT_MET),
            (default(secrets_live("P99DT1H")), MET),
            (default(secrets_live("P60D"), enabled=False), MET),
            (default(secrets_live("P60D", state="Disabled")), MET),
            (default(secrets_live("P60D", state="unknownFutureValue")), UNKNOWN),
            (default(secrets_live("P60D", state=None)), UNKNOWN),
            (default(secrets_live("P120D", state="new")), MET),
            (default(secrets_live("soon")), UNKNOWN),
            (default(secrets_live(None)), UNKNOWN),
            (default(secrets_live("-P3D")), UNKNOWN),
            (default(secrets_live("P999999999D")), MET),
            (default(secrets_live("P60D", restrictionType="passwordAddition")), MET),
            (default(secrets_live("P60D", restrictionType="unknownFutureValue")), MET),
            (default(secrets_live("P60D", restrictionType=None)), MET),
            (default(secrets_live("P60D", restrictForAppsCreatedAfterDateTime=day(-500))), NOT_MET),
            (default(secrets_live("P60D", restrictForAppsCreatedAfterDateTime=day(-300))), MET),
            (default({"keyCredentials": [restriction("asymmetricKeyLifetime", "P60D")]}), MET),
            (default(None, foreign=secrets_live("P60D")), MET),
            (default(None, foreign=secrets_live("P60D")).app("other", passwordCredentials=[secret(-1, 80)]), NOT_MET),
            (default(None, foreign=secrets_live("P60D")).app("own", passwordCredentials=[secret(-1, 80)]), UNKNOWN),
            (default(None, foreign=secrets_live("P60D", restrictForAppsCreatedAfterDateTime=day(-9))).app("other", passwordCredentials=[secret(-1, 80)]), UNKNOWN),
            (default(secrets_live("P60D"), enabled="yes"), UNKNOWN),
            (custom(None), NOT_MET),
            (custom(None, "REG-0"), MET),
            (custom(None, "reg-9"), NOT_MET),
            (custom(secrets_live("P30D"), "reg-0"), NOT_MET),
            (custom(secrets_live("P30D"), "reg-0", enabled=False), UNKNOWN),
            (Whole().policy(app_management.DEFAULT.name, FORBIDDEN, status=403), UNKNOWN),
            (Whole().policy(app_management.CUSTOM.name, FORBIDDEN, status=403), UNKNOWN),
            (Whole().forgets(app_management.DEFAULT.name), UNKNOWN),
            (Whole().forgets(app_management.DEFAULT.name).registration(passwordCredentials=[secret(-10, 355)]), NOT_MET),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_a_longer_limit_of_the_tenant_counts(self) -> None:
        tenant = default(secrets_live("P365D"))
        tenant.registration(passwordCredentials=[secret(-10, 355)])
        assert tenant.finding(self.ID).outcome is MET
        tenant.registration(passwordCredentials=[secret(-10, 365)])
        (found,) = tenant.finding(self.ID).affected
        expected = "registration: 1 client secret, the longest of 375 days; the tenant allows 365"
        assert found.detail == expected

    def test_a_limit_for_one_app_is_no_half_a_year(self) -> None:
        body: Json = {
            "value": [{"id": "p", "isEnabled": True, "restrictions": secrets_live("P730D")}]
        }
        tenant = Whole().policy(app_management.CUSTOM.name, body)
        tenant.policy(app_management.TARGETS.name, {"value": [{"id": "reg-0"}]}, "p")
        found = tenant.registration(passwordCredentials=[secret(-10, 390)]).finding(self.ID)
        assert found.outcome is MET
        assert "the tenant's policy allows" in found.message

    def test_each_kind_has_its_own_limit(self) -> None:
        keys: Json = [restriction("asymmetricKeyLifetime", "P30D")]
        tenant = default({"keyCredentials": keys})
        tenant.registration(keyCredentials=[certificate(-10, 30)])
        (found,) = tenant.finding(self.ID).affected
        assert "1 certificate, the longest of 40 days; the tenant allows 30" in found.detail

    def test_it_says_what_could_not_be_read(self) -> None:
        tenant = Whole().policy(app_management.DEFAULT.name, FORBIDDEN, status=403)
        found = tenant.finding(self.ID)
        assert found.message.startswith("No credential lives longer than half a year. What the")
        assert "Policy.Read.All lets it be read" in found.message
        assert found.affected == ()

    @pytest.mark.parametrize(
        ("source", "subject"),
        [
            (app_management.DEFAULT.name, ""),
            (app_management.CUSTOM.name, ""),
            (app_management.TARGETS.name, "p"),
        ],
    )
    def test_an_answer_of_the_wrong_shape_is_no_missing_permission(
        self, source: str, subject: str
    ) -> None:
        tenant = custom(None, "reg-9") if subject else Whole()
        tenant.registration(passwordCredentials=[secret(-10, 355)])
        found = tenant.policy(source, {"value": [5], "isEnabled": "x"}, subject).finding(self.ID)
        assert "Graph's answer to GET /policies/" in found.message
        assert "was not understood (Expected" in found.message
        assert ".Read.All" not in found.message


class TestInUse:
    ID = "apps-are-in-use"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole().used("app-other", 10), MET),
            (Whole().used("APP-Other", 89.9), MET),
            (Whole().used("app-other", 91), NOT_MET),
            (Whole().used("app-other", 91).used("App-Other", 5, id="again"), MET),
            (Whole().used("app-other", 91, delegatedClientSignInActivity={"lastSignInDateTime": day(-2)}), MET),
            (Whole().used("app-other", None, applicationAuthenticationClientSignInActivity={"lastNonInteractiveSignInDateTime": day(-2)}), MET),
            (Whole().used("app-other", None), UNKNOWN),
            (Whole().used("app-other", 91, lastSignInActivity={"lastSignInDateTime": "0001-01-01T00:00:00Z"}), UNKNOWN),
            (Whole().used("app-other", 91, lastSignInActivity={"lastSignInDateTime": "2026-01-01T00:00:00"}), UNKNOWN),
            (Whole().used("app-other", 91, lastSignInActivity={"lastSignInDateTime": "2021-03-01T00:00:00-8:00"}), UNKNOWN),
            (Whole(), UNKNOWN),
            (Whole().holds("other", "Mail.Read", since=400), NOT_MET),
            (Whole().holds("other", "Mail.Read", since=400).used("app-other", None), NOT_MET),
            (Whole().holds("other", "Mail.Read", since=400).used("app-other", 1, lastSignInActivity={"lastSignInDateTime": "2026-01-01T00:00:00"}), UNKNOWN),
            (Whole().used("app-other", 91, delegatedClientSignInActivity={"lastSignInDateTime": "yesterday"}), UNKNOWN),
            (Whole().holds("other", "Mail.Read", since=40), MET),
            (Whole().holds("other", "Mail.Read").registration(appId="APP-OTHER"), NOT_MET),
            (Whole().holds("other", "Mail.Read", since=400).breaks("sign-ins"), UNKNOWN),
            (Whole().used("app-other", 91).breaks("sign-ins"), NOT_MET),
            (Whole().used("app-other", 1).breaks("sign-ins"), UNKNOWN),
            (Whole().used("app-other", 1).refuses("sign-ins"), UNKNOWN),
            (Whole().app("other", accountEnabled=False), Judgement.NOT_APPLICABLE),
            (Whole().used("app-other", 91).app("other", disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement"), Judgement.NOT_APPLICABLE),
            (Whole().used("app-other", 91).app("other", disabledByMicrosoftStatus="NotDisabled"), NOT_MET),
            (Whole().app("other", servicePrincipalType="ManagedIdentity"), Judgement.NOT_APPLICABLE),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.grants("other", "User.Read").finding(self.ID).outcome is said

    def test_the_longest_unused_comes_first(self) -> None:
        tenant = Whole().grants("other", "User.Read").used("app-other", 100)
        tenant.holds("own", "Mail.Read", since=400).app("own", displayName=HOSTILE)
        found = tenant.finding(self.ID)
        assert [one.id for one in found.affected] == ["own", "other"]
        details = [one.detail for one in found.affected]
        assert details[0] == f"no sign-in is reported; here since {day(-400)[:10]} at least"
        assert details[1] == f"the last sign-in was on {day(-100)[:10]}"

    def test_it_says_what_would_settle_it(self) -> None:
        found = Whole().grants("other", "User.Read").refuses("sign-ins").finding(self.ID)
        assert "HTTP 403" in found.message
        assert found.message.endswith("grant AuditLog.Read.All.")

    def test_a_missing_licence_is_no_missing_permission(self) -> None:
        code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
        whole = Whole().grants("other", "User.Read")
        found = whole.refuses("sign-ins", code=code).finding(self.ID)
        assert found.outcome is UNKNOWN
        assert "no licence of Microsoft Entra ID P1" in found.message
        assert "AuditLog" not in found.message

    def test_other_clouds_have_no_such_report(self) -> None:
        tenant = Tenant()
        tenant.cloud = Cloud.CHINA
        whole = Whole(tenant).grants("other", "User.Read").forgets("sign-ins")
        found = whole.finding(self.ID)
        assert found.outcome is UNKNOWN
        assert "this cloud does not have it" in found.message
        assert "AuditLog" not in found.message
        (listing,) = [one for one in whole.report().inventory.listings if one.name == "sign-ins"]
        assert listing.detail == "this cloud does not have it"
