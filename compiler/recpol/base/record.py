"""`dataclass(frozen=True, slots=True)` as the standard library means it, made faster.

The standard library writes and compiles six methods for every class when its module is loaded; with the few hundred
classes here, that takes a third of the time of a lint. This one compiles a class's `__init__` when the first value of
it is made, and needs no text for the other five. Type checkers see the standard library's own.

Invariant: a class is as the standard library makes it, for everything that is done with classes here (the tests
compare); whatever is out of the ordinary is left to the standard library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from operator import attrgetter

    _ORDINARY = {"__post_init__", "__init__", "__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__"}

    def dataclass(cls=None, /, *, frozen=False, slots=False, **more):
        """A class with fields, as `dataclasses.dataclass` makes it."""

        def make(cls):
            if frozen and slots and not more and _is_ordinary(cls):
                return _made(cls)
            return dataclasses.dataclass(frozen=frozen, slots=slots, **more)(cls)

        return make if cls is None else make(cls)

    def _is_ordinary(cls):
        """Whether a class inherits nothing, brings no such method of its own, and takes its fields by position."""
        own = cls.__dict__
        special = any(isinstance(value, dataclasses.Field) and value.kw_only is True for value in own.values())
        said = str(own.get("__annotations__", {}))  # texts, as everywhere here: nothing is looked up
        marked = any(word in said for word in ("ClassVar", "InitVar", "KW_ONLY"))
        return cls.__bases__ == (object,) and not _ORDINARY & own.keys() and bool(cls.__doc__) and not special | marked

    def _made(cls):
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
        made.__dataclass_params__.frozen = made.__dataclass_params__.eq = True
        made.__dataclass_params__.init = made.__dataclass_params__.repr = True
        fields = dataclasses.fields(made)
        compared = _values([one.name for one in fields if one.compare])
        hashed = _values([one.name for one in fields if (one.compare if one.hash is None else one.hash)])
        shown = [one.name for one in fields if one.repr]

        def first(self, *values, **named):
            made.__init__ = _init(made, fields)
            made.__init__(self, *values, **named)

        def equal(self, other):
            return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

        def hash_of(self):
            return hash(hashed(self))

        def told(self):
            said = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
            return f"{self.__class__.__qualname__}({said})"

        made.__init__, made.__eq__, made.__hash__, made.__repr__ = first, equal, hash_of, told
        made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
        made.__getstate__, made.__setstate__ = _state, _set_state
        return made

    def _values(names):
        """What takes the values of some fields of an object, always as a tuple."""
        match names:
            case []:
                return lambda of: ()
            case [name]:
                only = attrgetter(name)
                return lambda of: (only(of),)
            case _:
                return attrgetter(*names)

    def _init(made, fields):
        """The compiled `__init__` of a class."""
        space = {"put": object.__setattr__, "MISSING": dataclasses.MISSING}
        words, lines = [], ["pass"]
        for one in fields:
            word, value = one.name, one.name
            if one.default is not dataclasses.MISSING:
                space[f"default_{one.name}"] = one.default
                word += f"=default_{one.name}"
            elif one.default_factory is not dataclasses.MISSING:
                space[f"factory_{one.name}"] = one.default_factory
                word += "=MISSING"
                value = f"factory_{one.name}() if {one.name} is MISSING else {one.name}"
            words.append(word)
            lines.append(f"put(self, {one.name!r}, {value})")
        body = "".join(f"    {line}\n" for line in lines)
        exec(f"def __init__({', '.join(('self', *words))}):\n{body}", space)
        init = space["__init__"]
        init.__qualname__ = f"{made.__qualname__}.__init__"
        return init

    def _refuse_to_set(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _state(self):
        return [getattr(self, one.name) for one in dataclasses.fields(self)]

    def _set_state(self, state):
        for one, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, one.name, value)
