"""The adapters on the stand-ins, with a record of each request; and on canned answers."""

import datetime as dt
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import httpx
import pytest

from gateway.app import Gateway
from gateway.sandbox.serve import Sandbox
from gateway.sandbox.world.links import ACME_CLICKHOUSE, LINKS
from gateway.settings import Settings
from gateway.surroundings import Surroundings
from gateway.upstreams import Adapter
from resolvers.activities import ActivityQuestion, ReadsActivities
from resolvers.capabilities import Serves
from resolvers.customizations import ReadsCustomizations
from resolvers.device_usage import (
    ReportsDeviceCounts,
    ReportsNotebookMinutes,
    ReportsPayloadCounts,
    Resolution,
    Window,
)
from resolvers.identity import Upstream
from resolvers.invitations import ReadsInvitations
from resolvers.members import ReadsMembers
from resolvers.networking import ReadsByoc, ReadsPrivateEndpoints
from resolvers.plans import ReadsPlan
from resolvers.profiles import ListsOrganizations, Profile, ReadsOrganizations
from resolvers.resource_counts import CountsResources
from resolvers.spending import ReportsConsumption, ReportsCost

NOW = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
WINDOW = Window(NOW - dt.timedelta(days=30), NOW)

UNCACHED = {"cache": {"fresh_seconds": 0}}
"""Every call is counted here."""

Read = Callable[[Any, str], Awaitable[object]]


async def listed(adapter: ListsOrganizations) -> list[Profile]:
    return [profile async for page in adapter.listing() for profile in page]


def everything(adapter: ReadsActivities) -> ActivityQuestion:
    return ActivityQuestion(None, None, adapter.logs, None, None)


READS: dict[type[Serves], Read] = {
    ReadsOrganizations: lambda adapter, native_id: adapter.profile(native_id),
    ListsOrganizations: lambda adapter, _: listed(adapter),
    ReadsMembers: lambda adapter, native_id: adapter.members(native_id),
    ReadsInvitations: lambda adapter, native_id: adapter.invitations(native_id),
    ReadsActivities: lambda adapter, native_id: adapter.activities(native_id, everything(adapter)),
    ReadsCustomizations: lambda adapter, native_id: adapter.customizations(native_id),
    ReportsDeviceCounts: lambda adapter, native_id: adapter.device_counts(native_id, WINDOW),
    ReportsPayloadCounts: lambda adapter, native_id: adapter.payload_counts(native_id, WINDOW, as_bytes=False),
    ReportsNotebookMinutes: lambda adapter, native_id: adapter.notebook_minutes(native_id, WINDOW),
    ReportsConsumption: lambda adapter, native_id: adapter.consumption(native_id),
    ReportsCost: lambda adapter, native_id: adapter.cost(native_id, WINDOW),
    ReadsPlan: lambda adapter, native_id: adapter.plan(native_id),
    CountsResources: lambda adapter, native_id: adapter.resource_count(native_id, "devices"),
    ReadsPrivateEndpoints: lambda adapter, native_id: adapter.private_endpoints(native_id),
    ReadsByoc: lambda adapter, native_id: adapter.byoc_configs(native_id),
}
"""One read per capability."""

READS_BESIDES: dict[type[Serves], Read] = {
    ReportsPayloadCounts: lambda adapter, native_id: adapter.payload_counts_breakdown(
        native_id, WINDOW, Resolution.HOUR, as_bytes=True, include_non_billable=True
    ),
}


@pytest.fixture
def reads() -> Mapping[type[Serves], Read]:
    return READS


@pytest.fixture
def window() -> Window:
    """The last thirty days."""
    return WINDOW


