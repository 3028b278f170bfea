"""Every fact that a shipped Linux rule asks for was seen from a live host, or is listed as never seen."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.linux.wanted import BOOT_WORDS
from tests.collectors.linux.helpers import local_source, snapshot, ssh_source
from tests.rules.shipped import shipped_rules
from tests.simulators.linux.lab import LabHost

ROOT = Path(__file__).parents[3]
NEVER_SEEN = ROOT / "docs/reference/facts-never-seen.md"
# What only a mail server, a name server or a virtualisation host has: tests/flips/test_linux_roles.py looks for these.
ROLE_FACTS = re.compile(r"(?:kvm|postfix|bind)\b|links\[\*\]\.mtu_fits$")


def rule_paths() -> set[str]:
    """Paths that the rules name; those below a `for_each` begin with its list and an asterisk."""
    found: set[str] = set()
    for rule, _ in shipped_rules("linux").values():
        entries = [*rule.expect, *rule.where, *(path for branch in rule.any_of for path in branch)]
        found |= {
            f"{rule.for_each}[*]{path}" if path.startswith(".") else path
            for path in entries
            if path not in ("@key", ".")
        }
    across = ("estate.", "names.")  # no collector gives these: tests/test_estate_nexus.py, tests/test_resolving.py
    return {path for path in found if not path.startswith(across)}


def steps(path: str) -> list[str]:
    return [name or key for name, key in re.findall(r"([A-Za-z_]\w*)|\[([^\]]+)\]", path)]


def values(facts: Any, path: list[str]) -> Iterator[Any]:
    """What stands at a path, at each member for an asterisk."""
    if not path:
        yield facts
    elif isinstance(facts, Mapping):
        for key in facts if path[0] == "*" else [path[0]]:
            if key in facts:
                yield from values(facts[key], path[1:])


def seen(facts: Mapping[str, Any], path: str) -> bool:
    """A value was there; of packages, units and files the list itself is enough: a rule may want them absent."""
    parts = steps(path)
    if parts[0] in ("packages", "units", "files") and "*" not in parts:
        parts = [parts[0]]
    return any(value is not None and value != {} for value in values(facts, parts))


def never_seen() -> set[str]:
    section = NEVER_SEEN.read_text().split("## Linux", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^- `([^`]+)`", section, re.M))


def set_everything(host: LabHost) -> None:
    """Settings that a fresh Debian leaves at their defaults, so that each is there to be read."""
    who = "AllowUsers *\nAllowGroups *\nDenyUsers nobody\nDenyGroups nogroup\n"
    host.put("/etc/ssh/sshd_config.d/00-paths.conf", who)
    match = "Match User root\n  PermitRootLogin no\n  PermitEmptyPasswords yes\n  MaxAuthTries 3\n  MaxSessions 5\n"
    match += "  LogLevel VERBOSE\n  IgnoreRhosts no\n  HostbasedAuthentication yes\n  ClientAliveInterval 9\n"
    match += "  ClientAliveCountMax 2\n  GSSAPIAuthentication yes\n  KerberosAuthentication yes\n  Banner /etc/issue\n"
    match += "  DisableForwarding yes\n  X11Forwarding no\n  X11UseLocalhost no\n"
    host.put("/etc/ssh/sshd_config.d/50-paths.conf", match)
    sudo = "Defaults timestamp_timeout=5, logfile=/var/log/sudo.log, !rootpw\n"
    host.put("/etc/sudoers.d/paths", sudo + "Defaults !targetpw, !runaspw\n", 0o440)
    host.put("/etc/systemd/logind.conf.d/paths.conf", "[Login]\nStopIdleSessionSec=600\n")
    host.put("/etc/security/limits.d/paths.conf", "* hard maxlogins 10\n")
    host.inside(["sh", "-c", "echo FAIL_DELAY 4 >> /etc/login.defs; echo umask 077 >> /root/.profile"])
    host.put("/etc/profile.d/paths.sh", "readonly TMOUT=600\nexport TMOUT\n")
    host.put("/etc/sysctl.d/99-zz-paths.conf", "net.ipv4.tcp_syncookies = 1\n")
    host.inside(["useradd", "-D", "-f", "30"])
    host.inside(["sh", "-c", "usermod -p '*' daemon && chage -M 60 -I 30 daemon"])


def set_records(host: LabHost) -> None:
    """Records, packet filter, package sources and AIDE, as a host may have them that a fresh Debian is not."""
    host.put("/etc/ufw/ufw.conf", "ENABLED=no\n")
    host.put("/etc/default/ufw", 'DEFAULT_INPUT_POLICY="DROP"\nDEFAULT_FORWARD_POLICY="DROP"\n')
    host.put("/etc/rsyslog.d/paths.conf", "*.* @@192.0.2.9:6514\n")
    host.put("/etc/systemd/journald.conf.d/paths.conf", "[Journal]\nCompress=yes\nForwardToSyslog=yes\n")
    host.put("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n")
    host.put("/etc/yum.repos.d/paths.repo", "[base]\nenabled=1\n")
    host.put("/etc/systemd/timesyncd.conf", "[Time]\nFallbackNTP=192.0.2.1\n")
    clock = "[Service]\nExecStart=/bin/sleep inf\n[Install]\nWantedBy=multi-user.target\n"
    host.put("/etc/systemd/system/systemd-timesyncd.service", clock)
    host.inside(["cp", "/bin/sleep", "/opt/chronyd"])  # ps shows names only, and an earlier test removed chrony
    host.put("/etc/systemd/system/chrony.service", clock.replace("/bin/sleep", "/opt/chronyd"))
    host.put("/etc/aide/aide.conf", "/sbin/auditctl p+sha512\n")
    folder = "/opt/deb-aide"
    host.put(
        f"{folder}/DEBIAN/control", "Package: aide\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    )
    host.inside(["sh", "-ec", f"dpkg-deb -b {folder} {folder}.deb && dpkg -i {folder}.deb"])
    host.inside(["sh", "-ec", "systemctl daemon-reload; systemctl enable systemd-timesyncd; systemctl restart chrony"])


@contextmanager
def own_kernel(host: LabHost) -> Iterator[None]:
    """The host calls itself a machine, with a boot loader, modules, and files of the RHEL family beside its own."""
    words = " ".join(f"{name}=1" for name in BOOT_WORDS)
    host.put("/run-cmdline", f"BOOT_IMAGE=/boot/vmlinuz ro {words}\n")
    host.put("/boot/grub/grub.cfg", f"linux /boot/vmlinuz ro {words}\n")
    host.put("/etc/default/grub", 'GRUB_CMDLINE_LINUX=""\n')
    release = host.inside(["uname", "-r"]).strip()
    host.put(f"/usr/lib/modules/{release}/modules.dep", "kernel/fs/udf/udf.ko:\n")
    host.put(f"/usr/lib/modules/{release}/modules.builtin", "")
    host.put("/usr/lib/systemd/systemd-coredump", "")
    host.put("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n")
    host.put("/etc/crypto-policies/state/current", "DEFAULT\n")
    host.put("/etc/crypto-policies/config", "DEFAULT\n")
    host.put("/etc/systemd/system.conf.d/paths.conf", "[Manager]\nCtrlAltDelBurstAction=none\n")
    host.put("/etc/sysctl.conf", "net.ipv4.tcp_syncookies = 0\n")
    host.inside(["mount", "--bind", "/run-cmdline", "/proc/cmdline"])
    host.call_itself_a_machine()
    try:
        yield
    finally:
        host.inside(["umount", "/proc/cmdline", "/usr/bin/systemd-detect-virt"])
        host.put("/run/systemd/container", "systemd-nspawn")


@pytest.mark.needs_lab
@pytest.mark.asyncio
async def test_each_path_was_seen_or_is_listed(host: LabHost) -> None:
    """The list holds exactly the paths that neither a lab host nor this machine shows."""
    set_everything(host)
    set_records(host)
    source = ssh_source(host.address, 22, host.known_hosts, host.user_key)
    looks = [await snapshot(source), await snapshot(local_source())]
    with own_kernel(host):
        looks.append(await snapshot(source))
    paths = {path for path in rule_paths() if not ROLE_FACTS.match(path)}
    unseen = {path for path in paths if not any(seen(look.facts, path) for look in looks)}
    listed = never_seen()
    assert sorted(unseen - listed) == []
    assert listed <= rule_paths()
