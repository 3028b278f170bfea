"""Whoever asks about one target of a large estate reads little of the others, and is told the same."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain import Target
from auditor.relate import relate
from auditor.relate.clusters import COMPARISONS
from auditor.relate.others import neighbours, trimmed
from tests.relate.test_relate import dvs, host, machine, target, vsm

MACS = ("00:50:56:00:00:01", "00:50:56:00:00:02")
VALUES = st.sampled_from(["a", "b"])


@st.composite
def hosts(draw: st.DrawFn, name: str, number: int) -> Target:
    """A host whose compared settings are one of two, some of them not read."""
    one = draw(VALUES)
    facts: dict[str, Any] = {
        "product": {"release": draw(VALUES), "other": "x"},
        "image": {"digest": one},
        "time": {"ntp_servers": [one]},
        "dns": {"servers": [draw(VALUES)]},
        "syslog": {"hosts": [one]},
        "multipath": {"lun": {"storage_type": "t", "policy": draw(VALUES)}},
        "power_policy": draw(VALUES),
        "port_groups": {draw(VALUES): {"vlan": 1}},
        "vmkernel": {"vmk0": {"mac": draw(st.sampled_from(MACS)), "mtu": 1500, "services": ["vmotion", "vsan"]}},
        "advanced": {c.name: draw(VALUES) for c in COMPARISONS if "." in c.name},
        "services": {"ssh": {"running": True}},
    }
    made = host(name, number, draw(st.sampled_from(["c1", None])), **facts)
    missed = draw(st.sets(st.sampled_from(sorted({*facts, "hardware", "cluster"})), max_size=2))
    assert made.snapshot
    kept = {key: value for key, value in made.snapshot.facts.items() if key not in missed}
    return replace(made, snapshot=replace(made.snapshot, facts=kept, gaps=dict.fromkeys(missed, "denied")))


@st.composite
def estates(draw: st.DrawFn) -> list[Target]:
    """Hosts, machines, KVM domains, a switch seen from both sides, and some of whom nothing is known."""
    macs = st.lists(st.sampled_from(MACS), max_size=2)
    found = [draw(hosts(f"esx{n}", n)) for n in range(1, 4)]
    found += [machine("vm1", *draw(macs)), machine("vm2", *draw(macs)), machine("vm3", uuid="vm1", source="vc02")]
    nics = {"web/0": {"mac": draw(st.sampled_from(MACS))}}
    found.append(target("kvm1", "linux", {"kvm": {"nics": nics}, "sshd": {"effective": {}}}, source="kvm1"))
    found += [vsm("vsm01", domain=draw(st.integers(1, 2))), vsm("vsm02", domain=1), dvs("esx1", "esx2")]
    found.append(target("nx1", "nxos", {"hostname": "nx1"}, source="nx1"))
    lost = draw(st.sets(st.integers(0, len(found) - 1), max_size=3))
    return [replace(one, snapshot=None, status="unreachable") if n in lost else one for n, one in enumerate(found)]


def seen(target_: Target) -> Any:
    """What the estate says of a target."""
    assert target_.snapshot
    snapshot = target_.snapshot
    sources = {key: value for key, value in snapshot.sources.items() if key.startswith("estate")}
    return snapshot.facts.get("estate"), snapshot.gaps, sources, target_.part_of


@given(estate=estates())
def test_little_of_others_tells_the_same(estate: list[Target]) -> None:
    """Facts, gaps and sources of each target are those that all of the estate gives."""
    for n, one in enumerate(estate):
        if one.snapshot is None:
            continue
        others = [*estate[:n], *estate[n + 1 :]]
        near = [other for other in others if other.platform in neighbours([one.platform])]
        little = [replace(each, snapshot=trimmed(each.snapshot)) if each.snapshot else each for each in near]
        assert seen(relate([one, *little])[0]) == seen(relate([one, *others])[0])


def test_what_nobody_compares_is_left_out() -> None:
    """A host keeps its cluster and not its services; a switch of Cisco's that is joined with nothing keeps nothing."""
    one = host("esx1", services={"ssh": {}})
    assert one.snapshot
    assert set(trimmed(one.snapshot).facts) == {"cluster", "hardware"}
    other = target("nx1", "nxos", {"hostname": "nx1"})
    assert other.snapshot
    assert (dict(trimmed(other.snapshot).facts), neighbours(["nxos"])) == ({}, frozenset())
