"""Rule evaluations per CPU second, with evidence, beside jmespath (the query language that Cloud Custodian judges by).

200 rules x 1,000 snapshots, in one process and one run. Both sides look at the same facts and give the same verdicts,
which is checked. Ours makes findings with observations (path, expected, actual, source); jmespath only answers
true or false. Rules that jmespath cannot say (version, gaps, sets of comma lists) are ours only and timed apart.
"""

import argparse
import random
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jmespath

from auditor.domain import Snapshot, Status
from auditor.facts import FoldedDict
from auditor.rulebook.compile import CompiledRule, compile_rule
from auditor.rulebook.schema import Rule

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


def timed(work: Callable[[], int]) -> tuple[int, float, float]:
    """(result, CPU seconds, wall seconds)."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Measure and print one line per side."""
    cli = argparse.ArgumentParser()
    cli.add_argument("--rules", type=int, default=200)
    cli.add_argument("--snapshots", type=int, default=1000)
    args = cli.parse_args()
    hosts, both = snapshots(args.snapshots, random.Random(7)), pairs(args.rules)
    judges = [ours.judge for ours, _ in both]
    queries = [jmespath.compile(theirs) for _, theirs in both]
    findings = 0

    def ours() -> int:
        nonlocal findings
        failed = 0
        for host in hosts:
            for judge in judges:
                found = judge(host)
                findings += len(found)
                failed += any(one.status is Status.FAIL for one in found)
        return failed

    def theirs() -> int:
        return sum(not query.search(host.facts) for host in hosts for query in queries)

    total = args.rules * args.snapshots
    ours_failed, ours_cpu, ours_wall = timed(ours)
    theirs_failed, theirs_cpu, theirs_wall = timed(theirs)
    if ours_failed != theirs_failed:
        raise SystemExit(f"the sides disagree: {ours_failed} against {theirs_failed} failures")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{args.rules} rules x {args.snapshots} snapshots, {ours_failed} failures on both sides, peak {memory} MB")
    for name, cpu, wall, extra in (
        ("auditor ", ours_cpu, ours_wall, f"{findings} findings with evidence"),
        ("jmespath", theirs_cpu, theirs_wall, "true or false only"),
    ):
        print(
            f"{name}  {total / cpu:>12,.0f} evaluations per CPU second  {cpu:6.2f} s CPU  {wall:6.2f} s wall  {extra}"
        )
    print(f"ratio     {theirs_cpu / ours_cpu:.1f}")


if __name__ == "__main__":
    main()
