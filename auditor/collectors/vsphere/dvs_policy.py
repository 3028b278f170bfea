"""What is in force at a distributed port or port group: its own settings, over its group's, over its switch's.

A list of levels goes from the nearest to the switch. A value that is not there, or marked as inherited, is that of the
next level; vCenter fills inherited values in, so the nearest shown one stands in where no level above has any.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from auditor.collectors.vsphere.draft import record

Setting = Mapping[str, Any]  # a VMwareDVSPortSetting
Levels = Sequence[Setting]
SECURITY = {"promiscuous": "allowPromiscuous", "mac_changes": "macChanges", "forged_transmits": "forgedTransmits"}
NATIVE_RESERVED = ((3968, 4047), (4094, 4094))  # NX-OS keeps them for itself (Cisco: "Configuring VLANs", Nexus 5000)


def in_force(levels: Levels, look: Callable[[Setting], tuple[Any, bool]]) -> Any:
    """The value of the nearest level that sets it; `look` gives (value, is inherited). None when none shows one."""
    shown = None
    for number, level in enumerate(levels, 1):
        value, inherited = look(level)
        if value is not None and (not inherited or number == len(levels)):
            return value
        shown = value if shown is None else shown
    return shown


def _flag(*records: Any) -> bool:
    """The `inherited` mark that counts: the innermost that is there."""
    return next((mark for mark in (record(one).get("inherited") for one in records) if mark is not None), False) is True


def value(levels: Levels, *names: str) -> Any:
    """A BoolPolicy or StringPolicy by its place in the setting."""

    def look(setting: Setting) -> tuple[Any, bool]:
        outer = [record(setting)]
        for name in names:
            outer.append(record(outer[-1].get(name)))
        return outer[-1].get("value"), _flag(*reversed(outer[1:]))

    return in_force(levels, look)


def _shadowed(levels: Levels) -> bool:
    """From switch version 6.6 the macManagementPolicy takes the place of the securityPolicy."""
    shown = [record(level.get("macManagementPolicy")) for level in levels]
    has_values = [any(mac.get(key) is not None for key in SECURITY.values()) for mac in shown]
    for level, mac, has in zip(levels, shown, has_values, strict=True):
        if has or (mac.get("inherited") is True and any(has_values)):
            return True
        if record(level.get("securityPolicy")):
            return False
    return False


def security(levels: Levels) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """(values in force, which are inherited, the policy they come from)."""
    shadowed = _shadowed(levels)
    values: dict[str, Any] = {}
    inherited: dict[str, Any] = {}
    for name, key in SECURITY.items():

        def look(setting: Setting, key: str = key) -> tuple[Any, bool]:
            mac, old = record(setting.get("macManagementPolicy")), record(setting.get("securityPolicy"))
            if shadowed and any(mac.get(one) is not None for one in SECURITY.values()):
                return mac.get(key), _flag(mac)
            if shadowed and mac:
                return None, True
            item = record(old.get(key))
            return item.get("value"), _flag(item, old)

        values[name] = in_force(levels, look)
        mine, from_above = look(levels[0])
        inherited[name] = from_above or mine is None
    old = record(levels[0].get("securityPolicy"))
    return values, inherited, "macManagementPolicy" if shadowed else "securityPolicy" if old else None


def learning(levels: Levels) -> Any:
    """Whether MAC learning is on."""

    def look(setting: Setting) -> tuple[Any, bool]:
        mac = record(setting.get("macManagementPolicy"))
        policy = record(mac.get("macLearningPolicy"))
        return policy.get("enabled"), _flag(policy, mac)

    return in_force(levels, look)


def teaming(levels: Levels, lags: Mapping[str, Any]) -> dict[str, Any]:
    """The `Teaming` facts. `rollingOrder` true means no failback. `lags`: ports of each link aggregation group."""

    def order(setting: Setting) -> tuple[Any, bool]:
        policy = record(setting.get("uplinkTeamingPolicy"))
        mine = record(policy.get("uplinkPortOrder"))
        return mine or None, _flag(mine, policy)

    found = record(in_force(levels, order))
    active, standby = list(found.get("activeUplinkPort") or []), list(found.get("standbyUplinkPort") or [])
    rolling = value(levels, "uplinkTeamingPolicy", "rollingOrder")
    return {
        "policy": value(levels, "uplinkTeamingPolicy", "policy"),
        "active": active,
        "standby": standby,
        "failback": None if rolling is None else not rolling,
        "notify_switches": value(levels, "uplinkTeamingPolicy", "notifySwitches"),
        "beacon": value(levels, "uplinkTeamingPolicy", "failureCriteria", "checkBeacon"),
        "uplinks": sum(int(lags.get(name) or 1) for name in {*active, *standby}),
        "aggregated": any(name in lags for name in active),
    }


def vlan(levels: Levels, primaries: Mapping[Any, Any]) -> dict[str, Any]:
    """The `Vlan` facts; `primaries`: the primary of each private VLAN id."""
    found = record(in_force(levels, lambda setting: (record(setting.get("vlan")) or None, _flag(setting.get("vlan")))))
    kind = str(found.get("_type", ""))
    if kind.endswith("TrunkVlanSpec"):
        spans = sorted((int(first), int(last)) for first, last in found.get("ranges") or [])
        ends = [-1, *itertools.accumulate((last for _, last in spans), max)]
        return {
            "kind": "trunk",
            "ranges": [f"{first}-{last}" for first, last in spans],
            "count": sum(
                max(0, last - max(first, end + 1) + 1) for (first, last), end in zip(spans, ends, strict=False)
            ),
            "reserved": any(_reserved(first, last) for first, last in spans),
        }
    if kind.endswith("PvlanSpec"):
        secondary = found.get("pvlanId")
        primary = primaries.get(secondary)
        known = [number for number in (secondary, primary) if number is not None]
        reserved = any(_reserved(number, number) for number in known)
        return {
            "kind": "pvlan",
            "id": secondary,
            "pvlan_primary": primary,
            "reserved": True if reserved else False if len(known) == 2 else None,
        }
    if kind.endswith("VlanIdSpec"):
        number = found.get("vlanId")
        return {"kind": "id", "id": number, "reserved": None if number is None else _reserved(number, number)}
    return {}


def _reserved(first: int, last: int) -> bool:
    return any(first <= end and last >= start for start, end in NATIVE_RESERVED)


_OWN = {
    "vlan": "vlan",
    "teaming": "uplinkTeamingPolicy",
    "security": "securityPolicy",
    "mac_management": "macManagementPolicy",
    "netflow": "ipfixEnabled",
    "shaping_in": "inShapingPolicy",
    "shaping_out": "outShapingPolicy",
    "traffic_filter": "filterPolicy",
}


def own(setting: Setting) -> list[str]:
    """The policies of which a port sets something itself."""
    return [name for name, key in _OWN.items() if _sets(setting.get(key))]


def _sets(policy: Any) -> bool:
    """Whether a policy, or a part of it, says that it is not inherited."""
    if not isinstance(policy, Mapping):
        return False
    return policy.get("inherited") is False or any(_sets(part) for part in policy.values())
