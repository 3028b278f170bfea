"""What a candidate does, line by line, while its lines are followed: evidence, reasons, and what nobody can tell."""

import copy
from collections import deque
from collections.abc import Mapping
from typing import Any

from auditor.changes.model import TEXT, Edit, Edited, Remark, Unpredicted, Why
from auditor.errors import InputError, InputErrors

MAX_ERRORS = 200  # after these, nobody reads on
MAX_REMARKS = 1_000
LAST = 5  # lines that are told as the reason of one change


class Refusal(Exception):
    """The target would refuse the line; the text says why, `mend` what to write instead."""

    def __init__(self, what: str, mend: str = "") -> None:
        self.mend = mend
        super().__init__(what)


class NotRead(Exception):
    """A section of the evidence was not read, so that nobody can tell what is there; the text is its path of facts."""


UNREAD = "it could not be read before the change either"


class NoSetter(Exception):
    """Nothing is known of where in the evidence a fact stands."""


class Plan:
    """The evidence of one target as the lines so far leave it. `line` says which line acts from here on."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body: dict[str, Any] = copy.deepcopy(dict(body))
        if self.body.get("props") is None:
            self.body["props"] = {}  # a vCenter's capture has none
        if not isinstance(self.body["props"], dict):
            raise TypeError("a mapping was expected")
        self.where, self.text = "", ""
        self.doubt = ""  # why the line that is followed may not run; "" when it does
        self._why: dict[str, deque[tuple[int, Why]]] = {}
        self._count = 0
        self.unknown: dict[str, Unpredicted] = {}
        self.remarks: dict[tuple[str, str], Remark] = {}
        self.edits: list[Edit] = []
        self.errors: list[InputError] = []
        self.meta: dict[str, Any] = {}

    def line(self, where: str, text: str) -> None:
        """What follows is done by this line."""
        self.where, self.text, self.doubt = where, " ".join(text.split())[:TEXT], ""

    def changed(self, path: str, effect: str = "") -> None:
        """The line sets the fact at a path."""
        self.because(path, effect)
        self.unknown.pop(path, None)

    def because(self, path: str, effect: str, where: str = "", text: str = "") -> None:
        """A line is the reason of a change at a path; of many for one path, the last are kept."""
        self._count += 1
        why = Why(path, where or self.where, text or self.text, effect)
        self._why.setdefault(path, deque(maxlen=LAST)).append((self._count, why))

    def vague(self, path: str, reason: str, *, blanket: bool = False) -> None:
        """Nobody can tell what the line leaves at a path; the first reason stays, but outdoes a `blanket` one."""
        before = self.unknown.get(path)
        if before is None or (before.blanket and not blanket):
            self.because(path, "not foretold")
            self.unknown[path] = Unpredicted(path, self.where, reason, blanket)

    def note(self, words: str) -> None:
        """Something that changes no fact."""
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.setdefault((self.where, words), Remark(self.where, words))

    def refuse(self, what: str, mend: str = "") -> None:
        """The target would refuse the line. Raises InputErrors when there are too many."""
        self.errors.append(InputError(what, where=self.where, mend=mend))
        if len(self.errors) >= MAX_ERRORS:
            self.check()

    def check(self) -> None:
        """Raises InputErrors when something was refused."""
        if self.errors:
            raise InputErrors(self.errors)

    def done(self) -> Edited:
        """What came of it. Raises InputErrors: what the target would refuse, line by line."""
        self.check()
        return Edited(
            self.body,
            tuple(why for _, why in sorted(one for many in self._why.values() for one in many)),
            tuple(self.unknown.values()),
            tuple(self.remarks.values()),
            tuple(self.edits),
            self.meta,
        )
