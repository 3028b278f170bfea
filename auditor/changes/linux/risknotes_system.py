"""Risks to what a host does: packet filter, mounts, audit, clock, log, kernel, units, packages."""

import re
from collections.abc import Iterator
from itertools import islice

from auditor.changes.linux.plan import FileChange
from auditor.changes.linux.risknotes import Look, Sight, risk
from auditor.changes.model import Risk
from auditor.domain import Severity

HIGH, CRITICAL, MEDIUM, LOW = Severity.HIGH, Severity.CRITICAL, Severity.MEDIUM, Severity.LOW
_NETWORK = re.compile(
    r"(?:networking|NetworkManager|systemd-networkd|wicked|network|ifup@\S+|dhcpcd|netplan\S*)\.service"
)
_CORE = re.compile(r"(?:dbus|systemd-logind|systemd-journald|systemd-udevd|systemd-resolved|sssd)\.service")
_SSH = {"ssh.service", "sshd.service", "ssh.socket", "sshd.socket"}
_FILTERS = {"nftables.service": "nftables", "iptables.service": "iptables", "ufw.service": "ufw",
            "netfilter-persistent.service": "iptables", "firewalld.service": "firewalld"}  # fmt: skip
_VITAL = re.compile(
    r"(?:openssh-server|sudo|systemd|systemd-sysv|libpam\S*|pam|libc6|glibc|dpkg|apt|rpm|dnf|yum|bash|linux-image\S*|"
    r"kernel\S*|grub\S*|initramfs-tools|dracut|netplan\S*|ifupdown|network-manager|NetworkManager|python3)"
)
_NEEDS = {"overlay": ("container-host", "containers keep their files on it"), "bridge": ("kvm", "guests hang on it")}


def filtering(sight: Sight) -> Iterator[Risk]:
    """A filter that drops by default and forgets ssh, or the log."""
    ports = [str(port) for port in sight.new("sshd", "effective", "port") or ["22"]]
    for change in sight.files("/etc/nftables.conf", "/etc/nftables", "/etc/nftables.d"):
        text = _text(change)
        for hook, body in _chains(text):
            if hook == "input" and not _accepts(body, [*ports, "ssh"]):
                yield risk("firewall-ssh", CRITICAL, "The packet filter drops by default and no rule lets SSH in",
                           f"No rule of the input chain accepts port {', '.join(ports)}.", change.where)  # fmt: skip
            if hook == "output":
                yield from _log(sight, change, body)
    for change in sight.files("/etc/iptables", "/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables"):
        text = _text(change)
        allowed = re.search(rf"^-A INPUT\b.*--dports? \S*\b(?:{'|'.join(ports)}|ssh)\b.*-j ACCEPT", text, re.M)
        if re.search(r"^:INPUT DROP", text, re.M) and not allowed:
            yield risk("firewall-ssh", CRITICAL, "The packet filter drops by default and no rule lets SSH in",
                       f"No rule of INPUT accepts port {', '.join(ports)}.", change.where)  # fmt: skip
        if re.search(r"^:OUTPUT DROP", text, re.M):
            yield from _log(sight, change, "\n".join(re.findall(r"^-A OUTPUT.*$", text, re.M)))
    for change in sight.files("/etc/ufw", "/etc/default/ufw"):
        for line in change.added:
            if re.match(r'\s*(?:ENABLED=yes|DEFAULT_INPUT_POLICY="?(?:DROP|REJECT))', line.text):
                yield risk("firewall-ufw", HIGH, "ufw begins to drop",
                           "Whether its rules let SSH in does not show: see `ufw status`.", line.where)  # fmt: skip
                break
    for unit in sight.plan.units:
        if unit.name in _FILTERS and (unit.active or unit.enabled):
            yield risk("firewall-starts", HIGH, f"{_FILTERS[unit.name]} begins to filter",
                       "Whether its rules let SSH and the log through was not looked at.", unit.where)  # fmt: skip


def _text(change: FileChange) -> str:
    lines = change.lines if change.lines is not None else change.added
    return "\n".join(re.sub(r"(?:^|\s)#.*", "", line.text[:4000]) for line in lines)


def _chains(text: str) -> Iterator[tuple[str, str]]:
    """(hook, body) of each base chain that drops what no rule speaks of."""
    for found in islice(re.finditer(r"\bchain\s+\S{1,100}\s{0,20}\{", text), 200):
        depth, at = 1, found.end()
        while at < min(len(text), found.end() + 20_000) and depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        body = text[found.end() : at]
        if (hook := re.search(r"\bhook\s+(input|output)\b", body)) and re.search(r"\bpolicy\s+drop\b", body):
            yield hook[1], body


