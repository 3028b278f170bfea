"""Settings of a physical switch as a whole: features, spanning tree, control plane, jobs, debugs, clock."""

import re
from typing import Any

from auditor.collectors.nexus1000v.reading import Reading
from auditor.collectors.nexus1000v.show import (
    read_copp,
    read_debugs,
    read_features,
    read_guestshell,
)
from auditor.collectors.nexus1000v.tree import Line
from auditor.facts.nxos_switch import Clock, Copp, Jobs, LoginBlock, SpanningTree, Vtp

_SHIPPED = re.compile(r"copp-(?:system-p-)?policy-(strict|moderate|lenient|dense)|copp-system-policy-(default)")
_BACKUP = re.compile(r"\bcopy (?:startup-config|running-config) (?:scp|sftp):")
_PLAIN = re.compile(r"\bcopy .*\b(?:tftp|ftp|http)://")
_JOB = re.compile(r"event manager applet (\S{1,64})|scheduler job name (\S{1,64})|cli alias name (\S{1,64}) ?.*")


def features_of(reading: Reading) -> dict[str, bool]:
    """What `show feature` lists, by the name of the `feature` command; empty when it was not read."""
    shown = reading.text("show feature")
    found: dict[str, bool] = {}
    for name, on in read_features(shown).items() if shown else ():
        known = _NAMES.get(name, name)
        found[known] = found.get(known, False) or on  # two rows may belong to one feature
    return found


_NAMES = {  # `show feature` -> the name in the `feature` command
    "telnetServer": "telnet",
    "sshServer": "ssh",
    "scpServer": "scp-server",
    "sftpServer": "sftp-server",
    "dhcp-snooping": "dhcp",
    "dhcp": "dhcp",
    "tacacs": "tacacs+",
    "http-server": "http-server",
}


def feature_on(reading: Reading, name: str) -> bool:
    """Whether a feature that is off by default is on; the configuration was read."""
    states = features_of(reading)
    if name in states:
        return states[name]
    hit = reading.last(rf"(no )?feature {re.escape(name)}")
    return bool(hit and not hit.match[1])


def settings(reading: Reading) -> dict[str, Any]:
    """What stands in the configuration's first level."""
    found: dict[str, Any] = {
        "clock": _clock(reading),
        "trustpoints": sorted({hit.match[1] for hit in reading.hits(r"crypto ca trustpoint (\S{1,64})")}),
        "jobs": _jobs(reading),
        "private_vlans": _private_vlans(reading),
        "dhcp_relay": _relays(reading),
    }
    if reading.family == "nexus1000v":
        return found
    block = reading.last(r"(?:system )?login block-for (\d{1,6}) attempts (\d{1,4}) within (\d{1,6})")
    if block:
        reading.sources["login_block"] = block.source
        seconds, attempts, within = (int(number) for number in block.match.groups())
        found["login_block"] = LoginBlock(seconds=seconds, attempts=attempts, within=within)
    found["fips_mode"] = reading.flag("fips_mode", "fips mode enable")
    found["poap"] = reading.flag("poap", "boot poap enable")
    found["tags_native_vlan"] = reading.flag("tags_native_vlan", "vlan dot1q tag native")
    found["spanning_tree"] = SpanningTree(
        loopguard_default=bool(reading.flag("spanning_tree.loopguard_default", "spanning-tree loopguard default")),
        bpduguard_default=bool(
            reading.flag("spanning_tree.bpduguard_default", "spanning-tree port type edge bpduguard default")
        ),
        edge_default=bool(reading.flag("spanning_tree.edge_default", "spanning-tree port type edge default")),
    )
    found["vtp"] = _vtp(reading)
    return found


def _clock(reading: Reading) -> Clock:
    hit = reading.last(r"clock timezone (\S{1,16}) (-?\d{1,2}) (\d{1,2})")
    if not hit:
        reading.sources["clock"] = "hidden default: UTC"
        return Clock()
    reading.sources["clock"] = hit.source
    hours, minutes = int(hit.match[2]), int(hit.match[3])
    sign = -1 if hit.match[2].startswith("-") else 1
    return Clock(zone=hit.match[1], offset_minutes=hours * 60 + sign * minutes)


