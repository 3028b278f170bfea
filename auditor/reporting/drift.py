"""Drift as people ask for it: per field across hosts ("14 of 300 differ here, in 2 ways"), and per host."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Way:
    """One value that hosts have in place of the expected one."""

    change: str
    actual: Any
    targets: list[str] = field(default_factory=list)
    who: list[str] = field(default_factory=list)  # names, or why nobody can be named
    foretold_by: list[str] = field(default_factory=list)  # tickets or ids of approved changes


@dataclass(slots=True)
class Field:
    """A path of a golden profile on which hosts differ. `compared` is how many hosts the profile was compared with."""

    golden: str
    path: str
    expected: Any
    compared: int
    ways: list[Way] = field(default_factory=list)

    @property
    def differ(self) -> int:
        """Hosts that differ."""
        return len({name for way in self.ways if way.change != "unknown" for name in way.targets})

    @property
    def unknown(self) -> int:
        """Hosts of which nobody can tell."""
        return len({name for way in self.ways if way.change == "unknown" for name in way.targets})


@dataclass(slots=True)
class Drifting:
    """A host with its drift."""

    target: str
    changes: Counter[str] = field(default_factory=Counter)
    paths: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DriftView:
    """Drift of an audit: fields that most hosts differ in first, hosts with most drift first."""

    fields: list[Field]
    hosts: list[Drifting]
    compared: int
    clean: int


def view(audit: Mapping[str, Any]) -> DriftView:
    """Group the drift of an audit document. Linear in the number of drifts."""
    goldens: dict[str, list[str]] = {one["id"]: one["targets"] for one in audit.get("golden", [])}
    fields: dict[tuple[str, str], Field] = {}
    ways: dict[tuple[str, str, str, str], Way] = {}
    hosts: dict[str, Drifting] = {}
    for one in audit["drift"]:
        key = (one["golden"], one["path"])
        place = fields.get(key)
        if place is None:
            compared = len(goldens.get(one["golden"], ()))
            place = fields[key] = Field(one["golden"], one["path"], one["expected"], compared)
        actual = json.dumps(one["actual"], sort_keys=True)
        way = ways.get((*key, one["change"], actual))
        if way is None:
            way = ways[(*key, one["change"], actual)] = Way(one["change"], one["actual"])
            place.ways.append(way)
        way.targets.append(one["target"])
        label = one.get("by_change")
        if label and (label["ticket"] or label["id"]) not in way.foretold_by:
            way.foretold_by.append(label["ticket"] or label["id"])
        for who in _who(one):
            if who not in way.who:
                way.who.append(who)
        host = hosts.setdefault(one["target"], Drifting(one["target"]))
        host.changes[one["change"]] += 1
        host.paths.append(one["path"] or "the whole target")
    everyone = {name for names in goldens.values() for name in names} | set(hosts)
    for place in fields.values():
        place.ways.sort(key=lambda way: (-len(way.targets), way.change))
    return DriftView(
        sorted(fields.values(), key=lambda f: (-f.differ, -f.unknown, f.golden, f.path)),
        sorted(hosts.values(), key=lambda h: (-h.changes.total(), h.target)),
        len(everyone),
        len(everyone) - len(hosts),
    )


def _who(one: Mapping[str, Any]) -> list[str]:
    """Who might have changed it, as the drift says; nothing for drift from a golden profile."""
    actors = [str(actor["who"]) for actor in one.get("actors") or ()]
    return actors or ([f"unknown: {one['actors_unknown']}"] if one.get("actors_unknown") else [])


def changes(audit: Mapping[str, Any]) -> DriftView | None:
    """Drift since earlier captures, grouped alike; None when the audit was not asked for it."""
    found = audit.get("changed")
    if not found:
        return None
    grouped = view({"golden": [], "drift": found["drift"]})
    for place in grouped.fields:
        place.compared = found["targets"]
    return DriftView(grouped.fields, grouped.hosts, found["targets"], max(0, found["targets"] - len(grouped.hosts)))
