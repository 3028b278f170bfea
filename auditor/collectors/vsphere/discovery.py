"""Who stands behind a vCenter, without reading any of them: what `collect` would make targets of, by the same names.

Addresses of Linux guests are what the guests' own tools say of themselves: something to look at, and nothing to trust.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyVmomi import vim

from auditor.collectors.vsphere.clock import Deadline
from auditor.collectors.vsphere.collect import PROBLEMS
from auditor.collectors.vsphere.decode import Decode, boolean, text
from auditor.collectors.vsphere.inventory import Listing, list_inventory
from auditor.collectors.vsphere.machines import unique_names
from auditor.collectors.vsphere.options import Options
from auditor.collectors.vsphere.session import Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.tls import Peer
from auditor.collectors.vsphere.walk import Walk
from auditor.collectors.vsphere.wire import Wire
from auditor.domain import Credential, Member, Source
from auditor.errors import InputError

_vim: Any = vim
_A_CHUNK = 100
_LINUX = "linuxGuest"
_GUEST: Mapping[str, Decode] = {
    "config.template": boolean,
    "guest.guestFamily": text,
    "guest.hostName": text,
    "guest.ipAddress": text,
    "runtime.powerState": text,
}


@dataclass(frozen=True, slots=True)
class Guest:
    """A running Linux machine, with the name and the address that its guest tools tell; "" where they do not."""

    name: str
    host: str
    hostname: str
    address: str


@dataclass(frozen=True, slots=True)
class Discovered:
    """Who stands behind a vCenter now: itself, hosts, switches, and machines where the source says `vms: true`."""

    source: str
    members: tuple[Member, ...]
    guests: tuple[Guest, ...]


def discover(source: Source) -> Discovered:
    """Log in to a vCenter and list it. Raises InputError with the reason when that cannot be done as a whole."""
    deadline = Deadline(source.deadline)
    try:
        wire = Wire(source.address, source.port or 443, Peer((source.options or Options()).tls))
        try:
            session = Session(wire, source.credential or Credential(""), deadline, source.timeout)
        except BaseException:
            wire.close()
            raise
        try:
            if str(session.content.about.apiType) == "HostAgent":
                raise _refused(source, "it is a single ESXi host", "Declare it as `kind: esxi`.")
            listing = list_inventory(session, vms=True)
            if not listing.hosts:
                mend = "Its account needs the Read-only role at the root, propagated."
                raise _refused(source, "its account sees no host", mend)
            if listing.unnamed:
                mend = "Its account needs the Read-only role on every host."
                raise _refused(source, f"its account may not see the names of {len(listing.unnamed)} hosts", mend)
            return Discovered(source.name, _members(source, listing), _guests(session, listing))
        finally:
            session.close(Deadline(min(5.0, source.deadline)))
    except (*PROBLEMS, ValueError) as problem:
        reason = explain(problem)[1] if isinstance(problem, PROBLEMS) else str(problem)
        raise _refused(source, reason, "Correct it, or look again later. Nothing was written.") from None


def _refused(source: Source, what: str, mend: str) -> InputError:
    return InputError(what, where=f"source {source.name}", mend=mend)


def _members(source: Source, listing: Listing) -> tuple[Member, ...]:
    machines = unique_names(listing.machines.values()) if getattr(source.options, "vms", False) else {}
    return (
        Member(source.name, "vcenter"),
        *(Member(host.name, "esxi") for host in listing.hosts.values()),
        *(Member(name, "dvs") for name, _ in listing.switches.values()),
        *(Member(name, "vm") for name in machines.values()),
    )


def _guests(session: Session, listing: Listing) -> tuple[Guest, ...]:
    names = unique_names(listing.machines.values())
    moids = [moid for moid, one in listing.machines.items() if one.state == "connected"]
    out = []
    for found, _ in Walk(session, _vim.VirtualMachine, "VirtualMachine", _GUEST).chunks(moids, _A_CHUNK):
        for item in found:
            props = item["props"]
            if props.get("guest.guestFamily") != _LINUX or props.get("config.template"):
                continue
            if props.get("runtime.powerState") == "poweredOn":
                host = listing.hosts.get(listing.machines[item["id"]].host)
                hostname, address = props.get("guest.hostName") or "", props.get("guest.ipAddress") or ""
                out.append(Guest(names[item["id"]], host.name if host else "", str(hostname), str(address)))
    return tuple(out)
