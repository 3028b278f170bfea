"""Estate facts while they are gathered: per target its facts, where they came from, and what could not be told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditor.domain import Snapshot, Target


@dataclass(slots=True)
class Draft:
    """The estate facts of one target that was read."""

    target: Target
    snapshot: Snapshot
    part_of: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: Any, source: str) -> None:
        """Set `estate.name`, with the words that say where it comes from."""
        self.facts[name] = value
        self.sources[f"estate.{name}"] = source

    def gap(self, path: str, reason: str) -> None:
        """Say why `estate.path` cannot be told."""
        self.gaps[f"estate.{path}"] = reason

    def fact(self, *names: str) -> Any:
        """The snapshot's value below these names, None when it is absent."""
        value: Any = self.snapshot.facts
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def gap_at(self, *paths: str) -> str:
        """Why one of the snapshot's paths could not be read, "" when all could."""
        for path in paths:
            for gap, reason in self.snapshot.gaps.items():
                if path == gap or path.startswith((f"{gap}.", f"{gap}[")) or gap.startswith((f"{path}.", f"{path}[")):
                    return reason
        return ""


class Drafts:
    """All targets of a run: a draft for each that was read, and the others by what they might have told."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = list(targets)
        self._drafts = {n: Draft(t, t.snapshot) for n, t in enumerate(self._targets) if t.snapshot is not None}

    def of(self, *platforms: str) -> Iterator[Draft]:
        """Drafts of targets that were read."""
        return (draft for draft in self._drafts.values() if draft.target.platform in platforms)

    def unread(self, *platforms: str, source: str = "") -> list[Target]:
        """Targets of these platforms that were not read; of one source when it is named."""
        return [t for t in self._targets if t.snapshot is None and t.platform in platforms and source in ("", t.source)]

    def finished(self) -> list[Target]:
        """The targets in their order, with what was gathered."""
        return [_finish(t, self._drafts.get(n)) for n, t in enumerate(self._targets)]


def _finish(target: Target, draft: Draft | None) -> Target:
    if draft is None or not (draft.facts or draft.gaps):
        return target
    old = draft.snapshot
    facts = {**old.facts, "estate": draft.facts}
    new = replace(old, facts=facts, sources={**old.sources, **draft.sources}, gaps={**old.gaps, **draft.gaps})
    return replace(target, snapshot=new, part_of=draft.part_of)


def some(names: Sequence[str], shown: int = 3) -> str:
    """A few names, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")
