"""The golden profile of a kickstart file, as data and as text, with every line that it does not cover."""

import re
from dataclasses import dataclass, field
from typing import Any

from auditor.golden.kickstart.draft import PRESENT, Draft, Way, shown
from auditor.golden.kickstart.interpret import LISTED, Entry, Imported
from auditor.golden.kickstart.marks import Open, marked
from auditor.golden.meaning import meaning_at
from auditor.golden.places import place_of
from auditor.golden.write import text

PLATFORM = "esxi"
# Lists that a kickstart adds to, whatever else is in them.
_OPEN_LISTS = ("vmkernel[*].services", "datastores", "queue_depths")


@dataclass
class Made:
    """The profile, and the per-host values that the file gives for one host, by customisation."""

    data: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)


def make(found: Imported, name: str, title: str) -> Made:
    """The data of a profile. What the file does not name is not compared."""
    builder = _Builder(found.draft)
    facts = builder.facts()
    wanted: dict[str, Any] = {"platform": PLATFORM}
    conditions = [f">={found.since}"] * bool(found.since) + [f"<{found.until}"] * bool(found.until)
    if conditions:
        wanted["version"] = ",".join(conditions)
    data: dict[str, Any] = {"golden": name, "title": title, "version": "1", "for": wanted}
    if builder.customisations:
        data["customisations"] = dict(sorted(builder.customisations.items()))
    absent = sorted(shown(way) for way in found.draft.absent)
    extra = _open_places([*found.draft.values, *found.draft.absent])
    data |= {key: places for key, places in (("extra", extra), ("absent", absent)) if places}
    data["facts"] = facts
    return Made(data, dict(sorted(builder.values.items())))


def profile_text(found: Imported, made: Made, file: str) -> str:
    """The YAML of the profile, with comments at its head. The same file gives the same bytes."""
    head = [f"From the kickstart file {file}.", *found.notes, *found.draft.remarks]
    head += [told(entry) for entry in listed(found)]
    return "".join(f"# {_line(one)}\n" for one in head) + text(made.data)


def listed(found: Imported) -> list[Entry]:
    """Lines that the profile does not hold, in the order of the file."""
    return [entry for entry in found.entries if entry.kind in LISTED]


def told(entry: Entry) -> str:
    """One line about lines that the profile does not hold. Values of options are not in it."""
    where = f"line {entry.first}" if entry.first == entry.last else f"lines {entry.first}-{entry.last}"
    what = f": {entry.what}" if entry.what else ""
    return f"{where} ({entry.section}){what}: {entry.kind}" + (f": {entry.reason}" if entry.reason else "")


def _line(written: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in written).split())[:300]


def _open_places(ways: list[Way]) -> list[str]:
    """Mappings of which a member is named, and lists that are added to: what else is there does not count."""
    found = set()
    for way in ways:
        found |= {place_of(shown(way[:n])) for n, (_, key) in enumerate(way) if key}
        found |= {place for place in _OPEN_LISTS if place == place_of(shown(way))}
    return sorted(found)


class _Builder:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.customisations: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self._named: dict[str, str] = {}  # name of a customisation: what it was made from

    def facts(self) -> dict[str, Any]:
        """The facts, nested."""
        out: dict[str, Any] = {}
        for way, value in sorted(self._draft.values.items(), key=lambda item: [name for name, _ in item[0]]):
            at = out
            for n, (name, key) in enumerate(way[:-1], 1):
                at = at.setdefault(self._key(name, way[:n]) if key else name, {})
            name, key = way[-1]
            last = self._key(name, way) if key else name
            if value is PRESENT:
                at.setdefault(last, {})
            else:
                at[last] = self._value(value, way)
        return out

    def _key(self, name: str, way: Way) -> str:
        return self._open(Open(name), way) if marked(name) else _escaped(name)

    def _value(self, value: Any, way: Way) -> Any:
        if isinstance(value, Open):
            return self._open(value, way)
        if isinstance(value, list):
            return [self._open(one, way) if isinstance(one, Open) else _escaped(one) for one in value]
        if _per_host(way):
            name = self._name(_plain(shown(way)), "")
            self.customisations[name] = shown(way)
            self.values[name] = value
            return f"${name}"
        return _escaped(value)

    def _open(self, value: Open, way: Way) -> str:
        path = shown(way)
        name = self._name(_plain(value.name) or _plain(path), value.text)
        if value.name:
            self.customisations.setdefault(name, path)
        else:
            self.customisations.setdefault(name, {"path": path, "title": f"{value.shown} in the kickstart"[:100]})
        return f"${name}"

    def _name(self, wanted: str, origin: str) -> str:
        name, number = wanted, 2
        while name in self._named and (self._named[name] != origin or not origin):
            name, number = f"{wanted}_{number}", number + 1
        self._named[name] = origin
        return name


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _escaped(value: Any) -> Any:
    return f"${value}" if isinstance(value, str) and value.startswith("$") else value


def _per_host(way: Way) -> bool:
    """Whether a single value is per host by nature. Disks are known by name, and a policy of one is what was said."""
    meaning = meaning_at(PLATFORM, "".join(f"[{name}]" if key else f".{name}" for name, key in way).lstrip("."))
    return meaning is not None and meaning.per_host
