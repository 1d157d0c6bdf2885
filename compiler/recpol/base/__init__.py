"""The ground everything stands on: sources and spans, findings, resources, schema validation, configuration.

Invariant: nothing here knows what a policy is.
"""
