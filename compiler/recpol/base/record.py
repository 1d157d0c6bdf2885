"""Records: classes of fields that cannot change, each in a slot, as the standard library's `dataclass` means them.

    class Word(Record):
        '''A word, and where it stands.'''

        text: str
        span: Span = field(compare=False)

Such a class has what `@dataclass(frozen=True, slots=True)` gives: `__init__`, `__eq__`, `__hash__`, `__repr__`, and
`__match_args__`; `frozen=False` and `eq=False` beside `Record` mean what they mean there. The standard library makes
each class twice, for its slots, writes and compiles six methods for it, and loads a dozen modules to do so; with the
few hundred classes here, that takes longer than all the rest of a lint. Here the fields are known before the class is
made, which is made once, and whatever takes time waits until a class is first asked for it: most classes that a lint
loads never have a value. One `__init__` is compiled for each number of fields, when many values of classes with so many
have been made: classes take a copy of it with their own names. Until then a loop puts the values in. Type checkers see
a base class that makes dataclasses.

Invariant: a class is as the standard library makes it, for everything that is done with classes here (the tests
compare), and the standard library takes it for its own; but in the command nothing guards what is frozen. A method that
a class brings itself is its own. What inherits from a record has no fields beside those of the record.
"""

from __future__ import annotations

__all__ = ["Record", "field", "field_names", "replace"]

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

GUARDED = True
"""Whether Python refuses to change what is frozen. The command sets this to false before it makes any record: nothing
runs there but what type checkers have looked through, and a value is then made in half of the time."""

if TYPE_CHECKING:
    from dataclasses import Field, field, replace

    from recpol.base.typing import Any, ClassVar, dataclass_transform

    @dataclass_transform(frozen_default=True, field_specifiers=(field,))
    class Record:
        """What a record inherits."""

        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

        def __init_subclass__(cls, *, frozen: bool = True, eq: bool = True) -> None: ...

    def field_names(kind: type) -> tuple[str, ...]:
        """The names of a record's fields, in order; none where it is no record."""

