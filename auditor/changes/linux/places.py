"""Which facts are read from which files, for reasons and for what cannot be foretold."""

import re
from fnmatch import fnmatchcase

from auditor.facts.linux import Facts

# Facts that no change of a running host's files, packages or services makes other ones.
_FIXED = {"os", "hostname", "kernel", "architecture", "container", "virtualisation", "estate", "names", "activity"}
EVERYTHING = tuple(name for name in Facts.model_fields if name not in _FIXED)
# First fit. Files that hang on a tool's answer (nft, named-checkconf ...) stand in `TOLD_BY_TOOLS`.
_READ = (
    ("/etc/sysctl.conf", ("sysctl",)),
    ("*/sysctl.d/*", ("sysctl",)),
    ("/etc/ssh/sshd_config", ("sshd",)),
    ("/etc/ssh/sshd_config.d/*", ("sshd",)),
    ("/etc/sysconfig/sshd", ("sshd",)),
    ("/etc/crypto-policies/*", ("crypto", "crypto_policy")),
    ("/etc/fstab", ("mounts",)),
    ("*/systemd/system/*.mount*", ("mounts",)),
    ("*/modprobe.d/*", ("modules",)),
    ("/etc/audit/auditd.conf", ("audit.daemon",)),
    ("/etc/audit/*", ("audit",)),
    ("/etc/pam.d/*", ("pam",)),
    ("/etc/security/pwquality.conf*", ("pam.pwquality",)),
    ("/etc/security/faillock.conf", ("pam.faillock",)),
    ("/etc/security/pwhistory.conf", ("pam.pwhistory",)),
    ("/etc/security/limits.*", ("session", "core_dumps")),
    ("/etc/login.defs", ("login_defs", "session", "pam", "accounts", "account_checks")),
    ("/etc/default/useradd", ("useradd",)),
    ("/etc/shells", ("shells", "accounts", "account_checks")),
    ("*/systemd/journald.conf*", ("logging",)),
    ("*/systemd/coredump.conf*", ("core_dumps",)),
    ("*/systemd/timesyncd.conf*", ("time",)),
    ("*/systemd/logind.conf*", ("session",)),
    ("*/systemd/system.conf*", ("systemd",)),
    ("/etc/rsyslog.conf", ("logging",)),
    ("/etc/rsyslog.d/*", ("logging",)),
    ("/etc/chrony*", ("time",)),
    ("/etc/ntp*", ("time",)),
    ("/etc/selinux/config", ("mac",)),
    ("/etc/issue*", ("banners",)),
    ("/etc/motd", ("banners",)),
    ("/etc/nsswitch.conf", ("directory_accounts",)),
    ("/etc/environment", ("session",)),
    ("/etc/profile*", ("session",)),
    ("/etc/bash*", ("session",)),
    ("/root/.*", ("session",)),
    ("/etc/default/ufw", ("firewall",)),
    ("/etc/ufw/ufw.conf", ("firewall",)),
    ("/etc/sudoers*", ("sudoers", "audit.topics")),
    ("/etc/default/grub*", ("boot",)),
    ("/etc/resolv.conf", ("resolver",)),
    ("/etc/hostname", ("identity",)),
    ("/etc/dnf/dnf.conf", ("package_manager", "repositories")),
    ("/etc/yum*", ("package_manager", "repositories")),
    ("/etc/aide*", ("integrity",)),
    ("/etc/cron*", ("integrity",)),
    ("/var/spool/cron*", ("integrity",)),
)
_FILTERED = tuple(
    f"firewall.{name}"
    for name in ("input_policies", "denies_by_default", "denies_ipv6_by_default", "forwards_by_default",
                 "accepts_loopback", "drops_loopback_spoofs", "rules")
)  # fmt: skip
_LOOKUPS = tuple(f"identity.{name}" for name in ("fqdn", "qualified", "forward", "forward_agrees", "addresses"))
_PEOPLE = ("accounts", "groups", "account_checks", "sshd.contexts")
# Facts that come from what a tool answers once it has read the file: the file alone does not tell them.
TOLD_BY_TOOLS = (
    ("/etc/nftables*", (*_FILTERED, "nat"), "what nft makes of it is not computed"),
    ("/etc/iptables/*", (*_FILTERED, "nat"), "what iptables-restore makes of it is not computed"),
    ("/etc/sysconfig/iptables*", (*_FILTERED, "nat"), "what iptables-restore makes of it is not computed"),
    ("/etc/sysconfig/ip6tables*", (*_FILTERED, "nat"), "what ip6tables-restore makes of it is not computed"),
    ("/etc/firewalld/*", (*_FILTERED, "nat"), "what firewalld makes of it is not computed"),
    ("/etc/ufw/*", (*_FILTERED, "nat"), "what ufw makes of it is not computed"),
    ("/etc/default/ufw", _FILTERED, "what ufw makes of it is not computed"),
    ("/etc/hosts", _LOOKUPS, "what the resolver answers then is not computed"),
    ("/etc/resolv.conf", _LOOKUPS, "what the resolver answers then is not computed"),
    ("/etc/nsswitch.conf", _LOOKUPS, "what the resolver answers then is not computed"),
    ("/etc/postfix/*", ("postfix", "listeners"), "what postconf then answers is not computed"),
    ("/etc/aliases", ("postfix",), "what becomes of its mail is not computed"),
    ("/etc/bind/*", ("bind", "listeners"), "what named-checkconf then answers is not computed"),
    ("/etc/named*", ("bind", "listeners"), "what named-checkconf then answers is not computed"),
    ("/etc/libvirt/*", ("kvm", "listeners"), "what libvirt makes of it is not computed"),
    ("/etc/passwd", _PEOPLE, "changes of accounts are not followed"),
    ("/etc/group", _PEOPLE, "changes of groups are not followed"),
    ("/etc/shadow", _PEOPLE[:3], "changes of passwords are not followed"),
    ("/etc/gshadow", _PEOPLE[1:2], "changes of groups are not followed"),
    ("/etc/crypto-policies/*", ("crypto", "crypto_policy", "sshd.effective", "sshd.contexts"),
     "what update-crypto-policies makes of it is not computed"),
    ("/etc/selinux/*", ("mac",), "what SELinux makes of it is not computed"),
    ("/etc/apparmor*", ("mac",), "what AppArmor makes of it is not computed"),
    ("/etc/default/ssh", ("sshd",), "options on the command line of sshd are not followed"),
    ("/etc/sysconfig/sshd", ("sshd",), "options on the command line of sshd are not followed"),
    ("/etc/network/*", ("links", "bonds", "interfaces", "sysctl", "identity"), "what becomes of the links is unseen"),
    ("/etc/netplan/*", ("links", "bonds", "interfaces", "sysctl", "identity"), "what becomes of the links is unseen"),
    ("/etc/NetworkManager/*", ("links", "bonds", "interfaces", "sysctl", "identity", "resolver"),
     "what becomes of the links is unseen"),
    ("/etc/systemd/network/*", ("links", "bonds", "interfaces", "sysctl", "identity", "resolver"),
     "what becomes of the links is unseen"),
    ("/etc/sysconfig/network-scripts/*", ("links", "bonds", "interfaces", "sysctl", "identity"),
     "what becomes of the links is unseen"),
    ("/boot/*", ("boot",), "the next boot is not followed through this file"),
    ("/etc/grub.d/*", ("boot",), "what update-grub makes of it is not computed"),
    ("/etc/default/grub*", ("boot.stored_words", "boot.loader_current", "boot.parameters"),
     "it is in force once the loader's own files are made anew (update-grub, grub2-mkconfig)"),
    ("/etc/modules*", ("modules",), "modules that are loaded at boot are not followed"),
    ("*/modules-load.d/*", ("modules", "sysctl"), "modules that are loaded at boot are not followed"),
    ("/usr/lib/modules/*", ("modules",), "files of modules are not followed"),
    ("*/systemd/system-preset/*", ("units",), "presets are not followed"),
    ("/root/.ssh/*", ("accounts",), "keys of accounts are not followed"),
    ("/etc/profile.d/*.csh", (), ""),
)  # fmt: skip
_UNIT = re.compile(r"/(?:etc|usr/lib|run|lib|usr/local/lib)/systemd/system/([A-Za-z0-9:_.\\@-]+?)(\.d/[^/]+\.conf)?$")


def facts_of(path: str) -> tuple[str, ...]:
    """Top-level facts that are read from the text of a file; () when none is."""
    return next((facts for pattern, facts in _READ if fnmatchcase(path, pattern)), ())


def told_by_tools(path: str) -> tuple[tuple[str, ...], str]:
    """Facts that the file changes in a way that is not foretold, and why."""
    return next(((facts, why) for pattern, facts, why in TOLD_BY_TOOLS if fnmatchcase(path, pattern)), ((), ""))


def unit_of(path: str) -> tuple[str, bool] | None:
    """The unit whose file this is, and whether it is a drop-in."""
    found = _UNIT.match(path)
    return (found[1], bool(found[2])) if found else None
