"""`--save`: what earlier runs in the database know goes into an audit, and the audit goes into the database."""

import getpass
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.pipeline import Plan
from auditor.store.engine import Store


def open_database(option: str | None) -> Store:
    """The database of `--database`, brought up to date where it may be. Raises InputError."""
    from auditor.cli.database import database_url
    from auditor.store.migrate import ready_store

    return ready_store(database_url(option))


def approved_in(option: str | None, names: Sequence[str]) -> frozenset[str]:
    """Those golden profiles that are approved in the database of `--database`; a file is not made for the question."""
    from auditor.cli.database import database_url
    from auditor.service.profiles import approved_names

    url = database_url(option)
    file = url.removeprefix("sqlite:///")
    if not names or (file != url and not Path(file).is_file()):
        return frozenset()
    store = open_database(option)
    try:
        with store.reading() as connection:
            return approved_names(connection, names)
    finally:
        store.close()


def with_past(plan: Plan, store: Store) -> Plan:
    """The plan, with what the database knows of its sources, and the waivers in it beside those of a file."""
    from auditor.service.keeping import past_of
    from auditor.store.waivers import waivers_in_force

    waivers = (*plan.waivers, *waivers_in_force(store, datetime.now(UTC)))
    return replace(plan, past=past_of(store, plan.sources), waivers=waivers)


def keep_run(
    store: Store,
    run: Any,
    cover: Any,
    origin: Path | None,
    *,
    baselines: Sequence[str],
    goldens: Sequence[str],
    formats: Sequence[str],
    max_unknown: float | None,
) -> None:
    """Write a finished audit into the database. Raises StoreError."""
    from auditor.service.keeping import keep
    from auditor.service.request import Request

    plan = run.plan
    request = Request(
        inventory=str(origin.absolute()) if origin else "",
        patterns=tuple(plan.patterns),
        baselines=tuple(baselines),
        tailoring=plan.tailoring.tailoring.tailoring if plan.tailoring else "",
        goldens=tuple(goldens),
        formats=tuple(formats),
        fail_on=cover.fail_on,
        min_coverage=cover.min_coverage,
        max_unknown=max_unknown,
        requested_by=who(),
    )
    keep(store, run, cover, request)


def who() -> str:
    """Who runs the command, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
