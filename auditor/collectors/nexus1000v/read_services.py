"""Time, logs, and services that send data elsewhere."""

import re
from typing import Any

from auditor.collectors.nexus1000v.read_acls import acls_of
from auditor.collectors.nexus1000v.reading import Reading
from auditor.facts.nxos import MonitorSession
from auditor.facts.nxos_access import LogFile, Logging, LogServer, Ntp, NtpServer


def _after(words: list[str], name: str) -> str | None:
    return words[words.index(name) + 1] if name in words[:-1] else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 12 else None


def ntp(reading: Reading) -> dict[str, Any]:
    """Servers and their authentication; peers are not servers."""
    keys = {int(hit.match[1]) for hit in reading.hits(r"ntp authentication-key (\d{1,5}) .*")}
    trusted = {int(hit.match[1]) for hit in reading.hits(r"ntp trusted-key (\d{1,5})")}
    said: dict[str, dict[str, Any]] = {}
    for hit in reading.hits(r"ntp server (\S{1,255})(?: (.*))?"):
        words = (hit.match[2] or "").split()
        server = said.setdefault(hit.match[1], {"prefer": False})
        reading.sources.setdefault(f"ntp.servers[{hit.match[1]}]", hit.source)
        key, vrf = _number(_after(words, "key")), _after(words, "use-vrf")
        server |= {name: value for name, value in (("key", key), ("vrf", vrf)) if value is not None}
        server["prefer"] = server["prefer"] or "prefer" in words
    servers = {
        host: NtpServer(**server, key_trusted=server.get("key") in keys & trusted) for host, server in said.items()
    }
    known = acls_of(reading)
    groups = reading.hits(r"ntp access-group (?:peer|serve|serve-only|query-only) (\S+)")
    return {
        "ntp": Ntp(
            restricted=any((acl := known.get(hit.match[1])) is not None and acl.entries for hit in groups),
            servers=servers,
            authenticate=reading.flag("ntp.authenticate", "ntp authenticate"),
            authentication_keys=sorted(keys),
            trusted_keys=sorted(trusted),
        )
    }


def logs(reading: Reading) -> dict[str, Any]:
    """Where logs go."""
    servers: dict[str, LogServer] = {}
    for hit in reading.hits(r"logging server (\S{1,255})(?: (.*))?"):
        words = (hit.match[2] or "").split()
        severity = int(words[0]) if words and re.fullmatch("[0-7]", words[0]) else None
        servers[hit.match[1]] = LogServer(severity=severity, vrf=_after(words, "use-vrf"), secure="secure" in words)
        reading.sources[f"logging.servers[{hit.match[1]}]"] = hit.source
    file = reading.last(r"logging logfile (\S+) (\d)(?: (.*))?")
    logfile = None
    if file:
        reading.sources["logging.logfile"] = file.source
        size = _number(_after((file.match[3] or "").split(), "size")) or reading.default("logging.logfile.size")
        logfile = LogFile(name=file.match[1], severity=int(file.match[2]), size=size)
    levels = {}
    for hit in reading.hits(r"logging level (\S{1,60}) (\d)"):
        levels[hit.match[1]] = int(hit.match[2])
        reading.sources[f"logging.levels[{hit.match[1]}]"] = hit.source
    stamp = reading.value("logging.timestamp", r"logging timestamp (\w+)") or reading.default("logging.timestamp")
    return {
        "logging": Logging(
            servers=servers,
            logfile=logfile,
            levels=levels,
            timestamp=stamp,
            console=_number(reading.value("logging.console", r"logging console (\d)")),
            source_interface=reading.value("logging.source_interface", r"logging source-interface (\S.*)"),
            login_failures=bool(reading.flag("logging.login_failures", "login on-failure log")),
            login_successes=bool(reading.flag("logging.login_successes", "login on-success log")),
        )
    }


def others(reading: Reading) -> dict[str, Any]:
    """Mirrors, flow exporters, call home, source routing."""
    sessions: dict[str, MonitorSession] = {}
    exporters: dict[str, str] = {}
    for line in reading.config.top:
        if found := re.fullmatch(r"monitor session (\d{1,4})(?: type (\S+))?", line.text):
            children = [child.text for child in reading.config.section(line.text)]
            sessions[found[1]] = MonitorSession(type=found[2] or "local", enabled="no shut" in children)
            reading.source(f"monitor_sessions[{found[1]}]", line)
        elif found := re.fullmatch(r"flow exporter (\S{1,64})", line.text):
            words = [child.text.split() for child in reading.config.section(line.text)]
            exporters[found[1]] = next((each[1] for each in words if each[0] == "destination" and len(each) > 1), "")
            reading.source(f"flow_exporters[{found[1]}]", line)
    call_home = any(child.text == "enable" for child in reading.config.section("callhome"))
    return {
        "monitor_sessions": sessions,
        "flow_exporters": exporters,
        "call_home": call_home,
        "source_routing": reading.flag("source_routing", "ip source-route"),
    }
