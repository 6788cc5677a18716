"""The shared server as the gateway sees it: there, or away."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from gateway.settings import CacheAddress
from gateway.shared.pipe import AwayError, Part, Pipe

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0
"""Between two tries to find it again."""

STEADY_SECONDS: Final = 10.0
"""So long it must have been there, or the next pause is longer than the last."""

MOMENT_SECONDS: Final = 0.5
"""So long a server that is only started anew, or a line that was only cut, takes to be found again."""

BEAT_SECONDS: Final = 1.0
FIRST_TRY_SECONDS: Final = 2.0
"""Who asks before the first try has ended waits so long at most."""

_PROBE: Final = "redis.call('SET', KEYS[1], ARGV[1], 'PX', 1000) return redis.call('TIME')"

Hook = Callable[[Pipe], Awaitable[None]]

_log = structlog.get_logger("gateway.shared")


class Connection:
    """Holds one pipe to the server, and looks for the server while it is away.

    Nobody waits for a server that is away: after the first failure everything is answered with `AwayError` at once,
    until a probe in the background has found the server, written to it and read from it. Whoever asks before the very
    first try has ended waits for that.

    There is an *era* from each change to the next: from there to away, and back. What holds for one era (a generation
    of cached answers, above all) says nothing in another: while the server was away, others may have written.

    Args:
        address: Of the server.
        prefix: What its keys begin with.

    Attributes:
        era: A number that grows with every change.
        server: The run of the server that was found last; another one may have lost, or got back, any key.
        before_return: Called with the pipe when the server has been found, before anybody else may ask it.
        on_beat: Called every second while it is there.
    """

    def __init__(self, address: CacheAddress, prefix: str = "organization-gateway:1:") -> None:
        self.address = address
        self.era = 0
        self.server = ""
        self.before_return: list[Hook] = []
        self.on_beat: list[Hook] = []
        self._prefix = prefix
        self._pipe: Pipe | None = None
        self._reason = ""
        self._away_since = time.monotonic()
        self._server_time = time.time() - time.monotonic()
        self._first_try: asyncio.Event = asyncio.Event()
        self._lost: asyncio.Event = asyncio.Event()
        self._returned: asyncio.Event = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    @property
    def available(self) -> bool:
        """Whether the server is there, as far as is known."""
        return self._pipe is not None

    @property
    def reason(self) -> str:
        """Why it is away, in a few words; empty where it is there, or was not looked for yet."""
        return "" if self.available else self._reason

    def now(self) -> float:
        """Seconds since 1970 by the server's clock, which all replicas have in common."""
        return self._server_time + time.monotonic()

    def key(self, *parts: str) -> str:
        """The name of a key."""
        return self._prefix + ":".join(parts)

    async def start(self) -> None:
        """Looks for the server, and waits a moment for what comes of it."""
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._look_after(), context=Context())
        if not self._first_try.is_set():
            try:
                async with asyncio.timeout(FIRST_TRY_SECONDS):
                    await self._first_try.wait()
            except TimeoutError:
                self._first_try.set()

    async def ask(self, *command: Part) -> Any:  # noqa: ANN401  as many kinds of answers as there are commands
        """The server's answer to a command.

        Raises:
            AwayError: It is away.
        """
        if not self._first_try.is_set():
            await self.start()
        if self._pipe is None:
            raise AwayError
        return await self._pipe.ask(*command)

    def tell(self, *command: Part) -> None:
        """Sends a command whose answer nobody waits for, if the server is there.

        What is asked afterwards is answered afterwards.
        """
        if self._pipe is not None:
            with suppress(AwayError):
                self._pipe.tell(*command)

    async def is_back(self) -> bool:
        """Whether the server is there; where it went only just now, as it stands a moment later.

        For what is worth a short wait, and comes seldom.
        """
        left = self._away_since + MOMENT_SECONDS - time.monotonic()
        if not self.available and left > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._returned.wait()
        return self.available

    async def close(self) -> None:
        """Lets go of the server."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        if self._pipe is not None:
            pipe, self._pipe = self._pipe, None
            await pipe.close()

    async def _look_after(self) -> None:
        pause = 0.0
        while True:
            began = time.monotonic()
            await self._stay()
            self._first_try.set()
            if time.monotonic() - began > STEADY_SECONDS:
                pause = 0.0
            pause = min(max(2 * pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  it only spreads replicas

    async def _stay(self) -> None:
        """Finds the server, and stays until it is lost."""
        self._lost.clear()
        pipe = Pipe(self.address, self._on_lost)
        try:
            await pipe.open()
            await self._greet(pipe)
            for hook in self.before_return:
                await hook(pipe)
            if self._lost.is_set():
                return
            self._on_return(pipe)
            while not await self._lost_within(BEAT_SECONDS):
                await self._take_time(pipe)
                for hook in self.on_beat:
                    await hook(pipe)
        except AwayError:
            pass
        except (RedisError, OSError) as error:
            self._on_lost(error)
        except Exception as error:  # noqa: BLE001  whatever it is, the server must be looked for again
            _log.exception("the shared cache could not be taken up")
            self._on_lost(error)
        finally:
            if self._pipe is pipe:
                self._pipe = None
            await pipe.close()

    async def _greet(self, pipe: Pipe) -> None:
        """Sees that the server can be written to, and which run of it this is."""
        await self._take_time(pipe)
        told = dict(line.partition(b":")[::2] for line in (await pipe.ask("INFO", "server")).splitlines())
        self.server = told.get(b"run_id", b"").decode()

    async def _take_time(self, pipe: Pipe) -> None:
        before = time.monotonic()
        seconds, microseconds = await pipe.ask("EVAL", _PROBE, 1, self.key("probe"), "1")
        self._server_time = int(seconds) + int(microseconds) / 1e6 - (before + time.monotonic()) / 2

    async def _lost_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._lost.wait()
        except TimeoutError:
            return False

    def _on_return(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.era += 1
        away = time.monotonic() - self._away_since
        self._reason = ""
        self._first_try.set()
        self._returned.set()
        _log.info("the shared cache is there", address=str(self.address), away_seconds=round(away, 1))

    def _on_lost(self, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"[:200]
        if self._pipe is not None:
            self._pipe = None
            self.era += 1
            self._returned.clear()
            self._away_since = time.monotonic()
            self._reason = ""
        if not self._reason:
            _log.warning("the shared cache is away; going on without it", address=str(self.address), reason=reason)
        self._reason = reason
        self._lost.set()
