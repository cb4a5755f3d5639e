"""Checks of an inventory: credentials, redirect URIs and audiences."""

import pytest

from auditor.inventory.credentials import CredentialKind, credentials, holders
from auditor.inventory.redirects import is_on_shared_domain, redirects
from auditor.model.cloud import Cloud
from auditor.model.inventory import InventoryFinding, Registration
from auditor.model.report import Judgement
from tests.unit.consent_case import EXCHANGE, HERE, RESOURCES, Json, Tenant
from tests.unit.inventory_case import (
    HOSTILE,
    VERIFIED,
    Row,
    Whole,
    certificate,
    secret,
    signing,
)

MET, NOT_MET = Judgement.MET, Judgement.NOT_MET
UNKNOWN, MANUAL, NOT_APPLICABLE = (
    Judgement.UNKNOWN,
    Judgement.MANUAL,
    Judgement.NOT_APPLICABLE,
)
APPLICATIONS, PRINCIPALS = "applications-all", "service-principals-all"
MFA = "981F26A1-7f43-403b-a875-f8b09b8cd720"
RENEWED = "CN=MS-Organization-P2P-Access [2026]"


def names(found: InventoryFinding) -> list[str]:
    return [f"{one.name}: {one.detail}" for one in found.affected]


def with_secrets(*found: Row, **members: Json) -> Whole:
    return Whole().registration(passwordCredentials=[*found], **members)


def with_keys(*found: Row) -> Whole:
    return Whole().registration(keyCredentials=[*found])


def hybrid(**members: Json) -> Whole:
    return Whole().app(RESOURCES[EXCHANGE][1], **members)


def nameless(**members: Json) -> Whole:
    secrets: Json = [secret(-10, 1)]
    return Whole().app("mi", appOwnerOrganizationId=None, passwordCredentials=secrets, **members)


def domains(*found: str) -> Tenant:
    listed: list[Json] = [{"name": one} for one in found]
    body: Json = {"value": [{"id": HERE, "tenantType": "AAD", "verifiedDomains": listed}]}
    return Tenant().says("organization", body)


class TestKinds:
    def test_a_signing_certificate_counts_once_and_its_password_is_no_secret(self) -> None:
        (app,) = (
            one
            for one in Whole().app("other", **signing(-10, 1085)).report().inventory.apps
            if one.id == "other"
        )
        assert len(app.secrets) == 3
        assert [one.kind for one in credentials(app.secrets)] == [CredentialKind.SIGNING]

    def test_a_secret_beside_it_stays_one(self) -> None:
        members = signing(-10, 1085)
        members["passwordCredentials"] = [secret(-10, 1085), secret(-5, 100, keyId=None)]
        apps = Whole().app("other", **members).report().inventory.apps
        (app,) = (one for one in apps if one.id == "other")
        assert [one.kind for one in credentials(app.secrets)] == [
            CredentialKind.SIGNING,
            CredentialKind.CLIENT,
        ]

    def test_odd_usage_is_a_certificate(self) -> None:
        tenant = with_keys(certificate(-1, 1, usage=None), certificate(-1, 2, usage="Unheard-of"))
        (one,) = tenant.report().inventory.registrations
        assert {each.kind for each in credentials(one.secrets)} == {CredentialKind.CERTIFICATE}

    def test_a_signing_certificate_hides_nothing_of_the_same_times(self) -> None:
        members = signing(-10, 1085)
        added: list[Json] = [secret(-10, 1085), secret(-10, 1085)]
        keys: list[Json] = [certificate(-10, 1085, keyId="ABCD0000-0000-4000-8000-000000000009")]
        for name, more in (("passwordCredentials", added), ("keyCredentials", keys)):
            found = members[name]
            assert isinstance(found, list)
            members[name] = [*more, *found]
        apps = Whole().app("other", **members).report().inventory.apps
        (app,) = (one for one in apps if one.id == "other")
        assert sorted(one.kind for one in credentials(app.secrets)) == [
            CredentialKind.SIGNING,
            CredentialKind.CERTIFICATE,
            CredentialKind.CLIENT,
            CredentialKind.CLIENT,
        ]

    def test_an_encryption_key_is_no_credential_of_the_app(self) -> None:
        tenant = with_keys(certificate(-1, 9, usage="Encrypt"))
        (one,) = tenant.report().inventory.registrations
        assert [each.kind for each in credentials(one.secrets)] == [CredentialKind.ENCRYPTION]

    @pytest.mark.parametrize(
        ("app", "kind", "left_out"),
        [
            ({"displayName": "P2P Server", "appOwnerOrganizationId": HERE}, "keyCredentials", True),
            ({"displayName": "P2P Server", "appOwnerOrganizationId": HERE}, "passwordCredentials", False),
            ({"displayName": "P2P Server"}, "keyCredentials", False),
            ({"displayName": "Mine", "appOwnerOrganizationId": HERE}, "keyCredentials", False),
        ],
    )  # fmt: skip
    def test_what_entra_renews_is_left_out_of_its_own_app_alone(
        self, app: Row, kind: str, *, left_out: bool
    ) -> None:
        keys: list[Json] = [certificate(-1, 9, displayName=RENEWED)]
        tenant = Whole().app("x", **app | {kind: keys})
        (found,) = holders(tenant.report().inventory)
        assert (not found.credentials) is left_out


