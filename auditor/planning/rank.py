"""Which plan comes first: the one that opens the tenant least. ``docs/plans.md`` has the rule."""

from auditor.model.plan import Plan

_UNREAD = 1_000_000
"""A count that could not be read ranks as if very many gained."""


def order(plan: Plan) -> tuple[int, ...]:
    """Give the key that plans are sorted by, the smallest first."""
    reach = plan.reach
    gain = reach.others_gain.number if reach.others_gain else _UNREAD
    opened = sum(len(one.permissions) for one in reach.opened)
    return (
        plan.waits_for_others,
        plan.pilot,
        reach.apps,
        gain,
        len(plan.breaks),
        len(plan.worsens),
        reach.reversal,
        reach.people,
        opened,
        len(plan.steps),
    )
