"""Terraform, with the providers ``hashicorp/azuread`` and ``Microsoft/msgraph``.

What is created becomes a resource that Terraform can destroy again, of azuread where that has
one. What exists is changed by msgraph, which leaves it alone when it is destroyed; the rollback
sets it back. Preconditions compare what is read while the plan is made, so a difference stops
Terraform before it writes.

Source: the documentation of both providers (read 2026-08).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.dialects import hcl
from auditor.dialects.script import (
    ADD_PASSWORD,
    Outline,
    Part,
    Target,
    one_line,
    pieces,
    query_parameters,
    references,
    split,
    variable,
    wanted,
)
from auditor.model.change import Call, Guard, Input, Lookup, Method, Ref, Value
from auditor.model.cloud import ENDPOINTS, Cloud

_ENVIRONMENTS = {
    Cloud.GLOBAL: "global",
    Cloud.US_GOV_L4: "usgovernmentl4",
    Cloud.US_GOV_L5: "usgovernmentl5",
    Cloud.CHINA: "china",
}
_CREATED = {
    "servicePrincipals": (
        "azuread_service_principal",
        {
            "appId": "client_id",
            "accountEnabled": "account_enabled",
            "appRoleAssignmentRequired": "app_role_assignment_required",
        },
    ),
    "oauth2PermissionGrants": (
        "azuread_service_principal_delegated_permission_grant",
        {
            "clientId": "service_principal_object_id",
            "resourceId": "resource_service_principal_object_id",
            "principalId": "user_object_id",
            "scope": "claim_values",
            "consentType": "",
        },
    ),
    "appRoleAssignedTo": (
        "azuread_app_role_assignment",
        {
            "appRoleId": "app_role_id",
            "principalId": "principal_object_id",
            "resourceId": "resource_object_id",
        },
    ),
    "addPassword": (
        "azuread_application_password",
        {"displayName": "display_name", "startDateTime": "start_date", "endDateTime": "end_date"},
    ),
}
"""By the end of the path: the resource, and its arguments by Graph's members."""
_GUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


@dataclass(slots=True)
class _File:
    """What has been written so far."""

    names: dict[str, str] = field(default_factory=dict)
    """The expression that gives the id of a ``Ref``."""
    reads: dict[str, str] = field(default_factory=dict)
    """The data source of each path."""
    lookups: list[Lookup] = field(default_factory=list)
    providers: set[str] = field(default_factory=set)

    def of(self, ref: Ref) -> str:
        return self.names.get(ref.name, f"local.{variable(ref.name)}")


def write(outline: Outline, target: Target) -> str:
    """Write a configuration."""
    file = _File({one.name: f"var.{variable(one.name)}" for one in outline.inputs})
    steps = [line for part in outline.parts for line in _step(outline, part, file)]
    asked = [one for one in outline.inputs if any(file.names[one.name] in line for line in steps)]
    lines = [
        *(_comment(line) for line in outline.heading),
        *(_comment(line) for line in _advice(outline, target) if file.providers),
        *_settings(target, file.providers),
        *(line for one in asked for line in _variable(one, file)),
        *steps,
        *(_destroy(outline) if outline.undo else []),
    ]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return f"# {one_line(text)}".rstrip()


def _advice(outline: Outline, target: Target) -> tuple[str, ...]:
    tenant = f" --tenant {target.tenant_id}" if target.tenant_id else ""
    first = () if target.cloud is Cloud.GLOBAL else ("Choose your cloud first: az cloud set.",)
    return (
        f"Terraform reads every file of a folder, so give {outline.name}.tf a folder of its own.",
        *first,
        f"Run there: az login{tenant} --allow-no-subscriptions; terraform init; terraform apply",
        "The plan fails where these settings differ now. It also fails once it has been applied.",
        "The provider msgraph is a preview. azuread may ask for a wider role than the one above.",
    )


def _settings(target: Target, used: Iterable[str]) -> list[str]:
    sources = {
        "azuread": ("hashicorp/azuread", ">= 3.0"),
        "msgraph": ("Microsoft/msgraph", ">= 0.2"),
    }
    names = sorted(used)
    if not names:
        return []
    required = []
    for name in names:
        source, version = sources[name]
        members = {"source": source} | ({"version": version} if version else {})
        required.append((name, hcl.expression(members, str)))
    needed = hcl.block("required_providers", hcl.attributes(required))
    lines = ["", *hcl.block("terraform", needed)]
    for name in names:
        place = (
            ("environment", _ENVIRONMENTS[target.cloud])
            if name == "azuread"
            else ("msgraph_endpoint", ENDPOINTS[target.cloud].graph)
        )
        values = [*([("tenant_id", target.tenant_id)] if target.tenant_id else []), place]
        inner = hcl.attributes((key, hcl.quote(value)) for key, value in values)
        lines += ["", *hcl.block(f'provider "{name}"', inner)]
    return lines


