"""Documents: parsed and validated once per text."""

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)

MOST_CHARACTERS = 8_000_000
"""Of all the texts that are remembered."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read: a document, or what is wrong with it."""

    node: DocumentNode | None
    errors: list[GraphQLError]


class Documents:
    """Reads documents, and remembers the ones that were used last.

    Args:
        schema: To validate against.
        most_tokens: A longer document is refused while it is read.
        exploring: Introspection and suggestions are on.
    """

    def __init__(self, schema: GraphQLSchema, *, most_tokens: int, exploring: bool) -> None:
        self._schema = schema
        self._most_tokens = most_tokens
        self._exploring = exploring
        self._rules = specified_rules if exploring else (*specified_rules, NoSchemaIntrospectionCustomRule)
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def read(self, text: str) -> Document:
        """The document, from memory where its text was read before."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        document = self._read(text)
        self._known[text] = document
        self._characters += len(text)
        while self._characters > MOST_CHARACTERS:
            oldest, _ = self._known.popitem(last=False)
            self._characters -= len(oldest)
        return document

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=self._most_tokens)
        except GraphQLSyntaxError as error:
            return Document(None, [error])
        except RecursionError:
            return Document(None, [GraphQLError("The document is nested too deeply.")])
        errors = validate(self._schema, node, self._rules, hide_suggestions=not self._exploring)
        return Document(None if errors else node, errors)
