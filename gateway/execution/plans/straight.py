"""Objects of which nothing but plain attributes is selected: generated functions read and write them whole.

Of `nodes { name role joinedAt }` below `members` the function for all nodes at once is

    def read(source):
        try:
            source_made, kind_of_source = [], None
            for source_each in source:
                if source_each.__class__ is not kind_of_source:
                    kind = kind_of_source = source_each.__class__
                    if kind not in c2:
                        if kind not in c1 and not c0(kind) or getattr(source_each, cast, None) is not None:
                            return None
                        kind_of_source = None
                source_each_0 = source_each.name
                if source_each_0.__class__ is not c3 and source_each_0 is not None:
                    return None
                source_each_1 = source_each.role
                if source_each_1.__class__ is not c4:
                    return None
                source_each_1 = source_each_1._name_
                source_each_2 = source_each.joined_at
                if source_each_2 is not None:
                    if source_each_2.__class__ is not c5 or source_each_2.tzinfo is not c6:
                        if source_each_2.__class__ not in plain:
                            return None
                        source_each_2 = c7(source_each_2)
                        if source_each_2 is None or source_each_2 is Undefined:
                            return None
                source_each = c8(source_each_0, source_each_1, source_each_2)
                source_made.append(source_each)
            source = source_made
            return c10(c11(source), c9, (len(source),))
        except Exception:
            return None

with what learns classes, the classes that it learnt, `str`, the roles, `datetime` and UTC, what writes any instant, a
struct of these three fields, what is known of it beforehand, `Written`, and what encodes it, as `c0` to `c11`. What is
selected of objects and lists within is read in the same function. Items of a list are mostly of one class, which is
looked up once.

A list becomes JSON at once: dictionaries for its items, kept until all of the answer is there, would be most of what an
operation takes. Objects outside of lists are dictionaries.

Where it gives None, something is unusual (a null that must not be, an exception as a value, something to await, another
class), and the objects are carried out one field at a time, by what knows what to do then. So a straight function must
not do anything that may not be done twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

import msgspec
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from gateway.execution.encoding import Path, Written
from gateway.execution.plans.forms import AWAY, Form, Function, indented
from gateway.execution.plans.running import MOST_CLASSES

DEEPEST: Final = 6
"""Levels of objects within which one function is generated: Python allows for so many blocks in another."""


def object_form(straight: "Straight") -> Form:
    """Of objects."""
    if straight.depth > DEEPEST:
        return Form(partial(_apart, straight, "one"), whole=False)

    def lines(variable: str, function: Function, path: Path) -> Iterator[str]:
        yield from straight.lines(variable, function, path)
        if function.writes:
            yield f"{function.counter(path)} += 1"

    return Form(lines, straight.depth, whole=straight.whole)


def objects_form(straight: "Straight") -> Form:
    """Of lists of objects."""
    is_deep = straight.depth > DEEPEST

    def lines(variable: str, function: Function, path: Path) -> Iterator[str]:
        yield f"if {variable}.__class__ is not list:"
        yield AWAY
        if function.writes:
            yield from straight.lines_of_all(variable, function, path)
            yield f"{function.counter(path)} += len({variable})"
        else:
            yield f"if not {variable}:"
            yield f"    {variable} = []"
            yield "else:"
            yield from indented(_apart(straight, "many", variable, function, path))

    return Form(lines, 0 if is_deep else straight.depth, whole=straight.whole and not is_deep)


def _apart(straight: "Straight", name: str, variable: str, function: Function, _path: Path) -> Iterator[str]:
    """The lines that have another function read it."""
    yield f"{variable} = {function.bind(straight)}.{name}({variable})"
    yield f"if {variable} is None:"
    yield AWAY


class Read:
    """One field of a straight function: an attribute, or a function of the object that may be called twice."""

    __slots__ = ("attribute", "form", "function", "key")

    def __init__(self, key: str, form: Form, attribute: str, function: Callable[[Any], Any] | None) -> None:
        self.key = key
        self.form = form
        self.attribute = attribute
        self.function = function


class Straight:
    """The generated functions of one selection; made when they are called for the first time.

    Args:
        name: Of the type.
        origin: The class whose instances are read, and those of the classes below it.
        reads: The fields.
        constant: All keys in order, with the values that are always the same.
        may_be_cast: Objects may say that they are of another type than their class.

    Attributes:
        depth: How many levels of objects there are.
        whole: All of these may be read in the same function.
        one: Of an object: what stands in the answer; None where it takes more than reading.
        many: The same of the objects of a list.
    """

    __slots__ = ("_constant", "_may_be_cast", "_name", "_origin", "_reads", "depth", "many", "one", "whole")

    def __init__(
        self, name: str, origin: type, reads: Sequence[Read], constant: Mapping[str, Any], *, may_be_cast: bool
    ) -> None:
        self._name = name
        self._origin = origin
        self._reads = reads
        self._constant = constant
        self._may_be_cast = may_be_cast
        self.depth: int = 1 + max((read.form.depth for read in reads), default=0)
        self.whole = all(read.form.whole for read in reads)
        self.one: Callable[[Any], dict[str, Any] | None] = self._first_one
        self.many: Callable[[list[Any]], list[dict[str, Any]] | Written | None] = self._first_many

    def lines(self, variable: str, function: Function, path: Path) -> Iterator[str]:
        """Those that turn an object into what stands in the answer."""
        sure, unknown = self._classes(variable, function)
        yield f"kind = {variable}.__class__"
        yield f"if kind not in {sure} and ({unknown}):"
        yield AWAY
        yield from self._reading(variable, function, path)

    def lines_of_all(self, variable: str, function: Function, path: Path) -> Iterator[str]:
        """The same of all in a list."""
        made, each, last = f"{variable}_made", f"{variable}_each", f"kind_of_{variable}"
        sure, unknown = self._classes(each, function)
        yield f"{made}, {last} = [], None"
        yield f"for {each} in {variable}:"
        yield f"    if {each}.__class__ is not {last}:"
        yield f"        kind = {last} = {each}.__class__"
        yield f"        if kind not in {sure}:"
        yield f"            if {unknown}:"
        yield f"            {AWAY}"
        yield f"            {last} = None"
        yield from indented([*self._reading(each, function, path), f"{made}.append({each})"])
        yield f"{variable} = {made}"

    def _classes(self, variable: str, function: Function) -> tuple[str, str]:
        """The classes that are sure to be read straight, and the condition on which an object of another is not."""
        known: set[type] = set()
        sure: set[type] = set()
        learn = function.bind(learning(self._origin, known, sure))
        unknown = f"kind not in {function.bind(known)} and not {learn}(kind)"
        if not self._may_be_cast:
            return function.bind(known), unknown
        return function.bind(sure), f"{unknown} or getattr({variable}, cast, None) is not None"

    def _reading(self, variable: str, function: Function, path: Path) -> Iterator[str]:
        values = {key: repr(value) for key, value in self._constant.items()}
        for number, read in enumerate(self._reads):
            value = values[read.key] = f"{variable}_{number}"
            given = f"{variable}.{read.attribute}"
            yield f"{value} = {given if read.function is None else f'{function.bind(read.function)}({variable})'}"
            yield from read.form.lines(value, function, (*path, read.key))
        if function.writes:
            yield f"{variable} = {function.bind(_row(tuple(values)))}({', '.join(values.values())})"
        else:
            yield f"{variable} = {{{', '.join(f'{key!r}: {value}' for key, value in values.items())}}}"

    def _first_one(self, source: Any) -> Any:  # noqa: ANN401  an object of any class
        function = Function(self._name)
        self.one = function.made(self.lines("source", function, ()))
        return self.one(source)

    def _first_many(self, sources: list[Any]) -> Any:  # noqa: ANN401  what stands in the answer
        function = Function(self._name, writes=self.whole)
        self.many = function.made(self.lines_of_all("source", function, ()))
        return self.many(sources)


@lru_cache(maxsize=512)
def _row(keys: tuple[str, ...]) -> type[msgspec.Struct]:
    """A class of what is written as an object with these keys: it takes less than a dictionary."""
    names = [f"f{number}" for number in range(len(keys))]
    return msgspec.defstruct("Row", names, rename=dict(zip(names, keys, strict=True)), eq=False, gc=False)


def learning(origin: type, known: set[type], sure: set[type]) -> Callable[[type], bool]:
    """Whether objects of a class can be read straight; remembers those that can.

    Args:
        origin: The class, or one above it.
        known: The classes that can.
        sure: Those of them whose objects cannot say that they are of another type.
    """

    def learn(kind: type) -> bool:
        fits = issubclass(kind, origin) and not issubclass(kind, Exception)
        if not fits or hasattr(kind, "__await__") or hasattr(kind, "__getattr__") or len(known) >= MOST_CLASSES:
            return False
        known.add(kind)
        if not kind.__dictoffset__ and not hasattr(kind, TYPE_CAST_ATTRIBUTE):
            sure.add(kind)
        return True

    return learn
