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
                    if source_each_2.__class__ is c5 and source_each_2.tzinfo is c6:
                        source_each_2 = c7(source_each_2)
                    else:
                        if source_each_2.__class__ not in plain:
                            return None
                        source_each_2 = c8(source_each_2)
                        if source_each_2 is None or source_each_2 is Undefined:
                            return None
                source_each = {'name': source_each_0, 'role': source_each_1, 'joinedAt': source_each_2}
                source_made.append(source_each)
            source = source_made
            return source
        except Exception:
            return None

with what learns classes, the classes that it learnt, `str`, the roles, `datetime` and UTC, and what writes an instant
in UTC, and any, as `c0` to `c8`. What is selected of objects and lists within is read in the same function. Items of a
list are mostly of one class, which is looked up once.

Where it gives None, something is unusual (a null that must not be, an exception as a value, something to await, another
class), and the objects are carried out one field at a time, by what knows what to do then. So a straight function must
not do anything that may not be done twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any, Final, NamedTuple, TypeAlias

from graphql import Undefined
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from gateway.execution.plans.running import MOST_CLASSES, plain

Bind: TypeAlias = Callable[[object], str]
"""Gives an object a name in the generated function."""

Lines: TypeAlias = Callable[[str, Bind], Iterator[str]]
"""The lines that turn a variable's value into what stands in the answer."""


class Form(NamedTuple):
    """How values are written.

    Attributes:
        lines: Of the generated function.
        depth: How many levels of objects they read.
        unusual: The condition on which a value takes more than reading, where there is nothing else to its lines.
    """

    lines: Lines
    depth: int = 0
    unusual: Callable[[str, Bind], str] | None = None


DEEPEST: Final = 6
"""Levels of objects within which one function is generated: Python allows for so many blocks in another."""

AWAY: Final = "    return None"
"""Below a condition: the object takes more than reading."""


def object_form(straight: "Straight") -> Form:
    """Of objects."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        if straight.depth > DEEPEST:
            yield f"{variable} = {bind(straight)}.one({variable})"
            yield f"if {variable} is None:"
            yield AWAY
        else:
            yield from straight.lines(variable, bind)

    return Form(lines, 0 if straight.depth > DEEPEST else straight.depth)


def objects_form(straight: "Straight") -> Form:
    """Of lists of objects."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable}.__class__ is not list:"
        yield AWAY
        if straight.depth > DEEPEST:
            yield f"{variable} = {bind(straight)}.many({variable})"
            yield f"if {variable} is None:"
            yield AWAY
        else:
            yield from straight.lines_of_all(variable, bind)

    return Form(lines, 0 if straight.depth > DEEPEST else straight.depth)


def list_form(kind: type) -> Form:
    """Of lists of values of a class that stand in the answer as they are."""
    only = {kind}

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable}.__class__ is not list or not {bind(only.issuperset)}(map(type, {variable})):"
        yield AWAY
        yield f"{variable} = {variable}[:]"

    return Form(lines)


def unchanged_form(kind: type) -> Form:
    """Of values of a class that stand in the answer as they are."""
    return _checked_form(lambda variable, bind: f"{variable}.__class__ is not {bind(kind)}")


def _checked_form(unusual: Callable[[str, Bind], str]) -> Form:
    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {unusual(variable, bind)}:"
        yield AWAY

    return Form(lines, unusual=unusual)


