"""Routing: key chains, who talks a protocol and whether that is authenticated, BGP neighbours with their templates."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from auditor.collectors.nexus1000v.read_ports import Ports, ports_of
from auditor.collectors.nexus1000v.reading import Reading
from auditor.collectors.nexus1000v.tree import Line
from auditor.facts.nxos_switch import Bgp, BgpNeighbor, RoutingKey, RoutingSession

MAX_NEIGHBORS = 10_000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MOMENT = r"(\d\d):(\d\d):(\d\d) ([A-Za-z]{3})[a-z]* (\d{1,2}) (\d{4})"
_SEND = re.compile(rf"send-lifetime (?:local )?{_MOMENT}(?: duration (\d{{1,10}})| {_MOMENT}| infinite)?")
_DAY = 86_400  # seconds


def routing(reading: Reading) -> dict[str, Any]:
    """Everything about routing protocols; a Nexus 1000V has none."""
    if reading.family == "nexus1000v":
        return {}
    ports: Ports = reading.memo.get("ports") or ports_of(reading)
    sessions = {**_ospf(reading, ports), **_eigrp(reading, ports)}
    processes: dict[str, Bgp] = {}
    neighbors: dict[str, BgpNeighbor] = {}
    for line in reading.config.starting("router bgp "):
        number = line.text.split()[2]
        children = reading.config.section(line.text)
        texts = {child.text for child in children}
        processes[number] = Bgp(enforce_first_as="no enforce-first-as" not in texts)
        reading.source(f"bgp[{number}]", line)
        _bgp(reading, number, children, sessions, neighbors)
    return {
        "key_chains": _key_chains(reading),
        "routing_sessions": sessions,
        "bgp": processes,
        "bgp_neighbors": neighbors,
    }


# ------------------------------------------------------------------ keys
def _key_chains(reading: Reading) -> dict[str, RoutingKey]:
    found: dict[str, RoutingKey] = {}
    for line in reading.config.starting("key chain "):
        if line.text.endswith(" macsec"):
            continue  # keys of links, with algorithms of their own
        chain = line.text.split()[2][:64]
        for key in line.children:
            words = key.text.split()
            if words[0] != "key" or len(words) != 2:
                continue
            name = f"{chain} key {words[1][:20]}"
            algorithm = _last(key.children, "cryptographic-algorithm ")
            lifetime = _last(key.children, "send-lifetime ")
            try:
                days = send_days(f"send-lifetime {lifetime}") if lifetime else None
            except ValueError as problem:
                days = None
                reading.gap(f"key_chains[{name}].send_days", str(problem))
            found[name] = RoutingKey(algorithm=algorithm.upper()[:40] if algorithm else None, send_days=days)
            reading.source(f"key_chains[{name}]", key)
    return found


def _last(lines: Iterable[Line], prefix: str) -> str | None:
    texts = [line.text.removeprefix(prefix).strip() for line in lines if line.text.startswith(prefix)]
    return texts[-1] if texts else None


def send_days(text: str) -> int | None:
    """Days that a `send-lifetime` line covers, rounded up; None when it has no end. Raises ValueError on nonsense."""
    found = _SEND.fullmatch(text)
    if not found:
        raise ValueError(f"not a lifetime: {text[:60]!r}")
    if found[7]:
        return -(-int(found[7]) // _DAY)
    if not found[8]:
        return None
    begin, end = _moment(found.groups()[0:6]), _moment(found.groups()[7:13])
    return max(0, -(-int((end - begin).total_seconds()) // _DAY))


def _moment(parts: Sequence[str | None]) -> datetime:
    hour, minute, second, month, day, year = (str(part) for part in parts)
    at = _MONTHS.index(month.lower()) + 1
    return datetime(int(year), at, int(day), int(hour), int(minute), int(second), tzinfo=UTC)


# ------------------------------------------------------------------ interior protocols
def _ospf(reading: Reading, ports: Ports) -> dict[str, RoutingSession]:
    areas: dict[tuple[str, str, str], bool] = {}  # by process, VRF and area
    passive = set()  # processes and VRFs whose ports are silent unless they say otherwise
    for line in reading.config.starting("router ospf "):
        process = line.text.split()[2]
        parts = [("", line.children)]
        parts += [(one.text[4:], one.children) for one in line.children if one.text.startswith("vrf ")]
        for vrf, child in ((vrf, child) for vrf, children in parts for child in children):
            if found := re.fullmatch(r"area (\S+) authentication( message-digest)?", child.text):
                areas[process, vrf, _area(found[1])] = bool(found[2])
            elif child.text == "passive-interface default":
                passive.add((process, vrf))
    sessions = {}
    for name, record in ports.interfaces.items():
        said = record.said.said
        joined = str(said.get("ospf") or "").split()
        if not joined or record.fields.get("kind") == "loopback":
            continue
        vrf = said.get("vrf", "")
        if said.get("ospf_passive", (joined[0], vrf) in passive):
            continue
        own = said.get("ospf_authentication")
        area = _area(joined[joined.index("area") + 1]) if "area" in joined[:-1] else ""
        by_area = areas.get((joined[0], vrf, area), False)
        authenticated = own.startswith(("message-digest", "key-chain")) if own is not None else by_area
        sessions[f"ospf {name}"] = RoutingSession(protocol="ospf", authenticated=authenticated)
        reading.source(f"routing_sessions[ospf {name}]", record.header)
    return sessions


def _area(text: str) -> str:
    """An area as four numbers: 0 and 0.0.0.0 are one."""
    if not (text.isdecimal() and len(text) < 11):
        return text
    number = int(text)
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def _eigrp(reading: Reading, ports: Ports) -> dict[str, RoutingSession]:
    common = {
        line.text.split()[2]: any(child.text == "authentication mode md5" for child in line.walk())
        for line in reading.config.starting("router eigrp ")
    }
    sessions = {}
    for name, record in ports.interfaces.items():
        said = record.said.said
        tag = str(said.get("eigrp") or "").split()[:1]
        if not tag or said.get("eigrp_passive") or record.fields.get("kind") == "loopback":
            continue
        own = "md5" in str(said.get("eigrp_mode") or "").split()
        sessions[f"eigrp {name}"] = RoutingSession(protocol="eigrp", authenticated=own or common.get(tag[0], False))
        reading.source(f"routing_sessions[eigrp {name}]", record.header)
    return sessions


# ------------------------------------------------------------------ BGP
def _bgp(
    reading: Reading,
    number: str,
    lines: Sequence[Line],
    sessions: dict[str, RoutingSession],
    neighbors: dict[str, BgpNeighbor],
) -> None:
    templates = {
        child.text.split()[-1]: child.children for child in lines if re.fullmatch(r"template peer\S* \S+", child.text)
    }
    parts = [("", lines), *((child.text + " ", child.children) for child in lines if child.text.startswith("vrf "))]
    for prefix, part in parts:
        for line in part:
            found = re.fullmatch(r"neighbor (\S{1,64})(?: remote-as (\S+))?", line.text)
            if not found:
                continue
            name = f"{prefix}{found[1]}"
            if len(neighbors) >= MAX_NEIGHBORS:
                raise ValueError(f"more than {MAX_NEIGHBORS} BGP neighbours")
            whole = _with_templates(line.children, templates)
            remote = found[2] or _last(whole, "remote-as ")
            neighbors[name] = BgpNeighbor(
                external=remote != number if remote else None,
                maximum_prefix=_prefix_limit(whole, templates),
                connected_check=all(child.text != "disable-connected-check" for child in whole),
            )
            authenticated = any(child.text.startswith("password ") for child in whole)
            sessions[f"bgp {name}"] = RoutingSession(protocol="bgp", authenticated=authenticated)
            for path in (f"bgp_neighbors[{name}]", f"routing_sessions[bgp {name}]"):
                reading.source(path, line)


def _with_templates(lines: Sequence[Line], templates: dict[str, list[Line]]) -> list[Line]:
    """A neighbour's lines and those of the templates it inherits; templates of templates are followed once each."""
    whole, waiting, seen = list(lines), list(lines), set()
    while waiting:
        line = waiting.pop()
        name = _inherited(line)
        if name and name not in seen:
            seen.add(name)
            whole += templates.get(name, [])
            waiting += templates.get(name, [])
    return whole


def _inherited(line: Line) -> str:
    """The template that a line names: `inherit peer T`, `inherit peer-session S`, `inherit peer-policy P 10`."""
    words = line.text.split()
    return words[2] if len(words) > 2 and words[0] == "inherit" and words[1].startswith("peer") else ""


def _prefix_limit(lines: Sequence[Line], templates: dict[str, list[Line]]) -> int | None:
    families = [line for line in lines if line.text.startswith("address-family ")]
    by_name: dict[str, list[int]] = {}
    for family in families:
        limits = by_name.setdefault(family.text, [])
        for child in _with_templates(family.children, templates):
            if found := re.match(r"maximum-prefix (\d{1,9})\b", child.text):
                limits.append(int(found[1]))
    if not by_name or not all(by_name.values()):
        return None
    return min(limit for limits in by_name.values() for limit in limits)
