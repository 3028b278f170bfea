"""Content in parts of one size, so that nobody has to hold all of it: written from a file, read part by part."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from auditor.store import blobs
from auditor.store.engine import Store, StoreError
from auditor.store.listing_tables import ExportPart
from auditor.store.sql import table_of

PART = 1 << 20  # bytes
AT_ONCE = 4  # parts of one transaction
_TABLE = table_of(ExportPart)


def write(store: Store, export: int, path: Path, before: Callable[[Connection, int, int], None]) -> tuple[bytes, int]:
    """Keep a file as the content of an export; its SHA-256 and its size.

    `before` is called in each transaction with the parts done and how many there are; what it raises ends the writing.
    Raises OSError when the file cannot be read, StoreError.
    """
    sha, size, number = hashlib.sha256(), 0, 0
    of = max(1, -(-path.stat().st_size // PART))
    with store.writing() as connection:
        before(connection, 0, of)
        remove(connection, [export])
    with path.open("rb") as file:
        while chunk := file.read(PART * AT_ONCE):
            sha.update(chunk)
            size += len(chunk)
            pieces = [chunk[at : at + PART] for at in range(0, len(chunk), PART)]
            with store.writing() as connection:
                before(connection, number, of)
                idents = blobs.put_many(connection, pieces)
                rows = [{"export": export, "number": number + n, "content": one} for n, one in enumerate(idents)]
                connection.execute(insert(_TABLE), rows)
            number += len(pieces)
    return sha.digest(), size


def read(store: Store, export: Row[Any], first: int, last: int) -> Iterator[bytes]:
    """The bytes from `first` to `last` of an export that is made, a part at a time; only the parts needed are read.

    Each part has a transaction of its own: nothing is held while a slow caller takes them. Raises StoreError when one
    is gone or is not what it was.
    """
    if export.content is not None:
        yield from read_whole(store, export.content, first, last)
        return
    for number in range(first // PART, last // PART + 1) if last >= first else ():
        query = select(_TABLE.c.content).where(_TABLE.c.export == export.id, _TABLE.c.number == number)
        with store.reading() as connection:
            ident = connection.scalar(query)
            if ident is None:
                raise StoreError(f"part {number} of the report {export.id} is not in the database any more")
            part = blobs.get(connection, ident)
        begin = number * PART
        yield part[max(0, first - begin) : last - begin + 1]


def read_whole(store: Store, content: int, first: int, last: int) -> Iterator[bytes]:
    """The same of content that stands in one piece: what lies before is unpacked, and passed over."""
    with store.reading() as connection:
        pieces = blobs.pieces(connection, content, PART)
    begin = 0
    for piece in pieces:
        if begin > last:
            return
        if begin + len(piece) > first:
            yield piece[max(0, first - begin) : last - begin + 1]
        begin += len(piece)


def remove(connection: Connection, exports: Sequence[int]) -> None:
    """Forget the parts of exports; retention removes the content, unless something else has it too."""
    connection.execute(delete(_TABLE).where(_TABLE.c.export.in_(exports)))
