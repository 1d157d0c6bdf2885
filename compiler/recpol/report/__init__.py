"""Findings to something that is read: text for people, lines for tools that match patterns, JSON for programs.

Invariant: what is hidden stays hidden, and nothing that a source holds can steer a terminal.
"""
