"""`dataclass`, `field`, `replace` and `fields` as the standard library means them, made faster.

The standard library writes and compiles six methods for every class when its module is loaded, and to do so loads a
dozen modules of its own; with the few hundred classes here, that takes longer than all the rest of a lint. This one
compiles one `__init__` for each number of fields, when many values of a class with so many have been made: other
classes take a copy of it with their own names. Until then a loop puts the values in, and most classes of a lint need no
more. The other methods need no text. Type checkers see the standard library's own.

Invariant: a class is as the standard library makes it, for everything that is done with classes here (the tests
compare), and the standard library takes it for its own; whatever is out of the ordinary is left to the standard
library, which is loaded only then.
"""

from __future__ import annotations

__all__ = ["dataclass", "field", "field_names", "replace"]

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace

    def field_names(kind: type) -> tuple[str, ...]:
        """The names of a class's fields, in order; none where it is not made by `dataclass`."""

else:
    from itertools import count
    from operator import attrgetter
    from types import FunctionType

    _OUT_OF_THE_ORDINARY = {
        *("__slots__", "__post_init__", "__init__", "__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__")
    }
    _MISSING = object()

    class _Given:
        """What `field` says of a field."""

        __slots__ = ("compare", "default", "default_factory", "hash", "repr")

        def __init__(self, **said):
            self.default = self.default_factory = _MISSING
            self.repr, self.compare, self.hash = True, True, None
            for name, value in said.items():
                setattr(self, name, value)

        def standard(self):
            """The same as the standard library's `field` says it."""
            import dataclasses

            said = {name: getattr(self, name) for name in self.__slots__}
            return dataclasses.field(**{name: value for name, value in said.items() if value is not _MISSING})

    def field(**said):
        """What is special about a field, as `dataclasses.field` says it."""
        if said.keys() <= set(_Given.__slots__):
            return _Given(**said)
        import dataclasses

        return dataclasses.field(**said)

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, **more):
        """A class with fields, as `dataclasses.dataclass` makes it."""

        def make(cls):
            if slots and not more and _is_ordinary(cls):
                return _made(cls, frozen, eq)
            import dataclasses

            for name, value in list(vars(cls).items()):
                if isinstance(value, _Given):
                    setattr(cls, name, value.standard())
            return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq, **more)(cls)

        return make if cls is None else make(cls)

    def _is_ordinary(cls):
        """Whether a class inherits nothing, brings no such method of its own, and takes its fields by position."""
        own = cls.__dict__
        if cls.__bases__ != (object,) or not _OUT_OF_THE_ORDINARY.isdisjoint(own) or not cls.__doc__:
            return False
        annotations = own.get("__annotations__", {})
        said = " ".join(map(str, annotations.values()))  # texts already, as everywhere here: nothing is looked up
        if "ClassVar" in said or "InitVar" in said or "KW_ONLY" in said:
            return False
        defaults = False
        for name in annotations:
            value = own.get(name, _MISSING)
            if isinstance(value, _Given):
                value = value.default if value.default_factory is _MISSING else None
            if value is _MISSING and defaults:
                return False  # which the standard library refuses, as it does a default that can change
            if value is not _MISSING:
                defaults = True
                if value.__class__.__hash__ is None or value.__class__.__module__ == "dataclasses":
                    return False
        return True

    def _made(cls, frozen, eq):
        space = dict(cls.__dict__)
        names = tuple(space.get("__annotations__", ()))
        said = {name: space.pop(name) for name in names if name in space}
        given = {name: one if isinstance(one, _Given) else _Given(default=one) for name, one in said.items()}
        del space["__dict__"], space["__weakref__"]
        space["__slots__"] = space["__match_args__"] = names
        for described in ("__dataclass_fields__", "__dataclass_params__"):
            space[described] = _Described(given, frozen, eq)
        space["__values__"] = _values(names)

        def first(self, *values, **named):
            ordered = None
            if next(seen) < _MANY:
                ordered = values if len(values) == len(puts) and not named else _in_order(names, given, values, named)
            if ordered is None:
                made.__init__ = _init(made, names, given, shape, frozen)
                return made.__init__(self, *values, **named)
            for number, value in enumerate(ordered):
                puts[number](self, value)
            return None

        def told(self):
            shown = (name for name in names if name not in given or given[name].repr)
            said = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
            return f"{self.__class__.__qualname__}({said})"

        space["__init__"], space["__repr__"], space["__replace__"] = first, told, _replaced
        if eq:
            _compare(space, names, given, frozen)
        if frozen:
            space["__setattr__"], space["__delattr__"] = _refuse_to_set, _refuse_to_delete
            space["__getstate__"], space["__setstate__"] = _state, _set_state
        made = type(cls.__name__, (), space)
        made.__qualname__ = cls.__qualname__
        puts = [made.__dict__[name].__set__ for name in names]
        shape = tuple(name in given and given[name].default_factory is not _MISSING for name in names)
        seen = _SEEN.setdefault(shape, count())
        return made

    def _compare(space, names, given, frozen):
        """Put in what compares values of a class, and gives those that cannot change a hash."""
        left_out = {name for name, one in given.items() if not one.compare}
        not_hashed = {name for name, one in given.items() if not (one.compare if one.hash is None else one.hash)}
        compared = _values([name for name in names if name not in left_out]) if left_out else space["__values__"]
        hashed = compared if left_out == not_hashed else _values([name for name in names if name not in not_hashed])

        def equal(self, other):
            return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

        def hash_of(self):
            return hash(hashed(self))

        space["__eq__"], space["__hash__"] = equal, hash_of if frozen else None

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

    _MANY = 16
    """So many values are made by a loop before an `__init__` is compiled, which takes as long as the loop does for some
    hundreds; most shapes are made a few times in a lint."""

    _SEEN = {}
    """For each shape, what counts the values of classes with fields like these."""

    def _in_order(names, given, values, named):
        """The values of all fields, in order; None where what is given is not what an `__init__` takes."""
        by_name = {**dict(zip(names, values, strict=False)), **named}
        if len(by_name) != len(values) + len(named):
            return None
        for name, one in given.items():
            if name not in by_name and one.default_factory is not _MISSING:
                by_name[name] = one.default_factory()
            elif name not in by_name and one.default is not _MISSING:
                by_name[name] = one.default
        return [by_name[name] for name in names] if by_name.keys() == set(names) else None

    def _init(made, names, given, shape, frozen):
        """The `__init__` of a class."""
        space, defaults = {"MISSING": _MISSING}, []
        for number, name in enumerate(names):
            space[f"put{number}"] = made.__dict__[name].__set__
            one = given.get(name)
            if one is None:
                continue
            if one.default_factory is not _MISSING:
                space[f"make{number}"] = one.default_factory
                defaults.append(_MISSING)
            elif one.default is not _MISSING:
                defaults.append(one.default)
        code = _code(shape, frozen).replace(co_varnames=("self", *names))
        if not frozen:
            own = {f"name{number}": name for number, name in enumerate(names)}
            code = code.replace(co_names=tuple(own.get(name, name) for name in code.co_names))
        init = FunctionType(code, space, "__init__", tuple(defaults))
        init.__qualname__ = f"{made.__qualname__}.__init__"
        return init

    _CODES = {}

    def _code(made, frozen):
        """The compiled `__init__` for so many fields, each of which may have a value made for it. What is not frozen
        has its values assigned, which takes a third of the time."""
        if (made, frozen) not in _CODES:
            values = [
                f"make{n}() if value{n} is MISSING else value{n}" if one else f"value{n}" for n, one in enumerate(made)
            ]
            lines = [f" put{n}(self, {one})" if frozen else f" self.name{n} = {one}" for n, one in enumerate(values)]
            words = ", ".join(["self", *(f"value{n}" for n in range(len(made)))])
            space = {}
            exec("\n".join([f"def __init__({words}):", *lines, " pass"]), space)
            _CODES[made, frozen] = space["__init__"].__code__
        return _CODES[made, frozen]

    class _Described:
        """What the standard library keeps of a class; made by it, when something first asks."""

        __slots__ = ("_given", "_how", "_name", "_owner")

        def __init__(self, given, frozen, eq):
            self._given, self._how = given, {"frozen": frozen, "eq": eq}

        def __set_name__(self, owner, name):
            self._owner, self._name = owner, name

        def __get__(self, value, kind):
            import dataclasses

            owner = self._owner
            own = {name: owner.__dict__.get(name) for name in ("__annotations__", "__module__", "__doc__")}
            own |= {name: one.standard() for name, one in self._given.items()}
            twin = dataclasses.dataclass(**self._how)(type(owner.__name__, (), own))
            found = getattr(twin, self._name)
            setattr(owner, self._name, found)
            return found

    def replace(value, /, **changes):
        """A value like another but for some fields, as `dataclasses.replace` makes it."""
        if value.__class__.__dict__.get("__replace__") is _replaced:
            return _replaced(value, **changes)
        import dataclasses

        return dataclasses.replace(value, **changes)

    def _replaced(self, /, **changes):
        names = self.__match_args__
        for name in changes:
            if name not in names:
                return self.__class__(**changes)  # which says that there is no such field
        return self.__class__(*map(changes.get, names, self.__class__.__values__(self)))

    def field_names(kind):
        """The names of a class's fields, in order; none where it is not made by `dataclass`."""
        if kind.__dict__.get("__replace__") is _replaced:
            return kind.__match_args__
        if not hasattr(kind, "__dataclass_fields__"):
            return ()
        import dataclasses

        return tuple(one.name for one in dataclasses.fields(kind))

    def _refuse_to_set(self, name, value):
        import dataclasses

        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name):
        import dataclasses

        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _state(self):
        return list(self.__class__.__values__(self))

    def _set_state(self, state):
        for name, value in zip(self.__match_args__, state, strict=True):
            object.__setattr__(self, name, value)
