"""What strangers chose stays inside one PowerShell text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model.cloud import Cloud
from auditor.remedies.powershell import connect, guid, quote, quoted_list

QUOTES = "'\u2018\u2019\u201a\u201b"
APP = "6b1f0b5e-6d0c-4a8e-9f0e-3b8a2c1d4e5f"


def text_of(literal: str) -> str:
    """Read a single-quoted PowerShell text to its end, which has to be the literal's end."""
    assert literal[0] == "'"
    found, place = "", 1
    while literal[place] not in QUOTES or (
        place + 1 < len(literal) and literal[place + 1] in QUOTES
    ):
        place += 2 if literal[place] in QUOTES else 1
        found += literal[place - 1]
    assert place == len(literal) - 1
    return found


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(QUOTES + '"`$();\n\r'))))
def test_a_quoted_text_is_one_text(text: str) -> None:
    found = text_of(quote(text))
    assert found == "".join(one if one.isprintable() else "\ufffd" for one in text)


@pytest.mark.parametrize(
    "text",
    [
        "'; Remove-MgUser -UserId x; '",
        "\u2019; Invoke-Expression $x #",
        "a\nRemove-MgUser\r\u2028\u0085x",
        '$(Get-Date) `n "',
        "\x00\x1b[31m\u202e",
    ],
)
def test_hostile_names_do_not_get_out(text: str) -> None:
    literal = quote(text)
    assert len(literal.splitlines()) == 1
    assert literal.isprintable()
    assert text_of(literal) == "".join(one if one.isprintable() else "\ufffd" for one in text)


def test_quotes_are_doubled() -> None:
    assert quote("O'Brien \u2019s") == "'O''Brien \u2019\u2019s'"
    assert quoted_list(["a", "b'c"]) == "@('a', 'b''c')"
    assert quoted_list([]) == "@()"


@pytest.mark.parametrize("text", ["", "x", APP + "0", f"{APP}\n", APP.replace("6", "\u0666"), "*"])
def test_other_ids_are_refused(text: str) -> None:
    assert guid(text) is None


def test_a_guid_comes_back_in_lower_case() -> None:
    assert guid(APP.upper()) == APP


@pytest.mark.parametrize(
    ("cloud", "name"),
    [
        (Cloud.GLOBAL, "Global"),
        (Cloud.US_GOV_L4, "USGov"),
        (Cloud.US_GOV_L5, "USGovDoD"),
        (Cloud.CHINA, "China"),
    ],
)
def test_sign_in_is_to_the_tenants_cloud(cloud: Cloud, name: str) -> None:
    assert (
        connect(cloud, APP, "User.Read")
        == f"Connect-MgGraph -Environment {name} -TenantId '{APP}' -Scopes 'User.Read'"
    )
    assert "-TenantId" not in connect(cloud, None, "User.Read")
