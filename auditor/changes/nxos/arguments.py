"""Arguments of NX-OS commands: what a device takes, and how it writes it."""

import ipaddress
import re
from collections.abc import Callable, Iterator

MAX_RANGE = 4096  # interfaces that one line may name
_RANGE = re.compile(r"(\d{1,10})-(\d{1,10})")
_PORT = re.compile(r"([A-Za-z-]+) *(\d[\d/.]*(?:\.\d+)?)")
_KINDS = {
    "ethernet": "Ethernet",
    "vethernet": "Vethernet",
    "port-channel": "port-channel",
    "vlan": "Vlan",
    "loopback": "loopback",
    "mgmt": "mgmt",
    "control": "control",
    "tunnel": "Tunnel",
    "nve": "nve",
}
_PART = re.compile(
    r"(?:(?P<kind>[A-Za-z-]+) *)?(?P<first>\d{1,4}(?:/\d{1,4}){0,2}(?:\.\d{1,4})?)(?: *- *(?P<last>[\d/.]{1,15}))?"
)


def named(argument: str) -> str:
    """An argument in words."""
    if argument == "vlan":
        return "a VLAN (1-4094)"
    if argument == "vlans":
        return "VLANs (10,20-30)"
    if _RANGE.fullmatch(argument):
        return f"a number ({argument})"
    if "|" in argument:
        return "one of " + ", ".join(argument.split("|"))
    return {"host": "an address or name", "address": "an address", "word": "a word"}.get(argument, argument)


def check(name: str) -> Callable[[str], str]:
    """A function that gives the argument as the device writes it; it raises ValueError for what no device takes."""
    if found := _RANGE.fullmatch(name):
        return _number(int(found[1]), int(found[2]))
    if "|" in name:
        return _choice(name.split("|"))
    return {"vlan": _number(1, 4094), "vlans": _vlans, "address": _address, "port": port_name, "decimal": _decimal}.get(
        name, _word
    )


def _word(text: str) -> str:
    return text


def _number(low: int, high: int) -> Callable[[str], str]:
    def checked(text: str) -> str:
        if not (text.isascii() and text.isdecimal() and len(text) < 11 and low <= int(text) <= high):
            raise ValueError(f"`{text[:40]}` is no number from {low} to {high}")
        return str(int(text))

    return checked


def _choice(words: list[str]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        found = [text] if text in words else [word for word in words if word.startswith(text)]
        if len(found) != 1:
            raise ValueError(f"`{text[:40]}` is none of {', '.join(words)}")
        return found[0]

    return checked


def _decimal(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,2})?", text) or float(text) > 100:
        raise ValueError(f"`{text[:40]}` is no share from 0 to 100")
    return f"{float(text):.2f}"


def _vlans(text: str) -> str:
    for part in text.split(","):
        low, dash, high = part.partition("-")
        for number in (low, *([high] if dash else [])):
            if not (number.isascii() and number.isdecimal() and len(number) < 6 and 1 <= int(number) <= 4094):
                raise ValueError(f"`{text[:40]}` is no list of VLANs from 1 to 4094")
        if dash and int(low) > int(high):
            raise ValueError(f"`{part[:40]}` runs backwards")
    return text


def _address(text: str) -> str:
    bare = text.partition("/")[0]
    try:
        ipaddress.ip_address(bare)
        if "/" in text:
            ipaddress.ip_interface(text)
    except ValueError:
        raise ValueError(f"`{text[:60]}` is no address") from None
    return text


def port_name(text: str) -> str:
    """The name of one interface as the device writes it: `eth1/1` is Ethernet1/1. Raises ValueError."""
    names = list(port_names(text))
    if len(names) != 1:
        raise ValueError(f"`{text[:60]}` is no single interface")
    return names[0]


def port_names(text: str) -> Iterator[str]:
    """The interfaces of `Ethernet1/1-4, Ethernet1/7`, as the device writes them. Raises ValueError."""
    kind, count = "", 0
    for part in text.split(","):
        found = _PART.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"`{text.strip()[:60]}` is no interface")
        kind = _kind(found["kind"]) if found["kind"] else kind
        if not kind:
            raise ValueError(f"`{text.strip()[:60]}` is no interface")
        for number in _numbers(found["first"], found["last"], text):
            count += 1
            if count > MAX_RANGE:
                raise ValueError(f"more than {MAX_RANGE} interfaces in one line")
            if kind == "Vlan" and not 1 <= int(number.partition(".")[0]) <= 4094:
                raise ValueError(f"`{number[:20]}` is no VLAN from 1 to 4094")
            yield kind + number


def _kind(typed: str) -> str:
    small = typed.lower()
    found = [small] if small in _KINDS else [name for name in _KINDS if name.startswith(small)]
    if small == "po":
        found = ["port-channel"]
    if len(found) != 1 or (len(small) < 2 and small != "e"):
        raise ValueError(f"`{typed[:40]}` is no kind of interface")
    return _KINDS[found[0]]


def _numbers(first: str, last: str | None, text: str) -> Iterator[str]:
    if last is None:
        yield first
        return
    head, slash, low = first.rpartition("/")
    tail = last.rpartition("/")
    if (tail[0] and tail[0] != head) or "." in first or not (low.isdecimal() and tail[2].isdecimal()):
        raise ValueError(f"`{text.strip()[:60]}` is no range of interfaces")
    if int(low) > int(tail[2]):
        raise ValueError(f"`{text.strip()[:60]}` runs backwards")
    if int(tail[2]) - int(low) > MAX_RANGE:
        raise ValueError(f"more than {MAX_RANGE} interfaces in one line")
    for number in range(int(low), int(tail[2]) + 1):
        yield f"{head}{slash}{number}"
