"""A host of the RHEL family on paper: its files, packages and units, rendered as the program's answer.

Nothing ran here: it is composed in the forms that RHEL gives (rpm, crypto policies, authselect's PAM stacks, SELinux,
firewalld, augenrules, boot loader entries), from manuals and public samples. What is read from it is synthetic.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from auditor.collectors.linux.wanted import AUDIT_CONF, CONF, FILES, UNITS

_SYSCTL = ("/etc/sysctl.d/", "/run/sysctl.d/", "/usr/local/lib/sysctl.d/", "/usr/lib/sysctl.d/", "/lib/sysctl.d/",
           "/etc/sysctl.conf")  # fmt: skip
_PROFILE = ("/etc/profile", "/etc/profile.d", "/etc/bash.bashrc", "/etc/bashrc")
_REPOS = ("/etc/dnf/dnf.conf", "/etc/yum.conf", "/etc/yum.repos.d")
_CRON = ("/etc/crontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly",
         "/var/spool/cron")  # fmt: skip
_ENTRIES = ("/boot/loader/entries", "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/grub2/grubenv")
# Batches of grep: record, paths, what a line must hold.
_GREPS: tuple[tuple[str, Sequence[str], str], ...] = (
    ("sysctl_text", _SYSCTL, ""),
    ("conf", CONF, ""),
    ("repositories", _REPOS, r"(?i)^\s*(\[|(gpgcheck|enabled|localpkg_gpgcheck)\s*=)"),
    ("profile", _PROFILE, "TMOUT|umask|PATH="),
    ("grub_default", ("/etc/default/grub", "/etc/default/grub.d"), ""),
    ("crypto_files", ("/etc/crypto-policies/config", "/etc/crypto-policies/local.d"), ""),
    ("sudoers", ("/etc/sudoers", "/etc/sudoers.d"), ""),
    ("audit_rules", AUDIT_CONF, ""),
    ("aide_conf", ("/etc/aide.conf", "/etc/aide"), ""),
    ("aide_jobs", _CRON, r"\baide\b"),
    ("boot_entries", _ENTRIES, "vmlinuz|^options|^kernelopts"),
    ("resolv", ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf", "/etc/hostname"), ""),
    ("aliases", ("/etc/aliases", "/etc/postfix/aliases"), ""),
)  # fmt: skip
_ABSENT = "No such file or directory"
_TOOLS = ("dpkg", "iptables", "ip6tables", "aa_status")  # that this family does not have, or no longer


@dataclass(frozen=True)
class Entry:
    """A file or folder."""

    text: str = ""
    mode: str = "644"
    owner: str = "root"
    group: str = "root"
    folder: bool = False


@dataclass
class Host:
    """What a host would answer. `units`: unit -> (UnitFileState, ActiveState); `told`: records as they stand."""

    name: str
    files: dict[str, Entry]
    packages: tuple[str, ...]
    units: dict[str, tuple[str, str]]
    sysctl: dict[str, str]
    told: dict[str, str] = field(default_factory=dict)


def stream(host: Host) -> bytes:
    """The raw answer, as the program frames it."""
    records = list(_records(host))
    body = b"".join(b"%b\0%b\0%d\0%b\0" % (k.encode(), out.encode(), rc, err.encode()) for k, out, rc, err in records)
    return b"\0BEGIN\0" + body + b"END\0\x000\0\0"


def _records(host: Host) -> Iterator[tuple[str, str, int, str]]:
    told = {"asked": "\n".join([*UNITS, *CONF, *AUDIT_CONF]), "odd": "", "rpm": "\n".join(host.packages), **host.told}
    for key, text in told.items():
        yield key, text + "\n" if text else "", 0, ""
    for key in _TOOLS:
        yield key, "", 127, f"timeout: failed to run command '{key.replace('_', '-')}': {_ABSENT}"
    runtime = "".join(f"/proc/sys/{key.replace('.', '/')}:{value}\n" for key, value in sorted(host.sysctl.items()))
    yield "sysctl", runtime, 0, ""
    listed = [path for path in host.files if "sysctl" in path and path.endswith(".conf")]
    yield "sysctl_files", "".join(f"{path}\n" for path in listed), 0, ""
    for key, paths, keep in _GREPS:
        yield key, *_grep(host, paths, keep)
    yield "stat", *_stat(host)
    folders = [path for path in host.files if path.startswith(("/etc/audit/", "/etc/ssh/sshd_config.d/"))]
    yield "stat_folders", "".join(_listed(path, host.files[path]) for path in sorted(folders)), 0, ""
    yield "units", "\n".join(_unit(name, host) for name in sorted({*UNITS, *host.units})), 0, ""
    password = host.files.get("/boot/grub2/user.cfg")
    for key in ("grub_debian", "grub_superusers"):
        yield key, "", 2, f"/usr/bin/grep: /boot/grub/grub.cfg: {_ABSENT}"
    if password:
        yield "grub_rhel", f"{password.text.count('GRUB2_PASSWORD=grub.pbkdf2')}\n", 0, ""
    else:
        yield "grub_rhel", "", 2, f"/usr/bin/grep: /boot/grub2/user.cfg: {_ABSENT}"
    yield "grub_efi", "", 2, f"/usr/bin/grep: /boot/efi/EFI: {_ABSENT}"


def _grep(host: Host, paths: Iterable[str], keep: str) -> tuple[str, int, str]:
    out, err = [], []
    for path in paths:
        plain = path.rstrip("/")
        found = sorted(one for one in host.files if one == plain or one.startswith(f"{plain}/"))
        if not found:
            err.append(f"grep: {path}: {_ABSENT}")
        for one in found:
            lines = enumerate(host.files[one].text.splitlines(), 1)
            out += [f"{one}:{number}:{line}\n" for number, line in lines if not keep or re.search(keep, line)]
    return "".join(out), 2 if err else 0 if out else 1, "\n".join(err)


def _stat(host: Host) -> tuple[str, int, str]:
    more = [
        path for path in host.files if re.match(r"/etc/ssh/ssh_host_|/etc/cron\.d/.|/etc/sudoers\.d/.|/boot/Sys", path)
    ]
    out, err = "", []
    for path in dict.fromkeys([*FILES, *more]):
        entry = host.files.get(path)
        if entry is None:
            err.append(f"stat: cannot statx '{path}': {_ABSENT}")
            continue
        kind = "directory" if entry.folder else "regular file" if entry.text else "regular empty file"
        out += f"{entry.mode}|{entry.owner}|{entry.group}|{len(entry.text)}|{kind}|{path}\n"
    return out, 1 if err else 0, "\n".join(err)


def _listed(path: str, entry: Entry) -> str:
    if entry.folder:
        return ""
    bits = int(entry.mode, 8)
    letters = "".join("rwx"[i % 3] if bits >> (8 - i) & 1 else "-" for i in range(9))
    size = len(entry.text)
    return f"  2255092      4 -{letters}   1 {entry.owner:8} {entry.group:8} {size:8} Nov  1  2026 {path}\n"


def _unit(name: str, host: Host) -> str:
    state, active = host.units.get(name, ("", "inactive"))
    load = "masked" if state == "masked" else "loaded" if name in host.units else "not-found"
    return f"Id={name}\nTriggeredBy=\nLoadState={load}\nActiveState={active}\nUnitFileState={state}\n"
