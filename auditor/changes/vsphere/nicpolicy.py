"""Policies of standard switches and port groups: security, teaming and shaping, set and inherited."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere import policy as policies
from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.switches import NEW, all_groups, all_switches, find_switch, group_of, nics_of, switch_of
from auditor.changes.vsphere.target import Keys, Set, boolean, choice, inner, seen, texts

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

_BALANCING = ("loadbalance_srcid", "loadbalance_ip", "loadbalance_srcmac", "failover_explicit")
ORDER = "which place the host gives the adapter in the order of adapters is not known"


def policy_of(item: dict[str, Any]) -> dict[str, Any]:
    """What a switch or a group sets itself."""
    return inner(item, "spec", "policy")


def compute(host: "Host", group: dict[str, Any]) -> None:
    """The policy in force at a group."""
    spec = seen(group.get("spec"))
    above = find_switch(host, str(spec.get("vswitchName")))
    switch = seen(seen(seen(above).get("spec")).get("policy"))
    group["computedPolicy"] = policies.computed(switch, seen(spec.get("policy")))


def _reach(host: "Host", switch: str) -> None:
    """The groups of a switch have in force what it sets: computed after the last line."""
    host.reached[switch] = (host.plan.where, host.plan.text)


def _inherit_all(host: "Host") -> None:
    for group in all_groups(host):
        spec = seen(group.get("spec"))
        switch = str(spec.get("vswitchName"))
        if switch in host.reached:
            before = group.get("computedPolicy")
            compute(host, group)
            if before != group["computedPolicy"]:
                path = f"port_groups[{spec.get('name')}]"
                where, text = host.reached[switch]
                host.plan.because(path, f"it inherits from {switch}", where, text)


def _security(key: str, name: str, on_switch: bool, host: "Host", keys: Keys, value: Any) -> None:
    item = switch_of(host, keys[0]) if on_switch else group_of(host, keys[0])
    inner(policy_of(item), "security")[key] = boolean(value, name)
    host.plan.changed(f"{'vswitches' if on_switch else 'port_groups'}[{keys[0]}].security.{name}")
    _reach(host, keys[0]) if on_switch else compute(host, item)


def _shaping(on_switch: bool, host: "Host", keys: Keys, value: Any) -> None:
    item = switch_of(host, keys[0]) if on_switch else group_of(host, keys[0])
    inner(policy_of(item), "shapingPolicy")["enabled"] = boolean(value, "shaping")
    host.plan.changed(f"{'vswitches' if on_switch else 'port_groups'}[{keys[0]}].shaping")
    _reach(host, keys[0]) if on_switch else compute(host, item)


def _teaming(name: str, on_switch: bool, host: "Host", keys: Keys, value: Any) -> None:
    item = switch_of(host, keys[0]) if on_switch else group_of(host, keys[0])
    path, own = f"{'vswitches' if on_switch else 'port_groups'}[{keys[0]}].teaming", policy_of(item)
    if not on_switch and str(seen(item.get("spec")).get("vswitchName")) in host.reached:
        compute(host, item)
    other: list[str] = []
    if name in ("active", "standby"):
        switch = item if on_switch else find_switch(host, str(seen(item.get("spec")).get("vswitchName")))
        strangers = set(texts(value, name)) - set(nics_of(seen(switch)))
        if strangers and switch is not None:
            nics = ", ".join(nics_of(switch)) or "none"
            raise Refusal(f"{sorted(strangers)[0][:40]} is no uplink of {switch.get('name')}", f"It has {nics}.")
        second = "standby" if name == "active" else "active"
        host.plan.unknown.pop(f"{path}.uplinks", None)
        in_force = own if on_switch else seen(item.get("computedPolicy"))
        shown = policies.team(in_force, second)
        other = [nic for nic in shown if nic not in value]
        if len(other) < len(shown):
            host.plan.note(f"{', '.join(nic for nic in shown if nic in value)}: named as {name}, it leaves {second}")
    elif name == "policy":
        choice(value, "load balancing", *_BALANCING)
    else:
        boolean(value, name)
    policies.set_team(own, name, value, other)
    host.teams.discard((keys[0], name))
    host.plan.changed(f"{path}.{name}")
    _reach(host, keys[0]) if on_switch else compute(host, item)


def inherit(host: "Host", group: str, part: str, name: str = "") -> None:
    """A port group has again what its switch has: `security`, `nicTeaming`, `shapingPolicy`, or one field of these."""
    item = group_of(host, group)
    own = policy_of(item)
    if name:
        seen_part = own.get(part)
        if isinstance(seen_part, dict):
            seen_part.pop(name, None)
    else:
        own.pop(part, None)
    compute(host, item)
    fact = {"security": "security", "nicTeaming": "teaming", "shapingPolicy": "shaping"}[part]
    host.plan.changed(f"port_groups[{group}].{fact}", "inherited from its switch")


def vague_team(host: "Host", group: Mapping[str, Any], parts: tuple[str, ...]) -> None:
    """Parts of the teaming of a group that nobody can foretell."""
    path = f"port_groups[{seen(group.get('spec')).get('name')}]"
    for part in parts:
        host.plan.vague(f"{path}.teaming.{part}", ORDER)
    if {"active", "standby"} & set(parts):
        host.plan.vague(f"{path}.teaming.uplinks", ORDER)
        host.plan.vague(f"{path}.nic_order", ORDER)


def settle(host: "Host") -> None:
    """Policies in force at groups; what nobody can tell of a switch is not known of those that inherit it either."""
    _inherit_all(host)
    for name, part in sorted(host.teams):
        if find_switch(host, name) is None:
            continue
        host.plan.vague(f"vswitches[{name}].teaming.{part}", ORDER if part in ("active", "standby") else NEW)
        if part in ("active", "standby"):
            host.plan.vague(f"vswitches[{name}].teaming.uplinks", ORDER)
        for group in all_groups(host):
            spec = seen(group.get("spec"))
            if spec.get("vswitchName") == name and not policies.sets(seen(spec.get("policy")), part):
                vague_team(host, group, (part,))
    for name in ("security", "shaping"):
        _settle_new(host, name)


def _settle_new(host: "Host", name: str) -> None:
    """Policies of a switch whose beginning nobody knows, at the groups that inherit them."""
    key = "security" if name == "security" else "shapingPolicy"
    for switch in all_switches(host):
        path = f"vswitches[{switch.get('name')}].{name}"
        if path not in host.plan.unknown:
            continue
        for group in all_groups(host):
            spec = seen(group.get("spec"))
            if spec.get("vswitchName") == switch.get("name") and not seen(seen(spec.get("policy")).get(key)):
                host.plan.vague(f"port_groups[{spec.get('name')}].{name}", NEW)


_PLACES = ((True, "vswitches[*]"), (False, "port_groups[*]"))
SETS: Mapping[str, Set] = {
    **{f"{at}.shaping": partial(_shaping, switch) for switch, at in _PLACES},
    **{f"{at}.security.{name}": partial(_security, key, name, switch)
       for switch, at in _PLACES for name, key in policies.SECURITY.items()},
    **{f"{at}.teaming.{name}": partial(_teaming, name, switch) for switch, at in _PLACES for name in policies.TEAMING},
}  # fmt: skip
