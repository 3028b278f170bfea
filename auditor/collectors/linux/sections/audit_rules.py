"""Audit rules as auditctl(8) takes them, in one normal form."""

import re
import shlex
from dataclasses import dataclass, replace

_UNSET = {"-1", "4294967295", "unset"}
_ERRORS = {"-1": "-EPERM", "-13": "-EACCES", "EPERM": "-EPERM", "EACCES": "-EACCES"}
_ARCHES = {"x86_64": "b64", "aarch64": "b64", "i386": "b32", "i686": "b32"}
_LIMIT, _LONG = 5000, 10_000  # lines; characters, more than auditctl reads of one


@dataclass(frozen=True)
class Rule:
    """One rule in parts. `watch` is the path of a file system rule; no `calls` are all calls, and those of such a rule.

    `task` is the list that is asked when a process begins: a `never` there silences everything else.
    """

    always: bool
    watch: str = ""
    permissions: frozenset[str] = frozenset()
    arch: str = ""
    calls: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    task: bool = False

    def __str__(self) -> str:
        parts = ["always" if self.always else "never", *(["task"] if self.task else [])]
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
        words = shlex.split(line, comments=True) if len(line) <= _LONG else []
    except ValueError:
        return None
    pairs = list(zip(words[::2], words[1::2], strict=False))
    if not {"-w", "-a", "-A"} & {option for option, _ in pairs}:
        return None
    watch, permissions, arch, always, task = "", "rwxa", "", True, False
    calls: set[str] = set()
    fields: set[str] = set()
    keys: list[str] = []
    for option, value in pairs:
        name, sign, right = _split(value)
        if option in ("-a", "-A"):
            lists = set(value.split(","))
            if not lists & {"exit", "task"}:
                return None
            always, task = "always" in lists, "task" in lists
        elif option == "-w" or (option == "-F" and name in ("path", "dir") and sign == "="):
            watch = (value if option == "-w" else right).rstrip("/") or "/"
        elif option == "-p" or (option == "-F" and name == "perm"):
            permissions = value if option == "-p" else right
        elif option == "-S":
            calls |= {call for call in value.split(",") if call != "all"}
        elif option == "-F" and name == "arch":
            arch = _ARCHES.get(right, right)
        elif option == "-k" or (option == "-F" and name == "key"):
            keys.append(value if option == "-k" else right)
        elif option in ("-F", "-C"):
            fields.add(_field(name, sign, right))
    return Rule(
        always, watch, frozenset(permissions), arch, frozenset(calls), tuple(sorted(fields)), tuple(sorted(keys)), task
    )


def _split(text: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"(\w+)(!=|>=|<=|&=|=|>|<|&)(.*)", text)
    return (found[1], found[2], found[3]) if found else (text, "", "")


def _field(name: str, sign: str, right: str) -> str:
    """One spelling of what auditctl takes and prints in several."""
    if name == "auid" and right in _UNSET:
        right = "unset"
    elif name.endswith("id") and right == "root":
        right = "0"
    elif name == "exit":
        right = _ERRORS.get(right, right)
    elif name == "success":
        right = {"yes": "1", "no": "0"}.get(right, right)
    elif re.fullmatch(r"a[0-3]", name) and re.fullmatch(r"0x[0-9a-f]{1,16}", right):
        right = str(int(right, 16))
    elif sign in ("=", "!=") and re.fullmatch(r"[a-z]*[ug]id", right):  # -C compares two fields, in either order
        name, right = sorted((name, right))
    return name + sign + right


def normalise(lines: list[str]) -> list[str]:
    """Rules in order and in normal form: `-w` equals `-F path=` or `dir=`, unset login uids are spelled `unset`."""
    return [str(rule) for line in lines[:_LIMIT] if (rule := parse(line))]


def back(text: str) -> Rule:
    """The rule in its normal form."""
    values: dict[str, str] = {}
    fields, keys, task = [], [], False
    for word in text.split()[1:]:
        name, _, value = word.partition("=")
        if name in ("watch", "perm", "arch", "calls") and name not in values:
            values[name] = value
        elif name == "key":
            keys.append(value)
        elif word == "task":
            task = True
        else:
            fields.append(word)
    return Rule(
        text.startswith("always"),
        values.get("watch", ""),
        frozenset(values.get("perm", "")),
        values.get("arch", ""),
        frozenset(values["calls"].split(",")) if "calls" in values else frozenset(),
        tuple(fields),
        tuple(keys),
        task,
    )


def missing(wanted: list[str], present: list[str]) -> list[str]:
    """Rules of `wanted` that `present` lacks in whole or in part: compared call by call, without their keys."""
    there = {atom for text in present for atom in _atoms(text)}
    rules = {str(replace(back(text), keys=())): _atoms(text) for text in wanted}
    return sorted(text for text, atoms in rules.items() if not atoms <= there)


def _atoms(text: str) -> set[str]:
    rule = replace(back(text), keys=())
    return {str(replace(rule, calls=frozenset({call}))) for call in rule.calls} or {str(rule)}