class TestForeign:
    ID = "other-organisations-apps-have-no-credentials-here"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(), MET),
            (Whole().app("other", passwordCredentials=[secret(-10, 1)]), NOT_MET),
            (Whole().app("other", passwordCredentials=[secret(10, 20)]), NOT_MET),
            (Whole().app("other", passwordCredentials=[secret(-10, 1, displayName=RENEWED)]), NOT_MET),
            (Whole().app("microsofts", keyCredentials=[certificate(-10, 1, displayName=RENEWED)]), NOT_MET),
            (Whole().app("other", keyCredentials=[certificate(None, None)]), NOT_MET),
            (Whole().app("other", keyCredentials=[certificate(-1, 9, usage="Unheard-of")]), NOT_MET),
            (Whole().app("microsofts", passwordCredentials=[secret(-10, 1)]), NOT_MET),
            (Whole().app("microsofts", accountEnabled=False, keyCredentials=[certificate(-10, 1)]), NOT_MET),
            (Whole().app("other", passwordCredentials=[secret(-10, -1)]), MANUAL),
            (hybrid(keyCredentials=[certificate(-10, 100)]), MANUAL),
            (hybrid(keyCredentials=[certificate(-10, 1)], passwordCredentials=[secret(-1, 9)]), NOT_MET),
            (hybrid(keyCredentials=[certificate(-10, 1)], passwordCredentials=[secret(-9, -1)]), MANUAL),
            (Whole().app("microsofts", appId=MFA, keyCredentials=[certificate(-10, 700)]), MANUAL),
            (Whole().app("microsofts", appId=MFA, passwordCredentials=[secret(-10, 700)]), NOT_MET),
            (Whole().app("other", appId=MFA, keyCredentials=[certificate(-10, 700)]), NOT_MET),
            (Whole().app("fake", appId=EXCHANGE, keyCredentials=[certificate(-10, 100)]), NOT_MET),
            (Whole().app("other", **signing(-10, 1085)), MET),
            (Whole().app("other", keyCredentials=[certificate(-1, 9, usage="encrypt")]), MET),
            (Whole().app("own", passwordCredentials=[secret(-10, 1)]), MET),
            (nameless(servicePrincipalType="ManagedIdentity"), MET),
            (nameless(servicePrincipalType="Legacy"), MET),
            (nameless(servicePrincipalType="Unheard-of"), UNKNOWN),
            (nameless().app("microsofts", passwordCredentials=[secret(-10, -1)]), UNKNOWN),
            (nameless().app("microsofts", passwordCredentials=[secret(-10, 1)]), NOT_MET),
            (Whole(Tenant().refuses("organization")).app("own", keyCredentials=[certificate(-1, 9)]), UNKNOWN),
            (Whole().refuses(PRINCIPALS), UNKNOWN),
            (Whole().without("other", "keyCredentials"), UNKNOWN),
            (Whole().breaks(PRINCIPALS), UNKNOWN),
            (Whole().app("other", passwordCredentials=[secret(-10, -1)]).breaks(PRINCIPALS), UNKNOWN),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_the_riskiest_come_first_and_what_is_explained_last(self) -> None:
        tenant = hybrid(keyCredentials=[certificate(-10, 100)]).grants("other", "Mail.Send")
        tenant.app("microsofts", passwordCredentials=[secret(-10, -1), secret(-9, 1)])
        tenant.app(
            "other",
            displayName=HOSTILE,
            accountEnabled=False,
            passwordCredentials=[secret(-3, 9), secret(-2, 9)],
            keyCredentials=[certificate(None, 9)],
        )
        tenant.app("later", passwordCredentials=[secret(-8, 9)])
        found = tenant.app("gone", passwordCredentials=[secret(None, -1)]).finding(self.ID)
        assert "with valid credentials here: 3. Apps of others" in found.message
        assert found.message.endswith("that a server's setup adds: 2.")
        assert names(found) == [
            (
                f"{HOSTILE}: 2 client secrets and 1 certificate; the newest of 2026-08-30; "
                "publisher not verified; worst permission high; disabled"
            ),
            "The app later: 1 client secret; the newest of 2026-08-24; publisher not verified",
            "The app microsofts: 1 client secret; the newest of 2026-08-23; Microsoft's app",
            (
                "Office 365 Exchange Online: 1 certificate; the newest of 2026-08-22; as a hybrid "
                "setup of Exchange Server adds; Microsoft's app"
            ),
            "The app gone: 1 client secret; expired; publisher not verified",
        ]


