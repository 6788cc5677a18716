"""How values are written where their object is read straight: as lines of a generated function; see `straight`."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from graphql import Undefined
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from gateway.execution.encoding import Make, Path, Written
from gateway.execution.plans.running import plain

AWAY: Final = "    return None"
"""Below a condition: the object takes more than reading."""

_encode = msgspec.json.Encoder().encode


class Function:
    """A function that is being generated, of a variable `source`.

    Args:
        name: Of the type that it reads.
        writes: It reads a list, and gives what it has made as JSON.

    Attributes:
        writes: As given.
    """

    def __init__(self, name: str, *, writes: bool = False) -> None:
        self._name = name
        self.writes = writes
        self._bound: list[object] = []
        self._paths: list[Path] = [()]

    def bind(self, value: object) -> str:
        """Gives an object a name in it."""
        self._bound.append(value)
        return f"c{len(self._bound) - 1}"

    def counter(self, path: Path) -> str:
        """The variable that counts the objects that stand there; see `Written`."""
        self._paths.append(path)
        return f"n{len(self._paths) - 1}"

    def made(self, lines: Iterable[str]) -> Callable[[Any], Any]:
        """The function that does this with its source."""
        body, result = [*lines], "source"
        if self.writes:
            counters = [f"n{number}" for number in range(1, len(self._paths))]
            body = [*(f"{each} = 0" for each in counters), *body]
            make = self.bind(Make(self._paths))
            counts = ", ".join(["len(source)", *counters])
            result = f"{self.bind(Written)}({self.bind(_encode)}(source), {make}, ({counts},))"
        lines = [
            "def read(source):",
            "    try:",
            *indented(indented([*body, f"return {result}"])),
            "    except Exception:",
            "        return None",
        ]
        space: dict[str, Any] = {"plain": plain, "Undefined": Undefined, "cast": TYPE_CAST_ATTRIBUTE}
        space |= {f"c{number}": value for number, value in enumerate(self._bound)}
        exec(_compiled("\n".join(lines), f"<plan of {self._name}>"), space)  # noqa: S102  keys are names of GraphQL, all else is bound
        read: Callable[[Any], Any] = space["read"]
        return read


@lru_cache(maxsize=512)
def _compiled(text: str, name: str) -> CodeType:
    return compile(text, name, "exec")


Lines: TypeAlias = Callable[[str, Function, Path], Iterator[str]]
"""The lines that turn a variable's value into what stands in the answer, at a path from the function's source."""


class Form(NamedTuple):
    """How values are written.

    Attributes:
        lines: Of the generated function.
        depth: How many levels of objects they read.
        whole: All that they read may be read in the same function.
        unusual: The condition on which a value takes more than reading, where there is nothing else to its lines.
    """

    lines: Lines
    depth: int = 0
    whole: bool = True
    unusual: Callable[[str, Function], str] | None = None


def list_form(kind: type) -> Form:
    """Of lists of values of a class that stand in the answer as they are."""
    only = {kind}

    def lines(variable: str, function: Function, _path: Path) -> Iterator[str]:
        yield f"if {variable}.__class__ is not list or not {function.bind(only.issuperset)}(map(type, {variable})):"
        yield AWAY
        yield f"{variable} = {variable}[:]"

    return Form(lines)


def unchanged_form(kind: type) -> Form:
    """Of values of a class that stand in the answer as they are."""
    return _checked_form(lambda variable, function: f"{variable}.__class__ is not {function.bind(kind)}")


def _checked_form(unusual: Callable[[str, Function], str]) -> Form:
    def lines(variable: str, function: Function, _path: Path) -> Iterator[str]:
        yield f"if {unusual(variable, function)}:"
        yield AWAY

    return Form(lines, unusual=unusual)


def optional(form: Form) -> Form:
    """The same of values that may be null."""
    unusual = form.unusual
    if unusual is not None:
        return _checked_form(lambda variable, function: f"{unusual(variable, function)} and {variable} is not None")

    def lines(variable: str, function: Function, path: Path) -> Iterator[str]:
        yield f"if {variable} is not None:"
        yield from indented(form.lines(variable, function, path))

    return form._replace(lines=lines)


def indented(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a block."""
    return (f"    {line}" for line in lines)
