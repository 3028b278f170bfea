"""`auditor doctor`: what is missing, in plain words, with the mend."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import EXIT_FINDINGS, EXIT_OK
from auditor.cli.audit import InventoryFile
from auditor.cli.database import BrokerOption, DatabaseOption
from auditor.cli.output import as_json, one_line
from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.doctor.model import Check

_LONG = 3  # lines of a mend that are printed once only
_MARKS = {"well": "ok   ", "warn": "warn ", "wrong": "WRONG", "skipped": "-    "}


def doctor(
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these sources.")] = None,
    inventory: InventoryFile = None,
    offline: Annotated[bool, typer.Option("--no-sources", help="Ask no source; its secrets are looked for.")] = False,
    format_: Annotated[str, typer.Option("--format", "-f", help="text or json")] = "text",
    database: DatabaseOption = None,
    broker: BrokerOption = None,
) -> int:
    """Check settings, database, broker, clocks, PDF, and reach and rights of each source; say what mends it.

    Nothing is changed. Sources are read as an audit reads them. A line of a mend that begins with $ is a command.

    Status: 0 nothing is wrong, 1 something is, 2 bad input.
    """
    from auditor.cli.progress import LiveProgress
    from auditor.doctor.examine import Wanted, examine
    from auditor.logging import start_log
    from auditor.runners import ConcurrentRunner

    if format_ not in ("text", "json"):
        raise InputError(f"there is no format {format_!r}", mend="Known formats: text, json.")
    start_log(None)
    wanted = Wanted(inventory, tuple(sources or ()), database, broker, not offline)
    with LiveProgress() as progress:
        found = list(examine(wanted, ConcurrentRunner(), progress))
    wrong = sum(one.state == "wrong" for one in found)
    if format_ == "json":
        as_json([one._asdict() for one in found])
        return EXIT_FINDINGS if wrong else EXIT_OK
    _print(found)
    warned = sum(one.state == "warn" for one in found)
    sys.stdout.write(f"\n{wrong} wrong, {warned} to look at, {sum(one.state == 'well' for one in found)} well\n")
    return EXIT_FINDINGS if wrong else EXIT_OK


def _print(found: "Sequence[Check]") -> None:
    """A line for each, its mend below; a long mend once, however many sources want it."""
    given: dict[str, str] = {}
    for one in found:
        sys.stdout.write(f"{_MARKS[one.state]} {one_line(one.name, 120)}: {one_line(one.says, 500)}\n")
        lines = one.mend.splitlines()
        if len(lines) > _LONG and (first := given.setdefault(one.mend, one.name)) != one.name:
            lines = [f"The same lines as for {one_line(first, 120)} above."]
        for line in lines:
            sys.stdout.write(f"      {one_line(line, 1200)}\n")
