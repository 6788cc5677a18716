"""The writes that are not in the database yet: as they stand in memory, and with each change noted first."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

import msgspec
from msgspec.structs import replace

from gateway.ledger.entries import Entry, Sent, State
from gateway.ledger.notes import Answered, Began, Ended, Forgotten, Note, Notes, Sending, Unsent


class Write(msgspec.Struct, gc=False):
    """One write.

    Attributes:
        number: In the notes.
        entry: As it stands.
        at: When it was asked for, in seconds since 1970.
        noted: It is in the notes, as it has sent something or ended.
        calls: What it sent, by number.
        statuses: Of the answers, by the calls' numbers.
    """

    number: int
    entry: Entry
    at: float
    noted: bool = False
    calls: dict[int, Sending] = {}
    statuses: dict[int, int] = {}

    def first_note(self) -> Began:
        """That it has begun."""
        entry = self.entry
        return Began(self.number, entry.caller, entry.key, entry.mutation, entry.fingerprint, self.at)

    @property
    def notes(self) -> list[Note]:
        """All notes of it."""
        entry = self.entry
        answered = [Answered(number, status) for number, status in self.statuses.items()]
        ended = [] if entry.state == "running" else [Ended(self.number, entry.state, entry.payload)]
        return [self.first_note(), *self.calls.values(), *answered, *ended]

    @property
    def told(self) -> list[Sent]:
        """The calls, in order."""
        return [Sent(each.upstream, each.target, self.statuses.get(each.number)) for each in self.calls.values()]


class Unfiled:
    """The writes that run, and those that have ended of late; in the order in which they began.

    Of what an earlier process noted and left running, nobody will know how it ended; what had not sent anything is as
    good as never asked.

    Args:
        path: Of the notes, in which each change is put down before it counts; None keeps none.

    Attributes:
        ended: How many of them have ended.

    Raises:
        OSError: The notes cannot be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self._notes = Notes(path)
        self._writes = {(each.entry.caller, each.entry.key): each for each in _left(self._notes)}
        self._by_call = {number: write for write in self._writes.values() for number in write.calls}
        self._numbers = count(1)
        self.ended = len(self._writes)

    def __iter__(self) -> Iterator[Write]:
        return iter(self._writes.values())

    def find(self, entry: Entry) -> Write | None:
        """The write with the same caller and key."""
        return self._writes.get((entry.caller, entry.key))

    def begin(self, entry: Entry, now: float) -> Write:
        """A write that has neither sent anything yet nor is noted."""
        write = self._writes[entry.caller, entry.key] = Write(next(self._numbers), entry, now)
        return write

    def sending(self, entry: Entry, upstream: str, target: str, now: float) -> int:
        """A call is about to leave; its number."""
        key, number = (entry.caller, entry.key), next(self._numbers)
        write = self._writes.get(key)
        if write is None:
            write = self._writes[key] = Write(number, entry, now)
            number = next(self._numbers)
        call = Sending(number, write.number, upstream, target, now)
        self._note(write, call)
        write.calls[number] = call
        self._by_call[number] = write
        return number

    def answered(self, number: int, status: int) -> None:
        """A call was answered; that is noted with whatever comes next."""
        self._by_call[number].statuses[number] = status
        self._notes.hold_back(Answered(number, status))

    def unsent(self, number: int) -> None:
        """A call never left."""
        self._notes.put(Unsent(number))
        self._by_call.pop(number).calls.pop(number)

    def end(self, entry: Entry, state: State, payload: bytes | None) -> None:
        """A write has ended; one that is not known is another process's."""
        write = self._writes.get((entry.caller, entry.key))
        if write is None:
            return
        self._note(write, Ended(write.number, state, payload))
        write.entry = replace(entry, state=state, payload=payload)
        self.ended += 1

    def forget(self, entry: Entry) -> None:
        """A write that runs is to be as if it had never been asked for."""
        write = self._writes.get((entry.caller, entry.key))
        if write is None:
            return
        if write.noted:
            self._notes.put(Forgotten(write.number))
        self._drop(write)

    def drop(self, writes: Sequence[Write], most: int) -> None:
        """Writes that are kept elsewhere now; their notes go when nothing runs, or when there are so many bytes."""
        for write in writes:
            self._drop(write)
        self.ended -= len(writes)
        left = [write for write in self._writes.values() if write.noted]
        if self._notes.length and (not left or self._notes.length > most):
            self._notes.begin_anew([note for write in left for note in write.notes])

    def close(self) -> None:
        """Closes the notes."""
        self._notes.close()

    def _note(self, write: Write, note: Note) -> None:
        if write.noted:
            self._notes.put(note)
        else:
            self._notes.put(write.first_note(), note)
            write.noted = True

    def _drop(self, write: Write) -> None:
        del self._writes[write.entry.caller, write.entry.key]
        for number in write.calls:
            del self._by_call[number]


def _left(notes: Iterable[Note]) -> Iterator[Write]:
    """The writes that an earlier process noted, as they have ended."""
    writes: dict[int, Write] = {}
    calls: dict[int, Write] = {}
    for note in notes:
        with suppress(KeyError):  # the line that it refers to was lost
            _apply(note, writes, calls)
    for write in writes.values():
        if write.entry.state != "running":
            yield write
        elif write.calls:
            write.entry = replace(write.entry, state="unknown")
            yield write


def _apply(note: Note, writes: dict[int, Write], calls: dict[int, Write]) -> None:
    match note:
        case Began(number, caller, key, mutation, fingerprint, at):
            writes[number] = Write(number, Entry(caller, key, mutation, fingerprint), at, noted=True)
        case Sending(number, of):
            calls[number] = writes[of]
            calls[number].calls[number] = note
        case Answered(number, status):
            calls[number].statuses[number] = status
        case Unsent(number):
            del calls[number].calls[number]
        case Ended(number, state, payload):
            writes[number].entry = replace(writes[number].entry, state=state, payload=payload)
        case Forgotten(number):
            del writes[number]
