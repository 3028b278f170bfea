"""Targets that earlier runs have read, and that the latest run of their source does not find any more.

A source that failed says nothing of who is behind it; nor does a run that asked for some targets only, or an exclusion.
What somebody has confirmed (`retire_target`) is told no more, until it is read again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from auditor.access import Reach
from auditor.coverage import NOT_SHOWN, NOT_SHOWN_ANY_MORE
from auditor.domain import Member
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.store.access.acting import Who, name_of, note
from auditor.store.blobs import get_json
from auditor.store.engine import now
from auditor.store.history import COUNTED, time_of
from auditor.store.listing.labels import within
from auditor.store.listing.looks import WHOLE
from auditor.store.retired_tables import RetiredTarget
from auditor.store.sql import MANY, clean, in_batches, key_text, table_of, upsert
from auditor.store.tables import RunRow, RunSource, RunTarget, TargetRow

LONGEST_REASON = 1000
_WHOLE = 3  # runs of which every source is looked at
_RUN, _SEEN, _TARGET = table_of(RunRow), table_of(RunTarget), table_of(TargetRow)
_SOURCE, _RETIRED = table_of(RunSource), table_of(RetiredTarget)
_ABSENT = "the latest run of its source does not find it any more"
_UNASKED = "its schedule does not ask its source any more"


@dataclass(frozen=True, slots=True)
class Gone:
    """A target that is gone: when and in which run it was last read, its verdict counts then, and why it is gone.

    `missed_by` is the latest run that could have read it; `retired` whether somebody has confirmed it.
    """

    target: int
    source: str
    platform: str
    name: str
    last_seen: datetime
    last_run: str
    missed_by: str
    counts: Mapping[str, int]
    reason: str
    moment: int
    retired: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        names = ("source", "platform", "name", "last_seen", "last_run", "missed_by", "reason")
        return {**{name: getattr(self, name) for name in names}, "counts": dict(self.counts)}


def gone_targets(connection: Connection, source: str | None = None, reach: Reach = WHOLE) -> list[Gone]:
    """Those that are gone and not retired, by source, platform and name; of one source, or of all; those in reach."""
    return [one for one in all_gone(connection, source, reach) if not one.retired]


def all_gone(connection: Connection, source: str | None = None, reach: Reach = WHOLE) -> list[Gone]:
    """The same with those that are retired."""
    found = [one for run, sources in _latest(connection, source) for one in _gone_of(connection, sources, run, reach)]
    retired = _retired(connection, [one.target for one in found])
    marked = [replace(one, retired=retired.get(one.target, -1) >= one.moment) for one in found]
    return sorted(marked, key=lambda one: (one.source, one.platform, one.name))


def retire_target(connection: Connection, name: str, reason: str, actor: Who) -> Gone:
    """Confirm that a target, `name` or `source/name`, is gone for good; it stands in the journal.

    Raises NotFoundError for one that no run has read, ConflictError for one that is there still or retired already, and
    InputError for a name that several have.
    """
    source, slash, own = name.partition("/")
    meant = [
        one
        for one in gone_targets(connection)
        if name == one.name or (slash and (source, own) == (one.source, one.name))
    ]
    if len(meant) > 1:
        names = ", ".join(f"{one.source}/{one.name}" for one in meant[:5])
        raise InputError(f"{len(meant)} targets are called that", where=name[:200], mend=f"Name one of {names}.")
    if not meant:
        raise _not_gone(connection, name)
    retire(connection, meant, reason, actor)
    return meant[0]


def retire(connection: Connection, gone: Sequence[Gone], reason: str, actor: Who) -> None:
    """Confirm that these are gone for good; each stands in the journal. Raises InputError for no reason."""
    reason = clean(reason.strip(), LONGEST_REASON)
    if len(reason) < 3:
        raise InputError("there is no reason", mend="Say why it is gone: --reason 'decommissioned, change 4711'.")
    at, by = now(connection), clean(name_of(actor), 200)
    rows = [{"target": one.target, "last_moment": one.moment, "at": at, "by": by, "reason": reason} for one in gone]
    upsert(connection, _RETIRED, rows)
    for one in gone:
        detail = {"platform": one.platform, "last_seen": one.last_seen.isoformat(), "reason": reason}
        note(connection, actor, "inventory.retire", f"{one.source}/{one.name}", detail)


def without_retired(connection: Connection, source: str, members: Sequence[Member]) -> list[Member]:
    """The members of a source that nobody has retired, or that were read since."""
    columns = (_TARGET.c.id, _TARGET.c.platform, _TARGET.c.name, _RETIRED.c.last_moment)
    query = select(*columns).select_from(_RETIRED.join(_TARGET, _RETIRED.c.target == _TARGET.c.id))
    retired = {row.id: row for row in connection.execute(query.where(_TARGET.c.source == key_text(source)))}
    for target, moment, _ in _last_read(connection, list(retired)):
        if moment > retired[target].last_moment:
            del retired[target]
    gone = {(row.platform, row.name) for row in retired.values()}
    return [one for one in members if (key_text(one.platform, 100), key_text(one.name)) not in gone]


def _latest(connection: Connection, source: str | None) -> Iterator[tuple[Any, list[str]]]:
    """Whole runs with a result, the newest first, each with the sources that it was the latest to read.

    Nearly all are those of the last run or two; the few others are asked for by name, run by run, as the key has them.
    """
    wanted = {key_text(source)} if source is not None else set(connection.scalars(select(_TARGET.c.source).distinct()))
    whole = select(_RUN.c.id).where(_RUN.c.whole, _RUN.c.state == "done", _RUN.c.head.is_not(None))
    for number, run in enumerate(connection.scalars(whole.order_by(_RUN.c.id.desc())).all()):
        if not wanted:
            return
        read = select(_SOURCE.c.source).where(_SOURCE.c.run == run, _SOURCE.c.status != "failed")
        if number < _WHOLE and len(wanted) > MANY:
            queries = [read]
        else:
            queries = [read.where(_SOURCE.c.source.in_(batch)) for batch in in_batches(sorted(wanted))]
        found = [name for one in queries for name in connection.scalars(one) if key_text(name) in wanted]
        if found:
            wanted -= {key_text(name) for name in found}
            yield connection.execute(select(_RUN).where(_RUN.c.id == run)).one(), found


def _gone_of(connection: Connection, sources: Sequence[str], run: Any, reach: Reach) -> list[Gone]:
    """Of sources with the same latest run."""
    unasked = _unasked(connection, sources, run)
    rows = [row for batch in in_batches(sources) for row in _suspects(connection, batch, run, unasked.sources, reach)]
    reasons = {row.id: why for row in rows if (why := _why(row, unasked=row.source in unasked.sources))}
    if not reasons:
        return []
    excluded = {one["target"] for one in get_json(connection, run.head)["coverage"]["excluded"]}
    named = {row.id: row for row in rows}
    out = []
    for target, moment, last in _last_read(connection, reasons):
        row = named[target]
        if last.run > run.id or (row.status is None and {row.name, f"{row.source}/{row.name}"} & excluded):
            continue
        counts = {name: int(getattr(last, name)) for name in COUNTED}
        missed = unasked.run if row.source in unasked.sources else run.name
        about = (row.source, row.platform, row.name, time_of(moment), last.name, missed)
        out.append(Gone(target, *about, counts, reasons[target], moment))
    return out


def _suspects(
    connection: Connection, sources: Sequence[str], run: Any, unasked: Collection[str], reach: Reach
) -> Sequence[Any]:
    """The targets of sources that the run did not read, or whose source is not asked any more."""
    joined = _TARGET.outerjoin(_SEEN, and_(_SEEN.c.run == run.id, _SEEN.c.target == _TARGET.c.id))
    keys = {key_text(one) for one in sources}
    doubtful = or_(_SEEN.c.status.is_(None), _SEEN.c.status != "collected", _TARGET.c.source.in_(keys & set(unasked)))
    columns = (_TARGET.c.id, _TARGET.c.source, _TARGET.c.platform, _TARGET.c.name, _SEEN.c.status, _SEEN.c.reason)
    query = select(*columns).select_from(joined).where(_TARGET.c.source.in_(keys), doubtful)
    return connection.execute(query.where(within(reach, _TARGET.c.id))).all()


def _why(row: Any, *, unasked: bool) -> str:
    if row.status is None:
        return _ABSENT
    if row.status != "collected":
        return str(row.reason) if row.reason.endswith((NOT_SHOWN, NOT_SHOWN_ANY_MORE)) else ""
    return _UNASKED if unasked else ""


class _Unasked(NamedTuple):
    """The latest whole run of a schedule, and the sources (as targets have them) that it did not ask any more."""

    run: str = ""
    sources: frozenset[str] = frozenset()


def _unasked(connection: Connection, sources: Sequence[str], run: Any) -> _Unasked:
    if run.schedule is None:
        return _Unasked()
    query = select(_RUN.c.id, _RUN.c.name).where(_RUN.c.schedule == run.schedule, _RUN.c.id > run.id)
    query = query.where(_RUN.c.whole, _RUN.c.state == "done", _RUN.c.head.is_not(None))
    later = connection.execute(query.order_by(_RUN.c.id.desc()).limit(1)).first()
    if later is None:
        return _Unasked()
    asked: set[str] = set()
    for batch in in_batches(sources):
        query = select(_SOURCE.c.source).where(_SOURCE.c.run == later.id, _SOURCE.c.source.in_(batch))
        asked |= set(connection.scalars(query))
    return _Unasked(later.name, frozenset(key_text(one) for one in sources if one not in asked))


def _last_read(connection: Connection, targets: Collection[int]) -> Iterator[tuple[int, int, Any]]:
    """(target, moment, row of that run and target) of the latest reading of each; those never read are left out."""
    for batch in in_batches(targets):
        latest = (
            select(_SEEN.c.target, func.max(_SEEN.c.moment).label("moment"))
            .where(_SEEN.c.target.in_(batch), _SEEN.c.status == "collected")
            .group_by(_SEEN.c.target)
            .subquery()
        )
        same = and_(_SEEN.c.target == latest.c.target, _SEEN.c.moment == latest.c.moment)
        counts = [_SEEN.c[name] for name in COUNTED]
        query = select(_SEEN.c.target, _SEEN.c.moment, _SEEN.c.run, _RUN.c.name, *counts)
        query = query.select_from(latest.join(_SEEN, same).join(_RUN, _SEEN.c.run == _RUN.c.id))
        rows = connection.execute(query.where(_SEEN.c.status == "collected").order_by(_SEEN.c.run)).all()
        yield from {row.target: (row.target, row.moment, row) for row in rows}.values()


def _retired(connection: Connection, targets: Collection[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for batch in in_batches(targets):
        query = select(_RETIRED.c.target, _RETIRED.c.last_moment).where(_RETIRED.c.target.in_(batch))
        found.update((row.target, row.last_moment) for row in connection.execute(query))
    return found


def _not_gone(connection: Connection, name: str) -> InputError:
    source, _, own = name.partition("/")
    either = (_TARGET.c.name == key_text(name)) | (
        (_TARGET.c.source == key_text(source)) & (_TARGET.c.name == key_text(own))
    )
    known = [row.id for row in connection.execute(select(_TARGET.c.id).where(either))]
    if not known:
        return NotFoundError("no run knows this target", where=name[:200], mend="`auditor inventory gone` lists them.")
    if _retired(connection, known):
        return ConflictError("it is retired already", where=name[:200])
    return ConflictError("it is not gone", where=name[:200], mend="The latest run of its source found it.")
