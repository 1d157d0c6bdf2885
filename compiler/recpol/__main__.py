"""`python -m recpol`: the command line."""

import sys

from recpol.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
