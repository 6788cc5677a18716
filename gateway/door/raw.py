"""Answers as bytes: for those whose request never becomes one."""

from http import HTTPStatus

from gateway.door.security import HEADERS


def raw_answer(status: HTTPStatus, sentence: str, *further: tuple[bytes, bytes]) -> bytes:
    """Write an answer that ends its connection.

    Args:
        status: 4xx or 5xx.
        sentence: The body, in ASCII.
        further: Headers beside those of every answer.
    """
    body = sentence.encode("ascii") + b"\n"
    headers = (
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *HEADERS,
        *further,
    )
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (status, status.phrase.encode(), lines, body)
