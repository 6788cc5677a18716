"""The place of one process among several that serve one port."""

import asyncio
import os
import signal
from dataclasses import dataclass
from socket import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings the metrics along
    from gateway.telemetry.colleagues import Colleagues


@dataclass(frozen=True, slots=True)
class Post:
    """What a process is given by the one that began it.

    Attributes:
        socket: To listen on.
        colleagues: The others.
        tells: It prints the banner.
        listening: The end of a pipe, to be written to when it listens.
        alive: The end of a pipe that is closed when the process that began it is gone.
    """

    socket: socket
    colleagues: "Colleagues"
    tells: bool
    listening: int
    alive: int

    def take(self) -> None:
        """Take signals, those too that came since the process began; end when nobody is left to send any."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.alive, self._orphaned, loop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))

    def report(self) -> None:
        """Say that it listens."""
        os.write(self.listening, b"1")
        os.close(self.listening)

    def _orphaned(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self.alive)
        os.kill(os.getpid(), signal.SIGTERM)
