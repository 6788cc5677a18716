"""Selection sets compiled: graphql-core collects the fields, and each becomes a step."""

from collections.abc import Mapping
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
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from gateway.execution.plans.completing import Fields, abstract, checked, listed
from gateway.execution.plans.leaves import Unchanged, unchanged, writer
from gateway.execution.plans.resolving import resolver
from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.selecting import Step, serially, together
from gateway.execution.plans.shortcuts import attribute
from gateway.execution.plans.slots import Complete, Slot, leaf_slot, slot

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

    Attributes:
        count: Of the fields compiled so far.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        deciding: VariableValues,
    ) -> None:
        self._schema = schema
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
        return self._fields(root, collected, serial=self._operation.operation is OperationType.MUTATION)

    def _selected(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Fields:
        collected = collect_subfields(self._schema, self._fragments, self._deciding, self._operation, type_, details)
        return self._fields(type_, collected)

    def _fields(self, parent: GraphQLObjectType, collected: CollectedFields, *, serial: bool = False) -> Fields:
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
        return (serially if serial else together)(steps, constant, parent.name)

    def _step(self, field: Field, details: FieldDetailsList) -> Step:
        type_ = field.definition.type
        name = attribute(field)
        resolve = None if name else resolver(field, self._schema)
        return Step(field, self._slot(field, details, type_), name, _unchanged(type_), resolve)

    def _slot(
        self, field: Field, details: FieldDetailsList, type_: GraphQLOutputType, *, required: bool = False
    ) -> Slot:
        if isinstance(type_, GraphQLNonNull):
            return self._slot(field, details, type_.of_type, required=True)
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return leaf_slot(field, type_, writer(type_), required=required)
        if isinstance(type_, GraphQLList):
            item = self._slot(field, details, type_.of_type)
            complete = listed(field, item, _unchanged(type_.of_type))
        elif isinstance(type_, GraphQLObjectType):
            complete = checked(field, type_, self._selected(type_, details))
        else:
            complete = self._abstract(field, details, type_)
        return slot(field, complete, required=required)

    def _abstract(
        self, field: Field, details: FieldDetailsList, type_: GraphQLInterfaceType | GraphQLUnionType
    ) -> Complete:
        # compiled now, so that nothing comes up while the plan runs that plans do not cover
        known = {
            each.name: checked(field, each, self._selected(each, details))
            for each in self._schema.get_possible_types(type_)
        }

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
