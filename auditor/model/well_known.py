"""Ids that Microsoft gives to its own apps, the same in every tenant."""

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
SHAREPOINT_ONLINE = "00000003-0000-0ff1-ce00-000000000000"

MICROSOFT_SERVICES = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant that owns most of Microsoft's own apps."""

MICROSOFT_TENANTS = frozenset(
    {
        MICROSOFT_SERVICES,
        "72f988bf-86f1-41af-91ab-2d7cd011db47",  # its own, and those of its operations:
        "33e01921-4d64-4f8c-a055-5bdaffd5e33d",
        "975f013f-7f24-47e8-a7d3-abc4752bf346",
        "cdc5aeea-15c5-4db6-b079-fcadd2505dc2",
        "cab8a31a-1906-4287-a0d8-4eef66b95f6e",
    }
)
"""Tenants in which Microsoft registers its apps; the last is that of the clouds for the government.

Microsoft's page learn.microsoft.com/azure/sentinel/connect-aws-configure-environment names the
third (AME) and the last one. The fourth and fifth (PME and Torus) no page documents; public code of
several authors names them so (read 2026-11).
"""

CONSENT_ROLES = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
}
"""Built-in directory roles that may consent for everybody to delegated permissions, with their
template ids. Application permissions of Microsoft Graph take one of the first two.

Source: learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
(read 2026-08).
"""

MAIL_PROTOCOL_SCOPES = frozenset(
    {
        "imap.accessasuser.all",
        "pop.accessasuser.all",
        "smtp.send",
        "eas.accessasuser.all",
        "ews.accessasuser.all",
    }
)
"""Permissions that both of these resources publish under one name, lower case."""

BUILT_IN_POLICIES = (
    "microsoft-user-default-recommended",
    "microsoft-user-default-low",
    "microsoft-user-default-legacy",
    "microsoft-user-default-allow-consent-apps",
)
"""App consent policies for user consent that every tenant has or had; read, never assumed."""
