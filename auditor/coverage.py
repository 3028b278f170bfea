"""How much of the population was looked at: declared and discovered targets against what was collected. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

from auditor.domain import Coverage, Exclusion, Failure, Member, Snapshot, Source, Target


def source_members(
    source: Source, snapshots: Sequence[Snapshot], failures: Sequence[Failure], platform: str
) -> list[Member]:
    """Who stands behind a source: declared, discovered by reading, or discovered and then lost. Never nobody."""
    members = [
        *source.population,
        *(Member(s.target, s.platform) for s in snapshots),
        *(Member(f.target, f.platform or platform) for f in failures if f.target is not None),
    ]
    fallback = "vcenter" if source.kind == "vcenter" else platform
    return list(dict.fromkeys(members)) or [Member(source.name, fallback)]


def source_targets(
    source: Source, snapshots: Sequence[Snapshot], failures: Sequence[Failure], platform: str
) -> list[Target]:
    """The targets of one source, each collected or unreachable with its reason."""
    read = {(s.platform, s.target): s for s in snapshots}
    lost = {(f.platform or platform, f.target): f.reason for f in failures if f.target is not None}
    general = next((f.reason for f in failures if f.target is None), "")
    targets = []
    for member in source_members(source, snapshots, failures, platform):
        key = (member.platform, member.name)
        if (snapshot := read.get(key)) is not None and key not in lost:
            targets.append(Target(member.name, member.platform, source.name, "collected", snapshot=snapshot))
        else:
            reason = lost.get(key) or general or f"declared, but {source.name} did not show it"
            targets.append(Target(member.name, member.platform, source.name, "unreachable", reason))
    return targets


def unique_names(targets: Iterable[Target]) -> list[Target]:
    """Targets with `source/name` where the name stands behind two sources on the same platform."""
    listed = list(targets)
    count: dict[str, int] = {}
    for target in listed:
        count[target.name] = count.get(target.name, 0) + 1
    return [_renamed(target) if count[target.name] > 1 else target for target in listed]


def _renamed(target: Target) -> Target:
    from dataclasses import replace

    name = f"{target.source}/{target.name}"
    snapshot = replace(target.snapshot, target=name) if target.snapshot else None
    return replace(target, name=name, snapshot=snapshot)


def cover(targets: Iterable[Target], excluded: Sequence[Exclusion], today: date) -> Coverage:
    """The coverage of a run. An exclusion counts until its date, inclusive; after it the target is back in scope."""
    in_force = [one for one in excluded if not one.until or date.fromisoformat(one.until) >= today]
    kept: list[Target] = []
    out: dict[tuple[str, str], Exclusion] = {}
    for target in unique_names(targets):
        match = next((one for one in in_force if _excludes(one, target)), None)
        if match is None:
            kept.append(target)
        else:
            out[(target.platform, target.name)] = Exclusion(target.name, match.reason, match.until, target.platform)
    seen = {(one.target) for one in out.values()}
    unseen = [one for one in in_force if one.target not in seen and not any(c in one.target for c in "*?[")]
    return Coverage(tuple(kept), (*out.values(), *unseen))


def _excludes(exclusion: Exclusion, target: Target) -> bool:
    if exclusion.platform and exclusion.platform != target.platform:
        return False
    return any(fnmatchcase(name, exclusion.target) for name in (target.name, f"{target.source}/{target.name}"))


def by_platform(coverage: Coverage) -> Mapping[str, dict[str, int]]:
    """Numbers per platform: population, collected, unreachable, stale, excluded."""
    out: dict[str, dict[str, int]] = {}

    def row(platform: str) -> dict[str, int]:
        return out.setdefault(platform, {"population": 0, "collected": 0, "unreachable": 0, "stale": 0, "excluded": 0})

    for target in coverage.targets:
        row(target.platform)["population"] += 1
        row(target.platform)[target.status] += 1
    for exclusion in coverage.excluded:
        if exclusion.platform:
            row(exclusion.platform)["excluded"] += 1
    return dict(sorted(out.items()))
