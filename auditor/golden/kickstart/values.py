"""Values of options as the facts hold them: numbers, booleans, and the words of each tool as those of the API."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, ip_address, ip_interface
from typing import Any

from auditor.golden.kickstart.marks import Open, marked


class Refused(ValueError):
    """A line that cannot be interpreted, with the reason."""


Kind = Callable[[str], Any]


def text(word: str) -> str:
    """Any text but none."""
    if not word:
        raise Refused("an empty value")
    return word


def anything(word: str) -> str:
    """Any text, also none."""
    return word


def matching(pattern: str, what: str) -> Kind:
    """A text of a form."""
    form = re.compile(pattern)

    def read(word: str) -> str:
        if not form.fullmatch(word):
            raise Refused(f"not {what}")
        return word

    return read


def between(low: int, high: int) -> Kind:
    """A whole number within bounds."""

    def read(word: str) -> int:
        if not re.fullmatch(r"-?\d{1,19}", word) or not low <= int(word) <= high:
            raise Refused(f"not a whole number from {low} to {high}")
        return int(word)

    return read


def one_of(**words: Any) -> Kind:
    """A word of the tool and what it is among the facts; letter case does not matter."""

    def read(word: str) -> Any:
        if word.lower() not in words:
            raise Refused(f"none of {', '.join(words)}")
        return words[word.lower()]

    return read


def boolean(word: str) -> bool:
    """true, yes, on and 1; false, no, off and 0."""
    if word.lower() in ("true", "yes", "on", "1"):
        return True
    if word.lower() in ("false", "no", "off", "0"):
        return False
    raise Refused("neither true nor false")


def address(word: str) -> str:
    """An IP address."""
    try:
        return str(ip_address(word))
    except ValueError:
        raise Refused("no IP address") from None


def mask(word: str) -> str:
    """A network mask of IPv4."""
    try:
        IPv4Network(f"0.0.0.0/{word}")
    except ValueError:
        raise Refused("no network mask") from None
    return word


def network(word: str) -> str:
    """An address, or a network as address/length."""
    try:
        found = ip_interface(word)
    except ValueError:
        raise Refused("no address or network") from None
    single = found.network.prefixlen == found.max_prefixlen
    return str(found.ip) if single else f"{found.network}"


def level(word: str) -> str:
    """An acceptance level by the name of the API."""
    names = {"vmwarecertified": "vmware_certified", "vmwareaccepted": "vmware_accepted", "partnersupported": "partner"}
    return str(one_of(**names, communitysupported="community")(word))


_TRAFFIC = (
    "management", "vmotion", "vsan", "vsanWitness", "faultToleranceLogging", "vSphereReplication",
    "vSphereReplicationNFC", "vSphereProvisioning", "vSphereBackupNFC", "nvmeTcp", "nvmeRdma",
)  # fmt: skip
TEAMING = {
    "portid": "loadbalance_srcid", "iphash": "loadbalance_ip", "mac": "loadbalance_srcmac",
    "explicit": "failover_explicit",
}  # fmt: skip
KINDS: dict[str, Kind] = {
    "text": text,
    "anything": anything,
    "int": between(0, 2**63 - 1),
    "mtu": between(1280, 9216),
    "vlan": between(0, 4095),
    "bool": boolean,
    "nic": matching(r"vmnic\d{1,4}", "an adapter (vmnicN)"),
    "vmk": matching(r"vmk\d{1,4}", "a VMkernel adapter (vmkN)"),
    "vmhba": matching(r"vmhba\d{1,4}", "a storage adapter (vmhbaN)"),
    "disk": matching(r"(naa|eui|t10|mpx)\.\S+", "a disk (naa...)"),
    "psp": matching(r"[A-Z][A-Z0-9_]*_PSP_[A-Z0-9_]+", "a path policy (..._PSP_...)"),
    "satp": matching(r"[A-Z][A-Z0-9_]*_SATP_[A-Z0-9_]+", "an array type (..._SATP_...)"),
    "host": matching(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:]+", "a host name or address"),
    "word": matching(r"[\w.:+-]+", "one plain word"),
    "option": matching(r"/?[A-Za-z][\w-]*(?:[/.][\w-]+)+", "the path of an option"),
    "ip": address,
    "address": lambda word: "dhcp" if word.lower() == "dhcp" else address(word),
    "mask": mask,
    "net": network,
    "level": level,
    "cdp": one_of(both="both", listen="listen", advertise="advertise", down="none"),
    "teaming": one_of(**TEAMING),
    "nicteaming": one_of(**{value: value for value in TEAMING.values()}),
    "detection": one_of(link=False, beacon=True),
    "addressing": one_of(dhcp=True, static=False, none=False),
    "ipv4": one_of(dhcp=True, static=False),
    "traffic": one_of(**{one.lower(): one for one in _TRAFFIC}),
    "chap": one_of(
        prohibited="chapProhibited", discouraged="chapDiscouraged", preferred="chapPreferred", required="chapRequired"
    ),
    "direction": one_of(uni="chap", mutual="mutual_chap"),
    "role": one_of(
        admin="accessAdmin", readonly="accessReadOnly", noaccess="accessNoAccess", **{"read-only": "accessReadOnly"}
    ),
    "protection": one_of(none="none", tpm="tpm"),
    "source": one_of(cdrom="cdrom", nfs="nfs", url="url", usb="usb"),
    "duplex": one_of(full="full", half="half"),
}
LISTS = {"nics": "nic", "hosts": "host", "ips": "ip"}  # members between commas


def value(kind: str, word: str) -> Any:
    """What a word means; Open where something in it is open. Raises Refused."""
    if kind in LISTS:
        if not word:
            return []
        found = [value(LISTS[kind], one) for one in word.split(",")]
        return found[0] if len(found) == 1 and isinstance(found[0], Open) else found
    if kind not in ("text", "anything") and len(word) > 1000:
        raise Refused("an endless value")
    return Open(word) if marked(word) else KINDS[kind](word)
