"""The benchmarks: `run.py [--quick] [NAME ...]`; without a name, all of them. README.md says what each measures."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib import import_module

from measure import BenchError
from recpol.base import record

BENCHMARKS = ("cold", "imports", "many", "proofs", "growth", "verify", "serve", "lsp")


def main() -> int:
    """Run what was asked for and print a table for each; the status is 2 where something cannot be measured."""
    parser = argparse.ArgumentParser(description="Measure recpol, side by side with what a user knows.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="tiny sizes and one round: shows that it works, no more")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown benchmark `{unknown[0]}`: there are {', '.join(BENCHMARKS)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}")
    for name in options.names or BENCHMARKS:
        benchmark = import_module(name)
        print(f"\n{name}: {(benchmark.__doc__ or '').partition(chr(10))[0]}\n", flush=True)
        try:
            benchmark.measure(quick=options.quick)
        except BenchError as problem:
            print(f"run.py: {name}: {problem}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    record.GUARDED = False  # as in the command
    sys.exit(main())
