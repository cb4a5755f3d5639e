"""Which proxy a connection goes through: the same for the sign-in and for Graph."""

import pytest

from auditor.graph.proxy import proxy_of, proxy_variable, shown_proxy

NAMES = ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "proxy", "told"),
    [
        ("HTTPS_PROXY", "http://p:1", "http://p:1", "HTTPS_PROXY"),
        ("https_proxy", "p:1", "http://p:1", "HTTPS_PROXY"),
        ("ALL_PROXY", "http://p:1", "http://p:1", "ALL_PROXY"),
        ("HTTP_PROXY", "http://p:1", "", ""),
        ("HTTPS_PROXY", "", "", ""),
    ],
)
def test_variables(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, proxy: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert (proxy_of("https://graph.microsoft.com"), proxy_variable()) == (proxy, told)


@pytest.mark.parametrize(
    ("exempt", "url", "direct"),
    [
        ("localhost:8443", "https://localhost:8443", True),
        ("localhost:8443", "https://localhost:9443", False),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        (".microsoft.com", "https://graph.microsoft.com", True),
        ("microsoft.com", "https://graph.microsoft.com", True),
        ("soft.com", "https://graph.microsoft.com", False),
        ("*", "https://graph.microsoft.com", True),
        ("", "https://[::1]:8443", False),
    ],
)
def test_exempt(monkeypatch: pytest.MonkeyPatch, exempt: str, url: str, *, direct: bool) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://p:1")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_of(url) == ("" if direct else "http://p:1")


def test_a_password_is_not_shown() -> None:
    assert shown_proxy("http://u:geheim@[::1]:3128") == "http://[::1]:3128"
