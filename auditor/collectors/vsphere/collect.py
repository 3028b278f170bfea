"""One collection, top to bottom. It runs on a thread of its own; `fetching` is what the event loop sees.

Captures are held back until the closing check has passed: a vCenter that dies half-way has proven nothing.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere import estate
from auditor.collectors.vsphere.clock import Deadline, OutOfTime
from auditor.collectors.vsphere.esxcli import esxcli
from auditor.collectors.vsphere.events import EventLog
from auditor.collectors.vsphere.hostcalls import Pool, host_calls
from auditor.collectors.vsphere.inventory import HostRef, Listing, list_hosts, list_inventory
from auditor.collectors.vsphere.machines import Machines
from auditor.collectors.vsphere.operations import beside, licences
from auditor.collectors.vsphere.options import Options
from auditor.collectors.vsphere.packed import FORMAT, Packed
from auditor.collectors.vsphere.redact import redact_options
from auditor.collectors.vsphere.schema import HOST
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import TooOld, explain
from auditor.collectors.vsphere.tls import Peer
from auditor.collectors.vsphere.walk import Lost, Walk
from auditor.collectors.vsphere.wire import TooBig, Wire
from auditor.domain import Capture, Credential, Failure, Source

_vim: Any = vim
PROBLEMS = (*BROKEN, OutOfTime, TooBig, TooOld, Lost, vmodl.MethodFault)


class WrongKind(Exception):
    """A vCenter where a host was declared, or the other way round."""


@dataclass(slots=True)
class Collection:
    """State of one collection; `result` may be read at any time, and counts what was not finished as failed."""

    source: Source
    seconds: float
    wire: Wire | None = None
    hosts: dict[str, HostRef] = field(default_factory=dict)
    read: dict[str, Packed] = field(default_factory=dict)  # by host id
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)  # by host id: (kind, reason)
    others: list[Packed | Failure] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)  # of hosts, by id
    machines: Machines = field(init=False)
    checked: bool = False
    broken: tuple[str, str] | None = None  # the whole source: (kind, reason)
    lock: threading.Lock = field(default_factory=threading.Lock)
    work: Deadline = field(init=False)
    closing: Deadline = field(init=False)
    end: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.machines = Machines(self.source)
        reserve = min(15.0, self.seconds * 0.15)  # for the closing check and the logout
        self.work = Deadline(self.seconds - reserve)
        self.closing = Deadline(self.seconds - reserve / 3)
        self.end = Deadline(self.seconds)

    @property
    def standalone(self) -> bool:
        """Whether the source is one ESXi host."""
        return self.source.kind == "esxi"

    def run(self) -> None:
        """Do it all. Raises nothing that a peer can cause; `result` tells."""
        session = None
        try:
            session = self._open()
            self._collect(session)
        except WrongKind as problem:
            self.broken = ("unreadable", str(problem))
        except PROBLEMS as problem:
            kind, reason = ("lost", str(problem)) if isinstance(problem, Lost) else explain(problem)
            if session and not isinstance(problem, vmodl.MethodFault):
                kind, reason = "lost", f"{self._word} stopped answering during collection: {reason}"
            self.broken = (kind, reason)
        except Exception as problem:  # a fault of ours must not look like a clean source either
            self.broken = ("unreadable", f"it could not be read: {type(problem).__name__}: {str(problem)[:160]}")
        finally:
            if session:
                session.close(self.end)
            elif self.wire:
                self.wire.close()

    def cancel(self) -> None:
        """Break it off: exchanges under way end at once, what is left of the time goes to the logout."""
        self.work.shorten(0)
        self.closing.shorten(0)
        self.end.shorten(2.0)
        if self.wire:
            self.wire.abort()

    def result(self) -> Iterator[Capture | Failure]:
        """Captures and failures; when the source as a whole failed, failures only."""
        with self.lock:
            hosts, read, failed, others = dict(self.hosts), dict(self.read), dict(self.failed), list(self.others)
        name, broken = self.source.name, self.broken
        if broken is None and not self.checked:
            broken = ("timeout", "the deadline of the source came before its closing check")
        if broken:
            yield Failure(name, broken[1], None, None, broken[0])
            for host in hosts.values():
                yield Failure(name, broken[1], self._target(host), "esxi", broken[0])
            for item in others:
                yield Failure(name, broken[1], item.target, item.platform, broken[0])
            yield from self.machines.items(broken)
            return
        for moid, host in hosts.items():
            if moid in failed:
                yield Failure(name, failed[moid][1], self._target(host), "esxi", failed[moid][0])
            elif moid in read:
                yield read[moid].capture(self.source)
            else:
                yield Failure(
                    name, "the deadline of the source came before it was read", self._target(host), "esxi", "timeout"
                )
        for item in others:
            yield item if isinstance(item, Failure) else item.capture(self.source)
        yield from self.machines.items(None)

    @property
    def _word(self) -> str:
        return "the host" if self.standalone else "vCenter"

    def _target(self, host: HostRef) -> str:
        return self.source.name if self.standalone else host.name

    def _open(self) -> Session:
        source, options = self.source, self.source.options or Options()
        try:
            peer = Peer(options.tls)
        except (OSError, ValueError) as problem:
            raise WrongKind(f"the certificate file of tls cannot be used: {problem}") from problem
        self.wire = Wire(source.address, source.port or 443, peer)
        session = Session(self.wire, source.credential or Credential(""), self.work, source.timeout)
        kind = str(session.content.about.apiType)
        if (kind == "HostAgent") != self.standalone:
            session.close(self.end)
            found, right = ("a vCenter", "vcenter") if self.standalone else ("a single ESXi host", "esxi")
            raise WrongKind(f"{source.address} is {found}: declare it as `kind: {right}`")
        return session

    def _collect(self, session: Session) -> None:
        listing = list_inventory(session, bool(getattr(self.source.options, "vms", False)))
        with self.lock:
            self.hosts = dict(listing.hosts)
            self.machines.listed = dict(listing.machines)
        if not listing.hosts:
            raise WrongKind("the account sees no host: it needs the Read-only role at the root, propagated")
        try:
            listing.licences = licences(session, self.standalone)
            log = EventLog(session, self.standalone) if self.source.activity else None
            if not self.standalone:
                estate.read(session, self.source, listing, self.others, log)
            self._read_hosts(session, listing, log)
            if listing.machines:
                self.machines.collect(session, listing, self.versions)
        except OutOfTime:
            pass  # what was read by now is still checked below
        session.deadline = self.closing
        now = list_hosts(session, vms=listing.vms is not None)
        self.machines.close(now)
        self._close(now)

    def _read_hosts(self, session: Session, listing: Listing, log: EventLog | None) -> None:
        connected = []
        for moid, host in listing.hosts.items():
            if host.state == "connected":
                connected.append(moid)
            elif moid in listing.unnamed and not host.state:
                self.failed[moid] = (
                    "refused",
                    "its connection state could not be read: the account lacks System.Read on it",
                )
            else:
                self.failed[moid] = ("unreachable", _not_connected(host.state))

        def one(item: dict[str, Any]) -> None:
            try:
                packed = self._host(session, listing, item, log)
            except Exception as problem:
                with self.lock:
                    self.failed[item["id"]] = explain(problem)
            else:
                with self.lock:
                    self.read[item["id"]] = packed

        walk = Walk(session, _vim.HostSystem, "HostSystem", HOST)
        pool = Pool(one)
        try:
            for found, failed in walk.chunks(connected, getattr(self.source.options, "page_size", 20)):
                with self.lock:
                    self.failed.update(failed)
                for item in found:
                    state = item["props"].get("runtime.connectionState")
                    if state != "connected":
                        with self.lock:
                            self.failed[item["id"]] = ("unreachable", _not_connected(str(state)))
                    else:
                        self.versions[item["id"]] = _version(item)
                        pool.put(item)
        finally:
            pool.finish()

    def _host(self, session: Session, listing: Listing, item: dict[str, Any], log: EventLog | None) -> Packed:
        props, host = item["props"], listing.hosts[item["id"]]
        extra = host_calls(session, props)
        if getattr(self.source.options, "esxcli", False):
            extra["esxcli"] = esxcli(session, item["id"])
        if log:
            extra |= log.of(_vim.HostSystem, item["id"])
        if session.deadline.remaining() <= 0:
            raise OutOfTime
        if "config.option" in props:
            props["config.option"] = redact_options(props["config.option"])
        extra["options"] = redact_options(extra["options"])
        extra |= beside(listing, item["id"], props, self.standalone)
        stores = {
            moid: listing.datastores[moid]["props"].get("name")
            for moid in props.pop("datastore", [])
            if moid in listing.datastores
        }
        body = {
            "format": FORMAT,
            "moid": host.moid,
            "name": host.name,
            "standalone": self.standalone,
            "account": self.source.credential.username if self.source.credential else "",
            "api": session.stub.version,
            "cluster": listing.clusters.get(host.parent),
            "datastores": sorted(str(name) for name in stores.values() if name),
            "props": props,
            "errors": {**item["errors"], **self._unseen_cluster(host, listing)},
            **extra,
        }
        return Packed.of(self._target(host), "esxi", body)

    def _unseen_cluster(self, host: HostRef, listing: Listing) -> dict[str, str]:
        """Why the cluster of a host is not known: it is not the same as a host that is in none."""
        if self.standalone or host.parent in listing.clusters or (host.parent and not host.in_cluster):
            return {}
        what = "whether it is in a cluster" if not host.parent else "its cluster"
        return {"cluster": f"{what} could not be read: the account needs the Read-only role on it"}

    def _close(self, now: Listing) -> None:
        """Compare with what is there in the end."""
        with self.lock:
            for moid in self.hosts:
                after = now.hosts.get(moid)
                if after is None:  # the best reason for whatever else went wrong with it
                    self.failed[moid] = ("lost", f"it was removed from {self._word} during collection")
                elif moid in self.failed:
                    continue
                elif after.state != "connected":
                    self.failed[moid] = (
                        "unreachable",
                        _not_connected(after.state) + " (it was connected when it was listed)",
                    )
            for moid, host in now.hosts.items():
                if moid not in self.hosts:
                    self.hosts[moid] = host
                    self.failed[moid] = ("lost", f"it was added to {self._word} during collection and not read")
            self.checked = True


def _version(item: dict[str, Any]) -> str:
    return str((item["props"].get("config.product") or {}).get("version") or "")


def _not_connected(state: str) -> str:
    shown = state or "of unknown state"
    return f"vCenter shows it as {shown}: the values stored there are from an earlier time and are not judged"
