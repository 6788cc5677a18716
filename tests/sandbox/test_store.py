from pathlib import Path

import pytest

from gateway.sandbox.store import Store


def test_documents_come_back_in_the_order_of_insertion(empty: Store) -> None:
    empty.put_many("losant.org", [("b", {"n": 1}), ("a", {"n": 2})])
    empty.put("losant.org", "b", {"n": 3})

    assert empty.all("losant.org") == [{"n": 3}, {"n": 2}]


def test_a_kind_is_apart_by_parent(empty: Store) -> None:
    empty.put("nks.member", "1", {"n": 1}, parent="2")
    empty.put("nks.member", "1", {"n": 2}, parent="3880")

    assert empty.get("nks.member", "1", "2") == {"n": 1}
    assert empty.get("nks.member", "1") is None
    assert empty.count("nks.member", "3880") == 1
    assert empty.delete_all("nks.member", "2") == 1
    assert empty.all("nks.member", "3880") == [{"n": 2}]


def test_what_was_not_there_cannot_be_deleted(empty: Store) -> None:
    empty.put("nks.org", "2", {})

    assert empty.delete("nks.org", "2")
    assert not empty.delete("nks.org", "2")
    assert empty.is_empty()


def test_integers_of_any_size_survive(empty: Store) -> None:
    empty.put("losant.org", "a", {"count": 2**80 + 1})

    assert empty.get("losant.org", "a") == {"count": 2**80 + 1}


def test_a_transaction_that_fails_leaves_nothing(empty: Store) -> None:
    def fail() -> None:
        with empty.transaction():
            empty.put("nks.org", "2", {})
            empty.put_many("nks.org", [("3", {}), ("4", {"not": object()})])

    with pytest.raises(TypeError):
        fail()

    assert empty.is_empty()
    empty.put("nks.org", "2", {})
    assert empty.count("nks.org") == 1


def test_deleting_a_vendor_leaves_the_others(empty: Store) -> None:
    empty.put("nks.org", "2", {})
    empty.put("nksx.org", "2", {})
    empty.next_number("nks.org")

    empty.delete_vendor("nks")

    assert empty.count("nks.org") == 0
    assert empty.count("nksx.org") == 1
    assert empty.next_number("nks.org") == 1


def test_documents_and_counters_outlive_the_process(tmp_path: Path) -> None:
    path = str(tmp_path / "sandbox.sqlite")
    first = Store(path)
    first.put("nks.org", "2", {"name": "Åcme"})
    first.start_number("nks.org", 4212)
    assert first.next_number("nks.org") == 4212
    first.close()

    second = Store(path)
    try:
        assert second.get("nks.org", "2") == {"name": "Åcme"}
        assert second.next_number("nks.org") == 4213
    finally:
        second.close()


def test_a_copy_goes_its_own_way(empty: Store) -> None:
    empty.put("nks.org", "2", {"n": 1})
    empty.start_number("nks.org", 7)

    twin = empty.copy()
    twin.put("nks.org", "2", {"n": 2})

    assert empty.get("nks.org", "2") == {"n": 1}
    assert (twin.next_number("nks.org"), empty.next_number("nks.org")) == (7, 7)
    twin.close()
