"""`auditor change check`: grounds, candidate and rules put together, and the check kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import __version__
from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.changes.check import Checked
    from auditor.pipeline import Plan
    from auditor.service.changing.checking import Rules
    from auditor.service.changing.grounds import Grounds
    from auditor.store.engine import Store


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    targets: Sequence[str]
    candidate: Path | None  # None: an emergency
    as_path: str
    inventory: Path | None
    captures: Path | None
    series: int | None
    rules: "Rules"
    fail_on: str
    max_age: str
    force: bool


def perform(wanted: Wanted, ticket: str, by: str | None, database: str | None) -> "Checked":
    """Check, and keep the check. Raises InputError; then nothing was kept."""
    from auditor.changes.candidate import no_candidate
    from auditor.changes.check import Asked, check
    from auditor.changes.load import load_candidate
    from auditor.cli.saving import open_database, who
    from auditor.pipeline import now, run_id
    from auditor.service.changing.asking import age_of, severity_of
    from auditor.service.changing.checking import plan_of
    from auditor.service.changing.records import keep

    severity = severity_of(wanted.fail_on)
    age = age_of(wanted.max_age)
    candidate = load_candidate(wanted.candidate, wanted.as_path) if wanted.candidate else no_candidate()
    store = open_database(database)
    try:
        plan, grounds = plan_of(wanted.rules, store), grounds_of(wanted, store)
        at = now()
        asked = Asked(run_id(at), at, by or who(), ticket, severity, age, wanted.force, __version__)
        plan = with_sources(plan, grounds)
        checked = check(grounds.bases, candidate, plan, asked, grounds.estate)
        with store.writing() as connection:
            keep(connection, checked, wanted.rules.entry(), who())
    finally:
        store.close()
    return checked


def grounds_of(wanted: Wanted, store: "Store") -> "Grounds":
    """The captures that a check stands on. Raises InputError."""
    from auditor.service.changing.grounds import gathered_grounds, stored_grounds

    if wanted.inventory is None and wanted.captures is None:
        with store.reading() as connection:
            return stored_grounds(connection, wanted.series, wanted.targets, datetime.now(UTC))
    if wanted.series is not None:
        raise InputError("--series goes with the database", mend="Leave it out, or -i and --from.")
    return gathered_grounds(
        gathered(wanted.inventory, wanted.captures, wanted.targets), wanted.targets, live=wanted.inventory is not None
    )


def gathered(inventory: Path | None, captures: Path | None, patterns: Sequence[str]) -> Any:
    """What the sources say, live or replayed; nothing is judged."""
    from auditor.cli.events import LoggedProgress
    from auditor.cli.inputs import checked_key, sources_of
    from auditor.cli.progress import LiveProgress
    from auditor.logging import start_log
    from auditor.pipeline import Plan, gather
    from auditor.runners import ConcurrentRunner

    start_log(None)
    sources, excluded = sources_of(inventory, captures, patterns)
    checked_key(sources)
    with LiveProgress() as progress:
        return gather(Plan(sources, (), excluded, patterns), ConcurrentRunner(), LoggedProgress(progress))


def with_sources(plan: "Plan", grounds: "Grounds") -> "Plan":
    """The plan with the sources of its targets: golden profiles find the values of one host there."""
    from dataclasses import replace

    return replace(plan, sources=list({one.source.name: one.source for one in grounds.bases}.values()))
