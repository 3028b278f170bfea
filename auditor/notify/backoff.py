"""When a message that could not be sent is tried again. Pure."""

from datetime import timedelta

ATTEMPTS = 12  # after about a day it is given up
FIRST, LONGEST = 60.0, 4 * 3600.0  # seconds


def pause(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after so many attempts, doubled each time; None when that was the last.

    `chance` (0 to 1) spreads it over three quarters to five quarters: those that failed together do not come together.
    """
    if attempts >= ATTEMPTS:
        return None
    return timedelta(seconds=min(FIRST * 2 ** max(0, attempts - 1), LONGEST) * (0.75 + chance / 2))
