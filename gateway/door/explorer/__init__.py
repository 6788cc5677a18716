"""The explorer: GraphiQL, served by the gateway itself; it asks nothing of any other host."""

from gateway.door.explorer.page import routes

__all__ = ["routes"]
