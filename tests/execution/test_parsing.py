"""What is left of a text once it is parsed."""

import gc

import pytest
from graphql import GraphQLSyntaxError, Node, OperationDefinitionNode, Token, parse, print_ast
from graphql.language import Visitor, visit

from gateway.execution.parsing import parsed

TEXT = """# who they are
query Members($id: ID!, $few: Int = 3) @live { organization(id: $id) { members(first: $few) { nodes { ...role } } } }
fragment role on Member { role @include(if: true) } """


class _Places(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, int, int]] = []

    def enter(self, node: Node, *_: object) -> None:
        assert node.loc is not None
        self.found.append((node.kind, node.loc.start, node.loc.end))


def _places(node: Node) -> list[tuple[str, int, int]]:
    visitor = _Places()
    visit(node, visitor)
    return visitor.found


def test_a_document_and_its_places_are_those_that_graphql_core_reads() -> None:
    """Errors tell lines and columns by them."""
    read = parsed(TEXT, tokens=100)
    assert print_ast(read) == print_ast(parse(TEXT))
    assert _places(read) == _places(parse(TEXT))


@pytest.mark.parametrize("text", ["{", "{ a(b: 1, ) { } ", "query ($a: Int = ) { a }", '{ a(b: "', ""])
def test_what_is_wrong_with_a_text_is_told_as_graphql_core_tells_it(text: str) -> None:
    """Message and place."""
    with pytest.raises(GraphQLSyntaxError) as expected:
        parse(text)
    with pytest.raises(GraphQLSyntaxError) as found:
        parsed(text, tokens=100)
    assert found.value.formatted == expected.value.formatted


def test_a_text_of_too_many_tokens_is_refused() -> None:
    """Comments count."""
    with pytest.raises(GraphQLSyntaxError, match="more than 5 tokens"):
        parsed("{ a b # c\n d }", tokens=5)
    assert isinstance(parsed("{ a b c }", tokens=6).definitions[0], OperationDefinitionNode)


def test_no_token_outlives_the_parser() -> None:
    """Nor does one wait for the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        before = _tokens()
        document = parsed(TEXT, tokens=100)
        with pytest.raises(GraphQLSyntaxError):
            parsed("{ a b c d e", tokens=100)
        assert _tokens() <= before
        assert document.definitions
    finally:
        gc.enable()


def _tokens() -> int:
    return sum(isinstance(each, Token) for each in gc.get_objects())