def _accepts(body: str, ports: list[str]) -> bool:
    """Whether a rule accepts one of these ports, or everything that is not of a port."""
    wanted = "|".join(map(re.escape, ports))
    rules = re.split(r"[;\n]", body)
    named = any(re.search(rf"dport\b[^;\n]*\b(?:{wanted})\b", rule) and "accept" in rule for rule in rules)
    free = any(re.fullmatch(r"\s*(?:counter\s+)?(?:tcp\s+)?accept\s*", rule) for rule in rules)
    jumps = any(re.search(r"\b(?:jump|goto)\s+\S+", rule) for rule in rules)
    return named or free or jumps


def _log(sight: Sight, change: FileChange, body: str) -> Iterator[Risk]:
    targets = sight.new("logging", "rsyslog", "remote_targets") or []
    ports = {port for one in targets for port in re.findall(r":(\d+)$", str(one))} | {"514", "6514", "syslog"}
    if targets and not _accepts(body, sorted(ports)):
        yield risk("firewall-syslog", HIGH, "The packet filter drops what this host logs to others",
                   f"Output is dropped by default, and no rule speaks of {', '.join(map(str, targets[:5]))}.",
                   change.where)  # fmt: skip


def mounts(sight: Sight) -> Iterator[Risk]:
    """noexec where scripts of packages run; a boot that stops."""
    for path in ("/tmp", "/var/tmp", "/var", "/usr", "/home", "/opt"):  # noqa: S108 - mount points
        old, new = (s("mounts", path) or {} for s in (sight.old, sight.new))
        for key in ("options", "pinned_options"):
            if "noexec" in (new.get(key) or []) and "noexec" not in (old.get(key) or []):
                severity = CRITICAL if path == "/usr" else MEDIUM if path != "/home" else LOW
                yield risk("noexec", severity, f"No program runs from {path} any more",
                           "Scripts of packages (debconf, dpkg, rpm), installers and agents unpack there and fail."
                           if path != "/home" else "Programs in home folders stop.",
                           sight.where(f"mounts[{path}]"))  # fmt: skip
                break
    for change in sight.files("/etc/fstab"):
        for line in change.added:
            fields = line.text.split("#", 1)[0].split()
            if len(fields) >= 4 and line.where and _may_fail(fields) and fields[1] not in _now(sight):
                yield risk("fstab-boot", HIGH, "The next boot stops if this file system is not there",
                           f"{fields[1]} is mounted at boot without nofail.", line.where)  # fmt: skip
        if change.lines is not None and "/" in (sight.old("mounts") or {}):
            roots = [f for f in (ln.text.split("#", 1)[0].split() for ln in change.lines) if f[1:2] == ["/"]]
            if not roots and (sight.old("mounts", "/") or {}).get("pinned"):
                yield risk("fstab-root", CRITICAL, "fstab no longer names the root file system",
                           "The next boot may leave it read-only or not find it.", change.where)  # fmt: skip


def _may_fail(fields: list[str]) -> bool:
    options = set(fields[3].split(","))
    return not options & {"nofail", "noauto"} and fields[2] not in ("tmpfs", "proc", "sysfs", "swap", "none", "devpts")


def _now(sight: Sight) -> set[str]:
    return {path for path, one in (sight.old("mounts") or {}).items() if one.get("is_mount_point")}


def audit(sight: Sight) -> Iterator[Risk]:
    """Locked rules, and an audit system that stops the host."""
    where = sight.where("audit.on_disk", "audit.immutable_on_disk", "audit")
    if sight.new("audit", "immutable_on_disk") and not sight.old("audit", "immutable_on_disk"):
        yield risk("audit-lock", MEDIUM, "Audit rules can no longer be changed without a reboot",
                   "With -e 2 every later change of them waits for the next boot.", where)  # fmt: skip
    if sight.edited.meta.get("audit_locked") or (
        sight.old("audit", "enabled") == 2 and sight.files("/etc/audit/rules.d")
    ):
        yield risk("audit-locked", MEDIUM, "These audit rules wait for a reboot",
                   "The kernel's rules are locked (-e 2): what is loaded stays till then.", where)  # fmt: skip
    for change in sight.files("/etc/audit"):
        for line in change.added:
            if re.match(r"\s*-f\s+2\b", line.text):
                yield risk("audit-panic", HIGH, "The kernel panics when audit records are lost",
                           "-f 2: a full queue or a stopped auditd brings the host down.", line.where)  # fmt: skip
            if found := re.match(
                r"\s*((?:admin_)?space_left|disk_full|disk_error|max_log_file)_action\s*=\s*(halt|single|suspend)\b",
                line.text, re.I,
            ):  # fmt: skip
                yield risk("audit-halts", HIGH, "A full disk of audit records stops this host",
                           f"{found[1]}_action = {found[2]}.", line.where)  # fmt: skip


