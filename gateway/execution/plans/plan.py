"""A plan: one operation of one document, ready to run again and again."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.values import VariableValues

from gateway.execution.incremental import is_active
from gateway.execution.plans.compiling import Compiler, NotCoveredError, fragments_by_name
from gateway.execution.plans.completing import Fields
from gateway.execution.plans.delivery import Delivery, Root
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.running import Run
from gateway.execution.plans.strands import Strands
from gateway.execution.plans.variables import Variables
from gateway.execution.plans.waiting import COMING, helpers
from gateway.execution.whole import executed

MOST_VARIANTS: Final = 4
"""Per plan: one for each combination of the variables in its `@skip` and `@include`, those that ran last."""

BYTES: Final = 4_096
BYTES_PER_FIELD: Final = 7_168
BYTES_PER_ITEM: Final = 128
"""About what a plan takes, each of its fields, and each value of an answer that is kept."""

CONDITIONS: Final = frozenset({"skip", "include"})


class Plan:
    """Carries one operation out.

    Args:
        schema: Whose resolvers and types are used.
        document: Validated.
        operation: Of the document.
        deciding: The variables in its `@skip` and `@include`.
        selections: How many the document has.
        repeatable: See `plan_of`.

    Attributes:
        weight: About how many bytes it takes; grows when it turns out to be more.
    """

    __slots__ = (
        "_constant",
        "_deciding",
        "_document",
        "_kept",
        "_lasting",
        "_operation",
        "_repeatable",
        "_schema",
        "_variables",
        "_variants",
        "weight",
    )

    def __init__(  # noqa: PLR0913  what an operation is made of
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        deciding: frozenset[str],
        selections: int,
        *,
        repeatable: bool = False,
    ) -> None:
        self._schema = schema
        self._document = document
        self._operation = operation
        self._deciding = sorted(deciding)
        self._variables = Variables(schema, operation)
        self._constant = schema, dict(fragments_by_name(document)), None, operation
        self._repeatable = repeatable and operation.operation is OperationType.QUERY
        self._variants: OrderedDict[tuple[object, ...], Fields | None] = OrderedDict()
        self._lasting = not operation.variable_definitions and only_introspects(document, operation)
        self._kept: dict[str, Any] | None = None
        self.weight = self._weight(selections)

    @property
    def variants(self) -> int:
        """How many combinations of its conditions are compiled."""
        return len(self._variants)

    async def run(self, variables: Mapping[str, Any], context: object) -> ExecutionResult:
        """The answer, as graphql-core would give it.

        Args:
            variables: As they came with the request.
            context: For the resolvers.
        """
        if self._kept is not None:
            return ExecutionResult(self._kept)
        values = self._variables.coerced(variables)
        if isinstance(values, list):
            return ExecutionResult(None, values)
        fields = self._fields(values)
        if fields is None:
            return await self._executed(variables, context)
        strands = Strands()
        run = Run(values, context, strands, self._constant, helpers)
        try:
            data = fields(run, None, None)
            while data.__class__ in COMING:
                coming = (Delivery if data.__class__ is Partial else Root)(strands, data)
                coming.begin()
                while (outside := strands.go_on()) is not None:
                    try:
                        await outside
                    except asyncio.CancelledError:
                        coming.cancel()
                data = coming.answer()
        except GraphQLError as error:
            run.add(error, None)
            data = None
        finally:
            strands.rest()
        if self._lasting and not run.errors:
            self._kept = data
            self.weight += BYTES_PER_ITEM * _items(data)
        return ExecutionResult(data, run.errors or None)

    def _fields(self, values: VariableValues) -> Fields | None:
        """The compiled fields for what the variables decide; None where they are not covered."""
        key = tuple([values.coerced.get(name) for name in self._deciding]) if self._deciding else ()
        if key in self._variants:
            if self._deciding:
                self._variants.move_to_end(key)
            return self._variants[key]
        fields = self._compiled(values)
        self._variants[key] = fields
        if len(self._variants) > MOST_VARIANTS:
            self._variants.popitem(last=False)
        return fields

    def _compiled(self, values: VariableValues) -> Fields | None:
        deciding = VariableValues(*({name: each[name] for name in self._deciding if name in each} for each in values))
        compiler = Compiler(self._schema, self._document, self._operation, deciding, repeatable=self._repeatable)
        try:
            return compiler.compile()
        except (NotCoveredError, GraphQLError, RecursionError):
            return None
        finally:
            self.weight = max(self.weight, self._weight(compiler.count))

    def _weight(self, fields: int) -> int:
        return BYTES + BYTES_PER_FIELD * fields * (MOST_VARIANTS if self._deciding else 1)

    async def _executed(self, variables: Mapping[str, Any], context: object) -> ExecutionResult:
        name = self._operation.name
        return await executed(self._schema, self._document, context, dict(variables), name.value if name else None)


def plan_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, *, repeatable: bool = False
) -> Plan | None:
    """A plan for an operation of a validated document; None where plans do not cover it.

    Not covered: subscriptions, `@defer` and `@stream`, arguments of fragments, directives on the operation itself.

    Args:
        schema: Whose resolvers and types are used.
        document: Validated.
        operation: Of the document.
        repeatable: What the schema's queries give within one operation is the same when it is asked for twice: equal
            selections may be carried out once.
    """
    fragments = fragments_by_name(document)
    if operation.operation is OperationType.SUBSCRIPTION or operation.directives:
        return None
    if any(each.variable_definitions for each in fragments.values()):
        return None
    deciding: set[str] = set()
    count = 0
    for selection in _selections(operation.selection_set, *(each.selection_set for each in fragments.values())):
        count += 1
        for directive in selection.directives or ():
            if is_active(directive):
                return None
            if directive.name.value in CONDITIONS:
                given = (each.value for each in directive.arguments or ())
                deciding.update(each.name.value for each in given if isinstance(each, VariableNode))
    return Plan(schema, document, operation, frozenset(deciding), count, repeatable=repeatable)


def _items(value: object) -> int:
    """How many values there are in an answer."""
    if isinstance(value, dict):
        return 1 + sum(map(_items, value.values()))
    return 1 + sum(map(_items, value)) if isinstance(value, list) else 1


def only_introspects(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether an operation asks for nothing but the schema, which does not change."""
    fragments = fragments_by_name(document)
    waiting: list[SelectionNode] = [*operation.selection_set.selections]
    seen: set[str] = set()
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FieldNode):
            if not selection.name.value.startswith("__"):
                return False
            continue
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in seen and name in fragments:
                seen.add(name)
                waiting.extend(fragments[name].selection_set.selections)
        elif isinstance(selection, InlineFragmentNode):
            waiting.extend(selection.selection_set.selections)
    return True


def _selections(*roots: SelectionSetNode) -> Iterator[SelectionNode]:
    waiting = [*roots]
    while waiting:
        for selection in waiting.pop().selections:
            yield selection
            inner = getattr(selection, "selection_set", None)
            if inner is not None:
                waiting.append(inner)
