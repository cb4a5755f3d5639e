"""The smallest set of actions that leads to ready, found by trying."""

from collections.abc import Callable, Sequence

from auditor.remedies.action import Action

Ready = Callable[[tuple[Action, ...]], bool]
"""Says whether users connect once these actions, in their order, have been taken."""


def smallest(actions: Sequence[Action], ready: Ready) -> tuple[Action, ...] | None:
    """Drop every action that is not needed; None where even all of them do not lead there.

    The last ones are tried first, so that what a route adds goes before the repairs that stand
    in front of it. What is left fails without any one of its actions.
    """
    kept = tuple(actions)
    if not ready(kept):
        return None
    dropped = True
    while dropped:
        dropped = False
        for one in reversed(kept):
            rest = tuple(other for other in kept if other is not one)
            if ready(rest):
                kept, dropped = rest, True
    return kept
