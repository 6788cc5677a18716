"""Gateways that are watched: what they count, log and export."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from gateway.app import Gateway
from gateway.cli.log_lines import set_up_log_lines
from gateway.telemetry.record import OperationRecord, Verdict
from gateway.wire.call import Call
from gateway.wire.errand import Errand
from gateway.wire.trail import Attempt, Source, Trail
from resolvers.identity import Upstream

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
MakeRecord = Callable[..., OperationRecord]


class Collector:
    """An OTLP/HTTP collector.

    Attributes:
        endpoint: Its address.
        requests: What it was sent.
        status: How it answers.
        answers: It waits for this before it does.
    """

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.status = 200
        self.answers = threading.Event()
        self.answers.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/v1/traces" and collector.status == 200:
                    collector.requests.append(ExportTraceServiceRequest.FromString(body))
                collector.answers.wait(60)
                self.send_response(collector.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for of_resource in request.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]

    def close(self) -> None:
        self.answers.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


class Log:
    """What was logged, as JSON."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        set_up_log_lines(self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def operations(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["event"] == "operation"]


@pytest.fixture
def log() -> Iterator[Log]:
    """To be asked for before the gateway is."""
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield Log()
    structlog.configure(**configured)
    logging.captureWarnings(capture=False)
    root.handlers = handlers
    root.setLevel(level)


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Scrape:
    """Reads a gateway's metrics."""

    async def text(self, gateway: Gateway, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway") as client:
            return await client.get("/metrics", headers=headers)

    async def __call__(self, gateway: Gateway) -> Samples:
        return samples((await self.text(gateway)).text)


@pytest.fixture
def scrape() -> Scrape:
    return Scrape()


def _errand(upstream: Upstream, operation: str, *attempts: str, ended: float | None = 11.0, **trail: Any) -> Errand:
    sent = [Attempt(10.0 + number, 0.5, outcome) for number, outcome in enumerate(attempts)]
    call = Call(upstream, operation, "GET", "/orgs/1", trail=Trail(attempts=sent, **trail))
    return Errand.of(call, 10.0, ended, failed=call.trail.source is Source.REFUSED)


@pytest.fixture
def errands() -> list[Errand]:
    """One from each source, with attempts of many ends."""
    return [
        _errand(Upstream.LOSANT, "org.get", "503", "UPSTREAM_TIMEOUT", "200", waited=0.25, received=100),
        _errand(Upstream.LOSANT, "org.get", source=Source.COLLAPSED, waited=0.25, received=100),
        _errand(Upstream.NKS, "orgs.get", "404", received=7),
        _errand(Upstream.NKS, "orgs.list", "429", "UPSTREAM_UNAVAILABLE", source=Source.STALE, age=30.0, received=9),
        _errand(Upstream.LOCKTERA, "org.get", source=Source.CACHE, age=1.5, received=8),
        _errand(Upstream.CLICKHOUSE, "members.list", source=Source.REFUSED, breaker="open", waited=0.5),
    ]


@pytest.fixture
def make_record(errands: list[Errand]) -> MakeRecord:
    """A query of two seconds that began at 10 by the loop's clock."""

    def make(**given: Any) -> OperationRecord:
        return OperationRecord(
            **{
                "request_id": "r-1",
                "kind": "query",
                "name": "Overview",
                "document": "0123456789abcdef",
                "caller": "api_key:dashboard",
                "verdict": Verdict.PARTIAL,
                "codes": {"UPSTREAM_UNAVAILABLE": 2},
                "seconds": 2.0,
                "estimated": 40.0,
                "actual": 20.0,
                "began": 10.0,
                "at": 1_800_000_000.0,
                "calls": errands,
                **given,
            }
        )

    return make
