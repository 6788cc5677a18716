"""Documents: measured, parsed, validated and priced once per text."""

import hashlib
from collections import OrderedDict
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoFragmentCyclesRule,
    specified_rules,
    validate,
)

from gateway.execution.checks import check_document
from gateway.execution.estimates import Estimator
from gateway.execution.faults import LONGEST_MESSAGE
from gateway.execution.fragments import FragmentCycle, fragments_of
from gateway.execution.introspection import DISABLED, NO_INTROSPECTION
from gateway.execution.limits import Limits
from gateway.execution.parsing import parsed
from gateway.execution.prepared import Document, Prepared
from gateway.execution.prices import Prices
from gateway.execution.tokens import check_text, count_tokens

MOST_BYTES: Final = 33_554_432
"""Of all documents that are remembered, their plans among them: some hundreds of the usual size."""

BYTES_PER_TOKEN: Final = 320
BYTES_PER_REFUSAL: Final = 16_384

MOST_SEEN: Final = 16_384
"""Texts that came once and are known again when they come a second time."""


class Documents:
    """Reads documents, and remembers the ones that were used last.

    A text that comes once is not remembered: who sends ever new ones fills no memory, and leaves the garbage collector
    nothing to look through.

    Args:
        schema: To validate against.
        limits: The most of everything.
        exploring: Introspection is on, and errors say what does not fit.

    Attributes:
        schema: As given.
        estimator: Knows what operations may cost.
        bytes: About how many those take that are remembered.
    """

    def __init__(self, schema: GraphQLSchema, *, limits: Limits, exploring: bool) -> None:
        self.schema = schema
        self._limits = limits
        self._exploring = exploring
        self._rules = specified_rules if exploring else (*specified_rules, *NO_INTROSPECTION)
        self.estimator = Estimator(schema, Prices(schema), limits.page)
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._seen: dict[int, None] = {}
        self.bytes = 0

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def read(self, text: str) -> Document:
        """The document, from memory where its text was read before."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = self._read(text, told=self._exploring)
        if len(text) <= self._limits.characters:
            document.digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
            if self._came_before(text):
                self._known[text] = document
                document.bare = _weight(text, document)
                self._weigh(document)
        return document

    def mistakes(self, text: str) -> list[GraphQLError]:
        """Why a text is refused, in full: for those who run the gateway."""
        return self._read(text, told=True).errors

    def weigh(self, document: Document, operation: Prepared) -> None:
        """Counts what an operation of a document takes, once it ran: its plan is made then, and may grow."""
        weight = operation.weight()
        if weight != operation.weighed:
            operation.weighed = weight
            self._weigh(document)

    def _came_before(self, text: str) -> bool:
        mark = hash(text)
        if mark in self._seen:
            del self._seen[mark]
            return True
        self._seen[mark] = None
        if len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        return False

    def _weigh(self, document: Document) -> None:
        """Counts a document anew; forgets those that were not used for longest."""
        if document.bare == 0:
            return
        before, document.weight = document.weight, document.bare + document.planned
        self.bytes += document.weight - before
        while self.bytes > MOST_BYTES:
            _, forgotten = self._known.popitem(last=False)
            self.bytes -= forgotten.weight
            forgotten.bare = 0

    def _read(self, text: str, *, told: bool) -> Document:
        """Read anew; `told` says whether errors say what does not fit the schema."""
        too_long = check_text(text, self._limits)
        if too_long:
            return Document(None, [too_long])
        try:
            node = parsed(text, tokens=self._limits.tokens)
            return self._checked(node, text, told=told)
        except GraphQLSyntaxError as error:
            return Document(None, _light([error]))
        except RecursionError:
            return Document(None, [GraphQLError("The document is nested too deeply.")])

    def _checked(self, node: DocumentNode, text: str, *, told: bool) -> Document:
        try:
            fragments = fragments_of(node)
        except FragmentCycle:
            return Document(None, self._validated(node, (NoFragmentCyclesRule,), told=told))
        exceeded = check_document(node, fragments, text, self._limits)
        if exceeded:
            return Document(None, [*exceeded[: self._limits.errors]])
        errors = self._validated(node, self._rules, told=told)
        return Document(None, errors) if errors else Document(node, [], fragments)

    def _validated(self, node: DocumentNode, rules: tuple[type[Any], ...], *, told: bool) -> list[GraphQLError]:
        """At most as many errors as the limit says, the note that there were more among them; one where not `told`."""
        most = self._limits.errors - 1
        errors = validate(self.schema, node, rules, most)
        return _light(errors if told else _uninformative(errors))


def _uninformative(errors: list[GraphQLError]) -> list[GraphQLError]:
    """One in the place of all: who guesses names learns none."""
    for error in errors:
        if error.message.startswith(DISABLED):
            return [GraphQLError("Introspection is off here.", error.nodes)]
    return [GraphQLError("The document does not fit the schema.", error.nodes) for error in errors[:1]]


def _light(errors: list[GraphQLError]) -> list[GraphQLError]:
    """The errors without what they would keep in memory; their locations stay.

    That is the document, and what they came of: the traceback of a value that did not fit holds the whole validation.
    """
    for error in errors:
        error.nodes = error.source = error.original_error = None
        error.message = error.message[:LONGEST_MESSAGE]
        error.__cause__ = error.__context__ = error.__traceback__ = None
    return errors


def _weight(text: str, document: Document) -> int:
    """About how many bytes a document that is remembered takes."""
    return len(text) + (BYTES_PER_REFUSAL if document.node is None else BYTES_PER_TOKEN * count_tokens(text))
