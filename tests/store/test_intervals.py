"""Histories as intervals, beside the plainest one that says the same: what was seen, kept whole for each moment."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from auditor.store import intervals, names
from auditor.store.blobs import digest_of
from auditor.store.engine import Store, open_store
from auditor.store.intervals import DRIFT, FINDINGS, Kind, Point
from auditor.store.sql import table_of
from auditor.store.tables import Blob

Told = Mapping[str, str]  # what was seen of each thing at a moment
# Moments in the order in which they are recorded, with what was seen: few things and values, so that they meet often.
TOLD = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"))
HISTORIES = st.lists(st.tuples(st.integers(1, 12), TOLD), max_size=12, unique_by=lambda one: one[0])
ROLLED_BACK = [HealthCheck.function_scoped_fixture]  # each example's transaction is undone: the store stays empty


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    found = open_store(database_url)
    yield found
    found.close()


@contextmanager
def undone(store: Store) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with suppress(Undone), store.writing() as connection:
        yield connection
        raise Undone


class Undone(Exception):
    """Ends a transaction."""


class Book:
    """A target's history in the database, written and read in the words of this test."""

    def __init__(self, connection: Connection, kind: Kind) -> None:
        self.connection, self.kind = connection, kind
        self.series = names.series_id(connection, {})
        self.target, self.other = names.target_ids(connection, [("s", "linux", "one"), ("s", "linux", "two")])
        rules = names.rule_ids(connection, "abc")
        self.contents = {digest_of(one): one for one in (b"x", b"y", b"z")}
        finding = kind is FINDINGS
        self.keys: dict[str, Any] = {k: (rules[k], "") if finding else ("golden", k, "changed") for k in "abc"}
        self.values: dict[str, Any] = {
            body.decode(): ("pass" if body == b"x" else "fail", "low", sha) if finding else (sha,)
            for sha, body in self.contents.items()
        }

    def record(self, moment: int, told: Told, moments: list[int]) -> int:
        """What was told at the moment, in a history that has the others."""
        before = max((one for one in moments if one < moment), default=None)
        after = min((one for one in moments if one > moment), default=None)
        point = Point(self.series, self.target, moment, before, after)
        seen = {self.keys[key]: self.values[value] for key, value in told.items()}
        return intervals.record(self.connection, self.kind, {point: seen}, self.contents)

    def rows(self) -> list[tuple[str, str, int, int | None]]:
        """(thing, value, first, last) of each interval of the target."""
        key_of, value_of = ({v: k for k, v in one.items()} for one in (self.keys, self.values))
        table, blob = self.kind.table, table_of(Blob)
        query = select(table, blob.c.sha256).join(blob, table.c.body == blob.c.id)
        return [
            (
                key_of[tuple(getattr(row, name) for name in self.kind.keys)],
                value_of[(*(getattr(row, name) for name in self.kind.values), bytes(row.sha256))],
                row.first,
                row.last,
            )
            for row in self.connection.execute(query.where(table.c.target == self.target))
        ]


def checked(book: Book, history: Mapping[int, Told]) -> None:
    """The intervals say the same as the history, with as few rows as can be."""
    rows = book.rows()
    for moment, told in history.items():
        then = [
            (key, value) for key, value, first, last in rows if first <= moment and (last is None or last >= moment)
        ]
        assert sorted(then) == sorted(told.items()), f"at {moment}"
    latest = max(history, default=0)
    assert {(key, value) for key, value, _, last in rows if last is None} == set(history.get(latest, {}).items())
    moments = sorted(history)
    for key in "abc":
        own = sorted((first, last, value) for k, value, first, last in rows if k == key)
        for (_, last, value), (first, _, next_value) in pairwise(own):
            assert last is not None, f"{key} is open and goes on"
            assert last < first, f"intervals of {key} overlap"
            beside = moments.index(first) == moments.index(last) + 1
            assert not (beside and value == next_value), f"{key} was {value} all the time and has two intervals"
    for _, _, first, last in rows:
        assert first in history, "an interval begins when nobody looked"
        assert last is None or last in history, "an interval ends when nobody looked"


@pytest.mark.parametrize("kind", [FINDINGS, DRIFT], ids=["findings", "drift"])
@settings(max_examples=75, deadline=None, suppress_health_check=ROLLED_BACK)
@given(history=HISTORIES)
def test_intervals_say_what_was_seen_in_whatever_order_it_came(
    store: Store, kind: Kind, history: list[tuple[int, Told]]
) -> None:
    """Each moment has exactly its set, nothing overlaps, equal neighbours are one, the last is open."""
    with undone(store) as connection:
        book, done = Book(connection, kind), dict[int, Told]()
        for moment, told in history:
            book.record(moment, told, list(done))
            done[moment] = told
            checked(book, done)


@settings(max_examples=50, deadline=None, suppress_health_check=ROLLED_BACK)
@given(told=TOLD, moments=st.permutations([1, 2, 3, 4]))
def test_what_never_changes_is_one_row(store: Store, told: Told, moments: list[int]) -> None:
    """The same seen again writes nothing at the end, and never a second row, in whatever order the moments come."""
    with undone(store) as connection:
        book, done = Book(connection, FINDINGS), list[int]()
        for moment in moments:
            written = book.record(moment, told, done)
            assert not written or not done or moment < max(done)
            done.append(moment)
            assert len(book.rows()) == len(told)
