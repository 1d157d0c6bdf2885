"""A policy and its tests to the mistakes in the policy that nobody would notice.

    mutants(program)           small changes of the policy's text, each a mistake that people make
    judge(program, suites)     what came of each: forbidden by a guarantee, noticed by a test, or survived

Invariant: the score counts no change that calls cannot show, and none that does not compile for another reason than a
guarantee; a scenario that is proposed passes under the policy and fails under the change.
"""
