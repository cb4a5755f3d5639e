"""Every way to sign in, over TLS, through the program as a process of its own."""

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from auditor.store import read_snapshot
from tests.fakes import faults
from tests.fakes.cloud import CloudOptions, FakeCloud, StartCloud
from tests.fakes.live import SOFIE, Ended, options_of, run, run_here, served
from tests.fakes.proxy import ConnectProxy

OPTIONS = options_of("ready", SOFIE)


@pytest.fixture
def cloud(start_cloud: StartCloud) -> FakeCloud:
    return start_cloud(served("ready"))


def _audit(cloud: FakeCloud, environment: dict[str, str], *more: str) -> Ended:
    return run_here(environment, "audit", *OPTIONS, *more, cwd=cloud.folder)


def _start(cloud: FakeCloud, environment: dict[str, str], *more: str) -> Ended:
    """The same as a process of its own."""
    return run(environment, "audit", *OPTIONS, *more, cwd=cloud.folder)


def _without(environment: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}


def _succeeded(ended: Ended, words: str) -> None:
    assert ended.err == f"consent-auditor: signing in with {words}\n"
    assert ended.code == 0
    assert b"Sofie" in ended.out


def _refused(ended: Ended, code: int, *words: str) -> None:
    """One line that says why, after the line that says how it signed in."""
    lines = [one for one in ended.lines if not one.startswith("consent-auditor: signing in")]
    assert len(lines) == 1, ended.err
    for word in words:
        assert word in lines[0]
    assert lines[0].startswith("consent-auditor: ")
    assert "Traceback" not in ended.err
    assert ended.out == b""
    assert ended.code == code


