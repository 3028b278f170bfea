"""Connections of one SQLite file beside each other."""

from auditor.store.engine import open_store


def test_a_new_connection_does_not_wait_for_a_writer(empty_sqlite_url: str) -> None:
    """While one writes, another process' first connection opens and reads: it needs no lock that the writer has."""
    writer, reader = open_store(empty_sqlite_url), open_store(empty_sqlite_url)
    with writer.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
    reader.close()
    with writer.writing() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        with reader.reading() as other:
            assert other.exec_driver_sql("PRAGMA auto_vacuum").scalar_one() == 2
            assert other.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0
    writer.close()
    reader.close()
