"""The four Microsoft clouds and their hosts.

Source: learn.microsoft.com/graph/deployments and
learn.microsoft.com/entra/identity-platform/authentication-national-cloud (read 2026-08).
"""

from enum import StrEnum, unique

import msgspec


@unique
class Cloud(StrEnum):
    """A national cloud, named as in the option ``--cloud``."""

    GLOBAL = "global"
    US_GOV_L4 = "us-gov-l4"
    US_GOV_L5 = "us-gov-l5"
    CHINA = "china"


class Endpoints(msgspec.Struct, frozen=True):
    """Where a cloud lives: https origins without a trailing slash."""

    graph: str
    authority: str
    portal: str
    verifies_publishers: bool
    """Publisher verification exists in the global cloud alone."""


ENDPOINTS = {
    Cloud.GLOBAL: Endpoints(
        "https://graph.microsoft.com",
        "https://login.microsoftonline.com",
        "https://entra.microsoft.com",
        verifies_publishers=True,
    ),
    Cloud.US_GOV_L4: Endpoints(
        "https://graph.microsoft.us",
        "https://login.microsoftonline.us",
        "https://entra.microsoft.us",
        verifies_publishers=False,
    ),
    Cloud.US_GOV_L5: Endpoints(
        "https://dod-graph.microsoft.us",
        "https://login.microsoftonline.us",
        "https://entra.microsoft.us",
        verifies_publishers=False,
    ),
    Cloud.CHINA: Endpoints(
        "https://microsoftgraph.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://entra.microsoftonline.cn",
        verifies_publishers=False,
    ),
}
