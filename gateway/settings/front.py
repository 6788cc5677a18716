"""The part of [server] that bounds what clients may take of it."""

from typing import Annotated

from pydantic import Field

from gateway.settings.tables import Count, FromZero, Positive, SettingsTable


class Front(SettingsTable):
    """Figures for connections, operations and WebSockets.

    The head of a request must arrive within `header_seconds` and `header_bytes`; a connection may be idle for
    `idle_seconds`, longer than load balancers keep theirs, so that it is they who close. `connections` and `operations`
    are the most at once, in one process; those of WebSockets count among them, `socket_operations` are the most of one.
    A client that leaves an answer unread for `write_seconds` is cut off. A gateway that is told to end is not ready at
    once, but takes connections for `grace_seconds` more, until load balancers have seen it; 1 in production and 0 in
    explore where nothing is said.
    """

    header_seconds: Positive = 10.0
    header_bytes: Annotated[int, Field(ge=1024)] = 16_384
    write_seconds: Positive = 30.0
    idle_seconds: Positive = 75.0
    grace_seconds: FromZero | None = None
    connections: Count = 1_000
    operations: Count = 200
    socket_init_seconds: Positive = 3.0
    socket_message_bytes: Count = 65_536
    socket_operations: Count = 50
    socket_ping_seconds: Positive = 30.0
