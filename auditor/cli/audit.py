"""`auditor audit`: collect, judge, report."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor import __version__
from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK
from auditor.cli.database import DatabaseOption
from auditor.cli.inputs import checked_folder, checked_key, sources_of
from auditor.domain import Severity
from auditor.errors import InputError

InventoryFile = Annotated[Path | None, typer.Option("--inventory", "-i", help="Sources to log in to.")]
CapturesFolder = Annotated[Path | None, typer.Option("--from", metavar="CAPTURES", help="Judge stored captures.")]


@dataclass(frozen=True, slots=True)
class Limits:
    """When an audit ends with another status than 0."""

    fail_on: Severity = Severity.HIGH
    min_coverage: float = 100.0
    max_unknown: float | None = None


def audit(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    run_: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="Judge again what this stored run had read.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="Judge again what was seen last by this moment.")
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="Zone of --as-of.")] = None,
    series: Annotated[int | None, typer.Option("--series", metavar="N", help="Which history --as-of means.")] = None,
    baseline: Annotated[list[str] | None, typer.Option("--baseline", "-b", help="Only these baselines.")] = None,
    goldens: Annotated[
        list[str] | None, typer.Option("--golden", "-g", metavar="GOLDEN", help="Compare with this golden profile.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option("--since", metavar="CAPTURES", help="Tell too what changed since these captures.")
    ] = None,
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters, chosen rules, severities, dates.")
    ] = None,
    waivers: Annotated[
        Path | None, typer.Option("--waivers", metavar="FILE", help="Accepted findings: they stay failures.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="DIR", help="Default: ./audit-RUN")] = None,
    formats: Annotated[
        str, typer.Option("-f", "--format", help="Comma list of html, pdf, json, csv, xlsx.")
    ] = "html,pdf,json,csv",
    fail_on: Annotated[str, typer.Option(help="low, medium, high or critical: from here on status 1.")] = "high",
    min_coverage: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of the population that must be read.")
    ] = 100.0,
    max_unknown: Annotated[
        float | None, typer.Option(min=0, max=100, help="Percent of rules that may be unknown.")
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the run in the database, and populations in their files.")
    ] = False,
    database: DatabaseOption = None,
    serial: Annotated[bool, typer.Option("--serial", help="One source after the other.")] = False,
    log: Annotated[str | None, typer.Option(help="Structured log on standard error: text or json.")] = None,
) -> int:
    """Audit targets and write reports.

    Status: 0 nothing to say, 1 an open finding at or above --fail-on, 3 too few targets read, 2 bad input.
    """
    from auditor.logging import start_log

    start_log(log)
    limits = Limits(_severity(fail_on), min_coverage, max_unknown)
    wanted = _formats(formats)
    patterns = targets or []
    again = run_ is not None or as_of is not None
    if again and (inventory or captures or save or since):
        mend = "A stored run stands in place of -i and --from; what is judged again is never saved, the history keeps"
        raise InputError("--run and --as-of ask no host", mend=f"{mend} what was judged then.")
    if as_of is None and (zone or series is not None):
        raise InputError("--zone and --series go with --as-of", mend="Name the moment with --as-of.")
    sources, excluded = ([], ()) if again else sources_of(inventory, captures, patterns)
    if output is not None:
        checked_folder(output)
    else:
        checked_folder(Path())

    from auditor.cli.drift import changed_since
    from auditor.cli.golden import collected
    from auditor.cli.saving import keep_run, open_database, with_past
    from auditor.goldens import load_golden
    from auditor.library import load_baselines
    from auditor.pipeline import Plan
    from auditor.selection import choose, reached_rules
    from auditor.tailorings import load_tailoring
    from auditor.waiverfile import load_waivers

    tailored = load_tailoring(tailoring) if tailoring else None
    loaded = tuple(load_golden(name) for name in goldens or ())
    library = load_baselines()
    chosen = choose(baseline or (), tailored, library)
    rules = {rule.id for one in library.values() for rule in one.baseline.rules} | reached_rules(chosen)
    accepted = load_waivers(waivers, rules) if waivers else ()
    plan = Plan(sources, chosen, excluded, patterns, bool(baseline), tailored, loaded, waivers=accepted)
    if again:
        from auditor.cli.again import Stored, judge_again

        return judge_again(Stored(run_, as_of, zone, series), plan, limits, wanted, output, database)
    checked_key(sources)
    store = open_database(database) if save else None
    plan = with_past(plan, store) if store else plan
    before = collected(None, since, [], ()) if since else None
    document, run = perform(plan, limits, serial=serial)
    if patterns and not document["targets"]:
        raise InputError(f"every target that {' '.join(patterns)} means is excluded", mend="Nothing was written.")
    if not document["findings"]:
        names = ", ".join(one.id for one in plan.baselines)
        raise InputError(
            f"no rule of {names} is meant for these targets", mend="Name another baseline with -b. Nothing was written."
        )
    if before is not None:
        document["changed"] = changed_since(before, run, everything=not patterns)
    finish(document, wanted, output or Path(f"audit-{run.id}"))
    if store is not None:
        keep_run(
            store,
            run,
            cover_of(limits),
            inventory or captures,
            baselines=baseline or (),
            goldens=goldens or (),
            formats=wanted,
            max_unknown=max_unknown,
        )
        save_populations(run)
    return exit_status(document, limits)


def perform(plan: Any, limits: Limits, *, serial: bool = False) -> tuple[dict[str, Any], Any]:
    """Run `plan` with progress on the terminal; (audit document, Audit)."""
    from auditor import pipeline
    from auditor.cli.events import LoggedProgress, log_run
    from auditor.cli.progress import LiveProgress
    from auditor.document import document
    from auditor.runners import ConcurrentRunner, SerialRunner

    with LiveProgress() as progress:
        run = pipeline.audit(plan, SerialRunner() if serial else ConcurrentRunner(), LoggedProgress(progress))
    made = document(run, cover_of(limits))
    log_run(made)
    return made, run


def cover_of(limits: Limits) -> Any:
    """What stands on the cover of a run's report."""
    from auditor import settings
    from auditor.document import Cover
    from auditor.library import places_by_hand

    return Cover(
        __version__,
        settings.organisation(),
        settings.classification(),
        limits.fail_on.value,
        limits.min_coverage,
        places_by_hand(),
    )


