"""What code here names of the standard library's `typing`, which takes a twentieth of a lint to load.

Annotations are texts that nothing evaluates, so most names need only be there. `NamedTuple` makes the class that the
standard library makes, which compiles the annotation of each field besides. Any other name is the standard library's
too, loaded when a module asks for it.

Type checkers see the standard library's own. A program that evaluates annotations gets that where they name `Literal`;
annotations of what is public name nothing else of this module (`recpol.api`, `recpol.runtime.app`).
"""

from __future__ import annotations

TYPE_CHECKING = False
"""As in `typing`; type checkers know the name."""

if TYPE_CHECKING:
    from typing import (
        Any,
        BinaryIO,
        ClassVar,
        Concatenate,
        Generic,
        Literal,
        NamedTuple,
        NoReturn,
        ParamSpec,
        Protocol,
        Self,
        TextIO,
        TypeGuard,
        TypeVar,
        assert_never,
        cast,
        dataclass_transform,
        get_args,
    )

    __all__ = [
        "TYPE_CHECKING",
        "Any",
        "BinaryIO",
        "ClassVar",
        "Concatenate",
        "Generic",
        "Literal",
        "NamedTuple",
        "NoReturn",
        "ParamSpec",
        "Protocol",
        "Self",
        "TextIO",
        "TypeGuard",
        "TypeVar",
        "assert_never",
        "cast",
        "dataclass_transform",
        "get_args",
    ]

else:
    from collections import namedtuple
    from types import GenericAlias

    class Any:
        """Any type."""

    class TextIO:
        """A stream of text."""

    class Literal:
        """One of some values; `typing.get_args` has them of the alias."""

        def __class_getitem__(cls, values):
            if values[0].__class__.__name__ == "ForwardRef":  # `typing.get_type_hints` takes the values for names
                import typing

                return typing.Literal[tuple([one.__forward_arg__ for one in values])]
            return GenericAlias(cls, values)

    class Generic:
        """What a class that takes types inherits."""

        def __class_getitem__(cls, types):
            return cls

    class TypeVar:
        """A type that a function or a class takes."""

        def __init__(self, name):
            self.__name__ = name

    class _NamedTupleMaker(type):
        def __new__(cls, name, bases, space):
            names = tuple(space.get("__annotations__", ()))
            if not names and "__annotate_func__" in space:  # Python 3.14 keeps them there where they are not texts
                raise TypeError(
                    f"the module of `{name}` needs `from __future__ import annotations`: else it has no fields"
                )
            defaults = [space.pop(name) for name in names if name in space]
            made = namedtuple(name, names, defaults=defaults, module=space["__module__"])  # noqa: PYI024  this is it
            for word, value in space.items():
                setattr(made, word, value)
            return made

    NamedTuple = type.__new__(_NamedTupleMaker, "NamedTuple", (), {})

    def cast(kind, value):
        """The value, which a type checker takes to be of that type."""
        return value

    def assert_never(value):
        """Refuse what cannot come, as a type checker has shown."""
        raise AssertionError(f"Expected code to be unreachable, but got: {value!r:.100}")

    def __getattr__(name):
        if name.startswith("__"):  # Python asks whether this is a package
            raise AttributeError(name)
        import typing

        return getattr(typing, name)
