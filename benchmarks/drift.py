"""Comparisons per CPU second, with path, kind and source of each difference, beside deepdiff on the same facts.

A comparison is one host against one golden profile (ours: every fact of the platform, by what it means) or against the
same facts as plain data (deepdiff: everything, lists as lists, or with `ignore_order` as our sets are meant). Hosts
differ from the profile in a few options, which every side must find: this is checked. One side a process, so that its
peak memory is its own.
"""

import argparse
import copy
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import auditor
from auditor.collectors import collector_for
from auditor.domain import Failure, Snapshot
from auditor.evidence.captures import read_capture, read_index

CHANGED = 3  # options by which each host differs
SIDES = ("auditor", "deepdiff", "deepdiff ignore_order")
Compare = Callable[[Snapshot], int]  # the number of differences


def model() -> Snapshot:
    """The synthetic sample host."""
    folder = Path(auditor.__file__).parent / "samples" / "vsphere"
    stored = next(one for one in read_index(folder).captures if one.platform == "esxi")
    capture = read_capture(folder, stored)
    if isinstance(capture, Failure):
        raise SystemExit(capture.reason)
    return collector_for("esxi").read(capture)


def with_groups(snapshot: Snapshot, groups: int) -> Snapshot:
    """The host with that many port groups, all like its first one; 0: as it is."""
    if not groups:
        return snapshot
    first = next(iter(snapshot.facts["port_groups"].values()))
    made = {f"group-{n}": {**copy.deepcopy(first), "vlan": n % 4094} for n in range(groups)}
    return replace(snapshot, facts={**snapshot.facts, "port_groups": made})


def hosts(first: Snapshot, count: int) -> list[Snapshot]:
    """The host `count` times, each with other values of `CHANGED` options."""
    rng, made = random.Random(7), []
    keys = sorted(key for key, value in first.facts["advanced"].items() if type(value) is int)
    for n in range(count):
        facts: dict[str, Any] = copy.deepcopy(dict(first.facts))
        for key in rng.sample(keys, CHANGED):
            facts["advanced"][key] += 1 + n
        made.append(replace(first, target=f"host{n}", facts=facts))
    return made


def ours(first: Snapshot) -> Compare:
    """Against the profile captured from the model, read back from its text."""
    from auditor.golden.capture import capture
    from auditor.golden.profile import golden
    from auditor.golden.schema import GoldenProfile
    from auditor.golden.write import profile_text
    from auditor.yamlfile import parse

    taken = capture(first)
    profile = golden(parse(profile_text(taken, "bench", "The model")).validate(GoldenProfile))

    def compare(host: Snapshot) -> int:
        drift, unset = profile.check(host, taken.values)
        if unset:
            raise SystemExit(f"not compared: {unset[0]}")
        return sum(one.change != "unknown" for one in drift)

    return compare


def theirs(first: Snapshot, *, ignore_order: bool) -> Compare:
    """Against the model's facts as plain data."""
    from deepdiff import DeepDiff

    def plain(value: Any) -> Any:
        return {k: plain(v) for k, v in value.items()} if isinstance(value, Mapping) else value

    wanted = plain(first.facts)

    def compare(host: Snapshot) -> int:
        found = DeepDiff(wanted, host.facts, ignore_order=ignore_order, ignore_type_subclasses=True)
        return sum(len(one) for one in found.values())

    return compare


def measure(side: str, count: int, groups: int) -> dict[str, float]:
    """One side, in this process."""
    first = with_groups(model(), groups)
    estate = hosts(first, count)
    compare = ours(first) if side == SIDES[0] else theirs(first, ignore_order=side == SIDES[2])
    if side != SIDES[0]:
        estate = [replace(one, facts=json.loads(json.dumps(one.facts))) for one in estate]  # plain dicts alone
    compare(estate[0])
    cpu, wall = time.process_time(), time.perf_counter()
    differences = sum(compare(one) for one in estate)
    done = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "differences": differences}
    return {**done, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def beside(count: int, groups: int) -> None:
    """All sides, each in its own process, one line each."""
    shown = f"{groups:,} port groups" if groups else "the sample host"
    print(f"{count} comparisons, {shown}, {CHANGED} differences each")
    cpus = {}
    for side in SIDES:
        command = [sys.executable, __file__, "--side", side, "--hosts", str(count), "--groups", str(groups)]
        done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        if done["differences"] != CHANGED * count:
            raise SystemExit(f"{side} found {done['differences']} differences, not {CHANGED * count}")
        cpus[side] = done["cpu"]
        print(
            f"{side:22} {count / done['cpu']:>8,.1f} comparisons per CPU second  {done['cpu']:6.2f} s CPU  "
            f"{done['wall']:6.2f} s wall  peak {done['peak']:,} MB  {done['cpu'] / cpus[SIDES[0]]:.1f}"
        )


def main() -> None:
    """Measure: many hosts of ordinary size, and a few with very many port groups."""
    cli = argparse.ArgumentParser()
    cli.add_argument("--hosts", type=int, default=300)
    cli.add_argument("--groups", type=int, default=0)
    cli.add_argument("--side", choices=SIDES, help="one side alone, as JSON")
    args = cli.parse_args()
    if args.side:
        print(json.dumps(measure(args.side, args.hosts, args.groups)))
        return
    beside(args.hosts, 0)
    beside(max(args.hosts // 100, 1), 5000)


if __name__ == "__main__":
    main()
