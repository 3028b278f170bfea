"""What is in force at a port group is computed as the simulated vSphere computes it, whatever is set and inherited."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from auditor.changes import vsphere
from auditor.changes.load import candidate_of
from tests.changes.vsphere import apply as do
from tests.changes.vsphere.peer import HOST, Peer, running, snapshot
from tests.simulators.vsphere import changes

pytestmark = pytest.mark.needs_go
GROUPS = ("Management Network", "vMotion", "Servers")
SECURITY = {"allowPromiscuous": ("p", "o"), "macChanges": ("m", "m"), "forgedTransmits": ("f", "f")}
BALANCING = {"portid": "loadbalance_srcid", "iphash": "loadbalance_ip", "mac": "loadbalance_srcmac"}
ROUNDS, STEPS = 4, 14


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with running() as found:
        yield found


def step(random: Random) -> tuple[str, do.Apply]:
    """One change of a switch or a group: what is typed, and the same through the API."""
    where = random.choice(("vSwitch0", *GROUPS))
    on_switch = where == "vSwitch0"
    words = "policy" if on_switch else "portgroup policy"
    name = f"-v {where}" if on_switch else f"-p '{where}'"
    to = do.switch_spec if on_switch else do.group_spec
    kind = random.choice(("security", "security", "team", "order", "shaping", "inherit"))
    if kind == "inherit" and not on_switch:
        line = f"esxcli network vswitch standard {words} security set {name} --use-vswitch"
        return line, to(where, do.security(**dict.fromkeys(SECURITY)))
    if kind == "team":
        chosen, on = random.choice(sorted(BALANCING)), random.choice((True, False))
        line = f"esxcli network vswitch standard {words} failover set {name} -l {chosen} -n {str(on).lower()}"
        return line, to(where, do.teaming(policy=BALANCING[chosen], notifySwitches=on))
    if kind == "order":
        first, second = random.sample(("vmnic0", "vmnic1"), 2)
        line = f"esxcli network vswitch standard {words} failover set {name} -a {first} -s {second} -b false"
        return line, to(where, do.teaming(activeNic=[first], standbyNic=[second], rollingOrder=True))
    if kind == "shaping":
        on = random.choice((True, False))
        line = f"esxcli network vswitch standard {words} shaping set {name} -e {str(on).lower()}"
        return line, to(where, do.shaping(enabled=on))
    fields = {one: random.choice((True, False)) for one in SECURITY if random.random() < 0.6} or {"macChanges": True}
    options = " ".join(f"-{SECURITY[one][0 if on_switch else 1]} {str(value).lower()}" for one, value in fields.items())
    return f"esxcli network vswitch standard {words} security set {name} {options}", to(where, do.security(**fields))


def in_force(facts: Any) -> dict[str, Any]:
    """Everything that is in force at switches and groups."""
    return {"vswitches": facts["vswitches"], "port_groups": facts["port_groups"]}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_any_order_of_overriding_and_inheriting_ends_as_the_host_computes_it(peer: Peer, seed: int) -> None:
    """Many steps in one candidate, each made through the API as well: policies in force are the same, fact by fact."""
    random = Random(seed)
    before = peer.look()["esxi"]
    made = [step(random) for _ in range(STEPS)]
    candidate = candidate_of("change.sh", "".join(f"{line}\n" for line, _ in made).encode())
    edited = vsphere.edit(before, vsphere.clean(candidate))
    for _, act in made:
        act(peer)
    real = snapshot(peer.look()["esxi"])
    told = snapshot(replace(before, body=edited.body))
    assert not edited.unknown
    assert in_force(told.facts) == in_force(real.facts)
    system = changes.find(peer.instance, changes.vim.HostSystem, HOST).config.network
    for group in system.portgroup:  # and against what the API itself says is in force
        shown = told.facts["port_groups"][group.spec.name]["security"]["forged_transmits"]
        assert shown == group.computedPolicy.security.forgedTransmits
