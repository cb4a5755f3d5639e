"""``consent-auditor doctor`` against the fake cloud: each thing that can be wrong, and its line."""

import gc
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha1
from pathlib import Path

import pytest

from auditor.setup.certificate import make_key_pair
from auditor.setup.permissions import needed_permissions
from auditor.sources import load
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud, StartCloud
from tests.fakes.live import ROOT, Ended, run, run_here, served
from tests.fakes.proxy import ConnectProxy
from tests.fakes.wire import Json, Reply

NEEDED = frozenset(one.value for one in needed_permissions(person=True))
PERSON = "11111111-2222-4333-8444-555555555555"
CHECKS = [
    "configuration",
    "certificate",
    "private-ca",
    "proxy",
    "authority",
    "graph",
    "clock",
    "tenant",
    "sign-in",
    "token",
    "permissions",
    "sources",
]


@pytest.fixture
def cloud(start_cloud: StartCloud) -> FakeCloud:
    return start_cloud(served("ready"), roles=NEEDED)


def doctor(cloud: FakeCloud, environment: dict[str, str], *more: str) -> Ended:
    return run_here(environment, "doctor", *more, cwd=cloud.folder)


def lines(ended: Ended, *words: str) -> list[str]:
    """The lines that begin with a result and a check, and have these words."""
    found = ended.out.decode().splitlines()
    heads, rest = words[:2], words[2:]
    return [
        one
        for one in found
        if one.split()[: len(heads)] == [*heads] and all(word in one for word in rest)
    ]


def without(environment: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}


def answered(body: str) -> faults.Fault:
    """Answer 200 with a body that claims to be JSON."""
    headers = {"Content-Type": "application/json"}
    return lambda _request, _answer: Reply(200, body.encode(), headers)


def name_in_folder(common_name: str) -> str:
    """The name by which OpenSSL finds a CA's certificate in a folder; the CN in lower case."""
    text = common_name.encode()
    attribute = b"\x06\x03\x55\x04\x03\x0c" + bytes([len(text)]) + text
    pair = b"\x30" + bytes([len(attribute)]) + attribute
    name = b"\x31" + bytes([len(pair)]) + pair
    return f"{int.from_bytes(sha1(name, usedforsecurity=False).digest()[:4], 'little'):08x}.0"


def dated(cloud: FakeCloud, by: timedelta) -> None:
    fault = faults.dated(format_datetime(datetime.now(UTC) + by, usegmt=True))
    cloud.entra_faults.add("/*/openid-configuration", fault)
    cloud.faults.add("/organization", fault)


