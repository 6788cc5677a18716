"""Automatic persisted queries that replicas share: a text registered with one is known to all."""

import hashlib
from typing import Final

from gateway.documents.automatic import MOST_BYTES, SHARE, AutomaticStore
from gateway.shared.connection import Connection
from gateway.shared.pipe import AwayError

KEPT_SECONDS: Final = 86_400
"""After a text was registered; a client that asks later sends it again."""


class SharedTexts:
    """Memory first, then the shared server; while that is away, memory alone.

    Args:
        connection: To the server.
        memory: The first level.
    """

    def __init__(self, connection: Connection, memory: AutomaticStore) -> None:
        self._connection = connection
        self._memory = memory

    async def get(self, sha256: str) -> str | None:
        """The text. One that the server has under a hash that is not its own is not known."""
        text = await self._memory.get(sha256)
        if text is not None:
            return text
        try:
            found: bytes | None = await self._connection.ask("GET", self._name(sha256))
        except AwayError:
            return None
        if found is None or hashlib.sha256(found).hexdigest() != sha256:
            return None
        text = found.decode(errors="surrogatepass")
        await self._memory.put(sha256, text)
        return text

    async def put(self, sha256: str, text: str) -> None:
        """Into both; the others know it when this returns."""
        if await self._memory.get(sha256) is not None:
            return
        await self._memory.put(sha256, text)
        encoded = text.encode(errors="surrogatepass")
        if len(encoded) > MOST_BYTES // SHARE:
            return
        try:
            await self._connection.ask("SET", self._name(sha256), encoded, "EX", KEPT_SECONDS)
        except AwayError:
            return

    def _name(self, sha256: str) -> str:
        return self._connection.key("document", sha256)
