"""Snapshots, put together from parts: one part for each top-level fact, so that what did not change costs nothing.

Beside them stands which facts a collector of the release that wrote it could fill (`facts.fields`): a later release
must not take what nobody knew of for absent. The hash of a snapshot is taken over the hashes of its parts (SHA-256 of
their canonical JSON), in the order of their names: it holds all but the time, so that two nights with equal facts are
one snapshot.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select, update

from auditor.domain import Snapshot, root_of
from auditor.facts.earlier import folded, not_collected
from auditor.facts.fields import Fields, fields_of
from auditor.store.blobs import digest_of, encoded, get_many, put_many
from auditor.store.engine import StoreError, now
from auditor.store.sql import in_batches, insert_new, table_of
from auditor.store.tables import SnapshotRow

_TABLE = table_of(SnapshotRow)
_TOP = ("version", "labels", "group", "synthetic", "warnings")


def put_snapshots(
    connection: Connection, snapshots: Iterable[Snapshot], fields: Callable[[str], Fields] = fields_of
) -> list[int]:
    """The ids of the snapshots, in their order. `fields`: which facts a platform's collector can fill."""
    listed = list(snapshots)
    parts = [_parts(one, fields(one.platform)) for one in listed]
    hashes = [digest_of(b"".join(digest_of(part) for part in one)) for one in parts]
    known = _known(connection, hashes)
    fresh = {sha: n for n, sha in enumerate(hashes) if sha not in known}
    contents = [part for n in fresh.values() for part in parts[n]]
    idents = iter(put_many(connection, contents) if contents else ())
    moment = now(connection)
    rows = [
        {
            "sha256": sha,
            "platform": listed[n].platform,
            "parts": b" ".join(str(next(idents)).encode() for _ in parts[n]),
            "made_at": moment,
        }
        for sha, n in fresh.items()
    ]
    insert_new(connection, _TABLE, rows)
    if fresh:
        _fill_again(connection, rows)
        known |= _known(connection, fresh)
    return [known[sha] for sha in hashes]


def get_snapshots(
    connection: Connection, wanted: Collection[int], kept: dict[int, tuple[bytes, Any]] | None = None
) -> Mapping[int, Mapping[str, Any]]:
    """The plain data of snapshots by id: facts, sources, gaps, version, labels, group, synthetic, warnings, known.

    Parts that snapshots share are one object in memory, across calls too where `kept` is given: nobody may change them.
    Raises StoreError when one is gone, or is not what it was.
    """
    kept = {} if kept is None else kept
    manifests: dict[int, tuple[bytes, list[int]]] = {}
    for batch in in_batches(dict.fromkeys(wanted)):
        rows = connection.execute(select(_TABLE.c.id, _TABLE.c.sha256, _TABLE.c.parts).where(_TABLE.c.id.in_(batch)))
        manifests.update({ident: (bytes(sha), [int(n) for n in parts.split()]) for ident, sha, parts in rows})
    missing = {n for _, parts in manifests.values() for n in parts if n not in kept}
    for batch in in_batches(missing):
        for ident, content in get_many(connection, batch).items():
            kept[ident] = digest_of(content), orjson.loads(content)
    found = {}
    for ident in wanted:
        if ident not in manifests:
            raise StoreError(f"snapshot {ident} is not in the database any more")
        sha, parts = manifests[ident]
        if not parts:
            raise StoreError(f"the facts of snapshot {ident} are gone: retention keeps one a week of that age")
        if digest_of(b"".join(kept[n][0] for n in parts)) != sha:
            raise StoreError(f"snapshot {ident} is not what it was: its SHA-256 differs")
        found[ident] = _joined(kept[n][1] for n in parts)
    return found


def with_facts(connection: Connection, wanted: Collection[int]) -> set[int]:
    """Those of the snapshots whose facts are still there: retention keeps the fact that there was one, and no more."""
    found: set[int] = set()
    for batch in in_batches(dict.fromkeys(wanted)):
        query = select(_TABLE.c.id).where(_TABLE.c.id.in_(batch), _TABLE.c.parts != b"")
        found |= set(connection.scalars(query))
    return found


class Kept(NamedTuple):
    """The hash of a snapshot, and whether its facts are still there."""

    sha256: bytes
    kept: bool


def hashes_of(connection: Connection, wanted: Collection[int]) -> dict[int, Kept]:
    """The hashes of snapshots by id."""
    found: dict[int, Kept] = {}
    for batch in in_batches(wanted):
        query = select(_TABLE.c.id, _TABLE.c.sha256, (_TABLE.c.parts != b"").label("kept"))
        rows = connection.execute(query.where(_TABLE.c.id.in_(batch)))
        found.update({row.id: Kept(bytes(row.sha256), bool(row.kept)) for row in rows})
    return found


def as_snapshot(data: Mapping[str, Any], target: str, platform: str, source: str, taken_at: datetime) -> Snapshot:
    """A snapshot of the domain from its plain data; facts that its collector could not know of are gaps."""
    return Snapshot(
        target,
        platform,
        source,
        taken_at,
        folded(platform, data["facts"]),
        data["sources"],
        {**data["gaps"], **not_collected(platform, data["facts"], data["known"])},
        data["version"],
        data["labels"],
        data["group"],
        data["synthetic"],
        tuple(data["warnings"]),
    )


def _parts(snapshot: Snapshot, known: Fields) -> list[bytes]:
    """Canonical JSON of each top-level fact with what belongs to it, in the order of their names; then of the rest."""
    roots: dict[str, dict[str, Any]] = {}

    def part(root: str) -> dict[str, Any]:
        return roots.setdefault(root, {"root": root, "facts": {}, "sources": {}, "gaps": {}})

    for name, value in snapshot.facts.items():
        part(name)["facts"] = {name: value}
    for kind, entries in (("sources", snapshot.sources), ("gaps", snapshot.gaps)):
        for path, text in entries.items():
            part(root_of(path))[kind][path] = text
    top = {"top": {name: getattr(snapshot, name) for name in _TOP} | {"labels": dict(snapshot.labels)}}
    return [*(encoded(roots[name]) for name in sorted(roots)), encoded(top), encoded({"known": dict(known)})]


def _joined(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {"facts": {}, "sources": {}, "gaps": {}, "known": {}}
    for part in parts:
        if "root" not in part:
            data.update(part.get("top") or part)
            continue
        for kind in ("facts", "sources", "gaps"):
            data[kind].update(part[kind])
    return data


def _fill_again(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give those of the snapshots their parts again that retention has emptied (`store.retention`)."""
    for batch in in_batches(rows):
        empty = select(_TABLE.c.sha256).where(
            _TABLE.c.sha256.in_([row["sha256"] for row in batch]), _TABLE.c.parts == b""
        )
        found = {bytes(sha) for sha in connection.scalars(empty)}
        for row in batch:
            if row["sha256"] in found:
                connection.execute(update(_TABLE).where(_TABLE.c.sha256 == row["sha256"]).values(parts=row["parts"]))


def _known(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for batch in in_batches(hashes):
        full = select(_TABLE.c.sha256, _TABLE.c.id).where(_TABLE.c.sha256.in_(batch), _TABLE.c.parts != b"")
        rows = connection.execute(full)
        found.update({bytes(sha): ident for sha, ident in rows})
    return found
