"""What may stand at a path of the settings, read from the models: for the environment, and for what mistakes say."""

import dataclasses
import difflib
import functools
import types
import typing
from collections.abc import Iterator, Mapping, Sequence

import annotated_types
import pydantic
from pydantic.fields import FieldInfo

Path = tuple[str | int, ...]
"""`("upstreams", "clickhouse", "keys", 0, "key_id")`."""


@dataclasses.dataclass(frozen=True)
class Says:
    """Stands in an annotation: how the value is called in a mistake, and whether the value itself must not be shown."""

    phrase: str
    hidden: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """A table with known keys."""

    fields: Mapping[str, "Place"]


@dataclasses.dataclass(frozen=True)
class Names:
    """A table whose keys are names that the operator gives."""

    key: "Leaf"
    each: "Place"


@dataclasses.dataclass(frozen=True)
class Items:
    """A list; `said` is how it is called in a mistake about its length."""

    each: "Place"
    said: str = ""


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A single value."""

    kind: object
    metadata: tuple[object, ...]

    @property
    def hidden(self) -> bool:
        """Whether the value is, or may hold, a secret."""
        return self.kind is pydantic.SecretStr or any(isinstance(m, Says) and m.hidden for m in self.metadata)

    @property
    def words(self) -> tuple[str, ...]:
        """The words it may be, or none when it is no choice between words."""
        return typing.get_args(self.kind) if typing.get_origin(self.kind) is typing.Literal else ()

    @property
    def phrase(self) -> str:
        """What the value must be, as the end of "must be …"."""
        for mark in self.metadata:
            if isinstance(mark, Says):
                return mark.phrase
        if self.words:
            return spoken(self.words)
        if self.kind is bool:
            return "true or false"
        if self.kind in (int, float):
            return self._number()
        return "text"

    def _number(self) -> str:
        noun = "a whole number" if self.kind is int else "a number"
        low = next((m.ge for m in self.metadata if isinstance(m, annotated_types.Ge)), None)
        high = next((m.le for m in self.metadata if isinstance(m, annotated_types.Le)), None)
        above = next((m.gt for m in self.metadata if isinstance(m, annotated_types.Gt)), None)
        if low is not None:
            return f"{noun}, {low} or more" if high is None else f"{noun} from {low} to {high}"
        return noun if above is None else f"{noun} above {above}"


Place = Table | Names | Items | Leaf


@functools.cache
def shape_of(model: type[pydantic.BaseModel]) -> Table:
    """The places of a model."""
    return Table({name: _place(field.annotation, tuple(field.metadata)) for name, field in model.model_fields.items()})


def _place(annotation: object, metadata: tuple[object, ...]) -> Place:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        marks = [inner for m in arguments[1:] for inner in (m.metadata if isinstance(m, FieldInfo) else [m])]
        return _place(arguments[0], (*metadata, *marks))
    if origin in (typing.Union, types.UnionType):
        kinds = [a for a in arguments if a is not types.NoneType]
        return _place(kinds[0], metadata)
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return shape_of(annotation)
    if origin is dict:
        key = _place(arguments[0], ())
        if not isinstance(key, Leaf):
            raise TypeError("the keys of a table are text")
        return Names(key, _place(arguments[1], ()))
    if origin is tuple:
        return Items(_place(arguments[0], ()), next((m.phrase for m in metadata if isinstance(m, Says)), ""))
    return Leaf(annotation, metadata)


def step(place: Place, part: str | int) -> Place | None:
    """What stands under `part`, or None when nothing may."""
    if isinstance(place, Table):
        return place.fields.get(part) if isinstance(part, str) else None
    if isinstance(place, Names):
        return place.each if isinstance(part, str) else None
    if isinstance(place, Items):
        return place.each if isinstance(part, int) else None
    return None


def find(shape: Table, path: Path) -> Place | None:
    """The place at a path, or None when there is none."""
    place: Place | None = shape
    for part in path:
        place = step(place, part) if place is not None else None
    return place


def settings_in(place: Place, above: Path = ()) -> Iterator[Path]:
    """Every path with a fixed name, tables before what they hold; not under names or in lists."""
    if above:
        yield above
    if isinstance(place, Table):
        for name, inner in place.fields.items():
            yield from settings_in(inner, (*above, name))


def suggestions(shape: Table, path: Path) -> list[Path]:
    """What an unknown path was most likely meant to be: the closest key beside it, else settings with the same name."""
    place: Place = shape
    meant: Path = ()
    for part in path:
        inner = step(place, part)
        if inner is None:
            siblings = tuple(place.fields) if isinstance(place, Table) else ()
            found = closest(str(part), siblings)
            if found is None:
                return _elsewhere(shape, path[-1])
            part, inner = found, typing.cast("Table", place).fields[found]  # noqa: PLW2901 - the corrected step
        place, meant = inner, (*meant, part)
    return [meant]


def _elsewhere(shape: Table, name: str | int) -> list[Path]:
    known = list(settings_in(shape))
    near = closest(name, [str(path[-1]) for path in known], cutoff=0.8)
    return [path for path in known if path[-1] == near][:3]


def closest(word: object, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """The known word that looks most like this one, or None when none does."""
    if not isinstance(word, str):
        return None
    found = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=cutoff)
    return found[0] if found else None


def spoken(words: Sequence[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