def finish(document: dict[str, Any], formats: Sequence[str], folder: Path) -> None:
    """Write the reports and say where they are."""
    from auditor.cli.summary import print_summary
    from auditor.reporting import write

    try:
        written = write(document, formats, folder)
    except OSError as problem:
        why = f"the report cannot be written: {problem.strerror or problem}"
        raise InputError(why, where=str(folder), mend="Name another folder with -o, or make room.") from None
    print_summary(document)
    sys.stdout.write("\n")
    for one in written:
        note = f"  ({one.note})" if one.note else ""
        sys.stdout.write(f"{one.format:5} {one.path or 'not written'}{note}\n")


def save_populations(run: Any) -> None:
    """Write each source's population to the file its inventory entry declares, unless the source failed as a whole."""
    from auditor.inventory.load import default_platform
    from auditor.inventory.population import write_population

    for result in run.sources:
        source = result.collected.source
        failed = any(failure.target is None for failure in result.failures)
        if source.population_file and not failed:
            write_population(Path(source.population_file), result.members, default_platform(source.kind), source.name)


def exit_status(document: dict[str, Any], limits: Limits) -> int:
    """0, 1 or 3 (architecture, section 7): too little looked at beats open findings."""
    coverage, score = document["coverage"], document["score"]
    population = coverage["population"]
    percent = 100.0 * coverage["collected"] / population if population else 0.0
    if percent < limits.min_coverage:
        return EXIT_COVERAGE
    judged = score["passed"] + score["failed"] + score["unknown"]
    if limits.max_unknown is not None and judged and 100.0 * score["unknown"] / judged > limits.max_unknown:
        return EXIT_COVERAGE
    bad = any(
        one["status"] == "fail"
        and one["waiver"] is None
        and one["grace_until"] is None
        and Severity(one["severity"]).rank >= limits.fail_on.rank
        for one in document["findings"]
    )
    return EXIT_FINDINGS if bad else EXIT_OK


def _severity(text: str) -> Severity:
    if text not in ("low", "medium", "high", "critical"):
        raise InputError(f"--fail-on {text} is not a severity", mend="Choose low, medium, high or critical.")
    return Severity(text)


def _formats(text: str) -> list[str]:
    from auditor.reporting import FORMATS

    wanted = [part.strip() for part in text.split(",") if part.strip()]
    for one in wanted:
        if one not in FORMATS:
            raise InputError(f"there is no format {one!r}", mend=f"Known formats: {', '.join(FORMATS)}.")
    if not wanted:
        raise InputError("no format is named", mend=f"Known formats: {', '.join(FORMATS)}.")
    return list(dict.fromkeys(wanted))
