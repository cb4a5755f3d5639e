"""How long the client waits, and what it makes of what it is given."""

import gzip
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from auditor.errors import UsageError
from auditor.graph.answer import Answer, unpacked
from auditor.graph.patience import Patience
from auditor.graph.settings import Auth, Connection, SignIn, make_connection
from auditor.graph.sign_in import certificate_data, make_credential, pick
from auditor.graph.wire import ssl_context
from auditor.model.cloud import ENDPOINTS, Cloud

_NOW = datetime(2026, 8, 20, 9, tzinfo=UTC)
_BUSY = Answer(429, {}, b"{}")


def _patience(max_wait: float = 300.0, spread: float = 1.0) -> Patience:
    return Patience(max_wait, clock=lambda: _NOW, spread=lambda: spread)


def _after(value: str, max_wait: float = 300.0) -> float | None:
    return _patience(max_wait).next_wait({"retry-after": value})


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "graph.example.org"])
def test_tests_stay_on_loopback(host: str) -> None:
    with pytest.raises(RuntimeError, match="tests stay on loopback"):
        socket.create_connection((host, 443))


def test_tests_connect_to_loopback_alone() -> None:
    with socket.socket() as one, pytest.raises(RuntimeError, match="tests stay on loopback"):
        one.connect(("192.0.2.1", 443))


class TestPatience:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("0", 0),
            ("7", 7),
            (" 7 ", 7),
            ("1.5", 1.5),
            (format_datetime(_NOW + timedelta(seconds=30), usegmt=True), 30),
            (format_datetime(_NOW - timedelta(seconds=30), usegmt=True), 0),
            ("Thu, 20 Aug 2026 09:00:10", 10),
            ("Thu, 20 Aug 2026 11:00:10 +0200", 10),
        ],
    )
    def test_asked(self, value: str, seconds: float) -> None:
        assert _after(value) == seconds

    @pytest.mark.parametrize(
        "value", ["", "soon", "-5", "1e9", "٣", "Thu, 99 Aug 2026 09:00:10 GMT", "inf", "nan"]
    )
    def test_nothing_usable_is_asked(self, value: str) -> None:
        assert _after(value) == 1.0

    def test_waits_grow_and_end(self) -> None:
        patience = _patience()
        assert [patience.next_wait({}) for _ in range(6)] == [1, 2, 4, 8, 16, None]
        assert patience.given_up(_BUSY) is _BUSY

    def test_waits_are_spread(self) -> None:
        assert _patience(spread=0.0).next_wait({}) == 0.5

    def test_one_wait_is_never_longer_than_half_a_minute(self) -> None:
        patience = _patience(spread=0.9)
        assert max(patience.next_wait({}) or 0 for _ in range(5)) <= 30

    def test_limit(self) -> None:
        patience = _patience(10)
        assert patience.next_wait({"retry-after": "6"}) == 6
        assert patience.next_wait({"retry-after": "4"}) == 4
        assert patience.next_wait({"retry-after": "0"}) == 0
        assert patience.next_wait({"retry-after": "1"}) is None
        assert patience.given_up(_BUSY).failure == (
            "HTTP 429: Graph asks to wait 1 s, more than --max-wait leaves"
        )

    def test_no_waiting_at_all(self) -> None:
        assert _after("0", max_wait=0) == 0
        assert _after("1", max_wait=0) is None
        patience = _patience(0)
        assert patience.next_wait({}) is None
        assert patience.given_up(_BUSY) is _BUSY


class TestUnpacked:
    PACKED = gzip.compress(b'{"value":[]}', mtime=0)

    @pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip "])
    def test_gzip(self, encoding: str) -> None:
        headers = {"content-encoding": encoding}
        assert unpacked(headers, self.PACKED) == b'{"value":[]}'
        assert unpacked(headers, b"") == b""

    @pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
    def test_as_it_is(self, encoding: str) -> None:
        assert unpacked({"content-encoding": encoding}, b"x") == b"x"
        assert unpacked({}, b"x") == b"x"

    def test_several_members(self) -> None:
        found = unpacked({"content-encoding": "gzip"}, gzip.compress(b"a") + gzip.compress(b"b"))
        assert found == b"ab"

    @pytest.mark.parametrize("size", [10, 11])
    def test_no_more_than_allowed(self, size: int) -> None:
        packed = gzip.compress(b"\0" * 5) + gzip.compress(b"\0" * (size - 5))
        headers = {"content-encoding": "gzip"}
        if size == 10:
            assert unpacked(headers, packed, 10) == bytes(10)
            return
        with pytest.raises(httpx.DecodingError, match="larger than 10 bytes"):
            unpacked(headers, packed, 10)

    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            (PACKED[:5], "cut off"),
            (PACKED[:-1], "cut off"),
            (PACKED + b"junk", "damaged"),
            (PACKED[:-8] + bytes(8), "damaged"),
            (b"plain", "damaged"),
        ],
    )
    def test_damage(self, body: bytes, problem: str) -> None:
        with pytest.raises(httpx.DecodingError, match=problem):
            unpacked({"content-encoding": "gzip"}, body)

    def test_another_encoding(self) -> None:
        with pytest.raises(httpx.DecodingError, match="encoded as br, which was not asked for"):
            unpacked({"content-encoding": "br"}, b"x")


