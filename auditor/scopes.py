"""Reads a scope as it stands in an OAuth request."""

import re

from auditor.errors import UsageError
from auditor.model.well_known import EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE
from auditor.permissions import resource_name

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")

_HOSTS = {
    "graph.microsoft.com": MICROSOFT_GRAPH,
    "graph.microsoft.us": MICROSOFT_GRAPH,
    "dod-graph.microsoft.us": MICROSOFT_GRAPH,
    "microsoftgraph.chinacloudapi.cn": MICROSOFT_GRAPH,
    "outlook.office.com": EXCHANGE_ONLINE,
    "outlook.office365.com": EXCHANGE_ONLINE,
    "outlook.office365.us": EXCHANGE_ONLINE,
    "outlook-dod.office365.us": EXCHANGE_ONLINE,
    "partner.outlook.cn": EXCHANGE_ONLINE,
}
_SHAREPOINT_HOST = re.compile(r"[a-z0-9-]+\.sharepoint(?:\.com|\.us|-mil\.us|\.cn)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
# An API of one's own may publish names such as read:all; 120 characters is Entra's limit.
_FOREIGN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,119}")
_SHOWN = 80
_FORMS = (
    "Mail.Read, https://graph.microsoft.com/Mail.Read, "
    "https://outlook.office.com/IMAP.AccessAsUser.All, "
    "https://TENANT.sharepoint.com/AllSites.Read or RESOURCE-APP-ID/Scope"
)


def guid(text: str) -> str | None:
    """Return an id in lower case; None if it is no GUID."""
    return text.lower() if text.isascii() and GUID.fullmatch(text) else None


def parse_scope(text: str) -> tuple[str, str]:
    """Split a scope into its resource and its name.

    Returns:
        The resource's app ID in lower case, and the permission's name as it was written. Whether
        the resource has such a permission is not looked at.

    Raises:
        UsageError: It is not one of the accepted forms, or it is ``.default``.
    """
    address, slash, value = text.rpartition("/")
    if value.lower() == ".default":
        msg = (
            f"scope {_shown(text)}: .default names no permission; "
            "name the app's permissions and add --default-scope"
        )
        raise UsageError(msg)
    app_id = _resource(address) if slash else MICROSOFT_GRAPH
    if app_id is None or not _name_pattern(app_id).fullmatch(value):
        msg = f"scope {_shown(text)} cannot be read: write it as {_FORMS}"
        raise UsageError(msg)
    return app_id, value


def scope_of(resource_app_id: str, value: str) -> str:
    """Write a permission as a scope that ``parse_scope`` reads; SharePoint's host is a tenant's."""
    if resource_app_id == MICROSOFT_GRAPH:
        return value
    if resource_app_id == EXCHANGE_ONLINE:
        return f"https://outlook.office.com/{value}"
    return f"{resource_app_id}/{value}"


def _resource(address: str) -> str | None:
    if not address.isascii():  # lower() would turn the Kelvin sign into a k
        return None
    address = address.lower()
    if GUID.fullmatch(address):
        return address
    host = address.removeprefix("https://")
    if host == address:
        return None
    if _SHAREPOINT_HOST.fullmatch(host):
        return SHAREPOINT_ONLINE
    return _HOSTS.get(host)


def _name_pattern(app_id: str) -> re.Pattern[str]:
    return _FOREIGN_NAME if resource_name(app_id) == app_id else _NAME


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
