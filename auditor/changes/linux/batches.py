"""Which files stand in which record of the program, whole or only with the lines that it asks for."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from auditor.collectors.linux.wanted import AUDIT_CONF, CONF

_MODPROBE = tuple(f"{root}/modprobe.d" for root in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
_SYSCTL = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")


class Batch(NamedTuple):
    """A record of `path:line:text`: what grep was told, and which lines it keeps (None: all)."""

    key: str
    roots: tuple[str, ...]  # files, folders, or patterns of files
    kept: re.Pattern[str] | None = None

    def holds(self, path: str) -> bool:
        """Whether grep would look into this path."""
        return any(
            path == root or path.startswith(f"{root}/") or ("*" in root and fnmatchcase(path, root))
            for root in self.roots
        )


BATCHES = (
    Batch("conf", CONF),
    Batch("sysctl_text", (*_SYSCTL, "/etc/sysctl.conf")),
    Batch("sshd_text", ("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d")),
    Batch("sudoers", ("/etc/sudoers", "/etc/sudoers.d")),
    Batch("audit_rules", AUDIT_CONF),
    Batch("modprobe_text", _MODPROBE),
    Batch("grub_default", ("/etc/default/grub", "/etc/default/grub.d")),
    Batch("crypto_files", ("/etc/crypto-policies/config", "/etc/crypto-policies/local.d")),
    Batch("resolv", ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf", "/etc/hostname")),
    Batch("aide_conf", ("/etc/aide.conf", "/etc/aide")),
    Batch("profile", ("/etc/profile", "/etc/profile.d", "/etc/bash.bashrc", "/etc/bashrc"),
          re.compile(r"TMOUT|umask|PATH=")),
    Batch("root_shell", tuple(f"/root/{name}" for name in (".profile", ".bash_profile", ".bash_login", ".bashrc")),
          re.compile(r"path=|umask", re.I)),
    Batch("repositories", ("/etc/dnf/dnf.conf", "/etc/yum.conf", "/etc/yum.repos.d"),
          re.compile(r"^\s*(\[|(gpgcheck|enabled|localpkg_gpgcheck)\s*=)", re.I)),
    Batch("mount_units", ("/etc/systemd/system/*.mount", "/usr/lib/systemd/system/*.mount",
                          "/etc/systemd/system/*.mount.d/*.conf"), re.compile(r"^(Where|Options) *=")),
    Batch("aide_jobs", ("/etc/crontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly",
                        "/etc/cron.monthly", "/var/spool/cron"), re.compile(r"(?<![\w])aide(?![\w])")),
)  # fmt: skip


def holding(path: str) -> Iterator[Batch]:
    """The batches that a path stands in."""
    return (batch for batch in BATCHES if batch.holds(path))


def mirrors(path: str) -> tuple[str, ...]:
    """The path, and the other name that it has where /lib is a link to /usr/lib."""
    if path.startswith("/usr/lib/"):
        return path, path.removeprefix("/usr")
    return (path, f"/usr{path}") if path.startswith("/lib/") else (path,)
