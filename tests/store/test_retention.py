"""Retention removes what is too old and nothing else, whoever works on the database at the same time."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlmodel import SQLModel

from auditor.domain import Snapshot
from auditor.errors import InputError
from auditor.store import blobs, journal, retention, runs
from auditor.store.engine import Store, StoreError, open_store
from auditor.store.going import GRACE, Policy, references
from auditor.store.history import Difference, TargetResult, Verdict, record_targets
from auditor.store.retention import retain, would_go
from auditor.store.snapshots import get_snapshots, put_snapshots
from auditor.store.sql import table_of
from auditor.store.tables import Blob, DriftRow, FindingRow, ReportRow, RunCapture, RunRow, RunTarget, SnapshotRow

FIRST = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KEEP = Policy(captures=2, reports=3)
CAPTURES, BLOBS = table_of(RunCapture), table_of(Blob)
SNAPSHOTS, SEEN = table_of(SnapshotRow), table_of(RunTarget)
Seen = Mapping[str, tuple[int, str] | tuple[int, str, int]]  # fact, status and a fact of no rule, by target


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


def night(store: Store, number: int, seen: Seen, state: str = "done") -> int:
    """A run on the night `number`, with a capture and a verdict of each target, and a report. Returns its id."""
    at = FIRST + timedelta(days=number)
    with store.writing() as connection:
        run = runs.new_run(connection, f"n{number}-{next(NAMES)}", {}, {})
        runs.change_run(connection, run, started_at=at, finished_at=at if state == "done" else None, state=state)
        series = connection.scalar(select(table_of(RunRow).c.series)) or 0
        record_targets(connection, run, series, [result(name, at, *what) for name, what in seen.items()])
        for count, (name, (fact, *_)) in enumerate(seen.items()):
            row = {"run": run, "source": "s", "platform": "linux", "target": name, "number": count, "taken_at": at}
            body = blobs.put(connection, f"capture of {name} with {fact} ".encode() * 50)
            connection.execute(insert(CAPTURES), row | {"capture": body, "about": blobs.put(connection, b"{}")})
        html = blobs.put(connection, f"report of {run}".encode())
        connection.execute(
            insert(table_of(ReportRow)), {"run": run, "format": "html", "content": html, "note": "", "made_at": at}
        )
    return run


NAMES = itertools.count()


def result(name: str, at: datetime, fact: int, status: str, noise: int = 0) -> TargetResult:
    snapshot = Snapshot(name, "linux", "s", at, {"fact": fact, "same": "x" * 50, "noise": noise}, {"fact": "cat"})
    verdict = Verdict("r", None, status, "low", {"observations": [], "reason": f"{fact}"})
    drift = [Difference("g", "fact", "changed", {"actual": fact})] if status == "fail" else []
    return TargetResult("s", "linux", name, name, 0, "collected", "", at, {}, snapshot, [verdict], drift)


def age(store: Store) -> None:
    """Everything was written long ago."""
    with store.writing() as connection:
        for table in (BLOBS, SNAPSHOTS):
            connection.execute(update(table).values(made_at=LONG_AGO))


def at(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def captures(store: Store) -> set[tuple[int, str]]:
    """(run, target) of what is kept."""
    with store.reading() as connection:
        return {(run, target) for run, target in connection.execute(select(CAPTURES.c.run, CAPTURES.c.target))}


def for_ever(store: Store) -> Any:
    """The rows that retention must not touch."""
    tables = [table for table in SQLModel.metadata.sorted_tables if table.name not in TIDIED]
    with store.reading() as connection:
        return {table.name: connection.execute(select(table).order_by(*table.primary_key)).all() for table in tables}


TIDIED = {"blob", "snapshot", "run_capture", "report", "journal"}


def referred(connection: Connection) -> set[int]:
    """The id of everything that something refers to; each can be read and is what it was."""
    found: set[int] = set()
    for column in references():
        found.update(connection.scalars(select(column).where(column.is_not(None))))
    full = connection.scalars(select(SNAPSHOTS.c.id).where(SNAPSHOTS.c.parts != b"")).all()
    get_snapshots(connection, full)
    for parts in connection.scalars(select(SNAPSHOTS.c.parts)):
        found.update(map(int, parts.split()))
    blobs.get_many(connection, found)
    return found


def assert_whole(store: Store, *, tidy: bool = True) -> None:
    """Nothing that is needed has gone; `tidy`: nothing else is left."""
    with store.reading() as connection:
        found = referred(connection)
        kept = set(connection.scalars(select(BLOBS.c.id)))
        assert found <= kept
        assert not tidy or found == kept


def test_captures_are_kept_for_nights_and_each_targets_newest_for_ever(store: Store) -> None:
    """Of five nights two keep all their captures; of a target that is gone since, the last one stays."""
    one, two = (night(store, number, {"a": (number, "pass"), "gone": (number, "fail")}) for number in (0, 1))
    rest = [night(store, number, {"a": (number, "pass")}) for number in (2, 3, 4)]
    age(store)
    before = for_ever(store)
    found = retain(store, KEEP, at(5))
    assert captures(store) == {(two, "gone"), (rest[1], "a"), (rest[2], "a")}
    assert found.captures == 4
    assert (one, "a") not in captures(store)
    assert for_ever(store) == before
    assert_whole(store)


def test_nights_are_those_with_runs(store: Store) -> None:
    """After a month without a run, or with a clock that is wrong by years, the same nights are kept."""
    kept = {(night(store, number, {"a": (number, "pass")}), "a") for number in (0, 1)}
    last = night(store, 40, {"a": (40, "pass")})
    age(store)
    for year in (2026, 2099, 1999):
        retain(store, Policy(captures=3, reports=60), datetime(year, 6, 1, tzinfo=UTC))
        assert captures(store) == kept | {(last, "a")}
        with store.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(table_of(ReportRow))) == 3


def test_an_open_run_keeps_its_captures(store: Store) -> None:
    """A run that is not over will still be judged from them, however old it is."""
    runs_ = [night(store, 0, {"a": (1, "pass"), "b": (1, "pass")}, state="judging")]
    runs_ += [night(store, number, {"a": (number, "pass"), "b": (2, "pass")}) for number in (1, 2, 3)]
    age(store)
    retain(store, Policy(captures=1, reports=1), at(9))
    assert captures(store) == {(run, target) for run in (runs_[0], runs_[3]) for target in ("a", "b")}
    with store.reading() as connection:
        assert connection.scalars(select(table_of(ReportRow).c.run)).all() == [runs_[0], runs_[2], runs_[3]]
    assert_whole(store)


def test_what_would_go_is_what_goes(store: Store) -> None:
    """A dry run changes nothing and names the very numbers; afterwards there is nothing left to do."""
    for number in range(30):
        gone: Seen = {"gone": (number, "pass")} if number < 3 else {}
        night(store, number, {"a": (number, "pass"), "b": (number // 9, "fail"), **gone})
    age(store)
    with store.writing() as connection:
        blobs.put(connection, b"young, and nobody's yet")
    policy = Policy(captures=4, reports=5, snapshots=8)
    with store.reading() as connection:
        before = {
            table.name: connection.execute(select(func.count()).select_from(table)).all()
            for table in SQLModel.metadata.sorted_tables
        }
    said = would_go(store, policy, at(30))
    with store.reading() as connection:
        assert before == {
            table.name: connection.execute(select(func.count()).select_from(table)).all()
            for table in SQLModel.metadata.sorted_tables
        }
    done = retain(store, policy, at(30))
    names = ("captures", "reports", "snapshots_thinned", "snapshots", "contents", "bytes")
    assert [getattr(done, name) for name in names] == [getattr(said, name) for name in names]
    assert min(done.captures, done.reports, done.snapshots_thinned, done.contents, done.bytes) > 0
    assert (said.only_said, done.only_said) == (True, False)
    again = would_go(store, policy, at(30))
    assert [getattr(again, name) for name in names] == [0] * len(names)
    assert_whole(store, tidy=False)


def test_thinned_snapshots_say_so_and_come_back(store: Store) -> None:
    """One a week stays, and where an open finding began; the others tell that they are gone; seen again they are whole.

    The hash of a thinned snapshot stays: what was once exported can still be compared.
    """
    for number in range(21):  # three weeks from a Monday on; the finding of the target is open since the third night
        night(store, number, {"a": (number, "fail" if number >= 2 else "pass")})
    with store.writing() as connection:
        connection.execute(update(table_of(FindingRow)).values(last=None).where(table_of(FindingRow).c.first == 0))
    age(store)
    before = for_ever(store)
    with store.reading() as connection:
        hashes = connection.execute(select(SNAPSHOTS.c.id, SNAPSHOTS.c.sha256).order_by(SNAPSHOTS.c.id)).all()
    found = retain(store, Policy(captures=30, reports=90, snapshots=5), at(21))
    with store.reading() as connection:
        full = connection.scalars(select(SNAPSHOTS.c.id).where(SNAPSHOTS.c.parts != b"")).all()
        nights = [
            moment // (24 * 3600 * 1_000_000) - (FIRST - datetime(1970, 1, 1, tzinfo=UTC)).days
            for moment in connection.scalars(select(SEEN.c.moment).where(SEEN.c.snapshot.in_(full)))
        ]
        assert sorted(nights) == [6, 13, 15, 16, 17, 18, 19, 20]
        thin = connection.scalar(select(SEEN.c.snapshot).where(SEEN.c.snapshot.not_in(full)).limit(1)) or 0
        with pytest.raises(StoreError, match="retention keeps one a week"):
            get_snapshots(connection, [thin])
        assert connection.execute(select(SNAPSHOTS.c.id, SNAPSHOTS.c.sha256).order_by(SNAPSHOTS.c.id)).all() == hashes
    assert found.snapshots_thinned == 13
    assert for_ever(store) == before
    assert_whole(store)
    night(store, 22, {"a": (3, "fail")})
    with store.reading() as connection:
        again = connection.scalar(select(SEEN.c.snapshot).order_by(SEEN.c.run.desc()).limit(1)) or 0
        assert again not in full
        assert get_snapshots(connection, [again])[again]["facts"]["fact"] == 3
        assert len(connection.scalars(select(SNAPSHOTS.c.id)).all()) == len(hashes)


def test_the_beginning_of_what_is_still_so_stays(store: Store) -> None:
    """The snapshot at which an open finding or drift was first seen is not thinned."""
    seen = [(0, "pass"), (1, "fail"), (1, "fail"), (2, "fail"), (3, "fail"), (3, "fail"), (3, "fail")]
    for number, what in enumerate(seen):
        night(store, number, {"a": (*what, number)})
    for number in range(10, 60, 7):
        night(store, number, {"a": (3, "fail", number)})
    age(store)
    with store.reading() as connection:
        began = connection.scalar(select(table_of(FindingRow).c.first).where(table_of(FindingRow).c.last.is_(None)))
        assert began == connection.scalar(select(func.max(table_of(DriftRow).c.first)))
        assert began is not None
        first = connection.scalar(select(SEEN.c.snapshot).where(SEEN.c.moment == began)) or 0
    retain(store, Policy(snapshots=1), at(60))
    with store.reading() as connection:
        assert get_snapshots(connection, [first])[first]["facts"]["noise"] == 4
    assert_whole(store)


HISTORY = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]), st.tuples(st.integers(0, 3), st.sampled_from(["pass", "fail"])), min_size=1
    ),
    min_size=1,
    max_size=9,
)


@given(
    history=HISTORY, policies=st.lists(st.tuples(*[st.integers(1, 9)] * 2, st.integers(0, 9)), min_size=1, max_size=3)
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_history_and_the_policy(
    store: Store, history: Sequence[Seen], policies: Sequence[tuple[int, int, int]]
) -> None:
    """Everything that is referred to stays whole, nothing else stays, and rows for ever stay as they were."""
    with store.writing() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(delete(table))
    for number, seen in enumerate(history):
        night(store, number * 2, seen)
    age(store)
    before = for_ever(store)
    newest = {target: run for run, target in sorted(captures(store))}
    for policy in policies:
        found = retain(store, Policy(*policy), at(len(history) * 2))
        assert for_ever(store) == before
        assert {(run, target) for target, run in newest.items()} <= captures(store)
        assert found.after > 0
        assert_whole(store)
    assert journal.verify(store).entries == len(policies)


def test_what_is_young_stays(store: Store) -> None:
    """Content that nothing refers to yet may be on its way: it stays for a day, put again for another."""
    night(store, 0, {"a": (1, "pass")})
    with store.writing() as connection:
        kept, put_again, old = (blobs.put(connection, content) for content in (b"young", b"again", b"old"))
        connection.execute(update(BLOBS).where(BLOBS.c.id != kept).values(made_at=LONG_AGO))
        assert blobs.put(connection, b"again") == put_again
    assert retain(store, KEEP, at(1)).contents == 1
    with store.reading() as connection:
        assert {kept, put_again} <= set(connection.scalars(select(BLOBS.c.id)))
        assert old not in set(connection.scalars(select(BLOBS.c.id)))
    assert GRACE > 2 * blobs.FRESH


def waits(store: Store) -> None:
    """Return when somebody waits for a lock (PostgreSQL), or after a while (SQLite, which does not tell)."""
    if store.is_sqlite:
        threading.Event().wait(0.5)
        return
    for _ in range(3000):
        with store.reading() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits: content could be removed while somebody is about to refer to it")


def test_content_found_again_and_not_yet_referred_to_survives(store: Store, database_url: str) -> None:
    """A writer that has found old content and snapshots, and refers to them later in its transaction, finds them."""
    for number, fact in [(0, 1), (1, 5), (30, 2)]:
        night(store, number, {"a": (fact, "pass"), "b": (7, "pass")})
    with store.writing() as connection:
        lost = blobs.put(connection, b"nobody's")
    age(store)
    assert would_go(store, Policy(1, 1, 1), at(400)).snapshots_thinned == 1
    other, done = open_store(database_url), []
    thread = threading.Thread(target=lambda: done.append(retain(other, Policy(1, 1, 1), at(400))))
    with store.writing() as connection:
        new = runs.new_run(connection, "again", {}, {})
        assert blobs.put(connection, b"nobody's") == lost
        thread.start()
        waits(store)
        series = connection.scalar(select(table_of(RunRow).c.series)) or 0
        record_targets(connection, new, series, [result("a", at(2), 1, "pass")])
        row = {"run": new, "source": "s", "platform": "linux", "target": "z", "number": 0, "taken_at": at(200)}
        connection.execute(insert(CAPTURES), row | {"capture": lost, "about": lost})
    thread.join(300)
    other.close()
    assert done[0].captures == 4
    assert done[0].contents > 0
    assert_whole(store)
    with store.reading() as connection:
        seen = connection.scalar(select(SEEN.c.snapshot).where(SEEN.c.run == new)) or 0
        assert get_snapshots(connection, [seen])[seen]["facts"]["fact"] == 1


def test_content_put_again_between_look_and_removal_survives(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that only a new snapshot refers to, in its list of parts, was made young by it, and so stays."""
    night(store, 0, {"b": (1, "pass")})
    with store.writing() as connection:
        orphan = result("a", at(0), 9, "pass", 9).snapshot
        assert orphan
        put_snapshots(connection, [orphan])
    age(store)
    remove, looked = retention._remove_contents, []

    def meanwhile(store: Store, contents: Mapping[int, int]) -> tuple[int, int]:
        looked.append(len(contents))
        night(store, 1, {"a": (9, "pass", 8)})
        return remove(store, contents)

    monkeypatch.setattr(retention, "_remove_contents", meanwhile)
    found = retain(store, KEEP, at(1))
    assert found.snapshots == 1
    assert found.contents == looked[0] - 1  # the part with the fact 9 stays
    assert_whole(store)


