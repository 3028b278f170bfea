"""Short numbers for what has a long name: targets, rules, series."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, tuple_

from auditor.evidence.captures import canonical
from auditor.store.sql import in_batches, insert_new, key_text, table_of
from auditor.store.tables import RuleRow, Series, TargetRow

Identity = tuple[str, str, str]  # source, platform, name
UNKNOWN = -1  # no row has it
_TARGET, _RULE, _SERIES = table_of(TargetRow), table_of(RuleRow), table_of(Series)


def target_ids(connection: Connection, identities: Sequence[Identity], *, make: bool = True) -> list[int]:
    """The number of each target, in their order; a new one's is made, or UNKNOWN."""
    cleaned = [(key_text(source), key_text(platform, 100), key_text(name)) for source, platform, name in identities]
    known = _targets(connection, cleaned)
    if make and (fresh := [one for one in dict.fromkeys(cleaned) if one not in known]):
        insert_new(connection, _TARGET, [{"source": s, "platform": p, "name": n} for s, p, n in fresh])
        known |= _targets(connection, fresh)
    return [known.get(one, UNKNOWN) for one in cleaned]


def _targets(connection: Connection, identities: Iterable[Identity]) -> dict[Identity, int]:
    found: dict[Identity, int] = {}
    columns = (_TARGET.c.source, _TARGET.c.platform, _TARGET.c.name)
    for batch in in_batches(identities, 200):
        rows = connection.execute(select(*columns, _TARGET.c.id).where(tuple_(*columns).in_(batch)))
        found.update({(source, platform, name): ident for source, platform, name, ident in rows})
    return found


def rule_ids(connection: Connection, rules: Iterable[str]) -> dict[str, int]:
    """The number of each rule by its id."""
    wanted = list(dict.fromkeys(rules))
    known = _rules(connection, wanted)
    if fresh := sorted(set(wanted) - set(known)):
        insert_new(connection, _RULE, [{"rule": one} for one in fresh])
        known |= _rules(connection, fresh)
    return known


def _rules(connection: Connection, rules: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for batch in in_batches(rules):
        rows = connection.execute(select(_RULE.c.rule, _RULE.c.id).where(_RULE.c.rule.in_(batch)))
        found.update((rule, ident) for rule, ident in rows)
    return found


def series_id(connection: Connection, definition: Mapping[str, Any]) -> int:
    """The number of a series: of one choice of baselines, tailoring and golden profiles."""
    text = canonical(definition).decode()
    query = select(_SERIES.c.id).where(_SERIES.c.definition == text)
    if (found := connection.scalar(query)) is not None:
        return int(found)
    insert_new(connection, _SERIES, [{"definition": text}])
    return int(connection.scalars(query).one())
