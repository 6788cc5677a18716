"""Objects of which nothing but plain attributes is selected: one generated function reads and writes them whole.

Of `nodes { name role joinedAt }` below `members` the generated function is

    def straight(source):
        if source.__class__ not in known and not learn(source.__class__):
            return None
        try:
            if getattr(source, '__as_strawberry_type__', None) is not None:
                return None
            v0 = source.name
            if v0 is not None:
                if v0.__class__ is not c0:
                    return None
            v1 = source.role
            v1 = c1.get(id(v1))
            if v1 is None:
                return None
            v2 = source.joined_at
            if v2 is not None:
                if v2.__class__ not in plain:
                    return None
                v2 = c2(v2)
                if v2 is None or v2 is Undefined:
                    return None
            return {'name': v0, 'role': v1, 'joinedAt': v2}
        except Exception:
            return None

with `str`, the names of the roles by identity, and what writes a DateTime as `c0` to `c2`.

Where it gives None, something is unusual (a null that must not be, an exception as a value, something to await, another
class), and the object is carried out one field at a time, by what knows what to do then. So a straight function must
not do anything that may not be done twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any, Final, TypeAlias

from graphql import Undefined
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from gateway.execution.plans.running import MOST_CLASSES, plain

Straight: TypeAlias = Callable[[Any], dict[str, Any] | None]
"""Of an object: what stands in the answer; None where it takes more than reading."""

Bind: TypeAlias = Callable[[object], str]
"""Gives an object a name in the generated function."""

Form: TypeAlias = Callable[[str, Bind], Iterator[str]]
"""The lines that turn a variable's value into what stands in the answer."""

_AWAY: Final = "    return None"


def unchanged_form(kind: type) -> Form:
    """Of values of a class that stand in the answer as they are."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable}.__class__ is not {bind(kind)}:"
        yield _AWAY

    return lines


def named_form(names: Mapping[int, str]) -> Form:
    """Of values that are known by identity."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"{variable} = {bind(names)}.get(id({variable}))"
        yield f"if {variable} is None:"
        yield _AWAY

    return lines


def written_form(write: Callable[[Any], Any]) -> Form:
    """Of values of any plain class."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable}.__class__ not in plain:"
        yield _AWAY
        yield f"{variable} = {bind(write)}({variable})"
        yield f"if {variable} is None or {variable} is Undefined:"
        yield _AWAY

    return lines


def object_form(straight: Straight) -> Form:
    """Of objects."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"{variable} = {bind(straight)}({variable})"
        yield f"if {variable} is None:"
        yield _AWAY

    return lines


def objects_form(straight: Straight) -> Form:
    """Of lists of objects."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable}.__class__ is not list:"
        yield _AWAY
        yield f"{variable} = [*map({bind(straight)}, {variable})]"
        yield f"if not all({variable}):"
        yield _AWAY

    return lines


def list_form(kind: type) -> Form:
    """Of lists of values of a class that stand in the answer as they are."""
    only = {kind}

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable}.__class__ is not list or not {bind(only.issuperset)}(map(type, {variable})):"
        yield _AWAY
        yield f"{variable} = {variable}[:]"

    return lines


def optional(form: Form) -> Form:
    """The same of values that may be null."""

    def lines(variable: str, bind: Bind) -> Iterator[str]:
        yield f"if {variable} is not None:"
        for line in form(variable, bind):
            yield f"    {line}"

    return lines


class Read:
    """One field of a straight function: an attribute, or a function of the object that may be called twice."""

    __slots__ = ("attribute", "form", "function", "key")

    def __init__(self, key: str, form: Form, attribute: str, function: Callable[[Any], Any] | None) -> None:
        self.key = key
        self.form = form
        self.attribute = attribute
        self.function = function


def straight(
    name: str, origin: type, reads: Sequence[Read], constant: Mapping[str, Any], *, may_be_cast: bool
) -> Straight:
    """The generated function.

    Args:
        name: Of the type.
        origin: The class whose instances are read, and those of the classes below it.
        reads: The fields.
        constant: All keys in order, with the values that are always the same.
        may_be_cast: Objects may say that they are of another type than their class.
    """
    known: set[type] = set()
    bound: dict[str, Any] = {}

    def bind(value: object) -> str:
        given = f"c{len(bound)}"
        bound[given] = value
        return given

    body: list[str] = []
    if may_be_cast:
        body += [f"if getattr(source, {TYPE_CAST_ATTRIBUTE!r}, None) is not None:", _AWAY]
    names = {key: repr(value) for key, value in constant.items()}
    for number, read in enumerate(reads):
        variable = names[read.key] = f"v{number}"
        value = f"source.{read.attribute}" if read.function is None else f"{bind(read.function)}(source)"
        body += [f"{variable} = {value}", *read.form(variable, bind)]
    shown = ", ".join(f"{key!r}: {name}" for key, name in names.items())
    lines = [
        "def straight(source):",
        "    if source.__class__ not in known and not learn(source.__class__):",
        "        return None",
        "    try:",
        *(f"        {line}" for line in [*body, f"return {{{shown}}}"]),
        "    except Exception:",
        "        return None",
    ]
    code = _compiled("\n".join(lines), f"<plan of {name}>")
    space: dict[str, Any] = {
        "known": known,
        "learn": learning(origin, known),
        "plain": plain,
        "Undefined": Undefined,
    } | bound
    exec(code, space)  # noqa: S102  keys are names of GraphQL, all else is bound
    made: Straight = space["straight"]
    return made


@lru_cache(maxsize=512)
def _compiled(text: str, name: str) -> CodeType:
    return compile(text, name, "exec")


def learning(origin: type, known: set[type]) -> Callable[[type], bool]:
    """Whether objects of a class can be read straight; remembers those that can."""

    def learn(kind: type) -> bool:
        fits = issubclass(kind, origin) and not issubclass(kind, Exception)
        if not fits or hasattr(kind, "__await__") or hasattr(kind, "__getattr__") or len(known) >= MOST_CLASSES:
            return False
        known.add(kind)
        return True

    return learn
