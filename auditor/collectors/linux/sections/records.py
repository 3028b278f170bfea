"""Clock and log: who keeps the time, where records go, what becomes of core dumps."""

import re

from auditor.collectors.linux.config import Files, Lines, settings, words
from auditor.collectors.linux.draft import Draft, number
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.facts.linux_records import Logging, Rsyslog, Time

_CLOCKS = {
    "chrony.service": "chrony", "chronyd.service": "chrony", "systemd-timesyncd.service": "systemd-timesyncd",
    "ntp.service": "ntp", "ntpd.service": "ntp", "ntpsec.service": "ntp", "ptp4l.service": "ptp4l",
}  # fmt: skip
_RSYSLOG_MODE = "0644"  # rsyslog.conf(5): FileCreateMode where nothing sets it
_SYSTEMD = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")


def _merged(files: Files, name: str, folders: tuple[str, ...] = _SYSTEMD) -> dict[str, str]:
    """A systemd configuration with its drop-ins, keys in lower case; the last assignment wins."""
    layers = files.layered(tuple(f"{folder}/{name}.d" for folder in folders), f"/etc/systemd/{name}")
    return {key.lower(): value for lines in layers.values() for _, key, value in settings(lines)}


def time(evidence: Evidence, draft: Draft) -> None:
    """time: only the files of the services in use count."""
    if "units" in draft.gaps:
        draft.gap("time", draft.gaps["units"])
        return
    units = draft.facts.get("units", {})
    services = sorted({clock for unit, clock in _CLOCKS.items() if unit in units and units[unit].in_use})
    servers = draft.try_read("time.servers", lambda: _servers(Files(evidence, "conf"), services))
    facts: dict[str, object] = {"services": services, "servers": servers or []}
    if "systemd-timesyncd" in services:
        text = draft.try_read(
            "time.fallback_servers", lambda: _merged(Files(evidence, "conf"), "timesyncd.conf").get("fallbackntp", "")
        )
        facts["fallback_servers"] = None if text is None else text.split()[:100]
    if any(unit in units and units[unit].running for unit in ("chrony.service", "chronyd.service")):
        facts["chrony_user"] = draft.try_read("time.chrony_user", lambda: _chrony_user(evidence))
    draft.put("time", Time.model_validate(facts), "systemctl show")
    draft.sources |= {"time.servers": "chrony.conf, timesyncd.conf, ntp.conf", "time.chrony_user": "ps -C chronyd"}


def _chrony_user(evidence: Evidence) -> str:
    """Of the first process: the one that talks to the network; a privileged helper may follow it."""
    users = evidence.text("chronyd_user", ok=(0, 1)).split()
    if not users:
        raise Unread("ps shows no chronyd, though its service runs: processes of others may be hidden")
    return next((user for user in users if user != "root"), "root")[:60]


def _servers(files: Files, services: list[str]) -> list[str]:
    texts: list[Lines] = []
    if "chrony" in services:
        texts += [files.get("/etc/chrony.conf") or [], files.get("/etc/chrony/chrony.conf") or []]
        texts += files.below("/etc/chrony.d", ".conf").values()
        texts += files.below("/etc/chrony/conf.d", ".conf").values()
        texts += files.below("/etc/chrony/sources.d", ".sources").values()
    if "ntp" in services:
        texts += [files.get("/etc/ntp.conf") or [], files.get("/etc/ntpsec/ntp.conf") or []]
    found = [
        parts[1]
        for lines in texts
        for _, parts in words(lines)
        if parts[0].lower() in ("server", "pool", "peer") and len(parts) > 1
    ]
    if "systemd-timesyncd" in services:
        merged = _merged(files, "timesyncd.conf")
        found += (merged.get("ntp") or merged.get("fallbackntp", "")).split()
    return list(dict.fromkeys(found))[:100]


