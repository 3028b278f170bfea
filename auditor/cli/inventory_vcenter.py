"""`auditor inventory import vcenter`: who stands behind vCenters now, against who is declared to."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.cli import EXIT_FINDINGS, EXIT_OK
from auditor.cli.output import as_json as print_json
from auditor.cli.output import one_line
from auditor.errors import InputError, InputErrors

if TYPE_CHECKING:
    from auditor.domain import Member
    from auditor.inventory.importers.population import Proposal, Shown


def discover(inventory: Path, pattern: str, *, apply: bool, remove_gone: bool, as_json: bool) -> int:
    """Show the differences, and write the population files with `apply`. Returns the exit status; raises InputError."""
    from auditor.collectors.vsphere.discovery import discover as ask
    from auditor.inventory.importers.population import Proposal, Shown, proposals, shared, write
    from auditor.inventory.load import OpenInventory
    from auditor.inventory.select import matches

    opened = OpenInventory(inventory)
    sources = opened.whole(secrets=False).sources
    meant = [one.name for one in sources if one.kind == "vcenter" and matches([pattern], one.name, one.name)]
    if not meant:
        known = ", ".join(one.name for one in sources if one.kind == "vcenter") or "none"
        raise InputError(f"no vcenter source is called {pattern[:80]!r}", mend=f"Known: {known}.")
    shown: list[Shown] = []
    guests: list[Proposal] = []
    faults: list[InputError] = []
    for name in meant:
        try:
            source = opened.source(name)
            found = ask(source)
        except InputError as fault:
            faults.append(fault)
            continue
        shown.append(Shown(source, found.members))
        guests += [Proposal(one.name, one.address, one.hostname, f"{name}/{one.host}") for one in found.guests]
    written = apply and not faults
    if written:
        write(shown, remove_gone=remove_gone)
    proposed = proposals(guests, sources)
    both = shared(shown, sources)
    (_print_json if as_json else _print)(shown, both, proposed, written=written, removed=written and remove_gone)
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults)
    added = any(one.added for one in shown) and not apply
    gone = any(one.gone for one in shown) and not (apply and remove_gone)
    return EXIT_FINDINGS if added or gone else EXIT_OK


def _print(
    shown: "list[Shown]", both: dict[str, list[str]], proposed: "list[Proposal]", *, written: bool, removed: bool
) -> None:
    out = sys.stdout.write
    for one in shown:
        name = one_line(one.source.name)
        for member in one.added:
            out(f"+ {name}/{one_line(member.name)}  {member.platform}\n")
        for member in one.gone:
            out(f"- {name}/{one_line(member.name)}  {member.platform}  {_fate(removed)}\n")
        done = "written" if written and (one.added or (removed and one.gone)) else "nothing was written"
        out(f"{name}: {len(one.added)} new, {len(one.gone)} gone, {one.same} the same; {done}\n")
    for host, sources in both.items():
        out(f"! {one_line(host)}  stands behind {' and '.join(map(one_line, sources))}\n")
    for guest in proposed:
        said = f"its guest tools say {one_line(guest.hostname or guest.name)}; never applied by itself"
        out(f"? {one_line(guest.name)}  linux  {guest.address}  behind {one_line(guest.behind)}  {said}\n")


def _fate(removed: bool) -> str:
    return "taken out" if removed else "not shown any more; it stays"


def _print_json(
    shown: "list[Shown]", both: dict[str, list[str]], proposed: "list[Proposal]", *, written: bool, removed: bool
) -> None:
    def listed(members: "list[Member]") -> list[dict[str, Any]]:
        return [{"name": one.name, "platform": one.platform} for one in members]

    print_json(
        {
            "applied": written,
            "removed": removed,
            "sources": [
                {"source": one.source.name, "added": listed(one.added), "gone": listed(one.gone), "same": one.same}
                for one in shown
            ],
            "shared": [{"host": host, "sources": sources} for host, sources in both.items()],
            "proposals": [
                {
                    "name": one.name,
                    "kind": "linux",
                    "address": one.address,
                    "hostname": one.hostname,
                    "behind": one.behind,
                }
                for one in proposed
            ],
        }
    )
