"""`auditor drift`: what changed on targets since an earlier collection."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK
from auditor.cli.audit import CapturesFolder, InventoryFile
from auditor.cli.golden import Format, collected
from auditor.cli.output import as_json, one_line
from auditor.domain import ABSENT, Drift, Target


def drift(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    since: Annotated[
        Path | None, typer.Option("--since", metavar="CAPTURES", help="Folder of the earlier captures.")
    ] = None,
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    format_: Format = "text",
) -> int:
    """Compare targets with earlier captures. Status: 0 no drift, 1 drift, 3 something was not read, 2 bad input."""
    from auditor.document import drift_entry
    from auditor.errors import InputError

    if since is None:
        raise InputError("name what to compare with", mend="Give --since CAPTURES, a folder of `auditor collect`.")
    before = collected(None, since, [], ())
    now = collected(inventory, captures, targets or [], ())
    found = compare(before.coverage.targets, now.coverage.targets, everything=not targets)
    if format_ == "json":
        as_json({"since": _when(before), "until": _when(now), "drift": [drift_entry(one) for one in found]})
    else:
        for one in found:
            _print(one)
        names = {one.target for one in found if one.change != "unknown"}
        sys.stdout.write(f"{len(names)} of {len(now.coverage.targets)} targets drifted since {_when(before)}\n")
    if any(one.change != "unknown" for one in found):
        return EXIT_FINDINGS
    return EXIT_COVERAGE if found else EXIT_OK


def compare(before: Any, now: Any, *, everything: bool) -> list[Drift]:
    """Drift of every target of `now`; with `everything`, also of those that are not there any more."""
    from auditor.drift import between

    old: dict[tuple[str, str], Target] = {(one.platform, one.name): one for one in before}
    found: list[Drift] = []
    for target in now:
        earlier = old.pop((target.platform, target.name), None)
        if target.snapshot is None:
            found.append(Drift(target.name, "", "unknown", ABSENT, ABSENT, reason=f"not read: {target.reason}"))
        elif earlier is None:
            found.append(Drift(target.name, "", "extra", ABSENT, target.platform, reason="it was not there before"))
        elif earlier.snapshot is None:
            reason = f"not read before: {earlier.reason}"
            found.append(Drift(target.name, "", "unknown", ABSENT, ABSENT, reason=reason))
        else:
            found += between(earlier.snapshot, target.snapshot)
    if everything:
        found += [Drift(one.name, "", "missing", one.platform, ABSENT, reason="it is gone") for one in old.values()]
    return found


def _when(run: Any) -> str | None:
    moments = [one.snapshot.taken_at for one in run.coverage.targets if one.snapshot]
    return max(moments).isoformat() if moments else None


def _print(one: Drift) -> None:
    from auditor.document import plain_value

    def shown(value: Any) -> str:
        plain = plain_value(value)
        return "absent" if plain == {"absent": True} else str(plain)

    words = one.reason if one.change == "unknown" else f"was {shown(one.expected)}, is {shown(one.actual)}"
    where = one_line(one.path or "the whole target")
    sys.stdout.write(f"{one_line(one.target, 60)}  {one.change:9}  {where}: {one_line(words, 220)}\n")
