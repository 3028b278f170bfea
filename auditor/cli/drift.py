"""`auditor drift`: what changed on targets since an earlier collection."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK, origins
from auditor.cli.audit import CapturesFolder, InventoryFile
from auditor.cli.golden import Format, collected
from auditor.cli.output import as_json
from auditor.domain import ABSENT, Drift, Snapshot, Target


def drift(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="EARLIER", help="Folder of the earlier captures, or an earlier audit.json."),
    ] = None,
    until: Annotated[
        Path | None, typer.Option("--until", metavar="AUDIT", help="A later audit.json, where --since names one.")
    ] = None,
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    format_: Format = "text",
) -> int:
    """Compare targets with earlier captures, or audits with an earlier one; name who might have changed what.

    Status: 0 no drift, 1 drift, 3 something was not read, 2 bad input.
    """
    from auditor.attribution import origin
    from auditor.document import drift_entry
    from auditor.errors import InputError

    if since is None:
        raise InputError("name what to compare with", mend="Give --since with a folder of `auditor collect`.")
    if since.is_file():
        from auditor.cli.drift_audits import drift_of_audits

        return drift_of_audits(since, until, inventory, captures, targets or [], format_)
    if until is not None:
        raise InputError("--until goes with an audit.json", mend="Name an earlier audit.json with --since.")
    before = collected(None, since, [], ())
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

    centres = origins.centres(now)
    drift = [
        {**drift_entry(one), **origins.entry(origin(one, old, new, centres.get(new.source) if new else None))}
        for one, old, new in compare(before.coverage.targets, now.coverage.targets, everything=everything)
    ]
    return {"since": _when(before), "until": _when(now), "targets": len(now.coverage.targets), "drift": drift}


def compare(before: Any, now: Any, *, everything: bool) -> list[tuple[Drift, Snapshot | None, Snapshot | None]]:
    """Drift of every target of `now`, with what was seen of it; with `everything`, also of those that are gone."""
    from auditor.drift import between

    old: dict[tuple[str, str], Target] = {(one.platform, one.name): one for one in before}
    found: list[tuple[Drift, Snapshot | None, Snapshot | None]] = []
    for target in now:
        earlier, new = old.pop((target.platform, target.name), None), target.snapshot
        seen = earlier.snapshot if earlier else None
        if new is not None and seen is not None:
            found += [(one, seen, new) for one in between(seen, new)]
            continue
        if new is None:
            drift = Drift(target.name, "", "unknown", ABSENT, ABSENT, reason=f"not read: {target.reason}")
        elif earlier is None:
            drift = Drift(target.name, "", "extra", ABSENT, target.platform, reason="it was not there before")
        else:
            reason = f"not read before: {earlier.reason}"
            drift = Drift(target.name, "", "unknown", ABSENT, ABSENT, reason=reason)
        found.append((drift, seen, new))
    if everything:
        for one in old.values():
            gone = Drift(one.name, "", "missing", one.platform, ABSENT, reason="it is gone")
            found.append((gone, one.snapshot, None))
    return found


def _when(run: Any) -> str | None:
    moments = [one.snapshot.taken_at for one in run.coverage.targets if one.snapshot]
    return max(moments).isoformat() if moments else None
