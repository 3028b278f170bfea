"""What the sections of `read` look at: records with their error class, and in a batch the class of each path."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.collectors.linux.frame import CUT, RECORD_CAP, Record
from auditor.collectors.linux.wanted import FIRST_CONF, FIRST_UNITS, SUDO_COMMANDS

_REFUSED = re.compile(
    r"a password is required|not allowed to (?:execute|run sudo)|may not run sudo|terminal is required|must have a tty"
)
_DENIED = re.compile(
    r"Permission denied|must be (?:super)?(?:root|user)|Operation not permitted|no hostkeys available|must be root",
    re.I,
)
_NO_TOOL = re.compile(r"command not found|failed to run command|: not found$", re.M)
# grep, stat, find, awk under LC_ALL=C, GNU and busybox: tool: [cannot ...] 'path': reason
_PATH = re.compile(
    r"^[\w./-]+: (?:cannot \w+ (?:for )?|can't \w+ |.{0,40}cannot open )?['‘\"]?(/[^:'’\"]*)['’\"]?:? \(?(.+?)\)?$",
    re.M,
)
_LINE = re.compile(r"^(/[^:\n]*):(\d+):(.*)$")
_BINARY = re.compile(r"^(?:\S*grep: |Binary file )(/\S*?):? (?:binary file )?matches$", re.M)


class Unread(Exception):
    """A record that could not be looked at, and why, in a sentence a person can act on."""


class Absent(Exception):
    """The tool, or the thing itself, was looked for and is not there."""


class Evidence:
    """The records of one capture."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        raw = body.get("records")
        self._records: dict[str, Record] = {}
        self._lines: dict[str, dict[str, list[tuple[int, str]]]] = {}
        self._complaints: dict[str, list[tuple[str, str]]] = {}
        for key, item in (raw if isinstance(raw, Mapping) else {}).items():
            if isinstance(item, Mapping):
                out, rc, err = item.get("out"), item.get("rc"), item.get("err")
                if isinstance(out, str) and isinstance(rc, int) and isinstance(err, str):
                    self._records[str(key)] = Record(out, rc, err)
                else:
                    self._records[str(key)] = Record("", -1, "")  # damaged: `record` says so
        self.complete = body.get("complete") is True
        self.lost = str(body.get("lost", "") or "the answer ended early")[:300]
        self.meta = dict(line.split("=", 1) for line in self.out("meta").splitlines() if "=" in line)
        self.root = self.meta.get("uid") == "0"
        self.sudo = self.meta.get("become") == "sudo" and not self.root
        self._asked = set(self.out("asked").split()) or {*FIRST_UNITS, *FIRST_CONF}
        self.odd = {path: kind for kind, _, path in (line.partition(" ") for line in self.out("odd").splitlines())}

    def out(self, key: str) -> str:
        """What a record printed, "" when there is none; for evidence whose failure is looked at elsewhere."""
        record = self._records.get(key)
        return record.out if record else ""

    def has(self, key: str) -> bool:
        """Whether the program ran this probe to its end."""
        return key in self._records

    def asked(self, name: str) -> bool:
        """Whether the program asked for this unit, or for this path, the folder it is in, or something below it."""
        return name in self._asked or any(
            name.startswith(f"{one}/") or one.startswith(f"{name}/") for one in self._asked
        )

    def record(self, key: str) -> Record:
        """A record. Raises Unread when it never came, timed out or was cut."""
        record = self._records.get(key)
        if record is None:
            raise Unread(
                f"not received: {self.lost}" if not self.complete else "the program on the host has no such part"
            )
        if record.rc == 124:
            raise Unread("took longer than its time limit on the host")
        if record.rc == CUT or len(record.out) >= RECORD_CAP:
            raise Unread("larger than 3 MB: cut on the host")
        if record.rc == -1:
            raise Unread("came back damaged")
        return record

    def text(self, key: str, *, ok: tuple[int, ...] = (0,)) -> str:
        """What a probe printed if it ended with one of `ok`. Raises Unread; Absent when its tool is not installed."""
        record = self.record(key)
        if record.rc in ok and not (record.rc and self._barred(key, record)):
            return record.out
        if reason := self._barred(key, record):
            raise Unread(reason)
        if record.rc == 127 or _NO_TOOL.search(record.err):
            raise Absent(f"{_tool(key, record)} is not installed")
        raise Unread(f"ended with status {record.rc}: {_first(record.err) or 'no message'}")

    def _barred(self, key: str, record: Record) -> str:
        command = SUDO_COMMANDS.get(key, "")
        if _REFUSED.search(record.err):
            user = self.meta.get("user", "USER")
            return f"sudo refused it; sudoers needs: {user} ALL=(root) NOPASSWD: {command}".rstrip()
        if self.sudo and record.rc == 127 and "sudo" in record.err:
            return "become: sudo was asked for, but sudo is not installed on the host"
        if _DENIED.search(record.err):
            if self.root:
                return (
                    f"refused even to root ({_first(record.err)}): the container or a security module does not allow it"
                )
            how = f"; sudoers line: NOPASSWD: {command} (with become: sudo)" if command else ""
            return f"needs root ({_first(record.err)}){how}"
        return ""

    def refused(self) -> dict[str, str]:
        """The commands of SUDO_COMMANDS, by record, that want root and were refused to this account."""
        if self.root:
            return {}
        errors = {key: record.err for key, record in self._records.items()}
        return {
            key: command
            for key, command in SUDO_COMMANDS.items()
            if key in errors and (_REFUSED.search(errors[key]) or _DENIED.search(errors[key]))
        }

    def stray(self, key: str) -> str:
        """The first complaint of a batch that names no path: then no path of it may be called empty."""
        record = self._records.get(key)
        known = (_PATH.fullmatch, _BINARY.fullmatch)
        lines = [line for line in record.err.splitlines() if "unable to resolve host" not in line] if record else []
        return next((line[:200] for line in lines if not any(fits(line) for fits in known)), "")

    def denied_paths(self, key: str) -> dict[str, str]:
        """Paths of a batch that failed for another reason than not being there, with the reason."""
        return {
            path: why for path, why in self._paths(key) if "No such file" not in why and "Not a directory" not in why
        }

    def absent_paths(self, key: str) -> set[str]:
        """Paths of a batch that are not there."""
        return {path for path, why in self._paths(key) if "No such file" in why or "Not a directory" in why}

    def _paths(self, key: str) -> list[tuple[str, str]]:
        if key not in self._complaints:
            self._complaints[key] = list(self._found_paths(key))
        return self._complaints[key]

    def _found_paths(self, key: str) -> Iterator[tuple[str, str]]:
        record = self._records.get(key)
        if record is None:
            return
        for found in _PATH.finditer(record.err):
            yield found[1].rstrip("/") or "/", found[2]
        for binary in _BINARY.finditer(record.err + "\n" + record.out):
            yield binary[1], "holds bytes that are no text"

    def lines(self, key: str) -> dict[str, list[tuple[int, str]]]:
        """The `path:line:text` output of a grep batch, by path. Raises Unread when the batch as a whole was lost."""
        record = self.record(key)
        if record.rc not in (0, 1, 2, 123):
            self.text(key)
        if key in self._lines:
            return self._lines[key]
        found = self._lines[key] = {}
        for line in record.out.split("\n"):
            if match := _LINE.match(line):
                found.setdefault(match[1].replace("//", "/"), []).append((int(match[2]), match[3]))
        return found


def _first(err: str) -> str:
    """The first complaint; sudo's about a name that does not resolve says nothing of the command."""
    return next((line[:200] for line in err.strip().splitlines() if "unable to resolve host" not in line), "")


def _tool(key: str, record: Record) -> str:
    if found := re.search(r"failed to run command '?‘?([^'’:]+)|sudo: (\S+): command not found", record.err):
        return (found[1] or found[2]).strip()
    command = SUDO_COMMANDS.get(key)
    return command.split()[0] if command else {"units": "systemctl", "modprobe": "modprobe"}.get(key, key)
