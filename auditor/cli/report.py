"""`auditor report`: a stored run, or a past moment, as a report."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_OK
from auditor.cli.database import DatabaseOption
from auditor.cli.report_chosen import (
    FrameworkOption,
    FromOption,
    LabelOption,
    PlatformOption,
    SourceOption,
    ToOption,
    document_of_choice,
)
from auditor.errors import InputError

ZoneOption = Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="Zone of times, such as Europe/Paris.")]
SeriesOption = Annotated[
    int | None, typer.Option("--series", metavar="N", help="Which history, where there are several.")
]
ScheduleOption = Annotated[
    str | None, typer.Option("--schedule", metavar="NAME", help="The history of this schedule's runs.")
]


def report(
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="Id of a run, or latest.")] = "latest",
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="html, pdf, json, csv or xlsx")
    ] = "html",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Default: audit.html, audit.pdf ...")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="The state at this moment in place of a run.")
    ] = None,
    begin: FromOption = None,
    end: ToOption = None,
    zone: ZoneOption = None,
    series: SeriesOption = None,
    schedule: ScheduleOption = None,
    label: LabelOption = None,
    platform: PlatformOption = None,
    source: SourceOption = None,
    framework: FrameworkOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make it anew, even if it was kept as it was first made.")
    ] = False,
    database: DatabaseOption = None,
) -> int:
    """Write the report of a stored run, of a period, or of the state at a past moment: as each target was seen by then.

    Of all of it, or of a part: the cover says which.
    """
    from auditor.access import parsed_scope
    from auditor.cli.saving import open_database
    from auditor.cli.summary import print_summary
    from auditor.evidence.captures import iso
    from auditor.reporting import FORMATS
    from auditor.service.asof import document_at
    from auditor.service.choosing import run_named, series_meant
    from auditor.service.downloads.asking import Wanted
    from auditor.service.stored import document_of

    if format_ not in FORMATS:
        raise InputError(f"there is no format {format_[:40]!r}", mend=f"Known formats: {', '.join(FORMATS)}.")
    at = past_moment(as_of, zone) if as_of is not None else None
    if at is not None and run != "latest":
        raise InputError("a run and a moment were named", mend="Give RUN, or --as-of.")
    period = begin is not None or end is not None
    if at is None and not period and (series is not None or schedule is not None or zone is not None):
        raise InputError("--series, --schedule and --zone go with --as-of", mend="Name its time, or --from and --to.")
    file = output or Path(FORMATS[format_])
    store = open_database(database)
    try:
        if period or label or platform or source or framework:
            wanted = Wanted(
                run="" if run == "latest" else run,
                begin=begin or "",
                end=end or "",
                at=iso(at) if at is not None else "",
                zone=(zone or "") if period else "",
                schedule=schedule or "",
                series=series,
                labels=parsed_scope(label or []).as_dict(),
                platforms=tuple(platform or ()),
                sources=tuple(source or ()),
                framework=framework or "",
            )
            made = document_of_choice(store, wanted)
        elif at is not None:
            with store.reading() as connection:
                number = series_meant(connection, series, schedule)
            made = document_at(store, number, at)
        else:
            with store.reading() as connection:
                row = run_named(connection, run)
            if not again and _write_kept(store, row.id, format_, file):
                return EXIT_OK
            made = document_of(store, row.name)
    finally:
        store.close()
    note = write_one(made, format_, file)
    print_summary(made)
    sys.stdout.write(f"\n{format_:5} {file}{f'  ({note})' if note else ''}\n")
    return EXIT_OK


def past_moment(text: str, zone: str | None, option: str = "--as-of") -> Any:
    """The moment that `text` means; of today, until now. Raises InputError when it lies ahead."""
    from datetime import UTC, datetime, timedelta

    from auditor.service.when import moment

    at, now = moment(text, zone, option=option, end_of_day=option != "--since"), datetime.now(UTC)
    if at > now + timedelta(days=1) or (at > now and len(text.strip()) > len("2026-03-31")):
        raise InputError(f"{option} {text} lies ahead: nobody knows that state yet", mend="Name a moment of the past.")
    return min(at, now)


def write_one(document: dict[str, Any], form: str, file: Path) -> str:
    """Write one format to `file`, which appears whole; a note, or "". Raises InputError."""
    from auditor.reporting import write

    folder = file.absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".auditor-report-") as scratch:
            (made,) = (one for one in write(document, [form], Path(scratch)) if one.format == form)
            if made.path is None:
                raise InputError(made.note, mend="Choose another format with -f.")
            os.replace(made.path, file)
    except OSError as problem:
        raise _unwritable(file, problem) from None
    return made.note


def _write_kept(store: Any, run: int, form: str, file: Path) -> bool:
    """Write the report as it was kept, if it was."""
    from auditor.store.reports import get_report

    with store.reading() as connection:
        kept = get_report(connection, run, form)
    content, note = kept or (None, "")
    if content is None:
        return False
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.absolute().parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        os.replace(partial, file)
    except OSError as problem:
        raise _unwritable(file, problem) from None
    finally:
        partial.unlink(missing_ok=True)
    sys.stdout.write(f"{form:5} {file}  (as it was first made{f'; {note}' if note else ''})\n")
    return True


def _unwritable(file: Path, problem: OSError) -> InputError:
    why = f"the report cannot be written: {problem.strerror or problem}"
    return InputError(why, where=str(file), mend="Name another file with -o, or make room.")
