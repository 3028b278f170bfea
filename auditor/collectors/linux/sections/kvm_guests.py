"""Guests and networks in libvirt's own files. Source: libvirt's domain and network XML format pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from auditor.facts.linux_virtual import Disk, Domain, Graphics, Nic, VirtualNetwork

_PARAVIRTUAL = re.compile(r"^virtio(?:-net(?:-pci|-ccw|-device)?|-transitional|-non-transitional)?$")
_LOOPBACK = re.compile(r"^(?:127\.[\d.]+|::1|localhost)$")
_LIMIT = 1000  # guests


class BadXml(Exception):
    """A file that is no XML, with its path and line."""


@dataclass(slots=True)
class Guests:
    """What the files of guests say, by the keys of `Kvm`."""

    domains: dict[str, Domain] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)
    nics: dict[str, Nic] = field(default_factory=dict)
    graphics: dict[str, Graphics] = field(default_factory=dict)


def parse(text: str, path: str) -> Any:
    """The root element. Nothing outside the file is fetched, and no entity is expanded. Raises BadXml."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as why:
        raise BadXml(f"{path}: {why}"[:300]) from why
    if "<!DOCTYPE" in text:
        raise BadXml(f"{path}: a document type has no place in a file of libvirt")
    return root


def network(root: Any, name: str, autostart: bool) -> VirtualNetwork:
    """A virtual network."""
    forward, bridge = root.find("forward"), root.find("bridge")
    return VirtualNetwork(
        autostart=autostart,
        forward=None if forward is None else str(forward.get("mode", "nat"))[:20],
        bridge=None if bridge is None or not bridge.get("name") else str(bridge.get("name"))[:60],
    )


def add_guest(found: Guests, root: Any, name: str, autostart: bool, qemu: Mapping[str, Any]) -> None:
    """A guest's file, put into `found`. `qemu` is qemu.conf: its defaults count where the guest says nothing."""
    if len(found.domains) >= _LIMIT:
        raise BadXml(f"more than {_LIMIT} guests: they were not looked at one by one")
    # Without a model attribute a guest is confined by the driver's default model; DAC alone is no confinement.
    labels = [one for one in root.findall("seclabel") if one.get("model") != "dac"]
    memory = root.find("memory")
    found.domains[name] = Domain(
        hugepages=root.find("memoryBacking/hugepages") is not None,
        autostart=autostart,
        confinement=str(labels[0].get("type", "dynamic"))[:20] if labels else "default",
        memory_mib=None if memory is None else _mib(memory.text or "", memory.get("unit", "KiB")),
    )
    controllers = {
        one.get("index", "0"): one.get("model", "") for one in root.findall("devices/controller[@type='scsi']")
    }
    for n, disk in enumerate(root.findall("devices/disk")):
        target = disk.find("target")
        key = str(target.get("dev"))[:40] if target is not None and target.get("dev") else str(n)
        found.disks[f"{name}/{key}"] = _disk(disk, name, controllers)
    for n, card in enumerate(root.findall("devices/interface")):
        found.nics[f"{name}/{n}"] = _nic(card, name)
    for console in root.findall("devices/graphics"):
        kind = str(console.get("type", "vnc"))[:20]
        if kind in ("vnc", "spice", "rdp"):
            found.graphics[_free(found.graphics, f"{name}/{kind}")] = _graphics(console, name, kind, qemu)


def _free(taken: Mapping[str, object], key: str) -> str:
    return key if key not in taken else f"{key}-{sum(one.startswith(key) for one in taken)}"


def _mib(text: str, unit: str) -> int | None:
    sizes = {"b": 1, "bytes": 1, "KB": 1000, "k": 1024, "KiB": 1024, "MB": 10**6, "M": 2**20, "MiB": 2**20}
    sizes |= {"GB": 10**9, "G": 2**30, "GiB": 2**30, "T": 2**40, "TiB": 2**40}
    return int(text) * sizes[unit] // 2**20 if re.fullmatch(r"\s*\d{1,15}\s*", text) and unit in sizes else None


def _disk(disk: Any, guest: str, controllers: Mapping[str, str]) -> Disk:
    target, driver, address = disk.find("target"), disk.find("driver"), disk.find("address")
    bus = target.get("bus") if target is not None else None
    controller = controllers.get(address.get("controller", "0") if address is not None else "0", "")
    return Disk(
        guest=guest,
        device=str(disk.get("device", "disk"))[:20],
        bus=str(bus)[:20] if bus else None,
        paravirtual=bus == "virtio" or (bus == "scsi" and controller.startswith("virtio")),
        cache=str(driver.get("cache", "default"))[:20] if driver is not None else "default",
    )


def _nic(card: Any, guest: str) -> Nic:
    mac, model, source = card.find("mac"), card.find("model"), card.find("source")
    kind = card.get("type", "")
    name = str(model.get("type", ""))[:30] if model is not None else ""
    return Nic(
        guest=guest,
        mac=str(mac.get("address", "")).lower()[:20] or None if mac is not None else None,
        model=name or None,
        paravirtual=bool(_PARAVIRTUAL.match(name)),
        network=str(source.get("network", ""))[:60] or None if source is not None and kind == "network" else None,
        bridge=str(source.get("bridge", ""))[:60] or None if source is not None and kind == "bridge" else None,
    )


def _graphics(console: Any, guest: str, kind: str, qemu: Mapping[str, Any]) -> Graphics:
    default = str(qemu.get(f"{kind}_listen") or "127.0.0.1")
    listens = [
        str(one.get("address") or default)[:60] if one.get("type", "address") in ("address", "network") else "none"
        for one in console.findall("listen")
    ] or [str(console.get("listen") or ("none" if console.get("socket") else default))[:60]]
    enabled = console.get("autoport") == "yes" or any(
        console.get(key) not in (None, "-1") for key in ("port", "tlsPort")
    )
    listens = [one for one in listens if one != "none"]
    return Graphics(
        guest=guest,
        type=kind,
        listen=listens,
        exposed=bool(listens) and not all(_LOOPBACK.match(one) for one in listens) and (enabled or kind != "spice"),
        password=bool(console.get("passwd") or qemu.get(f"{kind}_password")),
        tls=qemu.get(f"{kind}_tls") == 1 and (kind == "vnc" or console.get("defaultMode") == "secure"),
    )


def twins(nics: Mapping[str, Nic]) -> dict[str, list[str]]:
    """Cards by key with the keys of others that have the same MAC address."""
    by_mac: dict[str, list[str]] = {}
    for key, nic in nics.items():
        if nic.mac:
            by_mac.setdefault(nic.mac, []).append(key)
    return {key: [other for other in keys if other != key] for keys in by_mac.values() for key in keys}
