"""Memory is linear in the input: the most that a command holds at once, while one thing of the input grows.

What is counted is bytes that Python's allocator hands out, not seconds and not pages of the system, so that every
machine comes to nearly the same result. Four times as much of something may take six times the memory at most; what
holds each pair of it would take sixteen times as much.

`make test` tries a sample of the shapes of `growing.py`; `RECPOL_FUZZ=1` tries all of them.
"""

from __future__ import annotations

import gc
import os
import tracemalloc

import pytest

from growing import SHAPES, Files, Shape
from shells import Shell

SMALL = 4_000
TIMES = 4
MOST = 6.0

EVERY = 1 if os.environ.get("RECPOL_FUZZ") else 9
TRIED = [(shape, shape.commands[number % len(shape.commands)]) for number, shape in enumerate(SHAPES)][::EVERY]


def held(shell: Shell, command: str, files: Files) -> int:
    """The most bytes that were held at once while a command ran, above those before; as in the command, Python looks
    for no circles."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        shell(*command.split(), files=files)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    return most - before


@pytest.mark.parametrize(("shape", "command"), TRIED, ids=[f"{shape.name}: {command}" for shape, command in TRIED])
def test_nothing_is_held_more_than_the_input(shell: Shell, shape: Shape, command: str) -> None:
    shell(*command.split(), files=shape.files(SMALL * TIMES))  # what is loaded once is loaded now
    small, large = (held(shell, command, shape.files(size)) for size in (SMALL, SMALL * TIMES))
    if large > MOST * small:  # once in a process, a table of Python's own may have grown just then
        large = held(shell, command, shape.files(SMALL * TIMES))
    assert large <= MOST * small, f"bytes held: {small}, {large}: {large / small:.1f} times as many"
