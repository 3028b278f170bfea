"""A kickstart file, line by line: what it sets, and of every other line why it sets nothing that is known."""

import re
from dataclasses import dataclass, field
from itertools import takewhile

from auditor.golden.kickstart import catalogue, files
from auditor.golden.kickstart.daemons import IDLE
from auditor.golden.kickstart.draft import Draft, NoFact
from auditor.golden.kickstart.forms import Form, read
from auditor.golden.kickstart.marks import expanded, filled, templates
from auditor.golden.kickstart.script import Command, Redirect, script
from auditor.golden.kickstart.sections import (
    INSTALL,
    SCRIPTS,
    KickstartError,
    Section,
    blank,
    check_typography,
    sections,
    spans,
    words,
)
from auditor.golden.kickstart.values import Refused
from auditor.rulebook.versions import compare

TAKEN, PARTLY = "taken", "taken in part"
NOTHING, NO_FACT = "nothing to take", "understood, but there is no fact for it"
CONDITIONAL, UNREAD, ELSEWHERE = "conditional, not taken", "not interpreted", "not on the installed host"
MAX_COMMANDS = 1500  # a kickstart has some hundred
MAX_VALUE = 4000
LISTED = (UNREAD, CONDITIONAL, ELSEWHERE, NO_FACT, PARTLY)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_NAME = re.compile(r"[\w./+-]{1,60}")
_STEADY = frozenset({"true", ":", "echo", "sleep", "logger", "sync", "cd", "mkdir", "set", "date", "exec", "touch"})
_SETTERS = frozenset({"export", "readonly", "local", "declare"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Lines `first` to `last`, what became of them, and why. `what` holds names of commands, never their values."""

    first: int
    last: int
    section: str
    kind: str
    what: str = ""
    reason: str = ""


@dataclass
class Imported:
    """What a file says. `since` and `until` are releases, empty when nothing tells; `notes` concern the whole file."""

    draft: Draft = field(default_factory=Draft)
    entries: list[Entry] = field(default_factory=list)
    since: str = ""
    until: str = ""
    notes: list[str] = field(default_factory=list)

    def told(self, form: Form) -> None:
        """A form that only some releases know was used."""
        if form.since and (not self.since or compare(form.since, self.since) > 0):
            self.since = form.since
        if form.until and (not self.until or compare(form.until, self.until) < 0):
            self.until = form.until


def interpret(text: str) -> Imported:
    """Everything that the text of a kickstart file says. Raises KickstartError for one that cannot be read."""
    found = Imported()
    parts = sections(text)
    for part in parts:
        if part.head:
            found.entries.append(Entry(part.head, part.head, part.name, UNREAD if part.problem else NOTHING, part.name,
                                       part.problem))  # fmt: skip
        if part.name == INSTALL:
            _install(found, part)
        elif part.name in SCRIPTS and part.interpreter == "busybox":
            _Run(found, part, on_host=part.name == "%firstboot" or (part.name == "%post" and bool(found.until))).run()
        else:
            reason = f"written in {part.interpreter}" if part.name in SCRIPTS else "no section that holds commands"
            _whole(found, part, reason)
    if any(part.name == "%firstboot" for part in parts):
        found.notes.append("Hosts with UEFI Secure Boot do not run %firstboot: there, nothing of it was ever set.")
    if found.since and found.until and compare(found.since, found.until) >= 0:
        found.notes.append(f"Commands of {found.since} and later stand beside commands of before {found.until}.")
        found.since = found.until = ""
    found.entries.sort(key=lambda entry: (entry.first, entry.last))
    return found


def _whole(found: Imported, part: Section, reason: str) -> None:
    for first, last in spans([number for number, line in part.lines if line.strip()]):
        found.entries.append(Entry(first, last, part.name, UNREAD, "", reason))


def follow(found: Imported, at: list[str], *, installer: bool = False) -> tuple[str, str, str]:
    """(kind, what, reason) of one command, whose facts are taken."""
    what, before = at[0] if _NAME.fullmatch(at[0]) else "", found.draft.changes
    try:
        known = catalogue.find(at, installer=installer)
        if known is None:
            reading = at[0] == "esxcli" and any(word in ("list", "get") for word in at[2:9])
            return (NOTHING, what, "") if reading or (at[0] in IDLE and not installer) else (
                UNREAD, _families(at), "an unknown command")  # fmt: skip
        form, arguments = known
        what = form.words
        given = read(form, arguments)
        found.told(form)
        if form.nothing:
            return NOTHING, what, ""
        found.draft.follow(form, given)
    except Refused as problem:
        found.draft.numbers_unsure = found.draft.numbers_unsure or _makes_adapter(at)
        return UNREAD, what, str(problem)
    except NoFact as problem:
        return PARTLY if found.draft.changes > before else NO_FACT, what, str(problem)
    return TAKEN, what, ""


def _makes_adapter(at: list[str]) -> bool:
    return at[:2] == ["esxcfg-vmknic", "-a"] or at[:5] == ["esxcli", "network", "ip", "interface", "add"]


def _families(at: list[str]) -> str:
    """The name of an unknown command, with the names below it that only name a place among commands."""
    if not _NAME.fullmatch(at[0]):
        return ""
    below = list(takewhile(re.compile(r"[a-z][a-z0-9/_-]{1,40}").fullmatch, at[1:8]))
    return " ".join([at[0], *below[:1]] if at[0] == "vim-cmd" else [at[0], *below[:3]] if at[0] == "esxcli" else at[:1])


def _install(found: Imported, part: Section) -> None:
    for number, line in part.lines:
        if blank(line):
            continue
        check_typography(line, number)
        if len(found.entries) > MAX_COMMANDS:
            raise KickstartError(f"more than {MAX_COMMANDS} commands", number, "This is no kickstart file.")
        at = words(templates(line), number)
        found.draft.line = number
        if at[0] in ("include", "%include"):
            kind, what, reason = UNREAD, at[0], "what it includes is not at hand"
        elif at[0].startswith("%"):
            kind, what, reason = UNREAD, "", "an unknown section"
        else:
            kind, what, reason = follow(found, at, installer=True)
        found.entries.append(Entry(number, number, INSTALL, kind, what, reason))


class _Run:
    """One script in the language of the shell."""

    def __init__(self, found: Imported, part: Section, *, on_host: bool) -> None:
        self._found, self._part, self._on_host = found, part, on_host
        self._known: dict[str, str | None] = {}
        self._ended, self._may = "", False  # `_may`: perhaps not ended

    def run(self) -> None:
        parsed = script(self._part.text, self._part.head + 1)
        sure = True
        if len(parsed.commands) + len(self._found.entries) > MAX_COMMANDS:
            raise KickstartError(f"more than {MAX_COMMANDS} commands", self._part.head, "This is no kickstart file.")
        for command in parsed.commands:
            self._found.draft.line = command.line
            condition = self._condition(command, sure=sure)
            kind, what, reason = self._one(command, condition)
            sure = not condition and not command.negated and self._steady(command, kind, what)
            self._found.entries.append(Entry(command.line, max(command.line, command.last), self._part.name, kind, what,
                                             reason))  # fmt: skip
        covered = {n for command in parsed.commands for n in range(command.line, max(command.line, command.last) + 1)}
        for number, line in self._part.lines:
            if number not in covered and not blank(line):  # whatever else a line may be, it is not lost
                known = number in parsed.structure or line.strip() == "\\"
                kind, reason = (NOTHING, "") if known else (UNREAD, "part of no command")
                self._found.entries.append(Entry(number, number, self._part.name, kind, "", reason))

    def _steady(self, command: Command, kind: str, what: str) -> bool:
        """Whether a command hardly fails, so that what stands behind && runs."""
        idle = what in _STEADY or what in catalogue.WORDS or not command.words
        return kind in (TAKEN, PARTLY, NO_FACT) or (kind == NOTHING and idle)

    def _condition(self, command: Command, *, sure: bool) -> str:
        if command.inside:
            return f"inside {command.inside}"
        if self._ended:
            return self._ended
        if command.joint == "||":
            return "behind ||"
        if command.joint == "&&" and not sure:
            return "behind && of a command that may fail"
        return "behind | of such a command" if command.joint.startswith("|") and not sure else ""

    def _one(self, command: Command, condition: str) -> tuple[str, str, str]:
        at = self._expanded(command)
        kind = self._assigned(command, condition)
        if kind is not None or not (at or command.redirects):
            return kind or (NOTHING, "", "")
        at = catalogue.normal(at) if at else [":"]
        if at[0] in ("exit", "return") or (at[0] == "exec" and len(at) > 1):
            return self._exit(at[0], command, condition)
        idle = at[0] in IDLE or at[0] in ("case", "echo", "cat", "exec")
        name = at[0] if _NAME.fullmatch(at[0]) else ""
        if idle and not self._writes(at, command):
            return NOTHING, name, ""
        if at[0] in ("include", "%include"):
            return UNREAD, at[0], "what it includes is not at hand"
        if not self._on_host:
            return ELSEWHERE, _families(at), f"{self._part.name} runs in the installer"
        if condition:
            self._doubt(at, command)
            return CONDITIONAL, _families(at), condition
        return self._file(at, command) or follow(self._found, at)

    def _doubt(self, at: list[str], command: Command) -> None:
        """What the command would set, if it ran, is no longer known."""
        found = Imported(self._found.draft.copy())
        if self._ended and not self._may:
            return
        _ = self._file(at, command, found) or follow(found, at)
        self._found.draft.doubt(found.draft)

    def _expanded(self, command: Command) -> list[str]:
        return [one for word in command.words for one in expanded(word, self._known)]

    def _assigned(self, command: Command, condition: str) -> tuple[str, str, str] | None:
        """Variables that the command sets: a literal is kept, anything else makes the name a customisation."""
        first = command.words[0] if command.words else ""
        if command.bare and command.bare[0] and first in ("read", "for", "select"):
            self._known.update(dict.fromkeys(command.words[1:], None))
            return (NOTHING, first, "")
        pairs = command.words[1:] if first in _SETTERS else command.words
        found = [_ASSIGNMENT.fullmatch(word) for word in pairs]
        if not found or not found[0]:
            return None
        if not all(found) and first not in _SETTERS:
            return UNREAD, "", "a command with variables of its own"
        for one in found:
            if one:
                self._known[one[1]] = None if condition else self._literal(one[2])
        return NOTHING, "", ""

    def _literal(self, text: str) -> str | None:
        text = filled(text, self._known)
        return None if len(text) > MAX_VALUE or "\x01(" in text else text

    def _exit(self, name: str, command: Command, condition: str) -> tuple[str, str, str]:
        how = "may have ended" if condition else "ended"
        if not command.inside.startswith("the function") or name != "return":
            self._may = bool(condition) if not self._ended else self._may
            self._ended = self._ended or f"line {command.line} {how} the script"
        return NOTHING, name, ""

    def _writes(self, at: list[str], command: Command) -> bool:
        try:
            return files.written(at, command.redirects) is not None
        except Refused:
            return True

    def _file(self, at: list[str], command: Command, found: Imported | None = None) -> tuple[str, str, str] | None:
        draft = (found or self._found).draft
        try:
            wrote = files.written(at, self._redirects(command))
            if wrote is None:
                return None
            target, before = wrote[0] if _NAME.fullmatch(wrote[0]) else "", draft.changes
            try:
                files.write(draft, *wrote)
            except Refused as problem:
                return UNREAD, target, str(problem)
            except NoFact as problem:
                return PARTLY if draft.changes > before else NO_FACT, target, str(problem)
        except Refused as problem:
            return UNREAD, at[0], str(problem)
        return TAKEN, target, ""

    def _redirects(self, command: Command) -> list[Redirect]:
        known = self._known
        return [Redirect(one.sign, filled(one.target, known), filled(one.body, known)) for one in command.redirects]
