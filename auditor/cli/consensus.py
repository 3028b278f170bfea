"""`auditor golden consensus`: a golden profile from what many hosts have in common, and who does not fit in it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_OK
from auditor.cli.audit import CapturesFolder, InventoryFile
from auditor.cli.output import one_line
from auditor.errors import InputError

SHOWN = 20  # lines of each part of the report that people read; JSON has all


def consensus(
    targets: Annotated[list[str], typer.Argument(metavar="TARGET...", help="Targets, sources or globs of one kind.")],
    inventory: InventoryFile = None,
    captures: CapturesFolder = None,
    again: Annotated[
        Path | None, typer.Option(metavar="CAPTURES", help="The same hosts on another night: what changes is ignored.")
    ] = None,
    platform: Annotated[str, typer.Option(help="Which targets to take, where there are several platforms.")] = "",
    name: Annotated[str, typer.Option(help="Name of the profile.")] = "",
    values: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write each host's own values there, for the inventory.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", "-f", help="Of the report: text or json")] = "text",
) -> int:
    """Propose a golden profile from many hosts. The profile goes to standard output, the report to standard error."""
    from auditor.cli.golden import collected
    from auditor.golden.consensus import consensus as agree
    from auditor.golden.restless import Restless, restless
    from auditor.golden.write import profile_text, text

    run = collected(inventory, captures, targets, ())
    read = _read(run, platform)
    if not read:
        raise InputError("no target was read", mend="Look at `auditor audit` of the same targets.")
    kinds = sorted({one.platform for one in read})
    if len(kinds) > 1:
        raise InputError(f"these targets are of several platforms: {', '.join(kinds)}", mend="Add --platform ONE.")
    found = agree([one.snapshot for one in read], [one.name for one in read])
    silent = [one.name for one in run.coverage.targets if one.snapshot is None and one.platform == kinds[0]]
    nights = Restless()
    if again is not None:
        second = _read(collected(None, again, [], ()), kinds[0])
        nights = restless({one.name: one.snapshot for one in read}, {one.name: one.snapshot for one in second})
        if not nights.hosts:
            raise InputError("none of these hosts was read on the other night", where=str(again))
    head = f"Proposed by {found.hosts} hosts. Where no number stands, all of them that could be read agree."
    sys.stdout.write(
        profile_text(
            found.captured,
            name or f"{kinds[0]}-consensus",
            f"What {found.hosts} hosts have in common",
            head,
            extra=found.extra,
            ignore=nights.ignore,
            notes=found.notes,
        )
    )
    if values is not None:
        try:
            values.write_text(text(dict(sorted(found.values.items()))), encoding="utf-8")
        except OSError as problem:
            why = f"cannot be written: {problem.strerror}"
            raise InputError(why, where=str(values), mend="Name another file.") from None
    _report(found, nights, silent, format_)
    return EXIT_OK


def _read(run: Any, platform: str) -> list[Any]:
    every = [one for one in run.coverage.targets if one.snapshot is not None and not one.part_of]
    return [one for one in every if not platform or one.platform == platform]


def _report(found: Any, nights: Any, silent: list[str], format_: str) -> None:
    if format_ == "json":
        import orjson

        data = {**_plain(found, nights), "not_read": silent}
        sys.stderr.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    lines = [f"{len(found.outliers)} of {found.hosts} hosts differ from what the others have in common"]
    for host, deviations in found.outliers.items():
        lines += [f"  {host}: {len(deviations)} differences"]
        lines += [f"    {one.path}: {_is(one.actual)}, on {one.support} of {one.voters} {_is(one.expected)}"
                  for one in deviations[:5]]  # fmt: skip
    lines += _part("no agreement on", [f"{one.path}: in {len(one.ways)} ways" for one in found.contested])
    lines += _part("customisations (each host has its own)", list(found.captured.customisations.values()))
    lines += _part("members of their own on nearly every host", found.extra)
    lines += _part("hosts that were not read, and have no vote", silent)
    lines += _part("not read", [f"{path}: on {hosts} hosts" for path, hosts in found.unread.items()])
    if nights.hosts:
        lines += _part(f"changed between two nights of {nights.hosts} hosts, so to be ignored", nights.ignore)
        rest = [f"{path}: on {hosts} hosts" for path, hosts in nights.changed.items() if path not in nights.ignore]
        lines += _part("changed on few hosts: look who did it", rest)
    sys.stderr.write("".join(f"{one_line(line, 240)}\n" for line in lines))


def _part(title: str, entries: list[str]) -> list[str]:
    if not entries:
        return []
    more = [f"  and {len(entries) - SHOWN} more"] if len(entries) > SHOWN else []
    return [f"{title}:", *[f"  {one}" for one in entries[:SHOWN]], *more]


def _is(value: Any) -> str:
    from auditor.facts.observed import plain_value

    plain = plain_value(value)
    return "absent" if plain == {"absent": True} else str(plain)


def _plain(found: Any, nights: Any) -> dict[str, Any]:
    from auditor.service.proposing import as_data

    return {**as_data(found), "nights": {"hosts": nights.hosts, "ignore": nights.ignore, "changed": nights.changed}}
