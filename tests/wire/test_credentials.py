"""What is sent, and what is never sent: redirects, cookies, credentials."""

import asyncio

import pytest

from gateway.wire.call import Call
from gateway.wire.verdict import verdict
from resolvers.errors import UpstreamInvalidResponse, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

SECRET = "Bearer LOSANT_API_TOKEN"
READ = Call(Upstream.LOSANT, "org.get", "GET", "/orgs/1", credential=("Authorization", SECRET))
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LOCATIONS = [
    b"http://127.0.0.1:%d/elsewhere",
    b"/elsewhere",
    b"//127.0.0.1:%d/",
    b"http://[",
    b"javascript:alert(1)",
    b"mailto:a@b.example",
    b"http:x",
    b"http://user:pass@h:x/",
    b"http://256.256.256.256/",
    b"http://\xff\xfe/",
    b"",
]


async def test_a_call_is_sent_as_it_stands(listen, reach) -> None:
    server = await listen(WHOLE)
    call = Call(
        Upstream.LOSANT,
        "org.patch",
        "PATCH",
        "/orgs/a%2Fb",
        (("summaryInclude", "a,b"), ("start", "1"), ("odd", "ä &=?#")),
        {"Accept-Version": "^1.31.0"},
        ("Authorization", SECRET),
        b'{"name": "New"}',
    )
    await reach(server.port).send(call)
    line, *headers = server.heads[0].strip().split("\r\n")
    assert line == "PATCH /orgs/a%2Fb?summaryInclude=a%2Cb&start=1&odd=%C3%A4+%26%3D%3F%23 HTTP/1.1"
    sent = {name.lower(): value for name, value in (header.split(": ", 1) for header in headers)}
    assert sent == {
        "host": f"127.0.0.1:{server.port}",
        "connection": "keep-alive",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "accept-version": "^1.31.0",
        "user-agent": "organization-gateway",
        "authorization": SECRET,
        "content-type": "application/json",
        "content-length": "15",
    }


async def test_a_call_without_a_body_names_no_content_type(listen, reach) -> None:
    server = await listen(WHOLE)
    await reach(server.port).send(READ)
    assert "content-" not in server.heads[0].lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_redirect_is_not_followed_and_no_credential_is_sent_on(listen, reach, status: int, method: str) -> None:
    other = await listen(WHOLE)
    answer = f"HTTP/1.1 {status} See\r\nLocation: http://127.0.0.1:{other.port}/\r\nContent-Length: 0\r\n\r\n".encode()
    server = await listen(answer)
    call = Call(Upstream.LOSANT, "org.get", method, "/orgs/1", credential=("Authorization", SECRET))
    answered = await reach(server.port).send(call)
    assert answered.status == status
    assert type(verdict(Upstream.LOSANT, answered.status, answered.headers, answered.body)) is UpstreamInvalidResponse
    await asyncio.sleep(0.02)
    assert (len(server.heads), other.heads) == (1, [])


@pytest.mark.parametrize("location", LOCATIONS, ids=[str(location[:20]) for location in LOCATIONS])
async def test_where_a_redirect_leads_does_not_matter(listen, reach, location: bytes) -> None:
    server = await listen(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")
    assert (await reach(server.port).send(READ)).status == 302
    assert len(server.heads) == 1


@pytest.mark.parametrize("location", [b"?\x01", b"http://" + b"a" * 70_000 + b"/"], ids=["control", "long"])
async def test_a_location_that_no_header_should_hold_is_not_followed_either(listen, reach, location: bytes) -> None:
    server = await listen(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")
    (end,) = await asyncio.gather(reach(server.port).send(READ), return_exceptions=True)
    assert str(getattr(end, "status", end)) in {"302", "Losant gave no whole HTTP answer."}
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    "cookie",
    [
        b"session=1; Path=/",
        b"session=1; Max-Age=1000; Domain=127.0.0.1",
        b"session=1; expires=Mon, 99 Foo 2025 99:99:99 GMT",
        b"session=1; expires=Fri, 31 Dec 99999999999999999999 23:59:59 GMT",
        b"\xff\xff=;;=\x80",
    ],
)
async def test_a_cookie_is_neither_kept_nor_sent_back(listen, reach, cookie: bytes) -> None:
    server = await listen(b"HTTP/1.1 200 OK\r\nSet-Cookie: " + cookie + b"\r\nContent-Length: 2\r\n\r\n{}")
    wire = reach(server.port)
    for _ in range(2):
        assert (await wire.send(READ)).body == b"{}"
    assert len(server.heads) == 2
    assert not any("cookie" in head.lower() for head in server.heads)


@pytest.mark.parametrize(
    "credential", ["Bearer t\u00f6ken", "Bearer \ud800", "Bearer a\r\nX-Injected: 1", "Bearer a\nb", "Bearer \x00"]
)
async def test_a_credential_that_no_header_can_hold_is_a_failure(listen, reach, credential: str) -> None:
    server = await listen(WHOLE)
    call = Call(Upstream.LOSANT, "org.get", "GET", "/orgs/1", credential=("Authorization", credential))
    with pytest.raises(UpstreamUnavailable) as caught:
        await reach(server.port).send(call)
    assert caught.value.message == "Losant cannot be asked this by HTTP."
    assert server.heads == []


@pytest.mark.parametrize(
    ("path", "query"),
    [("/" + "a" * 70_000, ()), ("/orgs", (("filter", "b" * 70_000),)), ("/orgs", (("filter", "\ud800"),))],
    ids=["path", "query", "surrogate"],
)
async def test_an_address_that_cannot_be_written_is_a_failure(listen, reach, path: str, query) -> None:
    server = await listen(WHOLE)
    with pytest.raises(UpstreamUnavailable) as caught:
        await reach(server.port).send(Call(Upstream.LOSANT, "orgs.get", "POST", path, query, body=b"{}"))
    assert caught.value.message == "Losant cannot be asked this by HTTP."
    assert server.heads == []


@pytest.mark.parametrize("address", ["http://256.256.256.256", "http://[1]", "http://xn--zz--", "ftp://127.0.0.1"])
async def test_an_address_that_is_none_is_a_failure(bottom, address: str) -> None:
    wire = bottom(address, connect_seconds=0.5, attempt_seconds=0.5, connections=1, maximum_bytes=10)
    with pytest.raises(UpstreamUnavailable) as caught:
        await wire.send(READ)
    assert address.rpartition("/")[2] not in caught.value.message
    await wire.close()


def test_a_call_shows_neither_its_credential_nor_its_body() -> None:
    call = Call(
        Upstream.LOSANT, "orgs.post", "POST", "/orgs", credential=("Authorization", SECRET), body=b'{"name": "Hidden"}'
    )
    for shown in (repr(call), str(call), f"{call!r}"):
        assert "LOSANT_API_TOKEN" not in shown
        assert "Hidden" not in shown
        assert "orgs.post" in shown


@pytest.mark.parametrize(("method", "reads"), [("GET", True), ("POST", False), ("PATCH", False), ("DELETE", False)])
def test_only_a_get_changes_nothing(method: str, *, reads: bool) -> None:
    assert Call(Upstream.NKS, "x", method, "/").reads is reads
