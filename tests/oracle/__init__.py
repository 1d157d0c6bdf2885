"""An oracle: what compiled documents do, found by following everything that the platform can do with them.

It is the other half of `recpol_check`: that one is given the states of a call and checks them, this one finds them.
Both take what the platform does from `recpol_check`, which is written from the public pages alone; neither knows
recpol's prover, simulator, interpreters or lowering. The tests hold recpol's verdicts, recorded segments and
counter-examples against it.
"""

from oracle.explore import Explored, Found, explore

__all__ = ["Explored", "Found", "explore"]
