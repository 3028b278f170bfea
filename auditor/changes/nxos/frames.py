"""Modes that are open, and where their lines go."""

from dataclasses import dataclass

from auditor.changes.nxos.grammar import Parsed
from auditor.changes.nxos.state import Place
from auditor.changes.nxos.tree import Entry


@dataclass(slots=True)
class Frame:
    """A mode that is open: for a range, on several places at once."""

    mode: str
    places: list[Place]
    indent: int
    indented: bool | None = None  # whether what stands under it is indented; None: nothing stands there yet
    head: str = ""
    followers: tuple[Place, ...] = ()
    leaf: bool = False  # opened by a line that nobody knows: it may have opened nothing
    lost: bool = False  # the section cannot be foretold: its lines are looked at and change nothing


def under(place: Place, key: tuple[str, ...], subject: str = "", name: str = "") -> Place:
    """The place below a section's line."""
    entry = place.running.entries[key]
    shown: Entry | None = place.everything.entries.get(key) if place.everything is not None else None
    return Place(entry.opened(), shown.opened() if shown is not None else None, subject, name)


def subject_of(parsed: Parsed, place: Place) -> str:
    """The facts that a section is about."""
    if parsed.command.name == "line":
        return f"lines[{parsed.values[0]}]"
    if parsed.command.name == "aaa group server":
        return f"aaa.groups[{parsed.ids[1]}]"
    if parsed.command.name == "flow exporter":
        return f"flow_exporters[{parsed.ids[0]}]"
    return place.subject
