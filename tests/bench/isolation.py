"""What one upstream that hangs costs the others: `python -m tests.bench.isolation` prints Markdown.

The gateway and the stand-ins run in processes of their own. Rounds without and with the hang alternate, so that what
else the machine does falls on both; each pair gives a ratio. Callers of the three others wait 50 ms for their upstream:
it is the room of the gateway that is measured, not its speed.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
import tomllib
from contextlib import ExitStack, asynccontextmanager, nullcontext
from pathlib import Path

import httpx

from tests.soak.processes import Served, StandIns

LEAST = 0.95
QUICK = 0.02
CLOSES = 6.0
OTHERS = {
    "nks": '{ organization(id: "acme") { members(upstreams: [NKS]) { totalCount } } }',
    "locktera": '{ organization(id: "acme") { customizations { theme } } }',
    "clickhouse": '{ organization(id: "acme") { usage { cost { total } } } }',
}
HUNG = "query($id: ID!) { organization(id: $id) { key name } }"
NOTHING = "{ __typename }"
STUCK = 150
UNCACHED = "[cache]\nfresh_seconds = 0\nstale_if_error_seconds = 0\n"
# Room for all who are stuck, and no breaker that would send them away: each waits to its deadline.
HELD = UNCACHED + "[upstream_defaults]\nqueue = 150\nbreaker_minimum_calls = 1_000_000\n"


class Caller:
    """One connection that is kept."""

    def __init__(self, port):
        self._port = port
        self._streams = None

    async def ask(self, query, **variables):
        """The answer, and the seconds that it took."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._streams = self._streams or await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        began = time.perf_counter()
        writer.write(head % len(body) + body)
        headers = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(headers.partition(b"content-length:")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        return json.loads(answer), time.perf_counter() - began

    def close(self):
        """End."""
        if self._streams:
            self._streams[1].transport.abort()


class Bench:
    """A gateway on stand-ins."""

    def __init__(self, stand_ins, served):
        self._urls = {
            name: table["url"].removesuffix("/v1")
            for name, table in tomllib.loads(stand_ins.settings())["upstreams"].items()
        }
        self._client = httpx.AsyncClient(timeout=20)
        self.port = served.port
        self._number = 0

    async def fault(self, name, **fault):
        """Let a stand-in stumble."""
        (await self._client.post(f"{self._urls[name]}/__sandbox/faults", json=fault)).raise_for_status()

    async def mend(self, name):
        """Take its faults back."""
        (await self._client.delete(f"{self._urls[name]}/__sandbox/faults")).raise_for_status()

    async def calls(self, name):
        """How many requests it was sent since this was asked last."""
        found = (await self._client.get(f"{self._urls[name]}/__sandbox/requests")).json()
        await self._client.delete(f"{self._urls[name]}/__sandbox/requests")
        return len(found)

    def other_id(self):
        """One that was not asked for before: nobody shares the call."""
        self._number += 1
        return f"losant:{self._number:024x}"

    async def code(self, caller):
        """What it is told that there is."""
        answer, _ = await caller.ask(HUNG, id=self.other_id())
        return answer["errors"][0]["extensions"]["code"]

    async def throughput(self, seconds, at_once):
        """Answers per second of each of the others, and their median time."""
        counted = dict.fromkeys(OTHERS, 0)
        times = []
        end = time.perf_counter() + seconds

        async def work(name):
            caller = Caller(self.port)
            while time.perf_counter() < end:
                answer, took = await caller.ask(OTHERS[name])
                if "errors" in answer:
                    raise RuntimeError(answer)
                times.append(took)
                counted[name] += 1
            caller.close()

        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for name in OTHERS:
                for _ in range(at_once):
                    tasks.create_task(work(name))
        passed = time.perf_counter() - began
        return {name: count / passed for name, count in counted.items()}, statistics.median(times)

    async def stuck(self, pause):
        """Ask for what hangs, again and again, not all at the same moment."""
        caller = Caller(self.port)
        try:
            while True:
                await asyncio.sleep(random.uniform(0.5, 1.5) * pause)  # noqa: S311  nothing secret
                await caller.ask(HUNG, id=self.other_id())
        finally:
            caller.close()

    @asynccontextmanager
    async def beside(self, pause, settle):
        """While callers ask for what hangs."""
        callers = [asyncio.create_task(self.stuck(pause)) for _ in range(STUCK)]
        await asyncio.sleep(settle)
        yield
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)


