"""Policies of standard switches and port groups: what a group sets itself lies over what its switch sets.

The order of adapters is one thing: a group that sets it sets both lists. Anything else is inherited by itself.
"""

from collections.abc import Mapping
from typing import Any

from auditor.changes.vsphere.target import inner, seen

Data = Mapping[str, Any]
SECURITY = {"promiscuous": "allowPromiscuous", "mac_changes": "macChanges", "forged_transmits": "forgedTransmits"}
TEAMING = ("policy", "active", "standby", "failback", "notify_switches", "beacon")
_FIELDS = {"policy": "policy", "failback": "rollingOrder", "notify_switches": "notifySwitches"}
_LISTS = {"active": "activeNic", "standby": "standbyNic"}


def computed(switch: Data, own: Data) -> dict[str, Any]:
    """The policy in force at a group: its own over that of its switch."""
    teaming, above = seen(own.get("nicTeaming")), seen(switch.get("nicTeaming"))
    beacon = {**seen(above.get("failureCriteria")), **_set(teaming.get("failureCriteria"))}
    order = teaming.get("nicOrder") if _orders(teaming) else above.get("nicOrder")
    made = {**above, **{key: teaming[key] for key in _FIELDS.values() if teaming.get(key) is not None}}
    if beacon:
        made["failureCriteria"] = beacon
    if order is not None:
        made["nicOrder"] = order
    out: dict[str, Any] = {"security": {**_set(switch.get("security")), **_set(own.get("security"))}}
    if made:
        out["nicTeaming"] = made
    shaping = {**_set(switch.get("shapingPolicy")), **_set(own.get("shapingPolicy"))}
    if shaping:
        out["shapingPolicy"] = shaping
    return out


def _set(value: Any) -> dict[str, Any]:
    return {key: one for key, one in seen(value).items() if one is not None}


def _orders(teaming: Data) -> bool:
    order = seen(teaming.get("nicOrder"))
    return bool(order.get("activeNic") or order.get("standbyNic"))


def sets(own: Data, name: str) -> bool:
    """Whether a policy sets a part of its teaming itself."""
    teaming = seen(own.get("nicTeaming"))
    if name in _LISTS:
        return _orders(teaming)
    if name == "beacon":
        return seen(teaming.get("failureCriteria")).get("checkBeacon") is not None
    return teaming.get(_FIELDS[name]) is not None


def team(policy: Data, name: str) -> Any:
    """A part of the teaming of a policy, as facts call it."""
    teaming = seen(policy.get("nicTeaming"))
    if name in _LISTS:
        return list(seen(teaming.get("nicOrder")).get(_LISTS[name]) or ())
    if name == "beacon":
        return seen(teaming.get("failureCriteria")).get("checkBeacon")
    found = teaming.get(_FIELDS[name])
    return (None if found is None else not found) if name == "failback" else found


def set_team(policy: dict[str, Any], name: str, value: Any, other: list[str]) -> None:
    """Sets a part of the teaming of a policy; `other` is the other list where one of the two is set."""
    teaming = inner(policy, "nicTeaming")
    if name in _LISTS:
        order = inner(teaming, "nicOrder")
        order["standbyNic" if name == "active" else "activeNic"] = other
        order[_LISTS[name]] = list(value)
    elif name == "beacon":
        inner(teaming, "failureCriteria")["checkBeacon"] = value
    else:
        teaming[_FIELDS[name]] = not value if name == "failback" else value
