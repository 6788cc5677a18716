"""What is noted of writes, and what of it is left where the process dies or the disk is full."""

import resource
import shutil
from contextlib import contextmanager

import pytest

from gateway.ledger.entries import Entry, Sent
from gateway.ledger.notes import Answered, Began, Ended, Notes
from gateway.ledger.store import FILED_AT_ONCE, KEPT_SECONDS, LONGEST_NOTES, LedgerStore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ledger.sqlite"


def entry(key, *, unique=False):
    return Entry("somebody", key, "inviteMember", key.encode(), unique=unique)


class Died:
    """The files of a ledger that is still open, as a process would leave them that dies now."""

    def __init__(self, path, folder):
        self.path = folder / path.name
        shutil.copytree(path.parent, folder)

    def opened(self):
        return LedgerStore(self.path)


def told(store):
    return {each.key: (each.state, each.payload, tuple(store.sent(each))) for each in store.entries()}


@contextmanager
def room_for(size):
    """Files may have so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_all_that_was_noted_is_there_whenever_the_process_dies(path, tmp_path):
    store = LedgerStore(path)
    left = {}
    checked = 0

    def dies():
        nonlocal checked
        checked += 1
        if checked % 11:
            return
        died = Died(path, tmp_path / f"died-{checked}").opened()
        found = told(died)
        died.close()
        assert found == left

    for number in range(FILED_AT_ONCE + 20):
        key = f"key-{number}"
        store.begin(entry(key))
        dies()
        call = store.sending(entry(key), "losant", f"POST /orgs/{number}")
        left[key] = "unknown", None, (Sent("losant", f"POST /orgs/{number}", None),)
        dies()
        if number % 5 == 1:
            store.unsent(call)
            del left[key]
            dies()
            store.forget(entry(key))
        elif number % 5 == 2:
            store.lose(entry(key))
        elif number % 5 == 3:
            store.answered(call, 429)
            store.forget(entry(key))
            del left[key]
        elif number % 5:
            store.answered(call, 200)
            store.finish(entry(key), b"answer")
            left[key] = "done", b"answer", (Sent("losant", f"POST /orgs/{number}", 200),)
        dies()
    store.close()
    assert checked > 200


def test_what_runs_for_long_outlives_the_notes_of_others(path, tmp_path):
    store = LedgerStore(path)
    store.begin(entry("long"))
    store.answered(store.sending(entry("long"), "nks", "POST /orgs"), 200)
    payload = b"x" * (LONGEST_NOTES // FILED_AT_ONCE)
    for number in range(2 * FILED_AT_ONCE):
        store.begin(entry(f"key-{number}"))
        store.finish(entry(f"key-{number}"), payload)
    length = path.with_suffix(".notes").stat().st_size
    died = Died(path, tmp_path / "died").opened()
    left = told(died)
    died.close()
    store.finish(entry("long"), b"answer")
    store.close()

    assert 0 < length < LONGEST_NOTES
    assert left.pop("long") == ("unknown", None, (Sent("nks", "POST /orgs", 200),))
    assert {state for state, _, _ in left.values()} == {"done"}
    assert len(left) == 2 * FILED_AT_ONCE


@pytest.mark.parametrize("unique", [False, True])
def test_who_dies_between_the_database_and_its_notes_counts_nothing_twice(path, unique):
    store = LedgerStore(path)
    store.begin(entry("key", unique=unique))
    store.answered(store.sending(entry("key", unique=unique), "nks", "POST /orgs"), 200)
    store.finish(entry("key", unique=unique), b"answer")
    notes = path.with_suffix(".notes").read_bytes()
    store.close()
    path.with_suffix(".notes").write_bytes(notes)

    again = LedgerStore(path)
    left = told(again)
    again.close()
    assert left == {"key": ("done", b"answer", (Sent("nks", "POST /orgs", 200),))}


def test_writes_that_nobody_can_ask_for_again_are_kept_for_a_day_to_be_looked_at(path):
    now = 1_750_000_000.0
    store = LedgerStore(path, lambda: now)
    keys = [store.fresh_key() for _ in range(2 * FILED_AT_ONCE + 1)]
    for number, key in enumerate(keys):
        store.begin(entry(key, unique=True))
        store.answered(store.sending(entry(key, unique=True), "nks", f"POST /orgs/{number}"), 201)
        store.finish(entry(key, unique=True), b"")
    expected = {key: ("done", b"", (Sent("nks", f"POST /orgs/{number}", 201),)) for number, key in enumerate(keys)}
    assert told(store) == expected
    assert store.find(entry(keys[0], unique=True)).state == "done"
    assert store.recent(10) == []
    now += KEPT_SECONDS + 1
    store.begin(entry("later"))
    assert told(store) == {"later": ("running", None, ())}
    store.close()
    assert len(set(keys)) == len(keys)


def test_notes_are_empty_once_all_is_in_the_database(path):
    store = LedgerStore(path)
    for number in range(FILED_AT_ONCE):
        store.begin(entry(f"key-{number}"))
        store.finish(entry(f"key-{number}"), b"answer")
    length = path.with_suffix(".notes").stat().st_size
    found = store.begin(entry("key-7"))
    store.close()
    assert length == 0
    assert (found.state, found.payload) == ("done", b"answer")


def test_what_cannot_be_noted_is_an_error_and_leaves_nothing_behind(path, tmp_path):
    store = LedgerStore(path)
    store.begin(entry("first"))
    store.sending(entry("first"), "nks", "POST /first")
    store.begin(entry("second"))
    with room_for(path.with_suffix(".notes").stat().st_size + 20), pytest.raises(OSError, match="No space left"):
        store.sending(entry("second"), "nks", "POST /second")
    store.begin(entry("third"))
    store.sending(entry("third"), "nks", "POST /third")

    died = Died(path, tmp_path / "died").opened()
    left = told(died)
    died.close()
    store.close()
    assert {key: calls[0].target for key, (_, _, calls) in left.items()} == {
        "first": "POST /first",
        "third": "POST /third",
    }


def test_a_line_that_broke_off_spoils_no_other(tmp_path):
    path = tmp_path / "notes"
    whole = [Began(1, "caller", "key", "mutation", b"\x00print", 1.5), Ended(1, "done", b"\xff\n")]
    notes = Notes(path)
    notes.put(whole[0])
    with path.open("ab") as file:
        file.write(b'\n["ended",1,"do')
    notes.hold_back(Answered(2, 200))
    notes.put(whole[1])
    found = list(notes)
    notes.close()
    assert found == [whole[0], Answered(2, 200), whole[1]]


def test_what_is_held_back_is_not_noted_yet(tmp_path):
    notes = Notes(tmp_path / "notes")
    notes.hold_back(Answered(2, 200))
    before = list(notes)
    notes.put(Ended(1, "unknown", None))
    after = list(notes)
    notes.close()
    assert before == []
    assert after == [Answered(2, 200), Ended(1, "unknown", None)]


def test_nothing_is_noted_once_the_file_is_closed(path):
    store = LedgerStore(path)
    store.begin(entry("key"))
    store.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        store.sending(entry("key"), "nks", "POST /orgs")
