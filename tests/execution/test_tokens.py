"""What is counted before a text is parsed."""

import pytest
from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution.limits import Limits
from gateway.execution.tokens import check_text, count_tokens

TOKENS = [
    *"!$&()|:=@[]{}",
    "...",
    "name",
    "_x9",
    "0",
    "-12",
    "3.25",
    "7e5",
    "-1.5E3",
    '""',
    '"text"',
    r'"a \" b \\"',
    r'"\u00e9"',
    '"""block"""',
    '""""""',
    '"""a " b "" c"""',
    r'"""a \""" b"""',
    '"""two\nlines # none\n"""',
    "#comment { }\n",
]


def lexed(text):
    lexer, number = Lexer(Source(text)), 0
    token = lexer.token
    while token.kind is not TokenKind.EOF:
        if not token.next:
            lexer.advance()
        token = token.next
        number += token.kind is not TokenKind.EOF
    return number


@given(st.lists(st.sampled_from(TOKENS)), st.sampled_from([" ", "\n", ",\t", " \r\n"]))
def test_as_many_tokens_are_counted_as_the_lexer_finds(tokens, space):
    text = space.join(tokens)

    assert count_tokens(text) == lexed(text) == len(tokens)


@given(st.text(alphabet='"\\{}.a1-#\n é', max_size=60))
def test_where_a_text_makes_sense_no_fewer_tokens_are_counted_than_it_has(text):
    try:
        real = lexed(text)
    except GraphQLSyntaxError:
        assert count_tokens(text) <= len(text)
    else:
        assert count_tokens(text) >= real


@pytest.mark.parametrize(("field", "limit"), [("characters", "CHARACTERS"), ("tokens", "TOKENS")])
def test_a_text_may_be_as_long_as_the_limit_and_no_longer(field, limit):
    text = "{ a a }"
    most = {"characters": 7, "tokens": 4}[field]

    assert check_text(text, Limits(**{field: most})) is None
    refusal = check_text(text, Limits(**{field: most - 1}))
    assert refusal is not None
    assert refusal.message == f"The document has {most} {field}; at most {most - 1} are allowed."
    assert refusal.extensions == {"limit": limit, "allowed": most - 1, "asked": most}


def test_the_limits_hold_before_the_parser_sees_a_text(refusals):
    assert refusals("{ a " * 3_000) == ["TOKENS"]
    assert refusals('{ a(b: """' + "x" * 70_000) == ["CHARACTERS"]


def test_a_text_that_is_too_long_is_not_remembered(costs):
    documents = costs(characters=10).documents
    text = "{ viewer { name } }"

    assert len({id(document) for document in [documents.read(text) for _ in "123"]}) == 3
    assert len({id(document) for document in [documents.read("{ viewer ") for _ in "123"]}) == 2
