"""Fields that change from one night to the next on hosts that nobody touched: to be ignored by a profile. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.domain import Snapshot
from auditor.drift import between
from auditor.golden.meaning import meaning_at

MANY = 0.1  # share of the hosts on which a field must have changed; what changed on fewer may be somebody's change


@dataclass(slots=True)
class Restless:
    """`ignore` are the proposed paths, `changed` all that changed, each with the number of hosts."""

    hosts: int = 0
    ignore: list[str] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)


def restless(first: Mapping[str, Snapshot], second: Mapping[str, Snapshot]) -> Restless:
    """What changed between two nights, on the hosts that were read in both."""
    both = [name for name in first if name in second]
    found: Counter[str] = Counter()
    for name in both:
        drifts = [one for one in between(first[name], second[name]) if one.change != "unknown"]
        found.update({_field(first[name].platform, one.path) for one in drifts})
    changed = dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
    return Restless(len(both), sorted(path for path, hosts in found.items() if hosts > MANY * len(both)), changed)


def _field(platform: str, path: str) -> str:
    """The fact that a drift is of: of a member of a set the set."""
    upper = path[: path.rfind("[")] if path.endswith("]") else ""
    meaning = meaning_at(platform, upper) if upper else None
    return upper if meaning is not None and meaning.shape == "list" else path
