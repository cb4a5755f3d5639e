"""Microsoft's managed policy excludes what the shipped table lists.

What it asks. Does the tenant's microsoft-user-default-recommended exclude the same permissions as
the dated table that ships with this program?

Why it matters. Microsoft changes the list from time to time, in some months without much notice.
The tenant's own answer decides every outcome; but a difference tells that permissions have come
to need an administrator, or no longer do, since the table was made.

Met when. The policy is assigned, and its excludes list exactly the table's permissions.

Not met when. The policy excludes a permission that the table lacks, or the other way round.

Unknown when. The user consent settings were not read. Where the policy is not assigned or could
not be read there is nothing to compare, and the check does not apply.

Reads. The user consent settings (Policy.Read.All) and the policy
microsoft-user-default-recommended (Policy.Read.PermissionGrant).

Remedy. None is needed in the tenant. Look for a newer version of this program, and in the message
center for the change, so that you know what your users meet.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies
"""

from auditor.checks.check import Check, CheckContext, Verdict, unread
from auditor.model.fact import Known, Unknown
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import PermissionGrantPolicy

_Pairs = dict[tuple[str, str], str]
"""Resource app ID and permission id, and the permission's name."""


def _judge(context: CheckContext) -> Verdict:
    settings = context.facts.authorization_policy()
    if isinstance(settings, Unknown):
        return unread(settings)
    name = context.managed.recommended
    if name not in {one.casefold() for one in settings.value.user_consent}:
        return Verdict(Judgement.NOT_APPLICABLE, f"The policy {name} is not assigned.")
    policy = context.facts.policy(name)
    if isinstance(policy, Unknown) or policy.value is None:
        text = f"The policy {name} was not read, so there is nothing to compare."
        return Verdict(Judgement.NOT_APPLICABLE, text)
    return _compared(context, _live(context, policy.value), _table(context))


def _compared(context: CheckContext, live: _Pairs, table: _Pairs) -> Verdict:
    added = sorted(live[pair] for pair in live.keys() - table.keys())
    dropped = sorted(table[pair] for pair in table.keys() - live.keys())
    as_of = f"{context.managed.as_of:%Y-%m-%d}"
    evidence = (
        ("table of", as_of),
        ("excluded by the tenant's policy", str(len(live))),
        ("in the policy alone", ", ".join(added) or "none"),
        ("in the table alone", ", ".join(dropped) or "none"),
    )
    if added or dropped:
        text = (
            f"Microsoft changed what users may not consent to since {as_of}: permissions added "
            f"{len(added)}, taken away {len(dropped)}. The outcomes rest on the tenant's policy."
        )
        return Verdict(Judgement.NOT_MET, text, evidence)
    text = f"The policy excludes the {len(live)} permissions of the table of {as_of}."
    return Verdict(Judgement.MET, text, evidence)


def _table(context: CheckContext) -> _Pairs:
    return {
        (one.resource_app_id, one.permission_id): one.value for one in context.managed.exclusions
    }


def _live(context: CheckContext, policy: PermissionGrantPolicy) -> _Pairs:
    """Spell the excludes out; one that names no permissions stands as ``all``."""
    found: _Pairs = {}
    for one in policy.excludes:
        home = (one.resource_application or "any").casefold()
        for permission in one.permissions or ("all",):
            pair = (home, permission.casefold())
            found[pair] = _name(context, *pair)
    return found


def _name(context: CheckContext, app_id: str, permission_id: str) -> str:
    resource = context.facts.resource(app_id)
    published = resource.value.published if isinstance(resource, Known) and resource.value else ()
    names = (one.value for one in published if one.id == permission_id)
    return next(names, f"{app_id}/{permission_id}")


CHECK = Check(
    id="managed-exclusions-match-table",
    title="Microsoft's managed policy excludes what the shipped table lists",
    severity=Severity.INFO,
    judge=_judge,
)