def clock_and_log(sight: Sight) -> Iterator[Risk]:
    """The last time server, the last place that records go to."""
    old, new = sight.old("time") or {}, sight.new("time") or {}
    if sight.known("time.servers") and old.get("servers") and not new.get("servers"):
        yield risk("last-ntp-server", HIGH, "No time server is left", f"There were {', '.join(old['servers'][:5])}.",
                   sight.where("time"))  # fmt: skip
    if sight.known("time.services") and old.get("services") and not new.get("services"):
        yield risk("no-clock", HIGH, "Nothing keeps the clock any more", f"{', '.join(old['services'])} did.",
                   sight.where("time", "units"))  # fmt: skip
    was, now = (s("logging", "rsyslog", "remote_targets") or [] for s in (sight.old, sight.new))
    if sight.known("logging.rsyslog") and was and not now:
        yield risk("last-syslog-target", HIGH, "Records no longer leave this host",
                   f"They went to {', '.join(map(str, was[:5]))}.", sight.where("logging"))  # fmt: skip
    stopped = [u for u in sight.plan.units if u.name in ("rsyslog.service", "auditd.service") and _off(u)]
    for unit in stopped:
        yield risk("records-stop", HIGH, f"{unit.name} no longer writes records", "Nothing else takes its place.",
                   unit.where)  # fmt: skip


def _off(unit: object) -> bool:
    return any(
        getattr(unit, name) is value for name, value in (("active", False), ("enabled", False), ("masked", True))
    )


def kernel(sight: Sight) -> Iterator[Risk]:
    """Parameters that end something that works today."""
    roles = set(sight.old("roles") or [])
    values = {key: (_value(sight.old("sysctl", key)), _value(sight.new("sysctl", key))) for key in (
        "kernel.modules_disabled", "net.ipv4.ip_forward", "net.ipv6.conf.all.disable_ipv6", "user.max_user_namespaces",
        "net.ipv4.icmp_echo_ignore_all", "net.ipv4.conf.all.rp_filter", "kernel.unprivileged_userns_clone",
    )}  # fmt: skip
    changed = {key: new for key, (old, new) in values.items() if new is not None and new != old}

    def at(key: str) -> str:
        return sight.where(f"sysctl[{key}]")

    if changed.get("kernel.modules_disabled") == 1:
        yield risk("modules-disabled", HIGH, "No kernel module can be loaded until the next boot",
                   "Filters, file systems and devices that are not in use yet stay away.",
                   at("kernel.modules_disabled"))  # fmt: skip
    needs = roles & {"kvm", "container-host"} or sight.old("nat", "rules")
    if changed.get("net.ipv4.ip_forward") == 0 and needs:
        yield risk("no-forwarding", HIGH, "This host forwards no packets any more",
                   "Guests, containers or networks behind it lose their way.", at("net.ipv4.ip_forward"))  # fmt: skip
    used = [a for link in (sight.old("links") or {}).values() for a in link.get("addresses") or [] if ":" in a]
    used = [address for address in used if not address.startswith(("fe80", "::1"))]
    if changed.get("net.ipv6.conf.all.disable_ipv6") == 1 and used:
        yield risk("no-ipv6", HIGH, "IPv6 is switched off where it is in use", f"Addresses: {', '.join(used[:5])}.",
                   at("net.ipv6.conf.all.disable_ipv6"))  # fmt: skip
    for key in ("user.max_user_namespaces", "kernel.unprivileged_userns_clone"):
        if changed.get(key) == 0 and "container-host" in roles:
            yield risk("no-user-namespaces", MEDIUM, "Containers without root, and sandboxes of browsers, stop",
                       f"{key} = 0.", at(key))  # fmt: skip
    if changed.get("net.ipv4.icmp_echo_ignore_all") == 1:
        yield risk("no-ping", LOW, "This host no longer answers a ping", "Monitoring that pings it raises an alarm.",
                   at("net.ipv4.icmp_echo_ignore_all"))  # fmt: skip
    addressed = [n for n, link in (sight.old("links") or {}).items() if link.get("addresses") and n != "lo"]
    if changed.get("net.ipv4.conf.all.rp_filter") == 1 and len(addressed) > 1:
        yield risk("rp-filter", MEDIUM, "Packets that come another way than they go are dropped",
                   f"rp_filter is strict, and {len(addressed)} links have addresses.",
                   at("net.ipv4.conf.all.rp_filter"))  # fmt: skip


