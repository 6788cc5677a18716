"""The pages of docs/pages: their fenced blocks, and what becomes of these one after the other."""

import asyncio
import json
import re
import shlex
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import Gateway
from gateway.callers.api_keys import hashed
from gateway.door.events import LEAVING
from gateway.sandbox.serve import Sandbox
from gateway.settings import Settings
from resolvers.identity import Upstream

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "pages"
KEY = "the-key-of-the-examples-0123456789"
FENCE = re.compile(r"^( *)```([a-z]*)([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- test: ((?:(?!-->).)*) -->\s*\Z", re.DOTALL)
INCLUDE = re.compile(r'^--8<-- "([^"]+)"$', re.MULTILINE)
PORTS = {8101: "losant", 8102: "nks", 8103: "locktera", 8104: "clickhouse"}
ANYTHING = "…"


def closed(command: str) -> bool:
    """Whether a command has no quotation that the next line goes on with."""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        where: Page and line, for people.
        language: Behind the fence.
        text: Without its indentation; what it includes from files stands in it.
        marks: What the comment above says to the test: `shows CODE`, `variables {…}`, `apply` and so on.
        included: The files that it takes in.
    """

    where: str
    language: str
    text: str
    marks: dict[str, str]
    included: tuple[Path, ...] = ()

    @property
    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command of a console block, and the lines that it prints there; a block of `sh` is one command."""
        if self.language == "sh":
            yield self.text.replace("\\\n", " ").strip(), ""
            return
        for each in re.split(r"^\$ ", self.text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
            command, _, printed = each.partition("\n")
            while printed and not closed(command):
                line, _, printed = printed.partition("\n")
                command += "\n" + line
            yield command.strip(), printed


@dataclass(frozen=True)
class Page:
    """One page."""

    path: Path
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.relative_to(PAGES if self.path.is_relative_to(PAGES) else ROOT).as_posix()

    @property
    def blocks(self) -> list[Block]:
        return [self._block(found) for found in FENCE.finditer(self.text)]

    @property
    def prose(self) -> str:
        """The text without the blocks."""
        return FENCE.sub("", self.text)

    def _block(self, found: re.Match[str]) -> Block:
        indent, language, _, text = found.groups()
        text = re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
        included = tuple(ROOT / name for name in INCLUDE.findall(text))
        text = INCLUDE.sub(lambda name: (ROOT / name[1]).read_text(encoding="utf-8").rstrip("\n"), text)
        mark = MARK.search(self.text[: found.start()])
        said = [each.strip().partition(" ") for each in mark[1].split(";")] if mark else []
        line = self.text.count("\n", 0, found.start()) + 1
        return Block(f"{self.name}:{line}", language, text, {key: value for key, _, value in said}, included)


def pages_of_the_site() -> list[Page]:
    return [Page(path, path.read_text(encoding="utf-8")) for path in sorted(PAGES.rglob("*.md"))]


def readme() -> Page:
    return Page(ROOT / "README.md", (ROOT / "README.md").read_text(encoding="utf-8"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages_of_the_site(), ids=lambda each: each.name)
    if "page_or_readme" in metafunc.fixturenames:
        metafunc.parametrize("page_or_readme", [*pages_of_the_site(), readme()], ids=lambda each: each.name)


@pytest.fixture(scope="session")
def pages() -> list[Page]:
    return pages_of_the_site()


def fits(shown: Any, found: Any, *, top: bool = True) -> bool:
    """Whether an answer is the one that is shown; `…` stands for anything, also within a text or at a list's end."""
    if isinstance(shown, str):
        if ANYTHING in shown:
            pattern = ".*".join(map(re.escape, shown.split(ANYTHING)))
            return shown == ANYTHING or (isinstance(found, str) and re.fullmatch(pattern, found, re.DOTALL) is not None)
        return shown == found
    if isinstance(shown, dict) and isinstance(found, dict):
        more = ANYTHING in shown or (top and "extensions" not in shown)
        known = {key: value for key, value in shown.items() if key != ANYTHING}
        left = found.keys() - known.keys()
        return (
            known.keys() <= found.keys()
            and (not left or (more and (ANYTHING in shown or left == {"extensions"})))
            and all(fits(value, found[key], top=False) for key, value in known.items())
        )
    if isinstance(shown, list) and isinstance(found, list):
        if shown[-1:] == [ANYTHING]:
            shown = shown[:-1]
            found = found[: len(shown)]
        return len(shown) == len(found) and all(fits(*pair, top=False) for pair in zip(shown, found, strict=True))
    return bool(shown == found and type(shown) is type(found))


def lines_fit(shown: str, found: str) -> bool:
    """Whether the lines that are shown stand in what was printed, in this order; spaces do not matter."""
    left = iter(" ".join(line.split()) for line in found.splitlines())
    patterns = (" ".join(line.split()) for line in shown.splitlines() if line.strip(f" {ANYTHING}"))
    regular = (".*".join(map(re.escape, each.split(ANYTHING))) for each in patterns)
    return all(any(re.fullmatch(each, line) for line in left) for each in regular)


def merged(table: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Settings, with others in their place."""
    both = table.keys() & over.keys()
    inner = {
        key: merged(table[key], over[key])
        for key in both
        if isinstance(table[key], dict) and isinstance(over[key], dict)
    }
    return {**table, **over, **inner}


class Broken(httpx.AsyncBaseTransport):
    """The way to an upstream, with a defect that nobody planned for."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise RuntimeError(f"A defect on the way to {request.url.host}.")


class Listening:
    """A request for events, in this process.

    Attributes:
        incoming: What the server tells the application.
        events: What it was told, each as JSON.
    """

    def __init__(self, app: Gateway, body: dict[str, Any]) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self.incoming.put_nowait({"type": "http.request", "body": json.dumps(body).encode(), "more_body": False})
        headers = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
        }
        scope |= {"path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "headers": headers}
        scope |= {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "root_path": ""}
        self._task = asyncio.create_task(app(scope, self.incoming.get, self._send))

    async def _send(self, message: Any) -> None:
        for line in message.get("body", b"").decode().splitlines():
            if line.startswith("data: {"):
                self.events.put_nowait(json.loads(line.removeprefix("data: ")))

    async def end(self) -> None:
        """The client goes."""
        self.incoming.put_nowait({"type": "http.disconnect"})
        await asyncio.wait([self._task], timeout=30)


async def until(holds: Callable[[], bool]) -> None:
    """Waits for something that becomes true."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  what is waited for tells nobody
            await asyncio.sleep(0.02)


@dataclass
class Curl:
    """What a command line of curl asks for."""

    url: str = ""
    method: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    form: bool = False
    head: bool = False
    shown: str = ""


def curl_of(command: str) -> Curl:
    """Reads a command line; an option that it does not know fails the test."""
    words = iter(shlex.split(command)[1:])
    asked = Curl()
    for word in words:
        if not word.startswith("-"):
            asked.url = word
        elif word in {"-X", "-H", "-d", "-w", "-o", "--data-urlencode"}:
            value = next(words)
            if word == "-X":
                asked.method = value
            elif word == "-w":
                asked.shown = value
            elif word == "-H":
                name, _, text = value.partition(":")
                asked.headers[name.strip()] = text.strip()
            elif word != "-o":
                asked.data.append(value)
        else:
            assert set(word) <= set("-siNG"), f"{word} is not known to this curl"
            asked.form = asked.form or "G" in word
            asked.head = asked.head or "i" in word
    assert asked.url, command
    return asked


def answer_in(response: httpx.Response) -> Any:
    """The JSON of an answer, or of its first event; None where there is none."""
    kind = response.headers.get("content-type", "")
    if "json" in kind:
        return response.json()
    events = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: {")]
    return json.loads(events[0]) if "event-stream" in kind and events else None


class Story:
    """What a reader does from the top of a page to its end: a gateway on a sandbox of their own.

    Attributes:
        answer: The last one.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._settings = tomllib.loads(sandbox.settings_toml())
        self._transports: dict[Upstream, httpx.AsyncBaseTransport] = {
            Upstream(name): httpx.ASGITransport(each) for name, each in sandbox.applications.items()
        }
        self._gateway: Gateway | None = None
        self._listening: Listening | None = None
        self.answer: Any = None

    async def apply(self, settings: dict[str, Any]) -> None:
        """Starts the gateway anew, with these settings over those that it had."""
        await self.close()
        self._settings = merged(self._settings, settings)

    async def break_the_way_to(self, upstream: str) -> None:
        """Starts the gateway anew, with a defect."""
        await self.close()
        self._transports[Upstream(upstream)] = Broken()

    async def post(self, query: str, variables: dict[str, Any], headers: dict[str, str]) -> Any:
        """Asks the gateway."""
        body = {"query": query, "variables": variables}
        response = await self._send("POST", "http://127.0.0.1:8000/graphql", headers, json=body)
        self.answer = response.json()
        return self.answer

    async def curl(self, command: str) -> str:
        """Does what curl would, and tells what it would print."""
        asked = curl_of(command.replace("$KEY", KEY))
        if asked.form:
            params = dict(each.split("=", 1) for each in asked.data)
            response = await self._send(asked.method or "GET", asked.url, asked.headers, params=params)
        elif asked.data:
            headers = {"content-type": "application/x-www-form-urlencoded"} | asked.headers
            response = await self._send(asked.method or "POST", asked.url, headers, content="&".join(asked.data))
        else:
            response = await self._send(asked.method or "GET", asked.url, asked.headers)
        self.answer = answer_in(response)
        if asked.shown:
            return asked.shown.replace("%{http_code}", str(response.status_code)).replace("\\n", "\n")
        lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"] if asked.head else []
        lines += [f"{name}: {value}" for name, value in response.headers.items()] if asked.head else []
        return "\n".join([*lines, *([""] if asked.head else []), response.text])

    async def listen(self, query: str) -> None:
        """Subscribes by server-sent events, and waits until the gateway listens to the upstreams."""
        self._listening = Listening(self._running(), {"query": query})
        logs = [each.state.faults.requests for each in self._sandbox.applications.values()]
        before = sum(map(len, logs))
        await until(lambda: sum(map(len, logs)) > before)

    async def told(self, *, leaving: bool) -> Any:
        """The next event; `leaving` lets the gateway end."""
        assert self._listening
        if leaving:
            self._listening.incoming.put_nowait(LEAVING)
        async with asyncio.timeout(60):
            return await self._listening.events.get()

    async def _send(self, method: str, url: str, headers: dict[str, str], **what: Any) -> httpx.Response:
        port = httpx.URL(url).port
        app: Any = self._running() if port == 8000 else self._sandbox.applications[PORTS[port or 0]]
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, timeout=30) as client:
            return await client.request(method, url, headers={"accept": "*/*"} | headers, **what)

    def _running(self) -> Gateway:
        if not self._gateway:
            self._gateway = Gateway(Settings.model_validate(self._settings), self._transports, on_sandbox=True)
        return self._gateway

    async def close(self) -> None:
        """Ends the gateway; the sandbox keeps what it has."""
        if self._listening:
            await self._listening.end()
        self._listening = None
        if self._gateway:
            await self._gateway.close()
        self._gateway = None


@pytest.fixture
async def story(untouched_sandbox: Sandbox) -> AsyncIterator[Story]:
    sandbox = Sandbox(store=untouched_sandbox.store.copy())
    told = Story(sandbox)
    yield told
    await told.close()
    sandbox.store.close()


@dataclass(frozen=True)
class Judge:
    """Compares what is shown with what is found, for tests in other files than this one."""

    fits: Callable[..., bool] = fits
    lines_fit: Callable[[str, str], bool] = lines_fit
    root: Path = ROOT
    pages: Path = PAGES


@pytest.fixture(scope="session")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="session")
def usable() -> Callable[[str], str]:
    """Turns settings that are shown into some that can be read: keys, and their hashes, are left out there."""
    known = hashed(KEY)
    return lambda text: text.replace("sha256$…", known).replace('"…"', '"left-out"')


def codes_in(value: Any) -> list[str]:
    """Every code in an answer: of its errors, and of its `userErrors`."""
    if isinstance(value, list):
        return [code for each in value for code in codes_in(each)]
    if not isinstance(value, dict):
        return []
    own = [each["extensions"]["code"] for each in value.get("errors") or [] if "extensions" in each]
    own += [each["code"] for each in value.get("userErrors") or [] if "code" in each]
    return own + [code for each in (value.get("data"), *value.values()) for code in codes_in(each)]


@pytest.fixture(scope="session")
def codes() -> Callable[[Any], set[str]]:
    return lambda answer: set(codes_in(answer))
