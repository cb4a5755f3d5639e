"""Azure CLI: a Bash script of ``az rest`` that needs no other tool.

What is compared is JSON in ASCII, one value a line, as JMESPath's ``to_string`` prints it; an
array around each value tells a text from null. Bodies and values stand in here-documents, where
nothing is expanded unless a line needs an id that only the run tells.
"""

import json
import re
from collections.abc import Iterable

from auditor.dialects.script import (
    ADD_PASSWORD,
    Outline,
    Part,
    Target,
    json_text,
    one_line,
    pieces,
    read_back,
    variable,
    wanted,
)
from auditor.model.change import Call, Guard, Lookup, Ref, Value
from auditor.model.cloud import ENDPOINTS, Cloud

_CLOUDS = {
    Cloud.GLOBAL: "AzureCloud",
    Cloud.US_GOV_L4: "AzureUSGovernment",
    Cloud.US_GOV_L5: "AzureUSGovernment",
    Cloud.CHINA: "AzureChinaCloud",
}
_TYPOGRAPHIC = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
)
"""ShellCheck takes these quotes for a slip wherever they stand."""
_LONG = 90
_QUOTED = '\\"$`'
"""What means something in double quotes."""
_HERE = "\\$`"
"""What means something in a here-document."""

_TOOLS = r"""
set -euo pipefail

step='Before the first step'
written=''

# Ends the script and says how far it came.
stop() {
  printf '%s\n' "$1" >&2
  if [[ -z $written ]]; then
    printf 'Nothing was changed.\n' >&2
  else
    printf 'It ended in: %s\nSomething was written in: %s\n%s\n' "$step" "$written" "$advice" >&2
  fi
  exit 1
}

# Prints what a JMESPath query lists, one line each, on all pages. $1: path, $2: query
read_lines() {
  local url=$graph/v1.0$1 page
  while [[ $url != null ]]; do
    page=$(az rest --method GET --url "$url" --resource "$graph" \
      --query "[to_string(\"@odata.nextLink\"), $2][]" --output tsv) || return 1
    page=${page//$'\r'/}
    url=${page%%$'\n'*}
    [[ -n $url ]] || return 1
    if [[ $page == *$'\n'* ]]; then printf '%s\n' "${page#*$'\n'}"; fi
  done
}

# Keeps the lines that begin like $1, in either letter case, and cuts that off.
matching() {
  local line
  shopt -s nocasematch
  while IFS= read -r line; do
    if [[ -z $1 ]]; then
      printf '%s\n' "$line"
    elif [[ $line == "$1"* ]]; then
      printf '[%s\n' "${line:${#1}}"
    fi
  done
}

# Succeeds where the tenant holds what standard input lists; the order does not count.
# $1: path, $2: query, $3: what the items of a list begin with
holds() {
  local hoped found
  hoped=$(LC_ALL=C sort)
  found=$(read_lines "$1" "$2" | matching "${3:-}" | LC_ALL=C sort) || stop "Cannot read $1"
  [[ $found == "$hoped" ]]
}

# Stops unless the value is still as it was audited. $1: title, then as above
unchanged() {
  holds "${@:2}" || stop "Not as expected, so audit again first: $1"
}

# Stops unless there is no such object. $1: title, $2: path
absent() {
  local answer
  if answer=$(az rest --method GET --url "$graph/v1.0$2" --resource "$graph" 2>&1); then
    stop "Not as expected, so audit again first: $1"
  fi
  [[ $answer == *'Not Found'* ]] || stop "Cannot read $2: $answer"
}

# Warns where Entra accepted a value and did not keep it. As unchanged
kept() {
  holds "${@:2}" || printf 'Warning: Entra accepted this but does not show it yet: %s\n' "$1" >&2
}

# Prints the id of the only item that is found. As holds
find_id() {
  local found pattern='^\["([A-Za-z0-9_.=-]+)"\]$'
  found=$(read_lines "$1" "$2" | matching "${3:-}") || stop "Cannot read $1"
  [[ $found =~ $pattern ]] || stop "Did not find exactly one: $1"
  printf '%s\n' "${BASH_REMATCH[1]}"
}

# Sends what standard input holds; sets $answer. $1: method, $2: path, $3: a member of the answer
# With $patient it is sent again: Graph may not find yet what was made just before.
send() {
  local body left=${patient:-0}
  body=$(cat)
  until answer=$(az rest --method "$1" --url "$graph/v1.0$2" --resource "$graph" \
    --headers Content-Type=application/json --body "$body" \
    --query "${3:-id}" --output tsv); do
    ((left > 0)) || stop "$1 $2 failed."
    left=$((left - 1))
    sleep "${pause:-10}"
  done
  answer=${answer%$'\r'}
  note
}

# Deletes an object. $1: path
remove() {
  az rest --method DELETE --url "$graph/v1.0$1" --resource "$graph" || stop "DELETE $1 failed."
  note
}

# Remembers that the step wrote something.
note() {
  [[ $written == *"$step"* ]] || written="${written:+$written; }$step"
}
"""


