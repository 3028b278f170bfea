"""`auditor schedule add | change | list | show | next | pause | resume | remove | run`: audits at set times."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.database import DatabaseOption, database_url
from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.store.engine import Store

app = typer.Typer(help="Audits at set times.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the schedule.")]
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]


@app.command()
def add(
    name: Name,
    cron: Annotated[str, typer.Option(help="Five fields, as cron reads them: '30 2 * * *'.")],
    zone: Annotated[str, typer.Option(help="Time zone of the expression: Europe/Paris.")],
    inventory: Annotated[Path, typer.Option("--inventory", "-i", help="Sources, where the service runs.")],
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only sources with this label.")] = None,
    baseline: Annotated[list[str] | None, typer.Option("--baseline", "-b", help="Only these baselines.")] = None,
    goldens: Annotated[
        list[str] | None, typer.Option("--golden", "-g", metavar="GOLDEN", help="Compare with this golden profile.")
    ] = None,
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters, chosen rules, severities, dates.")
    ] = None,
    blackout: Annotated[
        list[str] | None,
        typer.Option(metavar="WINDOW", help="'mon-fri 08:00-18:00 because ...': begin nothing in these hours."),
    ] = None,
    catch_up: Annotated[str, typer.Option(help="Of the due times missed while nothing ran: skip, once, all.")] = "once",
    within: Annotated[str, typer.Option(help="Catch up only what is not older: 30m, 12h, 2d.")] = "24h",
    formats: Annotated[
        str, typer.Option("--format", "-f", help="Comma list of html, pdf, json, csv, xlsx.")
    ] = "html,pdf,json,csv",
    fail_on: Annotated[str, typer.Option(help="low, medium, high or critical: a finding that counts.")] = "high",
    min_coverage: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of the population that must be read.")
    ] = 100.0,
    max_unknown: Annotated[
        float | None, typer.Option(min=0, max=100, help="Percent of rules that may be unknown.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Add a schedule. One that was removed is taken up again, with its history."""
    from auditor.cli.saving import approved_in
    from auditor.cli.schedule_text import told_next
    from auditor.schedules import checked_schedule, parse_selectors
    from auditor.service.scheduling import checked
    from auditor.store import schedules

    schedule = checked_schedule(
        {
            "name": name,
            "cron": cron,
            "zone": zone,
            "work": {
                "inventory": _absolute(str(inventory)),
                "baselines": baseline or (),
                "goldens": [_absolute(one) for one in goldens or ()],
                "tailoring": _absolute(tailoring) if tailoring else None,
                "formats": tuple(part.strip() for part in formats.split(",") if part.strip()),
                "fail_on": fail_on,
                "min_coverage": min_coverage,
                "max_unknown": max_unknown,
            },
            "population": {"labels": parse_selectors(label or ()), "targets": targets or ()},
            "blackouts": blackout or (),
            "catch_up": catch_up,
            "catch_up_within": within,
        }
    )
    nothing = checked(schedule, datetime.now(UTC), approved_in(database, schedule.work.goldens))
    with _store(database) as store, store.writing() as connection:
        schedules.add(connection, schedule, _actor())
    typer.echo(f"{name}: {told_next(schedule, datetime.now(UTC))}")
    if nothing:
        typer.echo(f"  as it stands, a run finds {nothing}")


@app.command()
def change(
    name: Name,
    cron: Annotated[str | None, typer.Option(help="Five fields, as cron reads them: '30 2 * * *'.")] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone of the expression: Europe/Paris.")] = None,
    target: Annotated[list[str] | None, typer.Option(metavar="TARGET", help="Target, source or glob.")] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Only sources with this label.")] = None,
    baseline: Annotated[list[str] | None, typer.Option("--baseline", "-b", help="Only these baselines.")] = None,
    goldens: Annotated[
        list[str] | None, typer.Option("--golden", "-g", metavar="GOLDEN", help="Compare with this golden profile.")
    ] = None,
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters, chosen rules, severities, dates.")
    ] = None,
    blackout: Annotated[list[str] | None, typer.Option(metavar="WINDOW", help="Begin nothing in these hours.")] = None,
    catch_up: Annotated[str | None, typer.Option(help="Of due times missed: skip, once, all.")] = None,
    within: Annotated[str | None, typer.Option(help="Catch up only what is not older: 30m, 12h, 2d.")] = None,
    formats: Annotated[str | None, typer.Option("--format", "-f", help="Comma list of html, pdf, json, csv.")] = None,
    fail_on: Annotated[str | None, typer.Option(help="low, medium, high or critical.")] = None,
    min_coverage: Annotated[float | None, typer.Option(min=0, max=100, help="Percent that must be read.")] = None,
    max_unknown: Annotated[float | None, typer.Option(min=0, max=100, help="Percent that may be unknown.")] = None,
    clear: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Set to nothing: blackouts, labels, targets, tailoring ...")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Change what a schedule says; what is not named stays. A list that is named replaces the one before."""
    from auditor.cli.schedule_text import told_next
    from auditor.schedules import changed_schedule, parse_selectors
    from auditor.service.profiles import approved_names
    from auditor.service.scheduling import checked
    from auditor.store import schedules

    said: dict[str, object] = {
        "cron": cron,
        "zone": zone,
        "targets": target,
        "labels": parse_selectors(label) if label else None,
        "baselines": baseline,
        "goldens": [_absolute(one) for one in goldens] if goldens else None,
        "tailoring": _absolute(tailoring) if tailoring else None,
        "blackouts": blackout,
        "catch_up": catch_up,
        "catch_up_within": within,
        "formats": [part.strip() for part in formats.split(",") if part.strip()] if formats else None,
        "fail_on": fail_on,
        "min_coverage": min_coverage,
        "max_unknown": max_unknown,
    }
    changes = {key: value for key, value in said.items() if value is not None} | {
        key: _nothing(key) for key in clear or ()
    }
    if not changes:
        raise InputError("nothing is to be changed", mend="Name an option, such as --cron.")
    with _store(database) as store, store.writing() as connection:
        schedule = changed_schedule(schedules.find(connection, name, lock=True).schedule, changes)
        nothing = checked(schedule, datetime.now(UTC), approved_names(connection, schedule.work.goldens))
        schedules.change(connection, schedule, _actor())
    typer.echo(f"{name}: {told_next(schedule, datetime.now(UTC))}")
    if nothing:
        typer.echo(f"  as it stands, a run finds {nothing}")


