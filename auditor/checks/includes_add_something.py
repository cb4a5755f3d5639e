"""Every include of a custom policy covers something that its other includes do not.

What it asks. Does each include of the custom app consent policies that are assigned to users lie
outside every other include of the same policy?

Why it matters. One include that matches is enough, so an include within a wider one changes
nothing. Whoever narrows or deletes it in order to withhold something withholds nothing, and the
policy reads as if it were stricter than it is. Nothing works differently today: information.

Met when. Of no include it is proven that another one of its policy covers all of it. Includes are
compared condition by condition; what follows only from today's classifications or apps is not
called proven.

Not met when. An include lies within another one of its policy, or repeats it.

Unknown when. The user consent settings or a custom policy were not read, or includes have
conditions that this program does not know and none is proven to lie within another.

Reads. The user consent settings (Policy.Read.All) and the assigned custom policies
(Policy.Read.PermissionGrant). Policies that are not assigned to users are not read. Includes that
nothing can match are the matter of condition-sets-can-match.

Remedy. Delete the narrower include with Microsoft Graph, or narrow the wider one if that is what
was meant; a Privileged Role Administrator can do it. The portal has no editor for it.

References. https://learn.microsoft.com/graph/api/resources/permissiongrantpolicy
"""

from collections.abc import Iterator

from auditor.checks.check import Check, CheckContext, Verdict, ask_custom_policies, not_readable
from auditor.consent.condition_sets import is_void, is_within, titled
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import PermissionGrantPolicy


def _judge(context: CheckContext) -> Verdict:
    return ask_custom_policies(context, _verdict)


def _verdict(policy: PermissionGrantPolicy) -> Verdict:
    pairs = dict(_pairs(policy))
    if pairs:
        texts = (f"include {inner} lies within include {outer}" for inner, outer in pairs.items())
        text = f"{policy.id}: {'; '.join(texts)}. The wider one decides: delete the other."
        evidence = tuple(
            (
                titled(f"{policy.id}, include {inner}", policy.includes[inner - 1]),
                f"in include {outer}",
            )
            for inner, outer in pairs.items()
        )
        return Verdict(Judgement.NOT_MET, text, evidence)
    if len(policy.includes) > 1 and (odd := not_readable(policy, policy.includes)):
        return odd
    return Verdict(Judgement.MET, f"Every include of {policy.id} adds something.")


def _pairs(policy: PermissionGrantPolicy) -> Iterator[tuple[int, int]]:
    """Number each include that lies within another, and that one; of equal ones the first stays."""
    found = [(n, one) for n, one in enumerate(policy.includes, 1) if not is_void(one)]
    for number, one in found:
        for other, outer in found:
            equal = is_within(outer, one)
            if number != other and is_within(one, outer) and not (equal and number < other):
                yield number, other
                break


CHECK = Check(
    id="includes-add-something",
    title="Every include of a custom policy covers something that its other includes do not",
    severity=Severity.INFO,
    judge=_judge,
)
