"""Facts that the operation of hosts asks for, most of them derived from others: places, names, images, licences."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from auditor.collectors.vsphere.draft import Draft, Missing, record, rows

_LOOPBACK = re.compile(r"^(127\.|::1$|::ffff:127\.|localhost$)")
_ENDPOINT = re.compile(r"^(?P<host>.*):(?P<port>\d{1,5})$")
_EVALUATION = "eval"


def read_operations(draft: Draft) -> None:
    """After all other parts, of which some are completed here."""

    def answer(name: str) -> Any:
        calls, errors = record(draft.body.get("calls")), record(draft.body.get("call_errors"))
        if name not in calls:
            raise Missing(str(errors.get(name) or "the host was not asked"))
        return calls[name]

    def esxcli(command: str) -> list[Mapping[str, Any]]:
        shown, found = f"esxcli {command.replace('.', ' ')}", draft.body.get("esxcli")
        if found is None:
            raise Missing(f"{shown} is not read: it needs `esxcli: true` on the source")
        errors, answers = record(record(found).get("errors")), record(record(found).get("answers"))
        if not answers.get(command):
            raise Missing(f"{shown}: {errors.get(command) or 'no answer'}")
        return rows(answers[command])

    depths = partial(_depths, esxcli)
    for path, complete in (
        ("vmkernel", _places),
        ("port_groups", _orders),
        ("pnics", _drivers),
        ("multipath", depths),
    ):
        draft.part(path, draft.sources.get(path, ""), partial(_completed, draft, path, complete))
    draft.part("arrays", "derived from multipath", lambda: _arrays(draft))
    draft.part("queue_depths", "derived from multipath", lambda: _all_depths(draft))
    draft.part("dns.fqdn", "derived from dns", lambda: _fqdn(draft))
    draft.part("dns.known_by_fqdn", "derived from dns and HostSystem.name", lambda: _known(draft))
    draft.part("ad.dns_in_domain", "derived from dns and ad", lambda: _in_domain(draft))
    draft.part("firewall.open_ports", "derived from firewall.rulesets", lambda: _open_ports(draft))
    draft.part("time.off_by_seconds", "HostDateTimeSystem.QueryDateTime", lambda: _off(answer("clock")))
    draft.part("stores", "Datastore.summary", lambda: _stores(draft))
    draft.part("image.profile", "HostImageConfigManager.HostImageConfigGetProfile", lambda: answer("image").get("name"))
    draft.part(
        "image.vendor",
        "HostImageConfigManager.HostImageConfigGetProfile",
        lambda: answer("image").get("vendor") or None,
    )
    draft.part("image.packages", "derived from packages", lambda: _installed(draft))
    draft.part(
        "image.digest",
        "derived from packages",
        lambda: hashlib.sha256("\n".join(_installed(draft)).encode()).hexdigest(),
    )
    draft.part("licence", "LicenseAssignmentManager.QueryAssignedLicenses", lambda: _licence(draft))
    draft.part(
        "boot_device", "esxcli storage core device list", lambda: _boot_device(esxcli("storage.core.device.list"))
    )
    draft.part(
        "listening", "esxcli network ip connection list", lambda: _listening(esxcli("network.ip.connection.list"))
    )


def _completed(draft: Draft, path: str, complete: Callable[[Draft], None]) -> Any:
    _needed(draft, path)
    complete(draft)
    return draft.facts.get(path)


def _needed(draft: Draft, *paths: str) -> None:
    for path in paths:
        if path in draft.gaps:
            raise Missing(draft.gaps[path])


def _places(draft: Draft) -> None:
    """Where each VMkernel adapter is."""
    known, standalone = record(draft.body.get("dv_groups")), bool(draft.body.get("standalone"))
    groups = record(draft.facts.get("port_groups"))
    for device, nic in record(draft.facts.get("vmkernel")).items():
        if nic.get("port_group"):
            nic["network"] = nic["port_group"]
            nic["switch"] = record(groups.get(nic["port_group"])).get("vswitch")
        elif nic.get("dvport_group"):
            place = record(known.get(nic["dvport_group"]))
            if not place:
                why = "only its vCenter knows" if standalone else "the account may not see"
                for name in ("network", "switch", "vlan", "on_networks", "on_switches", "on_vlans"):
                    draft.gap(f"vmkernel[{device}].{name}", f"it is on a distributed switch, whose groups {why}")
                continue
            nic["network"], nic["switch"], nic["vlan"] = place.get("name"), place.get("switch"), place.get("vlan")
        if f"vmkernel[{device}].services" in draft.gaps:
            for name in ("on_networks", "on_switches", "on_vlans"):
                draft.gap(f"vmkernel[{device}].{name}", draft.gaps[f"vmkernel[{device}].services"])
            continue
        vlan = "trunk" if nic.get("vlan") is None else nic["vlan"]
        for name, value in (
            ("on_networks", nic.get("network")),
            ("on_switches", nic.get("switch")),
            ("on_vlans", vlan),
        ):
            nic[name] = [f"{service}={value}" for service in nic.get("services") or []]


def _orders(draft: Draft) -> None:
    for name, group in record(draft.facts.get("port_groups")).items():
        team = record(group.get("teaming"))
        group["nic_order"] = f"{name}={','.join(team.get('active') or [])}/{','.join(team.get('standby') or [])}"


def _drivers(draft: Draft) -> None:
    for nic in record(draft.facts.get("pnics")).values():
        if nic.get("driver") and nic.get("driver_version"):
            nic["driver_set"] = f"{nic['driver']}={nic['driver_version']}/{nic.get('firmware') or ''}"


def _depths(esxcli: Callable[[str], list[Mapping[str, Any]]], draft: Draft) -> None:
    """Where the bulk answer shows no queue depth, esxcli's, if it was asked."""
    units = record(draft.facts.get("multipath"))
    if all(unit.get("queue_depth") is not None for unit in units.values()):
        return
    try:
        devices = esxcli("storage.core.device.list")
    except (Missing, TypeError):
        return  # it costs nothing of what bulk has shown
    for one in devices:
        unit, depth = units.get(str(one.get("Device"))), str(one.get("DeviceMaxQueueDepth") or "")
        if unit is not None and unit.get("queue_depth") is None and re.fullmatch(r"[0-9]{1,6}", depth):
            unit["queue_depth"] = int(depth)


