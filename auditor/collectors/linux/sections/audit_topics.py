"""Which kinds of event a set of audit rules records."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from auditor.collectors.linux.sections.audit_rules import Rule, back

_CALLS = {
    "time-change": {"adjtimex", "settimeofday", "clock_settime"},
    "modules": {"init_module", "finit_module", "delete_module"},
    "mounts": {"mount"},
    "deletion": {"unlink", "unlinkat", "rename", "renameat"},
    "permissions": {
        "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat",
        "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
    },
    "access-denied": {"creat", "open", "openat", "truncate", "ftruncate"},
    "network": {"sethostname", "setdomainname"},
    "root-commands": {"execve"},
}  # fmt: skip
# Each group of names has one path that must be watched: distributions put some files in different places.
_WATCHES: dict[str, tuple[tuple[str, ...], ...]] = {
    "identity": (
        ("/etc/passwd",), ("/etc/group",), ("/etc/shadow",), ("/etc/gshadow",), ("/etc/security/opasswd",),
    ),
    "sudoers": (("/etc/sudoers",), ("/etc/sudoers.d",)),
    "login-records": (("/var/log/lastlog",), ("/var/run/faillock", "/run/faillock", "/var/log/faillock")),
    "session-records": (("/var/run/utmp", "/run/utmp"), ("/var/log/wtmp",), ("/var/log/btmp",)),
    "time-zone": (("/etc/localtime",),),
    "network": (("/etc/hosts",), ("/etc/issue",), ("/etc/issue.net",)),
    "name-services": (("/etc/nsswitch.conf",), ("/etc/pam.d",)),
    "scheduled-jobs": (("/etc/cron.d",), ("/var/spool/cron",)),
}  # fmt: skip
_PROGRAMS = {
    "chcon": "/usr/bin/chcon",
    "setfacl": "/usr/bin/setfacl",
    "chacl": "/usr/bin/chacl",
    "usermod": "/usr/sbin/usermod",
    "module-tools": "/usr/bin/kmod",
}
_MAC = (("/etc/apparmor", "/etc/apparmor.d"), ("/etc/selinux",))
# Fields that leave a rule in force for whoever logged in; any other narrows it, so it proves nothing.
_PEOPLE = re.compile(r"auid!=unset|auid>=(?:1000|[1-9]?\d?\d)|auid>-1")
_ALSO = {
    "time-change": re.compile(r"a0=0"),
    "root-commands": re.compile(r"euid!=uid|euid=0"),
    "access-denied": re.compile(r"exit=-E(?:ACCES|PERM)"),
}


def topics(normal: list[str], machine: str, sudo_log: str = "") -> dict[str, bool]:
    """Whether normalised rules record each kind of event; on x86_64 system calls count only for both ABIs."""
    rules = _in_force([back(text) for text in normal])
    arches = ("b32", "b64") if machine == "x86_64" else ("b64",)
    found = dict.fromkeys([*_WATCHES, *_CALLS], True)
    for name, places in _WATCHES.items():
        found[name] = all(any(_watched(rules, path, arches) for path in paths) for paths in places)
    for name, calls in _CALLS.items():
        codes = ("exit=-EACCES", "exit=-EPERM") if name == "access-denied" else ("",)
        wanted = ("b64",) if name == "modules" else arches  # 32-bit programs load none on a 64-bit kernel
        called = all(_called(rules, name, calls, arch, code) for arch in wanted for code in codes)
        found[name] = called and found[name]
    for name, path in _PROGRAMS.items():
        found[name] = _run(rules, path)
    found["mac-policy"] = any(all(_watched(rules, path, arches) for path in paths) for paths in _MAC)
    if sudo_log:
        found["sudo-log"] = _watched(rules, sudo_log, arches)
    return found


def _in_force(rules: list[Rule]) -> list[Rule]:
    """Rules that record something: the first match wins, so a `never` without conditions hides what follows it."""
    if any(rule.task and not rule.always and not rule.fields for rule in rules):
        return []
    hidden: list[Rule] = []
    kept: list[Rule] = []
    for rule in rules:
        if rule.task:
            continue
        if not rule.always:
            hidden += [] if rule.fields else [rule]
        elif not any(_hides(other, rule) for other in hidden):
            kept.append(rule)
    return kept


def _hides(never: Rule, rule: Rule) -> bool:
    if never.watch:
        return bool(rule.watch) and PurePosixPath(rule.watch).is_relative_to(never.watch)
    return never.arch in ("", rule.arch) and (not never.calls or bool(never.calls & rule.calls))


def _watched(rules: list[Rule], path: str, arches: Iterable[str]) -> bool:
    fits = [
        rule
        for rule in rules
        if rule.watch
        and {"w", "a"} <= rule.permissions
        and not rule.fields
        and not rule.calls
        and PurePosixPath(path).is_relative_to(rule.watch)
    ]
    return all(any(rule.arch in ("", arch) for rule in fits) for arch in arches)


def _run(rules: list[Rule], path: str) -> bool:
    return any(
        rule.watch == path and "x" in rule.permissions and all(_PEOPLE.fullmatch(text) for text in rule.fields)
        for rule in rules
    )


def _called(rules: list[Rule], topic: str, calls: set[str], arch: str, code: str) -> bool:
    also = _ALSO.get(topic)
    seen: set[str] = set()
    for rule in rules:
        if rule.arch != arch or rule.watch or (code and code not in rule.fields):
            continue
        if topic == "root-commands" and not any("euid" in text for text in rule.fields):
            continue
        if all(_PEOPLE.fullmatch(text) or (also and also.fullmatch(text)) for text in rule.fields):
            seen |= rule.calls or calls
    return calls <= seen