def write(outline: Outline, target: Target) -> str:
    """Write a script."""
    inputs = "".join(f"{variable(one.name).upper()}=… " for one in outline.inputs)
    lines = [
        "#!/usr/bin/env bash",
        *(_comment(line) for line in outline.heading),
        f"# Run it where Bash is, such as in Cloud Shell: {inputs}bash {outline.name}.sh",
        "# It stops and writes nothing where these settings differ now.",
        "# The app of the Azure CLI may lack a permission that this needs. Where Graph answers",
        "# 403 Forbidden, use the PowerShell script instead.",
        "",
        *_TOOLS.strip().splitlines(),
        "",
        f"graph={ENDPOINTS[target.cloud].graph}",
        f"advice={_text(outline.advice('rollback.sh', 'LAST'))}",
        "",
        *_inputs(outline),
        *_tenant(target),
        "",
        "# Everything that the script relies on is read before anything is written.",
    ]
    for part in outline.parts:
        lines += _when(outline, part, [line for one in part.early for line in _guard(one)])
    for part in outline.parts:
        lines += ["", _comment(part.title), *([_comment(part.note)] if part.note else [])]
        lines += _when(outline, part, _work(part))
    lines += ["", f"echo 'Done: {outline.name}.'"]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return f"# {one_line(text)}".rstrip()


def _inputs(outline: Outline) -> list[str]:
    lines = []
    if outline.inputs:
        lines.append("guid='^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'")
    for one in outline.inputs:
        name = variable(one.name)
        asks = _text(f"Set {name.upper()} to this: {one_line(one.question)}")
        lines += [f"{name}=${{{name.upper()}:-}}", f"[[ ${name} =~ $guid ]] || stop {asks}"]
    if outline.partial:
        last = max(part.number for part in outline.parts)
        lines += [
            "# The last step that was applied",
            f"last=${{LAST:-{last}}}",
            "[[ $last =~ ^[1-9][0-9]?$ ]] || stop 'LAST has to be the number of a step.'",
        ]
    return [*lines, ""] if lines else []


def _tenant(target: Target) -> list[str]:
    cloud = _CLOUDS[target.cloud]
    lines = [] if target.cloud is Cloud.GLOBAL else [f"# First: az cloud set --name {cloud}"]
    if target.tenant_id is None:
        return [*lines, "# First: az login --allow-no-subscriptions"]
    login = f"az login --tenant {target.tenant_id} --allow-no-subscriptions"
    return [
        *lines,
        "tenant=$(az account show --query tenantId --output tsv) || tenant=''",
        f"[[ ${{tenant%$'\\r'}} == {_text(target.tenant_id)} ]] ||",
        f"  stop {_text(f'Sign in to this tenant first: {login}')}",
    ]


def _when(outline: Outline, part: Part, lines: list[str]) -> list[str]:
    """Leave a step out where it was not reached; here-documents must not be indented."""
    if not lines or not outline.partial:
        return lines
    return [f"if ((last >= {part.number})); then", *lines, "fi"]


def _work(part: Part) -> list[str]:
    if not part.calls:
        return []
    lines = [f"step={_text(part.title)}"]
    lines += [_lookup(one) for one in part.lookups]
    lines += [line for one in part.late for line in _guard(one)]
    for call in part.calls:
        lines += _call(call)
        lines += [line for guard in read_back(part, call) for line in _compare("kept", guard)]
    return lines


