"""A capture being read: its trees and answers, and the facts, sources and gaps found so far."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from auditor.collectors.nexus1000v.commands import ALL, RUNNING, Answer, answers, misshapen
from auditor.collectors.nexus1000v.defaults import default_of
from auditor.collectors.nexus1000v.show import family_of, read_version
from auditor.collectors.nexus1000v.tree import Line, Tree, parse
from auditor.collectors.said import said
from auditor.domain import Capture


class Hit(NamedTuple):
    """A line that says something: its match, and where it stands."""

    match: re.Match[str]
    line: Line
    source: str


class Reading:
    """Everything a section of `read` needs. Sections call `say` for a gap or a source, and return their facts."""

    def __init__(self, capture: Capture) -> None:
        self.body = capture.body
        self.platform = capture.platform
        self.answers = answers(capture.body)
        self.sources: dict[str, str] = {}
        self.gaps: dict[str, str] = {}
        self.memo: dict[str, Any] = {}  # what one section worked out and a later one needs
        self.running = self._tree(RUNNING)
        self.all = self._tree(ALL)
        version = self.text("show version") or ""
        said_version = read_version(version)
        self.version = str(said_version.get("version") or "")
        self.family: str | None = said_version.get("family") or family_of(version)
        if self.family is None and capture.platform == "nexus1000v":
            self.family = "nexus1000v"

    def _tree(self, command: str) -> Tree | None:
        """The configuration as a tree. A capture may come from anywhere, so its shape is judged here as well."""
        answer = self.answers.get(command)
        if answer is None or not answer.ok:
            return None
        if reason := misshapen(answer.text):
            self.answers[command] = Answer(command, "", "incomplete", f"`{command}` cannot be trusted: {reason}")
            return None
        return parse(answer.text)

    def text(self, command: str) -> str | None:
        """The answer of a command that was read in full, else None."""
        answer = self.answers.get(command)
        return answer.text if answer and answer.ok else None

    def why_not(self, command: str) -> str:
        """Why the answer of a command cannot be used."""
        answer = self.answers.get(command)
        return (answer.reason or answer.status) if answer else f"`{command}` was not run"

    @property
    def config(self) -> Tree:
        """The running configuration; sections that use it run only when it was read."""
        assert self.running is not None  # noqa: S101 - `read` looked first
        return self.running

    def gap(self, path: str, reason: str) -> None:
        """`path` and what is below it could not be read."""
        self.gaps.setdefault(path, said(reason))

    def source(self, path: str, line: Line | None, command: str = RUNNING) -> None:
        """`path` was read from this line, or from the command as a whole."""
        self.sources[path] = f"{command}:{line.number}" if line else command

    # ------------------------------------------------------------------ lines of the first level
    def hits(self, pattern: str) -> list[Hit]:
        """Every line of the running configuration's first level that matches as a whole."""
        return list(matching(self.config.top, pattern, RUNNING))

    def last(self, pattern: str) -> Hit | None:
        """The line in force: the last one shown, else the last one of `show running-config all`."""
        return last_of(self.config.top, self.all.top if self.all else (), pattern)

    def value(self, path: str, pattern: str) -> str | None:
        """First group of the line in force, recorded under `path`; None when there is none."""
        hit = self.last(pattern)
        if hit is None:
            return None
        self.sources[path] = hit.source
        return hit.match[1]

    def flag(self, path: str, command: str) -> bool | None:
        """Whether a command with a `no` form is in force, hidden default included; None with a gap if unknown."""
        hit = self.last(f"(no )?{re.escape(command)}")
        if hit:
            self.sources[path] = hit.source
            return not hit.match[1]
        found = self.default(path)
        return found if isinstance(found, bool) else None

    def default(self, path: str, key: str = "", *, remember: bool = True) -> Any:
        """The hidden default of a setting; None with a gap when it is not known well enough. `remember` its source."""
        known = default_of(key or path, self.family, self.version)
        if known is None:
            return None
        if not known.usable:
            what = f"believed to be {known.value}, not verified" if known.value is not None else "not known"
            self.gap(path, f"no line sets it, and the default of this family is {what}; `{ALL}` would tell")
            return None
        if remember:
            self.sources[path] = f"hidden default of {self.family or 'NX-OS'} ({known.basis})"
        return known.value


def matching(lines: Iterable[Line], pattern: str, command: str) -> Iterable[Hit]:
    """Lines that match as a whole, in order."""
    compiled = re.compile(pattern)
    for line in lines:
        if found := compiled.fullmatch(line.text):
            yield Hit(found, line, f"{command}:{line.number}")


def last_of(running: Sequence[Line], everything: Sequence[Line], pattern: str) -> Hit | None:
    """The last matching line of a section, or of the same section with all defaults shown."""
    compiled = re.compile(pattern)
    for lines, command in ((running, RUNNING), (everything, ALL)):
        for line in reversed(lines):
            if found := compiled.fullmatch(line.text):
                return Hit(found, line, f"{command}:{line.number}")
    return None
