"""The socket that the gateway listens on, and its address as a person writes it."""

import errno
import socket
from typing import Final

from gateway.cli.refusal import CannotRunError

BACKLOG: Final = 2048
_EVERY: Final = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104  compared with, and bound when the operator says so
_REASONS: Final = {
    errno.EADDRINUSE: "Port {port} of {host} is taken: end the program that has it, or choose another port with "
    "{option} (0 is any free one).",
    errno.EACCES: "Port {port} of {host} is reserved: choose one from 1024 on with {option}.",
    errno.EADDRNOTAVAIL: "{host} is no address of this machine: choose another one with --host.",
}


def listening_sockets(host: str, port: int, count: int) -> list[socket.socket]:
    """Several sockets on one port; the kernel spreads the connections over them.

    What has come to one of them waits there until somebody accepts it, whoever that is.

    Raises:
        CannotRunError: As `listening_socket`.
    """
    with listening_socket(host, port) as probe:  # alone: else another program's could be joined
        port = probe.getsockname()[1]
    sockets: list[socket.socket] = []
    try:
        for _ in range(count):
            sockets.append(listening_socket(host, port, shared=True))  # noqa: PERF401  those before are closed
    except CannotRunError:
        for each in sockets:
            each.close()
        raise
    return sockets


def listening_socket(host: str, port: int, *, option: str = "--port", shared: bool = False) -> socket.socket:
    """A socket that listens; the first one of a name with several addresses, IPv4 before IPv6.

    Args:
        host: An address or a name; `::` takes IPv4 too.
        port: 0 is any free one.
        option: The command's option for the port, for the sentence.
        shared: Others of this user may listen there, too.

    Raises:
        CannotRunError: The port is taken, or the address is not here.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise CannotRunError(f"{host} is not known as an address or a name: choose another one with --host.") from None
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    # With the protocol named, asyncio sets TCP_NODELAY; without it, a small answer can wait 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        reason = _REASONS.get(error.errno or 0, "Port {port} of {host} cannot be listened on: {error}.")
        raise CannotRunError(reason.format(port=port, host=host, option=option, error=error.strerror)) from None
    return bound


def listens_everywhere(host: str) -> bool:
    """Whether the host stands for every address of the machine."""
    return host in _EVERY


def address_of(host: str, port: int) -> str:
    """`http://HOST:PORT`, for a program on this machine; no slash at the end."""
    return f"http://{_EVERY.get(host) or (f'[{host}]' if ':' in host else host)}:{port}"
