"""Who stands behind a vCenter of the inventory now, against who is declared to: the same that the command line tells.

Only a source that stands in the inventory is logged in to, as it stands there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditor.domain import Member, Source
from auditor.errors import ConflictError, InputError, faults_in
from auditor.inventory.importers.population import Proposal, Shown, proposals, shared, write
from auditor.inventory.load import OpenInventory

LONGEST = 60.0  # seconds for one vCenter


@dataclass(frozen=True, slots=True)
class Found:
    """What a vCenter shows; `sources` are those of the inventory, without secrets."""

    shown: Shown
    guests: tuple[Proposal, ...]
    sources: tuple[Source, ...]


def ask(path: Path, name: str) -> Found:
    """Log in to the vCenter of that name in the inventory and list it.

    Raises InputError when it cannot be asked, ConflictError when the inventory cannot be used.
    """
    from auditor.collectors.vsphere.discovery import discover

    try:
        opened = OpenInventory(path)
        sources = opened.whole(secrets=False).sources
    except InputError as problem:
        what = f"the inventory of the service cannot be used: {faults_in(problem)[0].what}"
        raise ConflictError(what[:500], mend="Mend it on the server.") from None
    try:
        source = opened.source(name)
    except InputError:  # its words may name where a secret is kept
        what = "a secret or a file of this source is not there for the service"
        raise ConflictError(what, mend="Make it readable on the server.") from None
    found = discover(replace(source, deadline=min(source.deadline, LONGEST)))
    guests = (Proposal(one.name, one.address, one.hostname, f"{name}/{one.host}") for one in found.guests)
    return Found(Shown(source, found.members), tuple(proposals(tuple(guests), sources)), tuple(sources))


def apply(found: Found, *, remove_gone: bool) -> None:
    """Write the population file of the source. Raises ConflictError when it has none, or it cannot be written."""
    try:
        write([found.shown], remove_gone=remove_gone)
    except InputError as problem:
        raise ConflictError(problem.what, mend=problem.mend) from None
    except OSError as problem:
        what = f"the population file cannot be written: {problem.strerror}"
        raise ConflictError(what, mend="Apply it where the inventory is kept.") from None


def as_data(found: Found, seen: Sequence[Source]) -> dict[str, Any]:
    """The differences as JSON. Of sources that share a host, those of `seen` are named."""
    shown = found.shown
    return {
        "source": shown.source.name,
        "added": _listed(shown.added),
        "gone": _listed(shown.gone),
        "same": shown.same,
        "shared": [{"host": host, "sources": names} for host, names in shared([shown], seen).items()],
        "proposals": [
            {"name": one.name, "kind": "linux", "address": one.address, "hostname": one.hostname, "behind": one.behind}
            for one in found.guests
        ],
    }


def _listed(members: Sequence[Member]) -> list[dict[str, str]]:
    return [{"name": one.name, "platform": one.platform} for one in members]
