"""Spans on their way to a collector: in batches, in a thread of its own, by OTLP over HTTP."""

import asyncio
import threading
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from gateway.telemetry.spans import OperationSpans

TRACES_PATH: Final = "/v1/traces"
LONGEST_END: Final = 1.5
"""Seconds for what is left when the gateway ends; a collector that is down must not hold it."""

_EXPORT_SECONDS: Final = 5.0


class SpanExport:
    """Exports spans until it is closed.

    Args:
        endpoint: The collector's address, with or without the path of its traces.
        service_name: What the gateway is called there.
        version: The gateway's.

    Attributes:
        spans: Makes them.
    """

    def __init__(self, endpoint: str, service_name: str, version: str) -> None:
        address = endpoint if endpoint.endswith(TRACES_PATH) else endpoint + TRACES_PATH
        self._batches = BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=_EXPORT_SECONDS))
        resource = Resource.create({"service.name": service_name, "service.version": version})
        self.spans = OperationSpans(self._batches, resource, version)

    async def close(self) -> None:
        """Sends what is left, and gives up after a while."""
        ending = threading.Thread(target=self._batches.shutdown, name="end of spans", daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, LONGEST_END)
