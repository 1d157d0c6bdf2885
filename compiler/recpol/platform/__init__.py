"""The platform's facts as data: limits, forms, places, locales, storages, payloads, each with its public source.

This is what a telephony engineer checks against the documentation. Rules, lowering and schemas read it.

Invariant: nothing here decides anything about a policy, and every fact names where it can be read.
"""
