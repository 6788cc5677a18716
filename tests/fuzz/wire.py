"""What is done to requests below HTTP's grammar: lengths that lie, broken chunks, flipped bits, cuts."""

import random
from collections.abc import Callable

from tests.fuzz.shot import Message

_LENGTHS = (b"0", b"1", b"-1", b"+5", b"0x10", b"1e3", b"9" * 30, b"18446744073709551616", b"", b" ", b"5, 5", b"\xff")
_CHUNK_SIZES = (b"0", b"-1", b"g", b"", b"FFFFFFFFFFFFFFFF", b"1" * 40, b"5;" + b"a" * 5_000, b"0x5", b" 5", b"\x00")
_BAD_UTF_8 = (
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xe2\x82",
    b"\xef\xbf\xbf",
    b"\xf4\x90\x80\x80",
)
_CONTROL = (b"\x00", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\x1b", b"\x7f", b"\t", b"\x0b", b"\x85")
_HUGE = (b"9" * 20, b"9" * 400, b"-" + b"9" * 5_000, b"1e999", b"0" * 3_000, b"\xd9\xa3")


def lying(message: Message, numbers: random.Random) -> bytes:
    """Content-Length says something else than the body, or there are two of them, or chunks beside it."""
    way = numbers.randrange(5)
    if way == 0:
        message.length = numbers.choice(_LENGTHS)
    elif way == 1:
        message.length = b"%d" % max(0, len(message.body) + numbers.choice((-20, -1, 1, 50, 10**7)))
    elif way == 2:
        message.headers.append((b"Content-Length", numbers.choice((b"%d" % len(message.body), *_LENGTHS))))
    elif way == 3:
        message.headers.append(
            (b"Transfer-Encoding", numbers.choice((b"chunked", b"chunked, chunked", b"\x0bchunked")))
        )
    else:
        message.length = None
    return message.encoded()


def chunked(message: Message, numbers: random.Random) -> bytes:
    """A body in chunks; something is wrong with one of them most of the time."""
    message.length = None
    message.headers.append((b"Transfer-Encoding", b"chunked"))
    body, rest = b"", message.body
    while rest:
        size = min(len(rest), numbers.choice((1, 7, 100, 5_000)) if len(rest) < 2_000 else 5_000)
        wrong = numbers.random() < 0.1
        said = numbers.choice(_CHUNK_SIZES) if wrong else b"%x" % size
        ending = numbers.choice((b"\r\n", b"\n", b"", b"\r", b"xx")) if wrong else b"\r\n"
        body += said + b"\r\n" + rest[:size] + ending
        rest = rest[size:]
    body += numbers.choice(
        (b"0\r\n\r\n",) * 4 + (b"0\r\nX-Trailer: a\r\n\r\n", b"0\r\n", b"", b"0\r\n" + b"A: b\r\n" * 900 + b"\r\n")
    )
    message.body = body
    return message.encoded()


def _flip(sent: bytearray, numbers: random.Random) -> None:
    for _ in range(numbers.choice((1, 1, 3, 20))):
        sent[numbers.randrange(len(sent))] ^= 1 << numbers.randrange(8)


def _cut(sent: bytearray, numbers: random.Random) -> None:
    del sent[numbers.randrange(1, len(sent) + 1) :]


def _take_out(sent: bytearray, numbers: random.Random) -> None:
    start = numbers.randrange(len(sent))
    del sent[start : start + numbers.choice((1, 2, 10, 100))]


def _double(sent: bytearray, numbers: random.Random) -> None:
    start = numbers.randrange(len(sent))
    end = min(len(sent), start + numbers.choice((1, 10, 100, len(sent))))
    sent[end:end] = sent[start:end] * numbers.choice((1, 1, 2, 30))


def _put_in(sent: bytearray, numbers: random.Random) -> None:
    start = numbers.randrange(len(sent))
    sent[start : start + numbers.choice((0, 0, 1))] = numbers.choice(numbers.choice((_BAD_UTF_8, _CONTROL, _HUGE)))


def _enlarge(sent: bytearray, numbers: random.Random) -> None:
    digits = [at for at, octet in enumerate(sent) if chr(octet).isdigit()]
    if digits:
        at = numbers.choice(digits)
        sent[at : at + 1] = numbers.choice(_HUGE)


def _noise(sent: bytearray, numbers: random.Random) -> None:
    sent[:] = numbers.randbytes(numbers.choice((1, 16, 200, 70_000)))


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _flip,
    _cut,
    _take_out,
    _double,
    _put_in,
    _put_in,
    _enlarge,
)


def mangled(sent: bytes, numbers: random.Random) -> bytes:
    """The bytes with some of them changed, cut, doubled or replaced."""
    changed = bytearray(sent)
    if numbers.random() < 0.02:
        _noise(changed, numbers)
        return bytes(changed)
    for _ in range(numbers.choice((1, 1, 2, 4))):
        if changed:
            numbers.choice(_WAYS)(changed, numbers)
    return bytes(changed) or b"\x00"
