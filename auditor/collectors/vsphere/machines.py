"""The virtual machines of a source: which there are, what was read of them, and why the others were not."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyVmomi import vim

from auditor.collectors.vsphere.inventory import HostRef, Listing, VmRef
from auditor.collectors.vsphere.packed import FORMAT, Packed
from auditor.collectors.vsphere.redact_vm import redact_extra_config
from auditor.collectors.vsphere.schema_vm import VM
from auditor.collectors.vsphere.session import Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.walk import Content, Walk
from auditor.domain import Capture, Failure, Source

_vim: Any = vim
_A_CHUNK = 100  # a vCenter cuts its answers there anyway
_NOT_READ = ("timeout", "the deadline of the source came before it was read")
_STATES = {
    "disconnected": "its host is not connected",
    "orphaned": "vCenter knows it, but its host does not: remove it from the inventory or register it again",
    "inaccessible": "its files cannot be reached: its storage is away, or locked",
    "invalid": "its configuration file cannot be read by its host",
}
Trouble = tuple[str, str]  # (kind of failure, reason)


@dataclass(slots=True)
class Machines:
    """What became of each machine, by id. `items` may be asked for at any time."""

    source: Source
    listed: dict[str, VmRef] = field(default_factory=dict)
    read: dict[str, Packed] = field(default_factory=dict)
    failed: dict[str, Trouble] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def collect(self, session: Session, listing: Listing, versions: Mapping[str, str]) -> None:
        """Read every machine that is connected. `versions` of hosts, by id. Raises what `Walk.chunks` raises."""
        names = unique_names(self.listed.values())
        connected = []
        for moid, one in self.listed.items():
            trouble = _trouble(one, listing.hosts)
            if trouble:
                self.failed[moid] = trouble
            else:
                connected.append(moid)
        for found, failed in Walk(session, _vim.VirtualMachine, "VirtualMachine", VM).chunks(connected, _A_CHUNK):
            with self.lock:
                self.failed.update(failed)
            for item in found:
                moid, props = item["id"], item["props"]
                seen = VmRef(moid, names[moid], props.get("runtime.host", ""), props.get("runtime.connectionState", ""))
                trouble = _trouble(seen, listing.hosts) or _without_configuration(item)
                packed = None
                try:
                    packed = None if trouble else self._packed(session, seen, item, listing, versions)
                except Exception as problem:  # one machine that cannot be put away must not cost the others
                    trouble = explain(problem)
                with self.lock:
                    if trouble:
                        self.failed[moid] = trouble
                    elif packed:
                        self.read[moid] = packed

    def close(self, now: Listing) -> None:
        """Compare with what is there in the end."""
        with self.lock:
            for moid in self.listed:
                after = now.machines.get(moid)
                if after is None:
                    self.failed[moid] = ("lost", "it was removed from the inventory during collection")
                elif moid not in self.failed and (trouble := _trouble(after, now.hosts)):
                    self.failed[moid] = (trouble[0], f"{trouble[1]} (it was connected when it was listed)")
            for moid, one in now.machines.items():
                if moid not in self.listed:
                    self.listed[moid] = one
                    self.failed[moid] = ("lost", "it was added to the inventory during collection and not read")

    def items(self, broken: Trouble | None) -> Iterator[Capture | Failure]:
        """A capture or a failure for each; failures only when the source as a whole is `broken`."""
        with self.lock:
            listed, read, failed = dict(self.listed), dict(self.read), dict(self.failed)
        names = unique_names(listed.values())
        for moid in listed:
            kind, reason = broken or failed.get(moid) or _NOT_READ
            if not broken and moid not in failed and moid in read:
                yield read[moid].capture(self.source)
            else:
                yield Failure(self.source.name, reason, names[moid], "vm", kind)

    def _packed(
        self, session: Session, seen: VmRef, item: Content, listing: Listing, versions: Mapping[str, str]
    ) -> Packed:
        props, host = item["props"], listing.hosts.get(seen.host)
        if "config.extraConfig" in props:
            props["config.extraConfig"] = redact_extra_config(props["config.extraConfig"])
        cluster = listing.clusters.get(host.parent) if host else None
        body = {
            "format": FORMAT,
            "moid": seen.moid,
            "name": self.listed[seen.moid].name,
            "api": session.stub.version,
            "host": {"name": host.name, "version": versions.get(seen.host, "")} if host else None,
            "cluster": str(cluster["props"].get("name") or "") if cluster else "",
            "networks": {
                key: listing.port_group_names[key] for key in _groups(props) if key in listing.port_group_names
            },
            "props": props,
            "errors": item["errors"],
        }
        return Packed.of(seen.name, "vm", body)


def unique_names(machines: Iterable[VmRef]) -> dict[str, str]:
    """Names by id. Machines of several folders may be called the same: then each has its id behind its name."""
    names = {one.moid: one.name for one in machines}
    for _ in range(3):  # a name may look like another's name with id
        often = Counter(names.values())
        if len(often) == len(names):
            break
        names = {moid: f"{name} ({moid})" if often[name] > 1 else name for moid, name in names.items()}
    return names


def _trouble(one: VmRef, hosts: Mapping[str, HostRef]) -> Trouble | None:
    """Why what is stored of a machine must not be judged, None when it may be."""
    host = hosts.get(one.host)
    if not one.state:
        return "refused", "its name or connection state could not be read: the account lacks System.Read on it"
    if one.state != "connected":
        why = _STATES.get(one.state, "this state is not known")
        return "unreachable", f"it is shown as {one.state[:40]}: {why}; what is stored of it is not judged"
    if host and host.state != "connected":
        state = host.state or "of unknown state"
        return "unreachable", f"its host {host.name} is shown as {state}: what is stored of it is not judged"
    return None


def _without_configuration(item: Content) -> Trouble | None:
    """A machine of which no configuration came at all, though nothing was refused: it is being made, or broken."""
    told = (*item["props"], *item["errors"])
    if any(path.startswith("config.") for path in told):
        return None
    return "unreadable", "no configuration is shown of it: it is being created, or its configuration file is broken"


def _groups(props: Mapping[str, Any]) -> set[str]:
    devices = props.get("config.hardware.device") or []
    keys = (((one.get("backing") or {}).get("port") or {}).get("portgroupKey") for one in devices)
    return {str(key) for key in keys if key}
