# ruff: noqa: E501 - a table of invented settings reads better in long lines
"""Synthetic audits for looking at reports: deterministic, invented from start to end, and marked `synthetic`."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

Mood = Literal["mixed", "all-pass", "all-unknown"]
START = datetime(2026, 11, 21, 12, 16, 41, tzinfo=UTC)
SITES = ("ams", "ber", "cdg", "dub")
FAMILIES = {
    "AC-REMOTE": "Remote administration channels",
    "AC-ACCOUNT": "Account life cycle and uniqueness",
    "AC-SESSION": "Session limits and idle timeouts",
    "AU-LOG": "Logging and log transport",
    "CFG-LEASTFUNC": "Unneeded services, packages, devices",
    "NET-L2": "Layer 2 and virtual switch protection",
    "SC-CRYPTO": "Cryptography and certificates",
    "SI-INTEGRITY": "File integrity and code trust",
    "SYS-KERNEL": "Kernel and memory protection",
    "TIME-SYNC": "Time synchronisation",
}
# id, title, family, severity, path, expected, failing value, source, fix
TOPICS: dict[str, list[tuple[str, str, str, str, str, Any, Any, str, str]]] = {
    "esxi": [
        ("ssh-service-off", "SSH is stopped and does not start with the host", "AC-REMOTE", "high", "services[TSM-SSH].running", False, True, "HostServiceSystem.serviceInfo.service", "Stop the service TSM-SSH and set its policy to off."),
        ("shell-timeout", "Shell sessions end when left idle", "AC-SESSION", "medium", "advanced[UserVars.ESXiShellInteractiveTimeOut]", {"between": [1, 900]}, 0, "HostSystem.config.option", "Set UserVars.ESXiShellInteractiveTimeOut to at most 900 seconds; 0 means never."),
        ("account-lock-failures", "Accounts lock after repeated failed logins", "AC-ACCOUNT", "medium", "advanced[Security.AccountLockFailures]", {"between": [1, 5]}, 0, "HostSystem.config.option", "Set Security.AccountLockFailures to a number from 1 to 5."),
        ("forged-transmits", "Port groups reject forged transmits", "NET-L2", "high", "portgroups[*].security.forged_transmits", "reject", "accept", "HostNetworkSystem.networkInfo.portgroup", "Reject forged transmits on the virtual switch and remove the override on the port group."),
        ("promiscuous-mode", "Port groups reject promiscuous mode", "NET-L2", "critical", "portgroups[*].security.promiscuous_mode", "reject", "accept", "HostNetworkSystem.networkInfo.portgroup", "Reject promiscuous mode on the virtual switch and remove the override on the port group."),
        ("mac-changes", "Port groups reject MAC address changes", "NET-L2", "high", "portgroups[*].security.mac_changes", "reject", "accept", "HostNetworkSystem.networkInfo.portgroup", "Reject MAC address changes on the virtual switch and on each port group."),
        ("syslog-remote", "Logs go to a remote host over TLS", "AU-LOG", "high", "advanced[Syslog.global.logHost]", {"matches": "^ssl://"}, "udp://log1.example.net:514", "HostSystem.config.option", "Set Syslog.global.logHost to an ssl:// address of the log collector."),
        ("scratch-persistent", "Scratch space is on persistent storage", "AU-LOG", "medium", "scratch.persistent", True, False, "HostSystem.config.option[ScratchConfig.CurrentScratchLocation]", "Point ScratchConfig.ConfiguredScratchLocation to a folder on a datastore and restart the host."),
        ("ntp-servers", "Time comes from at least two approved servers", "TIME-SYNC", "medium", "ntp.servers", {"subset_of": ["ntp1.example.net", "ntp2.example.net", "ntp3.example.net"]}, ["pool.ntp.org"], "HostDateTimeSystem.dateTimeInfo.ntpConfig", "Set the approved servers and start ntpd with the host."),
        ("image-acceptance", "Only signed packages from the maker or its partners are installed", "SI-INTEGRITY", "high", "acceptance_level", {"one_of": ["vmware_certified", "vmware_accepted", "partner"]}, "community", "HostImageConfigManager", "Remove community packages, then set the acceptance level to partner."),
        ("lockdown-mode", "Lockdown mode is on", "AC-REMOTE", "medium", "lockdown.mode", {"one_of": ["lockdownNormal", "lockdownStrict"]}, "lockdownDisabled", "HostAccessManager.lockdownMode", "Turn lockdown mode on; keep an exception only for accounts that need it."),
        ("tls-protocols", "Old TLS versions are off", "SC-CRYPTO", "high", "advanced[UserVars.ESXiVPsDisabledProtocols]", {"contains_all": ["sslv3", "tlsv1", "tlsv1.1"]}, "sslv3", "HostSystem.config.option", "Add sslv3, tlsv1 and tlsv1.1 to the disabled protocols and reboot."),
        ("mob-off", "The managed object browser is off", "CFG-LEASTFUNC", "medium", "advanced[Config.HostAgent.plugins.solo.enableMob]", False, True, "HostSystem.config.option", "Set Config.HostAgent.plugins.solo.enableMob to false."),
        ("firewall-scope", "Firewall rules name the networks they allow", "CFG-LEASTFUNC", "low", "firewall.rulesets[*].all_ip", False, True, "HostFirewallSystem.firewallInfo", "Give each enabled rule set a list of allowed networks."),
        ("dcui-timeout", "Console sessions end when left idle", "AC-SESSION", "low", "advanced[UserVars.DcuiTimeOut]", {"between": [1, 600]}, 0, "HostSystem.config.option", "Set UserVars.DcuiTimeOut to at most 600 seconds."),
    ],
    "linux": [
        ("ssh-root-login", "Root cannot log in over SSH", "AC-REMOTE", "high", "ssh.permitrootlogin", "no", "yes", "sshd -T", "Set PermitRootLogin no in /etc/ssh/sshd_config.d and reload the service."),
        ("ssh-ciphers", "SSH offers only approved ciphers", "SC-CRYPTO", "medium", "ssh.ciphers", {"subset_of": ["aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com"]}, "aes128-cbc,3des-cbc,aes256-gcm@openssh.com", "sshd -T", "List only approved ciphers in the Ciphers line and reload the service."),
        ("pass-max-days", "Passwords expire within a year", "AC-ACCOUNT", "low", "login_defs.pass_max_days", {"between": [1, 365]}, 99999, "/etc/login.defs:165", "Set PASS_MAX_DAYS to at most 365 and apply it to accounts with chage."),
        ("uid-zero", "Only root has user number 0", "AC-ACCOUNT", "critical", "accounts[*].uid", {"not_equals": 0}, 0, "/etc/passwd:32", "Give the account its own number or remove it."),
        ("shadow-mode", "The password file is readable by root only", "SI-INTEGRITY", "high", "files[/etc/shadow].mode", {"one_of": ["0000", "0400", "0600", "0640"]}, "0644", "stat /etc/shadow", "chmod 0640 /etc/shadow; chown root:shadow /etc/shadow."),
        ("aslr", "Address space layout is randomised", "SYS-KERNEL", "medium", "sysctl[kernel.randomize_va_space].runtime", 2, 0, "sysctl -a", "Set kernel.randomize_va_space = 2 in /etc/sysctl.d and load it."),
        ("ip-forward", "The host does not forward packets", "SYS-KERNEL", "medium", "sysctl[net.ipv4.ip_forward].runtime", 0, 1, "sysctl -a", "Set net.ipv4.ip_forward = 0 unless the host is a router or a container host."),
        ("auditd-running", "The audit daemon runs", "AU-LOG", "high", "services[auditd].active", True, False, "systemctl list-units", "Install auditd and enable it."),
        ("journal-remote", "Logs are sent to the log collector", "AU-LOG", "medium", "rsyslog.targets", {"at_least_items": 1}, [], "/etc/rsyslog.conf", "Add an omfwd action with TLS to the log collector."),
        ("chrony-sources", "Time comes from approved servers", "TIME-SYNC", "medium", "chrony.servers", {"subset_of": ["ntp1.example.net", "ntp2.example.net"]}, ["pool.ntp.org"], "/etc/chrony/chrony.conf:3", "Name the approved servers and restart chrony."),
        ("banned-packages", "Telnet, rsh and FTP servers are not installed", "CFG-LEASTFUNC", "medium", "packages", {"none_of": ["telnetd", "rsh-server", "vsftpd"]}, ["telnetd"], "dpkg-query -W", "Remove the packages."),
        ("tmout", "Idle shells end", "AC-SESSION", "low", "shell.tmout", {"between": [1, 900]}, {"absent": True}, "/etc/profile.d", "Set a readonly TMOUT of at most 900 in /etc/profile.d."),
        ("core-dumps", "Programs with special rights leave no core dump", "SYS-KERNEL", "info", "sysctl[fs.suid_dumpable].runtime", 0, 2, "sysctl -a", "Set fs.suid_dumpable = 0 in /etc/sysctl.d and load it."),
    ],
    "nexus1000v": [
        ("dhcp-snooping", "DHCP snooping is on in every VLAN with hosts", "NET-L2", "high", "vlans[*].dhcp_snooping", True, False, "running-config:212", "ip dhcp snooping vlan N, after trusting the uplinks."),
        ("arp-inspection", "Dynamic ARP inspection is on in every VLAN with hosts", "NET-L2", "high", "vlans[*].arp_inspection", True, False, "running-config:219", "ip arp inspection vlan N."),
        ("port-security", "Access ports limit the number of MAC addresses", "NET-L2", "medium", "port_profiles[*].port_security.maximum", {"between": [1, 4]}, {"absent": True}, "running-config:344", "switchport port-security and switchport port-security maximum N in the port profile."),
        ("telnet-off", "Telnet is off", "AC-REMOTE", "critical", "features[telnet]", False, True, "show feature", "no feature telnet."),
        ("snmp-v3", "SNMP needs authentication and encryption", "AC-REMOTE", "high", "snmp.communities", {"equals": []}, ["<known default, 6 characters>"], "running-config:61", "Remove all communities; use SNMPv3 users with authPriv."),
        ("exec-timeout", "Sessions on the lines end when left idle", "AC-SESSION", "medium", "lines[vty].exec_timeout", {"between": [1, 15]}, 0, "running-config:402", "line vty, exec-timeout 15."),
        ("aaa-tacacs", "Logins are checked by TACACS+ with a local fallback", "AC-ACCOUNT", "medium", "aaa.login_default", ["group tacacs", "local"], ["local"], "running-config:88", "aaa authentication login default group tacacs local."),
        ("ntp-auth", "Time is taken from authenticated servers", "TIME-SYNC", "low", "ntp.authenticate", True, False, "running-config:95", "ntp authenticate and a trusted key."),
        ("log-server", "Messages go to a log server", "AU-LOG", "medium", "logging.servers", {"at_least_items": 1}, [], "running-config:101", "logging server ADDRESS 6 use-vrf management."),
    ],
}  # fmt: skip
HOSTILE: tuple[str, ...] = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<!--<script>window.pwned=1",
    "admin\u202etxt.exe\u202c \u2066hidden\u2069",
    "line one\nline two\r\nline three\ttab\x00nul\x1b[31mred",
    "bad bytes \udcff\udcfe from a log",
    "\u2028\u2029 \u200b zero width",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd PermitRootLogin",
    "'\"`;--${7*7}{{7*7}}<svg/onload=window.pwned=1>",
    "Z" + "\u0335\u0322" * 60,
    "A" * 10_000,
    ", ".join(f"10.{i % 256}.{i // 256}.0/24" for i in range(700)),
    '=HYPERLINK("http://192.0.2.1")',
    "absent",
)


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, as audit.json writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def make(
    hosts: int = 50,
    *,
    mood: Mood = "mixed",
    per_platform: int = 0,
    hostile: bool = False,
    long_names: bool = False,
    right_to_left: bool = False,
    waivers: bool = True,
    lost: int | None = None,
    seed: int = 7,
) -> dict[str, Any]:
    """An invented audit of `hosts` read targets, plus `lost` unread ones (default: about 3 %, none for one host).

    `per_platform` raises the number of rules per platform by repeating topics; findings are about `hosts` x rules.
    """
    rng = random.Random(seed)
    rules = _rules(per_platform)
    targets = _targets(hosts, hosts // 30 if lost is None else lost, rng)
    if long_names:
        for i, t in enumerate(targets):
            t["name"] = f"{t['platform']}-{i}-" + "long-" * 22 + "name.subdomain.datacentre.example.net"
            t["group"] = "a-cluster-name-that-somebody-thought-should-say-everything-about-it"
    if right_to_left:
        for i, t in enumerate(targets):
            t["name"] = (
                f"\u0634\u0631\u0643\u0629-{i}.\u0645\u062b\u0627\u0644"
                if i % 2
                else f"\u05e9\u05e8\u05ea-{i}.example.net"
            )
            t["group"] = "\u0645\u0631\u0643\u0632 \u0627\u0644\u0628\u064a\u0627\u0646\u0627\u062a"
    if hostile:
        for i, name in enumerate(
            ("<b onmouseover=window.pwned=1>esxi</b>", "host-\u202egnp.exe", "=cmd|' /C calc'!A0")
        ):
            if i < len(targets):
                targets[i]["name"] = name
    findings: list[dict[str, Any]] = []
    rates = {r: rng.uniform(0.35, 0.8) if rng.random() < 0.12 else rng.uniform(0.0, 0.06) for r in sorted(rules)}
    odd = set(rng.sample(range(hosts), max(1, hosts // 60)))
    for i, target in enumerate(targets):
        target_rate = 0.5 if i in odd and mood == "mixed" and hosts > 1 else None
        findings += _judge(target, rules, rates, target_rate, mood, rng, waivers)
    if hostile:
        _poison(findings, rules)
    return _assemble(rules, targets, findings, mood)


def _rules(per_platform: int) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for platform, topics in TOPICS.items():
        for n in range(max(per_platform, len(topics))):
            topic, title, family, severity, path, expected, bad, source, fix = topics[n % len(topics)]
            part = n // len(topics)
            out[f"{platform}-{topic}" + (f"-{part + 1}" if part else "")] = {
                "title": title + (f", part {part + 1}" if part else ""),
                "severity": severity,
                "cat": {"critical": "I", "high": "I", "medium": "II", "low": "III"}.get(severity),
                "family": family,
                "family_name": FAMILIES[family],
                "rationale": "Left as it is, this setting gives an intruder on the same network a way in, or hides the traces afterwards.",
                "fix": fix,
                "check": [f"Look at {path} <b>by hand</b>. Good: {expected}."],
                "references": {
                    "nist-800-53": [f"AC-{1 + n % 17}", f"CM-{6 + n % 2}"],
                    "pci-dss": [f"{1 + n % 10}.{1 + n % 4}.{1 + n % 3}"],
                    **({"stig": [f"SYN-{platform[:3].upper()}-{n:06d}"]} if n % 3 else {}),
                },
                "baselines": [f"{platform}-base"],
                "version": f"{(hash_of(platform + topic) + part) & 0xFFFFFFFF:08x}",
                "manual": None,
                "_": (path, expected, bad, source, platform),
            }
        out[f"{platform}-account-review"] = {
            "title": "A person has reviewed the accounts this quarter", "severity": "medium", "cat": "II", "family": "AC-ACCOUNT",
            "family_name": FAMILIES["AC-ACCOUNT"], "rationale": "Accounts outlive the people and jobs they were made for.",
            "fix": "Review the list of accounts with their owners.", "check": ["Ask for the signed list of the last review."], "references": {"nist-800-53": ["AC-2"]},
            "baselines": [f"{platform}-base"], "version": "00000001",
            "manual": {"reason": "No setting shows that a person looked.", "steps": "Ask for the signed list of the last review."},
            "_": ("", None, None, "", platform),
        }  # fmt: skip
    return out


def hash_of(text: str) -> int:
    """A small stable hash; Python's own differs from run to run."""
    total = 0
    for c in text:
        total = (total * 31 + ord(c)) & 0x7FFFFFFF
    return total


