"""Scripts of a proven plan in the dialects that administrators use; nothing here runs them.

Every dialect tells the same requests from the same outline, so they can be compared.
"""

from auditor.dialects import azure_cli, http_file, powershell, terraform
from auditor.dialects.script import Dialect, Script, Target, can_roll_back, outline
from auditor.model.plan import Plan

_POWERSHELL = Dialect("powershell", "Microsoft Graph PowerShell")
_AZURE_CLI = Dialect("azure-cli", "Azure CLI")
_HTTP = Dialect("http", "HTTP requests")
_TERRAFORM = Dialect("terraform", "Terraform")

_WRITERS = {
    _POWERSHELL: ("ps1", powershell.write),
    _AZURE_CLI: ("sh", azure_cli.write),
    _HTTP: ("http", http_file.write),
    _TERRAFORM: ("tf", terraform.write),
}


def dialects() -> tuple[Dialect, ...]:
    """List them in the order in which they are shown."""
    return tuple(_WRITERS)


def write_scripts(dialect_id: str, plan: Plan, target: Target) -> tuple[Script, ...]:
    """Write the script that applies a plan, and the one that takes it back.

    Args:
        dialect_id: Of one of ``dialects``.
        plan: The whole of it; what somebody does by hand stands in comments.
        target: Whose tenant it changes.

    Returns:
        The second one only where something of the plan can be taken back.

    Raises:
        ValueError: There is no such dialect.
    """
    found = next((one for one in _WRITERS if one.id == dialect_id), None)
    if found is None:
        raise ValueError(f"Unknown dialect: {dialect_id}. Use one of dialects().")
    ending, write = _WRITERS[found]
    ways = (False, True) if can_roll_back(plan) else (False,)
    outlines = [outline(plan, target, undo=undo) for undo in ways]
    return tuple(Script(f"{one.name}.{ending}", write(one, target)) for one in outlines)