class TestFine:
    def test_every_check_is_made(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, cloud.environment(), "--user-id", PERSON)
        assert ended.code == 0
        assert ended.err == "consent-auditor: signing in with a client secret\n"
        made = dict.fromkeys(line.split()[1] for line in ended.out.decode().splitlines())
        assert [*made] == [one for one in CHECKS if one != "certificate"]
        assert {line.split()[0] for line in ended.out.decode().splitlines()} == {"ok", "skipped"}
        assert lines(ended, "skipped") == lines(ended, "skipped", "sources", "tenant-wide-grants")
        assert lines(ended, "ok", "permissions") == lines(ended, "ok", "permissions", "all 7 are")
        assert {line.split()[2].strip(":") for line in lines(ended, "ok", "sources")} == {
            one.name for one in load()
        } - {"tenant-wide-grants"}

    def test_one_token_and_reads_of_graph_alone(self, cloud: FakeCloud) -> None:
        doctor(cloud, cloud.environment())
        assert cloud.counts["tokens"] == 1
        first, *others = cloud.requests
        assert not first.with_token
        assert all(one.with_token for one in others)
        assert {one.method for one in cloud.reads} == {"GET"}

    def test_without_a_person_its_permission_is_no_fault(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 0
        assert lines(ended, "ok", "permissions", "User.Read.All: only --user-id needs it")

    def test_values_and_secrets_are_not_shown(self, cloud: FakeCloud) -> None:
        environment = cloud.environment() | {"AZURE_TENANT_ID": "secret tenant/s3cr3t"}
        ended = doctor(cloud, environment)
        assert b"s3cr3t" not in ended.out
        assert cloud.secret.encode() not in doctor(cloud, cloud.environment()).out

    def test_as_a_process(self, cloud: FakeCloud) -> None:
        ended = run(cloud.environment(), "doctor", "--quiet", cwd=cloud.folder)
        assert (ended.code, ended.err) == (0, "")

    def test_the_documented_example(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = NEEDED - {"Policy.Read.PermissionGrant"} | {"Mail.Send"}
        ended = doctor(cloud, cloud.environment())
        page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
        said = page.partition("```text\n")[2].partition("```")[0]
        hosts = {cloud.authority_url: "https://login.microsoftonline.com"}
        hosts[cloud.graph_url] = "https://graph.microsoft.com"
        printed = ended.out.decode()
        for here, there in hosts.items():
            printed = printed.replace(here.removeprefix("https://"), there.removeprefix("https://"))

        def told(text: str) -> list[str]:
            """All that is the same in every tenant, on every day."""
            rows = [
                one for one in text.splitlines() if one.split()[1] not in {"private-ca", "token"}
            ]
            return [one.rstrip() for one in rows]

        assert told(printed) == told(said)

    def test_json(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = NEEDED - {"Policy.Read.All"}
        ended = doctor(cloud, cloud.environment(), "--format", "json")
        found = json.loads(ended.out)
        assert found["schema"] == "consent-auditor/doctor/v1"
        assert found["exit_code"] == ended.code == 4
        (permissions,) = [one for one in found["checks"] if one["check"] == "permissions"]
        assert permissions["observations"][0]["result"] == "failed"
        assert permissions["observations"][0]["about"] == "Policy.Read.All"
        assert permissions["observations"][0]["fix"]


class TestConfiguration:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"AZURE_TENANT_ID": "common/x"}, ("configuration", "AZURE_TENANT_ID is neither")),
            ({"AZURE_TENANT_ID": ""}, ("configuration", "tenant: none is given")),
            ({"AZURE_CLIENT_ID": "app"}, ("configuration", "AZURE_CLIENT_ID is no GUID")),
            ({"AZURE_CLIENT_ID": ""}, ("configuration", "client id: none is given")),
            ({"SSL_CERT_FILE": "nowhere.pem"}, ("private-ca", "nowhere.pem", "SSL_CERT_FILE")),
            ({"HTTPS_PROXY": "socks5://u:geheim@h"}, ("proxy", "HTTPS_PROXY is no http")),
            ({"HTTPS_PROXY": "http://h:x"}, ("proxy", "HTTPS_PROXY is no http address")),
            ({"ALL_PROXY": "socks5://u:geheim@h"}, ("proxy", "ALL_PROXY is no http address")),
        ],
    )
    def test_nothing_is_sent(
        self, cloud: FakeCloud, change: dict[str, str], words: tuple[str, ...]
    ) -> None:
        ended = doctor(cloud, cloud.environment() | change)
        assert ended.code == 2
        assert lines(ended, "failed", *words)
        assert b"geheim" not in ended.out
        assert len(lines(ended, "skipped", "sources", f"rests on {words[0]}")) == 1
        assert cloud.journal.seen == []

    @pytest.mark.parametrize(
        ("auth", "words"),
        [
            ("secret", "set AZURE_CLIENT_SECRET"),
            ("workload-identity", "set AZURE_FEDERATED_TOKEN_FILE"),
        ],
    )
    def test_what_the_way_needs(self, cloud: FakeCloud, auth: str, words: str) -> None:
        ended = doctor(cloud, cloud.environment("none"), "--auth", auth)
        assert ended.code == 2
        assert lines(ended, "failed", "configuration", words)

    def test_a_token_file_that_is_not_there(self, cloud: FakeCloud) -> None:
        environment = cloud.environment("none") | {"AZURE_FEDERATED_TOKEN_FILE": "nowhere"}
        ended = doctor(cloud, environment)
        assert ended.code == 2
        assert lines(ended, "failed", "configuration", "AZURE_FEDERATED_TOKEN_FILE names is not")

    def test_nothing_to_sign_in_with(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, cloud.environment("none") | {"PATH": str(cloud.folder)})
        assert ended.code == 2
        assert lines(ended, "failed", "configuration", "nothing to sign in with")

    def test_an_option_says_where_it_comes_from(self, cloud: FakeCloud) -> None:
        environment = without(cloud.environment(), "AZURE_TENANT_ID")
        ended = doctor(cloud, environment, "--tenant", min(cloud.registration.tenant_names))
        assert ended.code == 0
        assert lines(ended, "ok", "configuration", "tenant: a domain name from --tenant")

    def test_a_file_and_a_variable_say_where_it_comes_from(self, cloud: FakeCloud) -> None:
        environment = without(cloud.environment(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID")
        client = cloud.environment()["AZURE_CLIENT_ID"]
        (cloud.folder / "consent-auditor.toml").write_text(
            f'[tenant]\ntenant = "{cloud.tenant_id}"\nauth = "secret"\n', "utf-8"
        )
        ended = doctor(cloud, environment | {"CONSENT_AUDITOR_DOCTOR_CLIENT_ID": client})
        assert ended.code == 0
        assert lines(ended, "ok", "configuration", "as consent-auditor.toml says")
        assert lines(ended, "ok", "configuration", "an id from consent-auditor.toml")
        assert lines(ended, "ok", "configuration", "a GUID from CONSENT_AUDITOR_DOCTOR_CLIENT_ID")


class TestCertificate:
    def write(self, cloud: FakeCloud, begins: datetime, days: int, mode: int = 0o600) -> Path:
        file = cloud.folder / "key.pem"
        file.write_bytes(make_key_pair("auditor", days, begins).pem)
        file.chmod(mode)
        return file

    def ended(self, cloud: FakeCloud, file: Path) -> Ended:
        environment = cloud.environment("none") | {"AZURE_CLIENT_CERTIFICATE_PATH": str(file)}
        return doctor(cloud, environment)

    def test_expired(self, cloud: FakeCloud) -> None:
        begins = datetime.now(UTC) - timedelta(days=40)
        ended = self.ended(cloud, self.write(cloud, begins, 30))
        assert ended.code == 2
        assert lines(ended, "failed", "certificate", "expired on", "setup certificate")
        assert cloud.journal.seen == []

    def test_not_yet_valid(self, cloud: FakeCloud) -> None:
        begins = datetime.now(UTC) + timedelta(days=2)
        ended = self.ended(cloud, self.write(cloud, begins, 30))
        assert ended.code == 2
        assert lines(ended, "failed", "certificate", "begins on", "clock")

    def test_soon_over_and_readable_for_others(self, cloud: FakeCloud) -> None:
        cloud.certificate.pem.chmod(0o644)
        ended = doctor(cloud, cloud.environment("certificate"))
        assert ended.code == 0
        assert lines(ended, "warning", "certificate", "less than 30 days")
        assert lines(ended, "warning", "certificate", "mode 0644", "chmod 600")
        assert lines(ended, "ok", "sign-in", "a certificate")

    def test_of_another_app(self, cloud: FakeCloud) -> None:
        ended = self.ended(cloud, self.write(cloud, datetime.now(UTC), 90))
        assert ended.code == 3
        assert lines(ended, "ok", "certificate", "valid until")
        assert not lines(ended, "warning", "certificate")
        assert lines(ended, "failed", "sign-in", "AADSTS700027: The client", "not registered")

    @pytest.mark.parametrize("form", ["pfx_with_password", "pem_with_password"])
    def test_password(self, cloud: FakeCloud, form: str) -> None:
        file: Path = getattr(cloud.certificate, form)
        environment = cloud.environment("none") | {"AZURE_CLIENT_CERTIFICATE_PATH": str(file)}
        right = environment | {"AZURE_CLIENT_CERTIFICATE_PASSWORD": cloud.certificate.password}
        assert lines(doctor(cloud, right), "warning", "certificate", "valid until")
        ended = doctor(cloud, environment | {"AZURE_CLIENT_CERTIFICATE_PASSWORD": "geheim"})
        assert ended.code == 2
        assert lines(ended, "failed", "certificate", "AZURE_CLIENT_CERTIFICATE_PASSWORD")
        assert b"geheim" not in ended.out


class TestReach:
    def test_foreign_ca(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, without(cloud.environment(), "SSL_CERT_FILE"))
        assert ended.code == 3
        for host in ("authority", "graph"):
            issuer = "issued by CN=Throw-away authority of a test"
            assert lines(ended, "failed", host, "certificate", issuer, "SSL_CERT_FILE")
        assert cloud.journal.seen == []

    def test_a_folder_that_only_one_library_knows(self, cloud: FakeCloud) -> None:
        folder = cloud.folder / "ca"
        folder.mkdir()
        (folder / name_in_folder("throw-away authority of a test")).write_bytes(
            cloud.ca_file.read_bytes()
        )
        environment = without(cloud.environment(), "SSL_CERT_FILE") | {"SSL_CERT_DIR": str(folder)}
        ended = doctor(cloud, environment)
        assert ended.code == 3
        for host in ("authority", "graph"):
            assert lines(ended, "failed", host, "certificate", "SSL_CERT_FILE")
        assert doctor(cloud, cloud.environment() | {"SSL_CERT_FILE": str(folder)}).code == 0

    def test_foreign_ca_behind_a_proxy(self, cloud: FakeCloud) -> None:
        with ConnectProxy() as proxy:
            url = proxy.url
            secret = {"HTTPS_PROXY": url.replace("://", "://name:geheim@")}
            ended = doctor(cloud, without(cloud.environment(), "SSL_CERT_FILE") | secret)
        assert lines(ended, "failed", "graph", "issued by CN=Throw-away authority of a test")
        assert len(lines(ended, "ok", "proxy", f"through {url}, from HTTPS_PROXY")) == 2
        assert b"geheim" not in ended.out
        assert cloud.journal.seen == []

    def test_proxy(self, cloud: FakeCloud) -> None:
        with ConnectProxy() as proxy:
            url = proxy.url
            ended = doctor(cloud, cloud.environment() | {"HTTPS_PROXY": url})
        assert ended.code == 0
        assert lines(ended, "ok", "authority", f"answers through {url}")

    def test_proxy_that_refuses(self, cloud: FakeCloud) -> None:
        with ConnectProxy(refuse=True) as proxy:
            ended = doctor(cloud, cloud.environment() | {"HTTPS_PROXY": proxy.url})
        assert ended.code == 3
        assert lines(ended, "failed", "authority", "proxy: 407", "HTTPS_PROXY")
        assert lines(ended, "failed", "graph", "proxy: 407")
        assert lines(ended, "unknown", "clock")

    def test_proxy_that_is_not_there(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, cloud.environment() | {"HTTPS_PROXY": "127.0.0.1:9"})
        assert ended.code == 3
        assert lines(ended, "failed", "graph", "TCP to the proxy http://127.0.0.1:9", "NO_PROXY")

    def test_exempt_from_the_proxy(self, cloud: FakeCloud) -> None:
        environment = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
        ended = doctor(cloud, cloud.environment() | environment)
        assert ended.code == 0
        assert len(lines(ended, "ok", "proxy", "directly, as NO_PROXY says")) == 2

    def test_proxy_for_everything(self, cloud: FakeCloud) -> None:
        with ConnectProxy() as proxy:
            url = proxy.url
            ended = doctor(cloud, cloud.environment() | {"ALL_PROXY": url})
        assert ended.code == 0
        assert len(lines(ended, "ok", "proxy", f"through {url}, from ALL_PROXY")) == 2
        assert {f"https://{one}" for one in proxy.targets} == {cloud.authority_url, cloud.graph_url}

    @pytest.mark.parametrize("exempt", ["127.0.0.0/8", "example.org, 127.0.0.1", "*"])
    def test_exempt_in_other_words(self, cloud: FakeCloud, exempt: str) -> None:
        with ConnectProxy(refuse=True) as proxy:
            environment = {"HTTPS_PROXY": proxy.url, "NO_PROXY": exempt}
            ended = doctor(cloud, cloud.environment() | environment)
        assert ended.code == 0
        assert proxy.targets == []

    def test_graph_alone_is_not_there(self, cloud: FakeCloud) -> None:
        environment = cloud.environment() | {"CONSENT_AUDITOR_GRAPH_URL": "127.0.0.1:9"}
        ended = doctor(cloud, environment)
        assert ended.code == 3
        assert lines(ended, "failed", "graph", "TCP: Connection refused", "firewall")
        assert lines(ended, "ok", "permissions")
        assert lines(ended, "skipped", "sources", "rests on graph")

    def test_a_name_that_nobody_has(self, cloud: FakeCloud) -> None:
        environment = cloud.environment() | {"AZURE_AUTHORITY_HOST": f"{'no' * 40}.example"}
        ended = doctor(cloud, environment)
        assert ended.code == 3
        assert lines(ended, "failed", "authority", "not reached, DNS")
        assert lines(ended, "skipped", "sign-in", "rests on authority")

    def test_a_port_without_tls(self, cloud: FakeCloud) -> None:
        with ConnectProxy() as plain:
            environment = {"CONSENT_AUDITOR_GRAPH_URL": plain.url.replace("http", "https")}
            ended = doctor(cloud, cloud.environment() | environment)
        assert ended.code == 3
        assert lines(ended, "failed", "graph", "not reached")

    @pytest.mark.parametrize("fault", [faults.reset(), faults.reset_mid_body()])
    def test_reset(self, cloud: FakeCloud, fault: faults.Fault) -> None:
        cloud.faults.add("/organization", fault)
        ended = doctor(cloud, cloud.environment())
        assert ended.code in {0, 3}
        assert lines(ended, "failed", "graph", "HTTP") or lines(ended, "ok", "graph")

    @pytest.mark.parametrize(
        "fault", [faults.html(), faults.redirect("https://portal.example/"), faults.status(503)]
    )
    def test_somebody_else_answers_for_graph(self, cloud: FakeCloud, fault: faults.Fault) -> None:
        cloud.faults.add("*", fault, times=None)
        ended = doctor(cloud, cloud.environment(), "--max-wait", "0")
        assert ended.code == 3
        assert lines(ended, "unknown", "graph", "itself refuses with 401", "proxy")
        (last,) = lines(ended, "failed", "sources", "not one source could be read")
        assert "permissions do not change it" in last


class TestClock:
    @pytest.mark.parametrize(
        ("seconds", "result", "word", "code"),
        [
            (20, "ok", "within", 0),
            (120, "warning", "behind", 0),
            (-120, "warning", "ahead of", 0),
            (400, "failed", "behind", 3),
            (-400, "failed", "ahead of", 3),
        ],
    )
    def test_skew(self, cloud: FakeCloud, seconds: int, result: str, word: str, code: int) -> None:
        dated(cloud, timedelta(seconds=seconds))
        ended = doctor(cloud, cloud.environment())
        assert ended.code == code
        assert lines(ended, result, "clock", word)
        assert lines(ended, "ok", "sign-in")

    def test_no_date_is_unknown(self, cloud: FakeCloud) -> None:
        fault = faults.dated("yesterday, about noon")
        cloud.entra_faults.add("/*/openid-configuration", fault)
        cloud.faults.add("/organization", fault)
        assert lines(doctor(cloud, cloud.environment()), "unknown", "clock")


class TestTenant:
    def test_that_is_not_there(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, cloud.environment() | {"AZURE_TENANT_ID": "unknown.example"})
        assert ended.code == 3
        assert lines(ended, "failed", "tenant", "AADSTS90002", "--tenant")

    def test_of_another_cloud(self, cloud: FakeCloud) -> None:
        government = faults.rewrite(lambda body: body.replace(b"microsoft.com", b"microsoft.us"))
        cloud.entra_faults.add("/*/openid-configuration", government)
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 3
        assert lines(ended, "failed", "tenant", "us-gov-l4", "add --cloud us-gov-l4")

    @pytest.mark.parametrize("fault", [faults.html(), faults.truncate(), faults.empty()])
    def test_nonsense_is_unknown(self, cloud: FakeCloud, fault: faults.Fault) -> None:
        cloud.entra_faults.add("/*/openid-configuration", fault)
        assert lines(doctor(cloud, cloud.environment()), "unknown", "tenant", "cannot be read")


class TestSignIn:
    def test_wrong_secret(self, cloud: FakeCloud) -> None:
        environment = cloud.environment() | {"AZURE_CLIENT_SECRET": "not-it-but-a-secret"}
        ended = doctor(cloud, environment)
        assert ended.code == 3
        assert lines(ended, "failed", "sign-in", "AADSTS7000215", "Create a new client secret")
        for check in ("token", "permissions", "sources"):
            assert lines(ended, "skipped", check, "rests on sign-in")
        assert b"not-it-but" not in ended.out

    def test_managed_identity(self, cloud: FakeCloud) -> None:
        environment = without(cloud.environment("managed-identity"), "AZURE_TENANT_ID")
        ended = doctor(cloud, environment)
        assert ended.code == 0
        assert lines(ended, "skipped", "authority", "Azure's own endpoint")
        assert lines(ended, "skipped", "tenant", "no tenant is named")
        assert lines(ended, "ok", "token", "app-only", cloud.tenant_id)

    def test_managed_identity_that_refuses(self, cloud: FakeCloud) -> None:
        environment = cloud.environment("managed-identity") | {"IDENTITY_HEADER": "s3cr3t"}
        ended = doctor(cloud, environment)
        assert ended.code == 3
        assert lines(ended, "failed", "sign-in", "the managed identity")
        assert b"s3cr3t" not in ended.out


class TestOddAnswers:
    TOKEN = "/*/oauth2/v2.0/token"

    @pytest.mark.parametrize("body", ["[]", "null", "5", '"x"', '{"access_token": "geheim"}'])
    def test_python_is_not_quoted(self, cloud: FakeCloud, body: str) -> None:
        cloud.entra_faults.add(self.TOKEN, answered(body), times=None)
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 3
        (line,) = lines(ended, "failed", "sign-in")
        assert "the answer is not what Entra documents" in line
        assert "object" not in line
        assert "geheim" not in line

    @pytest.mark.parametrize("token", ["gehe\nim", "gehe im", "geheim\u00e9", "", 5, ["geheim"]])
    def test_a_token_that_no_header_can_carry(self, cloud: FakeCloud, token: Json) -> None:
        body = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        cloud.entra_faults.add(self.TOKEN, answered(json.dumps(body)), times=None)
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 3
        assert lines(ended, "failed", "sign-in", "the answer is not what Entra documents")
        assert "gehe" not in ended.out.decode() + ended.err
        assert "internal fault" not in ended.err

    def test_a_page_instead_of_the_document(self, cloud: FakeCloud) -> None:
        cloud.entra_faults.add("/*/openid-configuration", faults.html(), times=None)
        ended = doctor(cloud, cloud.environment())
        assert lines(ended, "unknown", "tenant", "cannot be read", "log-in page")
        assert lines(ended, "failed", "sign-in", "somebody else than Entra answers")


class TestToken:
    def ended(self, cloud: FakeCloud, token: str) -> Ended:
        """Run it with an Azure CLI that gives this token."""
        folder = cloud.folder / "bin"
        folder.mkdir()
        answer = {"accessToken": token, "expires_on": 4102444800, "tenant": cloud.tenant_id}
        (folder / "az").write_text(f"#!{sys.executable}\nprint({json.dumps(answer)!r})\n")
        (folder / "az").chmod(0o755)
        environment = cloud.environment("none") | {"PATH": f"{folder}{os.pathsep}{os.defpath}"}
        return doctor(cloud, environment)

    def claims(self, cloud: FakeCloud, **others: Json) -> dict[str, Json]:
        own: dict[str, Json] = {"tid": cloud.tenant_id, "aud": "https://graph.microsoft.com/"}
        return own | others

    def test_a_person(self, cloud: FakeCloud) -> None:
        claims = self.claims(cloud, idtyp="user", appid="04b07795-8ddb-461a-bbee-02f9e1bf7b46")
        scopes = frozenset({"Group.ReadWrite.All", "Directory.Read.All", "openid"})
        ended = self.ended(cloud, cloud.tokens.issue_delegated(claims, scopes, 3600))
        assert lines(ended, "warning", "token", "acts for a person", "consent-auditor setup")
        assert lines(ended, "unknown", "permissions", "that person's roles")
        assert lines(
            ended, "warning", "permissions", "could do more than read: Group.ReadWrite.All"
        )

    def test_opaque_is_no_fault(self, cloud: FakeCloud) -> None:
        ended = self.ended(cloud, cloud.tokens.issue_opaque(NEEDED, 3600))
        assert ended.code == 0
        assert lines(ended, "unknown", "token", "opaque")
        assert lines(ended, "unknown", "permissions", "sources below")
        assert lines(ended, "ok", "sources", "client-grants")

    @pytest.mark.parametrize(
        ("claims", "words"),
        [
            ({"tid": "99999999-9999-4999-8999-999999999999"}, ("tenant: it is of", "--tenant")),
            ({"aud": "https://graph.microsoft.us"}, ("audience", "--cloud")),
        ],
    )
    def test_of_something_else(
        self, cloud: FakeCloud, claims: dict[str, Json], words: tuple[str, ...]
    ) -> None:
        token = cloud.tokens.issue(self.claims(cloud, **claims), NEEDED, 3600)
        ended = self.ended(cloud, token)
        assert ended.code == 3
        assert lines(ended, "failed", "token", *words)

    def test_hostile_claims(self, cloud: FakeCloud) -> None:
        evil = "\x1b[2J\u202e<script>\nok  sources  fine"
        claims = self.claims(cloud, appid=evil, idtyp=["app"])
        ended = self.ended(cloud, cloud.tokens.issue(claims, NEEDED | {evil}, 3600))
        text = ended.out.decode()
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not lines(ended, "ok", "sources", "fine")
        assert lines(ended, "warning", "permissions", "<script>", "can do more than read")


class TestPermissions:
    def test_missing(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = NEEDED - {"Policy.Read.PermissionGrant"}
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 4
        name, identity = "Policy.Read.PermissionGrant", "9e640839-a198-48fb-8b9a-013fd6f6cbcd"
        why = "what the assigned app consent policies include and exclude"
        assert lines(ended, "failed", "permissions", name, identity, why, "consent")
        refused = ("refused", "Authorization_RequestDenied", name)
        assert lines(ended, "failed", "sources", "permission-grant-policy", *refused)

    def test_broader_ones_count(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = NEEDED - {"Application.Read.All", "Organization.Read.All"}
        ended = doctor(cloud, cloud.environment())
        assert lines(ended, "ok", "permissions", "Organization.Read.All", "Directory.Read.All")
        assert lines(ended, "ok", "permissions", "Application.Read.All", "Directory.Read.All")
        assert not lines(ended, "failed", "permissions")

    def test_too_many(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = NEEDED | {"Mail.Read", "Mail.Send", "Directory.ReadWrite.All"}
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 0
        assert lines(ended, "warning", "permissions", "Mail.Read: not needed", "app role")
        for name in ("Mail.Send", "Directory.ReadWrite.All"):
            assert lines(ended, "warning", "permissions", f"{name}: can do more than read")

    def test_none(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = frozenset()
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 3
        assert len(lines(ended, "failed", "permissions")) == 6
        assert lines(ended, "failed", "sources", "not one source could be read")


class TestSources:
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (faults.status(403), ("refused", "Authorization_RequestDenied", "some minutes")),
            (faults.status(403, "Authentication_RequestFromNonPremiumTenant"), ("not-licensed",)),
            (faults.html(), ("malformed",)),
            (faults.status(404), ("failed", "HTTP 404")),
        ],
    )
    def test_one_that_does_not_answer(
        self, cloud: FakeCloud, fault: faults.Fault, words: tuple[str, ...]
    ) -> None:
        cloud.faults.add("/policies/authorizationPolicy", fault, times=None)
        ended = doctor(cloud, cloud.environment())
        assert ended.code == 4
        assert lines(ended, "failed", "sources", "authorization-policy", *words, "Fix:")

    def test_a_broader_permission_is_a_permission(self, cloud: FakeCloud) -> None:
        cloud.registration.roles = NEEDED - {"Organization.Read.All"}
        cloud.faults.add("/organization", faults.status(403), times=None, skip=1)
        ended = doctor(cloud, cloud.environment())
        assert lines(ended, "failed", "sources", "organization", "some minutes")

    def test_an_app_that_is_named(self, cloud: FakeCloud) -> None:
        app = "8ab1b2c3-0000-4000-8000-00000000000d"
        assert doctor(cloud, cloud.environment(), "--app-id", app).code == 0
        assert any(app in one.path for one in cloud.reads)

    def test_a_profile(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, cloud.environment(), "--profile", "sophiie")
        assert ended.code == 0
        assert lines(ended, "ok", "sources", "client-service-principal")

    def test_the_options_of_an_audit_of_every_profile(self, cloud: FakeCloud) -> None:
        app = "8ab1b2c3-0000-4000-8000-00000000000d"
        ended = doctor(cloud, cloud.environment(), "--set", f"sofie.app_id={app}")
        assert (ended.code, lines(ended, "failed")) == (0, [])
        assert any(app in one.path for one in cloud.reads)

    def test_a_wrong_person_is_wrong_usage(self, cloud: FakeCloud) -> None:
        ended = doctor(cloud, cloud.environment(), "--user-id", "me")
        assert (ended.code, ended.out) == (2, b"")
        assert "--user-id" in ended.err


@pytest.fixture(autouse=True)
def _no_warning_of_an_open_socket() -> Iterator[None]:
    """The certificate of a foreign host is looked at on a connection that is closed again."""
    yield
    gc.collect()