def logging(evidence: Evidence, draft: Draft) -> None:
    """logging. What cannot be read of the journal's settings costs nothing of rsyslog's, and the reverse."""
    try:
        files = Files(evidence, "conf")
    except Unread as why:
        draft.gap("logging", str(why))
        return
    journald = draft.try_read("logging.journald", lambda: _merged(files, "journald.conf")) or {}
    if "logging.journald" in draft.gaps:
        draft.gap("logging.journal_persistent", draft.gaps["logging.journald"])
    rsyslog = draft.try_read("logging.rsyslog", lambda: _rsyslog(files))
    folder = draft.try_read("logging.journal_persistent", lambda: "/var/log/journal" in evidence.text("marks").split())
    storage = journald.get("storage", "auto").lower()
    persistent = None if folder is None else storage == "persistent" or (storage == "auto" and folder)
    upload = draft.facts.get("units", {}).get("systemd-journal-upload.service")
    leaves: bool | None = bool(rsyslog and rsyslog.remote_targets) or bool(upload and upload.in_use)
    if not leaves and ("units" in draft.gaps or "logging.rsyslog" in draft.gaps):
        draft.gap("logging.leaves_host", draft.gaps.get("logging.rsyslog") or draft.gaps["units"])
        leaves = None
    facts = Logging(
        journald={key: number(value) for key, value in journald.items() if value},
        journal_persistent=persistent,
        rsyslog=rsyslog,
        leaves_host=leaves,
    )
    draft.put("logging", facts, "journald.conf, rsyslog.conf and their drop-ins")


def _rsyslog(files: Files) -> Rsyslog | None:
    main = files.get("/etc/rsyslog.conf")
    if main is None:
        return None
    texts = [main, *files.below("/etc/rsyslog.d", ".conf").values()]
    lines = [text.split("#", 1)[0].strip() for whole in texts for _, text in whole]
    text = "\n".join(line for line in lines if line)
    targets = re.findall(r"^[^\s$:&]\S*\s+@@?(?:\([^)]*\))?([^\s;]+)", text, re.M)
    for action in re.findall(r"action\s*\(([^)]*)\)", text, re.I):
        if re.search(r'type\s*=\s*"om(?:fwd|relp)"', action, re.I) and (
            found := re.search(r'target\s*=\s*"([^"]+)"', action, re.I)
        ):
            targets.append(found[1])
    modes = re.findall(r'(?:^\$FileCreateMode\s+|fileCreateMode\s*=\s*"?)(0?[0-7]{3})', text, re.M | re.I)
    accepts = re.search(
        r'^\$(?:InputTCPServerRun|UDPServerRun|InputRELPServerRun)|input\s*\(\s*type\s*=\s*"im(?:tcp|udp|relp)"',
        text,
        re.M | re.I,
    )
    return Rsyslog(
        file_create_mode=modes[-1].zfill(4) if modes else _RSYSLOG_MODE,
        remote_targets=list(dict.fromkeys(targets))[:100],
        accepts_remote=accepts is not None,
        reads_journal=re.search(r'^\$ModLoad\s+imjournal|module\s*\(\s*load\s*=\s*"imjournal"', text, re.M | re.I)
        is not None,
        forwards_over_tls=_tls(text) if targets else None,
    )


def _tls(text: str) -> bool:
    """Whether driver, mode and peer check are all set, by the legacy directives or by parameters of a new-style one."""
    name = r"(?:DefaultNetstreamDriver|StreamDriver(?:\.name)?)"
    driver = rf"""(?:^\$(?:Default|Action)NetstreamDriver\s+|{name}\s*=\s*)"?(?:gtls|ossl)"""
    mode = r"""(?:^\$ActionSendStreamDriverMode\s+|StreamDriver\.?Mode\s*=\s*)"?1\b"""
    check = r"""(?:^\$ActionSendStreamDriverAuthMode\s+|StreamDriver\.?AuthMode\s*=\s*)"?x509/name\b"""
    return all(re.search(part, text, re.M | re.I) for part in (driver, mode, check))


def manager(evidence: Evidence, draft: Draft) -> None:
    """systemd: what system.conf sets for PID 1."""
    merged = draft.try_read("systemd", lambda: _merged(Files(evidence, "conf"), "system.conf"))
    if merged is not None:
        draft.put("systemd", {key: number(value) for key, value in merged.items() if value}, "system.conf and drop-ins")
