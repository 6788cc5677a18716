"""Server-sent events: frames, signs of life, ends."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.door.events import LEAVING, EventAnswer
from gateway.execution.operation import Outcome

pytestmark = pytest.mark.anyio


class Told:
    """A stream that tells what is put in."""

    def __init__(self) -> None:
        self.outcomes: asyncio.Queue[Outcome | Exception | None] = asyncio.Queue()
        self.closed = False

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self

    async def __anext__(self) -> Outcome:
        outcome = await self.outcomes.get()
        if outcome is None:
            raise StopAsyncIteration
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aclose(self) -> None:
        self.closed = True

    def at_end(self, call: Callable[[Outcome], None]) -> None:
        raise NotImplementedError


class Client:
    """The other side."""

    def __init__(self, keep_alive: float = 60.0) -> None:
        self.sent: list[dict] = []
        self.messages: asyncio.Queue[dict] = asyncio.Queue()
        self.stream = Told()
        self.answer = EventAnswer(self.messages.get, self._send, "id-1", keep_alive_seconds=keep_alive)

    async def _send(self, message) -> None:
        self.sent.append(dict(message))

    @property
    def text(self) -> str:
        return b"".join(each.get("body", b"") for each in self.sent).decode()

    async def reads(self, *outcomes: Outcome | Exception | None) -> str:
        for each in outcomes:
            self.stream.outcomes.put_nowait(each)
        async with asyncio.timeout(20):
            await self.answer.stream(self.stream)
        assert self.stream.closed
        return self.text


def event(number: int, **more) -> Outcome:
    return Outcome({"n": number}, [], {}, executed=True, **more)


async def test_events_are_frames_with_ids_and_the_end_is_one():
    client = Client()
    text = await client.reads(event(1, event_id="a1"), event(2), None)
    assert text == (
        ':\n\nevent: next\nid: a1\ndata: {"data":{"n":1}}\n\nevent: next\ndata: {"data":{"n":2}}\n\n'
        "event: complete\ndata:\n\n"
    )
    assert [each.get("more_body") for each in client.sent[1:]] == [True, True, True, False]
    headers = dict(client.sent[0]["headers"])
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-request-id"] == b"id-1"


async def test_line_breaks_of_values_break_no_frame():
    client = Client()
    text = await client.reads(Outcome({"n": "a\r\nevent: complete\n\n\u2028"}, [], {}, executed=True), None)
    frame = text.split("\n\n")[1]
    assert json.loads(frame.partition("data: ")[2])["data"] == {"n": "a\r\nevent: complete\n\n\u2028"}
    assert "\r" not in text
    assert text.count("\n\n") == 3


async def test_signs_of_life_are_comments():
    client = Client(keep_alive=0.01)
    answering = asyncio.create_task(client.reads())
    async with asyncio.timeout(20):
        while client.text.count(":\n\n") < 4:  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.01)
    client.stream.outcomes.put_nowait(None)
    assert (await answering).lstrip(":\n") == "event: complete\ndata:\n\n"


async def test_nothing_is_told_to_a_client_that_is_gone():
    client = Client()
    client.messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    client.messages.put_nowait({"type": "http.disconnect"})
    assert await client.reads() == ":\n\n"


async def test_the_end_of_the_server_is_told():
    client = Client()
    client.messages.put_nowait(LEAVING)
    text = await client.reads()
    assert text.endswith("event: complete\ndata:\n\n")
    (error,) = json.loads(text.partition("data: ")[2].partition("\n")[0])["errors"]
    assert error["extensions"] == {"code": "STREAM_ENDED", "retryable": True, "requestId": "id-1"}


async def test_a_mistake_of_the_gateway_is_told_and_is_the_end():
    client = Client()
    text = await client.reads(ValueError("secret"))
    assert "secret" not in text
    assert '"code":"INTERNAL"' in text
    assert text.endswith("event: complete\ndata:\n\n")
