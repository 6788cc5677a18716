"""What one upstream call costs: `python -m tests.bench.wire [ROWS]` prints CPU microseconds per call, best of rounds.

The chain grows step by step above a bottom that answers at once, so that each row less the one before is a step's own
cost. The last rows carry the same calls out by HTTP, against a small server in another process on loopback. `ROWS` is a
part of a row's name; without it all are run.
"""

import asyncio
import contextlib
import gc
import itertools
import multiprocessing
import multiprocessing.connection
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from pydantic import SecretStr

from gateway.settings.upstreams import Nks as NksSettings
from gateway.upstreams.line import Line
from gateway.upstreams.nks import Nks
from gateway.upstreams.reading import Shape
from gateway.wire.attempts import Attempts
from gateway.wire.breaker import Breaker
from gateway.wire.bulkhead import Bulkhead
from gateway.wire.call import Answer, Call, Step
from gateway.wire.chain import Chain, Figures
from gateway.wire.circuit import Tolerance
from gateway.wire.deadline import Deadline
from gateway.wire.early import EarlyRefusal
from gateway.wire.errand import Errands
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.pulse import Pulse
from gateway.wire.retry_budget import RetryBudget
from gateway.wire.sending import Sending
from gateway.wire.sharing import Sharing
from gateway.wire.throttle import Throttle
from resolvers.identity import Upstream

ROUNDS = 7
AT_LEAST = 0.1
"""Seconds of CPU per round."""

PACE = 0.004
"""Seconds that `pace` takes on a machine that has nothing else to do; all figures are as if it did."""

AT_ONCE = 16
"""Calls that are under way at the same time."""

BODY = b'{"pk":12,"name":"Acme","slug":"acme","logo":null,"created":"2026-01-01T00:00:00Z"}'
HEADERS = {"content-type": "application/json", "content-length": str(len(BODY))}
CREDENTIAL = ("Authorization", "Bearer of-a-benchmark")


class Named(msgspec.Struct):
    """What is read of an answer."""

    pk: int
    name: str | None = None


SHAPE = Shape(Upstream.NKS, Named)
Ask = Callable[[int], Awaitable[object]]


class AtOnce:
    """A bottom that answers at once."""

    async def send(self, call: Call) -> Answer:  # noqa: ARG002  whatever is asked
        """Notes nothing."""
        return Answer(200, HEADERS, BODY)


class Served(asyncio.Protocol):
    """Answers every request alike."""

    _head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        b"Date: Sun, 22 Nov 2026 10:00:00 GMT\r\n\r\n"
    )

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._answer = self._head % len(BODY) + BODY

    def data_received(self, data: bytes) -> None:
        self._transport.write(self._answer * data.count(b"\r\n\r\n"))


def serve(told: multiprocessing.connection.Connection) -> None:
    """Serves until it is killed."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Served, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def lean(port: int) -> LeanTransport:
    """As the gateway makes it."""
    return LeanTransport(
        f"http://127.0.0.1:{port}", connect_seconds=1.0, attempt_seconds=2.5, connections=32, maximum_bytes=10_485_760
    )


def towers() -> list[tuple[str, Step]]:
    """The steps, each above all before it."""
    clock = time.monotonic
    rows: list[tuple[str, Step]] = [("bottom", AtOnce())]

    def put(name: str, step: Step) -> None:
        rows.append((name, step))

    put("+ Sending", Sending(rows[-1][1], read_seconds=2.5, write_seconds=9.9, clock=clock))
    breaker = Breaker(rows[-1][1], Tolerance(50, 20, 5.0), clock=clock)
    put("+ Breaker", breaker)
    throttle = Throttle(breaker, clock)
    put("+ Throttle", throttle)
    put("+ Bulkhead", Bulkhead(throttle, concurrency=32, queue=64, clock=clock))
    put("+ EarlyRefusal", EarlyRefusal(rows[-1][1], (breaker, throttle)))
    put("+ Attempts", Attempts(rows[-1][1], attempts=3, budget=RetryBudget(clock), clock=clock))
    put("+ Deadline", Deadline(rows[-1][1], read_seconds=5.0, write_seconds=10.0))
    put("+ Pulse", Pulse(rows[-1][1]))
    put("+ Cache, Collapsing", sharing(0.0).over(rows[-1][1], Upstream.NKS))
    return rows


def sharing(fresh_seconds: float) -> Sharing:
    """Of nothing yet."""
    return Sharing(fresh_seconds=fresh_seconds, stale_seconds=600.0, most=10_000, most_bytes=64_000_000)


def by_step(step: Step) -> Ask:
    """Calls that go into a step."""

    async def ask(number: int) -> object:
        return await step.send(
            Call(Upstream.NKS, "members.list", "GET", f"/orgs/{number}/members", credential=CREDENTIAL)
        )

    return ask


def by_adapter(step: Step, numbers: int) -> Ask:
    """An adapter's reads, an operation for every hundred of them."""
    settings = NksSettings(url="http://127.0.0.1", token=SecretStr("of-a-benchmark"))
    marks = {"X-Request-Id": "0123456789abcdef0123456789abcdef"}
    taken = itertools.count()
    adapter: Nks

    def anew() -> Nks:
        errands = Errands(own_marks=lambda: marks)
        return Nks(Line(errands.over(step), settings), journal, lambda _: "")

    class Reads:
        writes = False

    journal: Any = Reads()
    adapter = anew()

    async def ask(number: int) -> object:
        nonlocal adapter
        if next(taken) % 100 == 0:
            adapter = anew()
        native_id = str(number % numbers)
        return await adapter.get(SHAPE, "orgs.get", ("orgs", native_id), native_id=native_id)

    return ask


