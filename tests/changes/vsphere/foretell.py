"""Foretelling against stored synthetic captures: no peer is needed."""

from dataclasses import dataclass, replace
from typing import Any

from auditor.changes import vsphere
from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of
from auditor.changes.model import Edited, Risk
from auditor.domain import Capture, Snapshot
from auditor.errors import InputError, faults_in
from tests.changes.vsphere.peer import leaves, snapshot
from tests.collectors.vsphere.bodies import TAKEN_AT, body


@dataclass
class Told:
    """What a candidate was foretold to do."""

    before: Snapshot
    after: Snapshot
    edited: Edited
    candidate: Candidate

    @property
    def changed(self) -> dict[str, Any]:
        """Single facts that are another value afterwards; None: gone."""
        old, new = dict(leaves(self.before.facts)), dict(leaves(self.after.facts))
        return {path: new.get(path) for path in {*old, *new} if old.get(path) != new.get(path)}

    @property
    def unknown(self) -> set[str]:
        """Paths that nobody can foretell."""
        return {one.path for one in self.edited.unknown}

    @property
    def remarks(self) -> str:
        """All remarks as one text."""
        return "\n".join(one.words for one in self.edited.remarks)

    @property
    def risks(self) -> dict[str, Risk]:
        """Risks by their ident."""
        return {one.ident: one for one in vsphere.risks(self.before, self.after, self.candidate, self.edited)}


def capture_of(platform: str = "esxi", **changes: Any) -> Capture:
    """A synthetic capture; `changes` replace parts of its body, or properties, with `__` for dots."""
    data = body(platform)
    for name, value in changes.items():
        holder = data if name in data else data["props"]
        holder[name.replace("__", ".")] = value
    name = str(data.get("name") or "DSwitch")
    return Capture("vc01", name, platform, TAKEN_AT, data)


def tell(text: str, name: str = "change.txt", platform: str = "esxi", capture: Capture | None = None) -> Told:
    """What a text is foretold to do. Raises InputError(s)."""
    capture = capture or capture_of(platform)
    candidate = vsphere.clean(candidate_of(name, text.encode()))
    edited = vsphere.edit(capture, candidate)
    return Told(snapshot(capture), snapshot(replace(capture, body=edited.body)), edited, candidate)


def faults(text: str, name: str = "change.txt", platform: str = "esxi", capture: Capture | None = None) -> list[str]:
    """`where: what` of each fault of a text."""
    try:
        tell(text, name, platform, capture)
    except InputError as problem:
        return [f"{one.where}: {one.what}" for one in faults_in(problem)]
    return []
