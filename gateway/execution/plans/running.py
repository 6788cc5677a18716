"""One execution of a plan: its surroundings, and the errors that it has collected."""

from collections.abc import Callable, Sequence
from types import CoroutineType, GeneratorType
from typing import Any, Final, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLResolveInfoHelpers,
    Undefined,
    is_non_null_type,
    located_error,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, is_awaitable
from msgspec import Struct

from gateway.execution.plans.strands import Strands

Place: TypeAlias = tuple[Any, str | int, str | None]
"""Where a value stands in the answer: a `Path`, or a plain tuple of the same three items, which is cheaper to make."""

MOST_CLASSES: Final = 4_096

plain: set[type] = set()
"""Classes whose instances are neither awaitable nor exceptions nor null; learnt as values come by."""


class Run(Struct, eq=False):
    """The state of one execution.

    Attributes:
        variables: As coerced.
        context: For the resolvers.
        strands: What is being awaited.
        arguments: Of fields whose arguments hold variables, once they are known.
        converted: Of fields, as their functions take them, once they are known and can be given again.
        errors: In the order in which they came up.
    """

    variables: VariableValues
    context: Any
    strands: Strands
    _constant: tuple[Any, ...]
    _helpers: "Callable[[Run], GraphQLResolveInfoHelpers] | None"
    arguments: dict[object, dict[str, Any]] = {}
    converted: dict[object, dict[str, Any]] = {}
    errors: list[GraphQLError] = []
    _marked: set[Place] = set()
    _nulled: set[Place | None] = set()

    @property
    def constant(self) -> tuple[Any, ...]:
        """The part of every resolver's info that is the same for all fields."""
        if self._helpers is not None:
            given = self.variables, self.context, is_awaitable, None, self._helpers(self)
            self._constant, self._helpers = (*self._constant, *given), None
        return self._constant

    def add(self, error: GraphQLError, place: Place | None) -> None:
        """Collects an error of the value at `place`, unless this or what holds it is null already by another."""
        above = place
        while above is not None:
            if above in self._nulled:
                return
            above = above[0]
        if None not in self._nulled:
            self._nulled.add(place)
            self.errors.append(error)

    def mark(self, place: Place | None) -> None:
        """Something came up that says where it is: the same elsewhere would say something else."""
        while place is not None and place not in self._marked:
            self._marked.add(place)
            place = place[0]

    def marked(self, place: Place) -> bool:
        """Whether something came up there, or below."""
        return place in self._marked

    def fail(self, error: Exception, nodes: Sequence[FieldNode], place: Place, *, required: bool) -> None:
        """The value at `place` could not be had.

        Raises:
            GraphQLError: It must not be null, so that the error is that of what holds it.
        """
        self.mark(place)
        located = located_error(error, nodes, keys(place))
        if required:
            raise located
        self.add(located, place)


class Field:
    """A field as it is selected in one place of an operation.

    Attributes:
        key: Its name in the answer.
        nodes: The places of the document that select it.
        definition: In the schema.
        parent: The type that has it.
        required: It must not be null.
        selects: It has a selection of its own.
    """

    __slots__ = ("_head", "definition", "key", "nodes", "parent", "required", "selects")

    def __init__(self, key: str, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType) -> None:
        self.key = key
        self.nodes = nodes
        self.definition = definition
        self.parent = parent
        self.required = is_non_null_type(definition.type)
        self.selects = nodes[0].selection_set is not None
        self._head = (nodes[0].name.value, nodes, definition.type, parent)

    @property
    def null_message(self) -> str:
        """What is said where it is null and must not be."""
        return f"Cannot return null for non-nullable field {self.parent}.{self.nodes[0].name.value}."

    def fail(self, run: Run, error: Exception, place: Place) -> None:
        """It could not be had; see `Run.fail`."""
        run.fail(error, self.nodes, place, required=self.required)

    def info(self, run: Run, place: Place | None) -> GraphQLResolveInfo[Any]:
        """What a resolver is told.

        Args:
            run: The execution.
            place: Of the field, or of an item of its list.
        """
        while place is not None and place[1].__class__ is int:
            place = place[0]
        if place is not None:
            run.mark(place)
        return GraphQLResolveInfo._make((*self._head, path(place), *run.constant))


def path(place: Place | None) -> Path | None:
    """The same place in graphql-core's own form."""
    if place is None or isinstance(place, Path):
        return place
    return Path(path(place[0]), place[1], place[2])


def keys(place: Place | None) -> list[str | int]:
    """The names and indices from the root to the place."""
    found: list[str | int] = []
    while place is not None:
        found.append(place[1])
        place = place[0]
    return found[::-1]


def pending(value: object) -> bool:
    """Whether a value that came from outside must be awaited. Remembers the classes of those that need not."""
    kind = value.__class__
    if kind in plain:
        return False
    if kind is CoroutineType or is_awaitable(value):
        return True
    learn(value)
    return False


def learn(value: object) -> None:
    """Remembers the class of a value that was not awaited, or is not to be, where all of the class are plain."""
    kind = value.__class__
    if (
        value is not None
        and value is not Undefined
        and not isinstance(value, Exception | GeneratorType)
        and not hasattr(kind, "__getattr__")
        and not hasattr(kind, "__await__")
        and kind is not CoroutineType
        and len(plain) < MOST_CLASSES
    ):
        plain.add(kind)


def absent(value: object) -> bool:
    """Whether there is no value.

    Raises:
        Exception: The value itself: an exception as a value is the error of its field.
    """
    if value is None or value is Undefined:
        return True
    if isinstance(value, Exception):
        raise value
    return False
