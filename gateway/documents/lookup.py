"""Which text an operation means, or why it is refused.

Sources: appendix A of https://graphql.github.io/graphql-over-http/draft/ for `documentId`;
https://www.apollographql.com/docs/apollo-server/performance/apq for `extensions.persistedQuery`.
"""

import re
from typing import Final

from graphql import GraphQLError

from gateway.documents.automatic import AutomaticStore
from gateway.documents.trusted import TrustedDocuments, sha256_of
from gateway.execution.operation import Operation

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Lookup:
    """Finds the texts of operations.

    Args:
        trusted: The registered documents.
        store: Of automatic persisted queries; None where they are off.
        trusted_only: Nothing but registered documents runs, and nothing is put into the store.
    """

    def __init__(self, trusted: TrustedDocuments, store: AutomaticStore | None, *, trusted_only: bool) -> None:
        self._trusted = trusted
        self._store = None if trusted_only else store
        self._trusted_only = trusted_only

    def at_hand(self, operation: Operation) -> str | GraphQLError | None:
        """The text that an operation came with, or why it may not run; None where a name stands for the document."""
        text = operation.query
        if text is None or operation.query_hash is not None:
            return None
        return _not_trusted() if self._trusted_only and text not in self._trusted else text

    async def text_of(self, operation: Operation) -> str | GraphQLError:
        """The text of the document that an operation means; or why it may not run, or cannot."""
        if operation.document_id is not None:
            return self._trusted.get(operation.document_id) or self._unknown(operation.document_id)
        if operation.query_hash is not None:
            return await self._hashed(operation.query_hash, operation.query)
        text = self.at_hand(operation)
        if text is None:
            text = GraphQLError('There is nothing to execute: send a GraphQL document in "query", or a "documentId".')
        return text

    async def admitted(self, operation: Operation) -> None:
        """Puts a text that came with its hash, and is about to run, into the store."""
        if self._store is None or operation.query_hash is None or operation.query is None:
            return
        if self._trusted.get(operation.query_hash) is None:
            await self._store.put(operation.query_hash, operation.query)

    async def _hashed(self, query_hash: str, query: str | None) -> str | GraphQLError:
        registered = self._trusted.get(query_hash)
        if registered is not None:
            return registered if query in {None, registered} else _mismatch()
        if self._trusted_only and query is not None:
            return _mismatch() if query in self._trusted else _not_trusted()
        if self._store is None:
            return _protocol("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")
        if not _DIGEST.fullmatch(query_hash):
            return _no_digest()
        if query is not None:
            return query if sha256_of(query) == query_hash else _mismatch()
        known = await self._store.get(query_hash)
        return known or _protocol("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")

    def _unknown(self, document_id: str) -> GraphQLError:
        if not self._trusted:
            said = 'This gateway has no registered documents: send the document itself in "query", not a "documentId".'
        else:
            said = f'No document is registered under the "documentId" "{document_id}".'
        return GraphQLError(said, extensions={"reason": "DOCUMENT_NOT_FOUND"})


def _protocol(message: str, code: str) -> GraphQLError:
    """What clients of the protocol look for, to the letter."""
    return GraphQLError(message, extensions={"code": code})


def _mismatch() -> GraphQLError:
    return GraphQLError("provided sha does not match query")


def _no_digest() -> GraphQLError:
    return GraphQLError(
        '"extensions.persistedQuery.sha256Hash" must be the SHA-256 of the document, in 64 lower-case hexadecimal '
        "digits, or the id of a registered document."
    )


def _not_trusted() -> GraphQLError:
    return GraphQLError(
        "Only registered documents run here, and this is none of them: send the id, or exactly the text, of one.",
        extensions={"reason": "DOCUMENT_NOT_TRUSTED"},
    )
