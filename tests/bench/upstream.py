"""The stand-in of all four upstreams: prebuilt answers, one process, one thread, epoll.

`python upstream.py BODIES` reads JSON lines of `method, path, body, from, to`: in a path and a body `~~~~` is the
number, and there is one answer for each number. Query strings, credentials and what is sent are not looked at.
`/__taken` tells how many calls came since it was last asked, and how many of them had no answer; `/__latency/MS` lets
every answer wait.
"""

import gc
import json
import select
import socket
import sys
import time
from collections import deque
from pathlib import Path

_HEAD = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_PIECE = 65_536


def answer(body, status=200, phrase=b"OK"):
    """With its head."""
    return _HEAD % (status, phrase, len(body)) + body


def load(file):
    """The answers, by the first line of the request up to its query."""
    found = {}
    for line in file:
        method, path, body, first, end = json.loads(line)
        for number in range(first, end):
            digits = f"{number:04d}"
            key = f"{method} {path.replace('~~~~', digits)}".encode()
            found[key] = answer(body.replace("~~~~", digits).encode())
    return found


class StandIn:
    """Serves until it is killed.

    Args:
        answers: As `load` gives them.
    """

    def __init__(self, answers):
        self._answers = answers
        self._nothing = answer(b'{"type":"NotFound","message":"Not found","status":404}', 404, b"Not Found")
        self._taken = self._unknown = 0
        self._latency = 0.0
        self._waiting = deque()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listening.setblocking(False)  # noqa: FBT003  the standard library's own form
        self._epoll = select.epoll()
        self._connections = {}
        self._begun = {}
        self._unsent = {}
        self.port = self._listening.getsockname()[1]

    def serve(self):
        """Without end."""
        listening = self._listening.fileno()
        self._epoll.register(listening, select.EPOLLIN)
        while True:
            wait = max(self._waiting[0][0] - time.monotonic(), 0) if self._waiting else None
            for each, event in self._epoll.poll(wait):
                if each == listening:
                    self._accept()
                elif event & select.EPOLLOUT:
                    self._send(each, b"")
                elif each in self._connections:
                    self._read(each)
            now = time.monotonic()
            while self._waiting and self._waiting[0][0] <= now:
                _, each, connection, said = self._waiting.popleft()
                if self._connections.get(each) is connection:
                    self._send(each, said)

    def _accept(self):
        connection, _ = self._listening.accept()
        connection.setblocking(False)  # noqa: FBT003  the same
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[connection.fileno()] = connection
        self._epoll.register(connection.fileno(), select.EPOLLIN)

    def _read(self, each):
        try:
            piece = self._connections[each].recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._close(each)
            return
        data = self._begun.pop(each, b"") + piece
        while each in self._connections and (end := data.find(b"\r\n\r\n")) >= 0:
            end += 4
            if not data.startswith(b"GET "):
                head = data[:end].lower()
                end += int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
                if len(data) < end:
                    break
            self._answer(each, data[: data.index(b" ", data.index(b" ") + 1)].partition(b"?")[0])
            data = data[end:]
        if data and each in self._connections:
            self._begun[each] = data

    def _answer(self, each, asked):
        said = self._answers.get(asked)
        if said is None and asked.startswith(b"GET /__"):
            self._send(each, self._control(asked))
            return
        self._taken += 1
        if said is None:
            self._unknown += 1
            said = self._nothing
        if self._latency:
            self._waiting.append((time.monotonic() + self._latency, each, self._connections[each], said))
        else:
            self._send(each, said)

    def _control(self, asked):
        if asked.startswith(b"GET /__latency/"):
            self._latency = float(asked.rpartition(b"/")[2]) / 1000
        said = answer(json.dumps({"taken": self._taken, "unknown": self._unknown}).encode())
        self._taken = self._unknown = 0
        return said

    def _send(self, each, said):
        before = self._unsent.pop(each, b"")
        left = before + said
        try:
            left = left[self._connections[each].send(left) :]
        except BlockingIOError:
            pass
        except OSError:
            self._close(each)
            return
        if left:
            self._unsent[each] = left
        if bool(left) is not bool(before):
            self._epoll.modify(each, select.EPOLLIN | (select.EPOLLOUT if left else 0))

    def _close(self, each):
        self._begun.pop(each, None)
        self._unsent.pop(each, None)
        self._epoll.unregister(each)
        self._connections.pop(each).close()


def main():
    """Say where it listens, and serve."""
    with Path(sys.argv[1]).open() as file:
        stand_in = StandIn(load(file))
    gc.disable()  # it is not what is measured, and must not stop to look for garbage
    sys.stdout.write(f"http://127.0.0.1:{stand_in.port}\n")
    sys.stdout.flush()
    stand_in.serve()


if __name__ == "__main__":
    main()
