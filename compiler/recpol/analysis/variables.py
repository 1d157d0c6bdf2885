"""What is known of a program whatever its variables are, or for all variables of which the same can be told.

Many tenants share a policy, and differ in variables alone. A question that reads none of them is answered once for all
(`unvarying`). One that reads a value, and whose answer is the same for most values, is a `fact`: whoever has been told
it is told the same for another tenant as long as the fact is the same.

Invariant: what is shared was worked out without the values that differ. A question that is `unvarying` cannot read any;
of what is watched each value that is read is noted, and each fact in place of the values that it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from operator import is_

from recpol.base.record import Record, replace
from recpol.base.typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from recpol.analysis.program import Program
    from recpol.base.typing import Concatenate, ParamSpec

    About = ParamSpec("About")

FactAnswer = TypeVar("FactAnswer")


class WatchedVariables(Mapping[str, str]):
    """Variables that remember who asked for what: `read` has values by their names, None where there is none, and
    `whole` is true where all were gone through. `facts` are what was told of the values without a look at them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.read: dict[str, str | None] = {}
        self.whole = False
        self.facts: list[Fact] = []
        self._asked: Program | None = None

    def __getitem__(self, name: str) -> str:
        value = self._values.get(name)
        self.read[name] = value
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """The value; `default` where there is none."""
        value = self.read[name] = self._values.get(name)
        return default if value is None else value

    def __iter__(self) -> Iterator[str]:
        self.whole = True
        return iter(self._values)

    def __len__(self) -> int:
        self.whole = True
        return len(self._values)

    def told(self, program: Program, ask: Callable[..., Any], about: tuple[Any, ...]) -> Any:
        """What a question about a program with these variables comes to, which is noted in place of what it reads."""
        known = self._asked
        if known is None or not program.differs_in_variables_alone(known):
            known = self._asked = replace(program, variables=self._values)  # shared by facts, and what is cached of it
        for one in self.facts:
            if (
                one.ask is ask
                and one.program is known
                and len(one.about) == len(about)
                and all(map(is_, one.about, about))
            ):
                return one.answer
        answer = ask(known, *about)
        self.facts.append(Fact(known, ask, about, answer))
        return answer


class Fact(Record):
    """A question about a program and what else it is given, and what it comes to."""

    program: Program
    ask: Callable[..., Any]
    about: tuple[Any, ...]
    answer: Any


def fact(ask: Callable[Concatenate[Program, About], FactAnswer]) -> Callable[Concatenate[Program, About], FactAnswer]:
    """Make a fact of a question that reads variables, and whose answer is the same for most values of them.

    Where variables are watched, the answer is noted in place of the values that the question reads. So what rests on
    the answer holds for other values too, as long as they lead to an equal one. Any of two equal answers must do for
    the other, and the arguments of the question besides the program must not depend on variables.
    """

    @wraps(ask)
    def asked(program: Program, /, *about: About.args, **named: About.kwargs) -> FactAnswer:
        variables = program.variables
        if not isinstance(variables, WatchedVariables):
            return ask(program, *about, **named)
        assert not named, "what a question is given is noted in order"
        answer: FactAnswer = variables.told(program, ask, about)
        return answer

    return asked


class _Unread(Mapping[str, str]):
    """The variables of a question with which they have nothing to do."""

    def __getitem__(self, name: str) -> str:
        raise AssertionError("no variable is to be read here")

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("no variable is to be read here")

    def __len__(self) -> int:
        raise AssertionError("no variable is to be read here")


_UNREAD: Any = _Unread()


def unvarying(
    ask: Callable[Concatenate[Program, About], FactAnswer],
) -> Callable[Concatenate[Program, About], FactAnswer]:
    """A question that no variable has anything to do with: answered once for programs that differ in nothing else.

    It sees no variable. What else it is given can be hashed; equal values of it are as good as each other.
    """

    @wraps(ask)
    def asked(program: Program, /, *about: About.args, **named: About.kwargs) -> FactAnswer:
        key = (asked, *[target.name for target in program.targets], *about)
        known = program.shared.get(key)
        if known is None or not program.differs_in_variables_alone(known[0]):
            unread = replace(program, variables=_UNREAD)
            like = replace(unread, shared={})  # what is shared must not hold what holds it
            known = program.shared[key] = like, ask(unread, *about, **named)
        answer: FactAnswer = known[1]
        return answer

    return asked
