"""The ledger's file: who may read it, how long it remembers, and what it makes of those that died."""

import os
import sqlite3
import stat

import pytest

from gateway.ledger.entries import Entry
from gateway.ledger.store import KEPT_SECONDS, LedgerStore, LedgerUnusableError

DAY = 24 * 3600


class SettableClock:
    def __init__(self):
        self.now = 1_750_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "state" / "ledger.sqlite"


@pytest.fixture
def clock():
    return SettableClock()


def entry(key="key", caller="somebody", fingerprint=b"print"):
    return Entry(caller, key, "inviteMember", fingerprint)


def test_nobody_else_may_read_it(path):
    before = os.umask(0)
    try:
        store = LedgerStore(path)
        store.begin(entry())
    finally:
        os.umask(before)

    files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    store.close()
    assert set(files) >= {"ledger.sqlite", "ledger.lock", "ledger.sqlite-wal"}
    assert set(files.values()) == {0o600}


def test_an_entry_is_begun_once(path):
    store = LedgerStore(path)
    assert store.begin(entry()) is None
    assert store.begin(entry(fingerprint=b"other")) == entry()
    store.finish(entry(), b"answer")
    found = store.begin(entry())
    store.close()
    assert found == Entry("somebody", "key", "inviteMember", b"print", "done", b"answer")


def test_what_is_forgotten_may_begin_again_without_its_past():
    store = LedgerStore(None)
    store.begin(entry())
    store.sending(entry(), "losant", "POST /orgs")
    store.forget(entry())
    assert store.entries() == []
    assert store.begin(entry()) is None
    assert store.sent(entry()) == []
    store.close()


def test_a_key_is_remembered_for_a_day_and_then_forgotten(clock):
    store = LedgerStore(None, clock)
    store.begin(entry())
    number = store.sending(entry(), "losant", "POST /orgs")
    store.answered(number, 200)
    store.finish(entry(), b"answer")

    clock.now += KEPT_SECONDS - 1
    assert store.begin(entry("another")) is None
    found = store.begin(entry())
    assert found is not None
    assert found.state == "done"

    clock.now += 3602
    assert store.begin(entry("a third")) is None
    assert store.begin(entry()) is None
    assert store.sent(entry()) == []
    store.close()


def test_what_is_sent_late_is_forgotten_with_its_write(clock):
    store = LedgerStore(None, clock)
    store.begin(entry())
    clock.now += 10
    store.answered(store.sending(entry(), "losant", "POST /orgs"), 200)
    store.finish(entry(), b"answer")

    clock.now += DAY - 5
    assert store.begin(entry()) is None
    assert store.sent(entry()) == []
    store.close()


def test_a_write_that_still_runs_is_not_forgotten(clock):
    store = LedgerStore(None, clock)
    store.begin(entry())
    clock.now += 2 * DAY
    found = store.begin(entry())
    store.close()
    assert found == entry()


def test_callers_do_not_share_keys():
    store = LedgerStore(None)
    assert store.begin(entry(caller="one")) is None
    assert store.begin(entry(caller="other")) is None
    store.finish(entry(caller="one"), b"of one")
    found = store.begin(entry(caller="other"))
    store.close()
    assert found is not None
    assert found.state == "running"


def test_what_a_dead_process_sent_is_unknown_and_what_it_did_not_send_is_forgotten(path):
    first = LedgerStore(path)
    for key in ("sent", "unsent", "taken back", "done"):
        first.begin(entry(key))
    first.sending(entry("sent"), "nks", "DELETE /orgs/2/members/1")
    first.unsent(first.sending(entry("taken back"), "losant", "POST /orgs"))
    first.finish(entry("done"), b"answer")
    first.close()

    second = LedgerStore(path)
    states = {each.key: each.state for each in second.entries()}
    sent = [(each.upstream, each.target, each.status) for each in second.sent(entry("sent"))]
    second.close()
    assert states == {"sent": "unknown", "done": "done"}
    assert sent == [("nks", "DELETE /orgs/2/members/1", None)]


def test_one_gateway_at_a_time(path):
    first = LedgerStore(path)
    with pytest.raises(LedgerUnusableError, match=r"Another gateway keeps its ledger of writes in .*state_dir"):
        LedgerStore(path)
    first.close()
    LedgerStore(path).close()


def test_a_folder_in_the_place_of_the_file_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(LedgerUnusableError, match=r"cannot be kept in .*: Is a directory"):
        LedgerStore(path)


def test_a_file_in_the_place_of_the_folder_is_told(path):
    path.parent.parent.mkdir()
    path.parent.write_text("x")
    with pytest.raises(LedgerUnusableError, match=r"cannot be kept in .*: File exists"):
        LedgerStore(path)


def test_a_file_that_is_no_database_is_told_and_can_be_replaced_meanwhile(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 5000)
    with pytest.raises(LedgerUnusableError, match="cannot be used as the ledger of writes: file is not a database"):
        LedgerStore(path)
    path.unlink()
    LedgerStore(path).close()


def test_a_database_of_another_program_is_told(path):
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE writes (novel TEXT)")
    other.close()
    with pytest.raises(LedgerUnusableError, match="cannot be used as the ledger of writes"):
        LedgerStore(path)


def test_a_damaged_file_is_told(path):
    store = LedgerStore(path)
    for number in range(200):
        store.begin(entry(f"key-{number}" * 20))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(LedgerUnusableError, match="malformed"):
        LedgerStore(path)
