"""A script of commands for a host's own shell, line by line. Read, never run."""

import re

from auditor.changes.candidate import File
from auditor.changes.vsphere.commands import Acting, act
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.moreforms import AFTER_RESTART, RESTART
from auditor.changes.vsphere.plan import NoSetter, Refusal
from auditor.changes.vsphere.touched import SYSTEM
from auditor.errors import InputError
from auditor.golden.kickstart import files
from auditor.golden.kickstart.daemons import IDLE
from auditor.golden.kickstart.draft import NoFact
from auditor.golden.kickstart.marks import expanded, filled
from auditor.golden.kickstart.script import Command, Redirect, script
from auditor.golden.kickstart.sections import KickstartError
from auditor.golden.kickstart.values import Refused

_FILES = {  # what the text of a file may show as
    "/etc/issue": ("advanced[Config.Etc.issue]",),
    "/etc/motd": ("advanced[Config.Etc.motd]",),
    "/etc/vmware/welcome": ("advanced[Annotations.WelcomeMessage]",),
    "/etc/vmware/firewall/service.xml": ("firewall",),
}
MAX_VALUE = 4000
MAX_LINE = 20_000
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_IDLE = frozenset(
    {*IDLE, "echo", "cat", "case", "exec", "printf", "exit", "return", "wait", "localcli-list"} - {"reboot"}
)
_FILES_ONLY = frozenset({"cp", "mv", "rm", "rmdir", "chmod", "chown", "ln", "tar", "gzip", "unzip", "find"})
_WORK = re.compile(r"(?:/tmp|/var/tmp|/var/log|/vmfs/volumes|/scratch)/(?!(?:.*/)?\.\.(?:/|$))|[0-7]{3,4}$|\w+:\w+$")
_SURE = frozenset({"true", ":", "echo", "sleep", "logger", "sync", "cd", "mkdir", "set", "date", "touch", "esxcli"})


class Script:
    """One text of commands, followed on a host."""

    def __init__(self, host: Host, file: File) -> None:
        self._host, self._file, self._plan = host, file, host.plan
        self._acting = Acting(host)
        self._known: dict[str, str | None] = {}
        self._ended, self._sure = "", True

    def follow(self, lines: tuple[str, ...] | None = None, first: int = 1) -> None:
        """Follows every command. Raises InputError for a text that no shell would read."""
        own = self._file.lines if lines is None else lines
        for number, line in enumerate(own, first):
            if _CONTROL.search(line) or len(line) > MAX_LINE:
                raise self._file.error(number, "a control character or an endless line", "Give plain text.")
        try:
            found = script("".join(f"{line}\n" for line in own), first)
        except KickstartError as problem:
            raise self._file.error(problem.line, str(problem), problem.mend) from None
        for command in found.commands:
            self._command(command, own, first)

    def _command(self, command: Command, lines: tuple[str, ...], first: int) -> None:
        text = lines[command.line - first] if 0 <= command.line - first < len(lines) else ""
        self._plan.line(self._file.place(command.line), text)
        condition = self._condition(command)
        words = [one for word in command.words for one in expanded(word, self._known)]
        if self._assigned(command, condition):
            return
        if self._ended and not self._ended.startswith("may"):
            self._plan.note("this is not run: the script has ended before")
            return
        self._plan.doubt = condition
        at = words or [":"]
        self._sure = not condition and not command.negated and at[0].rpartition("/")[2] in _SURE
        if at[0] in ("exit", "return"):
            self._end(command, condition)
        elif not self._written(at, command):
            self._act(at)

    def _act(self, at: list[str]) -> None:
        name = at[0].rpartition("/")[2] if not at[0].startswith("/etc/init.d/") else at[0]
        joined = " ".join([name, *at[1:]])
        if joined.startswith(RESTART):
            for path in AFTER_RESTART:
                self._plan.vague(path, "the host restarts: what runs afterwards is not foretold")
        elif name in _FILES_ONLY and all(_WORK.match(word) for word in at[1:] if not word.startswith("-")):
            self._plan.note(f"{name} works on files that hold no setting")
        elif name not in _IDLE:
            self._host.words = name == "esxcfg-advcfg"
            try:
                act(self._acting, at)
            except Refused as problem:
                self._plan.refuse(f"{name[:40]}: {problem}")

    def _condition(self, command: Command) -> str:
        """Why nobody can tell whether a command runs; "" when it does."""
        if command.inside:
            return f"it runs only sometimes, or often: it stands inside {command.inside}"
        if self._ended.startswith("may"):
            return f"the script {self._ended}"
        if command.joint == "||":
            return "it runs only where the command before || fails"
        if command.joint in ("&&", "|", "|&") and not self._sure:
            return f"it runs only where the command before {command.joint} succeeds"
        return ""

    def _end(self, command: Command, condition: str) -> None:
        how = "may end" if condition else "ends"
        if not command.inside.startswith("the function"):
            self._ended = self._ended or f"{how} at line {command.line}"

    def _assigned(self, command: Command, condition: str) -> bool:
        first = command.words[0] if command.words else ""
        if command.bare and command.bare[0] and first in ("read", "for", "select"):
            self._known.update(dict.fromkeys(command.words[1:], None))
            return True
        setter = first in ("export", "readonly", "local", "declare")
        pairs = [_ASSIGNMENT.fullmatch(word) for word in (command.words[1:] if setter else command.words)]
        if not pairs or not pairs[0]:
            return False
        for one in pairs:
            if one:
                value = filled(one[2], self._known)
                literal = not condition and len(value) <= MAX_VALUE and "\x01(" not in value
                self._known[one[1]] = value if literal else None
        if all(pairs) or setter:
            return True
        rest = [word for word, pair in zip(command.words, pairs, strict=False) if not pair]
        self._plan.doubt = condition
        self._act([one for word in rest for one in expanded(word, self._known)])
        return True

    def _written(self, at: list[str], command: Command) -> bool:
        """Whether the command writes a file, whose facts are set then."""
        redirects = [
            Redirect(r.sign, filled(r.target, self._known), filled(r.body, self._known)) for r in command.redirects
        ]
        wrote: tuple[str, str, str] | None = None
        try:
            wrote = files.written(at, redirects)
            if wrote is None:
                return False
            files.write(self._acting, *wrote)
        except NoFact as problem:
            for path in _FILES.get(wrote[0], ()) if wrote else ():
                self._plan.vague(path, str(problem))
            self._plan.note(str(problem))
        except Refusal as problem:
            self._plan.refuse(str(problem), problem.mend)
        except (Refused, NoSetter) as problem:
            for path in SYSTEM:
                self._plan.vague(path, f"a file is written: {problem}")
        return True


def follow_script(host: Host, file: File) -> None:
    """Follows a text of commands. Raises InputError with its line for one that no shell would read."""
    if not any(line.strip() for line in file.lines):
        raise InputError("the candidate is empty", where=file.name)
    Script(host, file).follow()
