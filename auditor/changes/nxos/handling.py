"""What every rule of a command is given."""

from collections.abc import Callable
from typing import NamedTuple

from auditor.changes.nxos.grammar import Parsed
from auditor.changes.nxos.opened import Opened
from auditor.changes.nxos.state import Place, State


class Act(NamedTuple):
    """A line at one place. `negated` holds for `no` and for `default`, `reset` for `default` alone."""

    state: State
    place: Place
    parsed: Parsed
    negated: bool
    reset: bool

    @property
    def paths(self) -> list[str]:
        """The facts it tells of."""
        return self.state.paths(self.parsed, self.place)

    def because(self, *more: str) -> None:
        """It is a reason for what becomes of its facts, and of `more`."""
        self.state.because(*self.paths, *more)

    def cannot_tell(self, reason: str, *paths: str) -> None:
        """Nobody can foretell `paths`, or when there are none, its facts."""
        self.because(*paths)
        self.state.doubt()
        self.state.cannot_tell(reason, *(paths or self.paths))

    def nothing(self) -> None:
        """There was nothing to take away."""
        self.state.say(f"there is no `{self.parsed.text[:60]}`: nothing is removed")


Handler = Callable[[Act], Opened | None]
