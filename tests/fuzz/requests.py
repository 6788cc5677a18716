"""HTTP requests that are well formed on the wire and wrong inside: envelopes, headers, methods, uploads."""

import json
import random
from typing import Any
from urllib.parse import quote, urlencode

from tests.fuzz.ids import Ids
from tests.fuzz.json_values import RAW, anything, deep
from tests.fuzz.shot import HOST, Message, posted
from tests.fuzz.templates import Templates

_MEMBERS = ("query", "operationName", "variables", "extensions", "documentId", "id", "")
_METHODS = (
    b"GET",
    b"HEAD",
    b"OPTIONS",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"TRACE",
    b"CONNECT",
    b"PROPFIND",
    b"QUERY",
    b"get",
    b"G",
    b"PRI",
    b"M-SEARCH",
    b"post",
)
_PATHS = (
    b"/",
    b"/graphql",
    b"/graphql/",
    b"/GRAPHQL",
    b"/graphql/../graphql",
    b"/%67raphql",
    b"/livez",
    b"/readyz",
    b"//",
    b"*",
    b"/metrics",
    b"/..%2f..%2fetc/passwd",
    b"/static/../../../etc/passwd",
    b"/explorer/..%5c",
    b"/graphql?",
    b"/\xff",
    b"http://evil.example/graphql",
    b"/graphql#a",
    b"/graphql;a=b",
    b"/favicon.ico",
    b"/" + b"a" * 9_000,
    b"/%00",
    b"/%",
)
_HEADERS: tuple[tuple[bytes, tuple[bytes, ...]], ...] = (
    (
        b"Accept",
        (b"*/*", b"text/html", b"application/json;q=0", b"application/graphql-response+json", b",;=", b"a" * 5_000),
    ),
    (
        b"Content-Type",
        (
            b"text/plain",
            b"application/json; charset=utf-16",
            b"application/graphql",
            b"",
            b";",
            b"a/b" * 900,
            b"application/x-www-form-urlencoded",
            b"multipart/form-data",
            b"multipart/form-data; boundary=",
        ),
    ),
    (b"Content-Encoding", (b"gzip", b"identity", b"br, gzip", b"")),
    (b"Transfer-Encoding", (b"chunked", b"gzip, chunked", b"identity", b"xchunked")),
    (b"Content-Length", (b"0", b"5", b"-1", b"+5", b"0x10", b"99999999999", b"9" * 30, b"1, 1", b"", b"1e3")),
    (b"Expect", (b"100-continue", b"200-ok")),
    (b"Connection", (b"close", b"keep-alive", b"upgrade", b"keep-alive, close, x")),
    (b"Upgrade", (b"websocket", b"h2c")),
    (b"Host", (b"", b"evil.example", b"a b", b"[::1", b"127.0.0.1:99999", b"\xff")),
    (b"Origin", (b"null", b"https://evil.example", b"http://127.0.0.1", b"\xff")),
    (b"Authorization", (b"Bearer x", b"Bearer", b"Basic Og==", b"Bearer " + b"a." * 3_000, b"Bearer a.b.c", b"\xff")),
    (b"Losant-Authorization", (b"x", b"Bearer x\x09y")),
    (b"X-Request-Id", (b"abc", b"a b", b"<script>", b"a" * 9_000, b"\xe2\x80\xae")),
    (b"Idempotency-Key", (b"k", b"", b"k" * 5_000, b"\xff")),
    (b"Request-Timeout", (b"0", b"-1", b"nan", b"inf", b"1e400", b"0.001", b"9" * 400, b"x")),
    (b"GraphQL-Trace", (b"1", b"x")),
    (b"GraphQL-Cost", (b"1", b"x")),
    (b"GraphQL-Preflight", (b"1",)),
    (b"Traceparent", (b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-00", b"x", b"00-\xff")),
    (b"Forwarded", (b"for=1.2.3.4", b"\x22")),
    (b"X-Forwarded-For", (b"1.2.3.4, ::1", b"a" * 3_000)),
    (b"Cookie", (b"a=b; " * 500,)),
    (b"Range", (b"bytes=0-0", b"bytes=9-1", b"bytes=" + b"0-," * 900)),
    (b"If-None-Match", (b"*", b'"a"')),
    (b"Sec-WebSocket-Key", (b"x",)),
)
_PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
_LOGO = """mutation($input: UpdateOrganizationLogoInput!) {
  updateOrganizationLogo(input: $input) { userErrors { code message } } }"""


class Requests:
    """Makes messages.

    Args:
        numbers: What it draws from.
        ids: Where ids come from.
    """

    def __init__(self, numbers: random.Random, ids: Ids) -> None:
        self._numbers = numbers
        self._ids = ids
        self._templates = Templates(numbers, ids)

    def of_envelope(self, envelope: dict[str, Any]) -> Message:
        """An envelope, posted most of the time; its mutations are read as GET now and then, too."""
        if self._numbers.random() < 0.12:
            return self._asked(envelope)
        accept = (b"Accept", self._numbers.choice((b"application/json", b"application/graphql-response+json")))
        return posted(json.dumps(envelope, ensure_ascii=self._numbers.random() < 0.5), accept)

    def _asked(self, envelope: dict[str, Any]) -> Message:
        pairs = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in envelope.items()]
        query = urlencode(pairs, errors="surrogatepass").encode()
        return Message(b"GET", b"/graphql?" + query[:60_000], [HOST, (b"GraphQL-Preflight", b"1")], length=None)

    def ids(self) -> Message:
        """Ids of every form in every argument that takes one."""
        return self.of_envelope(self._templates.with_ids())

    def envelope(self) -> Message:
        """Wrong types, deep JSON, what is no JSON."""
        numbers = self._numbers
        way = numbers.randrange(6)
        envelope = self._templates.good()
        if way == 0:
            return posted(numbers.choice(RAW))
        if way == 1:
            levels = numbers.choice((10, 63, 64, 65, 500, 20_000, 100_000))
            return posted('{"query":"{ viewer { name } }","variables":{"a":' + deep(numbers, levels) + "}}")
        if way == 2:
            return posted([envelope] * numbers.choice((0, 1, 2, 200)))
        if way == 3:
            return self._asked({**envelope, **{f"a{number}": "1" for number in range(numbers.choice((1, 60, 2_000)))}})
        for _ in range(numbers.randint(1, 3)):
            name = numbers.choice(_MEMBERS)
            envelope[name] = anything(numbers)
        if way == 4 and isinstance(envelope.get("variables"), dict):
            envelope["variables"] = {"id": anything(numbers), str(anything(numbers)): anything(numbers)}
        if numbers.random() < 0.2:
            hashed = numbers.choice(("0" * 64, "", 1, None, "x" * 5_000))
            version = numbers.choice((1, 2, "1"))
            envelope["extensions"] = {"persistedQuery": {"version": version, "sha256Hash": hashed}}
        return self.of_envelope(envelope)

    def headers(self) -> Message:
        """Other headers, other methods, other paths."""
        numbers = self._numbers
        message = self.of_envelope(self._templates.good())
        for _ in range(numbers.choice((1, 1, 2, 5))):
            name, values = numbers.choice(_HEADERS)
            place = numbers.randrange(len(message.headers) + 1)
            if numbers.random() < 0.5:
                message.headers = [each for each in message.headers if each[0] != name]
                place = len(message.headers)
            message.headers.insert(place, (numbers.choice((name, name.lower(), name.upper())), numbers.choice(values)))
        if numbers.random() < 0.15:
            count = numbers.choice((30, 150, 1_000))
            message.headers += [(b"X-%d" % number, b"a" * numbers.choice((1, 20))) for number in range(count)]
        if numbers.random() < 0.1:
            message.headers.append((b"X-Long", b"a" * numbers.choice((4_000, 60_000, 70_000, 300_000))))
        return message

    def methods(self) -> Message:
        """Other methods, other paths, what is no version of HTTP."""
        message = self.of_envelope(self._templates.good())
        if self._numbers.random() < 0.7:
            message.method = self._numbers.choice(_METHODS)
        if self._numbers.random() < 0.6:
            message.target = self._numbers.choice(_PATHS)
        elif self._numbers.random() < 0.5:
            hostile = quote(self._ids.hostile().encode("utf-8", "surrogatepass"))[:60_000]
            message.target = b"/graphql?query=" + hostile.encode()
        return message

    def upload(self) -> Message:
        """A file for a logo: parts of every form, cut anywhere."""
        numbers = self._numbers
        boundary = numbers.choice((b"b0undary", b"b0undary", b"a" * 70, b"a" * 71, b"-", b"'"))
        variables = {"input": {"organizationId": self._ids.anything(), "logo": None}}
        operations = json.dumps({"query": _LOGO, "variables": variables}).encode()
        places = numbers.choice(
            (["variables.input.logo"],) * 4
            + (
                ["variables.input"],
                ["query"],
                ["variables.input.logo.a"],
                [],
                [1],
                "x",
                ["variables..logo"],
                ["variables"],
            )
        )
        content = numbers.choice(
            (_PNG, b"GIF89a", b"", b"<svg/>", b"\x00" * 300_000, b"\r\n--" + boundary, b"RIFF\xff\xff\xff\xffWEBP")
        )
        parts = [
            (b'"operations"', operations),
            (b'"map"', json.dumps({"0": places}).encode()),
            (b'"0"; filename="l.png"', content),
        ]
        if numbers.random() < 0.3:
            numbers.shuffle(parts)
        if numbers.random() < 0.2:
            parts.append(numbers.choice(((b'"1"', b"x"), (b"", b""), (b'"\xff"', b""), (b'"0"', b"again"), parts[0])))
        if numbers.random() < 0.1:
            parts += [(b'"%d"' % number, b"") for number in range(numbers.choice((20, 2_000)))]
        if numbers.random() < 0.1:
            parts[numbers.randrange(len(parts))] = (b'"map"', numbers.choice(RAW))
        body = (
            b"".join(
                b"--%s\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n" % (boundary, name, value)
                for name, value in parts
            )
            + b"--%s--\r\n" % boundary
        )
        if numbers.random() < 0.3:
            body = body[: numbers.randrange(len(body))]
        kind = (b"Content-Type", b"multipart/form-data; boundary=" + boundary)
        preflight = [(b"GraphQL-Preflight", b"1")] if numbers.random() < 0.95 else []
        return Message(b"POST", b"/graphql", [HOST, kind, *preflight], body)

    def good(self) -> Message:
        """Nothing wrong yet: for what is done to bytes."""
        return self.of_envelope(self._templates.with_ids() if self._numbers.random() < 0.5 else self._templates.good())
