"""What the ledger knows of a write, and of the calls that it sent."""

from typing import Literal

import msgspec

State = Literal["running", "done", "unknown"]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One write that was asked for.

    Attributes:
        caller: Who asked.
        key: The idempotency key; one of our own making where none was given.
        mutation: The field of the mutation.
        fingerprint: A hash of its input.
        state: `running`; `done`, with a payload; `unknown`, where the process died over it.
        payload: The first answer, as `payloads.py` writes it; empty where nobody can ask for it again.
        unique: The key is of our own making: nobody has used it before, and nobody can again.
    """

    caller: str
    key: str
    mutation: str
    fingerprint: bytes
    state: State = "running"
    payload: bytes | None = None
    unique: bool = False


class Sent(msgspec.Struct, frozen=True, gc=False):
    """One call that was sent, or was about to be, to an upstream.

    Attributes:
        upstream: The upstream's word.
        target: Method and path.
        status: Of the answer; None where none came.
    """

    upstream: str
    target: str
    status: int | None
