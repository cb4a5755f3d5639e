"""Decides what a user meets, from the tenant's actual condition sets and never a policy's name.

``decide`` asks the rules of ``rules`` in order for every permission. Their questions stand in
``usable`` (the app and its resources), ``person`` (assignment, roles, guests), ``granted`` and
``allowed`` (app consent policies and risk); ``policy`` and ``match`` evaluate app consent
policies; ``registration`` looks at an own app registration. ``explain`` and ``summary`` put it in
words, ``codes`` lists every reason and caveat.
"""
