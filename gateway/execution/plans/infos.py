"""What Strawberry tells a method of the field that it resolves."""

from operator import attrgetter
from typing import Any

from graphql.pyutils import Path
from msgspec import Struct
from strawberry import Info
from strawberry.schema.schema_converter import GraphQLCoreConverter

from gateway.execution.plans.running import Field, Place, Run


class FieldInfo(Struct, eq=False):
    """Strawberry's info, which is made only where a method asks for more than the context.

    Attributes:
        context: Of the execution.
        run: The execution.
        selected: The field.
        above: The place of its object.
        made: Strawberry's own.
    """

    context: Any
    run: Run
    selected: Field
    above: Place | None
    made: Info[Any, Any] | None = None

    @property
    def field_name(self) -> str:
        """The name of the field."""
        return self.selected.nodes[0].name.value

    @property
    def path(self) -> Path:
        """Where the field stands in the answer."""
        return self.whole.path

    @property
    def whole(self) -> Info[Any, Any]:
        """Strawberry's own."""
        if self.made is None:
            field = self.selected
            raw = field.info(self.run, (self.above, field.key, field.parent.name))
            self.made = Info(raw, field.definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF])
        return self.made


for _name in {*Info.__annotations__, *vars(Info)} - {*vars(FieldInfo)}:
    if not _name.startswith("__"):  # all else that Strawberry's has; `__getattr__` would make all of it slower
        setattr(FieldInfo, _name, property(attrgetter(f"whole.{_name}")))
