"""The shipped permission tables and the names that they suggest."""

import re
from datetime import date

import pytest

from auditor.managed import load_managed
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE
from auditor.permissions import (
    OPENID_SCOPES,
    UNSUPPORTED_OPENID_SCOPES,
    PermissionTable,
    load_permissions,
    resource_app_id,
    resource_name,
)

GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@pytest.fixture(scope="module")
def table() -> PermissionTable:
    return load_permissions()


def test_rows_are_well_formed_and_unique(table: PermissionTable) -> None:
    assert len(table.by_name) == len(table.permissions) == 805 + 62 + 32
    ids = [(item.resource_app_id, item.id) for item in table.permissions if item.id]
    assert len(set(ids)) == len(ids)
    for _, guid in ids:
        assert GUID.fullmatch(guid)


@pytest.mark.parametrize(
    ("resource", "value", "guid", "admin_only"),
    [
        (MICROSOFT_GRAPH, "mail.read", "570282fd-fa5c-430d-a7fd-fc8dc98a9dca", False),
        (MICROSOFT_GRAPH, "Directory.Read.All", "06da0dbc-49e2-44d2-8312-53f166ab848a", True),
        (MICROSOFT_GRAPH, "IMAP.AccessAsUser.All", "652390e4-393a-48de-9484-05f9b1212954", False),
        (EXCHANGE_ONLINE, "IMAP.AccessAsUser.All", "195adc35-e27b-454b-a7ed-1ecdffa1c09f", None),
        (EXCHANGE_ONLINE.upper(), "SMTP.SEND", "76faac2a-0f20-42f1-928a-50de5b9dbe52", None),
        (SHAREPOINT_ONLINE, "AllSites.Read", "4e0d77b0-96ba-4398-af14-3baa780278f4", False),
    ],
)
def test_find(
    table: PermissionTable, resource: str, value: str, guid: str, *, admin_only: bool | None
) -> None:
    found = table.find(resource, value)
    assert found is not None
    assert (found.id, found.admin_only) == (guid, admin_only)
    assert found.value.lower() == value.lower()


def test_unknown_names_are_not_found(table: PermissionTable) -> None:
    assert table.find(MICROSOFT_GRAPH, "File.Read") is None
    assert table.find("8ab1b2c3-0000-4000-8000-00000000000d", "Mail.Read") is None


def test_an_id_on_which_the_sources_disagree_is_left_open(table: PermissionTable) -> None:
    found = table.find(EXCHANGE_ONLINE, "User.ReadBasic.All")
    assert found is not None
    assert found.id is None


@pytest.mark.parametrize(
    ("resource", "value", "nearest"),
    [
        (MICROSOFT_GRAPH, "File.Read", "Files.Read"),
        (MICROSOFT_GRAPH, "File.Read.All", "Files.Read.All"),
        (MICROSOFT_GRAPH, "File.ReadWrite", "Files.ReadWrite"),
        (MICROSOFT_GRAPH, "file.readwrite.all", "Files.ReadWrite.All"),
        (MICROSOFT_GRAPH, "Mail.Reed", "Mail.Read"),
        (MICROSOFT_GRAPH, "Calendar.ReadWrite", "Calendars.ReadWrite"),
        (MICROSOFT_GRAPH, "ofline_access", "offline_access"),
        (MICROSOFT_GRAPH, "SMTP.AccessAsUser.All", "SMTP.Send"),
        (EXCHANGE_ONLINE, "SMTP.AccessAsUser.All", "SMTP.Send"),
        (EXCHANGE_ONLINE.upper(), "IMAP.Access", "IMAP.AccessAsUser.All"),
        (MICROSOFT_GRAPH, "Mail.Read", "Mail.Read"),
        (MICROSOFT_GRAPH, "Zzzz.Qqqq", None),
        (MICROSOFT_GRAPH, "", None),
        ("8ab1b2c3-0000-4000-8000-00000000000d", "Mail.Read", None),
    ],
)
def test_nearest(table: PermissionTable, resource: str, value: str, nearest: str | None) -> None:
    assert table.nearest(resource, value) == nearest


def test_nearest_never_suggests_a_name_without_an_id(table: PermissionTable) -> None:
    assert table.find(SHAREPOINT_ONLINE, "Files.Read") is not None
    assert table.nearest(SHAREPOINT_ONLINE, "Files.Reed") == "MyFiles.Read"


def test_openid_scopes_are_graph_permissions(table: PermissionTable) -> None:
    assert frozenset({"openid", "profile", "email", "offline_access"}) == OPENID_SCOPES
    for scope in OPENID_SCOPES:
        found = table.find(MICROSOFT_GRAPH, scope)
        assert found is not None
        assert found.admin_only is False
    for scope in UNSUPPORTED_OPENID_SCOPES:
        assert table.find(MICROSOFT_GRAPH, scope) is None


def test_resource_names() -> None:
    for app_id in (MICROSOFT_GRAPH, EXCHANGE_ONLINE, SHAREPOINT_ONLINE):
        assert resource_app_id(resource_name(app_id).upper()) == app_id
    assert resource_name("8AB1B2C3-0000-4000-8000-00000000000D").startswith("8ab1b2c3-")
    assert resource_app_id("Contoso Notes") is None


def test_managed_exclusions_are_real_user_consentable_permissions(table: PermissionTable) -> None:
    managed = load_managed()
    keys = [(item.resource_app_id, item.permission_id) for item in managed.exclusions]
    assert len(set(keys)) == len(keys) == 32 + 4
    for item in managed.exclusions:
        found = table.find(item.resource_app_id, item.value)
        assert found is not None
        assert (found.value, found.id) == (item.value, item.permission_id)
        assert found.admin_only is not True


def test_managed_table_is_dated() -> None:
    managed = load_managed()
    assert managed.as_of == date(2026, 8, 31)
    assert "could not be read" in managed.statement
    assert {item.since for item in managed.exclusions} == {"2025-08", "2025-11", "2026-06"}
    assert all(re.fullmatch(r"\d{4}-\d{2}", item.since) for item in managed.exclusions)


@pytest.mark.parametrize(
    "value", ["Mail.Send", "Files.Read", "Files.ReadWrite", "Contacts.Read", "SMTP.Send"]
)
def test_what_managed_users_may_still_consent_to(value: str) -> None:
    assert value not in {item.value for item in load_managed().exclusions}


def test_managed_mail_clients() -> None:
    managed = load_managed()
    assert len(managed.mail_clients) == 6
    assert "9e5f94bc-e8a4-4e73-b8be-63364c29d753" in managed.mail_clients
    assert managed.recommended == "microsoft-user-default-recommended"
    assert managed.mail_client_policies == {
        "microsoft-user-default-allow-consent-apps",
        "microsoft-user-allow-default-consent-apps",
    }