def _vtp(reading: Reading) -> Vtp:
    on = feature_on(reading, "vtp")
    mode = reading.value("vtp.mode", r"vtp mode (\w{1,20})")
    if on:
        reading.gap("vtp.password", "only `show vtp password` tells, and it prints the password: it is not asked")
    if on and mode is None:
        reading.gap("vtp.mode", "no line sets it, and the default depends on the release")
    return Vtp(enabled=on, mode=mode.lower() if mode else None)


def _jobs(reading: Reading) -> Jobs:
    backups, plain = set(), set()
    for line in reading.config.top:
        if not (head := _JOB.fullmatch(line.text)):
            continue
        texts = [line.text, *(child.text for child in line.walk())]
        applet = line.text.startswith("event manager")
        if applet and any(_BACKUP.search(text) for text in texts if text.startswith("action ")):
            backups.add(head[1])
            reading.source("jobs.backup_applets", line)
        if any(_PLAIN.search(text) for text in texts):
            plain.add(line.text[:80])
            reading.source("jobs.plain_copies", line)
    return Jobs(backup_applets=sorted(backups), plain_copies=sorted(plain))


def _private_vlans(reading: Reading) -> list[str]:
    found = []
    for line in reading.config.starting("vlan "):
        for child in line.children:
            words = child.text.split()
            if words[0] == "private-vlan" and len(words) == 2 and words[1] in ("primary", "isolated", "community"):
                found.append(f"{line.text.removeprefix('vlan ')[:40]} {words[1]}")
                reading.source("private_vlans", line)
    return sorted(set(found))


def _relays(reading: Reading) -> bool:
    def relays(line: Line) -> bool:
        return any(
            child.text.startswith(("ip dhcp relay address ", "ipv6 dhcp relay address ")) for child in line.children
        )

    found = next((line for line in reading.config.starting("interface ") if relays(line)), None)
    if found:
        reading.source("dhcp_relay", found)
    return found is not None


def debugs(reading: Reading) -> dict[str, Any]:
    """Debugs that run. An answer with lines that nobody knows is a gap: one of them may be a debug."""
    text = reading.text("show debug")
    if text is None:
        reading.gap("debugs", reading.why_not("show debug"))
        return {}
    running, odd = read_debugs(text)
    if odd and not running:
        reading.gap("debugs", f"`show debug` says something that is not understood: {odd[:60]}")
        return {}
    reading.source("debugs", None, "show debug")
    return {"debugs": running}


def shells(reading: Reading) -> dict[str, Any]:
    """The guest shell and control plane policing, which the configuration alone does not tell."""
    found: dict[str, Any] = {}
    text = reading.text("show guestshell detail")
    state = read_guestshell(text) if text is not None else None
    if state:
        found["guestshell"] = state
        reading.source("guestshell", None, "show guestshell detail")
    else:
        reading.gap("guestshell", "its answer names no state" if text else reading.why_not("show guestshell detail"))
    return found | _copp(reading)


def _copp(reading: Reading) -> dict[str, Any]:
    policy = None
    shown = reading.text("show copp status")
    if shown is not None and (policy := read_copp(shown)):
        reading.source("copp", None, "show copp status")
    elif reading.running is None:
        reading.gap("copp", reading.why_not("show copp status"))
        return {}
    else:
        for tree, command in ((reading.running, "show running-config"), (reading.all, "show running-config all")):
            children = tree.section("control-plane") if tree else []
            for child in children:
                if child.text.startswith("service-policy input "):
                    policy = child.text.split()[-1]
                    reading.sources["copp"] = f"{command}:{child.number}"
            if policy:
                break
        if not policy and (hit := reading.last(r"copp profile (strict|moderate|lenient|dense)")):
            reading.sources["copp"] = hit.source
            return {"copp": Copp(policy=f"copp-system-p-policy-{hit.match[1]}", profile=hit.match[1])}
        reading.sources.setdefault("copp", "show running-config")
    if not policy or policy.lower() == "none":
        return {"copp": Copp()}
    shipped = _SHIPPED.fullmatch(policy)
    return {"copp": Copp(policy=policy[:80], profile=shipped[1] if shipped else None)}
