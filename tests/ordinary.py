"""A check as an ordinary user makes it, whoever runs the tests: permissions count, even for root."""

from __future__ import annotations

import ctypes
import os
import traceback
from collections.abc import Callable

_VERSION = 0x20080522
_PASS_OVER_PERMISSIONS = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: with them Linux lets root read and write whatever the modes say."""


def as_ordinary_user(check: Callable[[], object]) -> None:
    """Run a check, of root in a process that has given up root's rights over files; raises what the check finds wrong.

    A process that has given up a right cannot take it back, so it must be another one.
    """
    if os.geteuid() != 0:
        check()
        return
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        wrong = ""
        try:
            _give_up_rights()
            check()
        except BaseException:  # noqa: BLE001  whatever it is, the other process raises it
            wrong = traceback.format_exc()
        finally:
            os.write(writing, wrong.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        wrong = told.read()
    os.waitpid(child, 0)
    if wrong:
        raise AssertionError(wrong)


def _give_up_rights() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION, 0)
    rights = (ctypes.c_uint32 * 6)()  # twice what counts, what may be taken and what is handed on; low bits first
    for call in (libc.capget, libc.capset):
        if call(header, rights) != 0:
            raise OSError(ctypes.get_errno(), "root's rights cannot be given up")
        for half in range(3):
            rights[half] &= ~_PASS_OVER_PERMISSIONS & 0xFFFFFFFF
