"""Microsoft Graph PowerShell: runs in Windows PowerShell 5.1 and in PowerShell 7.

Windows PowerShell reads a file in the code page of Windows, so whatever is not ASCII stands as a
number in a text; this also deals with the typographic quotes, which PowerShell takes for its own.
"""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from auditor.dialects.script import (
    ADD_PASSWORD,
    Outline,
    Part,
    Target,
    one_line,
    pieces,
    read_back,
    variable,
    wanted,
)
from auditor.model.change import Call, Guard, Lookup, Ref, Value
from auditor.model.cloud import Cloud

_ENVIRONMENTS = {
    Cloud.GLOBAL: "Global",
    Cloud.US_GOV_L4: "USGov",
    Cloud.US_GOV_L5: "USGovDoD",
    Cloud.CHINA: "China",
}

_TOOLS = r"""
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$step = 'Before the first step'
$written = New-Object 'System.Collections.Generic.List[string]'

# Ends the script and says how far it came.
function Stop-Script([string] $Message) {
    Write-Host $Message -ForegroundColor Red
    if ($written.Count -eq 0) {
        Write-Host 'Nothing was changed.'
    } else {
        Write-Host "It ended in: $step"
        Write-Host "Something was written in: $($written -join '; ')"
        Write-Host $advice
    }
    exit 1
}

function Read-Graph([string] $Uri) {
    try {
        Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType PSObject
    } catch {
        Stop-Script "Cannot read ${Uri}: $_"
    }
}

# Gives a member such as web.redirectUris; nothing where it is missing or null.
function Get-Part($Object, [string] $Name) {
    foreach ($part in $Name.Split('.')) {
        if ($null -eq $Object) { return }
        $property = $Object.PSObject.Properties[$part]
        $Object = if ($null -ne $property) { $property.Value } else { $null }
    }
    if ($null -ne $Object) { $Object }
}

# Gives the object, or the items of its list, on all pages, that have these members.
function Find-Item([string] $Path, [string] $Within, $Where) {
    $uri = "/v1.0$Path"
    while ($uri) {
        $answer = Read-Graph $uri
        if ($Within -eq '') { return $answer }
        foreach ($item in @(Get-Part $answer $Within)) {
            $different = @($Where.Keys | Where-Object {
                -not [string]::Equals(
                    [string](Get-Part $item $_), $Where[$_], [StringComparison]::OrdinalIgnoreCase)
            })
            if ($different.Count -eq 0) { $item }
        }
        $next = $answer.PSObject.Properties['@odata.nextLink']
        $uri = if ($null -ne $next) { $next.Value } else { $null }
    }
}

# Finds the id of the only item that has these members.
function Find-Id([string] $Path, [string] $Within = '', $Where = @{}, [string] $Take = 'id') {
    $found = @(foreach ($item in @(Find-Item $Path $Within $Where)) { Get-Part $item $Take })
    if ($found.Count -ne 1) { Stop-Script "Found $($found.Count) instead of one: $Path" }
    [string]$found[0]
}

# Makes a text of a value that no other value has.
function Get-Line($Value) {
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [string]) { return "'$Value'" }
    "$Value".ToLowerInvariant()
}

# Compares with the expected value; the order of a list does not count, letter case does.
function Test-Value(
    [string] $Path, [string] $Member, $Expected, [string] $Within = '', $Where = @{}
) {
    $asList = $Within -eq '' -and $Expected -is [array]
    [string[]]$found = @(foreach ($item in @(Find-Item $Path $Within $Where)) {
        if ($asList) {
            foreach ($one in @(Get-Part $item $Member)) { Get-Line $one }
        } else {
            Get-Line (Get-Part $item $Member)
        }
    })
    [string[]]$hoped = @(
        if ($Expected -is [array]) {
            foreach ($one in $Expected) { Get-Line $one }
        } else {
            Get-Line $Expected
        }
    )
    [Array]::Sort($found, [StringComparer]::Ordinal)
    [Array]::Sort($hoped, [StringComparer]::Ordinal)
    [string]::Equals([string]::Join("`0", $found), [string]::Join("`0", $hoped))
}

# Stops unless the value is still as it was audited.
function Assert-Unchanged([string] $Title, [hashtable] $What) {
    if (-not (Test-Value @What)) { Stop-Script "Not as expected, so audit again first: $Title" }
}

# Stops unless there is no such object.
function Assert-Absent([string] $Title, [string] $Path) {
    $status = 0
    $null = Invoke-MgGraphRequest -Method GET -Uri "/v1.0$Path" -OutputType PSObject `
        -SkipHttpErrorCheck -StatusCodeVariable status
    if ($status -eq 200) { Stop-Script "Not as expected, so audit again first: $Title" }
    if ($status -ne 404) { Stop-Script "Cannot read ${Path}: HTTP $status" }
}

# Warns where Entra accepted a value and did not keep it.
function Confirm-Kept([string] $Title, [hashtable] $What) {
    if (-not (Test-Value @What)) {
        Write-Warning "Entra accepted this but does not show it yet: $Title"
    }
}

# Sends one write and gives its answer; a patient one again where Graph may not find yet
# what was made just before.
function Send-Graph([string] $Method, [string] $Path, $Body, [switch] $Patient) {
    $request = @{ Method = $Method; Uri = "/v1.0$Path"; OutputType = 'PSObject' }
    if ($null -ne $Body) {
        $request.Body = $Body | ConvertTo-Json -Depth 10
        $request.ContentType = 'application/json; charset=utf-8'
    }
    $left = if ($Patient) { 6 } else { 0 }
    while ($true) {
        try {
            Invoke-MgGraphRequest @request
            break
        } catch {
            if ($left -eq 0 -or "$_" -match 'Forbidden|Unauthorized') {
                Stop-Script "$Method $Path failed: $_"
            }
            $left -= 1
            Start-Sleep -Seconds 10
        }
    }
    if (-not $written.Contains($step)) { $written.Add($step) }
}
"""