class TestExpired:
    ID = "credentials-are-not-expired"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(), MET),
            (with_secrets(secret(-10, 1)), MET),
            (with_secrets(secret(-10, 0)), NOT_MET),
            (with_secrets(secret(None, None)), UNKNOWN),
            (with_secrets(secret(-10, -1), secret(None, None)), NOT_MET),
            (with_keys(certificate(-10, -1)), NOT_MET),
            (Whole().app("other", passwordCredentials=[secret(-10, -1)]), NOT_MET),
            (Whole().app("own", **signing(-1000, -1)), NOT_MET),
            (Whole().app("microsofts", passwordCredentials=[secret(-10, -1)]), MET),
            (Whole().app("mi", servicePrincipalType="ManagedIdentity", keyCredentials=[certificate(-100, -1)]), MET),
            (Whole().without("other", "passwordCredentials", "keyCredentials"), UNKNOWN),
            (Whole().app("other", passwordCredentials=None), UNKNOWN),
            (Whole().refuses(APPLICATIONS), UNKNOWN),
            (Whole().breaks(PRINCIPALS), UNKNOWN),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_who_has_nothing_left_comes_first(self) -> None:
        tenant = with_secrets(secret(-10, -1), secret(-1, 10), displayName="A")
        tenant.registration(
            displayName=HOSTILE,
            passwordCredentials=[secret(-20, -9), secret(-20, -3)],
            keyCredentials=[certificate(-20, -4)],
        )
        assert names(tenant.finding(self.ID)) == [
            (
                f"{HOSTILE}: registration: 2 client secrets and 1 certificate expired, the last on "
                "2026-08-29; nothing valid is left"
            ),
            "A: registration: 1 client secret expired, the last on 2026-08-31; others have not",
        ]


