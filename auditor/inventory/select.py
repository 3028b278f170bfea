"""Which part of an inventory a command is for: a target, a source, or a glob over either."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from auditor.domain import Source

MANY_TARGETS = {"vcenter", "replay"}  # what stands behind them is only known after talking to them


def matches(patterns: Sequence[str], name: str, source: str) -> bool:
    """Is the target `name` behind `source` meant? No pattern means every target."""
    return not patterns or any(
        fnmatchcase(text, pattern) for pattern in patterns for text in (name, source, f"{source}/{name}")
    )


def needed(patterns: Sequence[str], sources: Sequence[Source]) -> list[Source]:
    """Sources that must be asked: named themselves, holding a declared name, or not known before they are asked."""
    if not patterns:
        return list(sources)
    return [
        source
        for source in sources
        if matches(patterns, source.name, source.name)
        or any(matches(patterns, member.name, source.name) for member in source.population)
        or (source.kind in MANY_TARGETS and not _all_are_sources(patterns, sources))
    ]


def _all_are_sources(patterns: Sequence[str], sources: Sequence[Source]) -> bool:
    """A glob may mean a source and targets behind another one; only a whole name settles it."""
    names = {source.name for source in sources}
    return all(pattern in names for pattern in patterns)
