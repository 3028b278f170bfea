"""The journal tells of every entry that was tampered with, and stays one chain whoever writes at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, insert, select, update

from auditor.store import journal
from auditor.store.engine import Store, open_store
from auditor.store.sql import table_of
from auditor.store.tables import JournalRow

TABLE = table_of(JournalRow)
ROOT = Path(__file__).resolve().parents[2]
ENTRIES = 6
DATA = st.data()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


def write(store: Store, *numbers: int) -> bytes:
    """An entry for each number. Returns the hash of the last."""
    head = journal.START
    for number in numbers:
        with store.writing() as connection:
            detail = {"n": number, "who": "Zoé", "list": [1, None, True]}
            head = journal.append(connection, "a@example.org", "waiver approved", f"w-{number}", detail)
    return head


def rows(store: Store) -> list[dict[str, Any]]:
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(select(TABLE).order_by(TABLE.c.id)).mappings()]


def put_back(store: Store, kept: list[dict[str, Any]]) -> None:
    with store.writing() as connection:
        connection.execute(delete(TABLE))
        connection.execute(insert(TABLE), kept)


def test_an_empty_journal_and_a_whole_one_hold(store: Store) -> None:
    """Nothing written is no fault; each entry holds, and each hash that was ever the head is known again."""
    assert journal.verify(store) == journal.Verified(0, journal.START)
    heads = [write(store, number) for number in range(ENTRIES)]
    for head in [None, journal.START, *heads]:
        assert journal.verify(store, head) == journal.Verified(ENTRIES, heads[-1])


def test_an_entry_of_a_transaction_that_failed_was_never_there(store: Store) -> None:
    """What is rolled back leaves no number free and no gap in the chain."""
    write(store, 1)
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        1 / journal.append(connection, "a", "b", "c").count(b"no such bytes")
    head = write(store, 2)
    assert journal.verify(store) == journal.Verified(2, head)


@given(data=DATA)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_single_tampering_is_found(store: Store, data: st.DataObject) -> None:
    """One value changed, one entry removed from the middle, two swapped: verify names the first that does not hold."""
    if not rows(store):
        write(store, *range(ENTRIES))
    before = rows(store)
    kind = data.draw(st.sampled_from(["change", "remove", "swap"]))
    at = data.draw(st.integers(0, ENTRIES - (2 if kind == "remove" else 1)))
    kept, broken = [dict(row) for row in before], at + 1
    if kind == "change":
        column = data.draw(st.sampled_from([name for name in before[0] if name != "id"]))
        value = kept[at][column]
        if isinstance(value, bytes):
            bit = data.draw(st.integers(0, 255))
            kept[at][column] = (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(32, "big")
        elif isinstance(value, str):
            texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
            kept[at][column] = data.draw(texts.filter(lambda text: text != value))
        else:
            delta = data.draw(st.timedeltas().filter(bool))
            kept[at][column] = value + delta if abs(delta.days) < 300_000 else value.replace(year=1999)
    elif kind == "remove":
        del kept[at]
    else:
        other = data.draw(st.integers(0, ENTRIES - 1).filter(lambda number: number != at))
        kept[at], kept[other] = ({**kept[one], "id": number + 1} for one, number in ((other, at), (at, other)))
        broken = min(at, other) + 1
    put_back(store, kept)
    try:
        found = journal.verify(store)
        assert found.broken == broken, found
        assert found.entries == broken - 1
    finally:
        put_back(store, before)
    assert journal.verify(store).broken is None


def test_an_entry_slipped_in_is_found(store: Store) -> None:
    """A row below the first, or one appended without the hash before it, does not hold."""
    write(store, 1, 2)
    before = rows(store)
    for number, broken in [(0, 1), (-5, 1), (3, 3), (9, 3)]:
        put_back(store, [*before, {**before[0], "id": number, "previous": b"p" * 32, "hash": b"h" * 32}])
        assert journal.verify(store).broken == broken
        put_back(store, before)
    put_back(store, [{**before[0], "id": 0}])
    assert journal.verify(store).broken == 1


@pytest.mark.parametrize("cut", range(1, ENTRIES + 1))
def test_a_cut_off_end_is_found_beside_a_known_head(store: Store, cut: int) -> None:
    """Alone, a shorter chain holds; beside the head that somebody noted it does not, though entries follow again."""
    head = write(store, *range(ENTRIES))
    with store.writing() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.id > ENTRIES - cut))
    assert journal.verify(store).broken is None
    assert journal.verify(store, head).broken == ENTRIES - cut + 1
    write(store, *range(ENTRIES))
    assert journal.verify(store, head).broken is not None


def test_hostile_and_huge_details_are_kept_in_bounds(store: Store) -> None:
    """NUL, half characters, huge numbers, depth, sets, size: an entry is written all the same, and holds."""
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    with store.writing() as connection:
        journal.append(connection, "a\0\ud800", "b" * 9999, "c\0", {"k\0": "\udfff\0", "n": 10**40, "s": {"b", "a"}})
        journal.append(connection, "", "", "", {"deep": deep, "f": float("nan")})
        journal.append(connection, "a", "b", "c", {"long": "x" * 65_000, "longer": "x" * 65_000})
    assert journal.verify(store).entries == 3
    found = rows(store)
    assert found[0]["actor"] == "a\ufffd?"
    assert len(found[0]["action"]) == 200
    assert '"s":["a","b"]' in found[0]["detail"]
    assert found[2]["detail"].startswith('{"left_out":{"bytes":1300')


def test_writers_at_once_leave_one_chain(store: Store, database_url: str) -> None:
    """Several processes that append at once: every entry is there once, and the chain is whole."""
    writers, each = 3, 25
    environment = {**os.environ, "JOURNAL_DATABASE": database_url}
    command = [sys.executable, "-m", "tests.store.test_journal", str(each)]
    processes = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(writers)]
    assert [process.wait() for process in processes] == [0] * writers
    assert journal.verify(store).entries == writers * each
    assert journal.verify(store).broken is None
    written = [(row["actor"], row["object"]) for row in rows(store)]
    assert len(set(written)) == writers * each
    assert sorted({actor for actor, _ in written}) == sorted(str(process.pid) for process in processes)


def test_a_changed_row_by_plain_sql_is_found(store: Store) -> None:
    """What a person with a database client would do is found too."""
    write(store, *range(ENTRIES))
    with store.writing() as connection:
        change = update(TABLE).where(TABLE.c.id == bindparam("number")).values(actor="somebody else")
        connection.execute(change, {"number": 3})
    found = journal.verify(store)
    assert (found.broken, found.reason) == (3, "its content is not what was written")


if __name__ == "__main__":
    opened = open_store(os.environ["JOURNAL_DATABASE"])
    for n in range(int(sys.argv[1])):
        with opened.writing() as writing:
            journal.append(writing, str(os.getpid()), "wrote", str(n))
