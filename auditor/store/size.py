"""How large a database is."""

from sqlalchemy import func, select

from auditor.store.engine import Store, sqlite_file


def database_bytes(store: Store) -> int:
    """Bytes of the database on its disk: an SQLite file with its write-ahead log, or what PostgreSQL says."""
    if (file := sqlite_file(store.engine)) is not None:
        files = [file, file.with_name(file.name + "-wal")]
        return sum(path.stat().st_size for path in files if path.exists())
    with store.reading() as connection:
        if store.is_sqlite:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())
