"""The former format of answers in parts."""

from gateway.door.former import FormerFormat


def test_what_is_announced_is_left_out_and_paths_stand_with_what_comes():
    former = FormerFormat()
    pending = [{"id": "0", "path": ["a"], "label": "x"}]

    assert former.entries({"data": {"a": {}}, "pending": pending, "hasNext": True}) == {
        "data": {"a": {}},
        "hasNext": True,
    }
    entry = {"id": "0", "subPath": ["b", 1], "data": {"c": 1}, "errors": [{"message": "No."}]}
    assert former.entries({"incremental": [entry], "completed": [{"id": "0"}], "hasNext": False}) == {
        "incremental": [{"label": "x", "path": ["a", "b", 1], "data": {"c": 1}, "errors": [{"message": "No."}]}],
        "hasNext": False,
    }


def test_items_say_where_the_first_of_them_stands():
    former = FormerFormat()
    pending = [{"id": "0", "path": ["a"]}]
    former.entries({"data": {"a": [1, 2]}, "pending": pending, "hasNext": True})

    part = {"incremental": [{"id": "0", "items": [3]}, {"id": "0", "items": [4, 5]}], "hasNext": True}
    assert former.entries(part) == {
        "incremental": [{"path": ["a", 2], "items": [3]}, {"path": ["a", 3], "items": [4, 5]}],
        "hasNext": True,
    }
    assert former.entries({"incremental": [{"id": "0", "items": [6]}], "hasNext": False}) == {
        "incremental": [{"path": ["a", 5], "items": [6]}],
        "hasNext": False,
    }


def test_a_list_that_comes_with_a_part_and_goes_on_in_it_is_counted_from_there():
    former = FormerFormat()
    former.entries({"data": {}, "pending": [{"id": "0", "path": []}], "hasNext": True})
    part = {
        "pending": [{"id": "1", "path": ["a", "list"]}, {"id": "2", "path": ["a", "list", 1, "inner"]}],
        "incremental": [
            {"id": "0", "data": {"a": {"list": [{}]}}},
            {"id": "1", "items": [{"inner": [7]}]},
            {"id": "2", "items": [8]},
        ],
        "completed": [{"id": "0"}],
        "hasNext": True,
    }

    assert [each["path"] for each in former.entries(part)["incremental"]] == [
        [],
        ["a", "list", 1],
        ["a", "list", 1, "inner", 1],
    ]


def test_what_failed_is_null_with_its_errors():
    former = FormerFormat()
    pending = [{"id": "0", "path": ["a"], "label": "x"}, {"id": "1", "path": ["list"]}]
    former.entries({"data": {"a": {}, "list": [1]}, "pending": pending, "hasNext": True})
    errors = [{"message": "No."}]

    part = {"completed": [{"id": "0", "errors": errors}, {"id": "1", "errors": errors}], "hasNext": False}
    assert former.entries(part) == {
        "incremental": [
            {"data": None, "path": ["a"], "label": "x", "errors": errors},
            {"items": None, "path": ["list", 1], "errors": errors},
        ],
        "hasNext": False,
    }


def test_a_part_that_says_nothing_is_no_part():
    former = FormerFormat()
    former.entries({"data": {"a": []}, "pending": [{"id": "0", "path": ["a"]}], "hasNext": True})

    assert former.entries({"completed": [{"id": "0"}], "hasNext": True}) is None
    assert former.entries({"hasNext": False}) == {"hasNext": False}