def optional(form: Form) -> Form:
    """The same of values that may be null."""
    unusual = form.unusual
    if unusual is not None:
        return _checked_form(lambda variable, bind: f"{unusual(variable, bind)} and {variable} is not None")

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable} is not None:"
        yield from _indented(form.lines(variable, bind))

    return Form(lines, form.depth)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


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
        one: Of an object: what stands in the answer; None where it takes more than reading.
        many: The same of the objects of a list.
    """

    __slots__ = ("_constant", "_may_be_cast", "_name", "_origin", "_reads", "depth", "many", "one")

    def __init__(
        self, name: str, origin: type, reads: Sequence[Read], constant: Mapping[str, Any], *, may_be_cast: bool
    ) -> None:
        self._name = name
        self._origin = origin
        self._reads = reads
        self._constant = constant
        self._may_be_cast = may_be_cast
        self.depth: int = 1 + max((read.form.depth for read in reads), default=0)
        self.one: Callable[[Any], dict[str, Any] | None] = self._first_one
        self.many: Callable[[list[Any]], list[dict[str, Any]] | None] = self._first_many

    def lines(self, variable: str, bind: Bind) -> Iterator[str]:
        """Those that turn an object into what stands in the answer."""
        sure, unknown = self._classes(variable, bind)
        yield f"kind = {variable}.__class__"
        yield f"if kind not in {sure} and ({unknown}):"
        yield AWAY
        yield from self._reading(variable, bind)

    def lines_of_all(self, variable: str, bind: Bind) -> Iterator[str]:
        """The same of all in a list."""
        made, each, last = f"{variable}_made", f"{variable}_each", f"kind_of_{variable}"
        sure, unknown = self._classes(each, bind)
        yield f"{made}, {last} = [], None"
        yield f"for {each} in {variable}:"
        yield f"    if {each}.__class__ is not {last}:"
        yield f"        kind = {last} = {each}.__class__"
        yield f"        if kind not in {sure}:"
        yield f"            if {unknown}:"
        yield f"            {AWAY}"
        yield f"            {last} = None"
        yield from _indented([*self._reading(each, bind), f"{made}.append({each})"])
        yield f"{variable} = {made}"

    def _classes(self, variable: str, bind: Bind) -> tuple[str, str]:
        """The classes that are sure to be read straight, and the condition on which an object of another is not."""
        known: set[type] = set()
        sure: set[type] = set()
        learn = bind(learning(self._origin, known, sure))
        unknown = f"kind not in {bind(known)} and not {learn}(kind)"
        if not self._may_be_cast:
            return bind(known), unknown
        return bind(sure), f"{unknown} or getattr({variable}, cast, None) is not None"

    def _reading(self, variable: str, bind: Bind) -> Iterator[str]:
        values = {key: repr(value) for key, value in self._constant.items()}
        for number, read in enumerate(self._reads):
            value = values[read.key] = f"{variable}_{number}"
            given = f"{variable}.{read.attribute}" if read.function is None else f"{bind(read.function)}({variable})"
            yield f"{value} = {given}"
            yield from read.form.lines(value, bind)
        yield f"{variable} = {{{', '.join(f'{key!r}: {value}' for key, value in values.items())}}}"

    def _first_one(self, source: Any) -> Any:  # noqa: ANN401  an object of any class
        self.one = self._generated(self.lines)
        return self.one(source)

    def _first_many(self, sources: list[Any]) -> Any:  # noqa: ANN401  what stands in the answer
        self.many = self._generated(self.lines_of_all)
        return self.many(sources)

    def _generated(self, lines_of: Lines) -> Callable[[Any], Any]:
        space: dict[str, Any] = {"plain": plain, "Undefined": Undefined, "cast": TYPE_CAST_ATTRIBUTE}
        given = len(space)

        def bind(value: object) -> str:
            name = f"c{len(space) - given}"
            space[name] = value
            return name

        body = [*lines_of("source", bind), "return source"]
        lines = [
            "def read(source):",
            "    try:",
            *_indented(_indented(body)),
            "    except Exception:",
            "        return None",
        ]
        exec(_compiled("\n".join(lines), f"<plan of {self._name}>"), space)  # noqa: S102  keys are names of GraphQL, all else is bound
        read: Callable[[Any], Any] = space["read"]
        return read


@lru_cache(maxsize=512)
def _compiled(text: str, name: str) -> CodeType:
    return compile(text, name, "exec")


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