def quote(text: str) -> str:
    """Make a PowerShell expression of ASCII that gives exactly this text."""
    runs = [
        (plain, "".join(run))
        for plain, run in groupby(_units(text), key=lambda one: " " <= one <= "~")
    ]
    if all(plain for plain, _ in runs):
        return _quoted(text)
    parts = [_quoted(run) if plain else _numbers(run) for plain, run in runs]
    first = [] if runs[0][0] else ["''"]
    return f"({' + '.join([*first, *parts])})"


def _units(text: str) -> str:
    """Split what takes two UTF-16 units, as a .NET character is one unit."""
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(
        chr(int.from_bytes(data[place : place + 2], "little")) for place in range(0, len(data), 2)
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _numbers(text: str) -> str:
    return " + ".join(f"[char]0x{ord(one):X}" for one in text)


def write(outline: Outline, target: Target) -> str:
    """Write a script."""
    lines = [
        "#Requires -Modules Microsoft.Graph.Authentication",
        "",
        *(_comment(line) for line in outline.heading),
        f"# Run it: ./{outline.name}.ps1",
        "# It stops and writes nothing where these settings differ now.",
        "",
        *_parameters(outline),
        *_TOOLS.strip().splitlines(),
        "",
        f"$advice = {quote(outline.advice('rollback.ps1', '-Last'))}",
        "",
        *_connect(outline, target),
        "",
        "# Everything that the script relies on is read before anything is written.",
    ]
    for part in outline.parts:
        lines += _when(outline, part, [line for one in part.early for line in _guard(one)])
    for part in outline.parts:
        lines += ["", _comment(part.title), *([_comment(part.note)] if part.note else [])]
        lines += _when(outline, part, _work(part))
    lines += ["", f"Write-Host {quote(f'Done: {outline.name}.')}"]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    """Make a comment; it ends in ASCII, as a line end may be lost after half a character."""
    shown = one_line(text)
    return f"# {shown if shown.isascii() else f'{shown} .'}".rstrip()


def _parameters(outline: Outline) -> list[str]:
    found = [
        [_comment(f"Input: {one.question}"), f"[Parameter(Mandatory)] [guid] ${variable(one.name)}"]
        for one in outline.inputs
    ]
    if outline.partial:
        last = max(part.number for part in outline.parts)
        found.append(
            ["# The last step that was applied", f"[ValidateRange(1, {last})] [int] $Last = {last}"]
        )
    if not found:
        return []
    blocks = ["\n".join(f"    {line}" for line in block) for block in found]
    return ["param(", *",\n".join(blocks).splitlines(), ")", ""]


def _connect(outline: Outline, target: Target) -> list[str]:
    tenant = f" -TenantId {quote(target.tenant_id)}" if target.tenant_id else ""
    scopes = "".join(f",\n    {quote(one)}" for one in outline.scopes)[1:]
    line = f"Connect-MgGraph -Environment {_ENVIRONMENTS[target.cloud]}{tenant} -Scopes"
    return f"{line} @({scopes}\n)".splitlines()


def _when(outline: Outline, part: Part, lines: list[str]) -> list[str]:
    if not lines or not outline.partial:
        return lines
    inner = [f"    {line}" if line else "" for text in lines for line in text.splitlines()]
    return [f"if ($Last -ge {part.number}) {{", *inner, "}"]


def _work(part: Part) -> list[str]:
    if not part.calls:
        return []
    lines = [f"$step = {quote(part.title)}"]
    lines += [_lookup(one) for one in part.lookups]
    lines += [line for one in part.late for line in _guard(one)]
    for call in part.calls:
        lines += _call(call)
        for guard in read_back(part, call):
            lines += f"Confirm-Kept {quote(one_line(guard.title))} {_what(guard)}".splitlines()
    return lines


def _guard(guard: Guard) -> list[str]:
    if not guard.member:
        return [f"Assert-Absent {quote(one_line(guard.title))} {_path(guard.path)}"]
    return f"Assert-Unchanged {quote(one_line(guard.title))} {_what(guard)}".splitlines()


def _what(guard: Guard) -> str:
    members = {"Path": _path(guard.path), "Member": quote(guard.member)}
    if guard.within:
        members["Within"] = quote(guard.within)
    if guard.where:
        members["Where"] = _where(guard.where)
    members["Expected"] = _literal(guard.expected, "    ")
    return "@{\n" + "\n".join(f"    {name} = {text}" for name, text in members.items()) + "\n}"


def _lookup(lookup: Lookup) -> str:
    words = [f"${variable(lookup.name)} = Find-Id -Path {_path(lookup.path)}"]
    if lookup.within:
        words.append(f"-Within {quote(lookup.within)}")
    if lookup.where:
        words.append(f"-Where {_where(lookup.where)}")
    return " ".join([*words, f"-Take {quote(lookup.take)}"])


def _where(where: Iterable[tuple[str, str]]) -> str:
    pairs = (
        f"{_key(member)} = {quote(value) if isinstance(value, str) else _ref(value)}"
        for member, value in wanted(where)
    )
    return f"@{{ {'; '.join(pairs)} }}"


def _call(call: Call) -> list[str]:
    lines = []
    body = ""
    if call.body is not None:
        lines += f"$body = {_literal(call.body, '')}".splitlines()
        body = " -Body $body"
    patient = " -Patient" if call.patient else ""
    send = f"Send-Graph -Method {call.method} -Path {_path(call.path)}{body}{patient}"
    lines.append(f"$answer = {send}" if call.result or _secret(call) else f"$null = {send}")
    if call.result:
        lines.append(f"${variable(call.result)} = [string]$answer.id")
    if _secret(call):
        lines.append(
            'Write-Host "The new secret, which nobody can read again: $($answer.secretText)"'
        )
    return lines


def _secret(call: Call) -> bool:
    return call.path.endswith(ADD_PASSWORD)


def _path(path: str) -> str:
    found = pieces(path)
    if all(isinstance(one, str) for one in found):
        return _quoted("".join(one for one in found if isinstance(one, str)))
    return (
        '"' + "".join(_inside(one) if isinstance(one, str) else _braced(one) for one in found) + '"'
    )


def _inside(text: str) -> str:
    """Escape what means something in double quotes; an address has no other such characters."""
    return text.replace("$", "`$")


def _ref(ref: Ref) -> str:
    return f'"${variable(ref.name)}"'


def _braced(ref: Ref) -> str:
    return f"${{{variable(ref.name)}}}"


def _literal(value: Value, margin: str) -> str:
    inner = f"{margin}    "
    match value:
        case Ref():
            return _ref(value)
        case None | bool():
            return f"${json.dumps(value)}"
        case int():
            return str(value)
        case str():
            return quote(value)
        case tuple():
            return _block("@(", [_literal(one, inner) for one in value], ")", ",", margin)
        case Mapping():
            members = [f"{_key(name)} = {_literal(one, inner)}" for name, one in value.items()]
            return _block("[ordered]@{", members, "}", "", margin)


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z]+", name) else quote(name)


def _block(start: str, members: list[str], end: str, between: str, margin: str) -> str:
    if not members:
        return f"{start}{end}"
    if between and len(members) == 1 and "\n" not in members[0]:
        return f"{start}{members[0]}{end}"
    lines = f"{between}\n".join(f"{margin}    {one}" for one in members)
    return f"{start}\n{lines}\n{margin}{end}"
