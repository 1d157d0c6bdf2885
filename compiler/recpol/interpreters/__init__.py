"""Interpreters: what a platform does with SVAML replies, worked out from its documentation alone.

An interpreter turns replies, Manage Call bodies and a list of events into what is heard and recorded
(`recpol.calls.trace`).

Invariant: nothing here knows what a policy is or how SVAML is made from it; an import contract keeps it so. What the
platform's documents leave open is never guessed in silence: it is a problem of the document, or an assumption by name.
"""
