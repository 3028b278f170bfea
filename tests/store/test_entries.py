"""What is found without an index: entries of the journal by their times, targets by their names. On both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from auditor.access import Reach, Scope
from auditor.store.engine import Store, open_store
from auditor.store.entries import Only, entries, number_at
from auditor.store.listing import named
from auditor.store.listing_tables import TargetLabel
from auditor.store.sql import key_text, table_of
from auditor.store.tables import JournalRow, TargetRow

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = (0, 1, 1, 1, 4, 9, 9)  # after the first, of each entry


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


def test_the_last_entry_before_a_moment_is_found(store: Store) -> None:
    """As counting finds it, for every moment; several at one time, and none at all, are no trouble."""
    with store.writing() as connection:
        assert number_at(connection, BEGIN) == 0
        for number, days in enumerate(DAYS, 1):
            said = {"actor": "a", "action": "b", "object": "c", "detail": "{}"}
            hashes = {"previous": bytes([number]), "hash": bytes([number])}
            row = {"id": number, "at": BEGIN + timedelta(days=days), **said, **hashes}
            connection.execute(insert(table_of(JournalRow)), row)
    with store.reading() as connection:
        for hours in range(-24, 11 * 24, 12):
            at = BEGIN + timedelta(hours=hours)
            assert number_at(connection, at) == sum(BEGIN + timedelta(days=days) < at for days in DAYS)
        found = entries(connection, Only(above=1), before=6)
    assert [one.number for one in found] == [5, 4, 3, 2]


def test_a_name_lies_within_when_all_that_have_it_do(store: Store) -> None:
    """Whether it is said with its source or without; of many names at once as of each alone."""
    targets = [("s1", "web"), ("s2", "web"), ("s1", "db"), ("s1", "a/b"), ("a", "b"), ("s2", "x" * 1500)]
    inside = {1, 3, 4, 6}
    with store.writing() as connection:
        for number, (source, name) in enumerate(targets, 1):
            row = {"id": number, "source": source, "platform": "linux", "name": key_text(name)}
            connection.execute(insert(table_of(TargetRow)), row)
            site = "ams" if number in inside else "fra"
            connection.execute(insert(table_of(TargetLabel)), {"target": number, "key": "site", "value": site})
    reach = Reach.of([Scope.of(site="ams")])
    wanted = {"web", "s1/web", "s2/web", "db", "s1/db", "a/b", "s1/a/b", "nobody", "s1/nobody", "x" * 1500}
    with store.reading() as connection:
        found = named.names_within(connection, reach, wanted)
        assert found == {"s1/web", "db", "s1/db", "s1/a/b", "x" * 1500}
        assert found == {one for one in wanted if named.names_within(connection, reach, [one])}
        assert named.numbers_of(connection, ["web", "s1/db", "nobody"]) == {1, 2, 3}
