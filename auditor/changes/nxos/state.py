"""What a change does to a configuration, line by line, with the reason of each: what handlers work on."""

import re
from dataclasses import dataclass, field
from typing import Any

from auditor.changes.candidate import File
from auditor.changes.model import TEXT, Remark, Unpredicted, Why
from auditor.changes.nxos.grammar import Command, Parsed
from auditor.changes.nxos.statements import Statement
from auditor.changes.nxos.tree import Entry, Key, Section
from auditor.errors import InputError

MOST_REASONS = 60  # of one path
MOST_REMARKS = 200
MOST_FAULTS = 100
MOST_STEPS = 2_000_000  # lines set, ranges counted for each of their interfaces


@dataclass(slots=True)
class Place:
    """Where a line goes: a section of the configuration, the same one with all defaults, and what it is about."""

    running: Section
    everything: Section | None = None
    subject: str = ""  # the path of the facts it is about: `interfaces[Ethernet1/1]`
    name: str = ""  # Ethernet1/1


@dataclass(slots=True)
class State:
    """A configuration while a candidate is applied to it."""

    file: File
    running: Section
    everything: Section | None
    family: str | None
    version: str
    texts: dict[str, str]  # the other answers of the capture, that a handler may edit
    features: dict[str, bool]  # as the device said, by the name of the `feature` command
    why: list[Why] = field(default_factory=list)
    unknown: dict[str, Unpredicted] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    faults: list[InputError] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)  # lines that went, for the difference to what is saved
    added: list[str] = field(default_factory=list)
    deleted: dict[str, list[str]] = field(default_factory=dict)  # by what was deleted: what went with it
    unsaved: bool = False
    saved_at: int = 0
    meta: dict[str, Any] = field(default_factory=dict)
    at: Statement = field(default_factory=lambda: Statement(0, 0, ""))
    adrift: bool = False  # `exit` was typed where nobody knows which mode was open
    steps: int = 0
    doubtful: set[int] = field(default_factory=set)
    acting: set[int] = field(default_factory=set)  # lines that changed something
    _reasons: dict[str, int] = field(default_factory=dict)
    _written: dict[tuple[int, Key], tuple[int, str]] = field(default_factory=dict)

    @property
    def vsm(self) -> bool:
        """A Nexus 1000V."""
        return self.family == "nexus1000v"

    # ------------------------------------------------------------------ words about it
    @property
    def where(self) -> str:
        """The place of the line that is being applied."""
        return self.file.place(self.at.number) if self.at.number else self.file.name

    def because(self, *paths: str, effect: str = "") -> None:
        """The line is a reason for what becomes of these facts."""
        for path in dict.fromkeys(paths):
            count = self._reasons.get(path, 0)
            if self.adrift:
                self.cannot_tell("an earlier line may have been refused, and its `exit` then left the configuration "
                                 "mode", path)  # fmt: skip
            if count < MOST_REASONS:
                self._reasons[path] = count + 1
                self.why.append(Why(path, self.where, self.at.text[:TEXT], effect))

    def cannot_tell(self, reason: str, *paths: str, blanket: bool = False) -> None:
        """Nobody can foretell these facts; the first reason stays, but one that is meant outdoes a `blanket` one."""
        for path in paths:
            before = self.unknown.get(path)
            if before is None or (before.blanket and not blanket):
                words = f"{reason}: `{self.at.text[:TEXT]}`"
                self.unknown[path] = Unpredicted(path, self.where, words, blanket)

    def doubt(self) -> None:
        """The line may be refused, or do something else: whether it changes the configuration is not known."""
        self.doubtful.add(self.at.number)

    def say(self, words: str) -> None:
        """Something to know."""
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.append(Remark(self.where, words))

    def refuse(self, what: str, mend: str = "") -> None:
        """The device itself would refuse the line."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(self.file.error(self.at.number, what, mend))

    # ------------------------------------------------------------------ lines
    def count(self) -> None:
        """One step more. Raises InputError when a candidate wants too many."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise self.file.error(self.at.number, f"more than {MOST_STEPS} lines are to be set", "Split the change.")

    def put(self, place: Place, key: Key, text: str, command: Command | None = None, *, mode: str = "") -> bool:
        """Set a line; whether that changed something."""
        self.count()
        there = place.running.entries.get(key)
        self._contradicted(place.running, key, text)
        changed = there is None or there.text.split() != text.split()
        if changed:
            if there is not None:
                self._note(self.removed, there.text)
                there.text = text
                there.block = ""
            else:
                place.running.put(Entry(text, key, command, mode or (command.mode if command else "")))
            self._note(self.added, text)
            self.changed()
        if place.everything is not None:
            shown = place.everything.entries.get(key)
            if shown is None:
                place.everything.put(Entry(text, key, command, mode or (command.mode if command else "")))
            elif shown.text != text:
                place.everything.first.setdefault(key, shown.text if not changed or there is None else "")
                shown.text = text
                shown.block = ""
        return changed

    def drop(self, place: Place, key: Key) -> Entry | None:
        """Take a line away, and what stands under it; what it was, None when it was not there."""
        self.count()
        self._contradicted(place.running, key, "no")
        gone = place.running.drop(key)
        if gone is not None:
            self._note(self.removed, gone.text)
            self.changed()
            if place.everything is not None:
                shown = place.everything.entries.get(key)
                before = place.everything.first.get(key, "")
                if shown is not None and (before and before != gone.text):
                    shown.text = before
                elif shown is not None:
                    place.everything.drop(key)
        return gone

    def changed(self) -> None:
        """The line changes the configuration."""
        self.unsaved = True
        self.acting.add(self.at.number)

    def _note(self, into: list[str], text: str) -> None:
        if len(into) < 1000:
            into.append(text)

    def _contradicted(self, section: Section, key: Key, text: str) -> None:
        """Say that a line undoes an earlier one of the same candidate."""
        at = self._written.get((id(section), key))
        self._written[id(section), key] = (self.at.number, text)
        if at is not None and at[1] != text and at[0] != self.at.number:
            self.say(f"line {self.at.number} takes back what line {at[0]} says: the later one stands")

    # ------------------------------------------------------------------ the configuration
    def place(self, key: Key, subject: str = "", name: str = "") -> Place | None:
        """The section with a key of the first level, None when there is none."""
        entry = self.running.entries.get(key)
        if entry is None:
            return None
        shown = self.everything.entries.get(key) if self.everything is not None else None
        return Place(entry.opened(), shown.opened() if shown else None, subject, name)

    @property
    def top(self) -> Place:
        """The first level."""
        return Place(self.running, self.everything)

    def on(self, feature: str) -> bool | None:
        """Whether a feature is on; None when nobody can tell."""
        line = self.running.text("feature", feature)
        if line:
            return not line.startswith("no ")
        return self.features.get(feature)

    def edit_text(self, command: str, text: str) -> None:
        """What another command answers after the change."""
        if command in self.texts:
            self.texts[command] = text

    def paths(self, parsed: Parsed, place: Place) -> list[str]:
        """The facts that a command tells of, here."""
        named = {"in": place.subject}
        out = []
        for template in parsed.command.facts:
            if "{in}" in template and not place.subject:
                continue
            out.append(_filled(template, parsed.ids, named))
        if out and place.subject.startswith("port_profiles"):
            out += ["interfaces", "port_profiles"]  # what inherits it
        return out


def _filled(template: str, ids: tuple[str, ...], named: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        word = found[1]
        if word.isdecimal():
            return ids[int(word)] if int(word) < len(ids) else ""
        return named.get(word, "")

    return re.sub(r"\{(\w+)\}", value, template) if "{" in template else template


def is_on(command: Command, family: str | None) -> bool:
    """Whether a flag is on when no line says so."""
    return command.on == "*" or bool(command.on and family in command.on.split())
