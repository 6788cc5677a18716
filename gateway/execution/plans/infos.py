"""What Strawberry tells a method of the field that it resolves."""

from functools import cached_property
from typing import Any

from graphql import GraphQLResolveInfo
from strawberry import Info
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from gateway.execution.plans.running import Field, Place, Run


class FieldInfo(Info[Any, Any]):
    """Strawberry's info, which has graphql-core's made only where a method asks for more than the context."""

    __slots__ = ("_place", "_selected", "context", "run")

    context: Any
    """Of the execution. In a slot of its own, as every resolver asks for it."""

    run: Run
    """The execution."""

    def __init__(self, run: Run, field: Field, place: Place) -> None:
        self.context = run.context
        self.run = run
        self._selected = field
        self._place = place

    @property
    def field_name(self) -> str:
        """The name of the field."""
        return self._selected.nodes[0].name.value

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]  # it is never set
        return self._selected.info(self.run, self._place)

    @cached_property
    def _field(self) -> StrawberryField:  # type: ignore[override]  # the same
        found: StrawberryField = self._selected.definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        return found