def _arrays(draft: Draft) -> dict[str, Any]:
    """Disks by vendor. A disk that does not say whether it is inside the host counts."""
    _needed(draft, "multipath")
    out: dict[str, Any] = {}
    for unit in record(draft.facts.get("multipath")).values():
        if unit.get("vendor") and not unit.get("local"):
            found = out.setdefault(str(unit["vendor"]), {"policies": set(), "queue_depths": set()})
            found["policies"] |= {unit["policy"]} if unit.get("policy") else set()
            found["queue_depths"] |= {unit["queue_depth"]} if unit.get("queue_depth") else set()
    return {vendor: {name: sorted(values) for name, values in one.items()} for vendor, one in sorted(out.items())}


def _all_depths(draft: Draft) -> list[int]:
    _needed(draft, "multipath", "arrays")
    arrays = record(draft.facts.get("arrays")).values()
    return sorted({depth for one in arrays for depth in one["queue_depths"]})


def _fqdn(draft: Draft) -> str | None:
    _needed(draft, "dns")
    dns = record(draft.facts.get("dns"))
    host, domain = (str(dns.get(part) or "").strip(".").lower() for part in ("hostname", "domain"))
    if "." in host and (not domain or host.endswith(f".{domain}")):
        return host  # some put the full name where the short one belongs
    return f"{host}.{domain}" if host and domain else None


def _known(draft: Draft) -> bool | None:
    _needed(draft, "dns", "name")
    if draft.body.get("standalone"):
        return None
    return str(draft.facts.get("name") or "").lower().rstrip(".") == (_fqdn(draft) or " ")


def _in_domain(draft: Draft) -> bool | None:
    _needed(draft, "dns", "ad")
    directory = record(draft.facts.get("ad"))
    if not directory.get("joined"):
        return None
    mine, joined = (
        str(one or "").strip(".").lower() for one in (record(draft.facts.get("dns")).get("domain"), directory["domain"])
    )
    return mine == joined or mine.endswith(f".{joined}")


def _open_ports(draft: Draft) -> list[str]:
    _needed(draft, "firewall", "firewall.rulesets")
    sets = record(record(draft.facts.get("firewall")).get("rulesets")).values()
    return sorted({port for one in sets if one.get("enabled") for port in one.get("ports") or []})


def _off(clock: Mapping[str, Any]) -> int:
    return round(abs(float(clock["offset"])))


def _stores(draft: Draft) -> dict[str, Any]:
    _needed(draft, "datastores")
    if draft.body.get("stores") is None:
        raise Missing("what kind of datastores they are was not read")
    short = str(record(draft.facts.get("dns")).get("hostname") or draft.facts.get("name") or "").partition(".")[0]
    generic = re.compile(rf"(?<![A-Za-z0-9]){re.escape(short)}(?![A-Za-z0-9])", re.IGNORECASE) if short else None
    out: dict[str, Any] = {}
    for name, store in record(draft.body["stores"]).items():
        shared = store.get("shared")
        out[str(name)] = {
            "type": store.get("type"),
            "local": None if shared is None else not shared,
            "generic_name": generic.sub("{host}", str(name)) if generic else str(name),
        }
        if shared is None:
            draft.gap(f"stores[{name}].local", "the datastore does not say whether other hosts see it")
    return out


def _installed(draft: Draft) -> list[str]:
    _needed(draft, "packages")
    return sorted(f"{name}={one.get('version')}" for name, one in record(draft.facts.get("packages")).items())


def _licence(draft: Draft) -> dict[str, Any]:
    found = draft.body.get("licence")
    if found is None:
        raise Missing(str(draft.body.get("licence_error") or "the licence was not read"))
    mine = record(found)
    edition = str(mine.get("edition") or "")
    return {"edition": edition or None, "name": mine.get("name") or None, "evaluation": edition.startswith(_EVALUATION)}


def _boot_device(devices: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    marked = [one for one in devices if str(one.get("IsBootDevice")).lower() == "true"]
    if not marked:
        return None  # started over the network
    one = marked[0]
    yes = {name: str(one.get(name)).lower() == "true" for name in ("IsUSB", "IsLocal", "IsSSD")}
    return {
        "name": one.get("Device"),
        "vendor": str(one.get("Vendor") or "").strip() or None,
        "model": str(one.get("Model") or "").strip() or None,
        "kind": "usb" if yes["IsUSB"] else "local" if yes["IsLocal"] else "remote",
        "ssd": yes["IsSSD"],
    }


def _listening(connections: list[Mapping[str, Any]]) -> list[str]:
    """TCP in state LISTEN and UDP without a peer; what only the host itself can reach is left out."""
    out = set()
    for one in rows(connections):
        protocol = str(one.get("Proto") or "").strip().lower()
        local, peer = (_ENDPOINT.match(str(one.get(f"{side}Address") or "").strip()) for side in ("Local", "Foreign"))
        if not local or _LOOPBACK.match(local["host"]):
            continue
        waiting = str(one.get("State") or "").strip().upper() == "LISTEN"
        if waiting or (protocol.startswith("udp") and peer and peer["port"] == "0"):
            out.add(f"{protocol[:3]}/{int(local['port'])}")
    return sorted(out)
