"""What a request costs apart from its execution: `python -m tests.bench.door` prints Markdown.

The gateway with its defaults, without upstreams, answers what needs none; beside it, in rounds that alternate, uvicorn
with the same parser and event loop answers a constant: the floor. What counts is the processor time of the server per
request, from the kernel. Noise only adds to it, so that the least of several rounds is told.
"""

import argparse
import json
import os
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path

from graphql import get_introspection_query

from tests.bench.subjects import Measured, processors

CONNECTIONS = 8
FLOOR = Path(__file__).with_name("floor.py")
_PIECE = 1 << 20
_UPSTREAM = "{ upstream configured state reason capabilities }"
DOCUMENTS = {
    "`{ __typename }`": {"query": "{ __typename }"},
    "viewer": {"query": "{ viewer { kind name scopes } }"},
    "viewer, with variables": {
        "query": "query Viewer($named: Boolean!) { viewer { kind name @include(if: $named) } }",
        "variables": {"named": True},
    },
    "20 kB": {"query": "{" + " ".join(f"a{number}: upstreams {_UPSTREAM}" for number in range(12)) + "}"},
    "introspection": {"query": get_introspection_query()},
}


def request(envelope, headers=""):
    """The bytes of one, as a small client sends it."""
    body = json.dumps(envelope).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: bench\r\n{headers}"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Client:
    """Asks on so many connections, each with one request at a time."""

    def __init__(self, port):
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, text, seconds):
        """Ask for a while; how often it was answered."""
        asked = 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for each in self._sockets:
                each.sendall(text)
            for each in self._sockets:
                _read(each)
            asked += len(self._sockets)
        return asked

    def close(self):
        """Close the connections."""
        for each in self._sockets:
            each.close()


def _read(connection):
    """One answer; the process ends where it is none."""
    got = connection.recv(_PIECE)
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += connection.recv(_PIECE)
    head = got[:end].lower()
    if int(head.split(b" ", 2)[1]) != HTTPStatus.OK:
        raise SystemExit(got.decode(errors="replace"))
    missing = end + 4 + int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]) - len(got)
    while missing:
        missing -= len(connection.recv(min(_PIECE, missing)))


class Served(Measured):
    """A server, whose processor time is read to the nanosecond."""

    def processor_seconds(self):
        """Of all its threads, user's and system's."""
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e9


def gateway(place, settings):
    """The command that serves a gateway with some settings, its state in a folder."""
    file = Path(place) / "gateway.toml"
    file.write_text(
        f'{settings}\n[server]\nport = 0\nstate_dir = "{place}"\n[upstreams.losant]\ntoken = "none"\nurl = "http://127.0.0.1:9"\n'
    )
    return (sys.executable, "-m", "gateway", "serve", "--config", str(file))


def main():
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.door", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.1, help="of one round of one document")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--profile", default="explore", choices=["explore", "production"])
    chosen = parser.parse_args()
    serving, asking = processors()
    os.sched_setaffinity(0, asking)
    documents = dict(DOCUMENTS)
    if chosen.profile == "production":
        del documents["introspection"]
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-door-"))
        command = gateway(place, f'profile = "{chosen.profile}"')
        measured = stack.enter_context(Served(command, serving))
        floor = stack.enter_context(Served((sys.executable, "-P", str(FLOOR)), serving))
        least = {}
        for _ in range(chosen.rounds):
            for name, envelope in {"floor": {"query": "{ __typename }"}, **documents}.items():
                subject = floor if name == "floor" else measured
                client = Client(subject.port)
                client.ask(request(envelope), 0.05)
                before = subject.processor_seconds()
                asked = client.ask(request(envelope), chosen.seconds)
                spent = (subject.processor_seconds() - before) / asked * 1e6
                least[name] = min(spent, least.get(name, spent))
                client.close()
    print("| request | processor time, µs | above the floor, µs |\n|---|--:|--:|")  # noqa: T201  it is what this is for
    for name, spent in least.items():
        print(f"| {name} | {spent:.0f} | {spent - least['floor']:.0f} |")  # noqa: T201  it is what this is for


if __name__ == "__main__":
    main()
