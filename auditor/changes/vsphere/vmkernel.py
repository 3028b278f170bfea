"""VMkernel adapters of a host, and what they carry."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere.network import group_of
from auditor.changes.vsphere.plan import NotRead, Refusal
from auditor.changes.vsphere.target import Get, Keys, Set, boolean, inner, members, number, seen, texts

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

_NICS, _KEY = "config.network.vnic", "key-vim.host.VirtualNic-"
MAX_NICS = 256
_NEW = "the host chooses it when it makes the adapter"
_DHCP = "it comes by DHCP from here on"


def _find(host: "Host", device: str) -> dict[str, Any] | None:
    return next((one for one in members(host.props.get(_NICS)) if one.get("device") == device), None)


def nic_of(host: "Host", device: str) -> dict[str, Any]:
    """A VMkernel adapter. Raises Refusal for one that the host does not have."""
    found = _find(host, device)
    if found is None and host.lacks(_NICS):
        raise NotRead("vmkernel")
    if found is None:
        known = ", ".join(str(one.get("device")) for one in members(host.props.get(_NICS)))
        raise Refusal(f"the host has no VMkernel adapter {device[:40]!r}", f"It has {known or 'none'}.")
    return found


def add_nic(host: "Host", device: str, group: str) -> None:
    """A new adapter in a port group. Raises Refusal."""
    group_of(host, group)
    if _find(host, device) is not None:
        raise Refusal(f"the host has a VMkernel adapter {device[:40]!r} already")
    if len(host.props.get(_NICS) or ()) >= MAX_NICS:
        raise Refusal(f"a host has no more than {MAX_NICS} VMkernel adapters")
    nic = {
        "device": device,
        "portgroup": group,
        "spec": {"mtu": 1500, "netStackInstanceKey": "defaultTcpipStack", "ip": {}},
    }
    host.props.setdefault(_NICS, []).append(nic)
    for config in _configs(host):
        config.setdefault("candidateVnic", []).append(
            {"device": device, "key": f"{config.get('nicType')}.{_KEY}{device}"}
        )
    host.plan.changed(f"vmkernel[{device}]", f"a new adapter in {group}")
    for name in ("mac", "ipv6", "ip", "mask", "dhcp"):
        host.plan.vague(f"vmkernel[{device}].{name}", _NEW)


def remove_nic(host: "Host", keys: Keys) -> None:
    """An adapter goes, with what it carried. Raises Refusal."""
    found = nic_of(host, keys[0])
    host.props[_NICS] = [one for one in members(host.props.get(_NICS)) if one is not found]
    for config in _configs(host):
        _select(config, keys[0], on=False)
        config["candidateVnic"] = [one for one in members(config.get("candidateVnic")) if one.get("device") != keys[0]]
    host.plan.changed(f"vmkernel[{keys[0]}]", "it is removed")


def _configs(host: "Host") -> list[dict[str, Any]]:
    return list(members(seen(host.props.get("config.virtualNicManagerInfo")).get("netConfig")))


def _select(config: dict[str, Any], device: str, *, on: bool) -> None:
    keys = {str(one.get("key")) for one in members(config.get("candidateVnic")) if one.get("device") == device}
    keys.add(f"{_KEY}{device}")
    kept = [
        key for key in config.get("selectedVnic") or () if key not in keys and str(key).rpartition("-")[2] != device
    ]
    if on:
        mine = next((one for one in members(config.get("candidateVnic")) if one.get("device") == device), {})
        kept.append(str(mine.get("key") or f"{config.get('nicType')}.{_KEY}{device}"))
    config["selectedVnic"] = kept


def _services(host: "Host", keys: Keys, value: Any) -> None:
    nic_of(host, keys[0])
    path, wanted, configs = f"vmkernel[{keys[0]}].services", set(texts(value, "services")), _configs(host)
    if not configs:
        host.unread(path)
        return
    known = {str(config.get("nicType")) for config in configs}
    for kind in sorted(wanted - known):
        inner(host.props, "config.virtualNicManagerInfo").setdefault("netConfig", []).append(
            {"nicType": kind, "candidateVnic": [], "selectedVnic": []}
        )
    for config in _configs(host):
        carried = config.get("nicType") in wanted
        if carried != (keys[0] in _carriers(config)):
            _select(config, keys[0], on=carried)
    host.plan.changed(path)


def _carriers(config: Mapping[str, Any]) -> set[str]:
    devices = {str(one.get("key")): str(one.get("device")) for one in members(config.get("candidateVnic"))}
    return {devices.get(str(key)) or str(key).rpartition("-")[2] for key in config.get("selectedVnic") or ()}


def _get_services(host: "Host", keys: Keys) -> Any:
    return sorted(str(config.get("nicType")) for config in _configs(host) if keys[0] in _carriers(config))


def _address(key: str, name: str, host: "Host", keys: Keys, value: Any) -> None:
    ip = inner(nic_of(host, keys[0]), "spec", "ip")
    ip[key] = boolean(value, name) if key == "dhcp" else str(value)
    if key == "ipAddress" and "dhcp" not in ip:
        ip["dhcp"] = False
        host.plan.unknown.pop(f"vmkernel[{keys[0]}].dhcp", None)
    host.plan.changed(f"vmkernel[{keys[0]}].{name}")
    if key == "dhcp" and value:
        for one in ("ip", "mask"):
            host.plan.vague(f"vmkernel[{keys[0]}].{one}", _DHCP)


def _mtu(host: "Host", keys: Keys, value: Any) -> None:
    inner(nic_of(host, keys[0]), "spec")["mtu"] = number(value, "the MTU", 1280, 9216)
    host.plan.changed(f"vmkernel[{keys[0]}].mtu")


def _stack(host: "Host", keys: Keys, value: Any) -> None:
    inner(nic_of(host, keys[0]), "spec")["netStackInstanceKey"] = str(value)
    host.plan.changed(f"vmkernel[{keys[0]}].netstack")


def _group(host: "Host", keys: Keys, value: Any) -> None:
    """The port group of an adapter: a new adapter where there is none of the name."""
    if _find(host, keys[0]) is None:
        add_nic(host, keys[0], str(value))
        return
    group_of(host, str(value))
    nic = nic_of(host, keys[0])
    nic["portgroup"] = str(value)
    inner(nic, "spec").pop("distributedVirtualPort", None)
    host.plan.changed(f"vmkernel[{keys[0]}].port_group")


def _get_group(host: "Host", keys: Keys) -> Any:
    return seen(_find(host, keys[0])).get("portgroup")


_IP = {"ip": "ipAddress", "mask": "subnetMask", "dhcp": "dhcp"}
SETS: Mapping[str, Set] = {
    "vmkernel[*].port_group": _group,
    "vmkernel[*].mtu": _mtu,
    "vmkernel[*].netstack": _stack,
    "vmkernel[*].services": _services,
    **{f"vmkernel[*].{name}": partial(_address, key, name) for name, key in _IP.items()},
}
GETS: Mapping[str, Get] = {"vmkernel[*].services": _get_services, "vmkernel[*].port_group": _get_group}
REMOVES: Mapping[str, Callable[[Any, Keys], None]] = {"vmkernel[*]": remove_nic}
