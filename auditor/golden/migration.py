"""Whether hosts can move from standard switches to a distributed switch in one step by a profile, or need phases. Pure.

A profile moves all network adapters of a host at once. That is safe where nothing runs on the host, all hosts have
their adapters in the same places, and there are enough hosts for the work to pay. All else goes adapter by adapter.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from auditor.domain import Snapshot, Target

FEWEST = 5  # hosts of a cluster below which phases are less work than a profile


@dataclass(frozen=True, slots=True)
class Readiness:
    """One host: `profile` (all at once), `phased`, `done` (no standard switch carries anything), or `unknown`."""

    target: str
    cluster: str
    way: Literal["profile", "phased", "done", "unknown"]
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class _Cluster:
    hosts: list[Target] = field(default_factory=list)
    layouts: Counter[str] = field(default_factory=Counter)


def readiness(targets: Sequence[Target]) -> list[Readiness]:
    """What each ESXi host of a run can take, in the order of the targets; machines are needed too (`vms: true`)."""
    running, blind = _running(targets)
    clusters: dict[str, _Cluster] = {}
    for target in _hosts(targets):
        cluster = clusters.setdefault(_cluster(target), _Cluster())
        cluster.hosts.append(target)
        if target.snapshot is not None and (layout := _layout(target.snapshot)):
            cluster.layouts[layout] += 1
    unread = Counter(target.source for target in _hosts(targets) if target.snapshot is None)
    return [
        _judge(target, clusters[_cluster(target)], running, blind, unread[target.source]) for target in _hosts(targets)
    ]


def _hosts(targets: Iterable[Target]) -> list[Target]:
    return [one for one in targets if one.platform == "esxi"]


def _cluster(target: Target) -> str:
    found = (target.snapshot.facts.get("cluster") or {}) if target.snapshot else {}
    return f"{target.source}/{found.get('name') or 'no cluster'}"


def _judge(
    target: Target, cluster: _Cluster, running: Mapping[tuple[str, str], int], blind: set[str], unread: int
) -> Readiness:
    name = _cluster(target).partition("/")[2]
    snapshot = target.snapshot
    if snapshot is None:
        return Readiness(target.name, name, "unknown", (f"not read: {target.reason}",))
    gap = next((snapshot.gaps[path] for path in ("vswitches", "cluster") if path in snapshot.gaps), "")
    if gap:
        return Readiness(target.name, name, "unknown", (gap,))
    layout = _layout(snapshot)
    if not layout:
        return Readiness(target.name, name, "done", ("no standard switch has an adapter",))
    reasons = []
    size = len(cluster.hosts)
    if size + unread < FEWEST:
        reasons.append(f"{size} hosts in the cluster, fewer than {FEWEST}")
    common, votes = cluster.layouts.most_common(1)[0]
    if layout != common:
        reasons.append(f"its adapters are laid out as {layout}, {votes} hosts of the cluster have {common}")
    machines = running.get((target.source, target.name), 0)
    if machines:
        reasons.append(f"{machines} machines run on it")
    if not reasons and size < FEWEST:
        return Readiness(target.name, name, "unknown", (f"{size} hosts of its cluster were read, {unread} were not",))
    if not reasons and target.source in blind:
        return Readiness(target.name, name, "unknown", ("machines were not read: whether any runs is not known",))
    return Readiness(target.name, name, "phased" if reasons else "profile", tuple(reasons))


def _running(targets: Sequence[Target]) -> tuple[dict[tuple[str, str], int], set[str]]:
    """(machines that run, by source and host), and the sources whose machines were not all read."""
    running: Counter[tuple[str, str]] = Counter()
    seen: set[str] = set()
    blind: set[str] = set()
    for target in targets:
        if target.platform != "vm":
            continue
        seen.add(target.source)
        state: Mapping[str, Any] = (target.snapshot.facts.get("state") or {}) if target.snapshot else {}
        if target.snapshot is None or "host" not in state or "power" not in state:
            blind.add(target.source)
        elif state["power"] == "poweredOn":
            running[(target.source, str(state["host"]))] += 1
    for target in targets:
        facts = target.snapshot.facts if target.snapshot is not None else {}
        if target.platform == "vcenter" and (facts.get("population") or {}).get("vms") == 0:
            seen.add(target.source)  # there are none
    sources = {target.source for target in _hosts(targets)}
    return dict(running), blind | (sources - seen)


def _layout(snapshot: Snapshot) -> str:
    """Which adapters stand at which standard switch, as text; "" when none does."""
    switches = snapshot.facts.get("vswitches") or {}
    parts = [
        f"{name}: {' '.join(sorted(map(str, switch.get('pnics') or ())))}"
        for name, switch in sorted(switches.items())
        if switch.get("pnics")
    ]
    return "; ".join(parts)
