"""What holds for every test: the fixtures of the fake cloud, and no way out of this machine."""

import socket
import sys
from ipaddress import ip_address

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None)  # machines are busy, and a test asserts no time
settings.load_profile("default")

pytest_plugins = ["tests.fakes.fixtures"]


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(_stay_here)


def _stay_here(event: str, arguments: tuple[object, ...]) -> None:
    """Stop whatever would leave loopback; a RuntimeError, because clients swallow OSError."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"}:
        place, address = arguments
        if not isinstance(place, socket.socket) or place.family not in _INTERNET:
            return
        host = address[0] if isinstance(address, tuple) else address
    else:
        return
    if not _is_loopback(host):
        msg = f"a test wanted to reach {host!r}; tests stay on loopback"
        raise RuntimeError(msg)


_INTERNET = {socket.AF_INET, socket.AF_INET6}


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in {"", "localhost"}:
        return True
    try:
        return ip_address(str(name)).is_loopback
    except ValueError:
        return False
