"""Content under its hash. The same content is kept once, however often it is put."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
import zstandard
from sqlalchemy import Connection, bindparam, select, update

from auditor.evidence.captures import canonical
from auditor.store.engine import StoreError, now
from auditor.store.sql import in_batches, insert_new, table_of
from auditor.store.tables import Blob

LEVEL = 3  # zstd: a quarter of gzip's time at nearly its size
LARGEST = 256 << 20  # bytes of one content, unpacked
FRESH = timedelta(hours=1)  # what is put again gets younger in such steps, so that tidying leaves it alone
_TABLE = table_of(Blob)


def digest_of(content: bytes) -> bytes:
    """SHA-256 of the content, 32 bytes."""
    return hashlib.sha256(content).digest()


def put(connection: Connection, content: bytes) -> int:
    """The id of the content, which is kept from now on."""
    return put_many(connection, [content])[0]


def encoded(data: Any) -> bytes:
    """`data` as canonical JSON; what JSON cannot say is spelled out as in audit.json."""
    try:
        return canonical(data)
    except (TypeError, orjson.JSONEncodeError):
        from auditor.reporting.exports.json import writable

        return canonical(writable(data))


def put_json(connection: Connection, data: Any) -> int:
    """The id of `data` as canonical JSON."""
    return put(connection, encoded(data))


def put_many(connection: Connection, contents: Sequence[bytes]) -> list[int]:
    """The ids of the contents, in their order."""
    if not contents:
        return []
    hashes = [digest_of(content) for content in contents]
    by_hash = dict(zip(hashes, contents, strict=True))
    known = _known(connection, by_hash)
    moment = now(connection)
    fresh = [sha for sha in by_hash if sha not in known]
    packer = zstandard.ZstdCompressor(level=LEVEL)
    for batch in in_batches(fresh):
        rows = [
            {
                "sha256": sha,
                "size": len(by_hash[sha]),
                "data": packer.compress(by_hash[sha]),
                "made_at": moment,
            }
            for sha in batch
        ]
        insert_new(connection, _TABLE, rows)
    if aging := [ident for ident, made_at in known.values() if made_at < moment - FRESH]:
        for idents in in_batches(aging):
            connection.execute(update(_TABLE).where(_TABLE.c.id.in_(idents)).values(made_at=moment))
    if fresh:
        known |= _known(connection, fresh)
    return [known[sha][0] for sha in hashes]


def _known(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, tuple[int, Any]]:
    found: dict[bytes, tuple[int, Any]] = {}
    for batch in in_batches(hashes):
        rows = connection.execute(
            select(_TABLE.c.sha256, _TABLE.c.id, _TABLE.c.made_at).where(
                _TABLE.c.sha256.in_(bindparam("hashes", expanding=True))
            ),
            {"hashes": batch},
        )
        found.update({bytes(sha): (ident, made_at) for sha, ident, made_at in rows})
    return found


def get(connection: Connection, ident: int) -> bytes:
    """The content of an id. Raises StoreError when it is gone or not what it was."""
    return get_many(connection, [ident])[ident]


def pieces(connection: Connection, ident: int, size: int) -> Iterator[bytes]:
    """The content of an id in pieces of `size` bytes, unpacked as they are taken: never all of it is held.

    What is read with the connection is read before the first piece. Raises StoreError when it is gone, or, after the
    last piece, when it is not what it was.
    """
    row = connection.execute(select(_TABLE.c.sha256, _TABLE.c.data).where(_TABLE.c.id == ident)).first()
    if row is None:
        raise StoreError(f"content {ident} is not in the database any more")
    return _unpacked(ident, bytes(row.sha256), row.data, size)


def _unpacked(ident: int, sha256: bytes, data: bytes, size: int) -> Iterator[bytes]:
    found = hashlib.sha256()
    with zstandard.ZstdDecompressor().stream_reader(data) as reader:
        try:
            while piece := reader.read(size):
                found.update(piece)
                yield piece
        except zstandard.ZstdError as problem:
            raise StoreError(f"content {ident} of the database is damaged: {problem}") from None
    if found.digest() != sha256:
        raise StoreError(f"content {ident} of the database is not what it was: its SHA-256 differs")


def get_json(connection: Connection, ident: int) -> Any:
    """The JSON of an id."""
    return orjson.loads(get(connection, ident))


def get_many(connection: Connection, idents: Iterable[int]) -> Mapping[int, bytes]:
    """The contents of ids. Raises StoreError when one is gone or not what it was."""
    wanted = list(dict.fromkeys(idents))
    unpacker = zstandard.ZstdDecompressor()
    found: dict[int, bytes] = {}
    for batch in in_batches(wanted):
        rows = connection.execute(select(_TABLE.c.id, _TABLE.c.sha256, _TABLE.c.data).where(_TABLE.c.id.in_(batch)))
        for ident, sha, data in rows:
            try:
                content = unpacker.decompress(data, max_output_size=LARGEST)
            except zstandard.ZstdError as problem:
                raise StoreError(f"content {ident} of the database is damaged: {problem}") from None
            if digest_of(content) != bytes(sha):
                raise StoreError(f"content {ident} of the database is not what it was: its SHA-256 differs")
            found[ident] = content
    for ident in wanted:
        if ident not in found:
            raise StoreError(f"content {ident} is not in the database any more")
    return found
