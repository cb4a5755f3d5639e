"""Redirect URIs, taken apart."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import msgspec

from auditor.inventory.check import of_registration
from auditor.model.inventory import Affected, Registration

_LOCALHOST = "localhost"


class Redirect(msgspec.Struct, frozen=True):
    """One redirect URI."""

    platform: str
    """``web``, ``spa`` or ``public``."""
    text: str
    scheme: str
    """Lower case; empty where it has none."""
    host: str
    """Lower case, in Punycode; empty where it has none, or where it cannot be understood."""

    @property
    def is_http(self) -> bool:
        """Whether it is an address on the web, encrypted or not; native apps have others."""
        return self.scheme in {"http", "https"}

    @property
    def is_unclear(self) -> bool:
        """Whether it is no absolute address, or one on the web without a host."""
        return not self.scheme or (self.is_http and not self.host)

    @property
    def is_loopback(self) -> bool:
        """Whether it leads to the person's own machine."""
        if self.host == _LOCALHOST or self.host.endswith(f".{_LOCALHOST}"):
            return True
        # Asking for the address of every name would take most of a check's time.
        return (self.host.startswith("127.") or ":" in self.host) and _is_loopback(self.host)

    @property
    def is_public(self) -> bool:
        """Whether it leads to a host on the network."""
        return self.is_http and bool(self.host) and not self.is_loopback

    def is_under(self, domains: Iterable[str]) -> bool:
        """Say whether the host is one of some domains, as ``ascii_host`` gives them, or below."""
        return any(self.host == one or self.host.endswith(f".{one}") for one in domains)


def redirects(registration: Registration) -> Iterator[Redirect]:
    """Take a registration's redirect URIs apart."""
    for platform, text in registration.redirect_uris:
        scheme, host = _parts(text.strip())
        yield Redirect(platform, text, scheme, host)


def not_understood(registrations: Iterable[Registration]) -> Iterator[Affected]:
    """Name the redirect URIs that cannot be taken apart, and so may lead anywhere."""
    for one in registrations:
        for uri in redirects(one):
            if uri.is_unclear:
                yield of_registration(one, f"not understood: {uri.text}")


def ascii_host(host: str) -> str:
    """Write a host as name servers know it, so that two that are one look the same."""
    if host.isascii():
        return host.lower().rstrip(".")
    try:
        return host.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        found = ip_address(host)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def _parts(text: str) -> tuple[str, str]:
    try:
        found = urlsplit(text)
        # Browsers read a backslash as a slash, and so another host than this.
        host = "" if "\\" in found.netloc else found.hostname or ""
        return found.scheme.lower(), ascii_host(host)
    except ValueError:
        return text.partition(":")[0].lower(), ""


_SHARED = frozenset(
    {
        "amplifyapp.com",
        "azure-api.net",
        "azurecontainer.io",
        "azureedge.net",
        "azurefd.net",
        "azurewebsites.net",
        "azurewebsites.us",
        "blob.core.windows.net",
        "bubbleapps.io",
        "chinacloudsites.cn",
        "cloudapp.azure.com",
        "cloudapp.net",
        "cloudfront.net",
        "elasticbeanstalk.com",
        "firebaseapp.com",
        "fly.dev",
        "github.io",
        "gitlab.io",
        "glitch.me",
        "herokuapp.com",
        "netlify.app",
        "ngrok-free.app",
        "ngrok.app",
        "ngrok.io",
        "onrender.com",
        "pages.dev",
        "powerappsportals.com",
        "replit.app",
        "s3.amazonaws.com",
        "surge.sh",
        "trafficmanager.net",
        "vercel.app",
        "web.app",
        "web.core.chinacloudapi.cn",
        "web.core.usgovcloudapi.net",
        "web.core.windows.net",
        "workers.dev",
    }
)
"""Domains on which customers choose names, and a name is free again once it was given up.

Microsoft's are from learn.microsoft.com/azure/security/fundamentals/subdomain-takeover.
"""

_WEB_APPS = frozenset({"azurewebsites.net", "azurewebsites.us", "chinacloudsites.cn"})
_MICROSOFTS = (
    "azure-apim.net",
    "azure.com",
    "azure.us",
    "microsoft.com",
    "microsoftonline.com",
    "microsoftonline.us",
    "msappproxy.net",
    "office.com",
    "windows.net",
)
"""Domains whose names only Microsoft or its services give out, but for the shared ones."""


def is_on_shared_domain(uri: Redirect) -> bool:
    """Say whether somebody else could get the host once it is given up."""
    labels = uri.host.split(".")
    for rest in range(1, len(labels)):
        domain = ".".join(labels[rest:])
        if domain in _SHARED:
            # A name that Azure made unique has a region: name-hash.region-01.azurewebsites.net.
            return domain not in _WEB_APPS or rest == 1 or labels[rest - 1] == "scm"
    return False


def is_microsofts(uri: Redirect) -> bool:
    """Say whether the host lies on a domain of Microsoft's."""
    return uri.is_under(_MICROSOFTS)
