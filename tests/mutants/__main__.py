"""All mutants: `python -m mutants [MOST]`, or `make mutants`; `MOST` is how many of each policy's documents are tried.

Prints what is caught and what survives, by reason. The exit status is 1 where less than 99 percent are caught, where
something survives without a reason, or where a reason is listed for what no longer survives.
"""

from __future__ import annotations

import sys
import time

from mutants.corpus import corpus
from mutants.survivors import IN_DOCUMENTS, IN_LOWERING
from mutants.trial import Tally, all_places, of_documents, of_lowering
from recpol.targets.catalogue import all_targets

RANDOM = 40
"""How many random policies of each kind."""


def main() -> int:
    """Try all mutants."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    everything = {target.name: list(corpus(target, random=RANDOM)) for target in all_targets()}
    bad = False
    left = {one.reason for one in IN_DOCUMENTS}
    for name, policies in everything.items():
        begun = time.monotonic()
        tally = of_documents(policies, most)
        left -= set(tally.harmless)
        bad |= _told(f"documents of {len(policies)} policies in {name}", tally, time.monotonic() - begun)
    begun = time.monotonic()
    tally = of_lowering([compiled for policies in everything.values() for compiled in policies], all_places())
    bad |= _told("faults in the lowering", tally, time.monotonic() - begun)
    for gone in (*sorted(left), *sorted(IN_LOWERING.keys() - tally.listed)):
        print(f"listed, and survives nowhere: {gone}")
        bad = True
    return int(bad)


def _told(what: str, tally: Tally, spent: float) -> bool:
    print(f"{what}: {tally.caught} of {tally.tried} caught, {tally.share:.2f} %, in {spent:.0f} s")
    if tally.idle:
        print(f"  {tally.idle} more change no output")
    for reason, count in tally.harmless.most_common():
        print(f"  {count:5} survive: {reason}")
    for name in tally.unknown:
        print(f"        survives without a reason: {name}")
    sys.stdout.flush()
    return bool(tally.unknown) or tally.share < 99


if __name__ == "__main__":
    sys.exit(main())
