"""Software, host name, features, telnet, ssh, http, NX-API, saved state."""

import re
from typing import Any

from auditor.collectors.nexus1000v.commands import ALL, RUNNING
from auditor.collectors.nexus1000v.read_switch import features_of
from auditor.collectors.nexus1000v.reading import Reading, matching
from auditor.collectors.nexus1000v.show import is_saved, read_features, read_ssh_keys, read_version, train_of
from auditor.facts.nxos import Config
from auditor.facts.nxos_access import Service, Software, Ssh

# Off on every physical switch until a line says otherwise (DISA NDM STIG; vendor's command references).
_OFF_BY_DEFAULT = (
    "bash-shell", "dhcp", "dot1x", "ftp-server", "grpc", "imp", "lldp", "scp-server", "sftp-server", "udld", "vtp",
    "wccp",
)  # fmt: skip


def software(reading: Reading) -> dict[str, Any]:
    """From `show version`, else the configuration's `version` line."""
    text = reading.text("show version")
    found = read_version(text) if text is not None else {}
    if found:
        reading.source("software", None, "show version")
    elif reading.running and (hit := reading.last(r"version (\S+)")):
        version = hit.match[1]
        found = {"version": version, "train": train_of(version)}
        reading.sources["software"] = hit.source
    else:
        reading.gap("software", reading.why_not("show version"))
        return {}
    known = {key: found.get(key) for key in ("version", "train", "model", "serial")}
    family = reading.family
    if not family:
        reading.gap("software.family", "no known product name in `show version`")
    supported = False if family == "nexus1000v" else None
    return {"software": Software.model_validate({**known, "family": family, "vendor_supported": supported})}


def hostname(reading: Reading) -> dict[str, Any]:
    """The configured name, else the one of `show version`."""
    if reading.running is not None:
        if name := reading.value("hostname", r"(?:hostname|switchname) (\S+)"):
            return {"hostname": name[:255]}
        return {}
    if name := read_version(reading.text("show version") or "").get("device_name"):
        reading.source("hostname", None, "show version")
        return {"hostname": name}
    reading.gap("hostname", reading.why_not("show running-config"))
    return {}


def features(reading: Reading) -> dict[str, Any]:
    """What is switched on: `show feature` decides, then the configuration, then the hidden default."""
    states = features_of(reading)
    if states:
        reading.source("features", None, "show feature")
    elif reading.running is None:
        reading.gap("features", reading.why_not("show feature"))
    configured: dict[str, bool] = {}
    if reading.running is not None:
        for hit in reading.hits(r"(no )?feature (\S+)"):
            configured[hit.match[2]] = not hit.match[1]
            if hit.match[2] not in states:
                reading.sources[f"features[{hit.match[2]}]"] = hit.source
    effective = {**configured, **states}
    found: dict[str, Any] = {}
    for path, name in (("telnet", "telnet"), ("http", "http-server"), ("nxapi", "nxapi")):
        on = _service(reading, path, name, effective, shown_by_feature=name in states)
        if on is not None:
            effective[name] = on
        found[path] = Service(enabled=on)
    if reading.family != "nexus1000v":
        for name in _OFF_BY_DEFAULT:
            if name not in effective and reading.running is not None:
                effective[name] = False
                reading.sources[f"features[{name}]"] = "hidden default of NX-OS (published)"
            elif name not in effective:
                reading.gap(f"features[{name}]", reading.why_not("show running-config"))
    return {"features": effective, **found}


def _service(reading: Reading, path: str, name: str, states: dict[str, bool], *, shown_by_feature: bool) -> bool | None:
    shown = reading.text("show http-server") if path == "http" else None
    if shown and (state := re.search(r"\b(enabled|disabled)\b", shown, re.IGNORECASE)):
        reading.source(path, None, "show http-server")
        return state[1].lower() == "enabled"
    if name in states:
        if shown_by_feature:
            reading.source(path, None, "show feature")
        elif source := reading.sources.get(f"features[{name}]"):
            reading.sources[path] = source
        return states[name]
    if reading.running is None:
        reading.gap(path, reading.why_not("show running-config"))
        return None
    if path == "telnet" and (hit := reading.last("(no )?telnet server enable")):
        reading.sources[path] = hit.source
        return not hit.match[1]
    known = reading.default(path)
    if path in reading.gaps:
        reading.gap(f"features[{name}]", reading.gaps[path])
    return known if isinstance(known, bool) else None


