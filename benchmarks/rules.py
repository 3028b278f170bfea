"""Rule evaluations per CPU second, with evidence, beside jmespath (the query language that Cloud Custodian judges by).

200 rules x 1,000 snapshots, in one process and one run. Both sides look at the same facts and give the same verdicts,
which is checked. Ours makes findings with observations (path, expected, actual, source); jmespath only answers
true or false. Rules that jmespath cannot say (version, gaps, sets of comma lists) are ours only and timed apart.
"""

import argparse
import copy
import random
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import jmespath

import auditor
from auditor.collectors import collector_for
from auditor.domain import Failure, Snapshot, Status
from auditor.evidence.captures import read_capture, read_index
from auditor.facts import FoldedDict
from auditor.rulebook.compile import CompiledRule, Judge, compile_rule
from auditor.rulebook.schema import Rule
from auditor.selection import choose

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
TEXTS = {
    "family": "CFG-HARDEN",
    "references": {"nist-800-53": ["CM-6"]},
    "rationale": "A rule of this measurement, not of a guide.",
    "fix": "None needed.",
}


def snapshots(count: int, rng: random.Random) -> list[Snapshot]:
    """Synthetic ESXi hosts with 1,100 options, 12 services and 8 port groups each."""
    made = []
    for n in range(count):
        options: dict[str, Any] = {f"Group{i % 40}.Option{i}": rng.randrange(10) for i in range(1100)}
        services = {
            f"service{i}": {"running": rng.random() < 0.5, "policy": rng.choice(["on", "off"])} for i in range(12)
        }
        groups = {
            f"pg{i}": {"security": {"promiscuous": rng.random() < 0.1, "forged_transmits": rng.random() < 0.1}}
            for i in range(8)
        }
        facts = {"advanced": FoldedDict(options), "services": services, "port_groups": groups}
        sources = {"advanced": "config.option", "services": "config.service", "port_groups": "config.network.portgroup"}
        made.append(Snapshot(f"host{n}", "esxi", "vc", MOMENT, facts, sources, version="8.0.3"))
    return made


def rule(rule_id: str, **body: Any) -> CompiledRule:
    """A compiled rule of this measurement."""
    data = {"id": rule_id, "title": "A measured rule", "severity": "low", "applies_to": {"platform": "esxi"}}
    return compile_rule(Rule.model_validate({**data, **body, **TEXTS}), {})


def pairs(count: int) -> list[tuple[CompiledRule, str]]:
    """Rules that both sides can say: one third ranges, one third values of services, one third over port groups."""
    out = []
    for n in range(count):
        if n % 3 == 0:
            key = f"Group{n % 40}.Option{n}"
            ours = rule(f"esxi-option-{n}", expect={f"advanced[{key}]": {"between": [1, 8]}})
            theirs = f'advanced."{key}" >= `1` && advanced."{key}" <= `8`'
        elif n % 3 == 1:
            name = f"service{n % 12}"
            ours = rule(
                f"esxi-service-{n}", expect={f"services[{name}].policy": "off", f"services[{name}].running": False}
            )
            theirs = f"services.{name}.policy == 'off' && services.{name}.running == `false`"
        else:
            ours = rule(f"esxi-group-{n}", for_each="port_groups", expect={".security.promiscuous": False})
            theirs = "length(values(port_groups)[?security.promiscuous != `false`]) == `0`"
        out.append((ours, theirs))
    return out


T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """(result, CPU seconds, wall seconds)."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def shipped(count: int) -> list[CompiledRule]:
    """`count` rules: those of `esxi-8` for hosts, again from the first when they are used up."""
    rules = [one for one in choose(["esxi-8"])[0].rules if "esxi" in one.platforms]
    return [rules[n % len(rules)] for n in range(count)]


def sample_hosts(count: int, rng: random.Random) -> list[Snapshot]:
    """The synthetic sample host, `count` times, each with a few settings of its own."""
    folder = Path(auditor.__file__).parent / "samples" / "vsphere"
    stored = next(one for one in read_index(folder).captures if one.platform == "esxi")
    capture = read_capture(folder, stored)
    if isinstance(capture, Failure):
        raise SystemExit(capture.reason)
    first = collector_for("esxi").read(capture)
    made = []
    for n in range(count):
        facts: dict[str, Any] = copy.deepcopy(dict(first.facts))
        for key in rng.sample(sorted(facts["advanced"]), 3):
            facts["advanced"][key] = rng.randrange(10)
        made.append(replace(first, target=f"host{n}", facts=facts))
    return made


def judged(judges: list[Judge], hosts: list[Snapshot]) -> int:
    """Judge everything; the number of findings."""
    findings = 0
    for host in hosts:
        for judge in judges:
            findings += len(judge(host))
    return findings


def failures(judges: list[Judge], hosts: list[Snapshot]) -> int:
    """Evaluations with at least one failed finding; not timed."""
    return sum(any(one.status is Status.FAIL for one in judge(host)) for host in hosts for judge in judges)


def main() -> None:
    """Measure and print one line per side."""
    cli = argparse.ArgumentParser()
    cli.add_argument("--rules", type=int, default=200)
    cli.add_argument("--snapshots", type=int, default=1000)
    args = cli.parse_args()
    total = args.rules * args.snapshots

    hosts, both = snapshots(args.snapshots, random.Random(7)), pairs(args.rules)
    judges = [ours.judge for ours, _ in both]
    queries = [jmespath.compile(theirs) for _, theirs in both]
    findings, cpu, wall = timed(lambda: judged(judges, hosts))
    theirs_failed, theirs_cpu, theirs_wall = timed(
        lambda: sum(not query.search(host.facts) for host in hosts for query in queries)
    )
    ours_failed = failures(judges, hosts)
    if ours_failed != theirs_failed:
        raise SystemExit(f"the sides disagree: {ours_failed} against {theirs_failed} failures")
    print(f"rules that both can say, {args.rules} x {args.snapshots}; a third judge 8 subjects each")
    line("auditor", total, cpu, wall, f"{findings} findings with evidence")
    line("jmespath", total, theirs_cpu, theirs_wall, "true or false only")
    print(f"ratio {theirs_cpu / cpu:.1f}\n")

    real_judges, real_hosts = [one.judge for one in shipped(args.rules)], sample_hosts(args.snapshots, random.Random(7))
    findings, cpu, wall = timed(lambda: judged(real_judges, real_hosts))
    failed = failures(real_judges, real_hosts)
    print(f"shipped rules of esxi-8, {args.rules} x {args.snapshots}, {failed} failures")
    line("auditor", total, cpu, wall, f"{findings} findings with evidence")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def line(name: str, total: int, cpu: float, wall: float, what: str) -> None:
    """One line of the result."""
    print(f"{name:9} {total / cpu:>10,.0f} evaluations per CPU second  {cpu:5.2f} s CPU  {wall:5.2f} s wall  {what}")


if __name__ == "__main__":
    main()
