"""Scopes as people write them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.errors import UsageError
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE
from auditor.scopes import parse_scope

OWN = "8ab1b2c3-0000-4000-8000-00000000000d"


@pytest.mark.parametrize(
    ("text", "resource", "value"),
    [
        ("Mail.Read", MICROSOFT_GRAPH, "Mail.Read"),
        ("openid", MICROSOFT_GRAPH, "openid"),
        ("offline_access", MICROSOFT_GRAPH, "offline_access"),
        ("https://graph.microsoft.com/Mail.Read", MICROSOFT_GRAPH, "Mail.Read"),
        ("HTTPS://Graph.Microsoft.COM/mail.read", MICROSOFT_GRAPH, "mail.read"),
        ("https://graph.microsoft.us/Mail.Read", MICROSOFT_GRAPH, "Mail.Read"),
        ("https://dod-graph.microsoft.us/Mail.Read", MICROSOFT_GRAPH, "Mail.Read"),
        ("https://microsoftgraph.chinacloudapi.cn/Mail.Read", MICROSOFT_GRAPH, "Mail.Read"),
        ("https://outlook.office.com/SMTP.Send", EXCHANGE_ONLINE, "SMTP.Send"),
        ("https://outlook.office365.com/SMTP.Send", EXCHANGE_ONLINE, "SMTP.Send"),
        ("https://outlook.office365.us/SMTP.Send", EXCHANGE_ONLINE, "SMTP.Send"),
        ("https://outlook-dod.office365.us/SMTP.Send", EXCHANGE_ONLINE, "SMTP.Send"),
        ("https://partner.outlook.cn/SMTP.Send", EXCHANGE_ONLINE, "SMTP.Send"),
        ("https://contoso.sharepoint.com/AllSites.Read", SHAREPOINT_ONLINE, "AllSites.Read"),
        ("https://Contoso-my.SharePoint.us/AllSites.Read", SHAREPOINT_ONLINE, "AllSites.Read"),
        (f"{OWN}/Notes.Read", OWN, "Notes.Read"),
        (f"{OWN.upper()}/read:notes", OWN, "read:notes"),
        (f"{EXCHANGE_ONLINE}/SMTP.Send", EXCHANGE_ONLINE, "SMTP.Send"),
    ],
)
def test_accepted_forms(text: str, resource: str, value: str) -> None:
    assert parse_scope(text) == (resource, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Mail.Read ",
        "\tMail.Read",
        "Mail.Read\n",
        "Mail. Read",
        "Mail.Read Mail.Send",
        "Mail.Read,Mail.Send",
        "Mail\x00Read",
        "Mail.Read\u202e",
        "Mail.Réad",
        "/Mail.Read",
        "Mail.Read/",
        "read:notes",
        "a" * 121,
        "https://",
        "https:///Mail.Read",
        "https://graph.microsoft.com",
        "https://graph.microsoft.com/",
        "https://graph.microsoft.com//Mail.Read",
        "https://graph.microsoft.com/v1.0/Mail.Read",
        "https://graph.microsoft.com:443/Mail.Read",
        "https://user@graph.microsoft.com/Mail.Read",
        "https://graph.microsoft.com/Mail.Read?x=1",
        "https://graph.microsoft.com.example.org/Mail.Read",
        "https://outloo\u212a.office.com/SMTP.Send",
        "http://graph.microsoft.com/Mail.Read",
        "graph.microsoft.com/Mail.Read",
        "https://sharepoint.com/AllSites.Read",
        "https://a.b.sharepoint.com/AllSites.Read",
        "https://contoso.sharepoint.com/sites/x/AllSites.Read",
        "https://example.org/Mail.Read",
        "api://8ab1b2c3-0000-4000-8000-00000000000d/Notes.Read",
        "8ab1b2c3-0000-4000-8000-00000000000/Notes.Read",
        f"{OWN}/",
        f"{OWN}/a/b",
    ],
)
def test_refused_forms(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_scope(text)
    message = str(caught.value)
    assert message.isprintable()
    assert ascii(text[:80])[1:-1] in message
    assert "RESOURCE-APP-ID/Scope" in message


@pytest.mark.parametrize(
    "text", [".default", ".Default", "https://graph.microsoft.com/.default", f"{OWN}/.default"]
)
def test_default_is_an_option_of_the_run(text: str) -> None:
    with pytest.raises(UsageError, match="--default-scope"):
        parse_scope(text)


@given(st.text())
@example("https://")
@example("\ud800")
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    message = ""
    try:
        resource, value = parse_scope(text)
        assert text.endswith(value)
        assert resource == resource.lower()
    except UsageError as error:
        message = str(error)
    assert message.isprintable()
    assert message.isascii()


@given(st.uuids(), st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", fullmatch=True))
def test_own_form_comes_back(app_id: object, value: str) -> None:
    assert parse_scope(f"{app_id}/{value}") == (str(app_id), value)
    assert parse_scope(f"{MICROSOFT_GRAPH}/{value}") == parse_scope(value)
