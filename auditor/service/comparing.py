"""Two readings of targets compared: what changed of each, and which targets came or went."""

from collections.abc import Iterable
from typing import NamedTuple

from auditor.domain import ABSENT, Drift, Snapshot, Target
from auditor.drift import between


class Compared(NamedTuple):
    """A drift with the two readings of its target, None where there is none."""

    drift: Drift
    old: Snapshot | None
    new: Snapshot | None


def compare(before: Iterable[Target], now: Iterable[Target], *, everything: bool) -> list[Compared]:
    """Drift of every target of `now`, with what was seen of it; with `everything`, also of those that are gone."""
    old: dict[tuple[str, str], Target] = {(one.platform, one.name): one for one in before}
    found: list[Compared] = []
    for target in now:
        earlier, new = old.pop((target.platform, target.name), None), target.snapshot
        seen = earlier.snapshot if earlier else None
        if new is not None and seen is not None:
            found += [Compared(one, seen, new) for one in between(seen, new)]
            continue
        if new is None:
            drift = Drift(target.name, "", "unknown", ABSENT, ABSENT, reason=f"not read: {target.reason}")
        elif earlier is None:
            drift = Drift(target.name, "", "extra", ABSENT, target.platform, reason="it was not there before")
        else:
            reason = f"not read before: {earlier.reason}"
            drift = Drift(target.name, "", "unknown", ABSENT, ABSENT, reason=reason)
        found.append(Compared(drift, seen, new))
    if everything:
        for one in old.values():
            gone = Drift(one.name, "", "missing", one.platform, ABSENT, reason="it is gone")
            found.append(Compared(gone, one.snapshot, None))
    return found
