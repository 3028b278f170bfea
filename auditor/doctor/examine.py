"""All checks, one after another, from what everything hangs on to what hangs on everything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.doctor import database, own, service, sources
from auditor.doctor.model import SKIPPED, Check, faulty, within
from auditor.errors import InputError
from auditor.runners import Progress, Runner
from auditor.settings import addresses
from auditor.settings.form import Settings

DATABASE, BROKER, PROVIDER = 45.0, 20.0, 30.0  # seconds; each step within has a shorter limit of its own


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked at: `patterns` narrow the sources; options outdo the settings."""

    inventory: Path | None = None
    patterns: Sequence[str] = ()
    database: str | None = None
    broker: str | None = None
    ask_sources: bool = True


def examine(wanted: Wanted, runner: Runner, progress: Progress) -> Iterator[Check]:
    """Each check as it is done, in plain text. Raises InputError for a pattern that means no source."""
    for one in _all(wanted, runner, progress):
        yield one.plain()


def _all(wanted: Wanted, runner: Runner, progress: Progress) -> Iterator[Check]:
    found, checks = own.settings_checks()
    inventory = wanted.inventory or (found.inventory if found else None)
    declared, read = sources.inventory_checks(inventory) if inventory else ((), [])
    chosen = sources.chosen(declared, wanted.patterns) if declared else ()
    yield from checks
    yield from own.state_checks()
    yield from own.content_checks()
    yield from own.paper_checks()
    yield from service.time_checks()
    if found is None:
        yield Check("database", "database", SKIPPED, "not looked at, nor broker and sign-on: the settings are faulty")
    else:
        yield from addressed_checks(found, wanted)
        yield from within(PROVIDER, "sign-on", "provider", lambda: service.sign_on_checks(found))
    if inventory is None:
        yield Check("source", "inventory", SKIPPED, "none is named: give -i, or set AUDITOR_INVENTORY")
    yield from read
    if chosen and wanted.ask_sources:
        yield from sources.source_checks(chosen, runner, progress)


def addressed_checks(found: Settings, wanted: Wanted) -> Iterator[Check]:
    """Database and broker, as settings and options name them."""
    try:
        url = addresses.database_url(found, wanted.database)
    except InputError as problem:
        yield faulty("database", "database", problem)
    else:
        file = "" if wanted.database else str(found.database_password_file or "")
        yield from within(DATABASE, "database", "database", lambda: database.database_checks(url, file))
    try:
        broker = addresses.broker_url(found, wanted.broker)
    except InputError as problem:
        yield faulty("broker", "broker", problem)
    else:
        file = str(found.broker_password_file or "")
        yield from within(BROKER, "broker", "broker", lambda: service.broker_checks(broker, file))
