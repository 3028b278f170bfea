"""Single ports of the fake distributed switch."""

import copy
from datetime import UTC, datetime
from typing import Any

from tests.simulators.vsphere.fake.values import support, vim
from tests.simulators.vsphere.fake.wire import SPACE


def ports(estate: Any, switch: str, request: Any) -> list[Any]:
    """The ports that a DistributedVirtualSwitchPortCriteria chooses: by group (`inside`) and by key."""
    criteria = request.find(f"{SPACE}criteria")
    groups, keys, inside = set(), set(), None
    if criteria is not None:
        groups = {e.text for e in criteria.iterfind(f"{SPACE}portgroupKey")}
        keys = {e.text for e in criteria.iterfind(f"{SPACE}portKey")}
        inside = criteria.findtext(f"{SPACE}inside")
    out = []
    for reference in estate.things[switch].tree["portgroup"]:
        group = estate.things[reference._moId].tree
        if inside is not None and (not groups or group["key"] in groups) != (inside == "true"):
            continue
        out += [_port(estate, switch, group, key) for key in group["portKeys"] if not keys or key in keys]
    return out


def _port(estate: Any, switch: str, group: dict[str, Any], key: str) -> Any:
    setting = estate.port_settings.get(key) or all_inherited(group["config"].defaultPortConfig)
    config = vim.dvs.DistributedVirtualPort.ConfigInfo(configVersion="1", setting=setting)
    return vim.dvs.DistributedVirtualPort(
        key=key,
        dvsUuid=estate.things[switch].tree["uuid"],
        portgroupKey=group["key"],
        conflict=False,
        lastStatusChange=datetime.now(UTC),
        config=config,
    )


def all_inherited(setting: Any) -> Any:
    """A copy of a port setting in which everything is marked as inherited."""
    made = copy.deepcopy(setting)
    _mark(made)
    return made


def _mark(value: Any) -> None:
    if not isinstance(value, support.DataObject):
        return
    for info in type(value)._GetPropertyList():
        if info.name == "inherited":
            value.inherited = True
        else:
            _mark(getattr(value, info.name))
