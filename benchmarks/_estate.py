"""A synthetic estate that changes a little each night: hosts like the sample ESXi host, judged by shipped rules.

Each host has its own name, addresses and serial numbers. What drifts is set from the examples of the shipped rules, so
that a fact gets another value and a rule another verdict. Written once, a file for each night, and read by all sides.
"""

import copy
import pickle
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import auditor
from auditor.collectors import collector_for
from auditor.document import target_entries
from auditor.domain import Coverage, Failure, Snapshot, Source, Target
from auditor.evidence.captures import read_capture, read_index
from auditor.pipeline import Audit, Plan
from auditor.rulebook.compile import CompiledRule
from auditor.selection import choose
from auditor.service.saving import target_result
from auditor.store.history import TargetResult
from auditor.verdicts import PlannedRule, judge, pair

FIRST = datetime(2026, 1, 1, 1, tzinfo=UTC)
PERSONAL = ("name", "product", "hardware", "dns", "vmkernel", "pnics", "certificate", "iscsi", "datastores")
_ADDRESS = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[0-9a-fA-F]{16,}\b")


@dataclass(frozen=True)
class Change:
    """Facts that give a rule another verdict."""

    rule: CompiledRule
    facts: Mapping[str, Any]


def sample() -> Snapshot:
    """The synthetic sample host."""
    folder = Path(auditor.__file__).parent / "samples" / "vsphere"
    stored = next(one for one in read_index(folder).captures if one.platform == "esxi")
    capture = read_capture(folder, stored)
    if isinstance(capture, Failure):
        raise SystemExit(capture.reason)
    return collector_for("esxi").read(capture)


def rules_for(first: Snapshot, count: int) -> list[CompiledRule]:
    """`count` shipped rules that have one finding on the sample host: findings are rules times hosts, at first."""
    fit = [one for one in choose(["esxi-8"])[0].rules if "esxi" in one.platforms and len(one.judge(first)) == 1]
    if len(fit) < count:
        raise SystemExit(f"there are {len(fit)} such rules")
    return fit[:count]


def changes_of(rules: list[CompiledRule]) -> list[list[Change]]:
    """For each rule that has such examples, the facts of those that pass or fail."""
    found = []
    for rule in rules:
        examples = [e for e in rule.rule.examples if e.facts and not (e.gaps or e.version or e.parameters)]
        changes = [Change(rule, e.facts) for e in examples if e.result in ("pass", "fail")]
        if len(changes) > 1:
            found.append(changes)
    return found


def personal(first: Snapshot, number: int) -> Snapshot:
    """The host under another name, with addresses and serial numbers of its own."""

    def own(value: Any) -> Any:
        if isinstance(value, dict):
            copied = copy.copy(value)
            copied.update({key: own(one) for key, one in value.items()})
            return copied
        if isinstance(value, list):
            return [own(one) for one in value]
        if isinstance(value, str):
            return _ADDRESS.sub(lambda found: f"{found[0][:-4]}{number:04x}", value).replace(first.target, name)
        return value

    name = f"esx{number:05d}.example.org"
    facts = {key: own(value) if key in PERSONAL else value for key, value in first.facts.items()}
    return replace(first, target=name, facts=facts | {"name": name})


def merged(facts: Any, change: Any) -> Any:
    """`facts` with the values of `change` in their places; lists are replaced."""
    if not isinstance(change, dict) or not isinstance(facts, dict):
        return change
    copied = copy.copy(facts)
    for key, value in change.items():
        copied[key] = merged(facts[key], value) if key in facts else value
    return copied


def volatile(snapshot: Snapshot, night: int, number: int) -> Snapshot:
    """The host with what is never the same twice in two of its sections."""
    rng = random.Random(f"{night} {number}")
    state = {**snapshot.facts["state"], "uptime_seconds": 86_400 * night + rng.randrange(86_400)}
    stores = {"volumes": snapshot.facts["datastores"], "free_bytes": [rng.randrange(1 << 42) for _ in range(3)]}
    return replace(snapshot, facts={**snapshot.facts, "state": state, "datastores": stores})


