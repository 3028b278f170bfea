"""Somebody asks for a download: what is meant is found out and checked, and the same choice is the same report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from auditor.access import Reach
from auditor.access.reaching import covers
from auditor.errors import ConflictError, InputError, NotFoundError
from auditor.service.downloads.choice import Choice, Period, State
from auditor.service.downloads.framework import present, title_of
from auditor.service.when import moment
from auditor.store import blobs, exports, periods, schedules
from auditor.store.engine import now
from auditor.store.listing import runs


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody said: a run (else the latest), or `begin` and `end` of a period, or `at`; and what of it."""

    run: str = ""
    begin: str = ""
    end: str = ""
    at: str = ""
    zone: str = ""
    schedule: str = ""
    series: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    framework: str = ""


def ask(connection: Connection, wanted: Wanted, form: str, reach: Reach, actor: str) -> Row[Any]:
    """The export of what is wanted in a format (`store.exports`): the one that there is, or one that waits to be made.

    Whoever asked sees to it that it is made (`exporting.make_soon`), and writes into the journal. Raises InputError.
    """
    run, choice = chosen(connection, wanted, reach, actor)
    return exports.ask(connection, run.id, form, reach, actor, choice.text())


def chosen(connection: Connection, wanted: Wanted, reach: Reach, actor: str) -> tuple[Any, Choice]:
    """The row of the last run that it is of, and the choice. Raises NotFoundError, ConflictError, InputError."""
    ways = [bool(wanted.run), bool(wanted.begin or wanted.end), bool(wanted.at)]
    if sum(ways) > 1:
        raise InputError("a run, a period and a moment exclude one another", mend="Choose one of them.")
    if (wanted.schedule or wanted.series or wanted.zone) and not (ways[1] or ways[2]):
        raise InputError("a schedule, a series and a zone go with a period or a moment", mend="Name its times.")
    if ways[1]:
        run, choice = _period(connection, wanted, reach)
    elif ways[2]:
        run, choice = _moment(connection, wanted, reach)
    else:
        run = _run(connection, wanted.run or "latest", reach, actor)
        choice = _of(wanted, run, None)
    _check(connection, run, choice, reach)
    return run, choice


def _of(wanted: Wanted, run: Any, when: Period | State | None) -> Choice:
    return Choice(run.name, when, wanted.labels, wanted.platforms, wanted.sources, wanted.framework)


def _run(connection: Connection, name: str, reach: Reach, actor: str) -> Any:
    row = runs.find(connection, name, reach, actor) if "\0" not in name else None
    if row is None:
        raise NotFoundError(f"there is no run {name[:100]!r}")
    if row.head is None or row.series is None:
        raise ConflictError(f"the run has no result: it is {row.state}", mend="Wait until it has ended.")
    return row


def _period(connection: Connection, wanted: Wanted, reach: Reach) -> tuple[Any, Choice]:
    if not (wanted.begin and wanted.end):
        raise InputError("a period has two ends", mend="Give both, from and to.")
    begin = moment(wanted.begin, wanted.zone or None, option="from", end_of_day=False)
    end = _past(connection, wanted.end, wanted.zone, "to")
    if begin >= end:
        raise InputError("the period ends before it begins", mend="Exchange from and to.")
    series = _series(connection, wanted, reach, end)
    schedule = _schedule(connection, wanted.schedule, reach) if wanted.schedule else None
    run = periods.last_run(connection, series, reach, end, begin, schedule)
    if run is None:
        raise NotFoundError("no run ended with a result in this period", mend="Look at the list of runs.")
    return run, _of(wanted, run, Period(series, begin, end, wanted.zone or "UTC", wanted.schedule))


def _moment(connection: Connection, wanted: Wanted, reach: Reach) -> tuple[Any, Choice]:
    at = _past(connection, wanted.at, wanted.zone, "at")
    series = _series(connection, wanted, reach, at)
    run = periods.last_run(connection, series, reach, at)
    if run is None:
        raise NotFoundError("nothing was seen by then", mend="Look at the list of runs.")
    return run, _of(wanted, run, State(series, at, wanted.zone or "UTC", wanted.schedule))


def _past(connection: Connection, text: str, zone: str, option: str) -> datetime:
    """A moment that is over; of a day that is not over, now to the second. A moment to come says nothing for good."""
    at, today = moment(text, zone or None, option=option), now(connection).replace(microsecond=0)
    if at <= today:
        return at
    if len(text.strip()) == len("2026-03-31") and moment(text, zone or None, option=option, end_of_day=False) <= today:
        return today.astimezone(UTC)
    raise InputError(f"{option} lies ahead: nobody knows that state yet", mend="Name a moment of the past.")


def _series(connection: Connection, wanted: Wanted, reach: Reach, at: datetime) -> int:
    if wanted.schedule:
        stored = _schedule(connection, wanted.schedule, reach)
        found = periods.series_of_schedule(connection, stored, reach, at)
        if found is None:
            raise NotFoundError("the schedule had no run with a result by then")
        return found
    found = wanted.series or periods.default_series(connection, reach)
    if found is None:
        raise NotFoundError("no run has ended with a result yet")
    return found


def _schedule(connection: Connection, name: str, reach: Reach) -> int:
    known = {one.name: one for one in schedules.listed(connection, retired=True)}
    stored = known.get(name)
    if stored is None or not covers(reach, stored.schedule.population.labels):
        raise NotFoundError("there is no such schedule")
    return stored.id


def _check(connection: Connection, run: Any, choice: Choice, reach: Reach) -> None:
    cut = choice.cut(reach)
    if cut.chosen and not periods.has_target(connection, run.series, cut.conditions()):
        raise InputError("no target is chosen by these labels, platforms and sources", mend="Choose fewer of them.")
    if choice.framework:
        known = present(blobs.get_json(connection, run.rules))
        if choice.framework not in known:
            names = ", ".join(known) or "none"
            raise InputError(
                f"no rule of the run serves a control of {title_of(choice.framework)[:60]!r}",
                mend=f"There are: {names}.",
            )
