"""Rows for every table of a schema, made from what the database itself says about its columns."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
    select,
)

ROWS = 3
Contents = Mapping[str, Sequence[Mapping[str, Any]]]


def fill(connection: Connection, tables: Sequence[Table] | None = None) -> None:
    """Put `ROWS` rows into every table; whatever refers to something refers to a row that is there."""
    keys: dict[tuple[str, str], list[Any]] = {}
    for table in reflected(connection) if tables is None else tables:
        rows = [{column.name: _value(column, number, keys) for column in table.columns} for number in range(ROWS)]
        connection.execute(insert(table), rows)
        for column in table.columns:
            keys[table.name, column.name] = [row[column.name] for row in rows]


def contents(connection: Connection) -> Contents:
    """Every row of every table, but for the revision of the schema."""
    return {
        table.name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
        for table in reflected(connection)
    }


def reflected(connection: Connection) -> list[Table]:
    """The tables that the database has, those first that others refer to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "schema_revision"]


def missing(before: Contents, after: Contents) -> list[str]:
    """What `after` lacks of `before`: tables, rows, and values of columns that are still there."""
    lost = [name for name in before if name not in after]
    for name in set(before) & set(after):
        if len(before[name]) != len(after[name]):
            lost.append(f"{name}: {len(before[name])} rows became {len(after[name])}")
            continue
        for old, new in zip(before[name], after[name], strict=True):
            lost += [f"{name}.{key}: {old[key]!r} became {new[key]!r}" for key in old if old[key] != new.get(key)]
    return lost


def _value(column: Column[Any], number: int, keys: Mapping[tuple[str, str], Sequence[Any]]) -> Any:
    """Another value for each row; the last row leaves out what may be left out."""
    if column.nullable and number == ROWS - 1:
        return None
    for reference in column.foreign_keys:
        return keys[reference.column.table.name, reference.column.name][number]
    seed = f"{column.table.name}.{column.name}.{number}"
    if isinstance(column.type, DateTime):
        moment = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC) + timedelta(minutes=number)
        return moment if column.type.timezone else moment.replace(tzinfo=None)
    if isinstance(column.type, LargeBinary):
        return hashlib.sha256(seed.encode()).digest()
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, Float):
        return number + 0.25
    if isinstance(column.type, Integer):
        return number + 1
    return f"{seed} é☃\U0001f512"
