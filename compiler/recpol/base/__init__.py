"""What everything else is built on: sources and spans, findings, resources, schema validation, configuration.

Invariant: nothing here knows what a policy is.
"""
