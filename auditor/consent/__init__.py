"""Decides what a user meets, from the tenant's actual condition sets and never a policy's name.

``decide`` asks the rules of ``rules`` in order for every permission; ``policy`` and ``match``
evaluate app consent policies; ``registration`` looks at an own app registration; ``codes`` lists
every reason and caveat.
"""
