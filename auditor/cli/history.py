"""`auditor history`: a target over time."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_OK
from auditor.cli.database import DatabaseOption
from auditor.cli.output import as_json, one_line, table
from auditor.cli.report import ScheduleOption, SeriesOption
from auditor.errors import InputError

_OPEN = ("fail", "unknown", "error")


def history(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Name of a target, or source/name.")],
    rule: Annotated[str, typer.Option("--rule", metavar="GLOB", help="Only rules like this.")] = "*",
    everything: Annotated[bool, typer.Option("--all", help="Also what always passed, or was never meant.")] = False,
    series: SeriesOption = None,
    schedule: ScheduleOption = None,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Show times in this zone.")] = "UTC",
    format_: Annotated[str, typer.Option("--format", "-f", help="text or json")] = "text",
    database: DatabaseOption = None,
) -> int:
    """Show a target over time: which finding fails since when, and until when it passed."""
    from auditor.cli.saving import open_database
    from auditor.schedules.zones import zone_named
    from auditor.service.choosing import series_meant
    from auditor.service.timeline import history_of

    try:
        place = zone_named(zone)
    except ValueError as problem:
        raise InputError(f"--zone: {problem}") from None
    store = open_database(database)
    try:
        with store.reading() as connection:
            number = series_meant(connection, series, schedule)
        found = history_of(store, number, target, rule)
    finally:
        store.close()
    if format_ == "json":
        as_json(found)
        return EXIT_OK
    _head(found, place)
    _findings(found, place, everything=everything)
    _drift(found, place)
    return EXIT_OK


def _head(found: Mapping[str, Any], place: tzinfo) -> None:
    runs = found["runs"]
    read = [one for one in runs if one["status"] == "collected"]
    out = sys.stdout.write
    out(f"{one_line(found['target'], 80)}, {found['platform']}, behind {one_line(found['source'], 80)}\n")
    if read:
        first, last = _shown(read[0]["at"], place), _shown(read[-1]["at"], place)
        out(f"read in {len(read)} of {len(runs)} runs, first {first}, last {last}\n")
    else:
        out(f"read in none of {len(runs)} runs\n")
    unread = [one for one in runs if one["status"] != "collected"]
    for one in unread[-3:]:
        out(f"NOT READ  {_shown(one['at'], place)}  {one_line(one['reason'] or '')}\n")
    if unread and runs[-1] is unread[-1]:
        out("What follows is as it was when it was last read.\n")


def _findings(found: Mapping[str, Any], place: tzinfo, *, everything: bool) -> None:
    rows = []
    for one in found["findings"]:
        spells = one["spells"]
        if not everything and len(spells) == 1 and spells[0]["status"] not in _OPEN:
            continue
        where = (one["severity"], one["rule"], one["subject"] or "")
        rows += [(*_spell(spell, place), *where) for spell in reversed(spells)]
    if rows:
        sys.stdout.write("\n")
        table(("status", "since", "until", "values", "severity", "rule", "subject"), rows)
    else:
        sys.stdout.write("\nNothing has ever failed or been unknown. --all lists what passes.\n")


def _drift(found: Mapping[str, Any], place: tzinfo) -> None:
    rows = [
        (*_spell(spell, place), one["golden"], one["path"] or "the whole target")
        for one in found["drift"]
        for spell in reversed(one["spells"])
    ]
    if rows:
        sys.stdout.write("\nDrift\n")
        table(("change", "since", "until", "values", "golden", "path"), rows)


def _spell(spell: Mapping[str, Any], place: tzinfo) -> tuple[str, str, str, str]:
    """Status, since, until when it was seen so, and in how many ways."""
    until = f"{_shown(spell['last_seen'], place)}" if spell["until"] else "now"
    return spell["status"], _shown(spell["since"], place), until, str(len(spell["values"]))


def _shown(text: str, place: tzinfo) -> str:
    at = datetime.fromisoformat(text).astimezone(place)
    return f"{at:%Y-%m-%d %H:%M} {'UTC' if place is UTC else at.tzname()}"
