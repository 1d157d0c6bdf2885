"""Settings: what `recpol.yaml` may say, and which level it gives to a rule.

Invariant: nothing here knows what a policy is.
"""
