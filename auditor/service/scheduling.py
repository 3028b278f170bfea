"""What a scheduler does each minute: decide the due times that have come, and begin what is to be run.

A slot and its run are made in one transaction, so that a scheduler that dies between them has made neither, and the
next look makes both. The slot's key is its due time: of two schedulers the one whose insert wins begins the run. Time
is the database's, and where it was set back nothing that has run is run again.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from auditor.errors import InputError
from auditor.goldens import load_golden
from auditor.schedules import Decision, Outcome, Schedule, decide, due_times, period
from auditor.selection import choose
from auditor.service import catalogue
from auditor.service.begin import begin as begin_run
from auditor.service.begin import declared_in, digest_of, narrowed
from auditor.service.request import Request
from auditor.store import phases, schedules, slots
from auditor.store.access.acting import Who, name_of, note
from auditor.store.engine import Store
from auditor.store.engine import now as database_now
from auditor.store.schedules import StoredSchedule
from auditor.store.slots import Slot
from auditor.tailorings import load_tailoring

Begin = Callable[[Connection, StoredSchedule, str], int]  # who asked -> the run's number


def begin_scheduled(connection: Connection, stored: StoredSchedule, requested_by: str) -> int:
    """Begin a run of what the schedule says, in the caller's transaction. Raises InputError."""
    return begin_run(connection, request_for(stored.schedule), schedule=stored.id, requested_by=requested_by)


def request_for(schedule: Schedule) -> Request:
    """What a run of the schedule is asked to do. Raises InputError."""
    work, population = schedule.work, schedule.population
    asked = {
        **work.model_dump(exclude={"tailoring"}),
        "tailoring": work.tailoring or "",
        "patterns": population.targets,
        "labels": population.labels,
    }
    try:
        return Request.model_validate(asked)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field, why = ".".join(map(str, first["loc"])), str(first["msg"]).removeprefix("Value error, ")
        raise InputError(f"{field}: {why}", where=f"schedule {schedule.name}") from None


def checked(schedule: Schedule, at: datetime, approved: Collection[str] = ()) -> str:
    """Why a run of the schedule would find nothing to do today, "" when it would find something.

    `approved`: names of the golden profiles that are approved in the database (`profiles.approved_names`).

    Raises InputError for a schedule that never runs, and for an inventory, baseline, tailoring, golden profile or
    format that is not there or is faulty.
    """
    if period(schedule, at) is None:
        mend = "Leave hours free, or write `then after`."
        raise InputError("every due time lies inside a blackout window", where=f"schedule {schedule.name}", mend=mend)
    request = request_for(schedule)
    check_content(request, approved)
    _, nothing = narrowed(declared_in(request.inventory, digest_of(request.inventory)), request)
    return nothing


def check_content(request: Request, approved: Collection[str] = ()) -> None:
    """Raise InputError for a baseline, tailoring or golden profile that is not there or is faulty.

    `approved` are golden profiles that need no file.
    """
    tailored = load_tailoring(request.tailoring) if request.tailoring else None
    if request.baselines or tailored:  # to load every shipped one takes seconds, and says nothing new
        choose(request.baselines, tailored, library=catalogue.baselines())
    for golden in request.goldens:
        if golden not in approved:
            load_golden(golden)


def tick(store: Store, begin: Begin = begin_scheduled, *, now: datetime | None = None) -> list[Slot]:
    """Decide what has come due; the new slots. To be called each minute, by as many processes as there are.

    `now` is the database's time unless a test says otherwise. What one schedule cannot do does not stop the others;
    a StoreError is raised when all were looked at: what it struck is undone and done by the next look.
    """
    with store.reading() as connection:
        numbers, at = schedules.in_use(connection), now or database_now(connection)
    made: list[Slot] = []
    problem: InputError | None = None
    for number in numbers:
        try:
            if _is_something(store, number, at):
                made += _look(store, number, now, begin)
        except InputError as struck:  # the database, or a definition that is none
            structlog.get_logger().error("schedule not looked at", schedule=number, reason=str(struck))
            problem = struck
    if problem is not None:
        raise problem
    return made


