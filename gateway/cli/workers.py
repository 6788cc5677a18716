"""Several processes that serve one port, and the one that begins them, replaces those that die, and ends them all."""

import gc
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import Final, NoReturn

import structlog

from gateway.cli.banner import Origin
from gateway.cli.loop import run
from gateway.cli.post import Post
from gateway.cli.refusal import FAILED, CannotRunError
from gateway.cli.serving import serve
from gateway.cli.sockets import listening_sockets
from gateway.settings import Settings

AGAIN_SECONDS: Final = 1.0
"""A process that dies is replaced at once, and then at most so often."""

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)
_SIGNALS: Final = (*_ENDING, signal.SIGCHLD, signal.SIGALRM)

_log = structlog.get_logger(__name__)


def served(settings: Settings, origin: Origin) -> int:
    """Serves until SIGINT or SIGTERM, by as many processes as `server.workers` says; the sandbox by this one.

    Returns:
        The exit code: 0, or that of the first process that failed, which has said why.

    Raises:
        CannotRunError: As `serve`; of several processes, where there is nothing to listen on.
    """
    if settings.server.workers > 1 and not origin.sandbox:
        return _together(settings, origin)
    run(serve(settings, origin))
    return 0


def _together(settings: Settings, origin: Origin) -> int:
    sockets = listening_sockets(settings.server.host, settings.server.port, settings.server.workers)
    import gateway.app  # noqa: F401, PLC0415  once, and not in each process; a taken port is told before
    from gateway.telemetry.colleagues import Colleagues  # noqa: PLC0415  the same

    gc.freeze()
    with tempfile.TemporaryDirectory(prefix="gateway-", ignore_cleanup_errors=True) as place:

        def work(number: int, listening: int, alive: int, *, tells: bool) -> None:
            for each in sockets:
                if each is not sockets[number - 1]:
                    each.close()
            colleagues = Colleagues(Path(place), number, len(sockets))
            post = Post(sockets[number - 1], colleagues, tells, listening, alive)
            run(serve(settings, origin, post))

        return Workers(sockets, work).run()


class _Worker:
    """One of them.

    Attributes:
        number: From 1.
        replaces: It took the place of one that died.
        began: Seconds, by a clock that knows no date.
    """

    def __init__(self, number: int, listening: int, *, replaces: bool) -> None:
        self.number = number
        self.replaces = replaces
        self.began = time.monotonic()
        self._listening = listening

    def listened(self) -> bool:
        """Whether it came so far; to be asked once, when it has ended."""
        with open(self._listening, "rb") as pipe:  # noqa: PTH123  a descriptor, not a path
            return pipe.read() != b""


class Workers:
    """The processes.

    Args:
        sockets: One for each of them.
        work: What each does, with its number, the pipe that it says by that it listens, and the one that is closed when
            nobody is left to end it.
    """

    def __init__(self, sockets: list[socket], work: Callable[..., None]) -> None:
        self._sockets = sockets
        self._work = work
        self._running: dict[int, _Worker] = {}
        self._due: dict[int, float] = {}
        self._stopping = False
        self._failed = 0
        self._alive, self._held = os.pipe()  # the writing end closes with this process

    def run(self) -> int:
        """Runs them until all have ended; the exit code."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # what is ignored may not be waited for
        for number in range(1, len(self._sockets) + 1):
            self._begin(number, replaces=False)
        while self._running or (self._due and not self._stopping):
            self._take(signal.sigwait(_SIGNALS))
            self._replace()
        return self._failed

    def _replace(self) -> None:
        """Begins those that are due."""
        if self._stopping:
            return
        now = time.monotonic()
        for number in [each for each, due in self._due.items() if due <= now]:
            del self._due[number]
            self._begin(number, replaces=True)
        if self._due:
            signal.setitimer(signal.ITIMER_REAL, max(min(self._due.values()) - now, 0.01))

    def _begin(self, number: int, *, replaces: bool) -> None:
        heard, said = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process == 0:
            os.close(heard)
            os.close(self._held)
            tells = number == 1 and not replaces
            _serve_and_exit(lambda: self._work(number, said, self._alive, tells=tells))
        os.close(said)
        self._running[process] = _Worker(number, heard, replaces=replaces)

    def _take(self, number: int) -> None:
        if number in _ENDING:
            self._stop(number)
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            worker = self._running.pop(process, None)  # as the first process of a container, it gets orphans, too
            if worker is not None:
                self._ended(worker, os.waitstatus_to_exitcode(status))

    def _stop(self, number: int) -> None:
        """Hands a signal on; a terminal's reaches all by itself, and the second one does no harm."""
        self._stopping = True
        for each in self._sockets:
            each.close()  # else what connects now would wait for nobody
        for process in self._running:
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def _ended(self, worker: _Worker, code: int) -> None:
        listened = worker.listened()
        if self._stopping:
            self._failed = self._failed or (FAILED if code else 0)
        elif not listened and not worker.replaces:
            self._failed = code if code > 0 else FAILED
            self._stop(signal.SIGTERM)
        else:
            _log.error("a process ended, and is replaced", worker=worker.number, exit_code=code)
            self._due[worker.number] = worker.began + AGAIN_SECONDS


def _serve_and_exit(work: Callable[[], None]) -> NoReturn:
    """The whole life of a process that was begun; nothing of the one that began it runs on in it."""
    code = FAILED
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_SIGNALS} - {*_ENDING})
        work()
        code = 0
    except CannotRunError as error:
        print(error, file=sys.stderr)  # noqa: T201  as `told`
        code = error.exit_code
    except BaseException:  # noqa: BLE001  it ends here in any case
        _log.exception("a process failed")
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
