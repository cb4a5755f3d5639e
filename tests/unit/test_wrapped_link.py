"""Links in the wrappers of mail filters."""

from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest

from auditor.errors import UsageError
from auditor.pasted_error import parse_error
from auditor.pasted_link import LinkKind, parse_link
from auditor.wrapped_link import SAFE_LINKS, URL_DEFENSE, unwrapped

REDIRECT = (
    "https://app.example/cb?error=access_denied&error_description=AADSTS65004%3a+User+declined"
    "&state=SECRET"
)
SAFE = (
    f"https://eur01.safelinks.protection.outlook.com/?url={quote(REDIRECT, safe='')}"
    "&data=05%7C01%7Cadele%40contoso.com&sdata=x&reserved=0"
)


def version_2(link: str) -> str:
    coded = quote(link, safe="").replace("_", "%5F").replace("-", "%2D")
    return (
        f"https://urldefense.proofpoint.com/v2/url?u={coded.replace('%', '-')}&d=DwMFAg&c=a&r=b&m=c"
    )


def version_3(link: str, hidden: str = "") -> str:
    coded = urlsafe_b64encode(hidden.encode()).decode().rstrip("=")
    return f"https://urldefense.com/v3/__{link}__;{coded}!!Fjc1!token$"


@pytest.mark.parametrize(
    ("text", "wrapper"),
    [
        (SAFE, SAFE_LINKS),
        (SAFE.replace("&", "&amp;"), SAFE_LINKS),
        (SAFE.replace("eur01.safelinks", "NAM02.SafeLinks"), SAFE_LINKS),
        (version_2(REDIRECT), URL_DEFENSE),
        (version_3(REDIRECT), URL_DEFENSE),
        (version_3(REDIRECT.replace("%", "*"), "%"), URL_DEFENSE),
        (version_3(REDIRECT.replace("https://", "https:/")), URL_DEFENSE),
    ],
)
def test_the_link_inside_is_read(text: str, wrapper: str) -> None:
    assert unwrapped(text) == (REDIRECT, wrapper)
    link = parse_link(text)
    assert (link.kind, link.redirect_uri, link.wrapper) == (
        LinkKind.ERROR,
        "https://app.example/cb",
        wrapper,
    )
    assert parse_error(f"It ended at <{text}>").codes == ("AADSTS65004",)


def test_a_run_of_hidden_characters() -> None:
    assert unwrapped(version_3("https://a.example/**Bx", "äöü"))[0] == "https://a.example/äöüx"


@pytest.mark.parametrize(
    "text",
    [
        REDIRECT,
        "",
        SAFE.replace(".outlook.com", ".outlook.com.evil.example"),
        SAFE.replace("eur01.safelinks", "evilsafelinks"),
        SAFE.replace("https://", "https://evil.example/"),
        SAFE.replace("https://", "https://evil.example#@"),
        SAFE.replace("https:", "ftp:", 1),
        SAFE.replace("?url=", "?other="),
        version_2(REDIRECT).replace("/v2/", "/v9/"),
        version_3(REDIRECT).replace("urldefense.com", "urldefense.com.evil.example"),
        version_3(REDIRECT).replace("urldefense.com", "a.urldefense.com"),
        "https://urldefense.com/v3/__*__;!",
        "https://[urldefense.com/v3/__x__;",
        "https://urldefense.com/v3/__https://a.example/**%__;JQ!!x",
        "https://urldefense.com/v3/__https://a.example/*__;_w!!x",
        f"https://a.safelinks.protection.outlook.com/?{'a=1&' * 100}url=https://a.example",
    ],
)
def test_anything_else_stays(text: str) -> None:
    assert unwrapped(text) == (text, "")


def test_one_wrapper_is_taken_off() -> None:
    twice = f"https://eur02.safelinks.protection.outlook.com/?url={quote(SAFE, safe='')}"
    assert unwrapped(twice) == (SAFE, SAFE_LINKS)
    with pytest.raises(UsageError, match="no link to a sign-in host"):
        parse_link(twice)


def test_what_is_inside_is_checked_too() -> None:
    inside = quote("https://a.example/?error=x\n\x1b[31m", safe="")
    with pytest.raises(UsageError, match="no link has"):
        parse_link(f"https://eur01.safelinks.protection.outlook.com/?url={inside}")
