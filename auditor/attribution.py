"""Who might have caused a drift: those whom the target's own log names between the two readings. Pure.

A log is a witness, no proof: whoever can write to it can name another, and a change on one object may show in another's
log only. So these are candidates, and where the log cannot tell, the answer is unknown and says why.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from auditor.domain import Drift, Snapshot

MOST = 3
WITHOUT_LOG = ("vm", "dvs")  # platforms of which the vCenter's log tells
_LONG = 5  # letters; shorter words are found in too many others
NOT_READ = "no log was read: set `activity: true` for its source"
NO_CENTRE = "no events of its vCenter were read: set `activity: true` for that source, with the vCenter in the same run"
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Words that tell nothing apart, and what facts are called in the words of logs.
_EMPTY = frozenset({"the", "and", "config", "configuration", "settings", "enabled", "value", "type", "name"})
_ALSO = {
    "advanced": ("option",),
    "services": ("service",),
    "sshd": ("ssh",),
    "port_groups": ("portgroup",),
    "vswitches": ("vswitch",),
    "users": ("username",),
    "accounts": ("useradd", "usermod", "passwd"),
    "packages": ("apt", "dnf", "yum", "dpkg", "rpm"),
    "files": ("chmod", "chown"),
    "units": ("systemctl",),
    "lines": ("line",),
    "lockdown": ("lockdown",),
}


class Actor(NamedTuple):
    """Who did something between the two readings. `at` as the log gives it, UTC."""

    who: str
    at: str
    what: str


@dataclass(frozen=True, slots=True)
class Origin:
    """When a drift came about, and who might have caused it; `unknown` says why nobody is named."""

    last_good: str | None
    first_seen: str | None
    actors: tuple[Actor, ...] = ()
    unknown: str = ""


def origin(drift: Drift, old: Snapshot | None, new: Snapshot | None, above: Snapshot | None = None) -> Origin:
    """The origin of one drift between two snapshots of its target; None stands for a reading that failed.

    `above` is the vCenter of the target: of machines and switches, its log tells.
    """
    return among(drift, old.taken_at if old else None, new.taken_at if new else None, new, above)


def among(
    drift: Drift, good: datetime | None, seen: datetime | None, new: Snapshot | None, above: Snapshot | None = None
) -> Origin:
    """The same, where of the earlier reading only its time is known."""
    times = (_iso(good), _iso(seen))
    if good is None or seen is None:
        return Origin(*times, unknown="the target was read only once")
    if new is None:
        return Origin(*times, unknown="an audit.json keeps no log: compare with captures")
    log = above if above is not None and new.platform in WITHOUT_LOG else new
    if reason := log.gaps.get("activity"):
        return Origin(*times, unknown=f"the log could not be read: {reason}")
    found = log.facts.get("activity")
    if not isinstance(found, Mapping):
        return Origin(*times, unknown=NOT_READ if new.platform not in WITHOUT_LOG else NO_CENTRE)
    told = [one for one in found.get("deeds") or () if log is new or one.get("object") == new.facts.get("name")]
    since = good.replace(microsecond=0)  # logs tell whole seconds
    deeds = [one for one in told if (at := _time(one.get("at"))) and since <= at <= seen]
    if deeds:
        return Origin(*times, actors=_likely(deeds, words_of(drift)))
    begins = _time(found.get("begins"))
    if begins is None:
        return Origin(*times, unknown="the log says nothing, and not how far back it goes")
    if begins > good:
        return Origin(*times, unknown=f"the log begins at {_iso(begins)}, after the last good reading")
    return Origin(*times, unknown="the log names nobody between the two readings")


def words_of(drift: Drift) -> frozenset[str]:
    """Words that a log would have of the drifted fact: parts of its path and of its values, in small letters."""
    values = [one for one in (drift.expected, drift.actual) if isinstance(one, str) and len(one) < 80]
    found = {word.casefold() for text in (drift.path, *values) for word in _PART.findall(text)}
    names = re.findall(r"[^\s.\[\]]{3,80}", drift.path)
    found |= {name.casefold() for name in names}
    found |= {also for name in names for also in _ALSO.get(name, ())}
    return frozenset(word for word in found if len(word) > 2 and word not in _EMPTY)


def _likely(deeds: Sequence[Mapping[str, Any]], words: frozenset[str]) -> tuple[Actor, ...]:
    """At most MOST actors, each once: those whose words touch the fact first, then the latest."""

    def rank(deed: Mapping[str, Any]) -> tuple[int, str]:
        text = f"{deed.get('what', '')} {deed.get('object', '')}"
        parts, text = {part.casefold() for part in _PART.findall(text)}, text.casefold()
        touched = [word for word in words if word in parts or (len(word) > _LONG and word in text)]
        return sum(map(len, touched)), str(deed.get("at"))

    out: dict[str, Actor] = {}
    for deed in sorted(deeds, key=rank, reverse=True):
        who = str(deed.get("who", ""))
        out.setdefault(who, Actor(who, str(deed.get("at", "")), str(deed.get("what", ""))))
    return tuple(out.values())[:MOST]


def _time(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