def pace() -> float:
    """CPU seconds of something that is always the same: other work on the machine makes all that runs slower."""
    began = time.process_time()
    table: dict[str, int] = {}
    for each in range(40_000):
        table[str(each & 255)] = table.get("7", 0) + each
    return time.process_time() - began


async def cost(ask: Ask) -> float:
    """CPU microseconds of one call, on a machine of the usual pace."""
    numbers = itertools.count(random.randrange(10**9))  # noqa: S311  so that no round knows the other's

    async def worker(count: int) -> None:
        for _ in range(count):
            await ask(next(numbers))

    async def some(count: int) -> float:
        gc.collect()
        began = time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(worker(count))
        return time.process_time() - began

    count = 10
    while (spent := await some(count)) < AT_LEAST:
        count = max(count + 1, int(count * min(1.3 * AT_LEAST / max(spent, 1e-4), 10)))
    rounds = []
    for _ in range(ROUNDS):
        before = pace()
        spent = await some(count)
        rounds.append(spent / (before + pace()) * 2)
    return min(rounds) * PACE / count / AT_ONCE * 1e6


async def run(wanted: str, port: int) -> None:
    """Prints the table."""
    transports = [lean(port) for _ in range(4)]
    alone, cold, kept, hot = transports
    chains = [Chain(each, Figures(concurrency=32)).top for each in (cold, kept, hot)]
    at_once = Chain(AtOnce(), Figures()).top
    rows: list[tuple[str, Ask]] = [(name, by_step(step)) for name, step in towers()]
    rows += [
        ("Adapter, all steps", by_adapter(sharing(0.0).over(at_once, Upstream.NKS), 10**12)),
        ("Adapter, kept anew", by_adapter(sharing(2.0).over(at_once, Upstream.NKS), 10**12)),
        ("Adapter, cache hit", by_adapter(sharing(600.0).over(at_once, Upstream.NKS), 100)),
        ("HTTP alone", by_step(alone)),
        ("HTTP, all steps", by_adapter(sharing(0.0).over(chains[0], Upstream.NKS), 10**12)),
        ("HTTP, kept anew", by_adapter(sharing(2.0).over(chains[1], Upstream.NKS), 10**12)),
    ]
    before = 0.0
    for name, ask in rows:
        if wanted not in name:
            continue
        now = await cost(ask)
        own = f"{now - before:8.1f}" if name.startswith("+") else " " * 8
        print(f"{name:24}{now:8.1f}{own}", flush=True)  # noqa: T201  it is what this is for
        before = now
    for each in transports:
        await each.close()


def main() -> None:
    """Starts the server, and measures."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(" ".join(sys.argv[1:]), here.recv()))
    server.kill()


if __name__ == "__main__":
    main()
