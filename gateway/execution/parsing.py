"""Texts to documents, without what graphql-core's parser leaves behind: its tokens are one long chain of cycles."""

from graphql import DocumentNode, Lexer, Location, Source, Token, TokenKind
from graphql.language.parser import Parser

_NO_TOKEN = Token(TokenKind.SOF, 0, 0, 0, 0)


def parsed(text: str, *, tokens: int) -> DocumentNode:
    """The document. Its nodes know where they stand in the text, and not of which tokens they were made.

    Args:
        text: As it came.
        tokens: The most that it may have.

    Raises:
        GraphQLSyntaxError: It is no document, or has more tokens.
        RecursionError: It is nested too deeply.
    """
    source = Source(text)
    lexer = Lexer(source)
    first = lexer.token
    try:
        return _Parser(source, max_tokens=tokens, lexer=lexer).parse_document()
    finally:
        _unlink(first)


class _Parser(Parser):
    def loc(self, start_token: Token) -> Location | None:
        location = super().loc(start_token)
        if location:
            location.start_token = location.end_token = _NO_TOKEN
        return location


def _unlink(token: Token | None) -> None:
    """Takes the chain apart, so that nothing of it waits for the garbage collector."""
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
