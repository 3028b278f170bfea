"""Golden profiles out of stored readings: of one host, or of what many have in common. They are proposals, and text."""

from collections.abc import Sequence
from typing import Any

from auditor.document import drift_entry
from auditor.domain import Snapshot, Target
from auditor.errors import InputError
from auditor.facts.observed import plain_value
from auditor.golden.capture import capture
from auditor.golden.consensus import Consensus, consensus
from auditor.golden.profile import Golden
from auditor.golden.write import profile_text


def captured(snapshot: Snapshot, name: str = "", title: str = "") -> dict[str, Any]:
    """{text, values}: the profile of one host, and its own values."""
    taken = capture(snapshot)
    ident, words = name or f"{snapshot.platform}-profile", title or f"Hosts like {snapshot.target}"
    return {"text": profile_text(taken, ident, words), "values": {snapshot.target: taken.values}}


def agreed(snapshots: Sequence[Snapshot], name: str = "", title: str = "") -> dict[str, Any]:
    """The same of several hosts, with what does not fit (`as_data`). Raises InputError for several platforms."""
    platforms = sorted({one.platform for one in snapshots})
    if len(platforms) != 1:
        raise InputError(f"these targets are of several platforms: {', '.join(platforms)}", mend="Take those of one.")
    found = consensus(snapshots, [one.target for one in snapshots])
    head = f"Proposed by {found.hosts} hosts. Where no number stands, all of them that could be read agree."
    ident, words = name or f"{platforms[0]}-consensus", title or f"What {found.hosts} hosts have in common"
    text = profile_text(found.captured, ident, words, head, extra=found.extra, notes=found.notes)
    return {"text": text, "values": dict(sorted(found.values.items())), **as_data(found)}


def as_data(found: Consensus) -> dict[str, Any]:
    """What many hosts have in common and who differs, as JSON."""
    return {
        "hosts": found.hosts,
        "platform": found.captured.platform,
        "outliers": [
            {
                "target": host,
                "path": one.path,
                "expected": plain_value(one.expected),
                "actual": plain_value(one.actual),
                "support": one.support,
                "voters": one.voters,
            }
            for host, deviations in found.outliers.items()
            for one in deviations
        ],
        "contested": [
            {
                "path": one.path,
                "voters": one.voters,
                "ways": [{"value": plain_value(value), "hosts": hosts} for value, hosts in one.ways],
            }
            for one in found.contested
        ],
        "customisations": dict(sorted(found.captured.customisations.items())),
        "extra": found.extra,
        "unread": found.unread,
    }


def compared(golden: Golden, snapshots: Sequence[Snapshot]) -> dict[str, Any]:
    """{drift, not_compared, compared}: how those hosts differ that the profile is for."""
    drift, unset, count = [], [], 0
    for one in snapshots:
        if not golden.fits(Target(one.target, one.platform, one.source, "collected", snapshot=one)):
            continue
        count += 1
        found, missing = golden.check(one, {})
        drift += [drift_entry(each) for each in found]
        unset += [{"target": one.target, "path": each.path, "customisation": each.name} for each in missing]
    return {"drift": drift, "not_compared": unset, "compared": count}


def in_short(golden: Golden) -> dict[str, Any]:
    """A profile in short."""
    profile = golden.profile
    return {
        "id": golden.id,
        "title": profile.title,
        "version": profile.version,
        "platform": profile.for_.platform,
        "labels": profile.for_.labels,
        "sha256": golden.digest,
    }
