"""`auditor golden capture | check | accept | propose ...`: intended facts, who drifts, and who agrees on them."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_COVERAGE, EXIT_FINDINGS, EXIT_OK, accept, consensus, golden_proposals
from auditor.cli.audit import CapturesFolder, InventoryFile
from auditor.cli.inputs import checked_key, sources_of
from auditor.cli.output import as_json, one_line, table
from auditor.errors import InputError

app = typer.Typer(
    help="Golden profiles: make one from a host, compare hosts with it.", no_args_is_help=True, rich_markup_mode=None
)
app.command()(consensus.consensus)
app.command()(accept.accept)
for _command in (
    golden_proposals.propose,
    golden_proposals.retire,
    golden_proposals.proposals,
    golden_proposals.approve,
    golden_proposals.reject,
    golden_proposals.withdraw,
):
    app.command()(_command)
Format = Annotated[str, typer.Option("--format", "-f", help="text or json")]


@app.command()
def capture(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The host to take as the model.")],
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    name: Annotated[str, typer.Option(help="Name of the profile.")] = "",
) -> int:
    """Write a golden profile of one host to standard output, and the host's own values to standard error."""
    from auditor.golden.capture import capture as take
    from auditor.golden.write import profile_text, text

    run = collected(inventory, captures, [target], ())
    read = [one for one in run.coverage.targets if one.snapshot is not None]
    if len(read) != 1:
        unread = [f"{one.name}: {one.reason}" for one in run.coverage.targets if one.snapshot is None]
        names = ", ".join(one.name for one in read[:10])
        why = f"{target!r} means {len(read)} targets that were read" + (f": {names}" if names else "")
        raise InputError(why, mend="; ".join(unread[:3]) or "Name one target, or source/name.")
    (host,) = read
    taken = take(host.snapshot)
    kind = name or f"{host.platform}-profile"
    title = f"Hosts like {host.name}"
    sys.stdout.write(profile_text(taken, kind, title))
    if taken.values:
        sys.stderr.write("# values of this host, for its source in the inventory:\n")
        sys.stderr.write(text({"customisations": {host.name: taken.values}}))
    return EXIT_OK


@app.command(name="import-kickstart")
def import_kickstart(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A kickstart file of ESX 4.x to ESXi 8.x.")],
    name: Annotated[str, typer.Option(help="Name of the profile; else that of the file.")] = "",
) -> int:
    """Write the golden profile of an ESXi kickstart file to standard output. Lines that it does not hold are listed on
    standard error and at its head. Nothing of the file is run.
    """
    from auditor.golden.kickstart.profile import listed, profile_text, told
    from auditor.golden.write import text
    from auditor.goldens import load_kickstart

    found, made = load_kickstart(file, name)
    sys.stdout.write(profile_text(found, made, file.name))
    for note in (*found.notes, *found.draft.remarks):
        sys.stderr.write(f"{file}: {one_line(note, 300)}\n")
    for entry in listed(found):
        sys.stderr.write(f"{file}: {one_line(told(entry), 300)}\n")
    if made.values:
        sys.stderr.write("# values of one host in this file, for its source in the inventory:\n")
        sys.stderr.write(text({"customisations": {"HOST": made.values}}))
    return EXIT_OK


@app.command()
def check(
    golden: Annotated[list[str], typer.Option("--golden", "-g", metavar="GOLDEN", help="The profile to compare with.")],
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    format_: Format = "text",
) -> int:
    """Compare hosts with golden profiles. Status: 0 no drift, 1 drift, 3 something could not be read, 2 bad input."""
    from auditor.document import drift_entry
    from auditor.goldens import load_golden

    loaded = tuple(load_golden(one) for one in golden)
    run = collected(inventory, captures, targets or [], loaded)
    compared = [one for one in run.coverage.targets if any(profile.fits(one) for profile in loaded)]
    if not compared:
        names = ", ".join(profile.id for profile in loaded)
        raise InputError(f"none of these targets is what {names} is for", mend="Look at `for:` in the profile.")
    if format_ == "json":
        as_json(
            {
                "targets": [one.name for one in compared],
                "drift": [drift_entry(one) for one in run.drift],
                "not_compared": [
                    {"target": name, "golden": profile, "path": unset.path, "customisation": unset.name}
                    for name, profile, unset in run.uncompared
                ],
            }
        )
    else:
        _print(run, compared)
    unknown = any(one.change == "unknown" for one in run.drift)
    if any(one.change != "unknown" for one in run.drift):
        return EXIT_FINDINGS
    return EXIT_COVERAGE if unknown else EXIT_OK