def run_now(store: Store, name: str, requested_by: str, begin: Begin = begin_scheduled) -> Slot:
    """Begin a run of the schedule at once, paused or not; its slot. Raises InputError: then nothing is kept."""
    with store.writing() as connection:
        return run_now_in(connection, name, requested_by, begin)


def run_now_in(connection: Connection, name: str, actor: Who, begin: Begin = begin_scheduled) -> Slot:
    """The same in the caller's transaction."""
    requested_by = name_of(actor)
    stored = schedules.find(connection, name)
    due = slots.claim_now(connection, stored.id, f"asked for by {requested_by}")
    _settle(connection, stored, due, f"asked for by {requested_by}", begin(connection, stored, requested_by))
    made = slots.slot(connection, stored.id, due)
    note(connection, actor, "schedule run", stored.name, {"run": made.run if made else None})
    assert made is not None  # noqa: S101  inserted above
    return made


def period_at(connection: Connection, schedule: int, at: datetime) -> timedelta | None:
    """How often a schedule (by its number) runs around a moment; None where it never does, or there is none."""
    stored = schedules.by_number(connection, schedule)
    return period(stored.schedule, at) if stored is not None else None


def _is_something(store: Store, number: int, at: datetime) -> bool:
    """Whether there may be something to decide: the one look in a thousand that needs to write."""
    with store.reading() as connection:
        stored = schedules.by_number(connection, number)
    if stored is None or at < stored.decided_until:
        return stored is not None
    return any(True for _ in due_times(stored.schedule, stored.decided_until, at))


def _look(store: Store, number: int, now: datetime | None, begin: Begin) -> list[Slot]:
    with store.writing() as connection:
        stored = schedules.held(connection, number)
        if stored is None:
            return []
        at = now or database_now(connection)
        if at < stored.decided_until:
            forgotten = slots.forget_later(connection, number, at)
            schedules.set_decided(connection, number, at)
            structlog.get_logger().warning("clock set back", schedule=stored.name, to=str(at), undone=forgotten)
            return []
        decided = decide(stored.schedule, stored.decided_until, at, paused=stored.paused)
        schedules.set_decided(connection, number, decided.until)
        busy = phases.open_run_of(connection, number)
        decisions = [_unless(one, busy) for one in decided.decisions]
        return [slot for one in decisions if (slot := _carry_out(connection, stored, one, at, begin))]


def _unless(decision: Decision, busy: str | None) -> Decision:
    """The decision, but no second run while one of the schedule is still going on: nights must not pile up."""
    if busy is None or decision.outcome is not Outcome.RUN:
        return decision
    return replace(decision, outcome=Outcome.SKIPPED, reason=f"the run {busy} of this schedule was still going on")


def _carry_out(
    connection: Connection, stored: StoredSchedule, decision: Decision, at: datetime, begin: Begin
) -> Slot | None:
    """The slot of a decision with its run, if any; None when somebody was first."""
    if not slots.claim(connection, stored.id, decision, at):
        return None
    if decision.outcome is Outcome.RUN:
        try:
            with connection.begin_nested():
                run = begin(connection, stored, f"schedule {stored.name}")
        except DBAPIError:
            raise  # nothing of this look is kept, and the next one tries again
        except Exception as problem:  # this night's run is lost, and says why; other schedules have theirs
            fault = "" if isinstance(problem, InputError) else f"a fault in Auditor itself: {type(problem).__name__}: "
            slots.settle(connection, stored.id, decision.due_at, slots.FAILED, f"{fault}{problem}")
        else:
            _settle(connection, stored, decision.due_at, decision.reason, run)
    slot = slots.slot(connection, stored.id, decision.due_at)
    if slot is not None:
        facts = {"schedule": stored.name, "due_at": str(slot.due_at), "run": slot.run, "reason": slot.reason}
        structlog.get_logger().info(f"slot {slot.outcome}", **facts)
    return slot


def _settle(connection: Connection, stored: StoredSchedule, due_at: datetime, reason: str, run: int) -> None:
    row = phases.run_row(connection, run)
    idle = row.state not in phases.OPEN
    outcome, why = (slots.NOTHING, row.message) if idle else (slots.BEGUN, reason)
    slots.settle(connection, stored.id, due_at, outcome, why, run)
