"""Address match lists of BIND: whom a list lets in that nobody named. The first element that fits decides."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.collectors.linux.namedconf import Statement

_WIDE = {4: 8, 6: 16}  # a prefix shorter than this, in public space, lets in more than anybody can know
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class MatchList:
    """`stranger`: an address that no element names gets in. `by_address`: some address gets in without a key."""

    stranger: bool
    by_address: bool
    words: tuple[str, ...]


Acls = Mapping[str, list[Statement]]


def judge(elements: list[Statement], acls: Acls) -> MatchList:
    """What a list comes to. A name that no acl has counts as one that lets a stranger in."""
    words = tuple(_words(one) for one in elements)[:200]
    return MatchList(_walk(elements, acls, 0) is True, _addresses(elements, acls, 0), words)


def _words(one: Statement) -> str:
    if one.blocks:
        return " ".join([*one.words, "{", *(_words(part) + ";" for part in one.body[:20]), "}"])
    return " ".join(one.words)


def _split(one: Statement) -> tuple[bool, list[str]]:
    words = list(one.words)
    negated = bool(words) and words[0].startswith("!")
    if negated:
        words[0] = words[0][1:]
    return negated, [word for word in words if word]


def _walk(elements: list[Statement], acls: Acls, depth: int) -> bool | None:
    """True: a stranger is let in. False: it is turned away. None: nothing fits."""
    for one in elements:
        negated, words = _split(one)
        fits = _fits(one, words, acls, depth)
        if fits is True:
            return not negated
        if fits is False and not negated:
            return False  # `none`, or an acl that turns the stranger away
    return None


def _fits(one: Statement, words: list[str], acls: Acls, depth: int) -> bool | None:
    if depth > _ROUNDS:
        return True
    if one.blocks:
        return True if _walk(one.body, acls, depth + 1) is True else None
    word = words[0].lower() if words else ""
    if word == "any":
        return True
    if word == "none":
        return False
    if word in ("", "localhost", "localnets", "key", "geoip", "ecs"):
        return None
    if word in acls:
        return True if _walk(acls[word], acls, depth + 1) is True else None
    return True if _network(word) is None or _is_wide(word) else None


def _network(word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    address, slash, length = word.partition("/")
    if "." in address and ":" not in address:
        address = ".".join((address.split(".") + ["0"] * 3)[:4])  # `10/8` and `192.168/16` are written so
    elif address.isdecimal() and slash:
        address = f"{address}.0.0.0"
    try:
        return ipaddress.ip_network(address.split("%")[0] + slash + length, strict=False)
    except ValueError:
        return None


def _is_wide(word: str) -> bool:
    network = _network(word)
    return network is not None and network.prefixlen < _WIDE[network.version] and not network.is_private


def _addresses(elements: list[Statement], acls: Acls, depth: int) -> bool:
    """Whether the list lets anybody in without a key."""
    for one in elements:
        negated, words = _split(one)
        word = words[0].lower() if words else ""
        if word == "none" and not negated:
            return False
        if word == "any" and negated:
            return False
        if negated or word in ("key", "none", "geoip"):
            continue
        inner = one.body if one.blocks else acls.get(word)
        if inner is None or depth > _ROUNDS or _addresses(inner, acls, depth + 1):
            return True
    return False


def is_loopback(word: str) -> bool:
    """Whether an address or its word means this host only."""
    network = _network(word)
    return word.lower() in ("localhost", "none") or (network is not None and network.is_loopback)
