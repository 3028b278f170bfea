"""`auditor golden accept`: a drift becomes what is intended, as a patch that somebody reviews."""

import getpass
import sys
from dataclasses import replace
from datetime import UTC, datetime
from difflib import unified_diff
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_OK
from auditor.cli.audit import CapturesFolder, InventoryFile
from auditor.cli.output import one_line
from auditor.errors import InputError


def accept(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The target that has it right.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="The fact, or a part of the facts, as `check` names it.")],
    golden: Annotated[str, typer.Option("--golden", "-g", metavar="GOLDEN", help="The profile to change.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why this is right: it stands in the profile.")],
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
) -> int:
    """Print the patch that makes a golden profile say what a target has. Nothing is written.

    Status: 0 there is a patch, 2 there is no such drift, or it cannot be accepted.
    """
    from auditor.cli.golden import collected
    from auditor.golden.accept import NotAcceptedError, accepted
    from auditor.golden.own import waits_for
    from auditor.golden.places import above
    from auditor.goldens import golden_file, load_golden

    if not why.strip():
        raise InputError("the reason is empty", mend="Say why with --why TEXT.")
    loaded = load_golden(golden)
    run = collected(inventory, captures, [target], (loaded,))
    fitting = [one for one in run.coverage.targets if one.snapshot is not None and loaded.fits(one)]
    if len(fitting) != 1:
        names = ", ".join(one.name for one in fitting[:10]) or "none"
        raise InputError(f"{target!r} means {len(fitting)} targets of this profile: {names}", mend="Name one target.")
    (host,) = fitting
    wanted = [one for one in run.drift if path in above(one.path)]
    if not wanted:
        waiting = waits_for((unset for _, _, unset in run.uncompared), path, host.name)
        if waiting is not None:
            raise InputError(waiting[0], mend=waiting[1])
        others = ", ".join(one.path for one in run.drift[:5]) or "none"
        raise InputError(f"{host.name} does not drift at {path!r}", mend=f"It drifts at: {one_line(others, 300)}.")
    file = golden_file(golden)
    old = file.read_bytes().decode("utf-8")
    if "\r" in old:
        raise InputError("its lines end as on Windows", where=str(file), mend="Save it with Unix line ends.")
    note = one_line(f"accepted {datetime.now(UTC):%Y-%m-%d} by {_who()}, as on {host.name}: {why}", 300)
    try:
        new = accepted(old, wanted, host.snapshot, note)
    except NotAcceptedError as problem:
        raise InputError(str(problem), where=str(file), mend=problem.mend) from None
    _proven(run, new, {one.path for one in wanted}, str(file))
    sys.stdout.write(_patch(str(file), old, new))
    return EXIT_OK


def _proven(run: Any, new: str, accepted: set[str], file: str) -> None:
    """That the changed profile differs from the target in just the other drifts: an edit of text is not believed."""
    from auditor.goldens import golden_of
    from auditor.pipeline import compare

    still, _ = compare(run.coverage.targets, replace(run.plan, goldens=(golden_of(new, file),)))
    expected = {(one.path, one.change) for one in run.drift if one.path not in accepted}
    if {(one.path, one.change) for one in still} != expected:
        raise InputError("this profile is written in a way that cannot be changed safely", where=file, mend="Edit it.")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return "an account without a name"


def _patch(file: str, old: str, new: str) -> str:
    name = file.lstrip("/")
    lines = unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}")
    return "".join(one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n" for one in lines)