@dataclass(frozen=True)
class Sent:
    """One request, as the upstream saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: httpx.Headers

    def __str__(self) -> str:
        query = {name: value for name, value in self.query.items() if not name.startswith("_")}
        return f"{self.method} {self.path}" + (f" {query}" if query else "")


class Recorder(httpx.AsyncBaseTransport):
    """Writes each request down and hands it to the stand-in.

    Attributes:
        sent: The requests.
        instead: Answers in place of the stand-in where it returns a response.
    """

    def __init__(self, below: httpx.AsyncBaseTransport) -> None:
        self._below = below
        self.sent: list[Sent] = []
        self.instead: Callable[[Sent], httpx.Response | None] = lambda _: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pairs = request.url.params.multi_items()
        assert len(dict(pairs)) == len(pairs), "no parameter is sent twice"
        sent = Sent(request.method, request.url.raw_path.decode().partition("?")[0], dict(pairs), request.headers)
        self.sent.append(sent)
        return self.instead(sent) or await self._below.handle_async_request(request)


class Bench:
    """A gateway whose upstreams are the stand-ins, each behind a recorder.

    Attributes:
        recorders: By upstream.
        sandbox: The stand-ins, shared by all tests: they are only read.
    """

    def __init__(self, sandbox: Sandbox, more: Mapping[str, Any]) -> None:
        self.sandbox = sandbox
        self.recorders = {
            Upstream(name): Recorder(httpx.ASGITransport(app)) for name, app in sandbox.applications.items()
        }
        values = tomllib.loads(sandbox.settings_toml()) | UNCACHED | more
        self._gateway = Gateway(Settings.model_validate(values), self.recorders)

    def surroundings(self) -> Surroundings:
        """Those of a new operation."""
        return self._gateway.surroundings()

    def adapter(self, upstream: Upstream) -> Any:
        """With fresh loaders; what the line knows is kept."""
        return self.surroundings().adapters[upstream]

    def calls(self, upstream: Upstream) -> list[str]:
        """The requests in short, in order; without Losant's three constant parameters."""
        return [str(sent) for sent in self.recorders[upstream].sent]

    @property
    def sent(self) -> int:
        """How many requests there were to all upstreams."""
        return sum(len(recorder.sent) for recorder in self.recorders.values())

    async def rest(self, upstream: Upstream, path: str, organization: str = "", **query: str) -> Any:
        """What the stand-in itself says by its REST API, read without the gateway."""
        adapter = cast("Adapter", self.adapter(upstream))
        name, value = adapter.credential(organization or ACME_CLICKHOUSE)
        transport = httpx.ASGITransport(self.sandbox.applications[upstream.word])
        async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as client:
            response = await client.get(path, params=query, headers={name: value})
        assert response.status_code == 200, response.text
        return response.json()

    async def close(self) -> None:
        await self._gateway.close()


class Benches(Protocol):
    def __call__(self, **more: Any) -> Bench: ...


@pytest.fixture
async def benches(untouched_sandbox: Sandbox) -> AsyncIterator[Benches]:
    """Makes benches with other settings than the sandbox's own."""
    made: list[Bench] = []

    def make(**more: Any) -> Bench:
        made.append(Bench(untouched_sandbox, more))
        return made[-1]

    yield make
    for bench in made:
        await bench.close()


@pytest.fixture
def bench(benches: Benches) -> Bench:
    return benches()


class Canned(httpx.AsyncBaseTransport):
    """Gives one answer to every request."""

    body = b""
    status = 200

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002  all are alike
        headers = {"Content-Type": "application/json"}
        return httpx.Response(self.status, headers=headers, stream=httpx.ByteStream(self.body))


class Answering(Protocol):
    def __call__(self, upstream: Upstream, body: bytes, status: int = 200) -> Any: ...


@pytest.fixture
def answering(untouched_sandbox: Sandbox) -> Answering:
    """Makes a fresh adapter whose upstream answers every request so, from now on."""
    canned = Canned()
    settings = Settings.model_validate(tomllib.loads(untouched_sandbox.settings_toml()) | UNCACHED)
    gateway = Gateway(settings, dict.fromkeys(Upstream, canned))

    def make(upstream: Upstream, body: bytes, status: int = 200) -> Any:
        canned.body, canned.status = body, status
        return gateway.surroundings().adapters[upstream]

    return make


@pytest.fixture
def acme() -> Mapping[Upstream, str]:
    """The ids of the organization that every upstream holds a part of."""
    return {Upstream(name): str(native_id) for name, native_id in LINKS["acme"].items()}