class TestConnection:
    @pytest.mark.parametrize("cloud", Cloud)
    def test_own_hosts(self, cloud: Cloud) -> None:
        found = _connection(cloud)
        assert found.graph_url == ENDPOINTS[cloud].graph
        assert found.authority_url == ENDPOINTS[cloud].authority
        assert found.scope == f"{ENDPOINTS[cloud].graph}/.default"
        assert not found.own_authority

    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("graph.example.org", "https://graph.example.org"),
            ("graph.example.org:8443", "https://graph.example.org:8443"),
            ("https://graph.example.org/", "https://graph.example.org"),
            ("https://GRAPH.example.org:8443", "https://graph.example.org:8443"),
            ("HTTPS://graph.example.org", "https://graph.example.org"),
            ("[::1]:8443", "https://[::1]:8443"),
        ],
    )
    def test_forms(self, text: str, url: str) -> None:
        found = _connection(graph_url=text, authority_url=text)
        assert found.graph_url == found.authority_url == url
        assert found.own_authority
        assert found.scope == "https://graph.microsoft.com/.default"

    @pytest.mark.parametrize(
        "text",
        [
            "http://graph.example.org",
            "ftp://graph.example.org",
            "https://",
            "https://user@graph.example.org",
            "https://graph.example.org/v1.0",
            "https://graph.example.org?x",
            "https://graph.example.org?x=1",
            "https://graph.example.org#x",
            "graph.example.org:port",
            "graph.example.org:99999",
            "https://[",
            "https://gr aph.example.org",
            "https://graph.example.org\\@evil.example",
        ],
    )
    @pytest.mark.parametrize("option", ["--graph-url", "--authority-url"])
    def test_refused(self, text: str, option: str) -> None:
        graph, authority = (text, "") if option == "--graph-url" else ("", text)
        with pytest.raises(UsageError, match=f"{option} is .* host and port alone"):
            _connection(graph_url=graph, authority_url=authority)

    def test_another_clouds_authority_is_no_own_one(self) -> None:
        found = _connection(authority_url="login.microsoftonline.us")
        assert not found.own_authority


def _connection(
    cloud: Cloud = Cloud.GLOBAL, graph_url: str = "", authority_url: str = ""
) -> Connection:
    return make_connection(
        cloud, graph_url=graph_url, authority_url=authority_url, ca_file="", max_wait=300
    )


def _sign_in(auth: Auth = Auth.AUTO, **given: str) -> SignIn:
    return SignIn(
        auth=auth,
        tenant=given.get("tenant", "contoso.example"),
        client_id=given.get("client_id", "client"),
        secret=given.get("secret", ""),
        certificate_path=given.get("certificate_path", ""),
        certificate=given.get("certificate", ""),
        certificate_password=given.get("certificate_password", ""),
        federated_token_file=given.get("federated_token_file", ""),
        managed_identity=bool(given.get("managed_identity")),
    )


class TestPick:
    def test_order(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        az = tmp_path / "az"
        az.touch(mode=0o755)
        given = {
            "secret": Auth.SECRET,
            "certificate": Auth.CERTIFICATE,
            "certificate_path": Auth.CERTIFICATE,
            "federated_token_file": Auth.WORKLOAD_IDENTITY,
            "managed_identity": Auth.MANAGED_IDENTITY,
        }
        left = dict.fromkeys(given, "x")
        for name, auth in given.items():
            assert pick(_sign_in(Auth.AUTO, **left)) is auth
            del left[name]
        assert pick(_sign_in()) is Auth.AZURE_CLI
        az.unlink()
        with pytest.raises(UsageError, match="nothing to sign in with"):
            pick(_sign_in())

    @pytest.mark.parametrize("auth", [one for one in Auth if one is not Auth.AUTO])
    def test_what_is_asked_for(self, auth: Auth) -> None:
        assert pick(_sign_in(auth, secret="x")) is auth

    def test_secrets_are_never_shown(self) -> None:
        shown = repr(_sign_in(secret="s1", certificate="s2", certificate_password="s3"))
        assert not any(one in shown for one in ("s1", "s2", "s3"))


class TestCertificate:
    def test_nothing_is_given(self) -> None:
        with pytest.raises(UsageError, match="CONSENT_AUDITOR_CERTIFICATE"):
            certificate_data(_sign_in())

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot be read: Is a directory"):
            certificate_data(_sign_in(certificate_path=str(tmp_path)))

    @pytest.mark.parametrize("text", ["\udcff-----BEGIN", "\udcff", "a", "%%%%"])
    def test_nonsense(self, text: str) -> None:
        with pytest.raises(UsageError, match="neither PEM text nor a PEM or PFX file in base64"):
            certificate_data(_sign_in(certificate=text))

    def test_base64_in_lines(self) -> None:
        assert certificate_data(_sign_in(certificate="QUJD\nREVG\n")) == b"ABCDEF"

    def test_without_its_key(self) -> None:
        text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        sign_in = _sign_in(Auth.CERTIFICATE, certificate=text)
        with pytest.raises(UsageError, match="AZURE_CLIENT_CERTIFICATE_PASSWORD"):
            make_credential(sign_in, _connection())


class TestTrust:
    def test_usual(self) -> None:
        assert ssl_context("") is True

    def test_folder(self, tmp_path: Path) -> None:
        assert ssl_context(str(tmp_path)) is not True

    @pytest.mark.parametrize("content", [None, "", "nonsense"])
    def test_unusable(self, tmp_path: Path, content: str | None) -> None:
        file = tmp_path / "ca.pem"
        if content is not None:
            file.write_text(content)
        with pytest.raises(UsageError, match=r"ca\.pem \(SSL_CERT_FILE, REQUESTS_CA_BUNDLE\)"):
            ssl_context(str(file))
