"""`auditor audit --run`: what was read once, judged again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.cli.audit import Limits, cover_of, exit_status, finish
from auditor.cli.report import past_moment
from auditor.cli.saving import open_database
from auditor.errors import InputError
from auditor.pipeline import Plan
from auditor.store.engine import Store


@dataclass(frozen=True, slots=True)
class Stored:
    """Which stored state is meant: a run, or the one at a moment."""

    run: str | None = None
    as_of: str | None = None
    zone: str | None = None
    series: int | None = None

    def found(self, store: Store) -> Any:
        """The state with its document (`service.stored.Found`). Raises InputError."""
        from auditor.service.asof import found_at
        from auditor.service.choosing import run_named, series_meant
        from auditor.service.stored import found_of

        if self.as_of is None:
            with store.reading() as connection:
                name = run_named(connection, self.run or "latest").name
            return found_of(store, name)
        if self.run is not None:
            raise InputError("a run and a moment were named", mend="Give --run, or --as-of.")
        at = past_moment(self.as_of, self.zone)
        with store.reading() as connection:
            number = series_meant(connection, self.series)
        return found_at(store, number, at)


def judge_again(
    stored: Stored, plan: Plan, limits: Limits, formats: Sequence[str], output: Path | None, database: str | None
) -> int:
    """Judge a stored state by `plan` and write its reports; the exit status of `auditor audit`."""
    made = rejudged(stored, plan, limits, database)
    if not made["findings"]:
        names = ", ".join(one.id for one in plan.baselines)
        raise InputError(f"no rule of {names} is meant for these targets", mend="Name another baseline with -b.")
    finish(made, formats, output or Path(f"audit-{made['run']['id']}"))
    return exit_status(made, limits)


def rejudged(stored: Stored, plan: Plan, limits: Limits, database: str | None) -> dict[str, Any]:
    """The document of a stored state, judged by `plan` and the waivers of the database. Raises InputError."""
    from auditor.service.retro import retro
    from auditor.store.waivers import waivers_in_force

    now = datetime.now(UTC).replace(microsecond=0)
    store = open_database(database)
    try:
        plan = replace(plan, waivers=(*plan.waivers, *waivers_in_force(store, now)))
        return retro(store, stored.found(store), plan, cover_of(limits), now)
    finally:
        store.close()
