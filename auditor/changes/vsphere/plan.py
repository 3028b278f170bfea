"""What a candidate does, line by line, while its lines are followed: evidence, reasons, and what nobody can tell."""

import copy
from collections.abc import Mapping
from typing import Any

from auditor.changes.model import TEXT, Edit, Edited, Remark, Unpredicted, Why
from auditor.errors import InputError, InputErrors

MAX_ERRORS = 200  # after these, nobody reads on
MAX_REMARKS = 1_000


class Refusal(Exception):
    """The target would refuse the line; the text says why, `mend` what to write instead."""

    def __init__(self, what: str, mend: str = "") -> None:
        self.mend = mend
        super().__init__(what)


class NoSetter(Exception):
    """Nothing is known of where in the evidence a fact stands."""


class Plan:
    """The evidence of one target as the lines so far leave it. `line` says which line acts from here on."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body: dict[str, Any] = copy.deepcopy(dict(body))
        self.where, self.text = "", ""
        self.doubt = ""  # why the line that is followed may not run; "" when it does
        self.why: list[Why] = []
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
        self.why.append(Why(path, self.where, self.text, effect))
        self.unknown.pop(path, None)

    def vague(self, path: str, reason: str) -> None:
        """Nobody can tell what the line leaves at a path; the first reason stays."""
        self.why.append(Why(path, self.where, self.text, "not foretold"))
        self.unknown.setdefault(path, Unpredicted(path, self.where, reason))

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
            tuple(self.why),
            tuple(self.unknown.values()),
            tuple(self.remarks.values()),
            tuple(self.edits),
            self.meta,
        )
