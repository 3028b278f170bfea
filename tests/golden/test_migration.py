"""Readiness for a distributed switch: by a profile at once, in phases, or nobody can tell."""

from datetime import UTC, datetime
from typing import Any

from auditor.domain import Snapshot, Target
from auditor.golden.migration import readiness

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
TWO = {"vSwitch0": {"pnics": ["vmnic0", "vmnic1"]}}


def target(name: str, platform: str, facts: dict[str, Any] | None, **more: Any) -> Target:
    """A target of one vCenter; without facts one that was not read."""
    if facts is None:
        return Target(name, platform, "vc", "unreachable", "it did not answer")
    return Target(
        name, platform, "vc", "collected", snapshot=Snapshot(name, platform, "vc", WHEN, facts, {"": "t"}, **more)
    )


def host(name: str, switches: dict[str, Any] | None = None, cluster: str = "c1") -> Target:
    """A host with standard switches."""
    return target(name, "esxi", {"cluster": {"name": cluster}, "vswitches": TWO if switches is None else switches})


def machine(name: str, on: str, power: str = "poweredOn") -> Target:
    """A virtual machine."""
    return target(name, "vm", {"state": {"host": on, "power": power}})


def ways(*targets: Target) -> dict[str, str]:
    """Way by host."""
    return {one.target: one.way for one in readiness(targets)}


FIVE = [host(f"h{n}") for n in range(5)]
OFF = machine("off", "h0", "poweredOff")


def test_five_equal_idle_hosts_take_a_profile() -> None:
    """Enough hosts, all laid out alike, no machine running."""
    assert ways(*FIVE, OFF) == dict.fromkeys(("h0", "h1", "h2", "h3", "h4"), "profile")


def test_a_running_machine_needs_phases() -> None:
    """Only the host on which it runs, with the number."""
    found = {one.target: one for one in readiness([*FIVE, machine("a", "h1"), machine("b", "h1"), OFF])}
    assert found["h1"].way == "phased"
    assert found["h1"].reasons == ("2 machines run on it",)
    assert found["h0"].way == "profile"


def test_few_hosts_need_phases() -> None:
    """Fewer than five hosts in a cluster; hosts of other clusters do not count."""
    assert ways(*FIVE[:4], host("other", cluster="c2"), OFF) == dict.fromkeys(
        ("h0", "h1", "h2", "h3", "other"), "phased"
    )


def test_the_odd_layout_needs_phases() -> None:
    """A host whose adapters stand elsewhere than on most hosts of its cluster, with both layouts named."""
    odd = host("odd", {"vSwitch0": {"pnics": ["vmnic0"]}, "vSwitch1": {"pnics": ["vmnic1"]}})
    (found,) = [one for one in readiness([*FIVE, odd, OFF]) if one.target == "odd"]
    assert found.way == "phased"
    (reason,) = found.reasons
    own, common = "vSwitch0: vmnic0; vSwitch1: vmnic1", "vSwitch0: vmnic0 vmnic1"
    assert reason == f"its adapters are laid out as {own}, 5 hosts of the cluster have {common}"


def test_a_host_without_standard_switches_is_done() -> None:
    """Nothing is left to move."""
    assert ways(*FIVE, host("new", {}), OFF)["new"] == "done"


def test_what_was_not_read_is_unknown() -> None:
    """An unread host, unread switches, and machines that nobody listed: none is called ready."""
    blind = target("blind", "esxi", {"cluster": {"name": "c1"}}, gaps={"vswitches": "refused"})
    found = ways(*FIVE, target("lost", "esxi", None), blind, OFF)
    assert (found["lost"], found["blind"]) == ("unknown", "unknown")
    assert set(ways(*FIVE).values()) == {"unknown"}
    assert set(ways(*FIVE, OFF, target("hidden", "vm", None)).values()) == {"unknown"}


def test_hosts_that_were_not_read_may_fill_the_cluster() -> None:
    """Four hosts read and one lost: whether there are enough is not known."""
    assert ways(*FIVE[:4], target("lost", "esxi", None), OFF)["h0"] == "unknown"


def test_a_vcenter_without_machines_is_no_blind_one() -> None:
    """Where the vCenter counts no machine, none runs."""
    centre = target("vc", "vcenter", {"population": {"vms": 0}})
    assert set(ways(*FIVE, centre).values()) == {"profile"}
