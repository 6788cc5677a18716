"""The shared server behind TLS."""

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
def port(make_server, certificate):
    """Of a server that speaks TLS there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    files = ("--tls-cert-file", str(certificate[0]), "--tls-key-file", str(certificate[1]))
    server = make_server(
        "--tls-port", str(port), *files, "--tls-ca-cert-file", str(certificate[0]), "--tls-auth-clients", "no"
    )
    try:
        server.start()
    except TimeoutError:
        pytest.skip("the server was built without TLS")
    return port


async def test_a_server_with_a_certificate_that_is_known_is_spoken_to(port, certificate, connect):
    connection = connect(f"valkeys://127.0.0.1:{port}/0?ssl_ca_certs={certificate[0]}")
    assert await connection.ask("PING") == b"PONG"


async def test_a_server_with_a_certificate_of_someones_is_not(port, connect, eventually):
    connection = connect(f"rediss://127.0.0.1:{port}/0")
    with pytest.raises(AwayError):
        await connection.ask("PING")
    await eventually(lambda: "certificate" in connection.reason.lower())


async def test_a_file_that_is_missing_is_told(port, connect, eventually):
    connection = connect(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs=/nowhere/ca.pem")
    with pytest.raises(AwayError):
        await connection.ask("PING")
    await eventually(lambda: "No such file" in connection.reason)
