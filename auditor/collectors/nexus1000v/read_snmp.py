"""SNMP: communities, users, receivers, and whether a well-known community was answered."""

import re
from collections.abc import Mapping
from typing import Any

from auditor.collectors.nexus1000v.read_acls import acls_of
from auditor.collectors.nexus1000v.reading import Reading
from auditor.evidence.redaction import parse_token
from auditor.facts.nxos_access import Community, Snmp, SnmpUser, TrapReceiver

_READERS = {"network-operator", "vdc-operator"}  # any other group may write: its rules say so, or hide it
_HOST = re.compile(
    r"snmp-server host (\S+) (?:(?:traps?|informs?) )?version (1|2c|3)(?: (noauth|auth|priv))?(?: \S+)?"
    r"(?: udp-port \d+)?"
)
_OLD_HOST = re.compile(r"snmp-server host (\S+) (?:(?:traps?|informs?) )?(?!use-vrf|filter-vrf|source-interface)(\S+)")


def snmp(reading: Reading) -> dict[str, Any]:
    """The agent as configured and as it answers."""
    said: dict[str, Any] = _exposure(reading)
    if reading.running is None:
        for name in ("communities", "users", "receivers", "global_enforce_priv"):
            reading.gap(f"snmp.{name}", reading.why_not("show running-config"))
        return {"snmp": Snmp(**said)}
    said["communities"] = _communities(reading)
    said["users"] = _users(reading)
    said["receivers"] = _receivers(reading)
    said["global_enforce_priv"] = reading.flag("snmp.global_enforce_priv", "snmp-server globalEnforcePriv")
    return {"snmp": Snmp(**said)}


def _exposure(reading: Reading) -> dict[str, Any]:
    path = "snmp.default_community_answers"
    said = reading.body.get("snmp")
    said = said if isinstance(said, Mapping) else {}
    probes = [probe for probe in said.get("probes") or () if isinstance(probe, Mapping)]
    answered = sorted({_name(str(probe.get("community"))) for probe in probes if probe.get("answer") == "answered"})
    if answered:
        reading.source(path, None, "SNMP GET with well-known communities")
        return {"default_community_answers": True, "answering_communities": answered}
    alive = said.get("alive_before") is True and said.get("alive_after") is True
    if probes and alive:
        reading.source(path, None, "SNMP GET with well-known communities: silent, while the real user was answered")
        return {"default_community_answers": False, "answering_communities": []}
    reason = str(said.get("reason") or ("no community was tried" if alive else "SNMP was not asked"))[:300]
    if probes:
        reason = f"silence proves nothing, the agent was not seen alive before and after ({reason})"
    reading.gap(path, reason)
    reading.gap("snmp.answering_communities", reason)
    return {}


def _name(text: str) -> str:
    """Key of a community in the facts: its fingerprint."""
    token = parse_token(text)
    return token.digest if token else text[:64]


def _communities(reading: Reading) -> dict[str, Community]:
    found: dict[str, dict[str, Any]] = {}
    known = acls_of(reading)
    for hit in reading.hits(r"snmp-server community (\S+)(?: (.*))?"):
        name, words = _name(hit.match[1]), (hit.match[2] or "").split()
        token = parse_token(hit.match[1])
        community = found.setdefault(name, {})
        reading.sources.setdefault(f"snmp.communities[{name}]", hit.source)
        if token:
            community["known_default"] = token.known_default
        else:
            reading.gap(f"snmp.communities[{name}].known_default", "the device masks it")
        for at, word in enumerate(words):
            following = words[at + 1] if at + 1 < len(words) else ""
            if word == "group":
                community |= {"group": following, "writable": following not in _READERS}
            elif word in ("ro", "rw"):
                community |= {"group": word, "writable": word == "rw"}
            elif word in ("use-acl", "use-ipv4acl", "use-ipv6acl") and following:
                exists = following in known and community.get("acl_exists", True)  # one for each protocol
                community |= {"acl": following, "acl_exists": exists}
    return {name: Community(**community) for name, community in found.items()}


def _users(reading: Reading) -> dict[str, SnmpUser]:
    found: dict[str, dict[str, Any]] = {}
    for hit in reading.hits(r"snmp-server user (\S{1,64})(?: (.*))?"):
        name, words = hit.match[1], (hit.match[2] or "").split()
        user = found.setdefault(name, {"groups": set()})
        reading.sources.setdefault(f"snmp.users[{name}]", hit.source)
        if words and words[0] not in ("auth", "enforcePriv", "use-ipv4acl", "use-ipv6acl"):
            user["groups"].add(words[0])
        user["enforce_priv"] = user.get("enforce_priv", False) or "enforcePriv" in words
        for word, field in (("auth", "auth"), ("priv", "priv")):
            if word in words and words.index(word) + 1 < len(words):
                following = words[words.index(word) + 1]
                named = re.fullmatch(r"(?:md5|sha|aes|des|3des)[\w-]*", following)
                user[field] = following if named else "des"
        for word in ("use-ipv4acl", "use-ipv6acl"):
            if word in words and words.index(word) + 1 < len(words):
                user["acl"] = words[words.index(word) + 1]
    return {name: SnmpUser(**{**user, "groups": sorted(user["groups"])}) for name, user in found.items()}


def _receivers(reading: Reading) -> dict[str, TrapReceiver]:
    found: dict[str, TrapReceiver] = {}
    for line in reading.config.starting("snmp-server host "):
        if named := _HOST.fullmatch(line.text):
            receiver = TrapReceiver(host=named[1], version=named[2], level=named[3])
        elif bare := _OLD_HOST.fullmatch(line.text):
            receiver = TrapReceiver(host=bare[1], version="1")
        else:
            continue
        key = f"{receiver.host} {receiver.version}"
        if key in found and found[key].level != "priv":
            continue  # two users of one receiver: the weaker one counts
        found[key] = receiver
        reading.source(f"snmp.receivers[{key}]", line)
    return found