async def isolation(bench, rounds, seconds, at_once, *, pause):
    """Rounds in pairs; a row for each, then the ratios.

    With a pause, the callers of what hangs ask when it does not hang, too: they cost the same, but for the hang.
    """
    for name in OTHERS:
        await bench.fault(name, fault="latency", seconds=0.05)
    await bench.throughput(seconds / 2, at_once)
    ratios = {name: [] for name in (*OTHERS, "all")}
    sys.stdout.write("| round | free /s | hang /s | ratio | median ms, free | hang |\n|--:|--:|--:|--:|--:|--:|\n")
    for number in range(rounds):
        async with bench.beside(pause, 1) if pause else nullcontext():
            free, quick = await bench.throughput(seconds, at_once)
        await bench.fault("losant", fault="hang")
        async with bench.beside(pause, 4 if pause else 1):
            hang, slow = await bench.throughput(seconds, at_once)
        await bench.mend("losant")
        await asyncio.sleep(6 if pause else 1)
        for name in OTHERS:
            ratios[name].append(hang[name] / free[name])
        ratios["all"].append(sum(hang.values()) / sum(free.values()))
        cells = f"{sum(free.values()):.0f} | {sum(hang.values()):.0f} | {ratios['all'][-1]:.3f}"
        sys.stdout.write(f"| {number + 1} | {cells} | {quick * 1000:.1f} | {slow * 1000:.1f} |\n")
        sys.stdout.flush()
    for name in OTHERS:
        await bench.mend(name)
    medians = {name: statistics.median(each) for name, each in ratios.items()}
    shown = ", ".join(f"{name} {median:.3f}" for name, median in medians.items())
    sys.stdout.write(f"\nmedian ratios: {shown}\n\n")
    return [] if medians["all"] >= LEAST else [f"the others kept {medians['all']:.1%}"]


async def breaker(bench, fault, times):
    """How long refusals take while it is open, what is asked meanwhile, and when it closes after the mending.

    What asks for nothing is timed in turn with them: its p99 is what the machine adds to any answer.
    """
    caller = Caller(bench.port)
    quick, beside, closing, probes, open_for = [], [], [], 0, 0.0
    for each in range(times):
        await bench.fault("losant", **fault)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(40):
                tasks.create_task(alone(bench))
        await bench.calls("losant")
        began = time.perf_counter()
        while time.perf_counter() - began < 4 + 2.5 * each:  # mended at another moment each time
            answer, took = await caller.ask(HUNG, id=bench.other_id())
            if "retryAfterSeconds" in answer["errors"][0]["extensions"]:  # the breaker's own word, and no probe's
                quick.append(took)
            beside.append((await caller.ask(NOTHING))[1])
            await asyncio.sleep(0.01)
        open_for += time.perf_counter() - began
        probes += await bench.calls("losant")
        await bench.mend("losant")
        mended = time.perf_counter()
        while await bench.code(caller) != "NOT_FOUND":  # noqa: ASYNC110  another process changes it
            await asyncio.sleep(0.05)
        closing.append(time.perf_counter() - mended)
    caller.close()
    (p50, p99), (_, calm) = percentiles(quick), percentiles(beside)
    sys.stdout.write(
        f"| {fault['fault']} | {len(quick)} | {p50 * 1000:.1f} | {p99 * 1000:.1f} | {calm * 1000:.1f} | "
        f"{probes} in {open_for:.0f} s | {', '.join(f'{each:.1f}' for each in closing)} |\n"
    )
    found = [f"{fault['fault']}: p99 while open was {p99 * 1000:.0f} ms"] if p99 > QUICK else []
    return found + [f"{fault['fault']}: closed after {each:.1f} s" for each in closing if each > CLOSES]


def percentiles(times):
    """The median, and what one in a hundred takes longer than."""
    times = sorted(times)
    return times[len(times) // 2], times[len(times) * 99 // 100]


async def alone(bench):
    """One call on a connection of its own."""
    caller = Caller(bench.port)
    await caller.ask(HUNG, id=bench.other_id())
    caller.close()


def with_gateway(settings, work):
    """Run something against a fresh gateway."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-bench-")))
        stand_ins = stack.enter_context(StandIns())
        served = stack.enter_context(Served(folder, settings + stand_ins.settings()))
        return asyncio.run(work(Bench(stand_ins, served)))


def main():
    """Run all; 0 where all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.isolation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="of one round")
    parser.add_argument("--at-once", type=int, default=3, metavar="N", help="callers of each of the others")
    chosen = parser.parse_args()
    figures = (chosen.rounds, chosen.seconds, chosen.at_once)
    sys.stdout.write(f"## {STUCK} callers wait to their deadline for one upstream\n\n")
    found = with_gateway(HELD, lambda bench: isolation(bench, *figures, pause=0))
    sys.stdout.write("## The default settings: they ask once a second, before the hang too, and are refused by it\n\n")
    found += with_gateway(UNCACHED, lambda bench: isolation(bench, *figures, pause=1))
    sys.stdout.write("## The breaker, with the default settings\n\n")
    sys.stdout.write("| fault | refused while open | p50 ms | p99 ms | p99 of `{ __typename }` | upstream calls | ")
    sys.stdout.write("closed after s |\n|---|--:|--:|--:|--:|--:|--:|\n")
    for fault in ({"fault": "status", "status": 503}, {"fault": "reset"}, {"fault": "hang"}):
        found += with_gateway(UNCACHED, lambda bench, fault=fault: breaker(bench, fault, 3))
    sys.stdout.write("".join(f"\nFOUND {each}\n" for each in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
