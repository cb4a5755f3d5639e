"""Ids that Microsoft gives to its own apps, the same in every tenant."""

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
SHAREPOINT_ONLINE = "00000003-0000-0ff1-ce00-000000000000"

MICROSOFT_SERVICES = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant that owns most of Microsoft's own apps."""

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
