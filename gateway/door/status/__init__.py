"""The page for operators: how the gateway and its upstreams do, and what the last operations asked of them."""

from gateway.door.status.page import Access, routes
from gateway.door.status.recent import RecentOperations

__all__ = ["Access", "RecentOperations", "routes"]
