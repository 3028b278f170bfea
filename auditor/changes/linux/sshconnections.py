"""The connection that the program on the host makes up for each Match block, from its own line."""

import re
from collections.abc import Mapping

from auditor.collectors.linux.config import Lines
from auditor.collectors.linux.sections.ssh_files import POLICY

_KEPT = 17  # one more than are asked for
_SAFE = re.compile(r"[A-Za-z0-9_.:,=@+-]{1,399}")


def connections(texts: Mapping[str, Lines], passwd: str, group: str) -> list[tuple[str, str]]:
    """(place of the block, connection) as the record `sshd_matches` lists them."""
    members = _members(passwd, group)
    found: list[tuple[str, str]] = []
    for path, lines in texts.items():
        if path == POLICY:
            continue
        for number, raw in lines:
            text = re.sub(r"#.*", "", raw.removesuffix("\r")).replace('"', "").lstrip(" \t")
            if not re.match(r"match[ \t=]", text, re.I):
                continue
            connection = _made_up(re.sub(r"^[ \t=]+", "", text[5:]), members)
            if connection and _SAFE.fullmatch(connection) and "user=-" not in connection:
                found.append((f"{path}:{number}", connection))
    return found[:_KEPT]


def _members(passwd: str, group: str) -> dict[str, str]:
    """A member of each group: the first that it lists, else the first whose own group it is."""
    rows = (line.split(":") for line in passwd.splitlines())
    own: dict[str, str] = {}
    for row in rows:
        if len(row) == 6:
            own.setdefault(row[3], row[0])
    found: dict[str, str] = {}
    for row in (line.split(":") for line in group.splitlines()):
        if len(row) == 3:
            found[row[0]] = row[2].split(",")[0] or own.get(row[1], "")
    return found


def _made_up(text: str, members: Mapping[str, str]) -> str:
    words = [word for word in re.split(r"[ \t=]+", text.rstrip(" \t")) if word]
    given = {"user": "root", "host": "host.invalid", "addr": "192.0.2.1", "laddr": "192.0.2.2", "lport": "22"}
    at = 0
    while at < len(words):
        name = words[at].lower()
        if name == "all":
            at += 1
            continue
        value = _first(words[at + 1]) if at + 1 < len(words) else ""
        at += 2
        if name == "user":
            given["user"] = re.sub(r"[*?]", "x", value)
        elif name == "group":
            given["user"] = members.get(value) or "-"
        elif name == "host":
            given["host"] = re.sub(r"[*?]", "x", value)
        elif name == "localport":
            given["lport"] = value
        elif name in ("address", "localaddress"):
            given["addr" if name == "address" else "laddr"] = _address(value)
    return "" if given["user"] == "-" else ",".join(f"{name}={value}" for name, value in given.items())


def _first(patterns: str) -> str:
    return next((part for part in patterns.split(",") if not part.startswith("!")), "")


def _address(value: str) -> str:
    value = re.sub(r"/.*", "", value)
    if value in ("*", ""):
        value = "192.0.2.1"
    value = re.sub(r"[*?]", "1", value)
    while ":" not in value and len(value.split(".")) < 4:
        value += ".1"
    return value
