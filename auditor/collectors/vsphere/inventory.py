"""Who is there: one container view over everything that is read later, listed by reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere.decode import NS, Decode, content, text
from auditor.collectors.vsphere.schema import CLUSTER, DATASTORE, HOST_LIST
from auditor.collectors.vsphere.schema_vm import VM_LIST
from auditor.collectors.vsphere.session import BROKEN, Session

_PC: Any = vmodl.query.PropertyCollector
_vim: Any = vim
_NAME: Mapping[str, Decode] = {"name": text}
_PAGE = 500  # objects asked for in one answer; a vCenter may give fewer, and then a token
_MAX_PAGES = 100_000  # against a server that never stops giving tokens


@dataclass(frozen=True, slots=True)
class HostRef:
    """A host in the list: its id, its name (unique here), its parent and how vCenter is connected to it."""

    moid: str
    name: str
    parent: str  # "" when it could not be read
    state: str
    in_cluster: bool = False


@dataclass(frozen=True, slots=True)
class VmRef:
    """A virtual machine in the list. `host` and `state` are "" when they could not be read."""

    moid: str
    name: str
    host: str
    state: str


@dataclass(slots=True)
class Listing:
    """What was listed, by id."""

    hosts: dict[str, HostRef] = field(default_factory=dict)
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    datastores: dict[str, dict[str, Any]] = field(default_factory=dict)
    switches: dict[str, tuple[str, str]] = field(default_factory=dict)  # (name, exact type)
    port_groups: list[str] = field(default_factory=list)
    dv_groups: dict[str, dict[str, Any]] = field(default_factory=dict)  # {"name", "switch", "vlan"} by group key
    licences: dict[str, Any] = field(default_factory=dict)
    port_group_names: dict[str, str] = field(default_factory=dict)
    machines: dict[str, VmRef] = field(default_factory=dict)
    vms: int | None = None  # None: nobody asked for them
    unnamed: list[str] = field(default_factory=list)  # hosts whose name or state the account may not read


def list_inventory(session: Session, vms: bool) -> Listing:
    """Everything the account may see. Raises what `Session.attempt` raises."""
    kinds = {
        "HostSystem": (_vim.HostSystem, HOST_LIST),
        "ClusterComputeResource": (_vim.ClusterComputeResource, CLUSTER),
        "Datastore": (_vim.Datastore, DATASTORE),
        "DistributedVirtualSwitch": (_vim.DistributedVirtualSwitch, _NAME),
        "DistributedVirtualPortgroup": (_vim.dvs.DistributedVirtualPortgroup, _NAME),
    }
    if vms:
        kinds["VirtualMachine"] = (_vim.VirtualMachine, VM_LIST)
    listing = Listing(vms=0 if vms else None)
    for found in session.attempt(lambda: _through_view(session, kinds)):
        _enter(listing, found)
    return listing


def list_hosts(session: Session, vms: bool = False) -> Listing:
    """The hosts alone (and machines, if wanted), with the connection state of this moment."""
    kinds: dict[str, tuple[Any, Mapping[str, Decode]]] = {"HostSystem": (_vim.HostSystem, HOST_LIST)}
    if vms:
        kinds["VirtualMachine"] = (_vim.VirtualMachine, VM_LIST)
    listing = Listing(vms=0 if vms else None)
    for found in session.attempt(lambda: _through_view(session, kinds)):
        _enter(listing, found)
    return listing


def retrieve(
    session: Session, filter_spec: Any, schemas: Mapping[str, Mapping[str, Decode]], page: int
) -> list[dict[str, Any]]:
    """All objects of one retrieval, following its tokens; each object once. Raises what a call raises.

    Tokens work once and die with their session, so a retry begins again with this function.
    """
    collector, stub = session.content.propertyCollector, session.stub
    body = stub.request(collector, "RetrievePropertiesEx", ([filter_spec], _PC.RetrieveOptions(maxObjects=page)))
    found: dict[str, dict[str, Any]] = {}
    for _ in range(_MAX_PAGES):
        result = stub.bulk(body)
        if result is None:
            break
        for element in result.iterfind(NS + "objects"):
            reference = element.find(NS + "obj")
            kind = reference.get("type", "") if reference is not None else ""
            item = content(element, schemas.get(kind) or schemas.get(_general(kind)) or {})
            found[item["id"]] = item
        token = result.findtext(NS + "token")
        if not token:
            break
        body = stub.request(collector, "ContinueRetrievePropertiesEx", (token,))
    return list(found.values())


def filter_for(kind: Any, moids: Sequence[str], paths: Sequence[str]) -> Any:
    """A filter for the given objects and paths."""
    return _PC.FilterSpec(
        propSet=[_PC.PropertySpec(type=kind, pathSet=list(paths), all=False)],
        objectSet=[_PC.ObjectSpec(obj=kind(moid), skip=False) for moid in moids],
    )


def _through_view(session: Session, kinds: Mapping[str, tuple[Any, Mapping[str, Decode]]]) -> list[dict[str, Any]]:
    view = session.content.viewManager.CreateContainerView(
        session.content.rootFolder, [kind for kind, _ in kinds.values()], True
    )
    try:
        spec = _PC.FilterSpec(
            propSet=[_PC.PropertySpec(type=kind, pathSet=list(paths), all=False) for kind, paths in kinds.values()],
            objectSet=[
                _PC.ObjectSpec(
                    obj=view,
                    skip=True,
                    selectSet=[_PC.TraversalSpec(name="view", type=_vim.view.ContainerView, path="view", skip=False)],
                )
            ],
        )
        return retrieve(session, spec, {name: schema for name, (_, schema) in kinds.items()}, _PAGE)
    finally:
        try:
            view.DestroyView()  # a view left behind costs the vCenter memory until the session ends
        except (*BROKEN, vmodl.MethodFault):
            pass


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:200]


def _general(kind: str) -> str:
    return "DistributedVirtualSwitch" if kind == "VmwareDistributedVirtualSwitch" else kind


def _enter(listing: Listing, found: dict[str, Any]) -> None:
    moid, kind, props = found["id"], _general(found["type"]), found["props"]
    name = _printable(str(props.get("name") or moid))
    if kind == "HostSystem":
        if any(host.name == name for host in listing.hosts.values()):
            name = f"{name} ({moid})"
        if "name" not in props or "runtime.connectionState" not in props:
            listing.unnamed.append(moid)
        parent = props.get("parent") or {}
        listing.hosts[moid] = HostRef(
            moid,
            name,
            parent.get("id", ""),
            props.get("runtime.connectionState", ""),
            parent.get("type") == "ClusterComputeResource",
        )
    elif kind == "ClusterComputeResource":
        listing.clusters[moid] = found
    elif kind == "Datastore":
        listing.datastores[moid] = found
    elif kind == "DistributedVirtualSwitch":
        if any(other == name for other, _ in listing.switches.values()):
            name = f"{name} ({moid})"  # switches of two data centres may be called the same
        listing.switches[moid] = (name, found["type"])
    elif kind == "DistributedVirtualPortgroup":
        listing.port_groups.append(moid)
        listing.port_group_names[moid] = name
    elif kind == "VirtualMachine" and listing.vms is not None:
        listing.vms += 1
        state = props.get("runtime.connectionState", "") if "name" in props else ""
        listing.machines[moid] = VmRef(moid, name, props.get("runtime.host", ""), state)