def _targets(hosts: int, lost: int, rng: random.Random) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for i in range(hosts + lost):
        site = SITES[i // 16 % 4] if hosts > 4 else "ams"
        platform = "nexus1000v" if i % 16 == 15 else "linux" if i % 16 > 9 else "esxi"
        if hosts == 1:
            platform = "linux"
        cluster = {"esxi": f"{site}-cl{i // 64 + 1:02d}", "linux": f"{site}-servers", "nexus1000v": f"{site}-switches"}[
            platform
        ]
        stub = {"esxi": "esx", "linux": "web", "nexus1000v": "vsm"}[platform]
        status = "collected" if i < hosts else "unreachable" if (i - hosts) % 4 else "stale"
        out.append({
            "name": f"{stub}{i:03d}.{site}.example.net", "platform": platform,
            "source": {"esxi": f"vc-{site}", "linux": f"{stub}{i:03d}", "nexus1000v": f"{stub}{i:03d}"}[platform],
            "version": {"esxi": "8.0.3 build 24674464", "linux": "Debian GNU/Linux 12 (bookworm)", "nexus1000v": "5.2(1)SV3(4.1)"}[platform],
            "status": status, "collected_at": iso(START + timedelta(seconds=rng.randrange(50))) if status == "collected" else None,
            "gaps": [], "labels": {"site": site}, "group": cluster, "synthetic": True,
        })  # fmt: skip
    return out


LOST = {
    "unreachable": "No answer on port 443 within 20 s. Check the firewall between this machine and the host.",
    "stale": "Not read in this run; the last good reading is 9 days old.",
}


def _judge(
    target: dict[str, Any],
    rules: dict[str, dict[str, Any]],
    rates: dict[str, float],
    fixed: float | None,
    mood: Mood,
    rng: random.Random,
    waivers: bool,
) -> list[dict[str, Any]]:
    out = []
    blind = mood == "mixed" and rng.random() < 0.03
    for rule_id, rule in rules.items():
        path, *_, platform = rule["_"]
        if platform != target["platform"]:
            continue
        base = {
            "target": target["name"], "platform": platform, "baselines": rule["baselines"], "rule": rule_id, "rule_version": rule["version"],
            "title": rule["title"], "severity": rule["severity"], "subject": None, "reason": "", "observations": [], "waiver": None, "waiver_lapsed": None,
            "references": rule["references"],
        }  # fmt: skip
        if target["status"] != "collected":
            out.append(base | {"status": "unknown", "reason": LOST[target["status"]]})
            continue
        if rule["manual"]:
            out.append(base | {"status": "notchecked", "reason": rule["manual"]["reason"]})
            continue
        subjects: list[str | None] = (
            [f"VM Network {n}" if n else "Management Network" for n in range(rng.randrange(1, 4))]
            if "[*]" in path
            else [None]
        )
        rate = rates[rule_id] if fixed is None else fixed
        out += [base | {"subject": s} | _verdict(rule, target, rate, mood, blind, s, rng, waivers) for s in subjects]
    return out


def _verdict(
    rule: dict[str, Any],
    target: dict[str, Any],
    rate: float,
    mood: Mood,
    blind: bool,
    subject: str | None,
    rng: random.Random,
    waivers: bool,
) -> dict[str, Any]:
    path, expected, bad, source, _ = rule["_"]
    path = path.replace("[*]", f"[{subject}]") if subject else path
    at = target["collected_at"]
    draw = rng.random()
    if mood == "all-unknown" or (mood == "mixed" and draw < (0.5 if blind else 0.012)):
        reason = (
            "Permission denied: the account may not read this",
            "Property not returned by the API",
            "Timed out after 20 s",
        )[hash_of(path) % 3]
        target["gaps"].append({"path": path, "reason": reason})
        return {
            "status": "error" if draw < 0.001 else "unknown",
            "reason": reason,
            "observations": [
                {"path": path, "expected": expected, "actual": {"gap": reason}, "source": source, "at": at}
            ],
        }
    if mood == "mixed" and draw > 0.985:
        return {"status": "notapplicable", "reason": "The feature is not present on this host."}
    good = _good(expected)
    failing = mood == "mixed" and rng.random() < rate
    observations = [
        {"path": path, "expected": expected, "actual": bad if failing else good, "source": source, "at": at}
    ]
    if "ssh" in path or "services" in path:
        observations.append(
            {
                "path": path.rsplit(".", 1)[0] + ".policy",
                "expected": "off",
                "actual": "on" if failing else "off",
                "source": source,
                "at": at,
            }
        )
    waived = waivers and failing and rng.random() < 0.06
    waiver = {
        "id": f"W-{100 + hash_of(path) % 7}",
        "justification": "Isolated network, replaced in the next quarter.",
        "approved_by": "Example approver (synthetic)",
        "expiration_date": f"2027-0{1 + hash_of(path) % 8}-15T00:00:00Z",
        "zone": ("UTC", "Europe/Paris", "America/New_York")[hash_of(path) % 3],
    }
    gone = {"id": "W-91", "reason": "the observed value changed from a.b = <b>0</b> to a.b = 1"}
    reason = "The value is outside what the rule allows." if failing else ""
    return {
        "status": "fail" if failing else "pass",
        "reason": reason,
        "observations": observations,
        "waiver": waiver if waived else None,
        "waiver_lapsed": gone if waivers and failing and not waived and hash_of(path) % 9 == 0 else None,
    }


def _good(expected: Any) -> Any:
    if not isinstance(expected, dict):
        return expected
    kind, value = next(iter(expected.items()))
    match kind:
        case "between":
            return value[1]
        case "one_of":
            return value[0]
        case "subset_of":
            return value[:2]
        case "contains_all":
            return ",".join(value)
        case "equals":
            return value
    return {
        "matches": "ssl://log1.example.net:1514",
        "none_of": ["openssh-server", "chrony"],
        "not_equals": 1000,
        "at_least_items": ["log1.example.net"],
    }[str(kind)]


def _poison(findings: list[dict[str, Any]], rules: dict[str, dict[str, Any]]) -> None:
    able = [f for f in findings if f["observations"]]
    for i, text in enumerate(HOSTILE * 2):
        finding = able[(i * 97 + 3) % len(able)]
        finding |= {
            "status": "fail",
            "reason": text[:200],
            "waiver": None,
            "subject": text[:300] if i % 2 else finding["subject"],
        }
        finding["observations"][0] |= {"actual": text, "source": f"sshd -T {text[:40]}"}
    for finding in findings:
        if held := finding["waiver"]:
            held |= {"justification": HOSTILE[int(held["id"][2:]) % len(HOSTILE)], "approved_by": "<b>\u202eyou</b>"}
        if finding["waiver_lapsed"]:
            finding["waiver_lapsed"] = {"id": "W-91", "reason": HOSTILE[0]}
    first = next(iter(rules.values()))
    first["title"] += " <script>window.pwned=1</script>"
    for f in findings:
        f["title"] = rules[f["rule"]]["title"]


def _assemble(
    rules: dict[str, dict[str, Any]], targets: list[dict[str, Any]], findings: list[dict[str, Any]], mood: Mood
) -> dict[str, Any]:
    collected = [t for t in targets if t["status"] == "collected"]
    lost = [t for t in targets if t["status"] != "collected"]
    platforms = sorted({t["platform"] for t in targets})
    excluded = (
        [
            {
                "target": "esx-lab-07.example.net",
                "platform": "esxi",
                "reason": "Lab host, out of scope",
                "until": "2027-01-31",
            }
        ]
        if len(targets) > 1
        else []
    )
    by_platform = {}
    for p in platforms:
        own = [t["status"] for t in targets if t["platform"] == p]
        by_platform[p] = {
            "population": len(own),
            "collected": own.count("collected"),
            "unreachable": own.count("unreachable"),
            "stale": own.count("stale"),
            "excluded": sum(e["platform"] == p for e in excluded),
        }
    worst: dict[tuple[str, str], str] = {}
    order = ("fail", "unknown", "error", "pass", "notapplicable", "notchecked")
    for f in findings:
        cell = (f["target"], f["rule"])
        if cell not in worst or order.index(f["status"]) < order.index(worst[cell]):
            worst[cell] = f["status"]
    tally = {s: sum(v == s for v in worst.values()) for s in order}
    unknown = tally["unknown"] + tally["error"]
    whole = tally["pass"] + tally["fail"] + unknown
    sources = sorted({t["source"] for t in targets})
    kind = {
        t["source"]: {"esxi": "vcenter", "linux": "linux", "nexus1000v": "nexus1000v"}[t["platform"]] for t in targets
    }
    bad = {t["source"] for t in lost}
    return {
        "schema": "auditor/1",
        "run": {
            "id": "20261121-121641-7f3a", "started_at": iso(START), "finished_at": iso(START + timedelta(seconds=74)), "auditor_version": "0.1.0", "tailoring": None,
            "organisation": "Synthetic Estate", "classification": "Internal: synthetic data, made for tests", "scope": f"Sources: {len(sources)}; groups: {len({t['group'] for t in targets})}; platforms: {', '.join(platforms)}", "synthetic": True,
            "baselines": [{"id": f"{p}-base", "title": f"Starter baseline for {p}", "version": "2026.1", "sha256": f"{hash_of(p):064x}", "rules": sum(r["_"][4] == p for r in rules.values()), "parameters": {"syslog_target": "ssl://log1.example.net:1514", "idle_seconds": 900}} for p in platforms],
            "fail_on": "high", "min_coverage": 100.0,
        },
        "coverage": {
            "population": len(targets), "collected": len(collected), "by_platform": by_platform,
            "unreachable": [{"target": t["name"], "platform": t["platform"], "source": t["source"], "reason": LOST["unreachable"]} for t in lost if t["status"] == "unreachable"],
            "stale": [{"target": t["name"], "platform": t["platform"], "source": t["source"], "last_good": "2026-11-12T02:00:00Z"} for t in lost if t["status"] == "stale"],
            "excluded": excluded,
        },
        "score": {
            "lower": 100 * tally["pass"] / whole if whole else None, "upper": 100 * (tally["pass"] + unknown) / whole if whole else None,
            "passed": tally["pass"], "failed": tally["fail"], "unknown": unknown, "notapplicable": tally["notapplicable"], "notchecked": tally["notchecked"],
            "waived": len({(f["target"], f["rule"]) for f in findings if f["waiver"]}),
        },
        "sources": [{"name": s, "kind": kind[s], "address": f"{s}.example.net", "status": "failed" if s in bad and kind[s] != "vcenter" else "partial" if s in bad else "ok", "reason": LOST["unreachable"] if s in bad else None, "account": "audit-reader", "seconds": 1.5 + hash_of(s) % 90 / 10, "targets": sum(t["source"] == s for t in targets), "synthetic": True, "warnings": ["TLS verification off"] if s == "vc-ber" else []} for s in sources],
        "targets": targets,
        "rules": {k: {a: b for a, b in r.items() if a != "_"} for k, r in rules.items()},
        "findings": findings,
        "golden": [],
        "drift": [],
        "waivers": _waivers(findings),
    }  # fmt: skip


def _waivers(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How waivers stand: one of each kind that wants attention, then those in force beside findings."""
    beside: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        if finding["waiver"]:
            beside.setdefault(finding["waiver"]["id"], []).append(finding)
    if not beside:
        return []
    hostile = next((f["waiver"]["justification"] for f in findings if f["waiver"] and "<" in str(f["waiver"])), "")
    why, rule = hostile or "Isolated network, replaced in the next quarter.", findings[0]["rule"]
    base = {
        "rule": rule, "scope": "label site=ams", "subject": None, "justification": why, "requested_by": "Requester",
        "approved_by": "Example approver (synthetic)", "expires": "2026-12-05T22:59:59Z", "zone": "Europe/Paris",
        "days_left": 14, "covers": 0, "lapsed": 0, "reason": "", "state": "approved", "attention": None,
    }  # fmt: skip
    changed = f"the observed value changed from a.b = {why} to a.b = 1"
    over = {"expires": "2026-11-10T22:59:59Z", "days_left": -11, "reason": "expired on 2026-11-10 (Europe/Paris)"}
    return [
        base | over | {"id": "W-90", "state": "expired", "attention": "expired"},
        base | {"id": "W-91", "state": "lapsed", "attention": "lapsed", "lapsed": 2, "reason": changed},
        base | {"id": "W-92", "attention": "lapsed", "covers": 1, "lapsed": 1, "reason": changed},
        base | {"id": "W-93", "attention": "expiring", "covers": 1},
        base | {"id": "W-94", "attention": "expiring", "days_left": 0, "subject": "<i>vmk0</i>"},
        base | {"id": "W-95", "state": "requested", "approved_by": None, "reason": "not approved"},
        base | {"id": "W-96", "state": "revoked", "reason": "revoked by Example approver: it was mended"},
        *[
            base | {"id": name, "rule": found[0]["rule"], "covers": len(found)}
            for name, found in sorted(beside.items())
        ],
    ]