def _variable(one: Input, file: _File) -> list[str]:
    name = file.names[one.name]
    check = [
        ("condition", f"can(regex({hcl.quote(_GUID)}, {name}))"),
        ("error_message", hcl.quote("This has to be an object ID (a GUID).")),
    ]
    return [
        "",
        *hcl.block(
            f'variable "{variable(one.name)}"',
            [
                *hcl.attributes(
                    [("description", hcl.quote(one_line(one.question))), ("type", "string")]
                ),
                *hcl.block("validation", hcl.attributes(check)),
            ],
        ),
    ]


def _step(outline: Outline, part: Part, file: _File) -> list[str]:
    lines = ["", _comment(part.title), *([_comment(part.note)] if part.note else [])]
    made = _created(part) if outline.undo else []
    calls = _set_back(part) if outline.undo else part.calls
    if made:
        lines.append("# What this created is destroyed by the command at the end.")
    if not calls:
        return lines
    guards = (*part.early, *part.late)
    for lookup in _needed(part.lookups, (*guards, *calls)):
        lines += _lookup(lookup, file)
    lines += [line for one in guards for line in _read(one, file)]
    conditions = [_precondition(one, file) for one in guards if one.member]
    before = ""
    for place, call in enumerate(calls, 1):
        name = _name(part, place, len(calls))
        kind, body = _resource(call, file)
        file.providers |= {kind.partition("_")[0], "msgraph"}
        lines += [
            "",
            *hcl.block(f'resource "{kind}" "{name}"', [*body, *_order(before, conditions)]),
        ]
        before, conditions = f"{kind}.{name}", []
        if call.result:
            last = "object_id" if kind == "azuread_service_principal" else "id"
            file.names[call.result] = f"{before}.{last}"
        if call.path.endswith(ADD_PASSWORD):
            lines += _secret(before, name)
    return lines


def _needed(lookups: Iterable[Lookup], by: Iterable[Guard | Call]) -> list[Lookup]:
    """Leave out the lookups for what a destroy deletes; one lookup may need an earlier one."""
    names = {name for one in by for name in references(one)}
    found: list[Lookup] = []
    for lookup in reversed(list(lookups)):
        if lookup.name in names:
            names |= references(lookup)
            found.insert(0, lookup)
    return found


def _name(part: Part, place: int, of: int) -> str:
    return f"step_{part.number}" if of == 1 else f"step_{part.number}_{place}"


def _created(part: Part) -> list[str]:
    """List what applying the step put into Terraform's state and a destroy deletes."""
    return [
        f"{_kind(call)}.{_name(part, place, len(part.applied))}"
        for place, call in enumerate(part.applied, 1)
        if call.method is Method.POST and part.calls
    ]


def _set_back(part: Part) -> tuple[Call, ...]:
    """Leave out the calls that a destroy does."""
    if not _created(part):
        return part.calls
    return tuple(one for one in part.calls if one.method in (Method.PATCH, Method.PUT))


def _destroy(outline: Outline) -> list[str]:
    found = [one for part in outline.parts for one in reversed(_created(part))]
    if not found:
        return []
    return [
        "",
        "# At last, in the folder of apply.tf; it does not compare with the audited settings:",
        "# terraform destroy \\",
        *(f"#   -target={one} \\" for one in found[:-1]),
        f"#   -target={found[-1]}",
    ]


def _address(path: str, file: _File) -> str:
    """Write a path without its first slash as a template."""
    parts = pieces(path.removeprefix("/"))
    return '"' + "".join(_piece(one, file) for one in parts) + '"'


def _piece(piece: str | Ref, file: _File) -> str:
    return hcl.escape(piece) if isinstance(piece, str) else f"${{{file.of(piece)}}}"


def _get(path: str, name: str, file: _File, extra: Iterable[str] = ()) -> list[str]:
    """Read a path; a query has an argument of its own."""
    place, query = query_parameters(path)
    members = [("url", _address(place, file))]
    if query:
        parameters = [(hcl.quote(key), f"[{_template(value, file)}]") for key, value in query]
        listed = "\n".join(["{", *hcl.attributes(parameters, "  "), "}"])
        members.append(("query_parameters", listed))
    members.append(("response_export_values", '{ all = "@" }'))
    inner = [*hcl.attributes(members), *extra]
    return ["", *hcl.block(f'data "msgraph_resource" "{name}"', inner)]


def _template(text: str, file: _File) -> str:
    return '"' + "".join(_piece(one, file) for one in split(text)) + '"'


def _read(guard: Guard, file: _File) -> list[str]:
    if not guard.member:
        return [
            _comment(f"Not read before: {guard.title}."),
            "# Terraform cannot ask for what is missing; to create it fails where it exists.",
        ]
    if guard.path in file.reads:
        return []
    name = f"audited_{len(file.reads) + 1}"
    file.reads[guard.path] = f"data.msgraph_resource.{name}.output.all"
    return _get(guard.path, name, file)


