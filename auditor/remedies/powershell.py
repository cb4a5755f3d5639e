"""Microsoft Graph PowerShell made from one tenant's values.

Whatever a stranger may have chosen, a name or a permission, gets into a command through
``quote`` alone; ids get there only if ``guid`` accepts them. A command that changes something
stands in one block with its condition, because lines that are pasted go on after an error.
What undoes a step uses no variable of the step: by then another step may have set it anew.
"""

import re
from collections.abc import Iterable

from auditor.model.cloud import Cloud

_QUOTES = "'\u2018\u2019\u201a\u201b"
# PowerShell ends a text at any of these: learn.microsoft.com/powershell/module/
# microsoft.powershell.core/about/about_quoting_rules (read 2026-08).
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ENVIRONMENTS = {
    Cloud.GLOBAL: "Global",
    Cloud.US_GOV_L4: "USGov",
    Cloud.US_GOV_L5: "USGovDoD",
    Cloud.CHINA: "China",
}


def quote(text: str) -> str:
    """Make a PowerShell text of it that nothing inside can end.

    Quotes are doubled; what cannot be printed, line breaks among it, becomes U+FFFD.
    """
    shown = "".join(one if one.isprintable() else "\ufffd" for one in text)
    return "'" + "".join(one * 2 if one in _QUOTES else one for one in shown) + "'"


def quoted_list(values: Iterable[str]) -> str:
    """Make a PowerShell array of texts."""
    return f"@({', '.join(quote(one) for one in values)})"


def guid(text: str) -> str | None:
    """Return an id in lower case; None if it is no GUID."""
    found = text.lower() if text.isascii() else ""
    return found if _GUID.fullmatch(found) else None


def connect(cloud: Cloud, tenant_id: str | None, *scopes: str) -> str:
    """Sign in to the tenant in its cloud.

    Args:
        cloud: The tenant's.
        tenant_id: None where it is not known; then the person's home tenant is taken.
        scopes: Delegated Microsoft Graph permissions that the commands need.
    """
    tenant = f" -TenantId {quote(tenant_id)}" if tenant_id else ""
    wanted = ", ".join(quote(one) for one in scopes)
    return f"Connect-MgGraph -Environment {_ENVIRONMENTS[cloud]}{tenant} -Scopes {wanted}"


def service_principal(variable: str, app_id: str) -> str:
    """Look up a service principal by its app ID, which has to be a GUID."""
    return f"${variable} = Get-MgServicePrincipal -Filter \"appId eq '{app_id}'\""


def registration(app_id: str) -> str:
    """Look up an app registration by its app ID, which has to be a GUID."""
    return f"$app = Get-MgApplication -Filter \"appId eq '{app_id}'\""


def service_principal_id(object_id: str, app_id: str) -> str:
    """Name a service principal without a variable, which a later script may overwrite.

    Args:
        object_id: As audited; looked up by the app ID where it is no GUID.
        app_id: It has to be a GUID.
    """
    known = guid(object_id)
    return quote(known) if known else f"(Get-MgServicePrincipal -Filter \"appId eq '{app_id}'\").Id"


def registration_id(object_id: str, app_id: str) -> str:
    """Name an app registration in the same way."""
    known = guid(object_id)
    return quote(known) if known else f"(Get-MgApplication -Filter \"appId eq '{app_id}'\").Id"


def script(*lines: str) -> str:
    """Join the lines of a script."""
    return "\n".join(lines)


def unless_changed(condition: str, *lines: str) -> str:
    """Run lines only where the tenant is still as audited.

    Args:
        condition: True where it has changed since.
        lines: What is run otherwise.
    """
    warning = quote("This has changed since the audit. Nothing was done: audit again first.")
    inner = "\n".join(f"  {line}" for line in lines)
    return f"if ({condition}) {{\n  Write-Warning {warning}\n}} else {{\n{inner}\n}}"
