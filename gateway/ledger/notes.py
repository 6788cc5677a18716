"""What is noted of the writes of late: lines of a file, each as cheap as one small write can be.

A note is there, whatever becomes of the process, when `put` returns. What is half written, for want of room or because
the process died, was not noted: such a line says nothing, and spoils no other.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from gateway.ledger.entries import State


class Began(msgspec.Struct, array_like=True, tag="began", gc=False):
    """A write is about to send its first call.

    Attributes:
        write: Its number in the file.
        at: When it was asked for, in seconds since 1970.
    """

    write: int
    caller: str
    key: str
    mutation: str
    fingerprint: bytes
    at: float


class Sending(msgspec.Struct, array_like=True, tag="sending", gc=False):
    """A call is about to leave.

    Attributes:
        number: Of the call.
        write: The number of the write that it is for.
        at: When, in seconds since 1970.
    """

    number: int
    write: int
    upstream: str
    target: str
    at: float


class Answered(msgspec.Struct, array_like=True, tag="answered", gc=False):
    """A call was answered."""

    number: int
    status: int


class Unsent(msgspec.Struct, array_like=True, tag="unsent", gc=False):
    """A call provably never left."""

    number: int


class Ended(msgspec.Struct, array_like=True, tag="ended", gc=False):
    """A write has ended, or nobody will know how it did."""

    write: int
    state: State
    payload: bytes | None


class Forgotten(msgspec.Struct, array_like=True, tag="forgotten", gc=False):
    """A write has changed nothing, and its key may be used again."""

    write: int


Note: TypeAlias = Began | Sending | Answered | Unsent | Ended | Forgotten

_NONE: Final = -1
"""The descriptor of no file."""

_DECODER: Final = msgspec.json.Decoder[Note](Note)
_encode_lines: Final = msgspec.json.Encoder().encode_lines


class Notes:
    """The file. What another process left in it stays until `begin_anew`.

    Args:
        path: Made where it is missing, for its owner alone; None keeps nothing.

    Attributes:
        length: Bytes.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = _NONE if path is None else os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        self._held_back: list[Note] = []
        self.length = 0 if path is None else os.fstat(self._file).st_size

    def __iter__(self) -> Iterator[Note]:
        """All notes that the file holds, in order."""
        for line in self._path.read_bytes().split(b"\n") if self._path is not None else ():
            try:
                note = _DECODER.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            yield note

    def put(self, *notes: Note) -> None:
        """Notes something, and before it what was held back.

        Raises:
            OSError: It could not be noted, nothing of it; also once the file is closed.
        """
        if self._path is None:
            return
        # A line end stands before the first line, too: so that stands alone, even behind one that broke off.
        text = b"\n" + _encode_lines([*self._held_back, *notes])
        written = os.write(self._file, text)
        if written != len(text):
            os.ftruncate(self._file, self.length)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.length += written
        self._held_back.clear()

    def hold_back(self, note: Note) -> None:
        """Notes something together with what comes next; until then it may be lost."""
        if self._path is not None:
            self._held_back.append(note)

    def begin_anew(self, notes: list[Note]) -> None:
        """Puts these notes in the place of all that the file holds, in one go.

        Raises:
            OSError: The file is as it was.
        """
        if self._path is None:
            return
        if not notes:
            os.ftruncate(self._file, 0)
            self.length = 0
            self._held_back.clear()
            return
        beside = self._path.with_name(f"{self._path.name}-new")
        beside.unlink(missing_ok=True)
        fresh = Notes(beside)
        try:
            fresh.put(*notes)
            beside.replace(self._path)
        except OSError:
            fresh.close()
            raise
        self.close()
        self._file, self.length = fresh._file, fresh.length
        self._held_back.clear()

    def close(self) -> None:
        """Closes the file."""
        if self._file != _NONE:
            os.close(self._file)
            self._file = _NONE
