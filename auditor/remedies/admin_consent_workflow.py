"""The admin consent workflow: users can ask, and somebody who exists and may decide is asked."""

from collections.abc import Mapping

from auditor.model.change import Call, Change, Guard, Method, Operation, Value
from auditor.model.fact import Known
from auditor.model.plan import Step
from auditor.remedies import portal
from auditor.remedies.action import Action, by_requests, together
from auditor.remedies.context import APP_ADMINISTRATOR, Context
from auditor.simulate import Document, consent_setting
from auditor.sources import admin_consent_request_policy, group_settings

_PATH = "/policies/adminConsentRequestPolicy"
_MEMBERS = ("isEnabled", "notifyReviewers", "remindersEnabled", "requestDurationInDays")
_DAYS = 30
_SWITCH = "enableadminconsentrequests"
_Values = Mapping[str, str | None]
_ROLE = "62e90394-69f5-4237-9190-012177145e10"
"""Every tenant has a Global Administrator, who may consent to anything."""


def actions(context: Context) -> tuple[Action, ...]:
    """Switch it on, or give it reviewers; nothing where it works."""
    found, settings = context.facts.workflow(), context.facts.consent_settings()
    document = context.facts.document(admin_consent_request_policy.SOURCE)
    if not isinstance(found, Known) or not isinstance(settings, Known) or document is None:
        return ()
    if found.value.enabled and found.value.reviewers and not _is_off(context):
        return ()
    step = Step(
        id="admin-consent-workflow",
        title="Let users request admin consent, and name reviewers",
        why=(
            "A user who needs approval then gets a text box instead of a dead end. Reviewers that "
            "are named already stay; the holders of the role Global Administrator are added, as "
            "they exist in every tenant and may consent. Add whoever shall decide from day to day. "
            "In the portal it takes a Global Administrator."
        ),
        role=APP_ADMINISTRATOR,
        portal_path="Entra ID > Enterprise apps > Consent and permissions > Admin consent settings",
        portal_url=portal.admin_consent_settings(context),
        change=_with_switch(context, _change(document)),
        undo="Set the same page back to what it was.",
        wait="Up to an hour.",
        check="The page says Yes and lists the reviewers.",
    )
    return (by_requests(step),)


def _change(document: Document) -> Change:
    old, new = _frozen(document), _wanted(document)
    return Change(
        scopes=("Policy.ReadWrite.ConsentRequest",),
        do=Operation(_guards(old), (Call(Method.PUT, _PATH, new),)),
        undo=Operation(_guards(new), (Call(Method.PUT, _PATH, old),)),
    )


def _is_off(context: Context) -> bool:
    """Say whether the older switch, among the directory's settings, says no."""
    settings = context.facts.consent_settings()
    return isinstance(settings, Known) and settings.value.admin_consent_requests is False


def _with_switch(context: Context, change: Change) -> Change:
    """Turn the older switch on too, where it is off; Graph takes all values together."""
    found = consent_setting(context.facts.document(group_settings.SOURCE) or {})
    if not _is_off(context) or found is None:
        return change
    setting_id, old = found
    new = {name: "true" if name.casefold() == _SWITCH else value for name, value in old.items()}
    path = f"/groupSettings/{setting_id}"

    def operation(before: _Values, after: _Values) -> Operation:
        title = "The directory's consent settings"
        guards = tuple(
            Guard(f"{title}: {name}", path, "value", (value,), "values", (("name", name),))
            for name, value in before.items()
        )
        values = tuple({"name": name, "value": value} for name, value in after.items())
        return Operation(guards, (Call(Method.PATCH, path, {"values": values}),))

    both = Change(("GroupSettings.ReadWrite.All",), operation(old, new), operation(new, old))
    return together([change, both])


def _guards(policy: dict[str, Value]) -> tuple[Guard, ...]:
    """Compare every member that a PUT replaces."""
    queries = tuple(one["query"] for one in _reviewers(policy))
    return (
        *(Guard(f"The workflow: {name}", _PATH, name, policy[name]) for name in _MEMBERS),
        Guard("Who reviews", _PATH, "query", queries, "reviewers"),
    )


def _frozen(document: Document) -> dict[str, Value]:
    """Give the whole policy as Graph takes it back."""
    listed = document.get("reviewers")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    members: dict[str, Value] = {name: _scalar(document.get(name)) for name in _MEMBERS}
    return members | {
        "reviewers": tuple(
            _reviewer(_text(one.get("query")), _text(one.get("queryRoot")), one.get("queryType"))
            for one in found
        )
    }


def _wanted(document: Document) -> dict[str, Value]:
    old = _frozen(document)
    days = old["requestDurationInDays"]
    role = f"/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{_ROLE}'"
    named = tuple(one for one in _reviewers(old) if one["query"])
    mine = () if role in {str(one["query"]) for one in named} else (_reviewer(role, None),)
    return {
        "isEnabled": True,
        "notifyReviewers": True,
        "remindersEnabled": True,
        "requestDurationInDays": days if isinstance(days, int) and 0 < days <= _DAYS else _DAYS,
        "reviewers": (*named, *mine),
    }


def _reviewer(query: str | None, root: str | None, kind: object = None) -> dict[str, Value]:
    return {"query": query, "queryType": _text(kind) or "MicrosoftGraph", "queryRoot": root}


def _reviewers(policy: dict[str, Value]) -> tuple[dict[str, Value], ...]:
    found = policy["reviewers"]
    return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, tuple) else ()


def _scalar(value: object) -> Value:
    return value if isinstance(value, bool | int | str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