def test_writers_and_retention_side_by_side(store: Store, database_url: str) -> None:
    """While contents and snapshots come and go, whatever a writer has committed can be read at once and at the end."""
    night(store, 0, {"a": (0, "pass")})
    stop, failures = threading.Event(), []

    def write() -> None:
        mine = open_store(database_url)
        try:
            for number in range(1, 30):
                run = night(mine, 100 + number, {"a": (number % 4, "pass"), "b": (number % 3, "fail")})
                with mine.reading() as connection:
                    seen = connection.scalars(select(SEEN.c.snapshot).where(SEEN.c.run == run)).all()
                    get_snapshots(connection, [ident for ident in seen if ident])
                    content = connection.scalar(select(CAPTURES.c.capture).where(CAPTURES.c.run == run).limit(1))
                    blobs.get(connection, content or 0)
        except (StoreError, AssertionError) as problem:
            failures.append(problem)
        finally:
            mine.close()
            stop.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not stop.is_set():
        age_unreferred(store)
        retain(store, Policy(1, 1, 1), at(400))
    thread.join()
    assert failures == []
    age(store)
    retain(store, Policy(1, 1, 1), at(400))
    assert_whole(store)
    assert journal.verify(store).broken is None


def age_unreferred(store: Store) -> None:
    """As if a day had gone by for all that nobody refers to."""
    with store.writing(alone=True) as connection:
        unused = (~select(column).where(column == BLOBS.c.id).exists() for column in references())
        connection.execute(update(BLOBS).where(*unused).values(made_at=LONG_AGO))
        parts = connection.scalars(select(SNAPSHOTS.c.parts)).all()
        used = {int(part) for one in parts for part in one.split()}
        connection.execute(update(BLOBS).where(BLOBS.c.id.in_(used)).values(made_at=LONG_AGO))


