"""The journal of who did what: each entry's hash covers the entry and the hash of the one before it.

A changed, removed, added or swapped entry breaks the chain. That the newest entries were cut off shows only beside a
head noted elsewhere, and so does a chain that somebody who may write the database made anew from some entry on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, select

from auditor.evidence.captures import canonical
from auditor.store.engine import JOURNAL, Store, now
from auditor.store.sql import clean, table_of
from auditor.store.tables import JournalRow

START = bytes(32)  # what the first entry has for the hash before it
FORM = "auditor-journal/1"
LARGEST_DETAIL = 65_536  # bytes of JSON
DEEPEST = 32
PAGE = 1000  # entries read at once
_TABLE = table_of(JournalRow)


@dataclass(frozen=True, slots=True)
class Verified:
    """A look at the whole chain: how many entries hold, the hash of the last of them, and what is wrong after it."""

    entries: int
    head: bytes
    broken: int | None = None  # number of the first entry that does not hold
    reason: str = ""


def append(
    connection: Connection, actor: str, action: str, object_: str, detail: Mapping[str, Any] | None = None
) -> bytes:
    """Write an entry in the caller's transaction, as late in it as can be: others wait for it to end.

    Text is made fit for every database; a detail of more than 64 KiB is replaced by its hash. Returns the entry's hash.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(select(func.pg_advisory_xact_lock(JOURNAL)))
    last = connection.execute(select(_TABLE.c.id, _TABLE.c.hash).order_by(_TABLE.c.id.desc()).limit(1)).first()
    entry: dict[str, Any] = {
        "id": last.id + 1 if last else 1,
        "at": now(connection),
        "actor": clean(actor, 200),
        "action": clean(action, 200),
        "object": clean(object_, 1000),
        "detail": _detail(detail or {}),
        "previous": bytes(last.hash) if last else START,
    }
    entry["hash"] = _hash(**entry)
    connection.execute(insert(_TABLE), entry)
    return bytes(entry["hash"])


def verify(store: Store, head: bytes | None = None) -> Verified:
    """Walk the chain from its first entry. `head` is the hash of an entry that was once the last one: it must be there.

    Raises StoreError.
    """
    number, previous, seen = 0, START, head in (None, START)
    with store.reading() as connection:
        while True:
            page = select(_TABLE).order_by(_TABLE.c.id).limit(PAGE)
            rows = connection.execute(page.where(_TABLE.c.id > number) if number else page).fetchall()
            for row in rows:
                if problem := _problem(row, number + 1, previous):
                    return Verified(number, previous, number + 1, problem)
                number, previous = row.id, bytes(row.hash)
                seen = seen or previous == head
            if len(rows) < PAGE:
                break
    if not seen:
        return Verified(number, previous, number + 1, "the entry with the known head is not there: the end was cut off")
    return Verified(number, previous)


def verify_on(connection: Connection, before: Verified, most: int) -> Verified:
    """Walk on from where a look ended, over `most` entries at most."""
    query = select(_TABLE).where(_TABLE.c.id > before.entries).order_by(_TABLE.c.id).limit(most)
    number, previous = before.entries, before.head
    for row in connection.execute(query):
        if problem := _problem(row, number + 1, previous):
            return Verified(number, previous, number + 1, problem)
        number, previous = row.id, bytes(row.hash)
    return Verified(number, previous)


def last_number(connection: Connection) -> int:
    """The number of the newest entry, 0 when there is none."""
    return int(connection.scalar(select(func.max(_TABLE.c.id))) or 0)


def _problem(row: Row[Any], number: int, previous: bytes) -> str:
    if row.id != number:
        return f"entry {number} should stand here, and {row.id} does"
    if bytes(row.previous) != previous:
        return "it does not follow the entry before it"
    said = (row.id, row.at, row.actor, row.action, row.object, row.detail, bytes(row.previous))
    return "" if _hash(*said) == bytes(row.hash) else "its content is not what was written"


def _hash(id: int, at: datetime, actor: str, action: str, object: str, detail: str, previous: bytes) -> bytes:  # noqa: A002  names of columns
    content = {
        "form": FORM,
        "id": id,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "object": object,
        "detail": detail,
        "previous": previous.hex(),
    }
    return hashlib.sha256(canonical(content)).digest()


def _detail(detail: Mapping[str, Any]) -> str:
    text = canonical(_plain(detail))
    if len(text) > LARGEST_DETAIL:
        text = canonical({"left_out": {"sha256": hashlib.sha256(text).hexdigest(), "bytes": len(text)}})
    return text.decode()


def _plain(value: Any, depth: int = 0) -> Any:
    """JSON that is the same on every database: no NUL, no half characters, no number that does not fit."""
    if depth > DEEPEST:
        return "(nested too deep)"
    if isinstance(value, str):
        return clean(value, LARGEST_DETAIL)
    if isinstance(value, Mapping):
        return {clean(str(key), 200): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = [_plain(inner, depth + 1) for inner in value]
        return sorted(items, key=orjson.dumps) if isinstance(value, set | frozenset) else items
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 1 << 63):
        return value
    return clean(str(value), 1000)
