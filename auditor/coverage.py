"""How much of the population was looked at: declared and discovered targets against what was collected. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase

from auditor.domain import Coverage, Exclusion, Failure, Member, Snapshot, Source, Target

NOT_SHOWN = "did not show it"  # how the reason ends for a declared target that a source does not have
NOT_SHOWN_ANY_MORE = "showed it in an earlier run, and does not any more"


def general_reason(failures: Iterable[Failure]) -> str:
    """Why a source failed as a whole, "" when it did not."""
    return next((f.reason or "it failed" for f in failures if f.target is None), "")


def source_members(
    source: Source, snapshots: Sequence[Snapshot], failures: Sequence[Failure], platform: str
) -> list[Member]:
    """Who stands behind a source: declared, discovered by reading, or discovered and then lost. Never nobody."""
    members = [
        *source.population,
        *(Member(s.target, s.platform) for s in snapshots),
        *(Member(f.target, f.platform or platform) for f in failures if f.target is not None),
    ]
    return list(dict.fromkeys(members)) or [itself(source, platform)]


def itself(source: Source, platform: str) -> Member:
    """The source as a target of its own."""
    return Member(source.name, "vcenter" if source.kind == "vcenter" else platform)


def source_targets(
    source: Source,
    snapshots: Sequence[Snapshot],
    failures: Sequence[Failure],
    platform: str,
    known: Sequence[Member] = (),
) -> list[Target]:
    """The targets of one source, each collected or unreachable with its reason.

    A source that failed as a whole stands for what nobody knows of behind it, unless its population was declared, or is
    `known` from an earlier run, and nothing of it was read. What is known and not shown any more is unreachable; only
    machines come and go (`gone_machines`).
    """
    read = {(s.platform, s.target): s for s in snapshots}
    lost = {(f.platform or platform, f.target): f.reason for f in failures if f.target is not None}
    general = general_reason(failures)
    targets = []
    for member in source_members(source, snapshots, failures, platform):
        key = (member.platform, member.name)
        if (snapshot := read.get(key)) is not None and key not in lost:
            targets.append(Target(member.name, member.platform, source.name, "collected", snapshot=snapshot))
        else:
            reason = lost.get(key) or general or f"declared, but {source.name} {NOT_SHOWN}"
            targets.append(Target(member.name, member.platform, source.name, "unreachable", reason))
    members = {(target.platform, target.name) for target in targets}
    for member in known:
        if (member.platform, member.name) not in members and (general or member.platform != "vm"):
            reason = general or f"{source.name} {NOT_SHOWN_ANY_MORE}"
            targets.append(Target(member.name, member.platform, source.name, "unreachable", reason))
    own = itself(source, platform)
    if general and not read and known and not source.population and (own.platform, own.name) not in _keys(known):
        targets = [one for one in targets if (one.platform, one.name) != (own.platform, own.name)]
    if general and (read or not (source.population or known)):
        lost_itself = Target(own.name, own.platform, source.name, "unreachable", general)
        others = [one for one in targets if (one.name, one.platform) != (own.name, own.platform)]
        targets = [*others, lost_itself]
    return targets


def _keys(members: Iterable[Member]) -> set[tuple[str, str]]:
    return {(one.platform, one.name) for one in members}


def gone_machines(targets: Iterable[Target], known: Iterable[Member]) -> str:
    """A sentence about the machines of an earlier run that a source does not show any more, "" when there is none."""
    there = {(target.platform, target.name) for target in targets}
    gone = sorted(one.name for one in known if one.platform == "vm" and (one.platform, one.name) not in there)
    if not gone:
        return ""
    named = ", ".join(gone[:10]) + (f" and {len(gone) - 10} more" if len(gone) > 10 else "")
    return f"{len(gone)} virtual machines of the run before are not shown any more: {named}"


def aged(
    targets: Iterable[Target],
    last_good: Mapping[tuple[str, str, str], datetime],
    limit: timedelta | None,
    now: datetime,
) -> list[Target]:
    """The targets, stale where the last good snapshot is older than `limit`; `last_good` by source, platform, name.

    An old capture that is judged again is stale, too: its target counts as not read.
    """
    out = []
    for target in targets:
        if target.snapshot is not None:
            taken = target.snapshot.taken_at
            if limit is not None and now - taken > limit:
                out.append(_stale(target, taken, ""))
            else:
                out.append(target)
            continue
        good = last_good.get((target.source, target.platform, target.name))
        if good is not None and limit is not None and now - good > limit:
            out.append(_stale(target, good, target.reason))
        else:
            out.append(replace(target, last_good=good))
    return out


def _stale(target: Target, good: datetime, why: str) -> Target:
    reason = f"its last good snapshot is of {good:%Y-%m-%d %H:%M} UTC, older than its schedule allows"
    return replace(target, status="stale", reason=f"{reason}; {why}" if why else reason, snapshot=None, last_good=good)


def unique_names(targets: Iterable[Target]) -> list[Target]:
    """Targets with `source/name` where a name stands twice, and the platform, then a number where that is not enough.

    Reports, exports and waivers know a target by its name: two under one name would hide one another.
    """
    listed = list(targets)
    taken = {name for name, often in Counter(target.name for target in listed).items() if often == 1}
    by_source = Counter(f"{target.source}/{target.name}" for target in listed if target.name not in taken)
    out = []
    for target in listed:
        if target.name in taken and target.name not in by_source:
            out.append(target)
            continue
        name = f"{target.source}/{target.name}"
        base = name if by_source[name] <= 1 else f"{name} ({target.platform})"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base} #{number}"
        taken.add(name)
        out.append(_renamed(target, name))
    return out


def _renamed(target: Target, name: str) -> Target:
    snapshot = replace(target.snapshot, target=name) if target.snapshot else None
    return replace(target, name=name, snapshot=snapshot, own=target.own_name)


def cover(targets: Iterable[Target], excluded: Sequence[Exclusion], today: date) -> Coverage:
    """The coverage of a run. An exclusion counts until its date, inclusive; after it the target is back in scope.

    A bare name that stands behind two sources excludes neither of them: `source/name` says which is meant.
    """
    listed = list(targets)
    in_force = [one for one in excluded if not one.until or date.fromisoformat(one.until) >= today]
    bare = {one: _bare_name_counts(one, listed) for one in in_force}
    kept: list[Target] = []
    out: list[Exclusion] = []
    for declared, target in zip(listed, unique_names(listed), strict=True):
        match = next((one for one in in_force if _excludes(one, bare[one], declared, target)), None)
        if match is None:
            kept.append(target)
        else:
            out.append(Exclusion(target.name, match.reason, match.until, target.platform))
    seen = {name for t in listed for name in (t.name, f"{t.source}/{t.name}")}
    unseen = [one for one in in_force if one.target not in seen and not _is_glob(one.target)]
    return Coverage(tuple(kept), (*out, *unseen))


def _is_glob(text: str) -> bool:
    return any(c in text for c in "*?[")


def _bare_name_counts(exclusion: Exclusion, targets: Sequence[Target]) -> bool:
    """Whether the bare names of targets count for this exclusion."""
    meant = {t.source for t in targets if t.name == exclusion.target and exclusion.platform in ("", t.platform)}
    return _is_glob(exclusion.target) or len(meant) == 1


def _excludes(exclusion: Exclusion, bare: bool, declared: Target, target: Target) -> bool:
    if exclusion.platform not in ("", target.platform):
        return False
    names = (target.name, f"{declared.source}/{declared.name}", *([declared.name] if bare else []))
    return exclusion.target in names or any(fnmatchcase(name, exclusion.target) for name in names)


def by_platform(coverage: Coverage) -> Mapping[str, dict[str, int]]:
    """Numbers per platform: population, collected, unreachable, stale, excluded."""
    out: dict[str, dict[str, int]] = {}

    def row(platform: str) -> dict[str, int]:
        return out.setdefault(platform, {"population": 0, "collected": 0, "unreachable": 0, "stale": 0, "excluded": 0})

    for target in coverage.targets:
        if target.part_of:
            continue
        row(target.platform)["population"] += 1
        row(target.platform)[target.status] += 1
    for exclusion in coverage.excluded:
        if exclusion.platform:
            row(exclusion.platform)["excluded"] += 1
    return dict(sorted(out.items()))
