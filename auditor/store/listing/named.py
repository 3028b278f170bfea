"""Whether targets that are called by their names, or by their source, lie in reach."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Connection, case, func, or_, select

from auditor.access import Reach
from auditor.store.listing.labels import within
from auditor.store.sql import in_batches, key_text, table_of
from auditor.store.tables import TargetRow

_TARGET = table_of(TargetRow)


def names_within(connection: Connection, reach: Reach, names: Iterable[str]) -> set[str]:
    """Those names (`NAME` or `SOURCE/NAME`) all of whose targets lie in reach, and that have any."""
    wanted = {one: _named(one) for one in set(names)}
    inside: dict[tuple[str, str], list[bool]] = {}
    for batch in in_batches({key_text(own) for meant in wanted.values() for _, own in meant}):
        query = select(_TARGET.c.source, _TARGET.c.name, within(reach, _TARGET.c.id).label("inside"))
        for row in connection.execute(query.where(_TARGET.c.name.in_(batch))):
            inside.setdefault(("", row.name), []).append(bool(row.inside))
            inside.setdefault((row.source, row.name), []).append(bool(row.inside))
    found = set()
    for name, meant in wanted.items():
        said = [one for source, own in meant for one in inside.get((key_text(source), key_text(own)), ())]
        if said and all(said):
            found.add(name)
    return found


def numbers_of(connection: Connection, names: Iterable[str]) -> set[int]:
    """The targets that these names mean: `NAME`, at whatever source, or `SOURCE/NAME`."""
    found: set[int] = set()
    for batch in in_batches(set(names), 100):
        found |= set(connection.scalars(select(_TARGET.c.id).where(or_(*(_meant(_named(one)) for one in batch)))))
    return found


def sources_within(connection: Connection, reach: Reach, sources: Iterable[str]) -> set[str]:
    """Those sources all of whose targets lie in reach, and that have any."""
    found: set[str] = set()
    inside = func.sum(case((within(reach, _TARGET.c.id), 1), else_=0))
    for batch in in_batches(set(sources), 200):
        keys = {key_text(one): one for one in batch}
        query = select(_TARGET.c.source).where(_TARGET.c.source.in_(keys)).group_by(_TARGET.c.source)
        found |= {keys[name] for name in connection.scalars(query.having(inside == func.count()))}
    return found


def numbers_within(connection: Connection, reach: Reach, numbers: Collection[int]) -> set[int]:
    """Those of the targets, by number, that lie in reach."""
    if reach.everything:
        return set(numbers)
    found: set[int] = set()
    for batch in in_batches(numbers):
        query = select(_TARGET.c.id).where(_TARGET.c.id.in_(batch), within(reach, _TARGET.c.id))
        found |= set(connection.scalars(query))
    return found


def _named(name: str) -> tuple[tuple[str, str], ...]:
    source, slash, own = name.partition("/")
    return (("", name), (source, own)) if slash else (("", name),)


def _meant(meant: tuple[tuple[str, str], ...]) -> ColumnElement[bool]:
    parts = [
        (_TARGET.c.name == key_text(own)) & (_TARGET.c.source == key_text(source) if source else _TARGET.c.id > 0)
        for source, own in meant
    ]
    return or_(*parts)
