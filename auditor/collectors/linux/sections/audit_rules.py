"""Audit rules as auditctl(8) takes them, in one normal form, and what a set of them covers."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import PurePosixPath

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
_WATCHES = {
    "identity": ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/security/opasswd"),
    "sudoers": ("/etc/sudoers", "/etc/sudoers.d"),
    "login-records": ("/var/log/lastlog", "/var/log/wtmp", "/var/log/btmp"),
    "time-change": ("/etc/localtime",),
    "network": ("/etc/hosts", "/etc/issue"),
}
_MAC = (("/etc/apparmor", "/etc/apparmor.d"), ("/etc/selinux",))
_UNSET = {"-1", "4294967295", "unset"}


@dataclass(frozen=True)
class Rule:
    """One rule in parts. `watch` is the path of a file system rule; `calls` is empty for such a rule."""

    always: bool
    watch: str = ""
    permissions: frozenset[str] = frozenset()
    arch: str = ""
    calls: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    keys: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        parts = ["always" if self.always else "never"]
        if self.watch:
            parts.append(f"watch={self.watch} perm={''.join(p for p in 'rwxa' if p in self.permissions)}")
        if self.arch:
            parts.append(f"arch={self.arch}")
        if self.calls:
            parts.append(f"calls={','.join(sorted(self.calls))}")
        return " ".join([*parts, *self.fields, *(f"key={key}" for key in self.keys)])


def parse(line: str) -> Rule | None:
    """A rule that adds a watch or a filter; None for a comment, a control line (-D, -b, -e) or what is no rule."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return None
    pairs = list(zip(words[::2], words[1::2], strict=False))
    options = [option for option, _ in pairs]
    if "-w" not in options and "-a" not in options and "-A" not in options:
        return None
    watch, permissions, arch, always = "", "rwxa", "", True
    calls: set[str] = set()
    fields: set[str] = set()
    keys: list[str] = []
    for option, value in pairs:
        name, sign, right = _split(value)
        if option in ("-a", "-A"):
            if "exit" not in value.split(","):
                return None
            always = "always" in value.split(",")
        elif option == "-w" or (option == "-F" and name in ("path", "dir") and sign == "="):
            watch = (value if option == "-w" else right).rstrip("/") or "/"
        elif option == "-p" or (option == "-F" and name == "perm"):
            permissions = value if option == "-p" else right
        elif option == "-S":
            calls |= {call for call in value.split(",") if call != "all"}
        elif option == "-F" and name == "arch":
            arch = {"x86_64": "b64", "aarch64": "b64", "i386": "b32", "i686": "b32"}.get(right, right)
        elif option == "-k" or (option == "-F" and name == "key"):
            keys.append(value if option == "-k" else right)
        elif option in ("-F", "-C"):
            fields.add(name + sign + ("unset" if name == "auid" and right in _UNSET else right))
    return Rule(
        always, watch, frozenset(permissions), arch, frozenset(calls), tuple(sorted(fields)), tuple(sorted(keys))
    )


def _split(text: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"(\w+)(!=|>=|<=|&=|=|>|<|&)(.*)", text)
    return (found[1], found[2], found[3]) if found else (text, "", "")


def normalise(lines: list[str]) -> list[str]:
    """Rules in order and in normal form: `-w` equals `-F path=` or `dir=`, unset login uids are spelled `unset`."""
    return [str(rule) for line in lines[:5000] if (rule := parse(line))]


def _back(text: str) -> Rule:
    values: dict[str, str] = {}
    fields, keys = [], []
    for word in text.split()[1:]:
        name, _, value = word.partition("=")
        if name in ("watch", "perm", "arch", "calls") and name not in values:
            values[name] = value
        elif name == "key":
            keys.append(value)
        else:
            fields.append(word)
    calls = frozenset(values["calls"].split(",")) if "calls" in values else frozenset[str]()
    return Rule(
        text.startswith("always"),
        values.get("watch", ""),
        frozenset(values.get("perm", "")),
        values.get("arch", ""),
        calls,
        tuple(fields),
        tuple(keys),
    )


def topics(normal: list[str], machine: str) -> dict[str, bool]:
    """Whether normalised rules record each kind of event; on x86_64 system calls count only for both ABIs."""
    rules = [rule for rule in map(_back, normal) if rule.always]
    arches = ("b32", "b64") if machine == "x86_64" else ("b64",)
    found = dict.fromkeys(["identity", "sudoers", "login-records", *_CALLS], True)
    for name, paths in _WATCHES.items():
        found[name] = all(_watched(rules, path) for path in paths)
    for name, calls in _CALLS.items():
        if name == "access-denied":
            called = all(
                _called(rules, calls, arch, code) for arch in arches for code in ("exit=-EACCES", "exit=-EPERM")
            )
        elif name == "root-commands":
            called = all(_called(rules, calls, arch, mark) for arch in arches for mark in ("euid",))
        else:
            called = all(_called(rules, calls, arch) for arch in (("b64",) if name == "modules" else arches))
        found[name] = called and found.get(name, True)
    found["mac-policy"] = any(all(_watched(rules, path) for path in paths) for paths in _MAC)
    return found


def _watched(rules: list[Rule], path: str) -> bool:
    return any(
        rule.watch
        and {"w", "a"} <= rule.permissions
        and not rule.fields
        and PurePosixPath(path).is_relative_to(rule.watch)
        for rule in rules
    )


def _called(rules: list[Rule], calls: set[str], arch: str, needs: str = "") -> bool:
    seen: set[str] = set()
    for rule in rules:
        if rule.arch == arch and not rule.watch and (not needs or any(needs in text for text in rule.fields)):
            seen |= rule.calls
    return calls <= seen
