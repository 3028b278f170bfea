"""`auditor drift`: what changed on targets since an earlier collection."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK, origins
from auditor.cli.audit import CapturesFolder, InventoryFile
from auditor.cli.database import DatabaseOption
from auditor.cli.golden import Format, collected
from auditor.cli.output import as_json
from auditor.cli.report import ScheduleOption, SeriesOption, ZoneOption


def drift(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="EARLIER", help="Folder of captures, audit.json, stored run, or time."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="LATER", help="A later audit.json, run or time, like --since.")
    ] = None,
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    zone: ZoneOption = None,
    series: SeriesOption = None,
    schedule: ScheduleOption = None,
    format_: Format = "text",
    database: DatabaseOption = None,
) -> int:
    """Compare targets with earlier captures, audits with an earlier one, or two states in the database; name who might
    have changed what.

    Status: 0 no drift, 1 drift, 3 something was not read, 2 bad input.
    """
    from auditor.attribution import origin
    from auditor.document import drift_entry
    from auditor.errors import InputError
    from auditor.service.comparing import compare

    if since is None:
        raise InputError("name what to compare with", mend="Give --since: captures, an audit.json, a run or a time.")
    earlier = Path(since)
    if inventory is None and captures is None and not _is_there(earlier):
        from auditor.cli.drift_stored import Sides, drift_of_store

        return drift_of_store(Sides(since, until, zone, series, schedule), targets or [], format_, database)
    if zone or schedule or series is not None:
        raise InputError("--zone, --series and --schedule go with stored runs", mend="Leave them out.")
    if earlier.is_file():
        from auditor.cli.drift_audits import drift_of_audits

        later = Path(until) if until is not None else None
        return drift_of_audits(earlier, later, inventory, captures, targets or [], format_)
    if until is not None:
        raise InputError("--until goes with an audit.json or a stored run", mend="Name an earlier one with --since.")
    before = collected(None, earlier, [], ())
    now = collected(inventory, captures, targets or [], ())
    pairs = compare(before.coverage.targets, now.coverage.targets, everything=not targets)
    found = [one for one, _, _ in pairs]
    centres = origins.centres(now)
    told = [(one, origin(one, old, new, centres.get(new.source) if new else None)) for one, old, new in pairs]
    if format_ == "json":
        entries = [{**drift_entry(one), **origins.entry(where)} for one, where in told]
        as_json({"since": _when(before), "until": _when(now), "drift": entries})
    else:
        for one, where in told:
            origins.show(one, where)
        names = {one.target for one in found if one.change != "unknown"}
        sys.stdout.write(f"{len(names)} of {len(now.coverage.targets)} targets drifted since {_when(before)}\n")
    if any(one.change != "unknown" for one in found):
        return EXIT_FINDINGS
    return EXIT_COVERAGE if found else EXIT_OK


def changed_since(before: Any, now: Any, *, everything: bool) -> dict[str, Any]:
    """What the audit document says of drift since earlier captures: times, targets, each drift with its origin."""
    from auditor.attribution import origin
    from auditor.document import drift_entry
    from auditor.service.comparing import compare

    centres = origins.centres(now)
    drift = [
        {**drift_entry(one), **origins.entry(origin(one, old, new, centres.get(new.source) if new else None))}
        for one, old, new in compare(before.coverage.targets, now.coverage.targets, everything=everything)
    ]
    return {"since": _when(before), "until": _when(now), "targets": len(now.coverage.targets), "drift": drift}


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _when(run: Any) -> str | None:
    moments = [one.snapshot.taken_at for one in run.coverage.targets if one.snapshot]
    return max(moments).isoformat() if moments else None
