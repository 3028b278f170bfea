"""What a change check speaks of: steps of a candidate, what they do to facts, and what nobody can tell. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from auditor.domain import EMPTY, Severity

TEXT = 200  # characters of a candidate's line that are shown


class Why(NamedTuple):
    """One line of a candidate as the reason of a change: of the fact at `path` and everything below it."""

    path: str  # a fact path; "" when it touches no fact that we know
    where: str  # "change.cfg:12"
    text: str  # the line without secrets
    effect: str = ""  # what it does, in words, where the line does not say it


class Unpredicted(NamedTuple):
    """Facts that nobody can foretell: they become a gap of the predicted snapshot. `where` is "" for no single line.

    `blanket`: it stands for all that a line which is not known may touch. What other lines do to these facts is known
    all the same: a failure of theirs is still told.
    """

    path: str
    where: str
    reason: str  # a sentence a person can act on
    blanket: bool = False


class Remark(NamedTuple):
    """Something to know that changes no fact: "in the running configuration alone, gone after the next start"."""

    where: str
    words: str


class Edit(NamedTuple):
    """A fact set on the read snapshot; `value` is plain data or `domain.ABSENT`."""

    path: str
    value: Any
    where: str
    text: str


class Risk(NamedTuple):
    """What may go wrong in the window, computed from facts. `ident` is stable: "nxos-last-ntp-server"."""

    ident: str
    severity: Severity
    title: str  # what would be true: "The last NTP server is removed"
    detail: str  # on this target: which names and values
    where: str = ""  # the line that does it


@dataclass(frozen=True, slots=True)
class Edited:
    """The capture of a target as a candidate would leave it, to be read by the platform's own reader."""

    body: Mapping[str, Any]
    why: tuple[Why, ...] = ()
    unknown: tuple[Unpredicted, ...] = ()
    remarks: tuple[Remark, ...] = ()
    edits: tuple[Edit, ...] = ()  # facts that stand in no evidence, set after reading
    meta: Mapping[str, Any] = field(default_factory=lambda: EMPTY)  # the predictor's own, for its risk notes
