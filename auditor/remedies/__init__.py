"""What can be done about a decision, one file for each remedy; never carried out by us.

A remedy offers ``actions(context)``: concrete steps computed from this tenant's values, each with
what the tenant would be afterwards, so that ``auditor.planning`` can prove what they lead to. What
cannot be proven, such as asking the app's owner, is a remedy with ``steps(context)`` instead.
None of them weakens risk-based step-up consent.
"""
