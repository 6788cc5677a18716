"""Documents that were read, and their operations, ready to run again and again."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)

from gateway.execution.encoding import encode
from gateway.execution.estimates import Estimator, Part, Size, size_of
from gateway.execution.incremental import later_of
from gateway.execution.plans.plan import Plan, only_introspects, plan_of
from gateway.execution.whole import executed

MOST_ESTIMATES: Final = 8
"""Per operation: of the values of variables that decide."""


class Prepared:
    """One operation of a document: what is the same for every request that asks for it.

    Args:
        document: Validated.
        node: The operation, of the document.
        fragments: Of the document, by name.
        estimator: Knows what it may cost.

    Attributes:
        document: As given.
        node: As given.
        estimated: What it may cost, where that is known and no variable has a say in it.
        kind: `query`, `mutation` or `subscription`.
        name: Its own.
        reads: It is a query.
        later: What it says of parts that may come later; None where it is answered at once.
        usual: It is answered at once, and anew each time.
        lasting: Its answer never changes.
        data: The answer, where it never changes and has been given once.
        encoded: The same as JSON.
        alone: Its answer tells of more than upstreams do: nobody else's is the same.
        weighed: Its weight, as was counted last.
    """

    __slots__ = (
        "_deciding",
        "_estimates",
        "_estimator",
        "_fragments",
        "_is_planned",
        "_plan",
        "alone",
        "data",
        "document",
        "encoded",
        "estimated",
        "kind",
        "lasting",
        "later",
        "name",
        "node",
        "reads",
        "usual",
        "weighed",
    )

    def __init__(
        self,
        document: DocumentNode,
        node: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        estimator: Estimator,
    ) -> None:
        self.document = document
        self._fragments = fragments
        self._estimator = estimator
        self._deciding: dict[str, Size] = estimator.deciding(node, fragments)
        self._estimates: dict[tuple[object, ...], Part] = {}
        self.estimated: Part | None = None
        self._plan: Plan | None = None
        self._is_planned = False
        self.node = node
        self.kind = node.operation.value
        self.name = node.name.value if node.name else None
        self.reads = node.operation is OperationType.QUERY
        self.later = later_of(node, fragments)
        self.usual = self.later is None and node.operation is not OperationType.SUBSCRIPTION
        self.lasting = not node.variable_definitions and self.reads and only_introspects(document, node)
        self.data: dict[str, Any] | None = None
        self.encoded: bytes | None = None
        self.alone = False
        self.weighed = 0

    def estimate(self, variables: Mapping[str, Any]) -> Part:
        """What it may cost, computed once where no variable has a say in it."""
        deciding = self._deciding
        sizes = {name: size_of(variables[name]) if name in variables else deciding[name] for name in deciding}
        # True is 1 to a dictionary
        key = tuple((type(size), size) for size in sizes.values())
        part = self._estimates.get(key)
        if part is None:
            part = self._estimator.estimate(self.node, self._fragments, sizes)
            if len(self._estimates) >= MOST_ESTIMATES:
                self._estimates.clear()
            self._estimates[key] = part
        if not deciding:
            self.estimated = part
        return part

    def run(
        self, schema: GraphQLSchema, variables: dict[str, Any], context: object, *, planned: bool
    ) -> Awaitable[ExecutionResult]:
        """Carries it out: by a plan, made once; on graphql-core where it is worth none, or where plans do not cover it.

        Args:
            schema: To execute against.
            variables: As they came with the request.
            context: For the resolvers.
            planned: It is worth a plan.
        """
        plan = None
        if planned:
            plan = self._plan if self._is_planned else self.plan(schema)
        return plan.run(variables, context) if plan else executed(schema, self.document, context, variables, self.name)

    def plan(self, schema: GraphQLSchema) -> Plan | None:
        """What carries it out, made once; None where plans do not cover it."""
        if not self._is_planned:
            self._plan = plan_of(schema, self.document, self.node, repeatable=True)
            self._is_planned = True
        return self._plan

    def keep(self, data: dict[str, Any] | None) -> bytes | None:
        """Keeps the answer, where it is the same for everyone for good.

        Returns:
            It as JSON; None where it is not kept.
        """
        if not self.lasting or self._plan is None or data is None:
            return None
        try:
            self.encoded = encode(data)
        except (TypeError, UnicodeEncodeError):
            self.lasting = False
        else:
            self.data = data
            self.usual = False
        return self.encoded

    def weight(self) -> int:
        """About how many bytes its plan and its answer take."""
        return (self._plan.weight if self._plan is not None else 0) + len(self.encoded or b"")


class Document:
    """A text that was read: a document, or what is wrong with it.

    Args:
        node: Validated; None where it is refused.
        errors: Why it is refused.
        fragments: Of the document, by name.

    Attributes:
        node: As given.
        errors: As given.
        digest: The SHA-256 of the text, in hexadecimal digits.
        operations: Those that were asked for, by the names by which they were.
        bare: About how many bytes it takes without its plans; 0 where it is not remembered.
        weight: About how many bytes it takes, as was counted last.
    """

    __slots__ = ("_fragments", "bare", "digest", "errors", "node", "operations", "weight")

    def __init__(
        self,
        node: DocumentNode | None,
        errors: list[GraphQLError],
        fragments: Mapping[str, FragmentDefinitionNode] | None = None,
    ) -> None:
        self.node = node
        self.errors = errors
        self.digest = ""
        self._fragments = fragments or {}
        self.operations: dict[str | None, Prepared] = {}
        self.bare = self.weight = 0

    def operation(self, name: str | None, estimator: Estimator) -> Prepared | None:
        """One of its operations, by its name; the only one where there is no name. None where that is none."""
        prepared = self.operations.get(name)
        if prepared is None and self.node is not None:
            chosen = get_operation_ast(self.node, name)
            if chosen is None:
                return None
            own = chosen.name.value if chosen.name else None
            prepared = self.operations.get(own) or Prepared(self.node, chosen, self._fragments, estimator)
            self.operations[own] = self.operations[name] = prepared
        return prepared

    @property
    def planned(self) -> int:
        """About how many bytes its operations take."""
        return sum(each.weight() for each in {*self.operations.values()})
