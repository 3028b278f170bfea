"""`auditor rules preview`: what a new version of a baseline would change, shown on a stored run."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from auditor.cli import EXIT_FINDINGS, EXIT_OK
from auditor.cli.database import DatabaseOption
from auditor.cli.output import as_json, one_line, table
from auditor.errors import InputError

_SHOWN = 8  # targets of one group


def preview(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a stored run, or latest.")],
    baseline: Annotated[list[str], typer.Option("--baseline", "-b", metavar="NEW", help="The new baseline.")],
    replaces: Annotated[
        list[str] | None, typer.Option("--replaces", metavar="ID", help="The old one, where it has another name.")
    ] = None,
    tailoring: Annotated[
        str | None, typer.Option("--tailoring", metavar="FILE", help="Parameters, chosen rules, severities, dates.")
    ] = None,
    waivers: Annotated[
        Path | None, typer.Option("--waivers", metavar="FILE", help="Waivers beside those of the database.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", "-f", help="text or json")] = "text",
    database: DatabaseOption = None,
) -> int:
    """Show what a new version of a baseline would change, on what a stored run had read. Nothing is asked or kept.

    Status: 0 nothing gets worse, 1 something newly fails or is unknown, or a waiver does not carry over, 2 bad input.
    """
    from auditor.cli.audit import Limits, cover_of
    from auditor.cli.saving import open_database
    from auditor.library import load_baselines
    from auditor.pipeline import Plan
    from auditor.selection import choose, reached_rules
    from auditor.service import preview as service
    from auditor.service.choosing import run_named
    from auditor.service.request import request_of
    from auditor.service.retro import retro
    from auditor.service.stored import found_of
    from auditor.store.waivers import waivers_in_force
    from auditor.tailorings import load_tailoring
    from auditor.waiverfile import load_waivers

    tailored = load_tailoring(tailoring) if tailoring else None
    library = load_baselines()
    chosen = choose(baseline, tailored, library)
    now = datetime.now(UTC).replace(microsecond=0)
    store = open_database(database)
    try:
        with store.reading() as connection:
            row = run_named(connection, run)
        found = found_of(store, row.name)
        old = found.document
        if old["run"]["tailoring"] and tailored is None:
            name = old["run"]["tailoring"]["id"]
            raise InputError(f"the run was tailored by {name}", mend="Give --tailoring, the same or a new one.")
        replaced = _replaced(replaces or [one.id for one in chosen], old)
        rules = {rule.id for one in library.values() for rule in one.baseline.rules} | reached_rules(chosen)
        accepted = load_waivers(waivers, rules | set(old["rules"])) if waivers else ()
        accepted = (*accepted, *waivers_in_force(store, now))
        by_name = bool(request_of(row.request).baselines) if row.request not in ("", "{}") else True
        new = retro(store, found, Plan((), chosen, chosen_by_name=by_name, tailoring=tailored), cover_of(Limits()), now)
    finally:
        store.close()
    made = service.preview(old, new, replaced, accepted, now)
    heads = [{"id": one.id, "version": one.version, "sha256": one.digest} for one in chosen]
    made = {"run": old["run"]["id"], "replaced": sorted(replaced), "baselines": heads, **made}
    if format_ == "json":
        as_json(made)
    else:
        _show(made)
    return EXIT_FINDINGS if service.worse(made) else EXIT_OK


def _replaced(wanted: Sequence[str], old: Mapping[str, Any]) -> set[str]:
    known = [one["id"] for one in old["run"]["baselines"]]
    found = set(wanted) & set(known)
    if len(found) == len(set(wanted)):
        return found
    missing = ", ".join(sorted(set(wanted) - found))
    mend = f"Name what it replaces with --replaces, one of: {', '.join(known) or 'none'}."
    raise InputError(f"run {old['run']['id']} was not judged by {missing}", mend=mend)


def _show(made: Mapping[str, Any]) -> None:
    out = sys.stdout.write
    names = ", ".join(f"{one['id']} {one['version']}" for one in made["baselines"])
    out(f"{names} in place of {', '.join(made['replaced'])}, on what run {made['run']} had read\n\n")
    for one in made["rules"]:
        out(f"{one['change']:8} {one['rule']}: {one_line(one['title'])}\n")
        for words in one["changes"]:
            out(f"           {one_line(words, 220)}\n")
        if one["change"] == "removed" and one["failing_before"]:
            out(f"           it failed on {one['failing_before']} targets, and nobody looks any more\n")
        for group, words in _WORDS.items():
            if one[group] and not (one["change"] == "removed" and group == "unjudged"):
                more = f" and {len(one[group]) - _SHOWN} more" if len(one[group]) > _SHOWN else ""
                out(f"           {words} on {len(one[group])}: {one_line(', '.join(one[group][:_SHOWN]), 300)}{more}\n")
    for waiver in made["waivers"]:
        if waiver["lost"]:
            out(f"\nwaiver {waiver['id']} ({waiver['rule']}) would not carry over:\n")
            for one in waiver["lost"][:_SHOWN]:
                where = f"{one['target']} {one['subject']}" if one["subject"] else one["target"]
                out(f"  {one_line(where, 80)}: {one_line(one['reason'], 200)}\n")
            if len(waiver["lost"]) > _SHOWN:
                out(f"  and {len(waiver['lost']) - _SHOWN} more\n")
    before, after = made["score"]["before"], made["score"]["after"]
    names_ = ("passed", "failed", "unknown", "waived")
    out("\n")
    table(("", *names_), [("before", *(str(before[n]) for n in names_)), ("after", *(str(after[n]) for n in names_))])


_WORDS = {
    "failing": "newly fails",
    "unknown": "newly unknown",
    "passing": "newly passes",
    "unjudged": "no longer judged",
}
