"""What a custom policy includes is not taken away by its own excludes.

What it asks. Does each include of the custom app consent policies that are assigned to users have
a part that no exclude of the same policy covers?

Why it matters. An exclude always wins. Where one covers a whole include, that include lets users
consent to nothing; where none is left, the policy is assigned and does nothing, though it looks as
if users had a way to consent. Users fail without a setting that says so: medium.

Met when. Of no include it is proven that one exclude covers all of it. Sets are compared condition
by condition; what follows only from today's classifications or apps is not called proven.

Not met when. An exclude covers an include entirely, or the policy has no include.

Unknown when. The user consent settings or a custom policy were not read, or a policy with excludes
has conditions that this program does not know and no exclude is proven to cover an include.

Reads. The user consent settings (Policy.Read.All) and the assigned custom policies
(Policy.Read.PermissionGrant). Policies that are not assigned to users are not read. An exclude
takes nothing from another policy's includes.

Remedy. Name in the exclude what is to be withheld, such as permission ids, or delete it; a
Privileged Role Administrator can do it with Microsoft Graph. The portal has no editor for it. See
first what the include would then let users consent to.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/manage-app-consent-policies
"""

from auditor.checks.check import Check, CheckContext, Verdict, ask_custom_policies, not_readable
from auditor.consent.condition_sets import is_void, is_within, titled
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import ConditionSet, PermissionGrantPolicy


def _judge(context: CheckContext) -> Verdict:
    return ask_custom_policies(context, _verdict)


def _verdict(policy: PermissionGrantPolicy) -> Verdict:
    odd = not_readable(policy, (*policy.includes, *policy.excludes))
    if not policy.includes and not policy.unrecognised:
        text = f"{policy.id} has no include, so it lets users consent to nothing: add one."
        return Verdict(Judgement.NOT_MET, text, ((policy.id, "includes 0"),))
    taken = {
        number: by
        for number, one in enumerate(policy.includes, 1)
        if not is_void(one) and (by := _covering(policy, one)) is not None
    }
    if taken:
        return _taken(policy, taken)
    if odd and (policy.excludes or not policy.includes):
        return odd
    return Verdict(Judgement.MET, f"The excludes of {policy.id} leave each include a part.")


def _covering(policy: PermissionGrantPolicy, include: ConditionSet) -> int | None:
    found = (number for number, one in enumerate(policy.excludes, 1) if is_within(include, one))
    return next(found, None)


def _taken(policy: PermissionGrantPolicy, taken: dict[int, int]) -> Verdict:
    texts = [f"exclude {by} takes away all of include {number}" for number, by in taken.items()]
    left = policy.unrecognised or len(taken) < len(policy.includes)
    effect = "That include does nothing" if left else "The policy lets users consent to nothing"
    evidence = tuple(
        (titled(f"{policy.id}, exclude {by}", policy.excludes[by - 1]), f"covers include {number}")
        for number, by in taken.items()
    )
    text = f"{policy.id}: {'; '.join(texts)}. {effect}: name in the exclude what is to be withheld."
    return Verdict(Judgement.NOT_MET, text, evidence)


CHECK = Check(
    id="excludes-leave-something",
    title="What a custom policy includes is not taken away by its own excludes",
    severity=Severity.MEDIUM,
    judge=_judge,
)