def ssh(reading: Reading) -> dict[str, Any]:
    """The SSH server and its key."""
    found: dict[str, Any] = {}
    shown = reading.text("show feature")
    states = read_features(shown) if shown else {}
    if "sshServer" in states:
        found["enabled"] = states["sshServer"]
        reading.source("ssh.enabled", None, "show feature")
    elif reading.running is not None:
        hit = reading.last(r"(no )?feature ssh")
        found["enabled"] = (not hit.match[1]) if hit else reading.default("ssh.enabled", "ssh")
        if hit:
            reading.sources["ssh.enabled"] = hit.source
    else:
        reading.gap("ssh.enabled", reading.why_not("show feature"))
    _ssh_key(reading, found)
    if reading.running is None:
        for name in ("login_attempts", "macs", "ciphers", "kex_algorithms"):
            reading.gap(f"ssh.{name}", reading.why_not("show running-config"))
        return {"ssh": Ssh(**found)}
    tries = reading.value("ssh.login_attempts", r"ssh login-attempts (\d{1,4})")
    found["login_attempts"] = int(tries) if tries else reading.default("ssh.login_attempts")
    for field, word in (("macs", "macs"), ("ciphers", "ciphers"), ("kex_algorithms", "kexalgos")):
        if listed := _algorithms(reading, f"ssh.{field}", word):
            found[field] = listed
        elif reading.all and word != "kexalgos":  # all defaults were shown, and nothing limits them
            reading.source(f"ssh.{field}", None, ALL)
        else:
            reading.gap(f"ssh.{field}", "no line sets it, and the default set depends on the release")
    return {"ssh": Ssh(**found)}


def _algorithms(reading: Reading, path: str, word: str) -> list[str]:
    """The union of all lines, as some trains print one algorithm a line; a `no` line takes its own away."""
    for tree, command in ((reading.running, RUNNING), (reading.all, ALL)):
        found: set[str] = set()
        for hit in matching(tree.top, rf"(no )?ssh {word} (\S.*)", command) if tree else ():
            names = {name.removesuffix("@openssh.com") for name in hit.match[2].split()}
            found = found - names if hit.match[1] else found | names
            reading.sources[path] = hit.source
        if found:
            return sorted(found)
    return []


def _ssh_key(reading: Reading, found: dict[str, Any]) -> None:
    shown = reading.text("show ssh key")
    keys = read_ssh_keys(shown) if shown else {}
    if keys:
        kind = "rsa" if "rsa" in keys else min(keys)
        found["key_type"], found["key_bits"] = kind, keys[kind]
        reading.source("ssh.key_bits", None, "show ssh key")
        reading.source("ssh.key_type", None, "show ssh key")
    elif reading.running is not None and (hit := reading.last(r"ssh key (\w+)(?: (\d{3,5}))?(?: force)?")):
        found["key_type"] = hit.match[1]
        reading.sources["ssh.key_bits"] = reading.sources["ssh.key_type"] = hit.source
        if hit.match[2]:
            found["key_bits"] = int(hit.match[2])
        else:
            reading.gap("ssh.key_bits", reading.why_not("show ssh key"))
    else:
        reason = reading.why_not("show ssh key") if shown is None else "`show ssh key` names no key length"
        reading.gap("ssh.key_type", reason)
        reading.gap("ssh.key_bits", reason)


def config(reading: Reading) -> dict[str, Any]:
    """Saved or not, and SNMP's change hint."""
    found: dict[str, Any] = {}
    difference = reading.text("show running-config diff")
    saved = is_saved(difference) if difference is not None else None
    if saved is None:
        reason = "is not understood" if difference is not None else ""
        why = f"`show running-config diff` {reason}" if reason else reading.why_not("show running-config diff")
        reading.gap("config.unsaved", why)
    else:
        found["unsaved"] = not saved
        reading.source("config.unsaved", None, "show running-config diff")
    said = reading.body.get("snmp")
    ticks = said.get("running_changed") if isinstance(said, dict) else None
    if isinstance(ticks, int):
        found["running_changed"] = ticks
        reading.source("config.running_changed", None, "SNMP ccmHistoryRunningLastChanged")
    else:
        reading.gap("config.running_changed", "SNMP gave no change hint")
    return {"config": Config(**found)}
