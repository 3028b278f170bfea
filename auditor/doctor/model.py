"""One thing that was looked at, and what a person can do about it."""

from typing import NamedTuple

WELL, WARN, WRONG, SKIPPED = "well", "warn", "wrong", "skipped"


class Check(NamedTuple):
    """`area` and `name` say what was looked at; `state`: well | warn | wrong | skipped; `mend` what to do.

    wrong: an audit, or a part of the service, does not work. warn: it works, and something will be missing or weak.
    """

    area: str  # settings | state | content | database | broker | processes | time | paper | sign-on | source
    name: str
    state: str
    says: str
    mend: str = ""


def well(area: str, name: str, says: str) -> Check:
    """Nothing to do."""
    return Check(area, name, WELL, says)
