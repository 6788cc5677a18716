"""ClickHouse Cloud, databases: REST API v1.

Every answer is an envelope; a key belongs to one organization; 10 requests in 10 seconds per key.

Source: the vendor's OpenAPI document, its command-line client and Terraform provider.
"""

from gateway.upstreams.clickhouse.activities import ClickHouseActivities
from gateway.upstreams.clickhouse.changes import ClickHouseChanges
from gateway.upstreams.clickhouse.cost import ClickHouseCost


class ClickHouse(ClickHouseChanges, ClickHouseActivities, ClickHouseCost):
    """ClickHouse Cloud's part of an organization."""
