"""Policies and calls to pictures, as SVG and as Mermaid.

    flow(explanation)        a policy: its stages as boxes, what is recorded in each, and the ways between them
    tape(program, call)      a call from left to right: who is heard, and what is on which file
    differing(versions)      what two versions record differently: each call in both, one tape above the other

Invariant: the same input gives the same bytes; everything that colour says is said by shape and words, too.
"""
