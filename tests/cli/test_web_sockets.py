"""The whole program over a WebSocket."""

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.callers.api_keys import hashed

ACME = '{ organization(id: "acme") { key name } }'
CALLERS = """
    [callers]
    anonymous = []
    [[callers.api_keys]]
    name = "app"
    hash = "{hash}"
    scopes = ["read"]
"""


HANDSHAKE = (
    b"GET /%b HTTP/1.1\r\nHost: %b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


@pytest.fixture(scope="module")
def guarded(start: Callable[..., Any]) -> Any:
    """A gateway for one host name."""
    return start("serve", "--sandbox", "--port", "0", GATEWAY_SERVER__HOSTS='["127.0.0.1"]').until("Ctrl+C")


def dial(address: str) -> ClientConnection:
    return connect(f"{address.replace('http', 'ws', 1)}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")])


def said(web_socket: ClientConnection, *messages: dict[str, Any]) -> dict[str, Any]:
    """Sends, and reads the next message."""
    for message in messages:
        web_socket.send(json.dumps(message))
    found: dict[str, Any] = json.loads(web_socket.recv(20))
    return found


def test_the_graph_answers_over_a_web_socket_until_a_signal_closes_it_with_1001(start: Callable[..., Any]) -> None:
    program = start("serve", "--sandbox", "--port", "0").until("Ctrl+C")
    with dial(program.address) as web_socket:
        assert said(web_socket, {"type": "connection_init"}) == {"type": "connection_ack"}
        answer = said(web_socket, {"type": "subscribe", "id": "1", "payload": {"query": ACME}})
        assert answer["type"] == "next"
        assert answer["payload"]["data"]["organization"]["key"] == "acme"
        assert "errors" not in answer["payload"]
        assert said(web_socket) == {"type": "complete", "id": "1"}
        assert program.signalled(signal.SIGTERM, 10) == 0
        with pytest.raises(ConnectionClosed) as closed:
            web_socket.recv(20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1001
    assert "Traceback" not in program.err


@pytest.mark.parametrize(
    ("path", "host", "status"), [("elsewhere", "127.0.0.1", 404), ("graphql", "evil.example", 400)]
)
def test_a_handshake_that_is_refused_has_the_headers_of_every_answer(
    guarded: Any, path: str, host: str, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", int(guarded.address.rpartition(":")[2])), 20) as raw:
        raw.sendall(HANDSHAKE % (path.encode(), host.encode()))
        answer = b"".join(iter(lambda: raw.recv(65_536), b"")).lower()
    assert answer.startswith(b"http/1.1 %d " % status)
    for header in (b"x-content-type-options: nosniff", b"x-frame-options: deny", b"referrer-policy: no-referrer"):
        assert header in answer
    assert b"server:" not in answer
    assert b"elsewhere" not in answer


def test_callers_show_their_key_in_the_first_message(start: Callable[..., Any], tmp_path: Path) -> None:
    key = "S3CRET-key-of-an-app-0123456789"
    file = tmp_path / "keys.toml"
    file.write_text(CALLERS.format(hash=hashed(key)))
    program = start("serve", "--sandbox", "--config", str(file), "--port", "0").until("Ctrl+C")
    with dial(program.address) as web_socket, pytest.raises(ConnectionClosed) as closed:
        said(web_socket, {"type": "connection_init"})
    assert closed.value.rcvd
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "Forbidden")
    with dial(program.address) as web_socket:
        ack = said(web_socket, {"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}})
        assert ack == {"type": "connection_ack"}
        assert said(web_socket, {"type": "subscribe", "id": "1", "payload": {"query": ACME}})["type"] == "next"
    assert key not in program.err
