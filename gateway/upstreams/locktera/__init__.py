"""Locktera, document protection: REST API v1.

The vendor's pages and its OpenAPI file contradict each other: both shapes are read, and a single object where a list is
due.

Source: the vendor's documentation site and its OpenAPI file.
"""

from gateway.upstreams.locktera.customizations import LockteraCustomizations
from gateway.upstreams.locktera.logs import LockteraLogs
from gateway.upstreams.locktera.organizations import LockteraOrganizations


class Locktera(LockteraOrganizations, LockteraCustomizations, LockteraLogs):
    """Locktera's part of an organization."""