class TestEveryWay:
    def test_secret(self, cloud: FakeCloud) -> None:
        _succeeded(_start(cloud, cloud.environment()), "a client secret")
        assert [one.proof for one in cloud.token_requests] == ["secret"]
        assert {one.scope for one in cloud.token_requests} == {
            "https://graph.microsoft.com/.default"
        }

    @pytest.mark.parametrize("form", ["pem", "pem_with_password", "pfx", "pfx_with_password"])
    def test_certificate_from_a_path(self, cloud: FakeCloud, form: str) -> None:
        file: Path = getattr(cloud.certificate, form)
        environment = cloud.environment("none") | {"AZURE_CLIENT_CERTIFICATE_PATH": str(file)}
        if form.endswith("password"):
            environment["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = cloud.certificate.password
        _succeeded(_start(cloud, environment), "a certificate")
        assert [one.proof for one in cloud.token_requests] == ["certificate"]

    @pytest.mark.parametrize(
        "form", ["pem", "pem in base64", "pem_with_password", "pfx", "pfx_with_password"]
    )
    def test_certificate_from_the_variable(self, cloud: FakeCloud, form: str) -> None:
        content = getattr(cloud.certificate, form.removesuffix(" in base64")).read_bytes()
        is_text = form in {"pem", "pem_with_password"}
        text = content.decode() if is_text else base64.encodebytes(content).decode()
        environment = cloud.environment("none") | {"CONSENT_AUDITOR_CERTIFICATE": text}
        if form.endswith("password"):
            environment["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = cloud.certificate.password
        _succeeded(_start(cloud, environment), "a certificate")
        assert [one.proof for one in cloud.token_requests] == ["certificate"]

    def test_workload_identity(self, cloud: FakeCloud) -> None:
        ended = _start(cloud, cloud.environment("workload-identity"))
        _succeeded(ended, "workload identity federation")
        assert [one.proof for one in cloud.token_requests] == ["federated"]

    def test_managed_identity(self, cloud: FakeCloud) -> None:
        ended = _start(cloud, cloud.environment("managed-identity"))
        _succeeded(ended, "the managed identity")
        assert [one.proof for one in cloud.token_requests] == ["managed-identity"]

    def test_azure_cli(self, cloud: FakeCloud) -> None:
        environment = cloud.environment("none") | {"PATH": _fake_az(cloud)}
        _succeeded(_start(cloud, environment), "the Azure CLI")
        said = json.loads((cloud.folder / "az-arguments").read_text())
        assert said[:2] == ["account", "get-access-token"]
        assert said[said.index("--tenant") + 1] == cloud.tenant_id
        assert said[said.index("--resource") + 1] == "https://graph.microsoft.com"

    def test_a_way_that_is_asked_for_wins(self, cloud: FakeCloud) -> None:
        environment = cloud.environment("secret") | cloud.environment("managed-identity")
        ended = _start(cloud, environment, "--auth", "managed-identity")
        _succeeded(ended, "the managed identity")

    def test_quiet(self, cloud: FakeCloud) -> None:
        ended = _start(cloud, cloud.environment(), "--quiet")
        assert ended.err == ""
        assert ended.code == 0

    def test_a_domain_name_is_the_tenant_too(self, cloud: FakeCloud) -> None:
        name = min(cloud.registration.tenant_names)
        ended = _audit(cloud, cloud.environment() | {"AZURE_TENANT_ID": name})
        _succeeded(ended, "a client secret")

    def test_a_national_cloud_asks_for_its_own_graph(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("government"))
        arguments = [*options_of("government", SOFIE), "--cloud", "us-gov-l4"]
        ended = run(cloud.environment(), "audit", *arguments, cwd=cloud.folder)
        assert ended.code in {0, 10}
        assert {one.scope for one in cloud.token_requests} == {
            "https://graph.microsoft.us/.default"
        }


def _fake_az(cloud: FakeCloud, answer: str = "", code: int = 0) -> str:
    """Put an ``az`` into a folder of its own; returns a PATH that begins with it."""
    folder = cloud.folder / "bin"
    folder.mkdir()
    token = cloud.tokens.issue({"tid": cloud.tenant_id}, cloud.registration.roles, 3600)
    found = {"accessToken": token, "expires_on": 4102444800, "tenant": cloud.tenant_id}
    script = folder / "az"
    script.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib, sys\n"
        f"pathlib.Path({str(cloud.folder / 'az-arguments')!r}).write_text(json.dumps(sys.argv[1:]))\n"
        f"sys.stderr.write({answer!r})\n"
        f"sys.stdout.write({'' if answer else json.dumps(found)!r})\n"
        f"sys.exit({code})\n"
    )
    script.chmod(0o755)
    return f"{folder}{os.pathsep}{os.defpath}"


class TestRefusals:
    def test_wrong_secret(self, cloud: FakeCloud) -> None:
        environment = cloud.environment() | {"AZURE_CLIENT_SECRET": "not-it-but-a-secret"}
        ended = _start(cloud, environment)
        _refused(ended, 3, "AADSTS7000215", "the secret is wrong")
        assert "not-it-but-a-secret" not in ended.err
        assert cloud.counts["requests"] == 0

    def test_unknown_tenant(self, cloud: FakeCloud) -> None:
        ended = _audit(cloud, cloud.environment() | {"AZURE_TENANT_ID": "unknown.example"})
        _refused(ended, 3, "unknown.example", "check --tenant")

    def test_nonsense_tenant(self, cloud: FakeCloud) -> None:
        ended = _audit(cloud, cloud.environment() | {"AZURE_TENANT_ID": "no tenant/at all"})
        _refused(ended, 2, "tenant ID")
        assert cloud.token_requests == []

    def test_unknown_app(self, cloud: FakeCloud) -> None:
        ended = _audit(cloud, cloud.environment() | {"AZURE_CLIENT_ID": "unknown"})
        _refused(ended, 3, "AADSTS700016", "check --client-id and --tenant")

    def test_unregistered_certificate(self, cloud: FakeCloud) -> None:
        stranger = cloud.authority.client("stranger")
        environment = cloud.environment("none") | {
            "AZURE_CLIENT_CERTIFICATE_PATH": str(stranger.pem)
        }
        _refused(_audit(cloud, environment), 3, "AADSTS700027", "not registered")

    def test_certificate_file_that_is_not_there(self, cloud: FakeCloud) -> None:
        environment = cloud.environment("none") | {"AZURE_CLIENT_CERTIFICATE_PATH": "nowhere.pem"}
        _refused(_audit(cloud, environment), 2, "nowhere.pem", "No such file")

    @pytest.mark.parametrize("content", ["not a certificate", "bm90IGEgY2VydGlmaWNhdGU=", "ä"])
    def test_nonsense_in_the_variable(self, cloud: FakeCloud, content: str) -> None:
        environment = cloud.environment("none") | {"CONSENT_AUDITOR_CERTIFICATE": content}
        ended = _audit(cloud, environment)
        _refused(ended, 2, "PEM")
        assert content not in ended.err

    def test_nonsense_pem(self, cloud: FakeCloud) -> None:
        file = cloud.folder / "nonsense.pem"
        file.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        environment = cloud.environment("none") | {"AZURE_CLIENT_CERTIFICATE_PATH": str(file)}
        _refused(_audit(cloud, environment), 2, "certificate")

    @pytest.mark.parametrize("form", ["pem_with_password", "pfx_with_password"])
    @pytest.mark.parametrize("password", ["", "not-the-password"])
    def test_wrong_password(self, cloud: FakeCloud, form: str, password: str) -> None:
        file: Path = getattr(cloud.certificate, form)
        environment = cloud.environment("none") | {
            "AZURE_CLIENT_CERTIFICATE_PATH": str(file),
            "AZURE_CLIENT_CERTIFICATE_PASSWORD": password,
        }
        ended = _audit(cloud, environment)
        _refused(ended, 2, "certificate", "AZURE_CLIENT_CERTIFICATE_PASSWORD")
        assert "not-the-password" not in ended.err

    def test_federated_token_that_no_credential_matches(self, cloud: FakeCloud) -> None:
        file = cloud.folder / "another-token"
        file.write_text("token of a stranger")
        environment = cloud.environment("none") | {"AZURE_FEDERATED_TOKEN_FILE": str(file)}
        ended = _audit(cloud, environment)
        _refused(ended, 3, "workload identity", "AADSTS")
        assert "stranger" not in ended.err

    def test_federated_token_file_that_is_not_there(self, cloud: FakeCloud) -> None:
        environment = cloud.environment("none") | {"AZURE_FEDERATED_TOKEN_FILE": "nowhere"}
        _refused(_audit(cloud, environment), 3, "nowhere")

    def test_azure_cli_without_a_login(self, cloud: FakeCloud) -> None:
        path = _fake_az(cloud, "ERROR: Please run 'az login' to setup account.\n", 1)
        ended = _audit(cloud, cloud.environment("none") | {"PATH": path})
        _refused(ended, 3, "the Azure CLI", "az login")

    def test_nothing_to_sign_in_with(self, cloud: FakeCloud) -> None:
        ended = _audit(cloud, cloud.environment("none") | {"PATH": str(cloud.folder)})
        _refused(ended, 2, "nothing to sign in with", "AZURE_CLIENT_SECRET")

    @pytest.mark.parametrize(
        ("auth", "absent", "named"),
        [
            ("secret", "AZURE_TENANT_ID", "--tenant"),
            ("secret", "AZURE_CLIENT_ID", "--client-id"),
            ("secret", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
            ("certificate", "AZURE_CLIENT_CERTIFICATE_PATH", "CONSENT_AUDITOR_CERTIFICATE"),
            ("workload-identity", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE"),
        ],
    )
    def test_something_is_absent(
        self, cloud: FakeCloud, auth: str, absent: str, named: str
    ) -> None:
        environment = _without(cloud.environment(auth), absent)
        _refused(_audit(cloud, environment, "--auth", auth), 2, named)

    def test_no_application_permission(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"), roles=frozenset())
        ended = _audit(cloud, cloud.environment())
        _refused(ended, 3, "not one setting of the tenant could be read", "403")

    def test_entra_is_busy_and_comes_back(self, cloud: FakeCloud) -> None:
        cloud.entra_faults.add("/*/token", faults.status(503, retry_after=0.1), times=2)
        _succeeded(_audit(cloud, cloud.environment()), "a client secret")

    def test_entra_asks_for_more_time_than_allowed(self, cloud: FakeCloud) -> None:
        cloud.entra_faults.add("/*/token", faults.status(429, retry_after=3600), times=None)
        ended = _audit(cloud, cloud.environment())
        _refused(ended, 3, "3600 s", "--max-wait")
        assert len(cloud.token_requests) == 0

    @pytest.mark.parametrize("fault", [faults.reset(), faults.reset_mid_body()], ids=["no", "half"])
    def test_entra_resets_the_connection(self, cloud: FakeCloud, fault: faults.Fault) -> None:
        cloud.entra_faults.add("/*/token", fault)
        _succeeded(_audit(cloud, cloud.environment()), "a client secret")

    def test_nobody_listens_at_entra(self, cloud: FakeCloud) -> None:
        environment = cloud.environment() | {"AZURE_AUTHORITY_HOST": "127.0.0.1:9"}
        _refused(_audit(cloud, environment), 3, "127.0.0.1", "onnection refused")

    def test_a_managed_identity_that_refuses(self, cloud: FakeCloud) -> None:
        environment = cloud.environment("managed-identity") | {"IDENTITY_HEADER": "s3cr3t-header"}
        ended = _audit(cloud, environment)
        _refused(ended, 3, "the managed identity")
        assert "s3cr3t-header" not in ended.err

    @pytest.mark.parametrize(
        "fault", [faults.html(), faults.truncate(), faults.empty()], ids=["html", "half", "empty"]
    )
    def test_entra_answers_nonsense(self, cloud: FakeCloud, fault: faults.Fault) -> None:
        cloud.entra_faults.add("/*/token", fault, times=None)
        _refused(_audit(cloud, cloud.environment()), 3, "sign-in with a client secret failed")


class TestTrust:
    @pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_one_variable_is_enough(self, cloud: FakeCloud, variable: str) -> None:
        environment = _without(cloud.environment(), "SSL_CERT_FILE")
        _succeeded(_audit(cloud, environment | {variable: str(cloud.ca_file)}), "a client secret")

    def test_neither(self, cloud: FakeCloud) -> None:
        ended = _start(cloud, _without(cloud.environment(), "SSL_CERT_FILE"))
        _refused(ended, 3, "not trusted", "SSL_CERT_FILE")
        assert cloud.token_requests == []

    def test_graph_alone_is_not_trusted(self, cloud: FakeCloud) -> None:
        environment = _without(cloud.environment("managed-identity"), "SSL_CERT_FILE")
        _refused(_audit(cloud, environment), 3, "not trusted", "SSL_CERT_FILE")
        assert cloud.counts["requests"] == 0

    @pytest.mark.parametrize("content", [None, "no certificate"])
    def test_unusable_file(self, cloud: FakeCloud, content: str | None) -> None:
        file = cloud.folder / "mine.pem"
        if content is not None:
            file.write_text(content)
        ended = _audit(cloud, cloud.environment() | {"SSL_CERT_FILE": str(file)})
        _refused(ended, 2, "mine.pem", "SSL_CERT_FILE")


class TestProxy:
    def test_every_connection_goes_through_it(self, cloud: FakeCloud) -> None:
        with ConnectProxy() as proxy:
            ended = _start(cloud, cloud.environment() | {"HTTPS_PROXY": proxy.url})
        _succeeded(ended, "a client secret")
        hosts = {url.removeprefix("https://") for url in (cloud.authority_url, cloud.graph_url)}
        assert set(proxy.targets) == hosts

    def test_one_that_refuses(self, cloud: FakeCloud) -> None:
        with ConnectProxy(refuse=True) as proxy:
            ended = _audit(cloud, cloud.environment() | {"HTTPS_PROXY": proxy.url})
        _refused(ended, 3, "407")

    def test_one_that_is_no_address(self, cloud: FakeCloud) -> None:
        ended = _audit(cloud, cloud.environment() | {"HTTPS_PROXY": "ftp://127.0.0.1:1"})
        _refused(ended, 2, "HTTPS_PROXY")

    def test_not_for_what_is_exempt(self, cloud: FakeCloud) -> None:
        with ConnectProxy(refuse=True) as proxy:
            environment = {"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"}
            ended = _audit(cloud, cloud.environment() | environment)
        _succeeded(ended, "a client secret")
        assert proxy.targets == []


class TestAddresses:
    @pytest.mark.parametrize("scheme", ["", "https://"])
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_forms(self, cloud: FakeCloud, scheme: str, slash: str) -> None:
        def form(url: str) -> str:
            return scheme + url.removeprefix("https://") + slash

        environment = _without(
            cloud.environment(), "AZURE_AUTHORITY_HOST", "CONSENT_AUDITOR_GRAPH_URL"
        )
        arguments = ["--authority-url", form(cloud.authority_url)]
        arguments += ["--graph-url", form(cloud.graph_url)]
        _succeeded(_audit(cloud, environment, *arguments), "a client secret")

    @pytest.mark.parametrize("option", ["--authority-url", "--graph-url"])
    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:1", "https://127.0.0.1:1/v1.0", "https://a@127.0.0.1", "x:y"]
    )
    def test_refused(self, cloud: FakeCloud, option: str, url: str) -> None:
        if url.startswith("https") or option == "--graph-url":
            environment = cloud.environment()
            _refused(_audit(cloud, environment, option, url), 2, option, "https address of host")
            assert cloud.token_requests == []


class TestSecrets:
    @pytest.mark.parametrize("name", ["secret", "certificate", "certificate-password"])
    def test_never_an_argument(self, cloud: FakeCloud, name: str) -> None:
        ended = _audit(cloud, cloud.environment(), f"--{name}", "s3cr3t-text")
        assert ended.code == 2
        assert "never an argument" in ended.err
        assert "s3cr3t-text" not in ended.err
        assert cloud.token_requests == []

    def test_nowhere_in_what_is_written(self, start_cloud: StartCloud) -> None:
        options: CloudOptions = {"secret": "s3cr3t~of the app"}
        cloud = start_cloud(served("ready"), **options)
        outputs = [
            _audit(cloud, cloud.environment(), "--save-snapshot", "s", "--format", "json"),
            _audit(cloud, cloud.environment(), "--format", "html"),
        ]
        tokens = cloud.tokens.all()
        assert len(tokens) == 2
        snapshot = read_snapshot(cloud.folder / "s")
        texts = [one.out.decode() + one.err for one in outputs]
        texts += [f"{one!r}" for one in snapshot.readings]
        for text in texts:
            assert cloud.secret not in text
            assert not any(token in text for token in tokens)
