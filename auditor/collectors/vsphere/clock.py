"""Deadlines on the monotonic clock."""

import time


class OutOfTime(Exception):
    """The time set for a piece of work is over."""


class Deadline:
    """A point in time that work must not pass. It can be drawn closer from another thread, never pushed back."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; negative when it is over."""
        return self._end - time.monotonic()

    def bounded(self, seconds: float) -> float:
        """`seconds`, or what is left when that is less. Raises OutOfTime when nothing is left."""
        left = self.remaining()
        if left <= 0:
            raise OutOfTime
        return min(seconds, left)

    def shorten(self, seconds: float) -> None:
        """Let it end `seconds` from now, unless it ends earlier."""
        self._end = min(self._end, time.monotonic() + seconds)
