"""`auditor run list | show | start | watch | cancel`: runs of the database."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from auditor.cli import EXIT_FINDINGS, EXIT_OK
from auditor.cli.audit import InventoryFile
from auditor.cli.database import DatabaseOption
from auditor.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from auditor.store.engine import Store

app = typer.Typer(help="Runs of the service, and audits that were saved.", no_args_is_help=True, rich_markup_mode=None)
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Its name, or `latest`.")]
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]
LOOK = 1.0  # seconds between two looks at a run that goes on


@app.command("list")
def list_runs(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 20,
    format_: Format = "text",
    database: DatabaseOption = None,
) -> int:
    """List runs, the newest first."""
    from auditor.cli import output, run_text
    from auditor.store import runs

    with _store(database) as store, store.reading() as connection:
        names = _schedules(connection)
        found = [run_text.plain(row, names) for row in runs.list_runs(connection, limit)]
    if format_ == "json":
        output.as_json(found)
    else:
        run_text.print_runs(found)
    return EXIT_OK


@app.command()
def show(run: RunName, format_: Format = "text", database: DatabaseOption = None) -> int:
    """Show what a run was asked to do, how far it is, and what could not be read."""
    from auditor.cli import output, run_text
    from auditor.store.course import course_of, troubles_of

    with _store(database) as store, store.reading() as connection:
        row = _row(connection, run)
        found = {**run_text.plain(row, _schedules(connection)), "request": run_text.request_in(row)}
        course = run_text.course_plain(course_of(connection, row.id))
        troubles = troubles_of(connection, row.id)
    if format_ == "json":
        not_read = [{"source": source, "target": target or None, "reason": why} for source, target, why in troubles]
        output.as_json({**found, **course, "not_read": not_read})
    else:
        run_text.print_run(found, course, troubles)
    return EXIT_OK


@app.command()
def start(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    inventory: InventoryFile = None,
    label: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only sources with this label.")] = None,
    baseline: Annotated[list[str] | None, typer.Option("--baseline", "-b", help="Only these baselines.")] = None,
    goldens: Annotated[
        list[str] | None, typer.Option("--golden", "-g", metavar="GOLDEN", help="Compare with this golden profile.")
    ] = None,
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters, chosen rules, severities, dates.")
    ] = None,
    formats: Annotated[
        str, typer.Option("-f", "--format", help="Comma list of html, pdf, json, csv, xlsx.")
    ] = "html,json",
    watch_it: Annotated[bool, typer.Option("--watch", help="Wait for its end, and tell how far it is.")] = False,
    database: DatabaseOption = None,
) -> int:
    """Begin a run now; the workers of the service carry it out. Prints its name.

    Status: 0 it has begun (with --watch: ended), 1 with --watch: it failed, 2 bad input.
    """
    from auditor.cli.saving import who
    from auditor.schedules import parse_selectors
    from auditor.service import profiles
    from auditor.service.begin import begin
    from auditor.service.judging import plan_of
    from auditor.service.request import checked_request
    from auditor.settings import settings
    from auditor.store import phases
    from auditor.store.engine import now

    file = inventory or settings().inventory
    if file is None:
        raise InputError("name what to audit", mend="Give -i inventory.yaml, or set AUDITOR_INVENTORY.")
    request = checked_request(
        {
            "inventory": str(file.absolute()),
            "patterns": targets or (),
            "labels": parse_selectors(label or ()),
            "baselines": baseline or (),
            "goldens": [_absolute(one) for one in goldens or ()],
            "tailoring": _absolute(tailoring) if tailoring else "",
            "formats": tuple(part.strip() for part in formats.split(",") if part.strip()),
            "requested_by": who(),
        }
    )
    with _store(database) as store:
        with store.reading() as connection:
            kept = profiles.for_run(connection, request.goldens, now(connection))
        plan_of(request, [], datetime.now(UTC).date(), kept)  # what it names is there
        with store.writing() as connection:
            row = phases.run_row(connection, begin(connection, request))
        sys.stdout.write(f"{row.name}\n")
        if row.message:
            sys.stderr.write(f"auditor: {row.message}\n")
        if row.state in phases.OPEN and (missing := _missing(store)):
            sys.stderr.write(f"auditor: {missing}: it waits until `auditor serve` or workers run\n")
        return _watch(store, row.id) if watch_it else EXIT_OK


@app.command()
def watch(run: RunName, database: DatabaseOption = None) -> int:
    """Tell how far a run is until it has ended. Status: 0 it is done, 1 it failed or was cancelled."""
    with _store(database) as store:
        with store.reading() as connection:
            number = _row(connection, run).id
        return _watch(store, number)


@app.command()
def cancel(run: RunName, database: DatabaseOption = None) -> int:
    """End a run now. What it has collected stays; what its workers hold is dropped."""
    from auditor.cli.saving import who
    from auditor.store import journal, phases

    with _store(database) as store, store.writing() as connection:
        row = _row(connection, run)
        if not phases.close_run(connection, row.id, "cancelled", f"cancelled by {who() or 'the command line'}"):
            raise InputError(
                f"the run {row.name} is over: {row.state}", mend="Only a run that goes on can be cancelled."
            )
        journal.append(connection, who(), "run cancelled", row.name)
    sys.stdout.write(f"{row.name}: cancelled\n")
    return EXIT_OK


def _watch(store: "Store", number: int) -> int:
    from auditor.cli import run_text
    from auditor.cli.output import one_line
    from auditor.store import phases
    from auditor.store.course import course_of

    told = ""
    while True:
        with store.reading() as connection:
            row = phases.run_row(connection, number)
            course = course_of(connection, number)
        sources = ", ".join(f"{count} {status}" for status, count in sorted(course.sources.items()))
        line = f"{row.state}: {run_text.progress(run_text.course_plain(course))}; sources: {sources or 'none yet'}"
        if line != told:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            told = line
        if row.state not in (*phases.OPEN, "saving"):
            break
        time.sleep(LOOK)
    for message in row.message.splitlines():
        sys.stdout.write(f"{one_line(message, 400)}\n")
    return EXIT_OK if row.state == "done" else EXIT_FINDINGS


def _missing(store: "Store") -> str:
    """Which part of the service is not alive, in words; "" when nothing is missing."""
    from auditor.store.engine import now
    from auditor.store.figures import processes
    from auditor.store.shards import KINDS

    with store.reading() as connection:
        alive = {role for one in processes(connection, now(connection)) if one.alive for role in one.roles}
    return "nothing works on runs now" if not alive >= {"scheduler", *KINDS} else ""


def _row(connection: "Connection", name: str) -> Any:
    from auditor.store import runs

    if (row := runs.find_run(connection, name)) is None:
        raise InputError(f"there is no run {name[:100]!r}", mend="`auditor run list` names them.")
    return row


def _schedules(connection: "Connection") -> dict[int, str]:
    from auditor.store import schedules

    return {one.id: one.name for one in schedules.listed(connection, retired=True)}


def _absolute(name: str) -> str:
    """A file, wherever the workers run from; a name of the content folders stays one."""
    return str(Path(name).absolute()) if Path(name).is_file() else name


@contextmanager
def _store(database: str | None) -> "Iterator[Store]":
    from auditor.cli.saving import open_database

    store = open_database(database)
    try:
        yield store
    finally:
        store.close()
