"""Labels of targets, to search and to narrow by: those of the moment at which a target was seen last.

They decide who sees a target, and with it its past: a host that went from one site to another is the other's. A target
that no run has seen since this table was made has none, and is seen by those only who see everything.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, false, func, or_, select, true

from auditor.access import Reach
from auditor.store.listing_tables import TargetLabel
from auditor.store.outlook.kept import forget_parts
from auditor.store.sql import clean, in_batches, insert_many, table_of
from auditor.store.tables import RunTarget, TargetRow

LONGEST = 200  # characters; longer than any label of a scope, so that a cut one is equal to none
MOST = 200
_LABEL, _SEEN, _OF = table_of(TargetLabel), table_of(RunTarget), table_of(TargetRow)
Labels = Mapping[str, str]


class Labelled(NamedTuple):
    """What a run says of a target's labels. Of one that was not `read` it knows only those of its source."""

    moment: int
    labels: Labels
    read: bool = True


def index_labels(connection: Connection, seen: Mapping[int, Labelled]) -> None:
    """Keep the labels of targets, unless they have been seen later.

    The caller holds the targets (`history.record_targets`), so nobody else writes these rows.
    """
    for batch in in_batches(sorted(seen)):
        newest = select(_SEEN.c.target, func.max(_SEEN.c.moment)).where(_SEEN.c.target.in_(batch))
        last = {row[0]: row[1] for row in connection.execute(newest.group_by(_SEEN.c.target))}
        known = labels_of(connection, batch)
        wanted = {
            one: _kept(seen[one].labels if seen[one].read else {**known.get(one, {}), **seen[one].labels})
            for one in batch
            if seen[one].moment >= last.get(one, 0)
        }
        changed = {one: labels for one, labels in wanted.items() if labels != known.get(one, {})}
        if any(known.get(one) for one in changed):
            forget_parts(connection)
        if changed:
            connection.execute(delete(_LABEL).where(_LABEL.c.target.in_(sorted(changed))))
            insert_many(
                connection,
                _LABEL,
                [
                    {"target": one, "key": key, "value": value}
                    for one, labels in changed.items()
                    for key, value in labels.items()
                ],
            )


def labels_of(connection: Connection, targets: list[int]) -> dict[int, dict[str, str]]:
    """The labels of targets by number; those without any are left out."""
    found: dict[int, dict[str, str]] = {}
    for batch in in_batches(targets):
        for target, key, value in connection.execute(select(_LABEL).where(_LABEL.c.target.in_(batch))):
            found.setdefault(target, {})[key] = value
    return found


def within(reach: Reach, target: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that the target of a query lies in reach."""
    if reach.everything:
        return true()
    if reach.nothing:
        return false()
    return or_(*(and_(*(has(target, key, value) for key, value in one.items())) for one in reach.any_of()))


def allowed_of(connection: Connection, reach: Reach, targets: list[int]) -> set[int]:
    """Those of the targets that lie in reach."""
    if reach.everything:
        return set(targets)
    found: set[int] = set()
    for batch in in_batches(targets):
        found.update(connection.scalars(select(_OF.c.id).where(_OF.c.id.in_(batch), within(reach, _OF.c.id))))
    return found


def has(target: ColumnElement[int], key: str, value: str) -> ColumnElement[bool]:
    """The condition that the target of a query has a label."""
    return exists().where(_LABEL.c.target == target, _LABEL.c.key == key, _LABEL.c.value == value)


def _kept(labels: Labels) -> dict[str, str]:
    plain = {clean(str(key), LONGEST): clean(str(value), LONGEST) for key, value in labels.items()}
    return dict(sorted(plain.items())[:MOST])