else:
    from itertools import count
    from operator import attrgetter
    from types import FunctionType, MappingProxyType

    _MISSING = object()

    class _Given:
        """What `field` says of a field."""

        __slots__ = ("compare", "default", "default_factory", "hash", "repr")

        def __init__(self, *, default=_MISSING, default_factory=_MISSING, repr=True, compare=True, hash=None):  # noqa: A002  the words of the standard library
            self.default, self.default_factory = default, default_factory
            self.repr, self.compare, self.hash = repr, compare, hash

        def standard(self):
            """The same as the standard library's `field` says it."""
            import dataclasses

            said = {name: getattr(self, name) for name in self.__slots__}
            return dataclasses.field(**{name: value for name, value in said.items() if value is not _MISSING})

    field = _Given

    class _Described:
        """What the standard library keeps of a class; made by it, when something first asks."""

        __slots__ = ("_name",)

        def __set_name__(self, owner, name):
            self._name = name

        def __get__(self, value, kind):
            import dataclasses

            kind = _owner(kind)
            own = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__annotations__": kind.__annotations__}
            own |= {name: one.standard() for name, one in kind.__given__.items()}
            how = {"frozen": kind.__setattr__ is not object.__setattr__, "eq": kind.__eq__ is not object.__eq__}
            found = getattr(dataclasses.dataclass(**how)(type(kind.__name__, (), own)), self._name)
            setattr(kind, self._name, found)
            return found

    class _Record:
        """What a record inherits at run time. The methods that are different for each class put what they make of the
        class that has the fields in their own place there."""

        __slots__ = ()
        __given__ = MappingProxyType({})
        __dataclass_fields__, __dataclass_params__ = _Described(), _Described()

        def __init__(self, /, *values, **named):
            kind = _owner(self.__class__)
            _put(kind, "__init__", _first_init(kind))(self, *values, **named)

        def __values__(self):
            kind = _owner(self.__class__)
            return _put(kind, "__values__", _values(kind.__match_args__))(self)

        def __eq__(self, other):
            kind = _owner(self.__class__)
            compared = _values([name for name in kind.__match_args__ if _of(kind, name).compare])

            def equal(self, other):
                return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

            return _put(kind, "__eq__", equal)(self, other)

        def __hash__(self):
            kind, names = _owner(self.__class__), []
            for name in kind.__match_args__:
                one = _of(kind, name)
                if one.compare if one.hash is None else one.hash:
                    names.append(name)
            hashed = _values(names)

            def hash_of(self):
                return hash(hashed(self))

            return _put(kind, "__hash__", hash_of)(self)

        def __repr__(self):
            kind = self.__class__
            said = ", ".join(f"{name}={getattr(self, name)!r}" for name in kind.__match_args__ if _of(kind, name).repr)
            return f"{kind.__qualname__}({said})"

        def __replace__(self, /, **changes):
            kind = self.__class__
            names, values = kind.__match_args__, [*kind.__values__(self)]
            try:
                for name, value in changes.items():
                    values[names.index(name)] = value
            except ValueError:
                return kind(**changes)  # which says that there is no such field
            return kind(*values)

        def __setattr__(self, name, value):
            import dataclasses

            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name):
            import dataclasses

            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

        def __getstate__(self):
            return list(self.__class__.__values__(self))

        def __setstate__(self, state):
            for name, value in zip(self.__match_args__, state, strict=True):
                object.__setattr__(self, name, value)

    _BASES = (_Record,)
    _LATER = "__annotate_func__"
    """Where Python 3.14 keeps annotations that are not texts, until something asks for them."""

    _UNGUARDED = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    _CHANGING = {**_UNGUARDED, "__hash__": None}
    _WITHOUT_EQ = {"__eq__": object.__eq__, "__hash__": object.__hash__}

    class _Maker(type):
        def __new__(cls, name, bases, space, *, frozen=True, eq=True):
            names = tuple(space.get("__annotations__", ()))
            if not names and _LATER in space:
                raise TypeError(
                    f"the module of `{name}` needs `from __future__ import annotations`: else it has no fields"
                )
            given = {name: space.pop(name) for name in names if name in space}
            if given:
                space["__given__"] = _checked(names, given)
            space["__slots__"] = (*names, *space["__slots__"]) if "__slots__" in space else names
            space["__match_args__"] = names
            if not eq:
                space = _WITHOUT_EQ | space
            if not frozen:
                space = _CHANGING | space
            elif not GUARDED:
                space = _UNGUARDED | space
            return type(name, _BASES, space)

        def __instancecheck__(cls, value):
            return isinstance(value, _Record)

    Record = type.__new__(_Maker, "Record", (), {})

    def _checked(names, given):
        """What is said of fields, once it is known to be what the standard library takes."""
        defaults = False
        for name in names:
            one = given.get(name, _ORDINARY)
            if one.__class__ is not _Given:
                one = given[name] = _Given(default=one)
            if one.default.__class__.__hash__ is None:
                raise ValueError(f"the default of {name!r} can change: use default_factory")
            if one.default is not _MISSING or one.default_factory is not _MISSING:
                defaults = True
            elif defaults:
                raise TypeError(f"{name!r} has no default and follows one that has")
        return given

    _ORDINARY = _Given()

    def _owner(kind):
        """The class that a record has its fields from: itself, or the one that it inherits."""
        return next(one for one in kind.__mro__ if "__match_args__" in one.__dict__)

    def _put(kind, name, method):
        """A method that was made of a class, which is its own from now on; what the class brings itself stays."""
        if name not in kind.__dict__:
            setattr(kind, name, method)
        return method

    def _of(kind, name):
        """What is said of a field."""
        return kind.__given__.get(name, _ORDINARY)

    def _values(names):
        """What takes the values of some fields of an object, always as a tuple."""
        match names:
            case [] | ():
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

    def _first_init(kind):
        """The `__init__` of a class until many values of classes with fields like these have been made."""
        names, given = kind.__match_args__, kind.__given__
        puts = [getattr(kind, name).__set__ for name in names]
        shape = tuple([name in given and given[name].default_factory is not _MISSING for name in names])
        seen = _SEEN.setdefault(shape, count())

        def first(self, /, *values, **named):
            ordered = None
            if next(seen) < _MANY:
                ordered = values if len(values) == len(puts) and not named else _in_order(names, given, values, named)
            if ordered is None:
                init = _init(kind, shape)
                if kind.__dict__["__init__"] is first:
                    kind.__init__ = init
                return init(self, *values, **named)
            for number, value in enumerate(ordered):
                puts[number](self, value)
            return None

        return first

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

    def _init(kind, shape):
        """The `__init__` of a class."""
        names, given, frozen = kind.__match_args__, kind.__given__, kind.__setattr__ is not object.__setattr__
        space, defaults = {"MISSING": _MISSING}, []
        for number, name in enumerate(names):
            space[f"put{number}"] = getattr(kind, name).__set__
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
        init.__qualname__ = f"{kind.__qualname__}.__init__"
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

    replace = _Record.__replace__
    """A record like another but for some fields, as `dataclasses.replace` makes it."""

    def field_names(kind):
        """The names of a record's fields, in order; none where it is no record."""
        return kind.__match_args__ if issubclass(kind, _Record) else ()