def test_ended_half_way_it_loses_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of its transactions is the last: all that is needed is there, and the next time the rest goes."""
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    for number in range(12):
        night(store, number, {"a": (number, "pass"), "b": (number // 4, "fail")})
    age(store)
    before = for_ever(store)
    policy, writing = Policy(2, 2, 3), Store.writing
    left = 0

    def dying(self: Store, *, alone: bool = False) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return writing(self, alone=alone)

    for allowed in itertools.count():
        left = allowed % 7
        monkeypatch.setattr(Store, "writing", dying)
        try:
            retain(store, policy, at(13))
        except KeyboardInterrupt:
            monkeypatch.setattr(Store, "writing", writing)
            assert_whole(store, tidy=False)
            assert for_ever(store) == before
            continue
        break
    monkeypatch.setattr(Store, "writing", writing)
    assert allowed > 3
    assert_whole(store)


def test_two_at_once_remove_everything_once(store: Store, database_url: str) -> None:
    """Two schedulers that tidy at the same moment: together they remove what one would, and both say their share."""
    for number in range(12):
        night(store, number, {"a": (number, "pass"), "b": (number // 4, "fail")})
    age(store)
    policy, other, done = Policy(2, 2, 3), open_store(database_url), []
    planned = would_go(store, policy, at(13))
    thread = threading.Thread(target=lambda: done.append(retain(other, policy, at(13))))
    thread.start()
    done.append(retain(store, policy, at(13)))
    thread.join(300)
    other.close()
    for name in ("captures", "reports", "contents", "bytes"):
        assert sum(getattr(found, name) for found in done) == getattr(planned, name)
    assert_whole(store)
    assert journal.verify(store).entries == 2


def test_the_file_gets_smaller(sqlite_url: str) -> None:
    """Space of removed content goes back to the disk, and the report tells both sizes."""
    store = open_store(sqlite_url)
    night(store, 0, {"a": (0, "pass")})
    with store.writing() as connection:
        noise = [hash_of(number) for number in range(2000)]
        blobs.put_many(connection, noise)
    age(store)
    found = retain(store, KEEP, at(1))
    assert found.contents == len(noise)
    assert found.before - found.after > found.bytes // 2
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA freelist_count").scalar_one() == 0
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    store.close()


def hash_of(number: int) -> bytes:
    """A kilobyte that does not compress."""
    return b"".join(blobs.digest_of(f"{number}.{part}".encode()) for part in range(32))


def test_the_journal_tells_what_went(store: Store) -> None:
    """Policy and numbers stand in the journal, with who asked for it."""
    for number in range(4):
        night(store, number, {"a": (number, "pass")})
    age(store)
    found = retain(store, KEEP, at(4), actor="nightly")
    with store.reading() as connection:
        row = connection.execute(text("SELECT actor, action, detail FROM journal")).one()
    assert (row.actor, row.action) == ("nightly", "retention")
    assert f'"captures":{found.captures}' in row.detail
    assert '"policy":{"captures":2,"downloads":400,"reports":3,"snapshots":0}' in row.detail


@pytest.mark.parametrize("policy", [Policy(captures=0), Policy(reports=-1), Policy(snapshots=-1)])
def test_a_policy_of_no_sense_is_refused(store: Store, policy: Policy) -> None:
    """Nothing is removed by a mistyped number."""
    for attempt in (retain, would_go):
        with pytest.raises(InputError, match="retention cannot keep"):
            attempt(store, policy, at(1))


def test_an_empty_store_has_nothing_to_lose(store: Store) -> None:
    """The first night's retention finds nothing and says so."""
    assert retain(store, KEEP, at(0)).captures == 0
