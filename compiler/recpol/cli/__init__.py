"""The command line: arguments in; files, messages and an exit status out.

Invariant: no other room reads arguments or prints for people. Which rooms may touch files, the environment or the clock
is listed in ARCHITECTURE.md under "What holds everywhere".
"""
