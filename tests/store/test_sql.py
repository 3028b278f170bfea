"""Pieces of SQL that both databases spell alike."""

from collections.abc import Collection

import pytest
from sqlalchemy import ColumnElement, insert, select, text

from auditor.store.engine import Store, open_store
from auditor.store.sql import one_of, table_of
from auditor.store.tables import TargetRow

TARGET = table_of(TargetRow)
MANY = 40_000  # more than a statement of SQLite (32,766) or PostgreSQL (65,535 of both lists) takes as variables


@pytest.fixture
def store(database_url: str) -> Store:
    """With targets 1 to 9."""
    store = open_store(database_url)
    with store.writing() as connection:
        rows = [{"id": n, "source": "s", "platform": str(n % 2), "name": f"t{n}"} for n in range(1, 10)]
        connection.execute(insert(TARGET), rows)
    return store


def numbers(store: Store, *conditions: ColumnElement[bool]) -> list[int]:
    """Those that hold, by number."""
    with store.reading() as connection:
        return list(connection.scalars(select(TARGET.c.id).where(*conditions).order_by(TARGET.c.id)))


@pytest.mark.parametrize("among", [[], [3], [7, 2], [2, 2, 9, 100], range(5, 5 + MANY)], ids=len)
def test_a_number_is_one_of_others_however_many_those_are(store: Store, among: Collection[int]) -> None:
    """The condition, its opposite, and both beside others hold of exactly those numbers."""
    every = set(range(1, 10))
    assert numbers(store, one_of(TARGET.c.id, among)) == sorted(every & set(among))
    assert numbers(store, ~one_of(TARGET.c.id, among)) == sorted(every - set(among))
    odd = TARGET.c.platform == "1"
    assert numbers(store, odd, ~one_of(TARGET.c.id, among)) == sorted(n for n in every - set(among) if n % 2)
    assert numbers(store, odd | one_of(TARGET.c.id, among)) == sorted(n for n in every if n % 2 or n in among)


def test_the_numbers_of_an_earlier_question_are_not_kept(store: Store) -> None:
    """A statement that is remembered, and prepared after its fifth use, is asked with its own numbers each time."""
    for n in [*range(1, 10), *range(9, 0, -1)]:
        assert numbers(store, one_of(TARGET.c.id, {n, n + 1})) == [one for one in (n, n + 1) if one < 10]


def test_an_index_answers(sqlite_url: str) -> None:
    """SQLite looks the numbers up, where it would read every row to compare a condition with 1."""
    store = open_store(sqlite_url)
    query = select(TARGET.c.name).where(one_of(TARGET.c.id, {3, 5}), TARGET.c.platform == "1")
    with store.reading() as connection:
        written = query.compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
    assert plan == ["SEARCH target USING INTEGER PRIMARY KEY (rowid=?)"]