def _guard(guard: Guard) -> list[str]:
    if not guard.member:
        return [_command(["absent", _text(guard.title), _path(guard.path)])]
    return _compare("unchanged", guard)


def _compare(command: str, guard: Guard) -> list[str]:
    as_list = isinstance(guard.expected, tuple)
    query = _query(guard.member, guard.within, guard.where, as_list=as_list)
    values = guard.expected if isinstance(guard.expected, tuple) else (guard.expected,)
    words = [command, _text(guard.title), _path(guard.path), _text(query)]
    if guard.where:
        words.append(_beginning(guard.where))
    return _document(words, sorted(_line(one) for one in values), "VALUES")


def _query(member: str, within: str, where: tuple[tuple[str, str], ...], *, as_list: bool) -> str:
    """Make the JMESPath that lists one text for each value to compare."""
    name = _name(member)
    if not within:
        return f"{name}[*].to_string([@])" if as_list else f"to_string([{name}])"
    if not where:
        return f"{_name(within)}[*].to_string([{name}])"
    others = ", ".join(_name(other) for other, _ in where)
    return f"{_name(within)}[*].to_string([[{others}], {name}])"


def _name(member: str) -> str:
    return ".".join(
        part if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", part) else json.dumps(part)
        for part in member.split(".")
    )


def _beginning(where: Iterable[tuple[str, str]]) -> str:
    """Quote what the line of an item begins with that has these values."""
    return _quoted(f"[[{','.join(_leaf(value) for _, value in wanted(where))}],")


def _line(value: Value) -> str:
    """Write an expected value as ``to_string`` prints it inside an array."""
    return f"[{json_text(value, _leaf)}]"


def _leaf(value: str | Ref) -> str:
    return f'"{_mark(value)}"' if isinstance(value, Ref) else json.dumps(value)


def _mark(ref: Ref) -> str:
    """Stand for a variable until a text is quoted; JSON and addresses never hold the sign."""
    return f"\0{variable(ref.name)}\0"


def _expanded(text: str, escaped: str) -> str:
    """Write variables out, and let these characters mean themselves."""
    parts = text.split("\0")
    return "".join(
        f"${{{part}}}" if place % 2 else re.sub(f"([{re.escape(escaped)}])", r"\\\1", part)
        for place, part in enumerate(parts)
    )


def _text(text: str) -> str:
    """Quote a text for Bash as one line of ordinary quotes."""
    return _quoted(one_line(text).translate(_TYPOGRAPHIC))


def _quoted(text: str) -> str:
    if re.search(r"[\0'$`]", text):
        return f'"{_expanded(text, _QUOTED)}"'
    return f"'{text}'"


def _path(path: str) -> str:
    return _quoted("".join(_mark(one) if isinstance(one, Ref) else one for one in pieces(path)))


def _command(words: list[str]) -> str:
    """Join the words of a command; a long one takes several lines."""
    line = " ".join(words)
    return line if len(line) < _LONG else " \\\n  ".join(words)


def _document(words: list[str], lines: Iterable[str], end: str) -> list[str]:
    """Give a command with its standard input; nothing in that is expanded but marked variables."""
    listed = list(lines)
    if any("\0" in line for line in listed):
        return [f"{_command(words)} <<{end}", *(_expanded(one, _HERE) for one in listed), end]
    return [f"{_command(words)} <<'{end}'", *listed, end]


def _lookup(lookup: Lookup) -> str:
    query = _query(lookup.take, lookup.within, lookup.where, as_list=False)
    words = [_path(lookup.path), _text(query)]
    if lookup.where:
        words.append(_beginning(lookup.where))
    return f"{variable(lookup.name)}=$({_command(['find_id', *words])})"


def _call(call: Call) -> list[str]:
    if call.body is None:
        return [f"remove {_path(call.path)}"]
    secret = call.path.endswith(ADD_PASSWORD)
    patient = ["patient=6"] if call.patient else []
    words = [*patient, "send", call.method, _path(call.path), *(["secretText"] if secret else [])]
    lines = _document(words, json_text(call.body, _leaf, "").splitlines(), "JSON")
    if call.result:
        lines.append(f"{variable(call.result)}=$answer")
    if secret:
        lines.append("printf 'The new secret, which nobody can read again: %s\\n' \"$answer\"")
    return lines