def _nothing(key: str) -> object:
    empty: dict[str, object] = {"tailoring": None, "max_unknown": None, "labels": {}}
    empty |= {one: [] for one in ("blackouts", "targets", "baselines", "goldens", "formats")}
    if key not in empty:
        raise InputError(f"{key[:40]!r} cannot be cleared", mend=f"Known: {', '.join(sorted(empty))}.")
    return empty[key]


@app.command("list")
def list_schedules(
    removed: Annotated[bool, typer.Option("--removed", help="The removed ones too.")] = False,
    database: DatabaseOption = None,
    format_: Format = "text",
) -> None:
    """List the schedules, when each is due next, and what came of its last due time."""
    from auditor.cli.schedule_text import print_list
    from auditor.store import schedules, slots

    with _store(database) as store, store.reading() as connection:
        found = [
            (stored, slots.slots_of(connection, stored.id, 1))
            for stored in schedules.listed(connection, retired=removed)
        ]
    print_list(found, datetime.now(UTC), as_json=format_ == "json")


@app.command()
def show(
    name: Name,
    last: Annotated[int, typer.Option(min=0, max=1000, help="How many of the latest due times.")] = 10,
    database: DatabaseOption = None,
    format_: Format = "text",
) -> None:
    """Show a schedule, and what came of its latest due times: run, left out or missed, and why."""
    from auditor.cli.schedule_text import print_schedule
    from auditor.store import schedules, slots

    with _store(database) as store, store.reading() as connection:
        stored = schedules.find(connection, name)
        found = slots.slots_of(connection, stored.id, last) if last else []
    print_schedule(stored, found, datetime.now(UTC), as_json=format_ == "json")


@app.command("next")
def show_next(
    name: Name,
    count: Annotated[int, typer.Option("-n", min=1, max=1000, help="How many.")] = 10,
    database: DatabaseOption = None,
    format_: Format = "text",
) -> None:
    """Print the next due times, in the schedule's zone and in UTC, and what blackout windows do to them."""
    from auditor.cli.schedule_text import print_next
    from auditor.store import schedules

    with _store(database) as store, store.reading() as connection:
        stored = schedules.find(connection, name)
    print_next(stored, datetime.now(UTC), count, as_json=format_ == "json")


@app.command()
def pause(name: Name, database: DatabaseOption = None) -> None:
    """Let nothing of a schedule run until `resume`. What is due meanwhile is left out, and says so."""
    from auditor.store import schedules

    with _store(database) as store, store.writing() as connection:
        done = schedules.pause(connection, name, _actor())
    typer.echo(f"{name}: paused" if done else f"{name}: was paused already")


@app.command()
def resume(name: Name, database: DatabaseOption = None) -> None:
    """Let a paused schedule run again. What was due meanwhile is not caught up."""
    from auditor.cli.schedule_text import told_next
    from auditor.store import schedules

    with _store(database) as store, store.writing() as connection:
        done = schedules.resume(connection, name, _actor())
        schedule = schedules.find(connection, name).schedule
    typer.echo(f"{name}: {'' if done else 'was not paused; '}{told_next(schedule, datetime.now(UTC))}")


@app.command()
def remove(name: Name, database: DatabaseOption = None) -> None:
    """Take a schedule out of use. Its runs and what came of its due times stay."""
    from auditor.store import schedules

    with _store(database) as store, store.writing() as connection:
        schedules.retire(connection, name, _actor())
    typer.echo(f"{name}: removed; its history stays")


@app.command()
def run(name: Name, database: DatabaseOption = None) -> None:
    """Begin a run of a schedule now, paused or not. `auditor serve` or the workers carry it out."""
    from auditor.service.scheduling import run_now

    with _store(database) as store:
        slot = run_now(store, name, _actor())
    typer.echo(f"{name}: {slot.reason} (run {slot.run})" if slot.outcome == "nothing" else f"{name}: run {slot.run}")


@contextmanager
def _store(database: str | None) -> "Iterator[Store]":
    from auditor.store.migrate import ready_store

    store = ready_store(database_url(database))
    try:
        yield store
    finally:
        store.close()


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return "the command line"


def _absolute(name: str) -> str:
    """A file, wherever the service is started; a name of the content folders stays one."""
    try:
        return str(Path(name).absolute()) if Path(name).exists() else name
    except (OSError, ValueError):
        raise InputError("this is no name of a file", where=name[:100]) from None
