"""Nights without collectors: snapshots by hand, covered, judged and kept by the code that every run goes through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from auditor.coverage import cover, source_targets
from auditor.document import Cover, document
from auditor.domain import Exclusion, Failure, Member, Snapshot, Source
from auditor.golden.profile import Golden, golden
from auditor.golden.schema import GoldenProfile
from auditor.library import load_file
from auditor.pipeline import Audit, Gathered, Plan, SourceResult, compare, in_scope, judge_target
from auditor.reporting.exports.json import canonical
from auditor.runners import Collected
from auditor.selection import ActiveBaseline, choose
from auditor.service.saving import Saved, save
from auditor.store import runs
from auditor.store.engine import Store
from auditor.verdicts import score
from auditor.waivers import Matcher, Waiver

NIGHT = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
COVER = Cover("0")
RULES = """
baseline: looked-back
title: Rules of a test
version: "1"
parameters:
  wanted_name: {type: string, title: Name of the host, default: good}
rules:
  - id: linux-name-wanted
    title: The host has the wanted name
    severity: high
    applies_to: {platform: linux}
    expect: {hostname: $wanted_name}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs a verdict that is known beforehand.
    fix: Nothing to fix here.
  - id: linux-sysctl-off
    title: Every kernel setting is off
    severity: low
    applies_to: {platform: linux}
    for_each: sysctl
    expect: {.runtime: 0}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs subjects with names of its own.
    fix: Nothing to fix here.
  - id: linux-role-known
    title: Every role is a known one
    severity: medium
    applies_to: {platform: linux}
    for_each: roles
    expect: {.: {one_of: [web, mail]}}
    family: CFG-HARDEN
    references: {nist-800-53: [CM-6]}
    rationale: A test needs subjects of which two have one name.
    fix: Nothing to fix here.
"""


@cache
def baselines(text: str = RULES) -> tuple[ActiveBaseline, ...]:
    """The baseline of a text, compiled."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        loaded = load_file(path)
    return tuple(choose([loaded.id], library={loaded.id: loaded}))


@cache
def profile() -> Golden:
    """A golden profile that wants a host to be called good, and to have no module but one."""
    said = {"golden": "model", "title": "A model", "version": "1", "for": {"platform": "linux"}}
    return golden(GoldenProfile.model_validate(said | {"facts": {"hostname": "good", "roles": ["web"]}}))


def read(
    name: str,
    source: str = "a",
    at: datetime = NIGHT,
    *,
    hostname: str = "good",
    sysctl: Mapping[str, Any] | None = None,
    roles: Sequence[str] = (),
    gaps: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Snapshot:
    """A snapshot of a host."""
    facts = {"hostname": hostname, "roles": list(roles)}
    facts["sysctl"] = {key: {"runtime": value} for key, value in (sysctl or {}).items()}  # type: ignore[assignment]
    sources = {"hostname": "hostname", "sysctl": "sysctl -a", "roles": "roles"}
    return Snapshot(name, "linux", source, at, facts, sources, gaps or {}, "12", labels or {})


@dataclass
class Night:
    """What one run saw: snapshots and failures by source."""

    at: datetime = NIGHT
    read: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    lost: Mapping[str, Sequence[Failure]] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    population: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def plan(self, waivers: Sequence[Waiver] = (), text: str = RULES) -> Plan:
        """To judge it by the rules of this module, and compare it with the profile."""
        names = dict.fromkeys((*self.read, *self.lost, *self.population))
        sources = [
            Source(
                name,
                "linux",
                f"{name}.example.test",
                labels={"site": "ams"},
                population=tuple(Member(one, "linux") for one in self.population.get(name, ())),
            )
            for name in names
        ]
        goldens = (profile(),)
        return Plan(sources, baselines(text), self.excluded, self.patterns, True, goldens=goldens, waivers=waivers)

    def gathered(self, plan: Plan) -> Gathered:
        """The same as `pipeline.gather` makes of captures."""
        results = []
        for source in plan.sources:
            snapshots, failures = list(self.read.get(source.name, ())), list(self.lost.get(source.name, ()))
            targets = source_targets(source, snapshots, failures, "linux")
            collected = Collected(source, [], failures, 1.5)
            results.append(SourceResult(collected, tuple(snapshots), tuple(failures), (), tuple(targets)))
        listed = in_scope(results, self.patterns)
        return Gathered(self.at, tuple(results), cover(listed, self.excluded, self.at.date()))


def keep(
    store: Store, night: Night, name: str, waivers: Sequence[Waiver] = (), text: str = RULES, **columns: Any
) -> dict[str, Any]:
    """Judge the night, keep it as a run that is over, and return its document, as `auditor audit` would write it."""
    plan = night.plan(waivers, text)
    found = night.gathered(plan)
    matcher = Matcher(waivers, night.at)
    judged = {id(target): judge_target(target, plan, matcher) for target in found.coverage.targets}
    with store.writing() as connection:
        values = {"started_at": night.at, "whole": not night.patterns, "state": "judging"} | columns
        run = runs.new_run(connection, name, {"baselines": ["looked-back"]}, {}, **values)
        row = runs.find_run(connection, name)
    assert row is not None
    save(
        store,
        Saved(run, row.series, name, night.at),
        found,
        plan,
        COVER,
        finished_at=lambda: night.at,
        judge=lambda target: judged[id(target)],
        standings=matcher.standings(),
    )
    with store.writing() as connection:
        runs.change_run(connection, run, state="done")
    every = tuple(one for target in found.coverage.targets for one in judged[id(target)])
    drift, uncompared = compare(found.coverage.targets, plan)
    audit = Audit(
        name, night.at, night.at, plan, found.sources, found.coverage, every, score(every), drift, uncompared,
        matcher.standings(),
    )  # fmt: skip
    return document(audit, COVER)


def lines(audit: Mapping[str, Any]) -> list[bytes]:
    """The document as it is written, line by line: what differs is easily seen. Labels of drift come from the store."""
    drift = [{key: value for key, value in one.items() if key != "by_change"} for one in audit["drift"]]
    return canonical({**audit, "drift": drift})[1].splitlines()
