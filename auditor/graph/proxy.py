"""Which proxy of the environment a connection goes through."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_of(url: str) -> str:
    """Return the proxy for an https address, with its scheme; empty where none applies."""
    proxy = "" if proxy_bypass(urlsplit(url).hostname or "") else set_proxy()
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def set_proxy() -> str:
    """Return what ``HTTPS_PROXY`` is set to, for whatever host; it may hold a password."""
    return getproxies().get("https", "")


def shown_proxy(proxy: str) -> str:
    """Return a proxy's address without name and password; empty if it is no http address."""
    try:
        parts = urlsplit(proxy)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port is not None else "")
