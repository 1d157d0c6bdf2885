"""Counts the structure of the compiler and prints it: `python docs/structure.py`, or `make structure`.

A room is a package or module directly below `recpol`, but for `__init__` and `__main__`; an arrow says that a room
imports another. Rooms that only import rooms below them stand on a floor; a circle is a set of modules that import each
other, whether when they are loaded or later. `--rooms` adds each room with its floor, its size and what it imports.

Exit status: 0, or 1 where modules go in a circle.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

import grimp

Graph = Mapping[str, AbstractSet[str]]
"""What each module or room imports."""


def imports_of(package: str) -> Graph:
    """Every module of a package with the modules of it that it imports."""
    graph = grimp.build_graph(package, cache_dir=None)
    return {module: frozenset(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def room_of(module: str) -> str:
    """The room that a module is in; empty for what belongs to no room."""
    room = module.partition(".")[2].partition(".")[0]
    return "" if room.startswith("__") else room


def rooms_of(modules: Graph) -> Graph:
    """Every room with the rooms that it imports."""
    rooms: dict[str, set[str]] = {}
    for module, imported in modules.items():
        if room := room_of(module):
            rooms.setdefault(room, set()).update(map(room_of, imported))
    return {room: frozenset(imported - {room, ""}) for room, imported in rooms.items()}


def circles(graph: Graph) -> list[tuple[str, ...]]:
    """The largest sets of nodes in which each leads to every other."""

    def reached(start: str) -> frozenset[str]:
        seen: set[str] = set()
        ahead = list(graph[start])
        while ahead:
            node = ahead.pop()
            if node not in seen:
                seen.add(node)
                ahead += graph[node]
        return frozenset(seen)

    reach = {node: reached(node) for node in graph}
    around = {tuple(sorted(n for n in reach[node] if node in reach[n])) for node in graph if node in reach[node]}
    return sorted(around)


def floors(rooms: Graph) -> dict[str, int]:
    """The floor of every room, from 1: one above the highest that it imports; those in a circle share theirs."""
    shared = {room: circle for circle in circles(rooms) for room in circle}

    @cache
    def floor(room: str) -> int:
        together = shared.get(room, (room,))
        below = {below for one in together for below in rooms[one]} - set(together)
        return 1 + max(map(floor, below), default=0)

    return {room: floor(room) for room in rooms}


def main() -> int:
    """Print the numbers and the circles."""
    modules = imports_of("recpol")
    rooms = rooms_of(modules)
    found, floor = circles(modules), floors(rooms)
    arrows = sum(map(len, rooms.values()))
    print(
        f"structure: {len(modules)} modules, {len(rooms)} rooms, {max(floor.values())} floors, {arrows} arrows, "
        f"{len(found)} circles of modules, {len(circles(rooms))} of rooms"
    )
    for circle in found:
        print("  circle:", " ".join(circle))
    if "--rooms" in sys.argv:
        for room in sorted(rooms, key=lambda room: (-floor[room], room)):
            size = sum(room_of(module) == room for module in modules)
            print(f"  {floor[room]:>2}  {room} ({size}): {' '.join(sorted(rooms[room]))}")
    return int(bool(found))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "compiler"))
    sys.exit(main())
