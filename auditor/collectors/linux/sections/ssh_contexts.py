"""Connections made up for Match blocks: which block each is meant for, and whether that block truly holds for it."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

from auditor.facts.linux_people import Account, Group

LIMIT = 16  # connections that the program asks for
_PATTERNS = 200  # of one list


def applies(criteria: str, connection: str, accounts: Mapping[str, Account], groups: Mapping[str, Group]) -> bool:
    """Whether a Match block holds for a connection `user=..,host=..,addr=..`, by the rules of sshd_config(5)."""
    given = dict(part.split("=", 1) for part in connection.split(",") if "=" in part)
    words = [word for word in re.split(r"[\s=]+", criteria.replace('"', "")) if word]
    at = 0
    while at < len(words):
        name = words[at].lower()
        if name == "all":
            at += 1
            continue
        if at + 1 == len(words) or not _holds(name, words[at + 1], given, accounts, groups):
            return False
        at += 2
    return bool(words)


def _holds(
    name: str, patterns: str, given: Mapping[str, str], accounts: Mapping[str, Account], groups: Mapping[str, Group]
) -> bool:
    match name:
        case "user":
            return among(given.get("user", ""), patterns)
        case "group":
            mine = _groups_of(given.get("user", ""), accounts, groups)
            return any(among(g, patterns) for g in mine) and not any(_negated(g, patterns) for g in mine)
        case "host":
            return among(given.get("host", ""), patterns)
        case "address":
            return _address(given.get("addr", ""), patterns)
        case "localaddress":
            return _address(given.get("laddr", ""), patterns)
        case "localport":
            return given.get("lport", "") in patterns.split(",")
        case _:
            return False  # a criterion that no connection is made up for


def _groups_of(user: str, accounts: Mapping[str, Account], groups: Mapping[str, Group]) -> list[str]:
    account = accounts.get(user)
    if account is None:
        return []
    return [name for name, group in groups.items() if user in group.members or group.gid == account.gid]


def among(value: str, patterns: str) -> bool:
    """Whether a pattern of the list fits and no negated one does."""
    listed = patterns.split(",")[:_PATTERNS]
    fits = any(fnmatchcase(value, _plain(p)) for p in listed if p and not p.startswith("!"))
    return fits and not _negated(value, patterns)


def _negated(value: str, patterns: str) -> bool:
    return any(fnmatchcase(value, _plain(p[1:])) for p in patterns.split(",")[:_PATTERNS] if p.startswith("!"))


def _plain(pattern: str) -> str:
    """A pattern of OpenSSH knows * and ? only."""
    return pattern[:300].replace("[", "[[]")


def _address(value: str, patterns: str) -> bool:
    found = False
    for part in patterns.split(",")[:_PATTERNS]:
        if _one_address(value, part.removeprefix("!")):
            if part.startswith("!"):
                return False
            found = True
    return found


def _one_address(value: str, pattern: str) -> bool:
    if "/" in pattern:
        try:
            return ip_address(value) in ip_network(pattern, strict=False)
        except ValueError:
            return False
    return fnmatchcase(value, _plain(pattern))
