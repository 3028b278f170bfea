"""Work grows with the number of facts: ten times the port groups or hosts are ten times the calls, never a hundred."""

import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any

from auditor.domain import Snapshot
from auditor.drift import between
from auditor.golden.capture import capture
from auditor.golden.compare import Comparison, Policy
from auditor.golden.consensus import consensus
from auditor.golden.restless import restless
from tests.golden.estates import facts, host

SMALL, LARGE = 500, 5000


def calls(work: Callable[[], Any]) -> int:
    """Calls of functions, Python's own included, that the work makes."""
    counted = 0

    def count(_: FrameType, event: str, __: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


def grows(work: Callable[[int], Any], small: int = SMALL, large: int = LARGE) -> float:
    """How many times the work of `small` the work of `large` is, beside how many times as large it is."""
    work(2)  # what is made once
    return calls(lambda: work(large)) / calls(lambda: work(small)) / (large / small)


def wide(groups: int, vlan: int = 0) -> Snapshot:
    """A host with many port groups, one in ten of them partly unread, one in ten of them hidden."""
    seen = host(
        1, {"port_groups": {k: {**v, "vlan": v["vlan"] + vlan} for k, v in facts(1, groups)["port_groups"].items()}}
    )
    gaps = {f"port_groups[group-{n}].security": "refused" for n in range(0, groups, 10)}
    return replace(seen, gaps=gaps | {f"port_groups[hidden-{n}]": "refused" for n in range(0, groups, 10)})


def test_many_port_groups_compare_in_linear_time() -> None:
    """5,000 port groups that all differ, against 500: against a profile, against the day before, and captured."""
    policy = Policy()
    sizes = {n: (wide(n), wide(n, vlan=1)) for n in (2, SMALL, LARGE)}
    assert grows(lambda n: list(Comparison(sizes[n][1], policy).drifts(sizes[n][0].facts))) < 1.5
    assert grows(lambda n: list(between(*sizes[n]))) < 1.5
    assert grows(lambda n: capture(sizes[n][0])) < 1.5


def test_sets_and_lists_compare_in_linear_time() -> None:
    """A set of 5,000 members of which half came and half went, and a list turned round."""

    def lists(n: int) -> tuple[Snapshot, Snapshot]:
        old = host(1, {"datastores": [f"d{i}" for i in range(n)], "dns": {"servers": [str(i) for i in range(n)]}})
        changed = {
            "datastores": [f"d{i}" for i in range(n // 2, n + n // 2)],
            "dns": {"servers": [str(i) for i in range(n, 0, -1)]},
        }
        return old, host(1, changed)

    sizes = {n: lists(n) for n in (2, SMALL, LARGE)}
    assert grows(lambda n: list(between(*sizes[n]))) < 1.5


def test_consensus_is_linear_in_hosts() -> None:
    """300 hosts, each with members and values of its own and gaps, against 30: no more than ten times the work."""

    def estate(count: int) -> list[Snapshot]:
        groups = [{**facts(n)["port_groups"], f"own-{n}": {"vlan": n}} for n in range(count)]
        gaps = [{f"port_groups[hidden-{n}]": "refused", "time": "refused"} for n in range(count)]
        return [host(n, {"port_groups": groups[n]}, gaps=gaps[n] if n % 3 else {}) for n in range(count)]

    sizes = {n: estate(n) for n in (2, 30, 300)}
    assert grows(lambda n: consensus(sizes[n]), 30, 300) < 1.5
    nights = {n: {one.target: one for one in sizes[n]} for n in sizes}
    assert grows(lambda n: restless(nights[n], nights[n]), 30, 300) < 1.5
