"""Documents that were read, and their operations, ready to run again and again."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
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
        node: As given.
        kind: `query`, `mutation` or `subscription`.
        name: Its own.
        reads: It is a query.
        later: What it says of parts that may come later; None where it is answered at once.
        lasting: Its answer never changes.
        data: The answer, where it never changes and has been given once.
        encoded: The same as JSON.
        alone: Its answer tells of more than upstreams do: nobody else's is the same.
        weighed: Its weight, as was counted last.
    """

    __slots__ = (
        "_deciding",
        "_document",
        "_estimates",
        "_estimator",
        "_fragments",
        "_plan",
        "alone",
        "data",
        "encoded",
        "kind",
        "lasting",
        "later",
        "name",
        "node",
        "reads",
        "weighed",
    )

    def __init__(
        self,
        document: DocumentNode,
        node: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        estimator: Estimator,
    ) -> None:
        self._document = document
        self._fragments = fragments
        self._estimator = estimator
        self._deciding: dict[str, Size] = estimator.deciding(node, fragments)
        self._estimates: dict[tuple[object, ...], Part] = {}
        self._plan: Plan | bool | None = False
        self.node = node
        self.kind = node.operation.value
        self.name = node.name.value if node.name else None
        self.reads = node.operation is OperationType.QUERY
        self.later = later_of(node, fragments)
        self.lasting = not node.variable_definitions and self.reads and only_introspects(document, node)
        self.data: dict[str, Any] | None = None
        self.encoded: bytes | None = None
        self.alone = False
        self.weighed = 0

    def estimate(self, variables: Mapping[str, Any]) -> Part:
        """What it may cost, computed once where no variable has a say in it."""
        deciding = self._deciding
        if deciding:
            sizes = {name: size_of(variables[name]) if name in variables else deciding[name] for name in deciding}
            # True is 1 to a dictionary
            key: tuple[object, ...] = tuple((type(size), size) for size in sizes.values())
        else:
            sizes, key = deciding, ()
        part = self._estimates.get(key)
        if part is None:
            part = self._estimator.estimate(self.node, self._fragments, sizes)
            if len(self._estimates) >= MOST_ESTIMATES:
                self._estimates.clear()
            self._estimates[key] = part
        return part

    def plan(self, schema: GraphQLSchema) -> Plan | None:
        """What carries it out, made once; None where plans do not cover it."""
        plan = self._plan
        if isinstance(plan, bool):
            plan = self._plan = plan_of(schema, self._document, self.node, repeatable=True)
        return plan

    def keep(self, data: dict[str, Any] | None) -> bytes | None:
        """Keeps the answer, where it is the same for everyone for good.

        Returns:
            It as JSON; None where it is not kept.
        """
        if not self.lasting or not isinstance(self._plan, Plan) or data is None:
            return None
        try:
            self.encoded = encode(data)
        except (TypeError, UnicodeEncodeError):
            self.lasting = False
        else:
            self.data = data
        return self.encoded

    def weight(self) -> int:
        """About how many bytes its plan and its answer take."""
        return (self._plan.weight if isinstance(self._plan, Plan) else 0) + len(self.encoded or b"")


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
        bare: About how many bytes it takes without its plans; 0 where it is not remembered.
        weight: About how many bytes it takes, as was counted last.
    """

    __slots__ = ("_fragments", "_operations", "bare", "digest", "errors", "node", "weight")

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
        self._operations: dict[str | None, Prepared] = {}
        self.bare = self.weight = 0

    def operation(self, name: str | None, estimator: Estimator) -> Prepared | None:
        """One of its operations, by its name; the only one where there is no name. None where that is none."""
        prepared = self._operations.get(name)
        if prepared is None and self.node is not None:
            chosen = get_operation_ast(self.node, name)
            if chosen is None:
                return None
            own = chosen.name.value if chosen.name else None
            prepared = self._operations.get(own) or Prepared(self.node, chosen, self._fragments, estimator)
            self._operations[own] = self._operations[name] = prepared
        return prepared

    @property
    def planned(self) -> int:
        """About how many bytes its operations take."""
        return sum(each.weight() for each in {*self._operations.values()})
