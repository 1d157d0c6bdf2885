"""The command line: arguments in; files, messages and an exit status out.

Invariant: only this package and the programming interface touch files, the environment, the clock and the terminal.
"""
