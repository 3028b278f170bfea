"""One thing that was looked at, and what a person can do about it."""

from collections.abc import Callable, Iterable
from threading import Thread
from typing import NamedTuple

from auditor.collectors.said import said
from auditor.errors import InputError

WELL, WARN, WRONG, SKIPPED = "well", "warn", "wrong", "skipped"
MOST_SAID, MOST_LINE, MOST_LINES = 500, 1200, 60  # characters of `says`, of a line of `mend`; lines of `mend`


class Check(NamedTuple):
    """`area` and `name` say what was looked at; `state`: well | warn | wrong | skipped; `mend` what to do.

    wrong: an audit, or a part of the service, does not work. warn: it works, and something will be missing or weak.
    A mend may have several lines: one that begins with `$ ` is a command to run here, others may be lines for a file.
    """

    area: str  # settings | state | content | database | broker | processes | time | paper | sign-on | source
    name: str
    state: str
    says: str
    mend: str = ""

    def plain(self) -> "Check":
        """The same, bounded, and without what a terminal would act on: peers have said a part of it."""
        lines = [said(line, MOST_LINE) for line in self.mend.split("\n")[:MOST_LINES]]
        return self._replace(name=said(self.name, 120), says=said(self.says, MOST_SAID), mend="\n".join(lines))


def well(area: str, name: str, says: str) -> Check:
    """Nothing to do."""
    return Check(area, name, WELL, says)


def faulty(area: str, name: str, one: InputError) -> Check:
    """What an input error says, with its place."""
    return Check(area, name, WRONG, f"{one.where}: {one.what}" if one.where else one.what, one.mend)


def within(seconds: float, area: str, name: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    """What `look` finds within its time; a peer that hangs, or a fault of ours, is a check too and not the end."""
    found: list[Check] = []
    ended: list[Check | None] = []

    def work() -> None:
        try:
            found.extend(look())  # one by one: what was found before it hangs is told
            ended.append(None)
        except Exception as problem:
            words = f"it could not be looked at: {type(problem).__name__}: {problem}"
            ended.append(Check(area, name, WRONG, words, "Look at its own log."))

    thread = Thread(target=work, daemon=True, name=f"doctor-{area}")  # left behind when it hangs: it keeps nobody
    thread.start()
    thread.join(seconds)
    if ended:
        return [*found, *([ended[0]] if ended[0] else [])]
    words = f"no answer within {seconds:.0f} s"
    return [*found, Check(area, name, WRONG, words, "It accepts and says nothing: look at its load and its log.")]