class TestMonth:
    ID = "credentials-outlast-a-month"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(), MET),
            (with_secrets(secret(-10, 31)), MET),
            (with_secrets(secret(-10, 30)), NOT_MET),
            (with_secrets(secret(-10, 0)), MET),
            (with_secrets(secret(-10, 3), secret(-1, 100)), MET),
            (with_secrets(secret(-10, 3), secret(None, None)), UNKNOWN),
            (with_secrets(secret(-10, 33), secret(None, None)), MET),
            (with_secrets(secret(-10, 33), keyCredentials=[certificate(-1, None)]), UNKNOWN),
            (with_secrets(secret(-10, 3), keyCredentials=[certificate(-1, 300)]), NOT_MET),
            (Whole().app("other", **signing(-1000, 20)), NOT_MET),
            (Whole().app("other", passwordCredentials=[secret(-1000, 20)]), MET),
            (Whole().app("own", passwordCredentials=[secret(-1000, 20)]), NOT_MET),
            (Whole().app("own", accountEnabled=False, passwordCredentials=[secret(-1000, 20)]), MET),
            (with_secrets(secret(-10, 3), appId="APP-own").app("own", isDisabled=True), MET),
            (with_secrets(secret(-10, 3), appId="APP-own").app("own", accountEnabled=None), NOT_MET),
            (with_secrets(secret(-10, 3), appId="APP-own", signInAudience="azureADmyorg").app("own", isDisabled=True), MET),
            (with_secrets(secret(-10, 3), appId="APP-own", signInAudience="AzureADMultipleOrgs").app("own", isDisabled=True), NOT_MET),
            (with_secrets(secret(-10, 3), appId="APP-own", signInAudience=None).app("own", isDisabled=True), NOT_MET),
            (with_secrets(secret(-10, 3), appId=None).app("own", appId=None, isDisabled=True), NOT_MET),
            (Whole().app("mi", servicePrincipalType="ManagedIdentity", keyCredentials=[certificate(-60, 30)]), MET),
            (Whole().refuses(PRINCIPALS), UNKNOWN),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_the_next_comes_first_and_a_signing_certificate_counts_once(self) -> None:
        tenant = Whole().app("other", **signing(-1000, 20))
        tenant.registration(displayName=None, passwordCredentials=[secret(-10, 2.5)])
        assert names(tenant.finding(self.ID)) == [
            "app-0: registration: the last client secret ends on 2026-09-04, in 2 days",
            (
                "The app other: enterprise app: the last SAML signing certificate ends on 2026-09-21, "
                "in 20 days"
            ),
        ]


class TestLife:
    ID = "credentials-are-short-lived"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(), MET),
            (with_secrets(secret(-10, 170)), MET),
            (with_secrets(secret(-10, 174)), MET),
            (with_secrets(secret(-10, 355)), NOT_MET),
            (with_secrets(secret(-355, -1)), MET),
            (with_keys(certificate(-10, 355)), NOT_MET),
            (Whole().app("other", **signing(-10, 1085)), MET),
            (with_secrets(secret(None, 10)), UNKNOWN),
            (with_secrets(secret(900, 10)), UNKNOWN),
            (with_secrets(secret(-10, None)), UNKNOWN),
            (with_secrets(secret(90, 10)), UNKNOWN),
            (with_secrets(secret(10, 10)), UNKNOWN),
            (with_keys(certificate(90, 10)), UNKNOWN),
            (with_secrets(secret(90, 10), secret(-10, 355)), NOT_MET),
            (with_secrets(secret(-1, -5)), MET),
            (with_secrets(secret(-10, None), secret(-10, 355)), NOT_MET),
            (Whole().refuses(APPLICATIONS, PRINCIPALS), UNKNOWN),
        ],
    )
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_the_longest_comes_first(self) -> None:
        tenant = with_secrets(secret(-1, 364), displayName="Year")
        tenant.registration(displayName="Ages", passwordCredentials=[secret(-1, 36499)])
        assert names(tenant.finding(self.ID)) == [
            "Ages: registration: 1 client secret, the longest of 36,500 days",
            "Year: registration: 1 client secret, the longest of 365 days",
        ]

    def test_times_that_say_nothing_are_named(self) -> None:
        tenant = with_secrets(secret(None, 10), secret(90, 10), secret(91, 10))
        (found,) = names(tenant.finding(self.ID))
        first, second = found.split("; ")
        assert first == "Ours: registration: 1 client secret without start or end"
        assert second == "2 client secrets with a start that is not before the end"


