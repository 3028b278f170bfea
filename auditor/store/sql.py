"""Small pieces of SQL that both databases spell alike."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Self, TypeVar

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Connection, Table, any_, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.sql.visitors import InternalTraversal
from sqlmodel import SQLModel

T = TypeVar("T")
MANY = 500  # values in one IN (...): below SQLite's oldest limit of 999 variables


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements over many rows."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of equal columns. Asking for something back makes SQLAlchemy send many in one statement."""
    if rows:
        connection.execute(insert(table).returning(next(iter(table.primary_key))), list(rows))


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that clash with none that is there; leave the others as they stand."""
    if rows:
        build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(build(table).on_conflict_do_nothing(), list(rows))


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or replace what stands under their primary key. All rows have the same columns."""
    if not rows:
        return
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = build(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def in_batches(items: Iterable[T], size: int = MANY) -> Iterator[list[T]]:
    """The items, in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def one_of(column: ColumnElement[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """The condition that a column is one of these numbers, however many.

    SQLite takes few variables: there the numbers stand in the statement. PostgreSQL gets an array, so that a statement
    is the same for any of them, and is prepared once.
    """
    return _OneOf(column, numbers)


class _OneOf(ColumnElement[bool]):
    inherit_cache = True
    type = Boolean()
    _traverse_internals = [  # noqa: RUF012 - of each object, says SQLAlchemy
        ("written", InternalTraversal.dp_clauseelement),
        ("sent", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[int], numbers: Collection[int]) -> None:
        one = sorted(numbers)
        self.written = column.in_(bindparam(None, one, expanding=True, literal_execute=True))
        self.sent = column == any_(bindparam(None, one, type_=ARRAY(BigInteger)))

    def self_group(self, against: OperatorType | None = None) -> Self:
        """A condition as it is: compared with 1, as SQLite needs of true and false in a column, no index answers it."""
        return self


@compiles(_OneOf)
def _written(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.written, **options)})"


@compiles(_OneOf, "postgresql")
def _sent(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.sent, **options)})"


def key_text(text: str, limit: int = 1200) -> str:
    """Text for an index: as it is where every database takes it, else its beginning and its SHA-256 (64 bits of it).

    `limit` is in bytes: an index of PostgreSQL takes 2704 of them over all its columns. Different texts stay different.
    """
    try:
        if len(text.encode()) <= limit and "\0" not in text:
            return text
    except UnicodeEncodeError:
        pass
    plain = clean(text, limit).encode()[: limit - 17].decode("utf-8", "ignore")
    return f"{plain} {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def clean(text: str, limit: int = 4000) -> str:
    """Text that every database takes: no NUL, no lone surrogate, at most `limit` characters."""
    plain = text[:limit].replace("\0", "\ufffd")
    return plain.encode("utf-8", "replace").decode("utf-8")
