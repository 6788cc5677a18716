"""How long a nested query takes beyond what its upstreams take."""

import socket
import statistics
import time
from contextlib import ExitStack

from tests.bench.bodies import ALONE, LOSANT
from tests.bench.load import load, paced, request

UPSTREAM = 20
"""Milliseconds that each upstream call takes."""
WAVES = 1
"""Calls that must wait for each other's answers: none, for the settings tell all four native ids."""
_TIMES = 40


def latency(server, upstreams, workload, seconds):
    """A sentence.

    Args:
        server: With nothing kept.
        upstreams: The stand-in.
        workload: The nested query.
        seconds: To ask for.
    """
    upstreams.wait(UPSTREAM)
    try:
        seen = load(server.port, [request(each) for each in workload.bodies()], 1, max(seconds, 2.0))
        least = WAVES * _alone(upstreams.port, workload.calls)
    finally:
        upstreams.wait(0)
    p50, p99 = seen.percentile(50), seen.percentile(99)
    return (
        f"## Latency\n\nWith {UPSTREAM} ms for each upstream call, one at a time: {workload.name} takes {p50:.1f} ms "
        f"(p50; p99 {p99:.1f} ms), its calls without the gateway, at once where they can be, {least:.1f} ms: "
        f"**{p50 - least:.1f} ms** are the gateway's."
    )


def half_of_saturation(server, workload, rate, seconds):
    """A sentence.

    Args:
        server: With nothing kept.
        workload: What is asked.
        rate: Queries per second that it can answer.
        seconds: To ask for.
    """
    seen = paced(server.port, [request(each) for each in workload.bodies()], rate / 2, max(seconds, 2.0))
    p50, p99 = seen.percentile(50), seen.percentile(99)
    return (
        f"{workload.name}, {rate / 2:.0f} queries per second, half of what it can answer, from the moment at which "
        f"each was due: p50 {p50:.2f} ms, p99 {p99:.2f} ms, **{p99 / max(p50, 0.001):.1f}** times as long."
    )


def _alone(port, calls):
    """Milliseconds until so many calls that are sent at once are answered, without the gateway."""
    path = f"/orgs/{LOSANT}".replace("~~~~", f"{ALONE.start:04d}")
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    took = []
    with ExitStack() as stack:
        connections = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(calls)]
        for each in connections:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(_TIMES):
            began = time.perf_counter()
            for each in connections:
                each.sendall(asked)
            for each in connections:
                each.recv(65_536)
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)