class TestSecrets:
    ID = "registrations-use-no-client-secrets"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(), MET),
            (with_secrets(secret(-10, -1)), MET),
            (with_keys(certificate(-10, 100)), MET),
            (with_secrets(secret(-10, 100)), MANUAL),
            (with_secrets(secret(None, None)), MANUAL),
            (Whole().app("own", passwordCredentials=[secret(-1, 10)]), MANUAL),
            (Whole().app("other", passwordCredentials=[secret(-1, 10)]), MET),
            (nameless(servicePrincipalType="ManagedIdentity"), MET),
            (nameless(servicePrincipalType="Legacy"), MANUAL),
            (nameless(), UNKNOWN),
            (
                Whole(Tenant().refuses("organization")).app(
                    "own", passwordCredentials=[secret(-1, 10)]
                ),
                UNKNOWN,
            ),
            (
                Whole(Tenant().refuses("organization")).app(
                    "own", passwordCredentials=[secret(-9, -1)]
                ),
                MET,
            ),
            (Whole().app("own", **signing(-1, 9)), MET),
            (Whole().refuses(PRINCIPALS), UNKNOWN),
            (with_secrets(secret(-10, 100)).refuses(PRINCIPALS), MANUAL),
            (Whole().breaks(APPLICATIONS), UNKNOWN),
            (Whole().refuses(APPLICATIONS), UNKNOWN),
        ],
    )
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_those_with_nothing_else_come_first(self) -> None:
        tenant = with_secrets(
            secret(-1, 9), keyCredentials=[certificate(-1, 8)], displayName="Both"
        )
        tenant.registration(displayName="Only", passwordCredentials=[secret(-1, 9)])
        keys: Json = [certificate(-1, 8, usage="Encrypt")]
        tenant.app("own", passwordCredentials=[secret(-1, 9)], keyCredentials=keys)
        assert names(tenant.finding(self.ID)) == [
            "Only: 1 client secret, no certificate",
            "The app own: enterprise app: 1 client secret, no certificate",
            "Both: 1 client secret, certificates beside it",
        ]


class TestExact:
    ID = "redirect-uris-are-encrypted-and-exact"

    @pytest.mark.parametrize(
        ("uri", "said"),
        [
            ("https://app.contoso.example/cb", MET),
            ("HTTPS://App.Contoso.Example:443/cb", MET),
            ("http://localhost", MET),
            ("http://LOCALHOST:8400/cb", MET),
            ("http://127.0.0.1/cb", MET),
            ("http://127.8.9.1:5000", MET),
            ("http://[::1]:5000", MET),
            ("http://[0:0:0:0:0:0:0:1]/cb", MET),
            ("http://[2001:db8::1]/cb", NOT_MET),
            ("http://127.0.0.1.nip.example/cb", NOT_MET),
            ("urn:ietf:wg:oauth:2.0:oob", MET),
            ("msal12345://auth", MET),
            ("ms-appx-web://Microsoft.AAD.BrokerPlugin/S-1-15-2", MET),
            ("com.contoso.app://*", MET),
            ("", UNKNOWN),
            ("contoso.example/cb", UNKNOWN),
            ("//contoso.example/cb", UNKNOWN),
            ("https:contoso.example", UNKNOWN),
            ("https://good.example\\@evil.example/cb", UNKNOWN),
            ("http://good.example@evil.example/cb", NOT_MET),
            ("http://localhost@evil.example/cb", NOT_MET),
            ("http://localhost:x@evil.example/cb", NOT_MET),
            ("ht\ttp://app.contoso.example", NOT_MET),
            ("http://localhost./cb", MET),
            ("http://[::ffff:127.0.0.1]/cb", MET),
            ("http://[::ffff:10.0.0.1]/cb", NOT_MET),
            ("http://[fe80::1%25eth0]/cb", NOT_MET),
            ("http://app.localhost/cb", MET),
            ("http://xn--lclhost-c2a.example", NOT_MET),
            ("http://l\u043ecalhost/cb", NOT_MET),
            ("https://b\u00fccher.example/cb", MET),
            ("https://\u202e.example/cb", UNKNOWN),
            ("https://" + "x" * 300 + ".\u00fc/cb", UNKNOWN),
            ("ms-app://S-1-15-2-0000", MET),
            ("api://contoso.example/auth", MET),
            ("brk-multihub://localhost", MET),
            ("http://app.contoso.example", NOT_MET),
            (" HTTP://app.contoso.example ", NOT_MET),
            ("http://10.0.0.1/cb", NOT_MET),
            ("http://localhost.evil.example", NOT_MET),
            ("https://*.contoso.example/cb", NOT_MET),
            ("https://app.contoso.example/*", NOT_MET),
            ("http://localhost/*", NOT_MET),
            ("https://", UNKNOWN),
            ("https://[::1", UNKNOWN),
            ("http://[not an address]/", UNKNOWN),
            (f"javascript:{HOSTILE}", MET),
        ],
    )
    def test_says(self, uri: str, said: Judgement) -> None:
        assert Whole().redirects(uri).finding(self.ID).outcome is said

    @pytest.mark.parametrize("platform", ["web", "spa", "publicClient"])
    def test_every_platform_counts(self, platform: str) -> None:
        tenant = Whole().redirects("http://a.example", platform=platform)
        assert names(tenant.finding(self.ID)) == ["Ours: http: http://a.example"]

    def test_without_registrations_it_is_unknown(self) -> None:
        assert Whole().refuses(APPLICATIONS).finding(self.ID).outcome is UNKNOWN


