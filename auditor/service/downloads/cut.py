"""The part of an estate that a document is of: what the scope of who asks allows, and what was chosen of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement

from auditor.access import Reach, Scope
from auditor.store.listing.labels import within
from auditor.store.sql import key_text, table_of
from auditor.store.tables import TargetRow

_TARGET = table_of(TargetRow)


@dataclass(frozen=True, slots=True)
class Cut:
    """What lies in `reach`, and has all `labels`, one of the `platforms` and one of the `sources`; () means all."""

    reach: Reach
    labels: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def chosen(self) -> bool:
        """Whether less was chosen than the scope allows."""
        return bool(self.labels or self.platforms or self.sources)

    @property
    def everything(self) -> bool:
        """Whether it is the whole estate."""
        return self.reach.everything and not self.chosen

    def allowed(self) -> list[ColumnElement[bool]]:
        """What the scope allows, of a query over `target`."""
        return [within(self.reach, _TARGET.c.id)]

    def conditions(self) -> list[ColumnElement[bool]]:
        """What it is, of a query over `target`."""
        found = [*self.allowed(), within(Reach.of([Scope(frozenset(self.labels.items()))]), _TARGET.c.id)]
        if self.platforms:
            found.append(_TARGET.c.platform.in_(self.platforms))
        if self.sources:
            found.append(_TARGET.c.source.in_([key_text(one) for one in self.sources]))
        return found

    def entry(self, targets: int, population: int, excluded: int = 0) -> dict[str, Any]:
        """What a document says of it (`selection`)."""
        return {
            "targets": targets,
            "population": population,
            "scope": [] if self.reach.everything else self.reach.any_of(),
            "labels": dict(sorted(self.labels.items())),
            "platforms": list(self.platforms),
            "sources": list(self.sources),
            "excluded": excluded,
            "framework": None,
        }
