"""`gateway schema diff` against endpoints: on real sockets, a gateway's among them."""

import base64
import contextlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from graphql import build_schema, graphql_sync
from typer.testing import CliRunner

from gateway.cli.commands import app
from resolvers.schema import sdl

GONE = sdl() + "\nextend type Viewer { shoeSize: Int }\n"
PASSWORD = "s3cret-enough"
OLDER = build_schema("type Query { a: Int }")


def diff(*arguments: object, folder: Path = Path()) -> tuple[int, str, str]:
    """The exit code, standard output and standard error."""
    with contextlib.chdir(folder):
        done = CliRunner().invoke(app, ["schema", "diff", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


class Site(BaseHTTPRequestHandler):
    """A web server: an endpoint of an older specification, a file of SDL, and what is neither."""

    def do_GET(self) -> None:
        """Answer by path."""
        if not self._answered():
            kind, text = (
                ("text/plain", GONE) if self._place.endswith("/old.graphql") else ("text/html", "<!doctype html>")
            )
            self._say(200, kind, text)

    def do_POST(self) -> None:
        """Answer a question of GraphQL; only the older introspection is known."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["query"]
        if self._answered():
            return
        if self._place != "/older":
            self._say(405, "text/plain", "No.")
        elif "isOneOf" in asked:
            self._say(400, "application/json", '{"errors": [{"message": "Cannot query field isOneOf."}]}')
        else:
            self._say(200, "application/json", json.dumps({"data": graphql_sync(OLDER, asked).data}))

    @property
    def _place(self) -> str:
        return self.path.partition("?")[0]

    def _answered(self) -> bool:
        basic = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        given = self.headers.get("authorization")
        if self._place.startswith("/private") and given not in {basic, f"Bearer {PASSWORD}"}:
            self._say(401, "text/plain", "Who?")
        elif self._place == "/moved":
            self._say(302, "text/plain", "", location=f"https://example.com/?token={PASSWORD}")
        elif self._place == "/down":
            self._say(503, "text/plain", "Not now.")
        else:
            return False
        return True

    def _say(self, status: int, kind: str, text: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(text.encode())), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_gateway_that_runs_tells_the_same_schema(served):
    assert diff(f"{served.address}/graphql") == (0, f"Nothing changed since {served.address}/graphql.\n", "")


def test_an_endpoint_of_an_older_specification_is_asked_in_its_own_way(site):
    code, out, _ = diff(f"http://{site}/older")
    assert code == 1
    assert "  - Field Query.a was removed.\n" in out


def test_sdl_is_fetched_from_a_url(site):
    code, out, _ = diff(f"http://{site}/old.graphql")
    assert code == 1
    assert f"Since http://{site}/old.graphql:\n" in out


def test_credentials_are_sent_and_never_shown(site, tmp_path):
    (tmp_path / "headers").write_text(f"Authorization: Bearer {PASSWORD}\n")
    ways = [
        (f"http://me:{PASSWORD}@{site}/private/old.graphql",),
        (f"http://{site}/private/old.graphql?key={PASSWORD}", "--header", f"@{tmp_path}/headers"),
    ]
    for way in ways:
        for form in ([], ["--json"]):
            code, out, err = diff(*way, *form)
            assert (code, err) == (1, "")
            assert f"http://{site}/private/old.graphql" in out
            assert PASSWORD not in out


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/private", "does not let this in (HTTP 401): send a credential, such as --header @FILE with a line"),
        ("/moved", "leads elsewhere (HTTP 302): name the address that it leads to."),
        ("/down", "cannot answer now (HTTP 503): try again later."),
        ("/page", "answers neither GraphQL nor SDL (HTTP 200): name the endpoint, such as http://127.0.0.1:"),
    ],
)
def test_an_address_that_is_no_endpoint_is_one_sentence_without_a_secret(site, path, said):
    code, out, err = diff(f"http://you:{PASSWORD}@{site}{path}?key={PASSWORD}")
    assert (code, out) == (2, "")
    assert err.startswith(f"http://{site}{path} {said}")
    assert err.count("\n") == 1
    assert PASSWORD not in err


def test_an_address_where_nobody_listens_is_one_sentence_without_a_secret():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code, _, err = diff(f"http://me:{PASSWORD}@127.0.0.1:{port}/graphql")
    assert code == 2
    assert re.fullmatch(
        rf"http://127\.0\.0\.1:{port}/graphql does not answer \(.*refused.*\): start it, or .*\.\n", err
    )
    assert PASSWORD not in err


@pytest.mark.parametrize(
    "url", [f"http://me:{PASSWORD}/x@host/graphql", f"http://me:{PASSWORD}@[::1", "http://", "https:///x"]
)
def test_an_address_that_cannot_be_read_is_one_sentence_without_a_secret(url):
    code, out, err = diff(url)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert PASSWORD not in err


def test_where_introspection_is_off_the_sentence_says_so(start):
    gateway = start("serve", "--sandbox", "--port", "0", GATEWAY_PROFILE="production").until("Ctrl+C")
    address = re.search(r"http://127\.0\.0\.1:\d+/graphql", gateway.out)[0]
    code, _, err = diff(address)
    assert code == 2
    assert err.startswith(f"{address} does not tell its schema (")
    assert err.endswith(
        "introspection is off there, as it is in production. Name the schema of its release, as a file or git:REF.\n"
    )