class TestLocalhost:
    ID = "production-apps-do-not-redirect-to-localhost"

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(), MET),
            (Whole().redirects("http://localhost:3000"), MET),
            (Whole().redirects("https://app.example"), MET),
            (Whole().redirects("https://app.example", "http://localhost:3000"), NOT_MET),
            (Whole().redirects("https://app.example", "https://127.0.0.1"), NOT_MET),
            (Whole().redirects("https://app.example", publicClient={"redirectUris": ["http://localhost"]}), MET),
            (Whole().redirects("https://app.example", spa={"redirectUris": ["http://localhost"]}), NOT_MET),
            (Whole().redirects("https://app.example", "urn:ietf:wg:oauth:2.0:oob"), MET),
            (Whole().redirects("https://app.example").redirects("http://localhost"), MET),
            (Whole().breaks(APPLICATIONS), UNKNOWN),
        ],
    )  # fmt: skip
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_both_are_named(self) -> None:
        tenant = Whole().redirects("https://app.example", "http://localhost:3000")
        found = names(tenant.finding(self.ID))
        assert found == ["Ours: http://localhost:3000 beside https://app.example"]


def on_shared_domain(uri: str) -> bool:
    found = Registration("", "", "", None, "", "", (("web", uri),), (), ())
    return all(map(is_on_shared_domain, redirects(found)))


class TestHeld:
    ID = "redirect-hosts-are-still-held"

    @pytest.mark.parametrize(
        "host",
        [
            "contoso.azurewebsites.net",
            "Contoso.AzureWebsites.net.",
            "contoso.scm.azurewebsites.net",
            "contoso.westeurope.cloudapp.azure.com",
            "contoso.trafficmanager.net",
            "contoso.blob.core.windows.net",
            "contoso.github.io",
            "a.b.herokuapp.com",
            "contoso.z6.web.core.windows.net",
            "a.ngrok-free.app",
        ],
    )
    def test_names_that_anybody_can_get(self, host: str) -> None:
        assert on_shared_domain(f"https://{host}/cb")

    @pytest.mark.parametrize(
        "host",
        [
            "contoso-a1b2c3d4e5f6g7h8.westeurope-01.azurewebsites.net",
            "azurewebsites.net",
            "contosoazurewebsites.net",
            "azurewebsites.net.contoso.example",
            "app.contoso.example",
            "localhost",
        ],
    )
    def test_other_names(self, host: str) -> None:
        assert not on_shared_domain(f"https://{host}/cb")

    @pytest.mark.parametrize(
        ("tenant", "said"),
        [
            (Whole(), MET),
            (Whole().redirects("https://app.contoso.example"), MET),
            (Whole().redirects("https://a.azurewebsites.net"), MANUAL),
            (Whole().refuses(APPLICATIONS), UNKNOWN),
        ],
    )
    def test_says(self, tenant: Whole, said: Judgement) -> None:
        assert tenant.finding(self.ID).outcome is said

    def test_a_host_is_named_once_for_each_registration(self) -> None:
        tenant = Whole().redirects("https://a.github.io/1", "https://a.github.io/2")
        assert names(tenant.redirects("https://a.github.io").finding(self.ID)) == [
            "Ours: a.github.io",
            "Ours: a.github.io",
        ]


