"""One fault at each of the four upstreams in turn: what a read and a write answer, and what was sent for them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pytest

from gateway.settings.upstreams import Transport
from resolvers.identity import Upstream

Behaviour = Callable[[Any], Awaitable[None]]
Open = Callable[..., Awaitable[Any]]

TRANSPORTS = get_args(get_args(Transport)[0])
ONCE = {"test_misfits", "test_statuses"}
IMPATIENT = {
    "read_deadline_seconds": 1.5,
    "write_deadline_seconds": 2.0,
    "attempt_seconds": 0.5,
    "connect_seconds": 0.4,
}
SLACK = 12.0
"""Seconds that a busy machine may take beside a deadline."""


@dataclass(frozen=True)
class Seen:
    """What came of one fault at one upstream.

    Attributes:
        code: Of the error; None where the value came, or the change was made.
        attempts: Requests that arrived there.
        made: Whether the stand-in carried the change out; None for a read.
        retryable: As the error says.
        retry_after: The same, in seconds.
    """

    code: str | None
    attempts: int
    made: bool | None = None
    retryable: bool | None = None
    retry_after: float | None = None


class Matrix:
    """Lets a fault strike each upstream of a gateway of its own, all four at once.

    The gateways are the module's: each has to do well after all that has struck before, too.

    Args:
        open_site: Opens a gateway.
        figures: Of the upstream that is struck.
    """

    def __init__(self, open_site: Open, figures: Mapping[str, float] | None = None) -> None:
        self._open = open_site
        self._figures = figures or {}
        self._sites: dict[Upstream, Any] = {}

    async def open(self) -> "Matrix":
        """Opens the gateways, which else happens when they are needed, and takes time from those that ask."""
        for upstream in Upstream:
            await self._site(upstream)
        return self

    async def reads(self, behaviour: Behaviour, times: int | None = None) -> dict[str, Seen]:
        """What a read of the name answers; the other three upstreams answer theirs."""

        async def read(upstream: Upstream) -> Seen:
            site = await self._site(upstream)
            proxy = site.proxies[upstream]
            proxy.strike(behaviour, times=times)
            reply = await site.ask()
            assert reply.seconds < self._figures.get("read_deadline_seconds", 20.0) + SLACK
            data = reply.answer["data"]
            for each in Upstream:
                assert data[each.word]["id"], "what needs no call is there"
                if each is not upstream:
                    assert data[each.word]["name"]
                    assert site.proxies[each].requests[1:] == []
            seen = proxy.count("GET")
            assert seen == len(proxy.requests)
            if not reply.errors:
                assert data[upstream.word]["name"]
                return Seen(None, seen)
            assert data[upstream.word]["name"] is None
            (error,) = reply.errors
            assert error["path"] == [upstream.word, "name"]
            told = error["extensions"]
            assert told["upstream"] == upstream.name
            assert told["requestId"]
            return Seen(told["code"], seen, None, told["retryable"], told.get("retryAfterSeconds"))

        return await self._each(read)

    async def writes(self, behaviour: Behaviour, times: int | None = None) -> dict[str, Seen]:
        """What a change of the name answers; nothing else is sent for it."""

        async def write(upstream: Upstream) -> Seen:
            site = await self._site(upstream)
            proxy = site.proxies[upstream]
            proxy.strike(behaviour, times=times)
            name = f"Heron {uuid.uuid4().hex}"
            reply = await site.rename(upstream, name)
            assert reply.seconds < self._figures.get("write_deadline_seconds", 20.0) + SLACK
            assert not reply.errors
            payload = reply.answer["data"]["updateOrganization"]
            made = proxy.changes == 1
            assert sum(len(each.requests) for each in site.proxies.values()) == len(proxy.requests)
            assert payload["results"] == [{"upstream": upstream.name, "ok": not payload["userErrors"]}]
            if not payload["userErrors"]:
                assert payload["organization"]
                return Seen(None, proxy.count("PATCH"), made)
            (error,) = payload["userErrors"]
            assert error["upstream"] == upstream.name
            assert payload["organization"] is None
            return Seen(error["code"], proxy.count("PATCH"), made, error["retryable"])

        return await self._each(write)

    async def _site(self, upstream: Upstream) -> Any:
        if upstream not in self._sites:
            self._sites[upstream] = await self._open({"upstreams": {upstream.word: self._figures}})
        for proxy in self._sites[upstream].proxies.values():
            proxy.repair()
        return self._sites[upstream]

    @staticmethod
    async def _each(ask: Callable[[Upstream], Coroutine[Any, Any, Seen]]) -> dict[str, Seen]:
        seen = await asyncio.gather(*map(ask, Upstream))
        return dict(zip((each.word for each in Upstream), seen, strict=True))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """By each transport in turn; once only where what counts is judged when an answer has come whole."""
    if "transport" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] not in ONCE:
        metafunc.parametrize("transport", TRANSPORTS, scope="module")


@pytest.fixture(scope="module")
def matrix(open_for_module: Open) -> Matrix:
    return Matrix(open_for_module)


@pytest.fixture
def impatient(open_site: Open) -> Callable[[], Matrix]:
    """Makes one that gives a read 1.5 s with attempts of 0.5 s, and a write 2 s."""
    return lambda: Matrix(open_site, IMPATIENT)


@pytest.fixture(scope="module")
def small(open_for_module: Open) -> Matrix:
    """One that takes answers of 1 MiB at most."""
    return Matrix(open_for_module, {"max_response_bytes": 1_048_576})


@pytest.fixture
def restless(open_site: Open) -> Matrix:
    """One whose attempts take 1 s at most, in 20 s."""
    return Matrix(open_site, {"attempt_seconds": 1.0})


@pytest.fixture
def seen() -> Callable[..., dict[str, Seen]]:
    """The same at each upstream; those that are named differ."""

    def seen_(
        code: str | None,
        attempts: int,
        made: bool | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        **but: tuple[Any, ...],
    ) -> dict[str, Seen]:
        same = {each.word: Seen(code, attempts, made, retryable, retry_after) for each in Upstream}
        return same | {word: Seen(*values) for word, values in but.items()}

    return seen_
