"""Which proxy of the environment a connection goes through; the sign-in's library decides."""

from urllib.parse import urlsplit
from urllib.request import getproxies

from requests.utils import get_environ_proxies, select_proxy

_VARIABLES = {"https": "HTTPS_PROXY", "all": "ALL_PROXY"}


def proxy_of(url: str) -> str:
    """Return the proxy for an https address, with its scheme; empty where none applies."""
    proxy = select_proxy(url, get_environ_proxies(url)) or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def proxy_variable() -> str:
    """Name the variable that gives the proxy, for whatever host; empty where none is set."""
    found = getproxies()
    return next((name for kind, name in _VARIABLES.items() if found.get(kind)), "")


def shown_proxy(proxy: str) -> str:
    """Return a proxy's address without name and password; empty if it is no http address."""
    try:
        parts = urlsplit(proxy)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
