"""One command to what it cost: wall time and processor time in seconds, largest memory, exit status.

A small process between a benchmark and what it measures. The largest memory of a process counts from its parent's, as
long as it runs the parent's program, so a benchmark that has loaded half a compiler would measure itself.

Invariant: no import that a bare Python does not have already, but `time`.
"""

from __future__ import annotations

import os
import sys
import time


def main(command: list[str]) -> None:
    """Run the command with its output thrown away, and print the four figures; memory in the unit of `getrusage`."""
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1:])
