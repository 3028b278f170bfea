"""Changes made to a host together, where their findings do not meet: the host is read once for several of them.

What is proven stays the same: exactly the findings of those changes flip. When a batch does not show that, for two of
its changes meet after all, or one of them is wrong, each is made by itself, and by itself it must hold.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol, TypeVar

from tests.flips.linux_lab import Flips, Verdicts

MOST = 6
_PATHS = re.compile(r"/[\w.+-]+(?:/[\w.+-]+)+|\bnft\b")  # tables of nft are taken back as a whole


class Wanting(Protocol):
    """A change that knows which findings it flips."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def wanted(self) -> Flips:
        """What it flips."""


C = TypeVar("C", bound=Wanting)


def batches(changes: Iterable[C], about: Callable[[C], str]) -> list[list[C]]:
    """Groups of changes with no rule and no path in common; `about` is the text in which paths are looked for."""
    made: list[tuple[set[str], list[C]]] = []
    for change in changes:
        marks = {rule for rule, _ in change.wanted} | set(_PATHS.findall(about(change)))
        for taken, batch in made:
            if len(batch) < MOST and not taken & marks:
                taken |= marks
                batch.append(change)
                break
        else:
            made.append((marks, [change]))
    return [batch for _, batch in made]


def names(batch: Sequence[Wanting]) -> str:
    """How pytest calls a batch."""
    return "+".join(one.name for one in batch)


def flip_together(
    batch: Sequence[C],
    making: Callable[[C], AbstractContextManager[None]],
    look: Callable[[], Verdicts],
    holds: Callable[[Verdicts, Sequence[C]], bool],
) -> None:
    """Make the changes of a batch, and see that `holds` of what is found; else each by itself, which must hold."""
    with ExitStack() as stack:
        for change in batch:
            stack.enter_context(making(change))
        if holds(look(), batch):
            return
    assert len(batch) > 1, f"{names(batch)} does not flip what it should"
    for change in batch:
        with making(change):
            assert holds(look(), [change]), f"{change.name} does not flip what it should"


def all_wanted(batch: Sequence[Wanting]) -> Flips:
    """What several changes flip together."""
    return {key: pair for change in batch for key, pair in change.wanted.items()}
