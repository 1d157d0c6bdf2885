"""Existing SVAML: JSON documents recognised, and lifted into the same tree that policies have.

Invariant: nothing here judges; what cannot be recognised or lifted stays in the result as data.
"""
