"""Asks a server for as long as is wanted, on so many connections at once, each with one request at a time."""

import json
import random
import select
import socket
import time
from dataclasses import dataclass, field
from itertools import cycle

_HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
    b"%bContent-Length: %d\r\n\r\n%b"
)
_PIECE = 262_144
_DRAIN = 30.0
"""Seconds at most for what is under way at the end."""
_LONGEST = 300.0
"""The same for a round that has no `seconds`."""
_SAMPLE = 50
"""Every so many answers are kept, the first among them, to be looked at afterwards."""


def request(body, headers=b""):
    """The bytes of one."""
    return _HEAD % (headers, len(body), body)


@dataclass
class Round:
    """What was seen.

    Attributes:
        seconds: From the first request to the last answer.
        latencies: Of each answer, sorted, in seconds.
        errors: Answers with errors, of another status than 200, and connections that broke.
        sample: Numbers of requests, with their answers.
        told: What the first error said.
        unanswered: What was given up.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    sample: list[tuple[int, bytes]] = field(default_factory=list)
    told: str = ""
    unanswered: int = 0

    def percentile(self, percent):
        """Of the latencies, in milliseconds."""
        count = len(self.latencies)
        return self.latencies[min(count * percent // 100, count - 1)] * 1000 if count else 0.0

    def wrong(self, workload, pool):
        """What is wrong with the answers that were kept; empty where nothing is.

        Args:
            workload: Its `wrong` knows.
            pool: The variables by the numbers of the requests.
        """
        for number, text in self.sample:
            answer = json.loads(text)
            told = (
                answer["errors"][0]["message"] if "errors" in answer else workload.wrong(answer["data"], pool[number])
            )
            if told:
                return told
        return ""


class Connection:
    """One, with its request."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = -1
        self._began = 0.0
        self._pieces = []
        self._missing = -1

    def ask(self, number, data, began=None):
        """Send; `began` says since when it waits for that, now where it is left out."""
        self.number = number
        self._pieces, self._missing = [], -1
        self._began = began or time.perf_counter()
        self.socket.sendall(data)

    def read(self):
        """The seconds that it took, the status and the body; None as long as they are not whole."""
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise ConnectionResetError
        self._pieces.append(piece)
        if self._missing < 0:
            data = b"".join(self._pieces)
            end = data.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = data[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            self._missing = end + 4 + length - len(data)
        else:
            self._missing -= len(piece)
        if self._missing > 0:
            return None
        head, _, body = b"".join(self._pieces).partition(b"\r\n\r\n")
        return time.perf_counter() - self._began, head[9:12], body


class _Load:
    """One round.

    Args:
        requests: The bytes of each.
        order: The numbers of the next ones.
        until: When no further one is begun.
    """

    def __init__(self, requests, order, until):
        self._requests, self._order, self._until = requests, order, until
        self._epoll = select.epoll()
        self._open = {}
        self.found = Round()

    def run(self, port, concurrency, longest):
        """The round, with so many connections; what is under way afterwards has until `longest`."""
        began = time.perf_counter()
        for _ in range(concurrency):
            connection = Connection(port)
            self._open[connection.socket.fileno()] = connection
            self._epoll.register(connection.socket.fileno(), select.EPOLLIN)
            self._begin(connection)
        while self._open and time.perf_counter() < longest:
            for each, _ in self._epoll.poll(self._turn()):
                self._read(self._open[each])
        found = self.found
        found.seconds = time.perf_counter() - began
        found.unanswered = len(self._open)
        for connection in [*self._open.values()]:
            self._close(connection)
        self._epoll.close()
        found.latencies.sort()
        return found

    def _turn(self):
        """What is done between answers; seconds until there is more of it."""
        return 1.0

    def _begin(self, connection):
        number = next(self._order, -1) if time.perf_counter() < self._until else -1
        if number < 0:
            self._close(connection)
        else:
            connection.ask(number, self._requests[number])

    def _read(self, connection):
        found = self.found
        try:
            answered = connection.read()
        except OSError:
            found.errors += 1
            found.told = found.told or "the connection broke"
            self._close(connection)
            return
        if answered is None:
            return
        took, status, body = answered
        if len(found.latencies) % _SAMPLE == 0:
            found.sample.append((connection.number, body))
        found.latencies.append(took)
        if status != b"200" or b'"errors":' in body:
            found.errors += 1
            found.told = found.told or body[:300].decode(errors="replace")
        self._begin(connection)

    def _close(self, connection):
        self._epoll.unregister(connection.socket.fileno())
        self._open.pop(connection.socket.fileno()).socket.close()


class _Paced(_Load):
    """Begins requests at set times, whatever becomes of those before; each waits for a connection from its time on."""

    def __init__(self, requests, order, until, rate):
        super().__init__(requests, order, until)
        self._idle = []
        self._every = 1 / rate
        self._due = time.perf_counter()

    def _begin(self, connection):
        self._idle.append(connection)

    def _turn(self):
        now = time.perf_counter()
        while self._idle and self._due <= min(now, self._until):
            number = next(self._order)
            self._idle.pop().ask(number, self._requests[number], self._due)
            self._due += self._every
        if self._due > self._until:
            while self._idle:
                self._close(self._idle.pop())
        return max(self._due - now, 0.0) if self._idle else 1.0


def load(port, requests, concurrency, seconds, *, seed=1, times=0):
    """A round.

    Args:
        port: The server's.
        requests: The bytes of each that may be asked.
        concurrency: So many at once.
        seconds: After these, no further request is begun.
        seed: Of their order. None comes again before all have come: what is under way at once differs.
        times: Each request so many times, in their own order, in the place of `seconds`.
    """
    numbers = [*range(len(requests))]
    if times:
        order = iter(numbers * times)
    else:
        random.Random(seed).shuffle(numbers)  # noqa: S311  the same in every run
        order = cycle(numbers)
    until = time.perf_counter() + (_LONGEST if times else seconds)
    return _Load(requests, order, until).run(port, concurrency, until + _DRAIN)


def paced(port, requests, rate, seconds, *, most=256):
    """A round in which so many requests per second come, on at most `most` connections."""
    numbers = [*range(len(requests))]
    random.Random(1).shuffle(numbers)  # noqa: S311  the same in every run
    until = time.perf_counter() + seconds
    return _Paced(requests, cycle(numbers), until, rate).run(port, most, until + _DRAIN)
