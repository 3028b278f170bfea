"""A waiver, what it is bound to, and the ways from one state to the next."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from auditor.waivers.ends import End


class WaiverError(ValueError):
    """A step that a waiver does not allow: what is wrong, in words."""


class State(StrEnum):
    """What was decided. That it has ended, or no longer holds, is no decision: see `matching.Standing`."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a waiver may apply: names of targets, or a label of targets, or the source they stand behind."""

    targets: tuple[str, ...] = ()
    label: tuple[str, str] | None = None
    source: str = ""

    @property
    def words(self) -> str:
        """For people: `web01, web02`, `label site=ams`, `source vc01`."""
        if self.label:
            return f"label {self.label[0]}={self.label[1]}"
        return f"source {self.source}" if self.source else ", ".join(self.targets)

    def covers(self, target: str, source: str, labels: Mapping[str, str], own: str = "") -> bool:
        """Whether a target lies in it now. `own` is its name at its source, where it is shown by another."""
        if self.label:
            return labels.get(self.label[0]) == self.label[1]
        if self.source:
            return source == self.source
        return target in self.targets or f"{source}/{own or target}" in self.targets


@dataclass(frozen=True, slots=True)
class Bound:
    """One finding that was accepted. `value` and `expectation` are SHA-256 (`binding`), with their words beside.

    `target` is its name at its source: in a run where two sources know the name, it is shown as `source/name`.
    """

    target: str
    source: str
    subject: str | None
    rule_version: str
    value: str
    value_words: str
    expectation: str
    expectation_words: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted finding. `subject` None: every subject that it was approved for. `ticket`: where it is tracked."""

    id: str
    rule: str
    scope: Scope
    justification: str
    requested_by: str
    requested_at: datetime
    end: End
    subject: str | None = None
    state: State = State.REQUESTED
    approved_by: str = ""
    approved_at: datetime | None = None
    ended_by: str = ""  # who rejected or revoked it
    ended_at: datetime | None = None
    ended_why: str = ""
    bound: tuple[Bound, ...] = ()
    ticket: str = ""

    def approve(self, by: str, at: datetime, bound: Sequence[Bound]) -> "Waiver":
        """The waiver, approved for these findings. Raises WaiverError."""
        self._only_from("approved", State.REQUESTED)
        if same_person(by, self.requested_by):
            raise WaiverError(f"{by} requested it: somebody else has to approve it")
        if not bound:
            raise WaiverError("no finding of its rule fails there now: there is nothing to accept")
        if at >= self.end.at:
            raise WaiverError(f"its end, {self.end.words}, has passed")
        return replace(self, state=State.APPROVED, approved_by=by, approved_at=at, bound=tuple(bound))

    def reject(self, by: str, at: datetime, why: str) -> "Waiver":
        """The waiver, rejected. Raises WaiverError."""
        self._only_from("rejected", State.REQUESTED)
        return replace(self, state=State.REJECTED, ended_by=by, ended_at=at, ended_why=why)

    def revoke(self, by: str, at: datetime, why: str) -> "Waiver":
        """The waiver, taken back. Raises WaiverError."""
        self._only_from("revoked", State.REQUESTED, State.APPROVED)
        return replace(self, state=State.REVOKED, ended_by=by, ended_at=at, ended_why=why)

    def withdraw(self, by: str, at: datetime, why: str) -> "Waiver":
        """The request, taken back by whoever asked, before anybody decided. Raises WaiverError."""
        self._only_from("withdrawn", State.REQUESTED)
        if not same_person(by, self.requested_by):
            raise WaiverError(f"{self.requested_by} requested it: nobody else withdraws it")
        return replace(self, state=State.REVOKED, ended_by=by, ended_at=at, ended_why=why)

    def _only_from(self, step: str, *states: State) -> None:
        if self.state not in states:
            already = " already" if self.state == step else f": it cannot be {step}"
            raise WaiverError(f"the waiver {self.id} is {self.state}{already}")

    def state_at(self, now: datetime) -> State:
        """Its state at `now`: a decision that was taken later was not known then."""
        if self.state in (State.REJECTED, State.REVOKED) and self.ended_at is not None and now < self.ended_at:
            return State.APPROVED if self.approved_by else State.REQUESTED
        return self.state

    def not_in_force(self, now: datetime) -> str:
        """Why it does not hold at `now`, whatever was observed; "" when it does."""
        state = self.state_at(now)
        if state is State.REQUESTED:
            return "not approved"
        if state is not State.APPROVED:
            why = f": {self.ended_why}" if self.ended_why else ""
            return f"{state} by {self.ended_by}{why}"
        if now >= self.end.at:
            return f"expired on {self.end.words}"
        if self.approved_at is not None and now < self.approved_at:
            return f"approved only later, at {self.approved_at:%Y-%m-%d %H:%M} UTC"
        return ""


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: letter case, spaces and ways to write a letter do not count."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()
