"""Which commands are sent, all of them reading, and how an answer is judged before it counts as read.

Roles and AAA servers refuse single commands inside the output, with the session still up: such text is a gap, never
"line absent".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.collectors.nexus1000v.scan import Unclosed, scan
from auditor.collectors.said import said

RUNNING = "show running-config"
ALL = "show running-config all"
IDENTITY = ("show version", "show system redundancy status")
COMMON = ("show feature", "show ssh key", "show ip dhcp snooping", "show running-config diff", "show debug")
OF_VSM = ("show module", "show svs connections", "show http-server")
OF_SWITCH = ("show interface status", "show copp status", "show guestshell detail")
LIMIT = 8 * 2**20  # bytes of one answer; a full VSM prints about 2 MB with every default

_REFUSALS = re.compile(
    r"^ *(?:%+ ?(?:Permission denied|Authorization failed|User not authorized)|"
    r"(?:%+ ?)?Command authorization failed|"
    r"(?:%+ ?)?(?:Error: ?)?AAA authorization failed|(?:%+ ?)?(?:Error: ?)?AAA_AUTHOR_STATUS|"
    r"Permission denied for the role|% ?Access denied)",
    re.IGNORECASE | re.MULTILINE,
)
_INVALID = re.compile(
    r"^ *% ?(?:Invalid (?:command|parameter|input|number)|Incomplete command|Ambiguous command|Unrecognized command)|"
    r"^Syntax error while parsing|^Cmd exec error",
    re.IGNORECASE | re.MULTILINE,
)
_PAGER = re.compile(r"^ *--More--", re.MULTILINE)  # elsewhere it may be the name of a machine
_HEADER = re.compile(r"^version \S", re.MULTILINE)
# What no device has unless somebody made it, or what every one prints with and without `all`. Ports of machines come
# and go between two commands, and groups, lists and maps may be hidden defaults: those are not compared.
_OWN = re.compile(
    r"^((?:interface (?!Vethernet)|port-profile type |router |key chain |svs connection )\S.*|line (?:console|vty)$"
    r"|(?:logging server|ntp server|username|snmp-server (?:user|host)|(?:tacacs|radius)-server host) \S+)"
)
_CHILD_ONLY = re.compile(
    r"^(?:no shutdown|shutdown|state enabled|switchport (?:mode|access|trunk|port-security)\b.*|"
    r"inherit port-profile .*|vmware (?:port-group|dvport|vm)\b.*|exec-timeout \d+|session-limit \d+|svs mode .*|"
    r"domain id \d+|host (?:vmware )?id .*|\d+ (?:permit|deny) .*)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command gave. status: ok | refused | invalid | incomplete | oversize | timeout | lost."""

    command: str
    text: str = ""
    status: str = "ok"
    reason: str = ""

    @property
    def ok(self) -> bool:
        """The answer is whole and is an answer."""
        return self.status == "ok"

    def plain(self) -> dict[str, Any]:
        """JSON form, as it stands in a capture's body."""
        return {"text": self.text, "status": self.status, "reason": self.reason}


def judged(command: str, text: str) -> Answer:
    """An answer that arrived in full, checked for refusals in its text and, for a configuration, for its shape."""
    configuration = command in (RUNNING, ALL)
    looked_at = _outside_banners(text) if configuration else text
    if found := _REFUSALS.search(looked_at):
        return Answer(command, text, "refused", f"`{command}` was refused: {said(found[0], 120)}")
    if found := _INVALID.search(looked_at):
        return Answer(command, text, "invalid", f"`{command}` is not known to this release or role: {found[0].strip()}")
    if found := _PAGER.search(looked_at):
        return Answer(command, text, "incomplete", f"`{command}` still holds a pager prompt, so lines may be missing")
    if configuration and (reason := misshapen(text)):
        return Answer(command, text, "incomplete", f"`{command}` cannot be trusted: {reason}")
    return Answer(command, text)


def _outside_banners(text: str) -> str:
    """The commands of a configuration: what a banner says is no refusal. Unclosed text is looked at as a whole."""
    try:
        return "\n".join(item.text for item in scan(text) if item.kind in ("command", "comment"))
    except Unclosed:
        return text


def misshapen(text: str) -> str:
    """Why this configuration is cut, wrapped or flattened; "" when it looks whole."""
    try:
        commands = "\n".join(item.text for item in scan(text) if item.kind == "command")
    except Unclosed as problem:
        return str(problem)
    if not _HEADER.search(commands):
        return "it has no `version` line"
    if not text.endswith("\n"):
        return "its last line is cut"
    if found := _CHILD_ONLY.search(commands):
        return f"its indentation was lost (`{found[0][:40]}` stands in the first column)"
    if re.search(r"^svs-domain\n(?! )", commands + "\n", re.MULTILINE):
        return "`svs-domain` has nothing under it, so its indentation was lost"
    return ""


def cut_short(running: Answer, everything: Answer | None, *, vsm: bool) -> Answer:
    """`running`, or the same as incomplete when sections that must be there are missing: cut between two lines."""
    if not running.ok:
        return running
    reason = ""
    shown = _commands(running.text)
    if vsm and "svs-domain" not in shown:
        reason = "it has no `svs-domain`, which every Nexus 1000V prints near the end"
    elif everything is not None and everything.ok:
        own = set(_own(shown))
        if missing := [line for line in _own(_commands(everything.text)) if line not in own]:
            reason = f"`{ALL}` shows `{missing[0][:60]}`, and it does not"
    elif not vsm and "line vty" not in shown:
        reason = "it has no `line vty`, which every NX-OS switch prints near the end"
    return Answer(RUNNING, running.text, "incomplete", f"`{RUNNING}` was cut: {reason}") if reason else running


def _commands(text: str) -> list[str]:
    return [item.text for item in scan(text) if item.kind == "command"]


def _own(lines: list[str]) -> list[str]:
    return [found[1] for line in lines if (found := _OWN.match(line))]


def answers(body: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers of a capture's body, with plain line ends. What is not an answer is left out."""
    found: dict[str, Answer] = {}
    commands = body.get("commands")
    for command, record in commands.items() if isinstance(commands, Mapping) else ():
        if isinstance(record, Mapping):
            text, status, reason = (record.get(key, "") for key in ("text", "status", "reason"))
            if isinstance(text, str) and isinstance(status, str) and isinstance(reason, str):
                plain = text.replace("\r", "") if "\r" in text else text
                found[str(command)] = Answer(str(command), plain, status or "ok", reason)
    return found
