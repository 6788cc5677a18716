"""The shared server behind TLS."""

import asyncio
import datetime as dt
import ipaddress
import socket

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.shared.pipe import AwayError

pytestmark = pytest.mark.anyio


@pytest.fixture
def certificate(tmp_path):
    """The file of a certificate for 127.0.0.1, and that of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cache")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@pytest.fixture
def port():
    """A free one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(make_server, certificate, port):
    """One that speaks TLS there."""
    files = ("--tls-cert-file", str(certificate[0]), "--tls-key-file", str(certificate[1]))
    server = make_server(
        "--tls-port", str(port), *files, "--tls-ca-cert-file", str(certificate[0]), "--tls-auth-clients", "no"
    )
    try:
        server.start()
    except TimeoutError:
        pytest.skip("the server was built without TLS")
    return server


@pytest.fixture
def known(certificate, port):
    """The server's address for those who know its certificate."""
    return f"valkeys://127.0.0.1:{port}/0?ssl_ca_certs={certificate[0]}"


@pytest.mark.usefixtures("server")
async def test_a_server_with_a_certificate_that_is_known_is_spoken_to(known, connect):
    connection = connect(known)
    assert await connection.ask("PING") == b"PONG"


@pytest.mark.usefixtures("server")
async def test_a_server_with_a_certificate_of_someones_is_not(port, connect, eventually):
    connection = connect(f"rediss://127.0.0.1:{port}/0")
    with pytest.raises(AwayError):
        await connection.ask("PING")
    await eventually(lambda: "certificate" in connection.reason.lower())


@pytest.mark.usefixtures("server")
async def test_a_file_that_is_missing_is_told(port, connect, eventually):
    connection = connect(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs=/nowhere/ca.pem")
    with pytest.raises(AwayError):
        await connection.ask("PING")
    await eventually(lambda: "No such file" in connection.reason)


async def test_closing_waits_for_no_farewell_of_a_server_that_hangs(server, known, port, connect, lines_to):
    connection = connect(known)
    assert await connection.ask("PING") == b"PONG"
    assert lines_to(port)
    server.pause()
    await connection.close()
    assert not lines_to(port)


@pytest.mark.usefixtures("server")
async def test_closing_at_any_moment_of_the_opening_leaves_no_line(known, port, connect, eventually, lines_to):
    for turns in range(4, 44, 2):
        connection = connect(known)
        opening = asyncio.ensure_future(connection.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        await connection.close()
        await eventually(lambda: not lines_to(port))
        opening.cancel()


async def test_closing_ends_a_handshake_that_nobody_answers(connect, eventually, lines_to):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = int(silent.getsockname()[1])
        connection = connect(f"rediss://127.0.0.1:{port}/0")
        opening = asyncio.ensure_future(connection.start())
        await eventually(lambda: bool(lines_to(port)))
        await connection.close()
        await eventually(lambda: not lines_to(port))
        opening.cancel()
