import socket

import pytest

from gateway.cli.refusal import CannotRunError
from gateway.cli.sockets import address_of, listening_socket


def test_it_listens_and_has_a_port_of_its_own_for_0() -> None:
    with listening_socket("127.0.0.1", 0) as bound, socket.create_connection(bound.getsockname(), timeout=2):
        assert bound.getsockname()[1] > 0


def test_its_protocol_is_named_so_that_asyncio_sends_at_once() -> None:
    with listening_socket("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP


def test_of_a_name_with_several_addresses_it_takes_the_ipv4_one() -> None:
    with listening_socket("localhost", 0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")
def test_every_ipv6_address_includes_the_ipv4_ones() -> None:
    with listening_socket("::", 0) as bound:
        port = bound.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            pass


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a" * 80 + ".invalid"])
def test_an_address_from_elsewhere_is_one_sentence(host: str) -> None:
    with pytest.raises(CannotRunError, match=r"^\S+ is (not|no) .*choose another one with --host\.$"):
        listening_socket(host, 0)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104  it is the case
        ("::", "http://127.0.0.1:8000"),
    ],
)
def test_an_address_can_be_opened_on_this_machine(host: str, address: str) -> None:
    assert address_of(host, 8000) == address
