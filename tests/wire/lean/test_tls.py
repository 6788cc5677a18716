"""Whom both transports trust, over TLS on a loopback port."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.wire.call import Call
from gateway.wire.transport import trust
from resolvers.errors import UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

READ = Call(Upstream.NKS, "orgs.list", "GET", "/orgs")
WRITE = Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=b"{}")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Path:
    """A certificate that signs itself, for `localhost`, in one file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "authority.pem"
    pem, nothing = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, nothing)
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


class Server:
    """Answers over TLS.

    Attributes:
        port: Where it listens.
        names: Those that clients asked for.
        protocols: Those that were agreed on.
        requests: How many came in.
    """

    def __init__(self) -> None:
        self.port = self.requests = 0
        self.names: list[str | None] = []
        self.protocols: list[str | None] = []

    def see(self, _: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        self.names.append(name)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            self.requests += 1
            writer.write(ANSWER)
        writer.close()


@pytest.fixture
async def server(authority) -> AsyncIterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    serving = Server()
    context.sni_callback = serving.see
    async with await asyncio.start_server(serving.serve, "127.0.0.1", 0, ssl=context) as listening:
        serving.port = listening.sockets[0].getsockname()[1]
        yield serving


@pytest.fixture
def trusted(authority, monkeypatch) -> Iterator[None]:
    """Makes the certificate one that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    trust.cache_clear()
    yield
    trust.cache_clear()


@pytest.fixture
async def call(bottom):
    """Sends calls to a host."""
    made = []

    def to(host: str, port: int):
        wire = bottom(
            f"https://{host}:{port}", connect_seconds=10.0, attempt_seconds=10.0, connections=2, maximum_bytes=100
        )
        made.append(wire)
        return wire.send

    yield to
    for wire in made:
        await wire.close()


@pytest.mark.usefixtures("trusted")
async def test_an_authority_of_the_operators_is_trusted(server, call) -> None:
    send = call("localhost", server.port)
    for _ in range(3):
        assert (await send(READ)).body == b"{}"
    assert (await send(WRITE)).status == 200
    assert (server.names, server.protocols) == (["localhost"], ["http/1.1"])
    assert server.requests == 4


@pytest.mark.parametrize("sent", [READ, WRITE], ids=["read", "write"])
async def test_a_stranger_is_sent_nothing(server, call, sent: Call) -> None:
    with pytest.raises(UpstreamUnavailable) as caught:
        await call("localhost", server.port)(sent)
    assert caught.value.message == "NKS cannot be reached."
    assert server.requests == 0


@pytest.mark.usefixtures("trusted")
async def test_who_goes_by_another_name_is_sent_nothing(server, call) -> None:
    with pytest.raises(UpstreamUnavailable) as caught:
        await call("127.0.0.1", server.port)(WRITE)
    assert caught.value.message == "NKS cannot be reached."
    assert server.requests == 0


async def test_who_speaks_no_tls_is_sent_nothing(serve, call) -> None:
    heard = bytearray()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1000))
        writer.write(ANSWER)
        await reader.read()

    with pytest.raises(UpstreamUnavailable) as caught:
        await call("localhost", await serve(answer))(WRITE)
    assert caught.value.message == "NKS cannot be reached."
    assert b"orgs" not in heard