class TestDomains:
    ID = "redirect-domains-are-the-tenants"

    @pytest.mark.parametrize(
        ("uri", "said"),
        [
            ("https://contoso.example/cb", MET),
            ("https://deep.APP.contoso.example/cb", MET),
            ("https://localhost", MET),
            ("https://login.microsoftonline.com/cb", MET),
            ("https://a.azurewebsites.net", MET),
            ("urn:ietf:wg:oauth:2.0:oob", MET),
            ("https://CONTOSO.example./cb", MET),
            ("https://www.B\u00dcCHER.example/cb", MET),
            ("https://xn--bcher-kva.example/cb", MET),
            ("https://notcontoso.example/cb", MANUAL),
            ("https://contoso.example@evil.example/cb", MANUAL),
            ("https://evil.example/?x=contoso.example", MANUAL),
            ("https://evil.example#contoso.example", MANUAL),
            ("https://c\u043entoso.example/cb", MANUAL),
            ("https://contoso.example.evil.example", MANUAL),
            ("https://vendor.example", MANUAL),
        ],
    )
    def test_says(self, uri: str, said: Judgement) -> None:
        tenant = Whole(
            domains("Contoso.example", "contoso.onmicrosoft.com", "b\u00fccher.example")
        ).redirects(uri)
        assert tenant.finding(self.ID).outcome is said

    @pytest.mark.parametrize(
        ("audience", "said"),
        [("AzureADMultipleOrgs", MET), (None, UNKNOWN), ("Unheard-of", UNKNOWN)],
    )
    def test_other_audiences_are_left_out(self, audience: str | None, said: Judgement) -> None:
        tenant = Whole(domains("contoso.example"))
        tenant.redirects("https://vendor.example", signInAudience=audience)
        assert tenant.finding(self.ID).outcome is said
        tenant = Whole(domains("contoso.example"))
        tenant.redirects("https://contoso.example", signInAudience=audience)
        assert tenant.finding(self.ID).outcome is MET

    def test_without_domains_it_is_unknown(self) -> None:
        for tenant in (Tenant(), Tenant().refuses("organization")):
            found = Whole(tenant).redirects("https://vendor.example").finding(self.ID)
            assert found.outcome is UNKNOWN
        assert Whole(domains("a.example")).refuses(APPLICATIONS).finding(self.ID).outcome is UNKNOWN

    def test_hosts_are_named_once_and_cut(self) -> None:
        hosts = [f"https://{one}.vendor.example/x" for one in "aabcde"]
        found = Whole(domains("contoso.example")).redirects(*hosts).finding(self.ID)
        assert names(found) == [
            "Ours: a.vendor.example, b.vendor.example, c.vendor.example and 2 more"
        ]


@pytest.mark.parametrize(
    "uri", ["https://a.azurewebsites.net\\@x/", "https://[::1", "//a.github.io"]
)
@pytest.mark.parametrize("check", [TestLocalhost.ID, TestHeld.ID, TestDomains.ID])
def test_an_address_that_cannot_be_understood_may_lead_anywhere(check: str, uri: str) -> None:
    tenant = Whole(domains("a.example")).redirects("https://a.example", uri)
    found = tenant.finding(check)
    assert found.outcome is UNKNOWN
    assert names(found) == [f"Ours: not understood: {uri}"]


class TestMultiTenant:
    ID = "multi-tenant-registrations-are-verified"

    @pytest.mark.parametrize(
        ("members", "said"),
        [
            ({"signInAudience": "AzureADMyOrg"}, MET),
            ({"signInAudience": "PersonalMicrosoftAccount"}, MET),
            ({"signInAudience": "azureadMULTIPLEorgs"}, NOT_MET),
            ({"signInAudience": "AzureADandPersonalMicrosoftAccount"}, NOT_MET),
            ({"signInAudience": "AzureADMultipleOrgs", "verifiedPublisher": VERIFIED}, MET),
            ({"signInAudience": "AzureADMultipleOrgs", "verifiedPublisher": None}, NOT_MET),
            ({"signInAudience": None}, UNKNOWN),
            ({"signInAudience": "Unheard-of"}, UNKNOWN),
        ],
    )
    def test_says(self, members: Row, said: Judgement) -> None:
        assert Whole().registration(**members).finding(self.ID).outcome is said

    def test_refusals_and_clouds(self) -> None:
        assert Whole().refuses(APPLICATIONS).finding(self.ID).outcome is UNKNOWN
        china = Whole(Tenant(Cloud.CHINA)).registration(signInAudience="AzureADMultipleOrgs")
        assert china.finding(self.ID).outcome is NOT_APPLICABLE
