"""Whatever is pasted, written or handed over: a value, or one line that says what is wrong.

Bounded in examples, and the same ones in every run.
"""

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditor import __version__
from auditor.catalog import validate
from auditor.cli.config_reader import Config, read_config_file
from auditor.cli.main import main
from auditor.errors import AuditorError
from auditor.pasted_error import PastedError, parse_error
from auditor.pasted_link import PastedLink, parse_link
from auditor.pipeline import read_sample
from auditor.resources import resource
from auditor.samples import load_sample
from auditor.store import read_snapshot, write_snapshot
from auditor.wrapped_link import unwrapped
from tests.unit.sample_case import requests_of

LONGEST = 2_000
EXAMPLES = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SHIPPED = resource("policies", "profiles", "sofie.toml").read_text("utf-8")
CONFIG = """[tenant]
tenant = "contoso.onmicrosoft.com"
max_wait = 30
quiet = true
[request]
profile = ["sophiie"]
user = "guest"
[request.set.sophiie]
app_id = "85c8ad99-e136-4b1c-b453-fe3578b83189"
[audit]
format = ["html"]
"""

LINK_PARTS = st.sampled_from(
    [
        "https://", "login.microsoftonline.com", "/common/oauth2/v2.0/authorize", "/adminconsent",
        "?", "#", "&", "&amp;", "=", "%", "%00", "%0a", "%ud800", "error=", "scope=", "client_id=",
        "tenant=", "resource=", "redirect_uri=", "error_description=AADSTS90094", "prompt=consent",
        "8ab1b2c3-0000-4000-8000-00000000000d", ".default", "[", "]", "@", ":", "\\", "//", "..",
        "https://a.safelinks.protection.outlook.com/?url=", "https://urldefense.com/v3/__", "__;",
        "https://urldefense.proofpoint.com/v2/url?u=", "*", "**A", "!!", "\x1b[31m", "\u202e", " ",
    ]
)  # fmt: skip
TEXT_PARTS = st.sampled_from(
    ["AADSTS", "90094", "65001", "error_codes", "[", "Timestamp: 2026-99-99 10:11:12Z",
     "Correlation ID: ", "access_denied", "error=", "\n", "\ud800", "\x00"]
)  # fmt: skip
TOML_PARTS = st.sampled_from(
    ["[", "]", "[[", "]]", "=", "\n", '"', "'''", '"""', "{", "}", ",", ".", "#", "tenant", "request",
     "set", "profile", "features", "id", "true", "1", "0x", "9" * 40, "2026-11-21", "nan", "\\u0000",
     "\\", "audit", "format", "client_secret", "\x00", "\ud800", "\u202e"]
)  # fmt: skip


def tried(attempt: Callable[[], object], *kinds: type) -> None:
    """Assert: a value of one of the kinds, or an error of ours on one printable line."""
    try:
        value = attempt()
    except AuditorError as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < LONGEST
        assert error.exit_code == 2  # noqa: PT017
    else:
        assert isinstance(value, kinds)


def parts(*more: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(*more, st.text(max_size=8)), max_size=30).map("".join)


def damaged(text: str) -> st.SearchStrategy[str]:
    """A text with one piece cut out and another put in its place."""
    places = st.tuples(
        st.integers(0, len(text)), st.integers(0, 40), parts(TOML_PARTS) | st.text(max_size=20)
    )
    return places.map(lambda one: text[: one[0]] + one[2] + text[one[0] + one[1] :])


def config_of(path: Path, *, found: bool) -> Config:
    with click.Context(main, info_name="consent-auditor") as ctx:
        return read_config_file(path, ctx, found=found)


@EXAMPLES
@given(parts(LINK_PARTS))
@example("https://[::1")
@example("https://a:999999/?error=x")
@example("//\u2100.example?error=x")
def test_link(text: str) -> None:
    tried(lambda: parse_link(text), PastedLink)
    assert all(isinstance(one, str) for one in unwrapped(text))


@EXAMPLES
@given(parts(TEXT_PARTS, LINK_PARTS))
def test_error(text: str) -> None:
    tried(lambda: parse_error(text), PastedError)


@EXAMPLES
@given(parts(TOML_PARTS) | damaged(SHIPPED))
def test_profile(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    tried(lambda: validate(path), object)


@EXAMPLES
@given(parts(TOML_PARTS) | damaged(CONFIG), st.booleans())
@example("[tenant]\nmax_wait = 0x" + "f" * 9_000, True)  # noqa: FBT003 - hypothesis has no names
@example('request.set."a\\nb"."c" = "d"', True)  # noqa: FBT003
def test_config(tmp_path: Path, text: str, found: bool) -> None:  # noqa: FBT001
    path = tmp_path / "consent-auditor.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    tried(lambda: config_of(path, found=found), Config)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    tenant = load_sample("ready")
    path = tmp_path_factory.mktemp("kept") / "tenant.snapshot"
    snapshot = read_sample(tenant, requests_of(tenant))
    write_snapshot(snapshot, path, tool_version=__version__)
    return path.read_bytes()


@EXAMPLES
@given(data=st.data())
def test_snapshot(tmp_path: Path, kept: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(kept)))
    cut = data.draw(st.integers(0, 64))
    path = tmp_path / "tenant.snapshot"
    content = kept[:at] + data.draw(st.binary(max_size=64)) + kept[at + cut :]
    path.write_bytes(data.draw(st.sampled_from([content, content[:at], content[at:]])))
    tried(lambda: read_snapshot(path), object)


HUGE = [
    "x", " ", "\n", "a.", "[", "]", "{", '"', "'", "=", "a=", "a = 1\n", "[a]\n", "AADSTS", "90094 ",
    "error= ", "error_description=%41 ", "Correlation ID: ", "https://", "https://a/ ", "?error=x&",
    "https://urldefense.com/v3/__*__;", "*", "__;", "%", "%25", "\u202e", "#\n", "tenant.", '"a".',
    "https://a.safelinks.protection.outlook.com/?url= ", "8ab1b2c3-", "9", "0x", "\\", "'''",
]  # fmt: skip


@pytest.mark.parametrize("piece", HUGE, ids=ascii)
def test_a_megabyte(tmp_path: Path, piece: str) -> None:
    """Linear all through: with a square these would not end."""
    text = (piece * (1_000_000 // len(piece)))[:1_000_000]
    tried(lambda: parse_error(text), PastedError)
    tried(lambda: parse_error(f"AADSTS90094 {text[:999_000]}"), PastedError)
    tried(lambda: parse_link(text), PastedLink)
    tried(lambda: parse_link(f"https://a.example/?error={text}"), PastedLink)
    for start in (
        "",
        "https://urldefense.com/v3/__",
        "https://a.safelinks.protection.outlook.com/?",
    ):
        unwrapped(start + text)
    path = tmp_path / "file.toml"
    path.write_bytes(text.encode()[:1_000_000])
    tried(lambda: validate(path), object)
    tried(lambda: config_of(path, found=True), Config)
    tried(lambda: read_snapshot(path), object)
