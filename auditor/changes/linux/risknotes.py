"""What may go wrong in the window, of facts before and after and of the candidate's own lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from auditor.changes.candidate import Candidate
from auditor.changes.linux.plan import FileChange, Plan
from auditor.changes.model import Edited, Risk
from auditor.domain import Severity, Snapshot

_MOST = 200


class Sight:
    """Both sides of a change, to be asked for facts."""

    def __init__(self, before: Snapshot, after: Snapshot, edited: Edited) -> None:
        self.before, self.after, self.edited = before, after, edited
        found = edited.meta.get("plan")
        self.plan = found if isinstance(found, Plan) else Plan()

    def old(self, *keys: str) -> Any:
        """A fact before the change, None without it."""
        return _at(self.before.facts, keys)

    def new(self, *keys: str) -> Any:
        """A fact after it."""
        return _at(self.after.facts, keys)

    def known(self, path: str) -> bool:
        """Whether the fact at this path is known afterwards."""
        return not any(path == gap or path.startswith((f"{gap}.", f"{gap}[")) for gap in self.after.gaps)

    def where(self, *paths: str) -> str:
        """The first line that acts on one of these facts."""
        return next(
            (
                w.where
                for path in paths
                for w in self.edited.why
                if w.path == path or w.path.startswith((f"{path}.", f"{path}["))
            ),
            "",
        )

    def touched(self, *paths: str) -> bool:
        """Whether a line of the candidate acts on one of these facts."""
        return any(w.path.startswith(path) for path in paths for w in self.edited.why)

    def files(self, *roots: str) -> list[FileChange]:
        """Files of the candidate at or below these paths."""
        return self.plan.below(*roots)


def _at(value: Any, keys: Iterable[str]) -> Any:
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def risk(ident: str, severity: Severity, title: str, detail: str, where: str = "") -> Risk:
    """A risk of a Linux host."""
    return Risk(f"linux-{ident}", severity, title, detail[:500], where)


Look = Callable[[Sight], Iterator[Risk]]


def risks(before: Snapshot, after: Snapshot, candidate: Candidate, edited: Edited) -> Sequence[Risk]:
    """All of them, worst first. `candidate` is not looked at: its lines are in the plan of `edited`."""
    from auditor.changes.linux.risknotes_access import ACCESS
    from auditor.changes.linux.risknotes_system import SYSTEM

    sight = Sight(before, after, edited)
    found: dict[tuple[str, str], Risk] = {}
    for look in (*ACCESS, *SYSTEM):
        for one in look(sight):
            found.setdefault((one.ident, one.detail), one)
    order = list(Severity)
    return sorted(found.values(), key=lambda one: -order.index(one.severity))[:_MOST]
