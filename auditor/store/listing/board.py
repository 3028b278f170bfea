"""The state of everything now: each target as it was seen last, in whatever series, and what stands on it.

It is worked out once after a run has ended, and kept in memory: pages that count over everything, or begin with the
worst, then read no more of the database than they show. What somebody may see of it, `sight` asks the database.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, and_, func, select

from auditor.access import Reach
from auditor.store.gone import Gone
from auditor.store.history import COUNTED
from auditor.store.listing.labels import Labels, has, within
from auditor.store.listing.vanished import vanished
from auditor.store.retired_tables import RetiredTarget
from auditor.store.sql import in_batches, table_of
from auditor.store.tables import DriftRow, FindingRow, RuleRow, RunRow, RunTarget, TargetRow

T = TypeVar("T")
OPEN_STATUSES = ("fail", "unknown", "error")
MOST_SIGHTS = 16  # each is as large as the estate, at most
MOST_KEPT = 64
_RUN, _SEEN, _TARGET, _RULE = table_of(RunRow), table_of(RunTarget), table_of(TargetRow), table_of(RuleRow)
_FINDING, _DRIFT, _RETIRED = table_of(FindingRow), table_of(DriftRow), table_of(RetiredTarget)
Targets = frozenset[int]


class Line(NamedTuple):
    """A target as it was seen last. Counts are of rules; `critical` and `high` are of those that fail."""

    target: int
    run: int
    series: int
    moment: int
    status: str  # collected | stale | unreachable
    name: str
    platform: str
    source: str
    passed: int
    failed: int
    unknown: int
    waived: int
    critical: int
    high: int
    drift: int
    read: bool  # whether its findings are those of a reading, and no list of what nobody knows


class Kind(NamedTuple):
    """Drift of one kind at one path of a golden profile; `body` is the blob that says it."""

    change: str
    body: int


@dataclass(slots=True)
class Board:
    """`failing` and `unknown` are targets by rule; `drift` targets by (profile, path) and kind. Gone ones in neither.

    `severity` is that of the rules that stand, `rules` their names by number, `standing` the numbers of those that
    stand by (series, status, severity).
    """

    lines: Mapping[int, Line]
    gone: Mapping[int, Gone]
    series: tuple[int, ...]
    runs: tuple[int, ...]  # of the lines, the newest first
    rules: Mapping[int, str]
    severity: Mapping[str, str]
    standing: Mapping[tuple[int, str, str], frozenset[int]]
    failing: Mapping[str, Targets]
    unknown: Mapping[str, Targets]
    drift: Mapping[tuple[str, str], Mapping[Kind, Targets]]
    present: Targets  # those of the lines that are not gone
    readable: Targets  # those of them that were read
    _sights: dict[Any, Targets] = field(default_factory=dict)
    _kept: dict[Any, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def among_present(self, targets: Targets) -> Targets:
        """Those that are not gone; of all targets, without looking at each."""
        return self.present if len(targets) == len(self.lines) else targets & self.present

    def among_readable(self, targets: Targets) -> Targets:
        """Those that are not gone and were read; of all targets, or all that are not gone, without looking at each."""
        whole = targets is self.present or len(targets) == len(self.lines)
        return self.readable if whole else targets & self.readable

    def remember(self, key: Any, value: T) -> T:
        """Keep something that was made of this board and is asked for again; returns it."""
        self._put(self._kept, MOST_KEPT, key, value)
        return value

    def remembered(self, key: Any) -> Any:
        """What was kept, or None."""
        return self._kept.get(key)

    def remember_sight(self, key: Any, targets: Targets) -> Targets:
        """Keep who lies in reach; returns it."""
        self._put(self._sights, MOST_SIGHTS, key, targets)
        return targets

    def remembered_sight(self, key: Any) -> Targets | None:
        """What was kept, or None."""
        return self._sights.get(key)

    def _put(self, kept: dict[Any, Any], most: int, key: Any, value: Any) -> None:
        with self._lock:
            while len(kept) >= most:
                del kept[next(iter(kept))]
            kept[key] = value


def board(connection: Connection) -> Board:
    """The board, as of the run that ended last. Whoever comes while a new one is made gets the one before it."""
    place = _places.setdefault(connection.engine, _Place())
    state = _state(connection)
    before = place.board
    if before is not None and place.state == state:
        return before
    if not place.lock.acquire(blocking=before is None):
        return before or board(connection)
    try:
        if place.board is None or place.state != state:
            place.board, place.state = _made(connection), state
        return place.board
    finally:
        place.lock.release()


def sight(connection: Connection, whole: Board, reach: Reach, labels: Labels | None = None) -> Targets:
    """The targets of a board that lie in reach and have these labels, gone ones too."""
    wanted = tuple(sorted((labels or {}).items()))
    key = (reach, wanted)
    found = whole.remembered_sight(key)
    if found is not None:
        return found
    query = select(_TARGET.c.id).where(within(reach, _TARGET.c.id), *(has(_TARGET.c.id, *one) for one in wanted))
    return whole.remember_sight(key, frozenset(connection.scalars(query)).intersection(whole.lines))


def still_within(connection: Connection, targets: list[int], reach: Reach) -> set[int]:
    """Those of some targets that lie in reach at this moment: a host may have got other labels since."""
    if reach.everything:
        return set(targets)
    found: set[int] = set()
    for batch in in_batches(targets):
        query = select(_TARGET.c.id).where(_TARGET.c.id.in_(batch), within(reach, _TARGET.c.id))
        found |= set(connection.scalars(query))
    return found


class _Place:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.board: Board | None = None
        self.state: Any = None


_places: WeakKeyDictionary[Engine, _Place] = WeakKeyDictionary()


def _state(connection: Connection) -> Any:
    done = select(func.count(), func.max(_RUN.c.id), func.max(_RUN.c.finished_at)).where(_RUN.c.state == "done")
    confirmed = select(func.count(), func.max(_RETIRED.c.at))
    return tuple(connection.execute(done).one()), tuple(connection.execute(confirmed).one())


def _made(connection: Connection) -> Board:
    seen, gone = _seen(connection), vanished(connection)
    series = tuple(sorted({row.series for row in seen.values()}))
    rules = {row.id: row.rule for row in connection.execute(select(_RULE))}
    present = {one: row for one, row in seen.items() if one not in gone}
    read = {one: row.series for one, row in present.items() if row.unread is None}
    severity: dict[str, str] = {}
    standing: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    failing: dict[str, set[int]] = defaultdict(set)
    unknown: dict[str, set[int]] = defaultdict(set)
    worst: dict[str, dict[int, int]] = {"critical": defaultdict(int), "high": defaultdict(int)}
    for row in _findings(connection, series):
        if read.get(row.target) == row.series:
            name = rules[row.rule]
            severity[name] = row.severity
            standing[row.series, row.status, row.severity].add(row.rule)
            targets = (failing if row.status == "fail" else unknown)[name]
            if row.status == "fail" and row.target not in targets and row.severity in worst:
                worst[row.severity][row.target] += 1
            targets.add(row.target)
    drift: dict[tuple[str, str], dict[Kind, set[int]]] = defaultdict(lambda: defaultdict(set))
    drifts: dict[int, int] = defaultdict(int)
    for row in connection.execute(_drifts()):
        if read.get(row.target) == row.series:
            drift[row.golden, row.path][Kind(row.change, row.body)].add(row.target)
            drifts[row.target] += row.change != "unknown"
    lines = {
        one: Line(
            one, row.run, row.series, row.moment, row.status, row.shown, row.platform, row.source,
            row.passed, row.failed, row.unknown, row.waived,
            worst["critical"].get(one, 0), worst["high"].get(one, 0), drifts.get(one, 0), row.unread is None,
        )
        for one, row in seen.items()
    }  # fmt: skip
    return Board(
        lines,
        gone,
        series,
        tuple(sorted({row.run for row in seen.values()}, reverse=True)),
        rules,
        severity,
        {place: frozenset(numbers) for place, numbers in standing.items()},
        {name: frozenset(targets) for name, targets in failing.items()},
        {name: frozenset(targets - failing.get(name, set())) for name, targets in unknown.items()},
        {place: {kind: frozenset(at) for kind, at in kinds.items()} for place, kinds in drift.items()},
        frozenset(present),
        frozenset(read),
    )


def _seen(connection: Connection) -> dict[int, Any]:
    earlier, run = _SEEN.alias(), _RUN.alias()
    latest = (  # a question for each target, which an index answers, and none for each target of each night
        select(earlier.c.moment)
        .join(run, earlier.c.run == run.c.id)
        .where(earlier.c.target == _TARGET.c.id, run.c.state == "done", run.c.rules.is_not(None))
        .order_by(earlier.c.moment.desc())
        .limit(1)
        .correlate(_TARGET)
        .scalar_subquery()
    )
    names = ("target", "run", "series", "moment", "status", "shown", "unread", *COUNTED)
    columns = [_SEEN.c[name] for name in names]
    same = and_(_SEEN.c.target == _TARGET.c.id, _SEEN.c.moment == latest)
    query = select(*columns, _TARGET.c.platform, _TARGET.c.source).select_from(_TARGET.join(_SEEN, same))
    query = query.join(_RUN, _SEEN.c.run == _RUN.c.id).where(_RUN.c.state == "done", _RUN.c.rules.is_not(None))
    return {row.target: row for row in connection.execute(query.order_by(_SEEN.c.run))}


def _findings(connection: Connection, series: tuple[int, ...]) -> Any:
    f = _FINDING.c
    for one in series:
        query = select(f.series, f.target, f.rule, f.status, f.severity).where(f.series == one, f.last.is_(None))
        yield from connection.execute(query.where(f.status.in_(OPEN_STATUSES)))


def _drifts() -> Any:
    d = _DRIFT.c
    return select(d.series, d.target, d.golden, d.path, d.change, d.body).where(d.last.is_(None))
