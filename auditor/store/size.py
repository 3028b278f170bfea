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


def give_back(store: Store, pages: int = 2000) -> None:
    """Give free pages of an SQLite file back to its disk, some at a time; PostgreSQL uses them again by itself."""
    if not store.is_sqlite:
        return
    with store.told(), store.engine.connect() as connection:
        driver, last = connection.connection.driver_connection, -1
        while driver and (free := connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()) not in (0, last):
            driver.executescript(f"PRAGMA incremental_vacuum({int(pages)})")  # execute() would free a single page
            last = free
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