class Estate:
    """The hosts as they are now."""

    def __init__(self, hosts: int, rules: int, drift: float) -> None:
        first = sample()
        self.rng, self.rules = random.Random(7), rules_for(first, rules)
        self.planned = [PlannedRule(one, ["esxi-8"]) for one in self.rules]
        self.source, self.changes = Source("vc01", "vcenter"), changes_of(self.rules)
        self.snapshots = [personal(first, number) for number in range(hosts)]
        self.events = round(hosts * rules * drift)
        for number in range(hosts):
            for _ in range(20):
                self._change(number)

    def night(self) -> set[int]:
        """Let a night's drift happen; the hosts that it is of."""
        touched: dict[int, None] = {}
        for _ in range(self.events):
            number = self.rng.randrange(len(self.snapshots))
            self._change(number)
            touched[number] = None
        return set(touched)

    def _change(self, number: int) -> None:
        snapshot = self.snapshots[number]
        while True:
            change = self.rng.choice(self.rng.choice(self.changes))
            facts = {key: merged(snapshot.facts.get(key), value) for key, value in change.facts.items()}
            changed = replace(snapshot, facts={**snapshot.facts, **facts})
            if change.rule.judge(changed) != change.rule.judge(snapshot):
                self.snapshots[number] = changed
                return

    def result(self, number: int) -> TargetResult:
        """The host judged, as the pipeline hands it to the store."""
        snapshot = self.snapshots[number]
        target = Target(snapshot.target, "esxi", "vc01", "collected", snapshot=snapshot)
        plan = Plan([self.source], [])
        score = pair(passed=0, failed=0, unknown=0)
        audit = Audit("bench", FIRST, FIRST, plan, (), Coverage((target,)), (), score)
        [entry] = target_entries(audit)
        judged = judge(target, self.planned)
        return target_result(number, ("vc01", "esxi", target.name), target, entry, judged, (), FIRST)


def write_nights(folder: Path, nights: int, hosts: int, rules: int, drift: float) -> list[int]:
    """A file for each night with the hosts that changed; how many findings changed in each night but the first."""
    estate, before, changed = Estate(hosts, rules, drift), dict[int, dict[Any, Any]](), []
    for night in range(nights):
        touched, count = estate.night() if night else range(hosts), 0
        with (folder / f"{night}.pickle").open("wb") as file:
            for number in sorted(touched):
                result = estate.result(number)
                found = {
                    (v.rule, v.subject): (v.status, v.body["reason"], v.body["observations"]) for v in result.verdicts
                }
                old = before.get(number, {})
                count += sum(old.get(key) != value for key, value in found.items()) + len(old.keys() - found.keys())
                before[number] = found
                pickle.dump((number, pickle.dumps(result)), file)
        changed.append(count)
        if night:  # one fact may decide more than one finding
            estate.events = round(estate.events * (hosts * rules * drift / count)) if count else estate.events
    return changed[1:]


def read_night(folder: Path, night: int) -> Iterator[tuple[int, bytes]]:
    """(host, its pickled result) of those that changed."""
    with (folder / f"{night}.pickle").open("rb") as file:
        while True:
            try:
                yield pickle.load(file)  # noqa: S301 - written by this measurement
            except EOFError:
                return


def result_at(packed: bytes, night: int, number: int, *, with_volatile: bool) -> TargetResult:
    """A host's result as of a night: nothing is shared with another host or night."""
    result: TargetResult = pickle.loads(packed)  # noqa: S301 - written by this measurement
    at = FIRST + timedelta(days=night, seconds=number)
    snapshot = result.snapshot
    if snapshot is None:
        return result
    if with_volatile:
        snapshot = volatile(snapshot, night, number)
    return replace(result, at=at, snapshot=replace(snapshot, taken_at=at))