@app.command()
def judge(
    golden: Annotated[str, typer.Option("--golden", "-g", metavar="GOLDEN", help="The profile to judge.")],
    baseline: Annotated[list[str] | None, typer.Option("--baseline", "-b", help="Only these baselines.")] = None,
    version: Annotated[str, typer.Option(help="Release that the profile is for, such as 4.1.")] = "",
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters, chosen rules, severities, dates.")
    ] = None,
    format_: Format = "text",
) -> int:
    """Judge an intention: what the rules would say of a host that is as the profile says.

    What the profile does not say is unknown. Status: 0 nothing fails, 1 a rule fails, 2 bad input.
    """
    from auditor.cli.golden_judge import print_verdicts

    return EXIT_FINDINGS if print_verdicts(golden, baseline or [], version, tailoring, format_) else EXIT_OK


@app.command()
def migration(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="Target, source or glob.")] = None,
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    format_: Format = "text",
) -> int:
    """Say which ESXi hosts can move to a distributed switch by a profile at once, and which need phases, and why.

    Status: 0 every host was read, 3 some hosts or machines were not, 2 bad input.
    """
    from dataclasses import asdict

    from auditor.golden.migration import readiness

    run = collected(inventory, captures, targets or [], ())
    found = readiness([one for result in run.sources for one in result.targets])
    names = {one.name for one in run.coverage.targets}
    found = [one for one in found if one.target in names]
    if not found:
        raise InputError("none of these targets is an ESXi host", mend="Name hosts, or a vCenter.")
    if format_ == "json":
        as_json([asdict(one) for one in found])
    else:
        rows = [(one.target, one.cluster, one.way, "; ".join(one.reasons)) for one in found]
        table(("host", "cluster", "way", "why"), rows)
    return EXIT_COVERAGE if any(one.way == "unknown" for one in found) else EXIT_OK


def collected(inventory: Any, captures: Any, patterns: list[str], goldens: tuple[Any, ...]) -> Any:
    """The run over what the options mean, without rules."""
    from auditor.cli.events import LoggedProgress
    from auditor.cli.progress import LiveProgress
    from auditor.logging import start_log
    from auditor.pipeline import Plan, audit
    from auditor.runners import ConcurrentRunner

    start_log(None)
    sources, excluded = sources_of(inventory, captures, patterns)
    checked_key(sources)
    with LiveProgress() as progress:
        plan = Plan(sources, (), excluded, patterns, goldens=goldens)
        return audit(plan, ConcurrentRunner(), LoggedProgress(progress))


def _print(run: Any, compared: list[Any]) -> None:
    by_path: dict[tuple[str, str], list[Any]] = {}
    for one in run.drift:
        by_path.setdefault((one.path, one.change), []).append(one)
    for (path, change), found in sorted(by_path.items(), key=lambda item: (-len(item[1]), item[0])):
        ways = len({repr(one.actual) for one in found})
        where = path or "the whole target"
        sys.stdout.write(f"{len(found)} of {len(compared)}  {change:9}  {one_line(where)}, in {ways} ways\n")
        for one in found[:5]:
            words = (
                one.reason if change == "unknown" else f"expected {_shown(one.expected)}, found {_shown(one.actual)}"
            )
            sys.stdout.write(f"    {one_line(one.target, 60)}: {one_line(words, 200)}\n")
        if len(found) > 5:
            sys.stdout.write(f"    and {len(found) - 5} more\n")
    if run.uncompared:
        names = sorted({f"${unset.name}" for _, _, unset in run.uncompared})
        sys.stdout.write(f"not compared, for want of a value in the inventory: {one_line(', '.join(names), 300)}\n")
    drifting = {one.target for one in run.drift if one.change != "unknown"}
    unknown = {one.target for one in run.drift if one.change == "unknown"} - drifting
    clean = len(compared) - len(drifting) - len(unknown)
    sys.stdout.write(
        f"{clean} of {len(compared)} targets without drift, {len(drifting)} drift, {len(unknown)} unknown\n"
    )


def _shown(value: Any) -> str:
    from auditor.facts.observed import plain_value

    plain = plain_value(value)
    return "absent" if plain == {"absent": True} else str(plain)
