"""What somebody chose of the stored runs: a run, a period or a moment, and what of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from auditor.access import Reach
from auditor.evidence.captures import iso
from auditor.service.downloads.cut import Cut


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` to `end`, meant in the zone; of a series, and of the runs of a schedule if it has one."""

    series: int
    begin: datetime
    end: datetime
    zone: str = "UTC"
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Each target of a series as it was seen last by `at`."""

    series: int
    at: datetime
    zone: str = "UTC"
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that was checked: of a period, of a state, or else of a run. `run` is the last run that it is of."""

    run: str
    when: Period | State | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    framework: str = ""

    def text(self) -> str | None:
        """Canonical JSON; equal choices are equal texts. None for the whole of a run."""
        of = {"labels": dict(self.labels), "platforms": sorted(set(self.platforms))}
        of |= {"sources": sorted(set(self.sources)), "framework": self.framework}
        chosen = {name: value for name, value in of.items() if value}
        if self.when is None and not chosen:
            return None
        what = {"run": self.run} if self.when is None else _when(self.when)
        return orjson.dumps({**what, **chosen}, option=orjson.OPT_SORT_KEYS).decode()

    def cut(self, reach: Reach) -> Cut:
        """The part of the estate that it is of, for somebody with this reach."""
        return Cut(reach, self.labels, self.platforms, self.sources)


def _when(when: Period | State) -> dict[str, Any]:
    times = {"at": iso(when.at)} if isinstance(when, State) else {"begin": iso(when.begin), "end": iso(when.end)}
    return {**times, "series": when.series, "zone": when.zone, "schedule": when.schedule}


def choice_in(text: str | None, run: str) -> Choice:
    """The choice of an export's row; `run` is the last run that it is of."""
    said = {} if text is None else orjson.loads(text)
    of = (said.get("labels", {}), tuple(said.get("platforms", ())), tuple(said.get("sources", ())))
    about = (said.get("zone", "UTC"), said.get("schedule", ""))
    when: Period | State | None = None
    if "at" in said:
        when = State(said["series"], datetime.fromisoformat(said["at"]), *about)
    elif "begin" in said:
        begin, end = (datetime.fromisoformat(said[name]) for name in ("begin", "end"))
        when = Period(said["series"], begin, end, *about)
    return Choice(run, when, *of, said.get("framework", ""))


def shown(text: str | None) -> dict[str, Any]:
    """A choice as the API and pages show it."""
    said = {} if text is None else orjson.loads(text)
    return {
        "from": said.get("begin"),
        "to": said.get("end"),
        "at": said.get("at"),
        "zone": said.get("zone"),
        "series": said.get("series"),
        "schedule": said.get("schedule") or None,
        "labels": said.get("labels", {}),
        "platforms": said.get("platforms", []),
        "sources": said.get("sources", []),
        "framework": said.get("framework"),
    }
