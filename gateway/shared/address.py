"""How the shared server is reached."""

from typing import Any, Final

from redis.asyncio import Connection as PlainConnection
from redis.asyncio import SSLConnection

from gateway.settings import CacheAddress

CONNECT_SECONDS: Final = 2.0
"""For the name, TCP and TLS. Nobody waits for it: it happens in the background."""


class Line(PlainConnection):
    """A connection that ends at once.

    redis-py would flush what is left and, by TLS, await the other side's farewell: a server that hangs keeps the socket
    open for that, for half a minute or until it goes on.
    """

    async def disconnect(self, *_: Any, **told: Any) -> None:  # noqa: ANN401  redis-py's own parameters
        """Closes the socket, and returns when it is closed."""
        if self._writer is not None:
            self._writer.transport.abort()
        await super().disconnect(**told | {"nowait": False})


class EncryptedLine(Line, SSLConnection):
    """The same by TLS."""


def connection_to(address: CacheAddress) -> Line:
    """A connection, not yet opened, that tries nothing twice and leaves waiting to its user."""
    given: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "db": address.database,
        "username": address.username,
        "password": address.password,
        "protocol": 2,
        "client_name": "organization-gateway",
        "driver_info": None,
        "socket_timeout": None,
        "socket_connect_timeout": CONNECT_SECONDS,
        **address.options,
    }
    return EncryptedLine(**given) if address.tls else Line(**given)
