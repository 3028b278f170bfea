"""Single ports of distributed switches: read of groups that let them differ, and kept where they do."""

from collections.abc import Mapping
from typing import Any

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere.clock import OutOfTime
from auditor.collectors.vsphere.decode import Record, boolean, reference, text
from auditor.collectors.vsphere.dvs_policy import own
from auditor.collectors.vsphere.schema_dvs import PORT_SETTING
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.walk import Content
from auditor.collectors.vsphere.wire import TooBig

MAX_PORTS = 5_000  # of one switch; a port's answer takes about 5 kB
PORTS_A_CALL = 200
_vim: Any = vim
_JUDGED = (
    "vlanOverrideAllowed",
    "uplinkTeamingOverrideAllowed",
    "securityPolicyOverrideAllowed",
    "macManagementOverrideAllowed",
    "ipfixOverrideAllowed",
    "shapingOverrideAllowed",
    "trafficFilterOverrideAllowed",
)
_PORT = Record(
    key=text,
    portgroupKey=text,
    connectee=Record(type=text, connectedEntity=reference),
    conflict=boolean,
    config=Record(name=text, setting=PORT_SETTING),
)


def differing_ports(session: Session, moid: str, groups: list[Content]) -> dict[str, Any]:
    """{"groups": [key asked], "unread": {group key: reason}, "read": count, "differing": [port]} of one switch.

    Raises vim.fault.NotAuthenticated, and OutOfTime when the session's deadline is over.
    """
    wanted = [key for key in map(_overridable, groups) if key]
    empty: dict[str, Any] = {"groups": wanted, "unread": {}, "read": 0, "differing": []}
    if not wanted:
        return empty
    try:
        ports = _read(session, moid, wanted)
    except vim.fault.NotAuthenticated:
        raise
    except vim.fault.NoPermission as fault:
        reason = f"its single ports need the privilege {fault.privilegeId} on the switch, which the account lacks"
    except (*BROKEN, OutOfTime, TooBig, vmodl.MethodFault, ValueError) as problem:
        if session.deadline.remaining() <= 0:
            raise OutOfTime from problem
        reason = str(problem) if isinstance(problem, ValueError) else explain(problem)[1]
        reason = f"its single ports could not be read: {reason}"
    else:
        differing = [port for port in ports if own((port.get("config") or {}).get("setting") or {})]
        return {**empty, "read": len(ports), "differing": differing}
    return {**empty, "groups": [], "unread": dict.fromkeys(wanted, reason)}


def _overridable(group: Content) -> str:
    """The key of a group whose ports may set something that is judged; "" for others and for uplinks."""
    config: Mapping[str, Any] = group["props"].get("config") or {}
    policy: Mapping[str, Any] = config.get("policy") or {}
    if config.get("uplink") or not any(policy.get(name) for name in _JUDGED):
        return ""
    return str(config.get("key") or group["id"])


def _read(session: Session, moid: str, wanted: list[str]) -> list[dict[str, Any]]:
    switch = session.object(_vim.dvs.VmwareDistributedVirtualSwitch, moid)
    criteria = _vim.dvs.PortCriteria
    keys = _ask(session, switch, "FetchPortKeys", criteria(inside=True, portgroupKey=wanted))
    if len(keys) > MAX_PORTS:
        raise ValueError(f"there are {len(keys)} of them, more than the {MAX_PORTS} that are read of one switch")
    out: list[dict[str, Any]] = []
    for start in range(0, len(keys), PORTS_A_CALL):
        chunk = [key.text or "" for key in keys[start : start + PORTS_A_CALL]]
        out += [_PORT(port) for port in _ask(session, switch, "FetchPorts", criteria(portKey=chunk))]
    return [port for port in out if port.get("portgroupKey") in wanted]


def _ask(session: Session, switch: Any, method: str, criteria: Any) -> list[Any]:
    body = session.stub.request(switch, method, (criteria,))
    answer = session.attempt(lambda: session.stub.bulk_all(body), tries=2)
    return list(answer)
