"""What the schema says that fields cost: its cost directives, gathered once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from resolvers.costs import Cost, ListSize

_DEFINITION = "strawberry-definition"
"""Where Strawberry keeps its own definition of a part of the schema."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one field costs, apart from what is selected below it.

    Attributes:
        weight: Each time that it is asked.
        arguments: For each item of an argument's value.
        lists: The arguments that are lists.
        returns: The named type that it returns, or None for a leaf.
        listed: It returns a list.
        size: How its lists are sized; None where the schema does not say.
    """

    weight: float = 0.0
    arguments: Mapping[str, float] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    returns: GraphQLNamedType | None = None
    listed: bool = False
    size: ListSize | None = None


class Prices:
    """The prices of a whole schema.

    Attributes:
        sizing: The names of all arguments whose value, or its length, a cost can depend on.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fields: dict[str, dict[str, Price]] = {}
        self._objects: dict[str, float] = {}
        self.sizing: set[str] = set()
        for each in schema.type_map.values():
            if isinstance(each, GraphQLObjectType) and not each.name.startswith("__"):
                self._objects[each.name] = _weight(each, 1.0)
                self._fields[each.name] = {name: _price(inner) for name, inner in each.fields.items()}
        for fields in self._fields.values():
            for price in fields.values():
                self.sizing |= price.arguments.keys()
                self.sizing.update((price.size and price.size.slicing_arguments) or ())

    def of(self, type_name: str, field_name: str) -> Price | None:
        """A field's; None for introspection and for what the type has not."""
        return self._fields[type_name].get(field_name)

    def of_object(self, type_name: str) -> float:
        """What each object of the type costs by itself."""
        return self._objects[type_name]

    def possible(self, named: GraphQLNamedType) -> Iterator[str]:
        """The names of the object types that a value of the type can have."""
        if isinstance(named, GraphQLObjectType):
            yield named.name
        else:
            yield from (each.name for each in self._schema.get_possible_types(named))  # type: ignore[arg-type]  # composite, and no object

    def applies(self, condition: str, type_name: str) -> bool:
        """Whether a fragment on the type `condition` is for objects of the type `type_name`."""
        return condition == type_name or type_name in self.possible(self._schema.type_map[condition])


def _directives(definition: GraphQLNamedType | GraphQLField | GraphQLArgument) -> tuple[Any, ...]:
    return tuple(getattr(definition.extensions.get(_DEFINITION), "directives", None) or ())


def _weight(definition: GraphQLNamedType | GraphQLField | GraphQLArgument, default: float) -> float:
    return next((float(each.weight) for each in _directives(definition) if isinstance(each, Cost)), default)


def _price(definition: GraphQLField) -> Price:
    weights = {name: _weight(argument, 0.0) for name, argument in definition.args.items()}
    named = get_named_type(definition.type)
    return Price(
        weight=_weight(definition, 0.0),
        arguments={name: weight for name, weight in weights.items() if weight},
        lists=frozenset(name for name, each in definition.args.items() if is_list_type(get_nullable_type(each.type))),
        returns=named if is_composite_type(named) else None,
        listed=is_list_type(get_nullable_type(definition.type)),
        size=next((each for each in _directives(definition) if isinstance(each, ListSize)), None),
    )