def _precondition(guard: Guard, file: _File) -> list[str]:
    source = file.reads[guard.path]
    found = hcl.traversal(source, guard.member)
    expected = hcl.expression(guard.expected, file.of)
    if guard.within:
        expected = hcl.expression(hcl.texts(guard.expected), file.of)
        condition = f"sort({_items(guard, source, guard.member, file)}) == sort({expected})"
    elif isinstance(guard.expected, tuple):
        condition = f"sort(try({found}[*], [])) == sort({expected})"
    else:
        condition = f"try({found}, null) == {expected}"
    message = f"Not as expected, so audit again first: {one_line(guard.title)}"
    members = [("condition", condition), ("error_message", hcl.quote(message))]
    return hcl.block("precondition", hcl.attributes(members))


def _items(read: Guard | Lookup, source: str, member: str, file: _File) -> str:
    """Write the list of a member of those items that have the wanted values."""
    conditions = [
        f'try(lower({hcl.traversal("one", name)}), "") == {_lower(value, file)}'
        for name, value in wanted(read.where)
    ]
    listed = f"try({hcl.traversal(source, read.within)}[*], [])"  # of null it makes no items
    having = f" if {' && '.join(conditions)}" if conditions else ""
    return f"[for one in {listed} : {hcl.text_of(hcl.traversal('one', member))}{having}]"


def _lower(value: str | Ref, file: _File) -> str:
    return hcl.quote(value.lower()) if isinstance(value, str) else f"lower({file.of(value)})"


def _lookup(lookup: Lookup, file: _File) -> list[str]:
    """Find an id once, and let the read fail where it is not the only one."""
    if lookup in file.lookups:
        return []
    file.lookups.append(lookup)
    name = variable(lookup.name)
    source = f"data.msgraph_resource.{name}.output.all"
    if not lookup.within:
        value = hcl.traversal(source, lookup.take)
        extra: list[str] = []
    else:
        value = f"one({_items(lookup, source, lookup.take, file)})"
        found = _items(lookup, "self.output.all", lookup.take, file)
        members = [
            ("condition", f"length({found}) == 1"),
            ("error_message", hcl.quote("Not exactly one item matches.")),
        ]
        extra = ["", *hcl.block("lifecycle", hcl.block("postcondition", hcl.attributes(members)))]
    return [
        *_get(lookup.path, name, file, extra),
        "",
        *hcl.block("locals", hcl.attributes([(name, value)])),
    ]


def _order(before: str, conditions: list[list[str]]) -> list[str]:
    """Let the calls of one step follow each other, the first one after its checks."""
    if before:
        return ["", f"depends_on = [{before}]"]
    inner = [line for one in conditions for line in one]
    return ["", *hcl.block("lifecycle", inner)] if inner else []


def _kind(call: Call) -> str:
    if call.method is Method.PATCH:
        return "msgraph_update_resource"
    if call.method is not Method.POST:
        return "msgraph_resource_action"
    kind, members = _CREATED.get(call.path.rpartition("/")[2], ("", {}))
    known = set(_values(call)) <= set(members)
    if kind and known:
        return kind
    return "msgraph_resource_action" if call.path.endswith(ADD_PASSWORD) else "msgraph_resource"


def _values(call: Call) -> Mapping[str, Value]:
    """Give what the body says; that of a secret stands one level below."""
    inner = (call.body or {}).get("passwordCredential")
    return inner if isinstance(inner, Mapping) else call.body or {}


def _resource(call: Call, file: _File) -> tuple[str, list[str]]:
    """Give the type of the resource that does a call, and its arguments."""
    kind = _kind(call)
    if kind.startswith("azuread_"):
        return kind, hcl.attributes(_arguments(call, file))
    action = kind == "msgraph_resource_action"
    members = [("resource_url" if action else "url", _address(call.path, file))]
    if action:
        members.append(("method", hcl.quote(call.method)))
    if call.body is not None:
        members.append(("body", hcl.expression(call.body, file.of)))
    return kind, hcl.attributes(members)


def _arguments(call: Call, file: _File) -> Iterator[tuple[str, str]]:
    place, _, last = call.path.rpartition("/")
    if call.path.endswith(ADD_PASSWORD):
        yield "application_id", f'"/{_address(place, file)[1:]}'
    names = _CREATED[last][1]
    for member, value in _values(call).items():
        if member == "scope" and isinstance(value, str):
            yield names[member], hcl.expression(tuple(value.split()), file.of)
        elif names[member]:
            yield names[member], hcl.expression(value, file.of)


def _secret(resource: str, name: str) -> list[str]:
    value = "value" if resource.startswith("azuread_") else "output"
    return [
        "",
        f"# Show it with: terraform output -raw {name}_secret. Terraform's state holds it, too.",
        *hcl.block(
            f'output "{name}_secret"',
            hcl.attributes([("value", f"{resource}.{value}"), ("sensitive", "true")]),
        ),
    ]
