"""The grammar of sudoers(5): lines, aliases, Defaults, and who may run what with which tags."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from auditor.collectors.linux.config import Lines

FOLDER = "/etc/sudoers.d"
_DEPTH, _LINES, _LENGTH, _WORD = 128, 20_000, 65_536, 300  # nesting as sudo itself allows; ours
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)", re.S)
_DEFAULTS = re.compile(r"Defaults(?:([@:!>])\s*((?:\"[^\"]*\"|\\.|[^\s,\"]|,\s*)+))?\s+(.*)", re.S)
_INCLUDE = re.compile(r"[@#]include(dir)?\s+(\"[^\"]*\"|\S+)")
_TAG = re.compile(r"(NO)?(PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT)\s*:\s*")
_OPTION = re.compile(
    r"(?:ROLE|TYPE|PRIVS|LIMITPRIVS|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER|APPARMOR_PROFILE)\s*=\s*\S+\s*"
)


class NotRead(Exception):
    """An include whose text was not collected, or lines without end."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One word of a Defaults line. `scope` is "" for everybody, else as written: `:bob`."""

    scope: str
    name: str
    value: str
    off: bool
    place: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Commands that `who` may run without a password, as written."""

    who: str
    line: str
    commands: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    """What all files together say."""

    files: list[str] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    unasked: list[Grant] = field(default_factory=list)
    aliases: dict[str, list[str]] = field(default_factory=dict)  # `Cmnd NAME`: members


def parse(texts: Mapping[str, Lines], main: str) -> Policy:
    """All files in the order of sudo. Raises NotRead."""
    policy = Policy()
    specs: list[tuple[str, str]] = []
    for place, text in _lines(texts, main, policy, 0, [_LINES]):
        if found := _ALIAS.match(text):
            for part in _split(found[2], ":"):
                name, _, members = part.partition("=")
                kind = "Cmnd" if found[1] == "Cmd" else found[1]
                policy.aliases[f"{kind} {name.strip()[:_WORD]}"] = _split(members, ",")
        elif found := _DEFAULTS.match(text):
            scope = f"{found[1]}{found[2].strip()}"[:_WORD] if found[1] else ""
            policy.settings += _settings(scope, found[3], place)
        else:
            specs.append((place, text))
    for _, text in specs:
        policy.unasked += _grants(text)
    return policy


def _lines(
    texts: Mapping[str, Lines], path: str, policy: Policy, depth: int, left: list[int]
) -> Iterator[tuple[str, str]]:
    if path not in texts:
        raise NotRead(f"what is included from {path[:100]} was not read")
    if depth > _DEPTH:
        raise NotRead(f"{path[:100]}: files include each other")
    policy.files.append(path)
    for line, text in joined(texts[path]):
        left[0] -= 1
        if left[0] < 0 or len(text) > _LENGTH:
            raise NotRead(f"{path[:100]}:{line}: too many lines, or one that is too long")
        found = _INCLUDE.match(text)
        if found is None:
            if whole := _bare(text):
                yield f"{path}:{line}", whole
            continue
        target = found[2].strip('"')
        if not found[1]:
            yield from _lines(texts, target if target.startswith("/") else f"/etc/{target}", policy, depth + 1, left)
        elif target.rstrip("/") == FOLDER:
            for name in sorted(p for p in texts if p.startswith(f"{FOLDER}/") and _counts(p)):
                yield from _lines(texts, name, policy, depth + 1, left)
        else:
            raise NotRead(f"{path}:{line}: what it includes from {target[:100]} was not read")


def _counts(path: str) -> bool:
    name = path.removeprefix(f"{FOLDER}/")
    return "." not in name and "/" not in name and not name.endswith("~")


def joined(lines: Lines) -> list[tuple[int, str]]:
    """Lines with those put together that end in a backslash."""
    found: list[tuple[int, str]] = []
    held = ""
    for line, text in lines:
        text = text.rstrip("\r")
        if text.endswith("\\") and len(held) < 1 << 20:
            held += text[:-1] + " "
        else:
            if whole := (held + text).strip():
                found.append((line, whole))
            held = ""
    if held.strip():
        found.append((lines[-1][0], held.strip()))
    return found


def _bare(text: str) -> str:
    """Without its comment. `#` before digits is a user id; in quotes and after a backslash it is a character."""
    out, quoted, at = [], False, 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            out.append(text[at : at + 2])
            at += 2
            continue
        if char == '"':
            quoted = not quoted
        elif char == "#" and not quoted and not text[at + 1 : at + 2].isdigit():
            break
        out.append(char)
        at += 1
    return " ".join("".join(out).split())


def _split(text: str, at: str) -> list[str]:
    """Parts between separators that stand neither in quotes nor after a backslash, trimmed."""
    parts, quoted, begin, i = [], False, 0, 0
    while i < len(text):
        if text[i] == "\\":
            i += 1
        elif text[i] == '"':
            quoted = not quoted
        elif text[i] == at and not quoted:
            parts.append(text[begin:i])
            begin = i + 1
        i += 1
    parts.append(text[begin:])
    return [part.strip() for part in parts if part.strip()]


def _settings(scope: str, text: str, place: str) -> Iterator[Setting]:
    for item in _split(text, ","):
        name, _, value = item.partition("=")
        name = name.strip().rstrip("+-").strip()
        off = name.startswith("!")
        yield Setting(scope, name.lstrip("! ")[:_WORD], value.strip().strip('"')[:_WORD], off, place)


def _grants(text: str) -> Iterator[Grant]:
    """User specifications: `users hosts = (runas) TAG: command, command : hosts = ...`; tags hold until taken back."""
    head, equals, rest = text.partition("=")
    if not equals:
        return
    rest = re.sub(r"(^|[=,])\s*\([^)]{0,200}\)", r"\1 ", rest)  # whom it runs as; a command may hold parentheses too
    rest = re.sub(r"\bsha(?:224|256|384|512) ?: ?[^\s,]+", "", rest)  # a digest pins the program, not its arguments
    words = re.findall(r"(?:\"[^\"]*\"|\\.|[^\s\"])+", re.sub(r"\s*,\s*", ",", head))
    who = words[0] if words else ""
    for number, part in enumerate(_split(re.sub(_TAG, lambda t: f"{t[0].strip()[:-1]}\x01 ", rest), ":")):
        commands = part.partition("=")[2] if number and "=" in part else part
        unasked, free = [], False
        for item in _split(commands, ","):
            while True:
                item = item.strip()
                if option := _OPTION.match(item):
                    item = item[option.end() :]
                    continue
                tag = re.match(r"(NO)?([A-Z_]+)\x01\s*", item)
                if not tag:
                    break
                free = bool(tag[1]) if tag[2] == "PASSWD" else free
                item = item[tag.end() :]
            if free and item:
                unasked.append(item[:_WORD])
        if unasked:
            yield Grant(who[:_WORD], text[:_WORD], tuple(unasked[:500]))


def members(policy: Policy, kind: str, name: str) -> set[str]:
    """A name, or what stands behind it when it is an alias, also of aliases."""
    found, todo = set(), [name]
    seen: set[str] = set()
    while todo and len(seen) < 5000:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        if (alias := policy.aliases.get(f"{kind} {one}")) is not None:
            todo += alias
        else:
            found.add(one)
    return found
