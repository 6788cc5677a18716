"""Selection sets compiled: graphql-core collects the fields, and each becomes a step."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    Executor,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    default_type_resolver,
    get_nullable_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from gateway.execution.plans import shortcuts
from gateway.execution.plans.completing import (
    Fields,
    abstract,
    checked,
    listed,
    whole_first,
)
from gateway.execution.plans.forms import Form, list_form, optional
from gateway.execution.plans.leaves import Unchanged, unchanged, writer
from gateway.execution.plans.leaves import form as leaf_form
from gateway.execution.plans.promises import Complete
from gateway.execution.plans.resolving import checks_class, origin_of, resolver
from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.selecting import Step, row, serially, together
from gateway.execution.plans.slots import Slot, leaf_slot, slot
from gateway.execution.plans.straight import Read, Straight, object_form, objects_form
from gateway.execution.plans.twins import Twin, firsts, shared

MOST_FIELDS: Final = 4_096
"""Of one plan, each counted for every type that it is compiled for."""


class NotCoveredError(Exception):
    """The operation has something that a plan does not do."""


class Compiler:
    """Compiles one operation for given values of the variables in its `@skip` and `@include`.

    Args:
        schema: Whose resolvers and types are used.
        document: Validated.
        operation: Of the document.
        deciding: The values of those variables.
        repeatable: What the schema's queries give is the same when it is asked for twice.

    Attributes:
        count: Of the fields compiled so far.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        deciding: VariableValues,
        *,
        repeatable: bool = False,
    ) -> None:
        self._schema = schema
        self._repeatable = repeatable
        self._operation = operation
        self._deciding = deciding
        definitions = fragments_by_name(document)
        self._fragments = {name: FragmentDetails(each) for name, each in definitions.items()}
        self._executor: Executor[Any] = Executor(
            schema,
            dict(definitions),
            self._fragments,
            None,
            None,
            operation,
            deciding,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
        )
        self.count = 0

    def compile(self) -> Fields:
        """The operation's root fields.

        Raises:
            NotCoveredError: There is something that a plan does not do.
            GraphQLError: A variable in `@skip` or `@include` is null.
        """
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise NotCoveredError
        collected = collect_fields(self._schema, self._fragments, self._deciding, root, self._operation)
        fields, _ = self._fields(root, collected, serial=self._operation.operation is OperationType.MUTATION)
        return fields

    def _selected(
        self, field: Field, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> tuple[Fields, Straight | None]:
        collected = collect_subfields(self._schema, self._fragments, self._deciding, self._operation, type_, details)
        fields, whole = self._fields(type_, collected)
        return whole_first(whole, checked(field, type_, fields)), whole

    def _fields(
        self, parent: GraphQLObjectType, collected: CollectedFields, *, serial: bool = False
    ) -> tuple[Fields, Straight | None]:
        if collected.new_defer_usages:
            raise NotCoveredError
        self.count += len(collected.grouped_field_set)
        if self.count > MOST_FIELDS:
            raise NotCoveredError
        steps: list[Step] = []
        constant: dict[str, Any] = {}
        for key, details in collected.grouped_field_set.items():
            name = details[0].node.name.value
            definition = self._schema.get_field(parent, name)
            if definition is None:
                continue
            constant[key] = parent.name if name == "__typename" else None
            if name != "__typename":
                steps.append(self._step(Field(key, [each.node for each in details], definition, parent), details))
        if serial:
            return serially(steps, constant, parent.name), None
        whole = self._straight(parent, steps, constant)
        if whole or not self._repeatable:
            return together(steps, constant, parent.name), whole
        return self._without_twins(steps, constant, parent.name), None

    @staticmethod
    def _without_twins(steps: Sequence[Step], constant: dict[str, Any], parent: str) -> Fields:
        first = firsts([step.field for step in steps if not step.attribute])
        twins = [
            Twin(step.field.key, first[step.field.key], row(step, parent)[3])
            for step in steps
            if step.field.key in first
        ]
        fields = together([step for step in steps if step.field.key not in first], constant, parent)
        return shared(fields, twins, parent) if twins else fields

    @staticmethod
    def _straight(type_: GraphQLObjectType, steps: Sequence[Step], constant: dict[str, Any]) -> Straight | None:
        origin = origin_of(type_) if type_.is_type_of else object
        reads = [step.read for step in steps if step.read]
        if origin is None or not reads or len(reads) < len(steps) or (type_.is_type_of and not checks_class(type_)):
            return None
        return Straight(type_.name, origin, reads, constant, may_be_cast=type_.is_type_of is not None)

    def _step(self, field: Field, details: FieldDetailsList) -> Step:
        type_ = field.definition.type
        name = shortcuts.attribute(field)
        function = None if name else shortcuts.function(field)
        call = None if name or function else shortcuts.call(field, self._schema)
        resolve = None if name or function or call else resolver(field)
        slot, form = self._slot(field, details, type_)
        may_be_read = name or (function and self._repeatable)
        read = Read(field.key, form, name, function) if form and may_be_read else None
        return Step(field, slot, name, function, _unchanged(type_), call, resolve, read)

    def _slot(
        self, field: Field, details: FieldDetailsList, type_: GraphQLOutputType, *, required: bool = False
    ) -> tuple[Slot, Form | None]:
        """What takes the value, and how it is written where its object is read straight."""
        if isinstance(type_, GraphQLNonNull):
            return self._slot(field, details, type_.of_type, required=True)
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            form: Form | None = leaf_form(type_)
            made = leaf_slot(field, type_, writer(type_), unchanged(type_), required=required)
        elif isinstance(type_, GraphQLList):
            complete, form = self._list(field, details, type_)
            made = slot(field, complete, required=required)
        elif isinstance(type_, GraphQLObjectType):
            fields, whole = self._selected(field, type_, details)
            form = object_form(whole) if whole else None
            made = slot(field, fields, required=required)
        else:
            made, form = slot(field, self._abstract(field, details, type_), required=required), None
        return made, form if required or form is None else optional(form)

    def _list(self, field: Field, details: FieldDetailsList, type_: GraphQLList[Any]) -> tuple[Complete, Form | None]:
        kind, bare = _unchanged(type_.of_type), get_nullable_type(type_.of_type)
        whole = None
        if isinstance(bare, GraphQLObjectType):
            fields, whole = self._selected(field, bare, details)
            item = slot(field, fields, required=is_non_null_type(type_.of_type))
        else:
            item, _ = self._slot(field, details, type_.of_type)
        complete = listed(field, item.fill, kind, whole)
        if whole:
            return complete, objects_form(whole)
        return complete, None if kind is Unchanged else list_form(kind)

    def _abstract(
        self, field: Field, details: FieldDetailsList, type_: GraphQLInterfaceType | GraphQLUnionType
    ) -> Complete:
        # compiled now, so that nothing comes up while the plan runs that plans do not cover
        possible = self._schema.get_possible_types(type_)
        known = {each.name: self._selected(field, each, details)[0] for each in possible}

        def typed(told: object, run: Run, value: object, place: Place) -> tuple[str, Fields]:
            info = field.info(run, place)
            named = self._executor.ensure_valid_runtime_type(told, type_, details, info, value)
            return named.name, known[named.name]

        return abstract(field, type_, type_.resolve_type or default_type_resolver, typed)


def _unchanged(type_: GraphQLOutputType) -> type:
    """The class of values that stand in the answer as they are."""
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return unchanged(bare) if isinstance(bare, GraphQLScalarType) else Unchanged


def fragments_by_name(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    """The document's fragments."""
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
