"""All checks, one after another, from what everything hangs on to what hangs on everything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.doctor import own, service, sources
from auditor.doctor.model import SKIPPED, WRONG, Check
from auditor.errors import InputError
from auditor.runners import Progress, Runner
from auditor.settings import addresses
from auditor.settings.form import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked at: `patterns` narrow the sources; options outdo the settings."""

    inventory: Path | None = None
    patterns: Sequence[str] = ()
    database: str | None = None
    broker: str | None = None
    ask_sources: bool = True


def examine(wanted: Wanted, runner: Runner, progress: Progress) -> Iterator[Check]:
    """Each check as it is done. Raises InputError for a pattern that means no source."""
    found, checks = own.settings_checks()
    yield from checks
    yield from own.state_checks()
    yield from own.content_checks()
    yield from own.paper_checks()
    yield from service.time_checks()
    if found is None:
        yield Check("database", "database", SKIPPED, "not looked at: the settings are faulty")
        return
    yield from _addressed(found, wanted)
    yield from service.sign_on_checks(found)
    inventory = wanted.inventory or found.inventory
    if inventory is None:
        yield Check("source", "inventory", SKIPPED, "none is named: give -i, or set AUDITOR_INVENTORY")
        return
    loaded, checks = sources.inventory_checks(inventory)
    yield from checks
    if loaded is not None and wanted.ask_sources:
        yield from sources.source_checks(loaded.sources, wanted.patterns, runner, progress)


def _addressed(found: Settings, wanted: Wanted) -> Iterator[Check]:
    try:
        url = addresses.database_url(found, wanted.database)
    except InputError as problem:
        yield Check("database", "database", WRONG, problem.what, problem.mend)
    else:
        yield from service.database_checks(url)
    try:
        broker = addresses.broker_url(found, wanted.broker)
    except InputError as problem:
        yield Check("broker", "broker", WRONG, problem.what, problem.mend)
    else:
        yield from service.broker_checks(broker)
