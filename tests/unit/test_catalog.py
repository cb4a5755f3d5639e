"""The rules of the profile format: each bad file is one mutation of a good one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.catalog import load_profile, profile_ids, validate
from auditor.errors import ProfileError
from auditor.model.profile import ProfileKind

GOOD = """\
id = "acme-notes"
name = "Acme Notes"
version = "2026.11.1"
kind = "own-registration"
summary = "Shows meetings."
source = "Connect Microsoft 365 (Acme help)"
retrieved = 2026-11-21
notes = ["One.", '''Two
lines.''']

[[variables]]
name = "app_id"
description = "application (client) ID"
kind = "guid"
required = false

[[variables]]
name = "domain"
description = "your Acme host"
kind = "domain"
required = false

[registration]
platform = "web"
redirect_uris = ["https://{domain}/oauth/return"]
audiences = ["AzureADMyOrg"]
credential = true
elsewhere = false

[[features]]
id = "connection"
name = "Connection"
required = true
default = true
permissions = ["user.read", "https://graph.microsoft.com/offline_access"]

[[features]]
id = "calendar"
name = "Calendar"
required = false
default = true
permissions = [
  "8AB1B2C3-0000-4000-8000-00000000000D/Notes.Read",
  { scope = "Calendars.Read", documented_as = "Calendar.Read", note = "A remark.", assumed = true },
]
"""


Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(content: str | bytes) -> Path:
        path = tmp_path / "acme.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_good_profile(write: Write) -> None:
    profile = validate(write(GOOD))
    assert profile.id == "acme-notes"
    assert profile.kind is ProfileKind.OWN_REGISTRATION
    assert profile.retrieved == date(2026, 11, 21)
    assert profile.app_id is None
    assert profile.notes == ("One.", "Two lines.")
    assert [variable.kind for variable in profile.variables] == ["guid", "domain"]
    assert profile.registration is not None
    assert profile.registration.redirect_uris == ("https://{domain}/oauth/return",)
    connection, calendar = profile.features
    assert [item.value for item in connection.permissions] == ["User.Read", "offline_access"]
    notes, calendars = calendar.permissions
    assert notes.resource == notes.resource_app_id == "8ab1b2c3-0000-4000-8000-00000000000d"
    assert (calendars.resource, calendars.documented_as) == ("Microsoft Graph", "Calendar.Read")
    assert (calendars.note, calendars.assumed) == ("A remark.", True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# nothing", ""),
        ("\n", "\r\n"),
        ('id = "acme-notes"', '\ufeffid = "acme-notes"'),
        ('redirect_uris = ["https://{domain}/oauth/return"]', 'redirect_uris = ["https://{domain}/", "http://localhost:3000/x"]'),
        ('platform = "web"\nredirect_uris = ["', 'platform = "public"\nredirect_uris = ["msal://auth", "'),
        ('"user.read"', '"User.Read", "phone", "address"'),
        ('summary = "Shows meetings."', 'summary = "Shows meetings."\napp_id = "8AB1B2C3-0000-4000-8000-00000000000D"'),
        ('"2026.11.1"', '"2026.11.1-beta"'),
    ],
)  # fmt: skip
def test_what_is_also_good(write: Write, old: str, new: str) -> None:
    profile = validate(write(GOOD.replace(old, new, 1) if old != "\n" else GOOD.replace(old, new)))
    assert profile.app_id in {None, "8ab1b2c3-0000-4000-8000-00000000000d"}


BAD = [
    # what is replaced, by what, the key path, words of the message, the line's text if told
    ('name = "Acme Notes"', 'nmae = "Acme Notes"', "nmae", "unknown key", "nmae ="),
    ('name = "Acme Notes"', "", "", "key name is missing", None),
    ('name = "Acme Notes"', 'name = ""', "name", "must not be empty", 'name = ""'),
    ('name = "Acme Notes"', 'name = "  "', "name", "white space", 'name = "  "'),
    ('name = "Acme Notes"', 'name = "A\\u001b[31m"', "name", "control", "name ="),
    ('name = "Acme Notes"', 'name = "A\\u202e"', "name", "control", "name ="),
    ('name = "Acme Notes"', "name = 5", "name", "expected text, got int", "name = 5"),
    ('name = "Acme Notes"', "name = 2026-11-21", "name", "expected text, got date", "name ="),
    ('id = "acme-notes"', 'id = "Acme Notes"', "id", "lower-case", "id ="),
    ('id = "acme-notes"', 'id = "../x"', "id", "lower-case", "id ="),
    ('"own-registration"', '"ad-hoc"', "kind", "none of vendor-app, own-registration", "kind ="),
    ('"own-registration"', '"vendor-app"', "registration", "only for own", "[registration]"),
    ("2026-11-21", '"21 November"', "retrieved", "a date such as", "retrieved ="),
    ("2026-11-21", '"2026-11-31"', "retrieved", "a date such as", "retrieved ="),
    ("2026-11-21", "2026-11-21T10:00:00", "retrieved", "without quotes or time", "retrieved ="),
    ('notes = ["One."', 'notes = [1, "One."', "notes[0]", "expected text", "notes ="),
    ('notes = ["One."', 'app_id = "12"\nnotes = ["One."', "app_id", "GUID", "app_id ="),
    ('name = "domain"', 'name = "Domain"', "variables[1].name", "lower-case", 'name = "Domain"'),
    ('name = "domain"', 'name = "app_id"', "variables[1].name", "another", None),
    ('name = "domain"', 'name = "host"', "registration.redirect_uris[0]", "{domain} is not declared", "redirect_uris ="),
    ('kind = "domain"', 'kind = "url"', "variables[1].kind", "none of guid, domain, text", 'kind = "url"'),
    ('kind = "guid"', 'kind = "text"', "variables[0].kind", "kind guid", 'kind = "text"'),
    ("required = false\n\n[reg", 'required = "no"\n\n[reg', "variables[1].required", "expected true or false", 'required = "no"'),
    ("https://{domain}/oauth/return", "https://x.example/", "variables[1]", "no redirect URI uses it", '[[variables]]\nname = "domain"'),
    ("https://{domain}/oauth", "https://{Domain}/oauth", "registration.redirect_uris[0]", "lower case", "redirect_uris ="),
    ("https://{domain}/oauth", "https://{domain}/{{x}}", "registration.redirect_uris[0]", "{name}", "redirect_uris ="),
    ("https://{domain}/oauth", "http://{domain}/oauth", "registration.redirect_uris[0]", "https://", "redirect_uris ="),
    ("/oauth/return", "/oauth return", "registration.redirect_uris[0]", "Entra accepts", "redirect_uris ="),
    ("/oauth/return", "/oauth;return", "registration.redirect_uris[0]", "Entra accepts", "redirect_uris ="),
    ("/oauth/return", "/" + "x" * 256, "registration.redirect_uris[0]", "256", "redirect_uris ="),
    ('platform = "web"', 'platform = "desktop"', "registration.platform", "web, spa, public", "platform ="),
    ('["AzureADMyOrg"]', '["AzureADMyOrgs"]', "registration.audiences[0]", "AzureADMyOrg,", "audiences ="),
    ('["AzureADMyOrg"]', "[]", "registration.audiences", "at least one", "audiences ="),
    ("credential = true", "credential = 1", "registration.credential", "expected true or false", "credential ="),
    ("credential = true\n", "", "registration", "key credential is missing", "[registration]"),
    ("credential = true", "credential = true\nsecret = true", "registration.secret", "unknown key", "secret ="),
    ('id = "calendar"', 'id = "connection"', "features[1].id", "another feature", None),
    ('id = "calendar"', 'id = "Calendar"', "features[1].id", "lower-case", 'id = "Calendar"'),
    ('name = "Calendar"\n', "", "features[1]", "key name is missing", '[[features]]\nid = "calendar"'),
    ('name = "Calendar"', 'name = "Calendar"\ncolour = "red"', "features[1].colour", "unknown key; known are id, name", "colour ="),
    ("permissions = [\n", "permissions = [\n3,", "features[1].permissions[0]", "expected text or table, got int", "permissions = [\n3"),
    ('["user.read", "https://graph.microsoft.com/offline_access"]', "[]", "features[0].permissions", "at least one", "permissions = []"),
    ('["user.read", "https://graph.microsoft.com/offline_access"]', '"User.Read"', "features[0].permissions", "expected list, got text", "permissions ="),
    ('"user.read"', '"File.Read"', "features[0].permissions[0]", "did you mean Files.Read?", '"File.Read"'),
    ('"user.read"', '"Zzzz.Qqqq"', "features[0].permissions[0]", "look the name up", '"Zzzz.Qqqq"'),
    ('"user.read"', '"https://outlook.office.com/SMTP.AccessAsUser.All"', "features[0].permissions[0]", "Exchange Online has no delegated permission SMTP.AccessAsUser.All; did you mean SMTP.Send?", '"https://outlook'),
    ('"user.read"', '"OFFLINE_ACCESS"', "features[0].permissions[1]", "twice", "permissions ="),
    ('"user.read"', '"User Read"', "features[0].permissions[0]", "cannot be read", '"User Read"'),
    ('"user.read"', '".default"', "features[0].permissions[0]", "--default-scope", '".default"'),
    ('scope = "Calendars.Read"', 'scope = "Calendar.Read"', "features[1].permissions[1]", "did you mean Calendars.Read?", '{ scope = "Cal'),
    ("assumed = true", "guessed = true", "features[1].permissions[1].guessed", "known are scope, documented_as", None),
    ('note = "A remark."', 'note = "A\\u0007"', "features[1].permissions[1].note", "control", None),
]  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[2]} {case[3]}")
def test_each_rule(write: Write, case: tuple[str, str, str, str, str | None]) -> None:
    old, new, path, words, line = case
    text = GOOD.replace(old, new, 1)
    file = write(text)
    with pytest.raises(ProfileError) as caught:
        validate(file)
    message = str(caught.value)
    head, _, problem = message.partition(": ")
    assert message.isprintable()
    assert words in problem
    wanted = [str(file)]
    if line is not None:
        wanted.append(f"line {line_of(text, line)}")
    if path:
        wanted.append(path)
    if line is None and "line" in head:
        head = ", ".join(part for part in head.split(", ") if not part.startswith("line "))
    assert head == ", ".join(wanted)


def test_missing_registration(write: Write) -> None:
    start, end = GOOD.index("[registration]"), GOOD.index("[[features]]")
    with pytest.raises(ProfileError, match=r"needs a \[registration\] table"):
        validate(write(GOOD[:start] + GOOD[end:]))


def test_missing_features(write: Write) -> None:
    top = GOOD[: GOOD.index("[[features]]")]
    with pytest.raises(ProfileError, match="key features is missing"):
        validate(write(top))
    with pytest.raises(ProfileError, match="features: name at least one feature"):
        validate(write("features = []\n" + top))


def test_a_profile_that_asks_for_nothing(write: Write) -> None:
    text = GOOD.replace("required = true", "required = false").replace(
        "default = true", "default = false"
    )
    with pytest.raises(ProfileError, match=r"line \d+, features: make one of them required"):
        validate(write(text))
    validate(write(text.replace("default = false", "default = true", 1)))


def test_an_app_that_the_file_does_not_name_can_be_named_by_a_run(write: Write) -> None:
    start, end = GOOD.index("[[variables]]"), GOOD.rindex("[[variables]]")
    profile = validate(write(GOOD[:start] + GOOD[end:]))
    assert [one.name for one in profile.variables] == ["app_id", "domain"]
    assert not profile.variables[0].required
    named = 'app_id = "8ab1b2c3-0000-4000-8000-00000000000d"\n'
    profile = validate(write(GOOD[:start] + named + GOOD[end:]))
    assert [one.name for one in profile.variables] == ["domain"]


def test_syntax_error_has_line_and_column(write: Write) -> None:
    with pytest.raises(ProfileError, match=r"acme\.toml: not valid TOML: .*line 2, column"):
        validate(write(GOOD.replace('"Acme Notes"', '"Acme Notes', 1)))


def test_a_header_inside_a_text_leaves_the_line_out(write: Write) -> None:
    text = GOOD.replace("lines.'''", "[[features]]\n'''").replace('"Calendar"', "5")
    with pytest.raises(ProfileError, match=r"acme\.toml, features\[1\]\.name: expected"):
        validate(write(text))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"# " + b"x" * 1_000_000, "larger than 1 MB"),
        (b"x = " + b"[" * 100_000, "not readable|not valid TOML"),
        (b"x = " + b"9" * 10_000, "not valid TOML"),
        (b"", "key id is missing"),
        (b'"a\\nb" = 1\n' + GOOD.encode(), "unknown key"),
        (b'"a - at `$.x" = 1\n' + GOOD.encode(), "unknown"),
        (b"a." * 200 + b"b = 1\n" + GOOD.encode(), "a: unknown key"),
        (b"a." * 400_000 + b"b = 1\n" + GOOD.encode(), "more than 200 dots"),
    ],
)
def test_hostile_files(write: Write, content: bytes, words: str) -> None:
    with pytest.raises(ProfileError, match=words) as caught:
        validate(write(content))
    assert str(caught.value).isprintable()


def test_places_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="is a directory"):
        validate(tmp_path)
    with pytest.raises(ProfileError, match="no such file"):
        validate(tmp_path / "none.toml")
    for name in ("x" * 5000, "a\x00b"):
        with pytest.raises(ProfileError) as caught:
            validate(f"{tmp_path}/{name}.toml")
        assert str(caught.value).isprintable()


def test_load_by_path_or_id(write: Write) -> None:
    assert load_profile(str(write(GOOD))).id == "acme-notes"
    assert load_profile("sophiie").name == "Sophiie"
    with pytest.raises(ProfileError) as caught:
        load_profile("sophie")
    assert "'sophie'" in str(caught.value)
    for known in profile_ids():
        assert known in str(caught.value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(GOOD)), length=st.integers(0, 30), put=st.text(max_size=8))
def test_any_damage_is_a_profile_or_a_one_line_error(
    tmp_path: Path, cut: int, length: int, put: str
) -> None:
    path = tmp_path / "damaged.toml"
    text = GOOD[:cut] + put + GOOD[cut + length :]
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    message = f"{path} is good"
    try:
        assert validate(path).features
    except ProfileError as error:
        message = str(error)
    assert message.isprintable()
    assert message.startswith(str(path))
