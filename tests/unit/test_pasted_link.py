"""Links as people paste them, hostile ones among them."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.errors import UsageError
from auditor.model.cloud import Cloud
from auditor.pasted_link import LinkKind, PastedLink, check_place, parse_link

APP = "8ab1b2c3-0000-4000-8000-00000000000d"
TENANT = "3ce3e0f8-4a1e-4e17-ad50-f86b85602704"
V2 = "oauth2/v2.0/authorize"
SECRETS = {
    "code": "SECRET-1",
    "id_token": "SECRET-2",
    "state": "SECRET-3",
    "nonce": "SECRET-4",
    "client_secret": "SECRET-5",
    "access_token": "SECRET-6",
    "login_hint": "SECRET-7@contoso.com",
}


def url(
    path: str = V2, tenant: str = "common", host: str = "login.microsoftonline.com", **query: str
) -> str:
    return f"https://{host}/{tenant}/{path}?{urlencode({'client_id': APP} | query)}"


def refused(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse_link(text)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 400
    return message


class TestKinds:
    def test_authorize_v2(self) -> None:
        link = parse_link(
            url(
                scope="openid Mail.Read https://outlook.office.com/SMTP.Send Mail.Read",
                prompt="login consent",
                redirect_uri="https://app.example/cb",
            )
        )
        assert link == PastedLink(
            kind=LinkKind.AUTHORIZE,
            version=2,
            clouds=frozenset({Cloud.GLOBAL}),
            tenant="",
            personal=False,
            app_id=APP,
            scopes=("openid", "Mail.Read", "https://outlook.office.com/SMTP.Send"),
            default_scope=False,
            prompt_consent=True,
            redirect_uri="https://app.example/cb",
        )

    @pytest.mark.parametrize(
        ("path", "query", "kind", "version", "default"),
        [
            ("oauth2/authorize", {"resource": "https://graph.microsoft.com"}, "authorize", 1, True),
            ("OAuth2/Authorize/", {}, "authorize", 1, True),
            ("oauth2/authorize", {"prompt": "admin_consent"}, "admin-consent", 1, True),
            (V2, {"scope": "https://graph.microsoft.com/.default"}, "authorize", 2, True),
            (V2, {"scope": "https://graph.microsoft.com//.DEFAULT openid"}, "authorize", 2, True),
            (V2, {"scope": f"api://{APP}/.default"}, "authorize", 2, True),
            ("adminconsent", {}, "admin-consent", 1, True),
            ("v2.0/adminconsent", {"scope": "Mail.Read"}, "admin-consent", 2, False),
        ],
    )
    def test_others(
        self, path: str, query: dict[str, str], kind: str, version: int, *, default: bool
    ) -> None:
        link = parse_link(url(path, **query))
        assert (link.kind, link.version, link.default_scope) == (kind, version, default)
        assert link.app_id == APP

    def test_error_redirect(self) -> None:
        text = f"AADSTS65001: not consented to use the application with ID '{APP.upper()}' named x"
        query = urlencode({"error": "access_denied", "error_description": text, "tenant": TENANT})
        for mark in "?#":
            link = parse_link(f"https://app.example/cb{mark}{query}")
            assert link.kind is LinkKind.ERROR
            assert (link.app_id, link.tenant) == (APP, TENANT)
            assert link.redirect_uri == "https://app.example/cb"
            assert link.clouds == frozenset()

    def test_error_redirect_of_a_native_app_and_of_microsoft(self) -> None:
        native = parse_link("msauth.example.app://auth?error=access_denied")
        assert (native.redirect_uri, native.app_id) == ("msauth.example.app://auth", "")
        own = parse_link("https://login.microsoftonline.com/common/x?error=access_denied")
        assert own.redirect_uri == ""

    def test_html_and_mail_leave_their_marks(self) -> None:
        text = url(scope="Mail.Read").replace("&", "&amp;")
        assert parse_link(f" <{text}>\n").scopes == ("Mail.Read",)


class TestTenant:
    @pytest.mark.parametrize(
        ("given_tenant", "tenant", "personal"),
        [
            ("common", "", False),
            ("Organizations", "", False),
            ("consumers", "", True),
            ("9188040D-6C67-4C5B-B112-36A304B66DAD", "", True),
            (TENANT.upper(), TENANT, False),
            ("Contoso.onmicrosoft.com", "contoso.onmicrosoft.com", False),
        ],
    )
    def test_forms(self, given_tenant: str, tenant: str, *, personal: bool) -> None:
        link = parse_link(url(tenant=given_tenant, scope="Mail.Read"))
        assert (link.tenant, link.personal) == (tenant, personal)

    @pytest.mark.parametrize("tenant", ["-", "%2e%2e", "a b", "x" * 300, "contoso"])
    def test_wrong_ones(self, tenant: str) -> None:
        refused(url(tenant=tenant, scope="Mail.Read"))

    @pytest.mark.parametrize(
        ("host", "clouds"),
        [
            ("LOGIN.microsoftonline.com", {Cloud.GLOBAL}),
            ("login.microsoftonline.com:443", {Cloud.GLOBAL}),
            ("login.windows.net", {Cloud.GLOBAL}),
            ("login.microsoftonline.us", {Cloud.US_GOV_L4, Cloud.US_GOV_L5}),
            ("login.partner.microsoftonline.cn", {Cloud.CHINA}),
            ("login.chinacloudapi.cn", {Cloud.CHINA}),
        ],
    )
    def test_cloud(self, host: str, clouds: set[Cloud]) -> None:
        assert parse_link(url(host=host, scope="Mail.Read")).clouds == clouds


class TestPlace:
    def check(self, tenant: str, *names: str, cloud: Cloud = Cloud.GLOBAL) -> None:
        check_place(parse_link(url(tenant=tenant, scope="Mail.Read")), cloud, names)

    def test_fits(self) -> None:
        self.check("common", TENANT)
        self.check(TENANT, TENANT)
        self.check("contoso.com", TENANT, "contoso.com")
        self.check("contoso.com", TENANT)  # no domain is known
        self.check(TENANT)

    @pytest.mark.parametrize("tenant", [APP, "fabrikam.com", "consumers"])
    def test_contradicts(self, tenant: str) -> None:
        with pytest.raises(UsageError, match="--url is a link"):
            self.check(tenant, TENANT, "contoso.com")

    def test_contradicts_the_cloud(self) -> None:
        with pytest.raises(UsageError, match=r"link of the cloud global, and .* in china"):
            self.check("common", cloud=Cloud.CHINA)


class TestRedirectUri:
    @pytest.mark.parametrize(
        "uri", ["https://app.example/Cb/", "myapp://auth", "urn:ietf:wg:oauth:2.0:oob"]
    )
    def test_kept(self, uri: str) -> None:
        assert parse_link(url(scope="User.Read", redirect_uri=uri)).redirect_uri == uri

    @pytest.mark.parametrize(
        "uri",
        [
            "http://localhost:52731/",
            "http://127.0.0.1:1/",
            "https://app.example/cb?token=SECRET",
            "https://user:SECRET@app.example/cb",
            "https://app.example/\u202egnp",
            "https://app.example/\x1b[31m",
            "https://[::1",
            "<script>",
            "x" * 5000,
        ],
    )
    def test_left_out(self, uri: str) -> None:
        assert parse_link(url(scope="User.Read", redirect_uri=uri)).redirect_uri == ""


class TestRefused:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hello",
            "https://",
            "https://[",
            "https://login.microsoftonline.com:99999/common/oauth2/authorize",
            url(host="login.microsoftonline.com:8443"),
            url(host="login.microsoftonline.com@evil.example"),
            url(host="evil@login.microsoftonline.com"),
            url(host="login.microsoftonline.com.evil.example"),
            url(host="login.microsoftonline.com."),
            url(host="login.microsoftonl\u0456ne.com"),
            url(host="xn--login-microsoftonline-com.example"),
            url(scope="Mail.Read").replace("https", "http"),
            url("reprocess"),
            "javascript:alert(1)",
            url(scope="Mail.Read") + "\u202e",
            url(scope="Mail.Read") + "\x1b[31m",
            url(scope="Mail.Read").replace("common", "com\nmon"),
            url(scope="Mail.Read") + "\ud800",
            url(client_id="<script>alert(1)</script>"),
            url(client_id=""),
            url(scope="Mail.Read") + "&client_id=" + TENANT,
            url(scope="Mail.Read\x1b[31m\u202e<script>"),
            url(scope="https://vault.azure.net/user_impersonation"),
            url() + "&a=b" * 200,
            url(scope="x" * 40_000),
        ],
    )
    def test_in_one_line(self, text: str) -> None:
        assert "script" not in refused(text)

    def test_a_scope_is_named_where_that_is_harmless(self) -> None:
        assert "'Mail/'" in refused(url(scope="openid Mail/"))
        assert "number 2" in refused(url(scope="openid state=SECRET"))


class TestSecrets:
    def test_nothing_is_kept(self) -> None:
        asked = parse_link(url(scope="Mail.Read", **SECRETS) + "#" + urlencode(SECRETS))
        ended = parse_link("https://app.example/cb?" + urlencode({"error": "x"} | SECRETS))
        assert "SECRET" not in repr(asked) + repr(ended)

    @pytest.mark.parametrize("name", SECRETS)
    def test_nothing_is_said(self, name: str) -> None:
        secret = SECRETS[name]
        for text in (
            f"https://app.example/cb?{name}={secret}",
            url(client_id="x", **{name: secret}),
            f"https://login.microsoftonline.com/{name}={secret}/oauth2/authorize?client_id={APP}",
            url() + f"&{name}={secret}&{name}=SECRET-other&scope=Mail/",
        ):
            assert "SECRET" not in refused(text)


PARTS = st.sampled_from(
    [
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?",
        "https://app.example/cb#",
        f"client_id={APP}",
        "&scope=",
        "Mail.Read",
        ".default",
        "&error=",
        "&redirect_uri=",
        "%00",
        "%ud800",
        "%25",
        "&amp;",
        "\u202e",
        "[",
        "@",
        "\x1b",
        "\ud800",
        "&tenant=",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PARTS | st.text(max_size=8) | st.text(max_size=8).map(ascii).map(quote)).map("".join)
)
@example("https://\u2100.example/?error=x")
def test_fuzz(text: str) -> None:
    try:
        link = parse_link(text)
    except UsageError as error:
        assert str(error).isprintable()  # noqa: PT017 - either way is right
    else:
        kept = [link.tenant, link.app_id, link.redirect_uri, *link.scopes]
        assert all(one.isascii() and one.isprintable() for one in kept)
