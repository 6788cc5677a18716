"""Losant, an IoT application platform: REST API, v1.31.

Source: the metadata and JSON schemas of the vendor's official clients.
"""

from gateway.upstreams.losant.audit_log import LosantAuditLog
from gateway.upstreams.losant.changes import LosantChanges
from gateway.upstreams.losant.invitations import LosantInvitations
from gateway.upstreams.losant.reports import LosantReports


class Losant(LosantChanges, LosantInvitations, LosantReports, LosantAuditLog):
    """Losant's part of an organization."""
