"""`auditor collect`: captures only, to be judged elsewhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from auditor import __version__
from auditor.cli import EXIT_COVERAGE, EXIT_OK
from auditor.cli.audit import InventoryFile
from auditor.cli.inputs import checked_folder, checked_key, sources_of
from auditor.cli.output import one_line


def collect(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="CAPTURES", help="New folder for the captures.")],
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    inventory: InventoryFile = None,
    min_coverage: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of the population that must be read.")
    ] = 100.0,
    log: Annotated[str | None, typer.Option(help="Structured log on standard error: text or json.")] = None,
) -> int:
    """Log in to sources and keep what they say, redacted, in a folder. Judge it with `auditor audit --from`.

    Status: 0 everything was read, 3 too few targets were, 2 bad input.
    """
    from auditor.logging import start_log

    start_log(log)
    patterns = targets or []
    sources, _ = sources_of(inventory, None, patterns)
    checked_folder(output)

    from auditor.cli.audit import save_populations
    from auditor.cli.events import LoggedProgress
    from auditor.cli.progress import LiveProgress
    from auditor.evidence.captures import CaptureFolder
    from auditor.inventory.select import matches
    from auditor.pipeline import Plan, audit, now
    from auditor.runners import ConcurrentRunner

    folder = CaptureFolder(output)
    checked_key(sources)
    with LiveProgress() as progress:
        run = audit(Plan(sources, (), (), patterns), ConcurrentRunner(), LoggedProgress(progress))
    for result in run.sources:
        for capture in result.collected.captures:
            if matches(patterns, capture.target, result.collected.source.name):
                folder.add(capture)
    folder.finish([(r.collected.source, r.members, r.failures) for r in run.sources], __version__, now())
    save_populations(run)
    coverage = run.coverage
    for target in coverage.targets:
        if target.status != "collected":
            sys.stdout.write(f"NOT READ  {one_line(target.name)}: {one_line(target.reason)}\n")
    sys.stdout.write(f"Read {coverage.collected} of {coverage.population} targets into {output}\n")
    sys.stdout.write(f"next: auditor audit --from {output}\n")
    return EXIT_OK if coverage.percent >= min_coverage else EXIT_COVERAGE
