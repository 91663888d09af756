"""Rows that a search came upon are not read again, unless others may have written to them."""

from typing import Any

import numpy as np
import pytest

from stores import Row
from stores.index import Index
from stores.opening import in_memory
from stores.rows import KeptRows

ROWS = {id_: Row(id_, {"a fact": {"at": 1}}) for id_ in "abcde"}


def test_only_unknown_rows_are_read() -> None:
    kept, asked = KeptRows(), list[list[str]]()

    def read(ids: list[str]) -> dict[str, Row]:
        asked.append(ids)
        return {id_: ROWS[id_] for id_ in ids if id_ in ROWS}

    assert kept.of("values", ["b", "a"], read) == {"b": ROWS["b"], "a": ROWS["a"]}
    assert kept.of("values", ["a", "c", "?"], read).keys() == {"a", "c"}
    assert kept.of("experiences", ["a"], read).keys() == {"a"}
    kept.forget("values", ["b", "never there"])
    kept.of("values", ["a", "b", "?"], read)
    kept.forget("values")
    kept.of("values", ["a"], read)
    assert asked == [["b", "a"], ["c", "?"], ["a"], ["b", "?"], ["a"]]


def test_the_oldest_go_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stores.rows.ROWS_KEPT", 2)
    kept, asked = KeptRows(), list[list[str]]()

    def read(ids: list[str]) -> dict[str, Row]:
        asked.append(ids)
        return {id_: ROWS[id_] for id_ in ids}

    for ids in (["a", "b", "c"], ["b", "c"], ["a"], ["b"]):
        assert [*kept.of("values", ids, read)] == ids
    assert asked == [["a", "b", "c"], ["a"], ["b"]]


@pytest.fixture
def index() -> Any:
    made = in_memory("test:1")
    made.put("values", [Row("here", {"k": {"at": 1, "target": 2.0}}, 1)], np.eye(1, 384, dtype="f"))
    yield made
    made.close()


def found(index: Index) -> list[Row]:
    return [hit.row for hit in index.search("values", np.eye(1, 384, dtype="f")[0], 5)]


def test_a_search_finds_what_was_written_since(index: Index) -> None:
    [row] = found(index)
    later = Row(row.text, {"k": {"at": 2, "target": 3.0}}, 2)
    index.update("values", [later])
    assert found(index) == [later]
    index.put("values", [row], np.eye(1, 384, dtype="f"))
    assert found(index) == [row]
    index.replace("values", [later], np.eye(1, 384, dtype="f"))
    assert found(index) == [later]
    index.put("values", [Row("there", {"k": {"at": 3, "target": 1.0}})], np.eye(1, 384, dtype="f"))
    assert {row.text for row in found(index)} == {"here", "there"}
