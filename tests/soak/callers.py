"""Who asks during a soak: good callers, mistaken ones, those that leave, and those that do not speak HTTP."""

import asyncio
import hashlib
import json
import random
import ssl
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from gateway.door.explorer.examples import examples
from tests.soak.record import Record

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""It is not used, and reading the authorities that are trusted would take most of a caller's time."""
_READS = [each.query for each in examples()]
_OF_ONE = (
    "query A($id: ID!) { organization(id: $id) { name description links { upstream nativeId } } }",
    "query B($id: ID!, $n: Int) { organization(id: $id) { members(first: $n) { totalCount nodes { email role } } } }",
    "query C($id: ID!, $n: Int) { organization(id: $id) { activities(first: $n) { nodes { action } } } }",
    "query D($id: ID!) { organization(id: $id) { usage { deviceCounts { total } cost { total } } } }",
)
_INVITE = """mutation I($input: InviteMemberInput!) {
  inviteMember(input: $input) { invitation { id } userErrors { code message } } }"""
_REVOKE = """mutation R($input: RevokeInvitationInput!) {
  revokeInvitation(input: $input) { userErrors { code message } } }"""
_UPDATE = """mutation U($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) { userErrors { code message } } }"""
_DOCUMENTS = 50
"""Of each kind. What is kept of documents is bounded, but takes longer to fill than a warm-up."""
_REFUSED = (
    "{ organization(id: 1) { members { nodes { " * 9 + "name" + " } } }" * 9 + " }",
    "{" + "".join(f" a{number}: viewer {{ name }}" for number in range(200)) + " }",
    "{ nobodyKnows }",
    "{ viewer { name }",
    "query { organization(id: 3, id: 4) { name } }",
    "{" + " a" * 30_000 + "}",
)
_BROKEN = (
    b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{nope",
    b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /graphql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /graphql?query=%7Bviewer%7Bname%7D%7D HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 40_000,
)


class Callers:
    """All kinds of them.

    Args:
        port: The gateway's.
        ids: Of organizations.
        record: Takes what comes back.
        numbers: Choose.
    """

    def __init__(self, port: int, ids: list[str], record: Record, numbers: random.Random) -> None:
        self._port = port
        self._ids = ids
        self._record = record
        self._numbers = numbers
        self._kinds = {
            self.read: 40,
            self.read_one: 20,
            self.write: 8,
            self.persisted: 5,
            self.refused: 8,
            self.broken: 6,
            self.leave: 8,
            self.web_socket: 4,
            self.look: 1,
        }

    async def work(self) -> None:
        """Ask, again and again, until it is cancelled."""
        while True:
            address = f"http://127.0.0.1:{self._port}"
            async with httpx.AsyncClient(base_url=address, timeout=30, verify=_NO_TLS) as client:
                for _ in range(self._numbers.randint(1, 60)):
                    kind = self._numbers.choices([*self._kinds], [*self._kinds.values()])[0]
                    try:
                        await kind(client)
                    except (httpx.TransportError, OSError, WebSocketException) as error:
                        self._record.faults.append(f"{kind.__name__}: {error!r}")

    async def _post(self, kind: str, client: httpx.AsyncClient, **body: Any) -> Any:
        response = await client.post("/graphql", json=body, headers={"Accept": "application/json"})
        answer = response.json()
        self._record.take(kind, response.status_code, answer)
        return answer

    async def read(self, client: httpx.AsyncClient) -> None:
        """Ask as the explorer's examples do."""
        await self._post("read", client, query=self._numbers.choice(_READS))

    async def read_one(self, client: httpx.AsyncClient) -> None:
        """Ask for any organization, by one of many documents."""
        query = f"# {self._numbers.randrange(_DOCUMENTS)}\n{self._numbers.choice(_OF_ONE)}"
        variables = {"id": self._numbers.choice(self._ids), "n": self._numbers.randint(1, 50)}
        await self._post("read one", client, query=query, variables=variables)

    async def write(self, client: httpx.AsyncClient) -> None:
        """Change something, and back."""
        key = f"{self._numbers.random()}"
        if self._numbers.random() < 0.5:
            given = {"organizationId": "acme", "description": f"since {key}", "upstreams": ["LOSANT"]}
            await self._post("write", client, query=_UPDATE, variables={"input": {**given, "clientMutationId": key}})
            return
        given = {"organizationId": "acme", "upstream": "LOSANT", "email": f"s{key}@acme.example", "role": "VIEWER"}
        answer = await self._post("write", client, query=_INVITE, variables={"input": given})
        invitation = ((answer.get("data") or {}).get("inviteMember") or {}).get("invitation")
        if invitation:
            await self._post("write", client, query=_REVOKE, variables={"input": {"invitationId": invitation["id"]}})

    async def persisted(self, client: httpx.AsyncClient) -> None:
        """Ask by a hash, with and then without its document."""
        query = f"{{ viewer {{ name }} }} # {self._numbers.randrange(_DOCUMENTS)}"
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
        await self._post("persisted", client, query=query, extensions=extensions)
        await self._post("persisted", client, extensions=extensions)

    async def refused(self, client: httpx.AsyncClient) -> None:
        """Send a document that no one runs."""
        await self._post("refused", client, query=self._numbers.choice(_REFUSED))

    async def look(self, client: httpx.AsyncClient) -> None:
        """Look as operators do."""
        for path in ("/livez", "/readyz", "/metrics", "/status.json"):
            self._record.take("look", (await client.get(path)).status_code)

    async def broken(self, _: httpx.AsyncClient) -> None:
        """Send what is no request, or not all of one."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(self._numbers.choice(_BROKEN))
            async with asyncio.timeout(0.2):
                head = await reader.read(12)
            self._record.take("broken", int(head[9:12] or 0))
        except (TimeoutError, ConnectionError):
            self._record.take("broken", 0)
        finally:
            writer.transport.abort()

    async def leave(self, _: httpx.AsyncClient) -> None:
        """Ask, and go before the answer comes."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        variables = {"id": self._numbers.choice(self._ids), "n": self._numbers.randint(1, 50)}
        body = json.dumps({"query": self._numbers.choice(_OF_ONE), "variables": variables}).encode()
        head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        await asyncio.sleep(self._numbers.uniform(0, 0.02))
        writer.transport.abort()
        self._record.take("leaves", 0)

    async def web_socket(self, _: httpx.AsyncClient) -> None:
        """Ask a few times on one socket, and close it or vanish."""
        uri = f"ws://127.0.0.1:{self._port}/graphql"
        socket = await connect(uri, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None)
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        count = self._numbers.randint(1, 5)
        for number in range(count):
            payload = {"query": self._numbers.choice(_READS)}
            await socket.send(json.dumps({"type": "subscribe", "id": str(number), "payload": payload}))
        if self._numbers.random() < 0.3:
            self._record.take("socket that vanishes", 0)
            socket.transport.abort()
            return
        while count:
            message = json.loads(await socket.recv())
            if message["type"] == "next":
                self._record.take("socket", 200, message["payload"])
            elif message["type"] == "error":
                self._record.take("socket", 200, {"errors": message["payload"]})
            count -= message["type"] in {"complete", "error"}
        await socket.close()