def _value(item: object) -> object:
    return item.get("persisted", item.get("runtime")) if isinstance(item, dict) else None


def modules(sight: Sight) -> Iterator[Risk]:
    """Modules kept out that something hangs on."""
    roles, packages = set(sight.old("roles") or []), set(sight.old("packages") or {})
    for name, after in (sight.new("modules") or {}).items():
        before = sight.old("modules", name) or {}
        if not (after.get("install_disabled") or after.get("blacklisted")) or (
            before.get("install_disabled") == after.get("install_disabled")
            and before.get("blacklisted") == after.get("blacklisted")
        ):
            continue
        where = sight.where(f"modules[{name}]")
        if name in _NEEDS and _NEEDS[name][0] in roles:
            yield risk("module-needed", HIGH, f"The module {name} is kept out, and {_NEEDS[name][1]}", "", where)
        mounted = {one.get("fstype") for one in (sight.old("mounts") or {}).values()}
        if name in mounted or (name == "fat" and "vfat" in mounted):
            yield risk("module-needed", HIGH, f"The module {name} is kept out, and a file system of it is mounted",
                       "The next boot cannot mount it.", where)  # fmt: skip
        if name == "squashfs" and "snapd" in packages:
            yield risk("module-needed", MEDIUM, "The module squashfs is kept out, and snaps are squashfs", "", where)
        if after.get("loaded"):
            yield risk("module-loaded", LOW, f"The module {name} is loaded and stays so until the next boot",
                       "modprobe.d keeps out what is not loaded yet.", where)  # fmt: skip


def units(sight: Sight) -> Iterator[Risk]:
    """Units without which nobody gets to the host."""
    for unit in sight.plan.units:
        if not _off(unit):
            continue
        how = "is masked" if unit.masked else "is stopped" if unit.active is False else "does not start at boot"
        if unit.name in _SSH:
            other = next((n for n in _SSH - {unit.name} if (sight.new("units", n) or {}).get("in_use")), "")
            severity = MEDIUM if other else CRITICAL
            yield risk("unit-ssh", severity, f"{unit.name} {how}", f"{other} is there still." if other else
                       "Nobody logs in over the network then.", unit.where)  # fmt: skip
        elif _NETWORK.fullmatch(unit.name):
            yield risk("unit-network", CRITICAL, f"{unit.name} {how}", "It makes this host's links and addresses.",
                       unit.where)  # fmt: skip
        elif _CORE.fullmatch(unit.name):
            yield risk("unit-core", HIGH, f"{unit.name} {how}", "Logins and other units hang on it.", unit.where)
        elif unit.name in _FILTERS and unit.name not in ("ufw.service",):
            yield risk("unit-filter", MEDIUM, f"{unit.name} {how}", "The packet filter falls away, now or at the boot.",
                       unit.where)  # fmt: skip


def packages(sight: Sight) -> Iterator[Risk]:
    """Packages that something running needs."""
    running = {name.rsplit(".", 1)[0] for name, one in (sight.old("units") or {}).items() if one.get("running")}
    for package in sight.plan.packages:
        if package.present or package.name not in (sight.old("packages") or {}):
            continue
        if _VITAL.fullmatch(package.name):
            yield risk("package-vital", CRITICAL, f"{package.name} is removed", "The host does not work without it.",
                       package.where)  # fmt: skip
        elif {package.name, package.name.removesuffix("-server"), package.name.removesuffix("-daemon")} & running:
            yield risk("package-runs", MEDIUM, f"{package.name} is removed while its service runs",
                       "What it does ends with it.", package.where)  # fmt: skip


def policies(sight: Sight) -> Iterator[Risk]:
    """SELinux and crypto policies that take a boot."""
    old, new = (s("mac", "selinux_configured") for s in (sight.old, sight.new))
    if old == "disabled" and new in ("enforcing", "permissive"):
        yield risk("selinux-relabel", HIGH, "SELinux comes on with the next boot",
                   "Files without labels: a relabel takes long, and without one nobody logs in.",
                   sight.where("mac"))  # fmt: skip
    if new == "enforcing" and old == "permissive":
        yield risk("selinux-enforces", MEDIUM, "SELinux begins to refuse with the next boot",
                   "See what it would have refused so far: ausearch -m avc.", sight.where("mac"))  # fmt: skip


SYSTEM: tuple[Look, ...] = (
    filtering, mounts, audit, clock_and_log, kernel, modules, units, packages, policies,
)  # fmt: skip
